"""What the tests of platforms share: which they are, whose secrets are used, and what a call would resolve."""

from __future__ import annotations

import json
from collections.abc import Iterator

from irkit.model import SecretRef
from irkit.plan import Call, document
from irkit.providers import PROVIDERS
from irkit.providers.interface import Reply, Setting, Target

LEAKED, MINE = SecretRef("env:LEAKED"), SecretRef("env:MINE")
OPTIONS = {
    "id": "id-1", "user": "alice", "owner": "alice", "account": "a1", "project": "p1", "config": "dev", "team": "t1", "organization": "o1",
    "device": "d1", "resource": "zone.z1", "name": "ci", "policies": '[{"effect": "allow"}]', "api": "https://crates.example.org",
    "introspection_endpoint": "https://id.example.org/i", "revocation_endpoint": "https://id.example.org/r",
    "token_endpoint": "https://id.example.org/t", "grant": "client_credentials",
}  # fmt: skip
FULL = Setting("https://api.example.org", MINE, OPTIONS)
MINE_ALL = (
    "anthropic", "buildkite", "circleci", "cloudflare", "crates", "devpi", "digitalocean", "dockerhub", "doppler", "fastly", "heroku",
    "huggingface", "npm", "oauth2", "onepassword", "openai", "pypi", "tailscale", "terraform", "vercel",
)  # fmt: skip
EACH = [(name, shape.name) for name in MINE_ALL for shape in PROVIDERS[name].shapes]


def target(name: str, shape: str) -> Target:
    return Target(LEAKED, shape, "alice/id-1" if name == "devpi" else "id-1")


def refs(call: Call) -> set[str]:
    """Every reference that the call would resolve."""
    return set(_refs(document(call)))


def _refs(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        yield from ([part["secret_ref"]] if "secret_ref" in part else ())
        for value in part.values():
            yield from _refs(value)
    elif isinstance(part, list):
        for value in part:
            yield from _refs(value)


def said(status: int, body: object) -> Reply:
    return Reply(status, {}, body if isinstance(body, str) else json.dumps(body))
