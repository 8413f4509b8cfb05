"""AWS CloudTrail records and their delivery, field by field as documented.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html (layout in S3).
"""

from __future__ import annotations

import gzip
import json
import string
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from irkit.model import iso

Event = dict[str, Any]
_GLOBAL = ("iam", "sts", "cloudfront")
_RANDOM = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Caller:
    """Who made a call, from where and with what. `role` makes it an assumed role; `session_since` a temporary credential."""

    account: str
    user: str
    key: str
    address: str
    agent: str
    principal: str
    role: str = ""
    session_since: datetime | None = None

    def identity(self) -> dict[str, Any]:
        identity: dict[str, Any] = {
            "type": "AssumedRole" if self.role else "IAMUser",
            "principalId": f"{self.principal}:{self.user}" if self.role else self.principal,
            "arn": f"arn:aws:iam::{self.account}:user/{self.user}",
            "accountId": self.account,
            "accessKeyId": self.key,
        }
        if self.role:
            identity["arn"] = f"arn:aws:sts::{self.account}:assumed-role/{self.role}/{self.user}"
        else:
            identity["userName"] = self.user
        if self.session_since:
            session: dict[str, Any] = {
                "attributes": {"creationDate": iso(self.session_since), "mfaAuthenticated": "false"}
            }
            if self.role:
                issuer = {
                    "type": "Role",
                    "principalId": self.principal,
                    "accountId": self.account,
                    "userName": self.role,
                }
                session["sessionIssuer"] = {**issuer, "arn": f"arn:aws:iam::{self.account}:role/{self.role}"}
            identity["sessionContext"] = session
        return identity


@dataclass
class Trail:
    """Collects records; `deliver` writes them out as CloudTrail would."""

    chance: Random
    account: str

    def __post_init__(self) -> None:
        self.records: list[Event] = []
        self.duplicates: list[Event] = []

    def record(
        self,
        who: Caller,
        at: datetime,
        call: str,
        *,
        region: str = "eu-central-1",
        read_only: bool = True,
        request: dict[str, Any] | None = None,
        response: dict[str, Any] | None = None,
        error: str = "",
    ) -> None:
        """One event; `call` is `service:Name`."""
        service, name = call.split(":")
        region = "us-east-1" if service in _GLOBAL else region
        host = f"{service}.amazonaws.com" if service in _GLOBAL else f"{service}.{region}.amazonaws.com"
        event: Event = {
            "eventVersion": "1.09",
            "userIdentity": who.identity(),
            "eventTime": iso(at.replace(microsecond=0)),
            "eventSource": f"{service}.amazonaws.com",
            "eventName": name,
            "awsRegion": region,
            "sourceIPAddress": who.address,
            "userAgent": who.agent,
            "requestParameters": request,
            "responseElements": None if error else response,
            "requestID": self._uuid(),
            "eventID": self._uuid(),
            "readOnly": read_only,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
            "tlsDetails": {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": host,
            },
        }
        if error:
            what = f"User: {event['userIdentity']['arn']} is not authorized to perform: {call}"
            event |= {"errorCode": error, "errorMessage": what}
        self.records.append(event)

    def deliver(self, folder: Path, twice: Iterable[str] = ()) -> None:
        """Writes gzip files in the layout of the bucket, five minutes to a file.

        The file that holds an event of an id in `twice` is delivered a second time under another name.
        """
        again = frozenset(twice)
        files: dict[tuple[str, datetime], list[Event]] = defaultdict(list)
        for event in self.records:
            at = datetime.fromisoformat(event["eventTime"])
            slot = at.replace(minute=at.minute - at.minute % 5, second=0) + timedelta(minutes=10)
            files[event["awsRegion"], slot].append(event)
        for (region, slot), events in sorted(files.items()):
            self.chance.shuffle(events)
            self._file(folder, region, slot, events)
            if not again.isdisjoint(event["eventID"] for event in events):
                self._file(folder, region, slot, events)
                self.duplicates += events

    def _file(self, folder: Path, region: str, slot: datetime, events: list[Event]) -> None:
        day = folder / f"AWSLogs/{self.account}/CloudTrail/{region}/{slot:%Y/%m/%d}"
        day.mkdir(parents=True, exist_ok=True)
        mark = "".join(self.chance.choices(_RANDOM, k=16))
        name = f"{self.account}_CloudTrail_{region}_{slot:%Y%m%dT%H%MZ}_{mark}.json.gz"
        data = json.dumps({"Records": events}, separators=(",", ":")).encode()
        (day / name).write_bytes(gzip.compress(data, compresslevel=6, mtime=int(slot.timestamp())))

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
