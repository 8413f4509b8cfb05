"""A CloudTrail of what really went to moto: one record for each call that passed a door, with what was asked and what came back.

moto keeps no log. Each party goes in through a door (a gateway) of its own, whose address the records bear; who stands behind a key
is learned from the answers that made it, as AWS knows it. Secrets are left out, as CloudTrail leaves them out.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from irkit.drill.cloudtrail import Trail as Delivery
from irkit.model import iso, parse_instant
from tests.servers.gateway import Line, Passed

ACCOUNT = "123456789012"  # moto's own
Record = dict[str, Any]

_SIGNED_BY = re.compile(r"Credential=(?P<key>\w+)/\d+/(?P<region>[\w-]+)/(?P<service>\w+)/")
_SECRET = {"secretAccessKey", "sessionToken", "password"}
_READING = ("Get", "List", "Describe")


@dataclass
class Trail:
    """`records` in the order in which they were made. `at` None: as it happens; else when the next call was made, by the story.

    `behind` says who a key is: what stands in `userIdentity`.
    """

    at: datetime | None = None
    records: list[Record] = field(default_factory=list)
    behind: dict[str, Record] = field(default_factory=dict)

    def is_user(self, key: str, user: str) -> None:
        arn = f"arn:aws:iam::{ACCOUNT}:user/{user}"
        self.behind[key] = {"type": "IAMUser", "arn": arn, "userName": user, "principalId": f"AIDA{user.upper()}"}

    def door(self, address: str) -> Callable[[Passed], Line | None]:
        """For a gateway: what passes it came from this address."""

        def note(one: Passed) -> Line | None:
            record = self._record(one, address)
            if record is None:
                return None
            self.records.append(record)
            key = str(record["userIdentity"]["accessKeyId"])
            return Line(key, one.agent, parse_instant(record["eventTime"]), "errorCode" not in record, record)

        return note

    def of(self, name: str) -> list[Record]:
        return [one for one in self.records if one["eventName"] == name and "errorCode" not in one]

    def deliver(self, folder: Path, *, regions: Iterable[str] = (), but: Iterable[str] = ()) -> Path:
        """As the bucket would have it, five minutes a file; of some regions alone, and without the events of the ids in `but`."""
        wanted, late = set(regions), set(but)
        delivery = Delivery(Random(7), ACCOUNT)  # noqa: S311
        delivery.records = [
            one for one in self.records if (not wanted or one["awsRegion"] in wanted) and one["eventID"] not in late
        ]
        delivery.deliver(folder)
        return folder

    def _record(self, one: Passed, address: str) -> Record | None:
        signed = _SIGNED_BY.search(one.authorization)
        if signed is None:
            return None
        at, answer = self._moment(one.at), _answer(one.answer)
        asked = {
            _lower(name): value for name, value in parse_qsl(one.body.decode()) if name not in ("Action", "Version")
        }
        record: Record = {
            "eventVersion": "1.09",
            "userIdentity": {"accountId": ACCOUNT, **self.behind.get(signed["key"], {}), "accessKeyId": signed["key"]},
            "eventTime": iso(at.replace(microsecond=0)),
            "eventSource": f"{signed['service']}.amazonaws.com",
            "eventName": one.operation,
            "awsRegion": "us-east-1" if signed["service"] == "iam" else signed["region"],
            "sourceIPAddress": address,
            "userAgent": one.agent,
            "requestParameters": asked or None,
            "responseElements": None,
            "eventID": str(uuid.uuid4()),
            "readOnly": one.operation.startswith(_READING),
            "eventType": "AwsApiCall",
            "recipientAccountId": ACCOUNT,
        }
        if one.status >= 400:
            code = re.search(rb"<Code>([\w.]+)</Code>|\"__type\": ?\"(\w+)\"", one.answer)
            return record | {"errorCode": next(filter(None, code.groups())).decode() if code else "AccessDenied"}
        if not record["readOnly"] or one.operation.endswith("Token"):
            record["responseElements"] = answer
            self._learn(signed["key"], one.operation, answer)
        return record

    def _moment(self, now: datetime) -> datetime:
        if self.at is None:
            return now
        self.at += timedelta(seconds=20)
        return self.at

    def _learn(self, by: str, operation: str, answer: Record) -> None:
        if operation == "CreateAccessKey":
            self.is_user(answer["accessKey"]["accessKeyId"], answer["accessKey"]["userName"])
        elif operation == "GetSessionToken":
            self.behind[answer["credentials"]["accessKeyId"]] = self.behind.get(by, {})
        elif operation == "AssumeRole":
            arn = answer["assumedRoleUser"]["arn"]
            principal = answer["assumedRoleUser"]["assumedRoleId"]
            self.behind[answer["credentials"]["accessKeyId"]] = {
                "type": "AssumedRole",
                "arn": arn,
                "principalId": principal,
            }


def _answer(body: bytes) -> Record:
    """The answer's own fields, named as CloudTrail names them: {} for what is no answer of that kind."""
    try:
        top = ElementTree.fromstring(body)  # noqa: S314  (moto's, on loopback)
    except ElementTree.ParseError:
        return dict(json.loads(body)) if body[:1] == b"{" else {}
    results = [one for one in top if _tag(one).endswith("Result")]
    plain = _plain(results[0] if results else top)
    return plain if isinstance(plain, dict) else {}


def _plain(node: ElementTree.Element) -> Any:
    children = list(node)
    if not children:
        return _words(node.text or "") if _tag(node) == "expiration" else node.text or ""
    if all(_tag(one) == "item" for one in children):
        return {"items": [_plain(one) for one in children]}
    if all(_tag(one) == "member" for one in children):
        return [_plain(one) for one in children]
    return {_tag(one): _plain(one) for one in children if _tag(one) not in _SECRET}


def _tag(node: ElementTree.Element) -> str:
    return _lower(node.tag.rpartition("}")[2])


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _words(moment: str) -> str:
    """A session's end, as CloudTrail writes it."""
    return f"{parse_instant(moment):%b %d, %Y, %I:%M:%S %p}"
