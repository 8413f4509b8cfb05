"""What the tests of services on the net share: whose secrets are used, what each is told, and what a call would resolve."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from irkit.model import SecretRef
from irkit.plan import Auth, Call
from irkit.providers.interface import Reply, Setting, Target

LEAKED, RESPONDER = SecretRef("env:LEAKED"), SecretRef("env:RESPONDER")
SITE = "https://service.example.org"
HTML = "<!DOCTYPE html><title>Blocked</title>"
"""What a proxy or a firewall answers in a service's place."""
OPTIONS: dict[str, dict[str, str]] = {
    "atlassian": {"email": "owner@example.org", "account_id": "5b10", "token_id": "t1"},
    "datadog": {"key_id": "k1"},
    "discord": {"client_id": "123"},
    "jwt": {"probe_url": f"{SITE}/me"},
    "mailgun": {"key_id": "k1"},
    "mattermost": {"token_id": "t1", "user_id": "u1"},
    "okta": {"token_id": "t1"},
    "sendgrid": {},
    "sentry": {"organization": "acme", "token_id": "7"},
    "slack": {},
    "stripe": {},
    "telegram": {},
    "twilio": {"account": "AC" + "0" * 32},
    "twitch": {"client_id": "c1"},
    "vault": {"accessor": "a1", "child_accessor": "a2", "lease_prefix": "database/creds/ci"},
}


def setting(name: str) -> Setting:
    return Setting(SITE, RESPONDER, OPTIONS[name])


def target(shape: str) -> Target:
    public = {"twilio-api-key": "SK" + "1" * 32, "twilio-auth-token": "AC" + "0" * 32}
    return Target(LEAKED, shape, public.get(shape, "id1"))


def refs(value: Any) -> Iterator[SecretRef]:
    """Every reference in a call, wherever it stands."""
    if isinstance(value, SecretRef):
        yield value
    elif isinstance(value, Call):
        yield from refs((value.auth, value.body, value.form, value.in_url, value.query, value.headers))
    elif isinstance(value, Auth):
        yield from refs((value.secret, value.user))
    elif isinstance(value, dict):
        yield from refs(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from refs(item)


def said(status: int, document: object, **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(document))
