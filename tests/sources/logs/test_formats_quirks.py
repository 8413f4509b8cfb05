"""What logs do beside the rule: hidden keys, addresses that are none, times without a zone, halves of an event, refusals."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from irkit.model.evidence import FLAG_KEY_HIDDEN, FLAG_NO_ADDRESS, FLAG_NO_ZONE, FLAG_SHARED_NAME
from tests.sources.logs import samples as s
from tests.sources.logs.reading import read

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("base", "change", "expected"), [
    (s.CLOUDTRAIL, {"userIdentity": {"accessKeyId": ""}}, {"key": "", "flags": (FLAG_KEY_HIDDEN,)}),
    (s.CLOUDTRAIL, {"userIdentity": {"accessKeyId": "HIDDEN_DUE_TO_SECURITY_REASONS"}}, {"key": "",
        "flags": (FLAG_KEY_HIDDEN,)}),
    (s.CLOUDTRAIL, {"userIdentity": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
        "sourceIPAddress": "ec2.amazonaws.com"},
     {"key": "", "flags": (FLAG_NO_ADDRESS,), "address": "ec2.amazonaws.com"}),
    (s.CLOUDTRAIL, {"sourceIPAddress": "AWS Internal"}, {"flags": (FLAG_NO_ADDRESS,), "address": "AWS Internal"}),
    (s.CLOUDTRAIL, {"sourceIPAddress": "2001:db8::1"}, {"flags": (), "address": "2001:db8::1"}),
    (s.CLOUDTRAIL, {"eventTime": "2026-03-01T12:00:00"}, {"at": None, "flags": (FLAG_NO_ZONE,),
        "time_text": "2026-03-01T12:00:00"}),
    (s.CLOUDTRAIL, {"errorCode": "AccessDenied"}, {"outcome": "denied", "begot": (), "begot_until": None}),
    (s.CLOUDTRAIL, {"responseElements": {"credentials": {"accessKeyId": "ASIAFAKE", "expiration": "Jul 10, 2023 12:54:33 AM"}}},
     {"begot_until": datetime(2023, 7, 10, 0, 54, 33, tzinfo=UTC)}),
    (s.CLOUDTRAIL, {"responseElements": {"credentials": {"accessKeyId": "ASIAFAKE", "expiration": "2026-03-01T13:00:00Z"}}},
     {"begot_until": datetime(2026, 3, 1, 13, tzinfo=UTC)}),
    (s.CLOUDTRAIL, {"responseElements": {"credentials": {"accessKeyId": "ASIAFAKE", "expiration": "10 juil. 2023"}}},
        {"begot_until": None}),
    (s.CLOUDTRAIL, {"eventName": "DeleteAccessKey", "responseElements": None, "requestParameters": {"accessKeyId": "AKIAOLD"}},
     {"begot": (), "ended": ("access-key:AKIAOLD",)}),
    (s.CLOUDTRAIL, {"eventName": "UpdateAccessKey", "responseElements": None, "requestParameters": {"userName": "u"}},
        {"begot": (), "target": "u"}),
    (s.CLOUDTRAIL, {"eventName": "ConsoleLogin", "userIdentity": {"type": "IAMUser", "arn": "a"},
        "responseElements": {"ConsoleLogin": "Failure"}},
     {"key": "", "flags": (), "outcome": "failed"}),
    (s.CLOUDTRAIL, {"userIdentity": {"accessKeyId": "ASIAFAKE", "principalId": "AROAFAKE:s",
        "sessionContext": {"sourceIdentity": "eve"}}},
     {"also": ("AROAFAKE:s", "eve")}),
    (s.GITHUB, {"action": "workflows.completed_workflow_run", "event": "schedule"}, {"key": s.HASH}),
    (s.ENTRA_AUDIT, {"category": "Policy"}, {"source": "entra-audit"}),
    (s.GITHUB, {"hashed_token": ""}, {"key": "", "flags": (FLAG_KEY_HIDDEN,)}),
    (s.GITHUB, {"@timestamp": "2026-03-01T12:00:00Z"}, {"at": NOON}),
    (s.GITHUB, {"action": "git.push", "status_code": None}, {"outcome": "ok"}),
    (s.GITHUB, {"action": "personal_access_token.create", "user_programmatic_access_id": 9}, {"begot": ("token:9",)}),
    (s.GITHUB, {"action": "personal_access_token.create", "user_programmatic_access_name": "n"}, {"begot": ("token-name:n",)}),
    (s.GITLAB_API, {"token_id": None}, {"key": "", "flags": (FLAG_KEY_HIDDEN,)}),
    (s.GITLAB_API, {"status": 403}, {"outcome": "denied", "error": "403"}),
    (s.VAULT, {"request": {"id": "r", "operation": "list", "client_token": s.HMAC, "remote_address": "192.0.2.1:36776"}},
     {"writes": False, "address": "192.0.2.1"}),
    (s.VAULT, {"response": {"wrap_info": {"token": s.CHILD, "ttl": 60}}}, {"begot": (f"session:{s.CHILD}",),
        "begot_until": NOON.replace(minute=1, microsecond=366_625)}),
    (s.VAULT, {"response": {"secret": {"lease_id": "aws/creds/x/1"}}}, {"begot": ("lease:aws/creds/x/1",)}),
    (s.VAULT, {"type": "kmip-response", "response": {}, "request": {"client_certificate_serial_number": "793"}},
        {"also": (s.ACCESSOR, "793")}),
    (s.KUBERNETES, {"stage": "RequestReceived"}, {"key": "", "event_id": "audit-1/2026-03-01T12:00:00.643609Z",
        "outcome": "unknown", "begot": ()}),
    (s.KUBERNETES, {"stage": "Panic"}, {"key": "JTI=fake-jti-1", "outcome": "failed"}),
    (s.KUBERNETES, {"responseStatus": {"code": 403}}, {"outcome": "denied", "begot": ()}),
    (s.KUBERNETES, {"user": {"username": "u", "extra": {"authentication.kubernetes.io/credential-id": ["X509SHA256=fa"]}},
        "sourceIPs": None},
     {"key": "X509SHA256=fa", "address": ""}),
    (s.KUBERNETES, {"annotations": None, "objectRef": {"resource": "secrets", "namespace": "n", "name": "x"}},
        {"begot": ("secret:n/x",)}),
    (s.OKTA, {"transaction": {"detail": None}, "outcome": {"result": "DENY", "reason": "no"}}, {"key": "",
        "outcome": "denied", "error": "no", "begot": ()}),
    (s.OKTA, {"eventType": "user.session.start"}, {"begot": ("session:102FAKE",)}),
    (s.OKTA, {"actor": {"id": "0oaFAKE", "type": "PublicClientApp"}}, {"also": ("102FAKE", "0oaFAKE")}),
    (s.SLACK, {"context": {"app": {"id": "A1"}}}, {"key": "", "also": ("A1", "W1FAKE"), "flags": (FLAG_SHARED_NAME,)}),
    (s.SLACK_ACCESS, {"count": "odd"}, {"repeated": 1}),
    (s.SIGN_IN, {"properties": json.dumps(s.SIGN_IN["properties"])}, {"key": s.SECRET_ID}),
    (s.SIGN_IN_TABLE, {"TimeGenerated": "1/9/2026 10:41:00 AM +01:00"}, {"at": None,
        "time_text": "1/9/2026 10:41:00 AM +01:00"}),
    (s.ENTRA_AUDIT, {"targetResources": json.dumps(s.ENTRA_AUDIT["targetResources"])},
        {"begot": ("app-credential:00000000-0000-4000-8000-00000000000b",)}),
    (s.JOURNALD, {"MESSAGE": list(s.JOURNALD["MESSAGE"].encode())}, {"key": s.SSH}),
    (s.ECS_DOTTED, {"github.hashed_token": [],
        "gcp.audit.authentication_info.service_account_key_name": f"//iam.googleapis.com/x/keys/{s.KEY_ID}"},
        {"key": s.KEY_ID}),
    (s.ECS_DOTTED, {"github.hashed_token": [], "system.auth.ssh.signature": f"RSA {s.SSH}"}, {"key": s.SSH}),
])  # fmt: skip
def test_quirks(base: dict[str, Any], change: dict[str, Any], expected: dict[str, Any]) -> None:
    row = read(base | change)
    assert {field: getattr(row, field) for field in expected} == expected
