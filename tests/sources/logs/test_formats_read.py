"""Formats through the reader: as they are shipped, and the descent that each of them can show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from irkit.model import MatchKind
from irkit.sources.logs import Wanted, events
from irkit.sources.logs.wrappers import wrapped
from tests.sources.logs import samples as s
from tests.sources.logs.samples import JSON_SAMPLES

TEXT = json.dumps(s.KUBERNETES)


@pytest.mark.parametrize(("document", "inner"), [
    ({"Records": [s.CLOUDTRAIL]}, [s.CLOUDTRAIL]), ({"records": [s.SIGN_IN]}, [s.SIGN_IN]), ({"value": [s.ENTRA_AUDIT]}, [s.ENTRA_AUDIT]),
    ({"entries": [s.SLACK]}, [s.SLACK]), ({"ok": True, "logins": [s.SLACK_ACCESS]}, [s.SLACK_ACCESS]), ({"logs": [s.SLACK]}, [s.SLACK]),
    ({"result": [s.CLOUDFLARE_2], "success": True}, [s.CLOUDFLARE_2]),
    ({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [s.KUBERNETES]}, [s.KUBERNETES]),
    ({"logEvents": [{"id": "1", "message": TEXT}]}, [{"id": "1", "message": TEXT}]), ({"id": "1", "message": TEXT}, TEXT),
    ({"detail-type": "x", "detail": s.OKTA}, s.OKTA), ({"detail-type": "x", "detail": s.CLOUDTRAIL}, s.CLOUDTRAIL),
    ({"_index": "x", "_source": s.ECS}, s.ECS), ({"took": 1, "hits": {"total": 1, "hits": [s.ECS]}}, {"total": 1, "hits": [s.ECS]}),
    ({"preview": False, "result": {"_raw": TEXT}}, {"_raw": TEXT}), ({"_raw": TEXT}, TEXT), ({"time": 1, "event": s.OKTA}, s.OKTA),
    ({"category": "kube-audit", "properties": {"log": TEXT}}, {"log": TEXT}), ({"log": TEXT, "stream": "stdout"}, TEXT),
    # an event's own fields
    ({"action": "hook.create", "events": ["push"]}, None), ({"message": "hello"}, None), ({"items": []}, None), ({"result": "ok"}, None),
    ({"detail": {"state": "x"}}, None), ({"event": {"action": "x"}}, None), ({"log": {"level": "info"}}, None), ([], None), ("x", None),
])  # fmt: skip
def test_one_layer_of_what_logs_are_shipped_in(document: Any, inner: Any) -> None:
    assert wrapped(document) == inner


@pytest.mark.parametrize("name", JSON_SAMPLES)
def test_no_event_is_taken_for_a_wrapper(name: str) -> None:
    assert wrapped(JSON_SAMPLES[name][1]) is None


CHILD_USE = s.VAULT | {"request": s.VAULT["request"] | {"id": "req-9", "client_token": s.CHILD}, "response": {}}
NEW_JTI = s.KUBERNETES | {
    "auditID": "audit-2", "annotations": {},
    "user": {"username": "u", "extra": {"authentication.kubernetes.io/credential-id": ["JTI=fake-jti-2"]}},
}  # fmt: skip
NEW_KEY = json.loads(
    json.dumps(s.GCP).replace(s.KEY_ID, "fb" * 20).replace("ins-1", "ins-9").replace("CreateServiceAccountKey", "x")
)
NEW_TOKEN = s.CLOUDFLARE_2 | {
    "id": "cf-9",
    "actor": {"token_id": "fc" * 16},
    "action": {"time": "2026-03-01T12:00:00Z", "type": "view"},
}
NEW_OKTA = s.OKTA | {"uuid": "okta-2", "eventType": "x", "transaction": {"detail": {"requestApiTokenId": "00TFAKE2"}}}

SAME, HMAC, DERIVED, CREATED = MatchKind.EXACT_ID, MatchKind.HMAC, MatchKind.DERIVED, MatchKind.CREATED


@pytest.mark.parametrize(("key", "log", "found"), [
    (s.HMAC, [s.VAULT_REQUEST, s.VAULT, CHILD_USE], [(HMAC, "req-1", ""), (DERIVED, "req-9", s.HMAC)]),
    (s.SECRET_ID, [s.SIGN_IN, s.GRAPH, s.AZURE_ACTIVITY_TABLE],
     [(SAME, "sign-1", ""), (DERIVED, "graph-1", s.SECRET_ID), (DERIVED, "data-1", s.SECRET_ID)]),
    (s.KEY_ID, [s.GCP, NEW_KEY], [(SAME, "ins-1", ""), (CREATED, "ins-9", s.KEY_ID)]),
    ("JTI=fake-jti-1", [s.KUBERNETES, s.KUBERNETES | {"stage": "RequestReceived"}, NEW_JTI],
     [(SAME, "audit-1/2026-03-01T12:00:00.643609Z", ""), (DERIVED, "audit-2/2026-03-01T12:00:00.643609Z", "JTI=fake-jti-1")]),
    ("fb" * 16, [s.CLOUDFLARE_2, NEW_TOKEN], [(SAME, "cf-3", ""), (CREATED, "cf-9", "fb" * 16)]),
    ("00TFAKE1", [s.OKTA, NEW_OKTA], [(SAME, "okta-1", ""), (CREATED, "okta-2", "00TFAKE1")]),
    (s.HASH, [s.GITHUB, s.ECS_DOTTED | {"event.id": "ecs-2"}], [(MatchKind.HASH, "doc-1", ""), (MatchKind.HASH, "ecs-2", "")]),
    ("PersonalAccessToken:7", [s.GITLAB_API | {"token_id": 8}, s.GITLAB_API], [(SAME, "2026-03-01T12:00:00.231Z", "")]),
    (s.SSH, [s.JOURNALD], [(MatchKind.FINGERPRINT, "s=fake", "")]),
])  # fmt: skip
def test_a_credential_and_what_it_begot_are_found(
    tmp_path: Path, key: str, log: list[Any], found: list[tuple[MatchKind, str, str]]
) -> None:
    (tmp_path / "log").write_text("".join(json.dumps(event) + "\n" for event in log))
    uses = [one for one in events([tmp_path], Wanted.of("fake", [key])) if one.match is not MatchKind.MENTION_ONLY]
    named = [(one.match, one.time_text if one.source == "gitlab-api" else one.event_id, one.parent) for one in uses]
    assert sorted(named) == sorted(found)


@pytest.mark.parametrize(("key", "plain", "kind"), [
    ("AKIAFAKE", "AKIAFAKE", MatchKind.EXACT_ID),
    (s.HASH.replace("=", "%3D"), s.HASH, MatchKind.HASH),
    (s.HMAC, s.HMAC, MatchKind.HMAC),
    (s.SSH, s.SSH, MatchKind.FINGERPRINT),
    (f"{s.SSH}=", s.SSH, MatchKind.FINGERPRINT),
    (f"MD5:{s.MD5.upper()}", s.MD5, MatchKind.FINGERPRINT),
    (s.MD5, s.MD5, MatchKind.FINGERPRINT),
    (f"X509SHA256={'fa' * 32}", f"X509SHA256={'fa' * 32}", MatchKind.FINGERPRINT),
])  # fmt: skip
def test_how_a_name_matches_follows_from_its_form(key: str, plain: str, kind: MatchKind) -> None:
    assert Wanted.of("fake", [key]).keys == ((plain, kind),)


def test_what_raw_bytes_are_sought_is_not_shown() -> None:
    assert "visibly" not in repr(Wanted("fake", (("x", MatchKind.HASH),), (b"visibly-fake-token",)))
