"""A CloudTrail of visibly fake content: an owner's past, then an intruder who leaves things behind."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

KEY, SESSION, ROLE_SESSION, NEW_KEY = (
    "AKIAFAKEFAKEFAKE0001",
    "ASIAFAKEFAKEFAKE0002",
    "ASIAFAKEFAKEFAKE0003",
    "AKIAFAKEFAKEFAKE0004",
)
OPENED = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Deploy"


def event(
    minute: float, name: str, *, key: str = KEY, user: str = "fake", service: str = "iam", **more: Any
) -> dict[str, Any]:
    at = OPENED + timedelta(minutes=minute)
    return {
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/{user}", "accessKeyId": key},
        "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "fake/1",
        "readOnly": name.startswith(("List", "Get", "Describe")),
        "eventID": f"id-{name}-{minute}-{key[-4:]}",
        **more,
    }


def credentials(key: str, until: datetime) -> dict[str, Any]:
    return {
        "credentials": {"accessKeyId": key, "sessionToken": "HIDDEN", "expiration": f"{until:%b %d, %Y, %I:%M:%S %p}"}
    }


def story(until: datetime = OPENED + timedelta(hours=12)) -> list[dict[str, Any]]:
    there = {"sourceIPAddress": "203.0.113.9"}
    owner = [event(-1440 * day - n, "ListBuckets", service="s3") for day in range(1, 11) for n in range(3)]
    return [
        *owner,
        event(1, "GetSessionToken", service="sts", responseElements=credentials(SESSION, until), **there),
        event(2, "AssumeRole", service="sts", key=SESSION, requestParameters={"roleArn": ROLE},
              responseElements=credentials(ROLE_SESSION, until), **there),
        event(3, "CreateUser", requestParameters={"userName": "eve-backdoor"}, **there),
        event(4, "CreateAccessKey", requestParameters={"userName": "eve-backdoor"},
              responseElements={"accessKey": {"accessKeyId": NEW_KEY, "userName": "eve-backdoor"}}, **there),
        event(5, "ListUsers", key=NEW_KEY, user="eve-backdoor", **there),
        event(6, "StopLogging", service="cloudtrail", errorCode="AccessDenied", **there),
    ]  # fmt: skip


def write(folder: Path, events: list[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trail.json").write_text(json.dumps({"Records": events}))
    return folder
