"""Events in the schemas that many tools write: OCSF and ECS."""

from __future__ import annotations

from typing import Any

from tests.sources.logs.samples.marks import HASH

OCSF: dict[str, Any] = {
    "class_uid": 6003, "category_uid": 6, "activity_id": 1, "activity_name": "Create", "time": 1_772_366_400_000,
        "status": "Success", "status_id": 1,
    "metadata": {"uid": "ocsf-1", "version": "1.1.0", "product": {"name": "CloudTrail"}},
    "actor": {"user": {"type": "IAMUser", "uid": "arn:fake", "credential_uid": "AKIAFAKEFAKEFAKE0001"},
        "session": {"uid": "s"}},
    "api": {"operation": "CreateAccessKey", "service": {"name": "iam.amazonaws.com"},
            "response": {"data": '{"accessKey": {"accessKeyId": "AKIAFAKEFAKEFAKE0003"}}'}},
    "src_endpoint": {"ip": "192.0.2.1"}, "http_request": {"user_agent": "fake/1"}, "cloud": {"region": "us-east-1",
        "provider": "AWS"},
}  # fmt: skip
OCSF_LOGIN: dict[str, Any] = {
    "class_uid": 3002, "time": 1_772_366_400_000, "status": "Failure", "status_id": 2, "activity_name": "Logon",
        "metadata": {"uid": "ocsf-2"},
    "user": {"name": "fake", "credential_uid": "AKIAFAKEFAKEFAKE0001"}, "src_endpoint": {"ip": "192.0.2.1"},
}  # fmt: skip

ECS: dict[str, Any] = {
    "@timestamp": "2026-03-01T12:00:00.000Z", "ecs": {"version": "8.11.0"},
    "event": {"action": "AssumeRole", "provider": "sts.amazonaws.com", "outcome": "success", "id": "ecs-1", "type": ["info"]},
    "aws": {"cloudtrail": {"user_identity": {"access_key_id": "AKIAFAKEFAKEFAKE0001", "arn": "arn:fake"}, "read_only": True,
                           "flattened": {"response_elements": {"credentials": {"accessKeyId": "ASIAFAKEFAKEFAKE0002"}}}}},
    "source": {"ip": "192.0.2.1"}, "user_agent": {"original": "fake/1"}, "cloud": {"region": "us-east-1"},
}  # fmt: skip
ECS_DOTTED: dict[str, Any] = {
    "@timestamp": ["2026-03-01T12:00:00.000Z"], "ecs.version": ["8.11.0"], "event.action": ["git.clone"],
        "event.outcome": "failure",
    "error.code": "403", "github.hashed_token": [HASH], "source.ip": ["192.0.2.1"], "event.type": ["access"],
        "user.name": "fake",
}  # fmt: skip
