"""Every format against one sample of every kind of log: who claims it, and what the row says."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from irkit.model.evidence import (
    FLAG_KEY_HIDDEN,
    FLAG_NO_ADDRESS,
    FLAG_NO_YEAR,
    FLAG_NO_ZONE,
    FLAG_REPEATED,
    FLAG_SHARED_NAME,
)
from irkit.sources.logs.formats import TEXT_FORMATS
from tests.sources.logs import samples as s
from tests.sources.logs.reading import claimed, read, read_line
from tests.sources.logs.samples import JSON_SAMPLES, TEXT_SAMPLES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", JSON_SAMPLES)
def test_each_event_is_claimed_by_the_one_format_it_is_of(name: str) -> None:
    expected, event = JSON_SAMPLES[name]
    assert claimed(event) == [expected]
    assert all(one.event(json.dumps(event)) is None for one in TEXT_FORMATS)


@pytest.mark.parametrize("name", TEXT_SAMPLES)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_each_line_is_claimed_by_the_one_format_it_is_of(name: str, end: str) -> None:
    expected, line = TEXT_SAMPLES[name]
    taken = {one.name: event for one in TEXT_FORMATS if (event := one.event(line + end)) is not None}
    assert list(taken) == [expected]
    assert claimed(taken[expected]) == [expected]


@pytest.mark.parametrize("event", [
    {}, {"a": 1}, {"message": "x"}, {"action": "x"}, {"action": "x", "created_at": 1}, {"protoPayload": {"x": 1}},
        {"eventName": "x"},
    {"eventName": 1, "eventSource": 2, "eventTime": 3}, {"type": "request", "time": "x"}, {"type": "other", "request": {},
        "time": "x"},
    {"status": 200, "path": "/"}, {"kind": "Event", "apiVersion": "v1", "reason": "Pulled"}, {"class_uid": 4001,
        "metadata": {}},
    {"uuid": "x", "eventType": "y"}, {"action": "opened", "sender": {}, "created_at": 1, "repo": "x"},
    {"category": "AuditLogs", "properties": {"Actor": {}}}, {"action": "update", "actor_id": 1, "created_at": 1},
        {"MESSAGE": "x"}, {"@timestamp": "x", "message": "y"}, {"category": "Administrative"},
    {"user_id": "x", "count": 1}, {"time": "x", "method": "GET", "path": "/", "status": 200}, {"When": 1}, {"author_id": 1},
])  # fmt: skip
def test_what_is_no_event_of_a_known_log_is_claimed_by_none(event: dict[str, Any]) -> None:
    assert claimed(event) == []


@pytest.mark.parametrize("line", [
    "", " ", "hello", "{}", "Mar  1 12:00:00", "Xyz  1 12:00:00 host sshd[1]: x", "2026-03-01 12:00:00 sshd", "<86>2 x y z",
    '192.0.2.1 - - "GET / HTTP/1.1" 200', "a b [c] d e f g h", "192.0.2.1 - - [01/Mar/2026:12:00:00] x",
])  # fmt: skip
def test_what_is_no_line_of_a_known_log_is_claimed_by_none(line: str) -> None:
    assert [one.name for one in TEXT_FORMATS if one.event(line)] == []


ROWS: list[tuple[str, dict[str, Any]]] = [
    ("CloudTrail", {"key": "AKIAFAKEFAKEFAKE0001", "at": NOON, "event_id": "id-1", "begot": ("session:ASIAFAKEFAKEFAKE0002",),
                    "begot_until": datetime(2026, 3, 1, 13, tzinfo=UTC), "also": ("AIDAFAKE",), "agent": "[fake/1]",
                        "flags": ()}),
    ("GitHub", {"key": s.HASH, "also": ("555",), "at": NOON.replace(microsecond=250_000), "outcome": "ok", "writes": False,
        "region": "NL"}),
    ("GitLab API", {"source": "gitlab-api", "key": "PersonalAccessToken:7", "also": ("7",), "address": "192.0.2.1",
        "writes": False,
                    "action": "GET /api/:version/projects", "principal": "fake", "outcome": "ok", "event_id": ""}),
    ("GitLab production", {"source": "gitlab-production", "key": "PersonalAccessToken:7", "writes": None,
        "action": "GraphqlController#execute"}),
    ("GitLab GraphQL", {"source": "gitlab-graphql", "key": "", "at": None, "flags": ()}),
    ("GitLab audit log", {"key": "", "begot": ("token:PersonalAccessToken:8",), "principal": "Fake", "address": "192.0.2.1"}),
    ("GitLab audit event", {"action": "add deploy_key", "begot": ("deploy-key:fake key",), "target": "fake/p",
        "event_id": "5", "writes": True}),
    ("Vault request", {"key": "", "event_id": "req-1", "outcome": "unknown", "begot": (), "also": ()}),
    ("Vault response", {"key": s.HMAC, "event_id": "req-1", "outcome": "ok", "begot": (f"session:{s.CHILD}",),
        "also": (s.ACCESSOR,),
                        "begot_until": datetime(2026, 3, 1, 12, 30, tzinfo=UTC), "target": "auth/token/create", "writes": True,
                        "at": NOON.replace(microsecond=366_625)}),
    ("Vault denied", {"key": s.HMAC, "outcome": "denied", "error": "1 error occurred: * permission denied", "writes": False}),
    ("Vault login", {"key": "", "also": (), "begot": (f"session:{s.HMAC}",)}),
    ("GCP", {"key": s.KEY_ID, "begot": (f"service-account-key:{'fb' * 20}",), "begot_until": None, "address": "gce-internal-ip",
             "flags": (FLAG_NO_ADDRESS,), "principal": s.ACCOUNT, "writes": True, "outcome": "ok"}),
    ("GCP impersonates", {"key": s.KEY_ID, "begot": (f"session:{s.ACCOUNT}->admin@fake-project.iam.gserviceaccount.com",),
                          "begot_until": datetime(2026, 3, 1, 13, tzinfo=UTC), "writes": False}),
    ("GCP impersonated", {"key": "", "also": (f"{s.ACCOUNT}->admin@fake-project.iam.gserviceaccount.com",),
        "outcome": "denied", "error": "7",
                          "flags": (FLAG_SHARED_NAME, FLAG_NO_ADDRESS), "address": "private",
                          "principal": f"admin@fake-project.iam.gserviceaccount.com, impersonated by {s.ACCOUNT}"}),
    ("Entra sign-in", {"key": s.SECRET_ID, "also": (s.UTI, s.APP, s.PRINCIPAL), "begot": (f"session:{s.UTI}",),
        "outcome": "ok", "region": "NL",
                       "at": NOON.replace(microsecond=351_840), "principal": "fake-app"}),
    ("Entra sign-in, table", {"key": "", "flags": (FLAG_KEY_HIDDEN,), "outcome": "denied", "error": "7000215", "begot": (),
        "region": "NL"}),
    ("Entra user sign-in", {"key": "", "also": (s.UTI,), "flags": (), "principal": "u@example.com"}),
    ("Graph", {"key": s.UTI, "also": (s.APP, s.PRINCIPAL), "action": "POST /v1.0/users", "writes": True, "outcome": "ok",
        "event_id": "graph-1"}),
    ("Azure activity", {"key": s.UTI, "also": (s.APP,), "begot": ("role-assignment:/SUBSCRIPTIONS/S/X",), "outcome": "ok",
        "writes": True}),
    ("Azure activity, table", {"key": s.UTI, "also": (s.APP, s.PRINCIPAL), "outcome": "denied", "error": "Forbidden",
        "writes": False}),
    ("Entra audit", {"key": "", "also": (s.APP, s.PRINCIPAL), "begot": ("app-credential:00000000-0000-4000-8000-00000000000b",),
                     "flags": (FLAG_SHARED_NAME,), "target": "Payroll", "agent": "python-requests/2"}),
    ("Kubernetes", {"key": "JTI=fake-jti-1", "also": ("fake-jti-1",),
                    "begot": ("session:JTI=fake-jti-2",), "begot_until": datetime(2026, 3, 1, 13,
        tzinfo=UTC),
                    "address": "192.0.2.1", "action": "create serviceaccounts/token", "target": "fake/serviceaccounts/sa",
                        "outcome": "ok",
                    "event_id": "audit-1/2026-03-01T12:00:00.643609Z", "writes": True}),
    ("Okta", {"key": "00TFAKE1", "also": ("102FAKE",), "begot": ("token:00TFAKE2",), "outcome": "ok", "writes": True}),
    ("Slack", {"key": "913888259765", "also": ("W1FAKE",), "writes": False, "target": "plans.pdf", "at": NOON}),
    ("Slack access", {"key": "U1FAKE", "repeated": 12, "flags": (FLAG_SHARED_NAME, FLAG_REPEATED), "at": NOON}),
    ("Cloudflare 1", {"key": "", "begot": (f"token:{'fa' * 16}",), "outcome": "ok", "flags": ()}),
    ("Cloudflare 1, Logpush", {"at": NOON, "action": "rec_del", "target": "example.com"}),
    ("Cloudflare 2", {"key": "fb" * 16, "also": ("ci",), "begot": (f"token:{'fc' * 16}",), "writes": True, "agent": "curl/8"}),
    ("Cloudflare 2, Logpush", {"key": "fb" * 16, "at": NOON, "outcome": "denied", "error": "403", "begot": ()}),
    ("OCSF", {"key": "AKIAFAKEFAKEFAKE0001", "begot": ("access-key:AKIAFAKEFAKEFAKE0003",), "writes": True, "at": NOON,
        "outcome": "ok"}),
    ("OCSF login", {"key": "AKIAFAKEFAKEFAKE0001", "outcome": "failed", "principal": "fake"}),
    ("ECS", {"key": "AKIAFAKEFAKEFAKE0001", "begot": ("session:ASIAFAKEFAKEFAKE0002",), "writes": False,
        "address": "192.0.2.1"}),
    ("ECS, dotted", {"key": s.HASH, "outcome": "denied", "error": "403", "at": NOON, "address": "192.0.2.1", "writes": False}),
    ("journald", {"source": "sshd", "key": s.SSH, "at": NOON.replace(microsecond=250_000), "principal": "fake",
        "outcome": "ok"}),
    ("nginx JSON", {"key": s.HASH, "at": NOON, "outcome": "ok", "target": "/hook?token=***", "service": "example.com"}),
    ("Caddy", {"at": NOON.replace(microsecond=250_000), "outcome": "denied", "address": "192.0.2.1",
        "target": "/x?access_token=***"}),
]  # fmt: skip
LINES: list[tuple[str, dict[str, Any]]] = [
    ("syslog", {"key": s.SSH, "at": None, "time_text": "Mar  1 12:00:00", "flags": (FLAG_NO_YEAR, FLAG_NO_ZONE),
        "address": "192.0.2.1"}),
    ("syslog, ISO", {"key": s.SSH, "at": NOON.replace(microsecond=123_456), "flags": (), "target": "host"}),
    ("syslog, RFC 5424", {"key": s.SSH, "at": NOON.replace(microsecond=123_000), "principal": "fake",
        "action": "Accepted publickey"}),
    ("syslog, old fingerprint", {"key": s.MD5}),
    ("syslog, certificate", {"key": s.SSH, "also": (s.CA, "fake laptop"), "service": "sshd-session"}),
    ("syslog, repeated", {"key": "", "repeated": 5, "outcome": "denied", "flags": (FLAG_NO_YEAR, FLAG_NO_ZONE,
        FLAG_REPEATED), "error": "invalid user"}),
    ("syslog, another program", {"key": "", "service": "CRON", "outcome": "unknown"}),
    ("combined", {"key": s.HASH, "at": NOON, "writes": False, "target": "/hook?token=***", "agent": "curl/8", "outcome": "ok"}),
    ("common", {"principal": "fake", "outcome": "failed", "error": "404", "writes": True}),
    ("virtual host", {"principal": "***", "service": "example.com:443", "address": "2001:db8::1", "outcome": "denied"}),
    ("cut short", {"target": "/hook/***", "outcome": "unknown", "at": NOON}),
    ("S3", {"key": "AKIAFAKEFAKEFAKE0001", "also": ("arn:aws:iam::000000000000:user/fake",), "outcome": "denied",
        "error": "AccessDenied",
            "at": NOON, "writes": False, "action": "REST.GET.OBJECT"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), ROWS, ids=[name for name, _ in ROWS])
def test_the_row_of_an_event(name: str, expected: dict[str, Any]) -> None:
    row = read(JSON_SAMPLES[name][1])
    assert {field: getattr(row, field) for field in expected} == expected
    assert (row.file, row.line) == ("log", 3)


@pytest.mark.parametrize(("name", "expected"), LINES, ids=[name for name, _ in LINES])
def test_the_row_of_a_line(name: str, expected: dict[str, Any]) -> None:
    row = read_line(TEXT_SAMPLES[name][1])
    assert {field: getattr(row, field) for field in expected} == expected


def test_every_sample_has_a_row_to_be_checked_against() -> None:
    assert {name for name, _ in ROWS} == set(JSON_SAMPLES)


def test_a_token_in_a_url_is_known_by_its_hash_wherever_it_stands_and_never_shown() -> None:
    for name in ("combined", "virtual host", "cut short"):
        row = read_line(TEXT_SAMPLES[name][1])
        assert s.HASH in (row.key, *row.also)
        shown = json.dumps(asdict(row), default=str)
        assert "fake-token-12345" not in shown
        assert "another-fake" not in shown
