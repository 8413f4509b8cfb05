"""An issuer of tokens with a memory: makes them by name, lists them, removes them. What it gives out, it gives out once."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from irkit.errors import BadInput
from irkit.plan import Auth, Call
from irkit.providers.interface import Made, Need, Replacement, Reply, Setting, Target
from tests.servers.loopback import Answer, Asked


@dataclass
class Issuer:
    """`made`: name and value by id. `fault` is what goes wrong when one is made."""

    responder: str
    made: dict[str, tuple[str, str]] = field(default_factory=dict)
    fault: str = ""
    times: int = 0

    def __call__(self, asked: Asked) -> Answer | None:
        if asked.headers.get("authorization") != f"Bearer {self.responder}":
            return _json(401, {"message": "Bad credentials"})
        parts = urlsplit(asked.path)
        if asked.method == "POST":
            return self._make(json.loads(asked.body)["name"])
        if asked.method == "DELETE":
            return Answer(204) if self.made.pop(parts.path.rsplit("/", 1)[1], None) else _json(404, {"message": "gone"})
        if self.fault == "list is a page":
            return Answer(200, b"<!DOCTYPE html><title>Blocked</title>", {"Content-Type": "text/html"})
        name = parse_qs(parts.query)["name"][0]
        return _json(
            200, {"tokens": [{"id": one, "name": named} for one, (named, _) in self.made.items() if named == name]}
        )

    def _make(self, name: str) -> Answer | None:
        self.times += 1
        if self.fault == "denied":
            return _json(403, {"message": "admins only"})
        if self.fault == "wrong":
            return _json(422, {"message": "no such scope"})
        if self.fault == "denied, with a field of that name":
            return _json(403, {"message": "admins only", "token": "your-own-token-has-expired"})
        number, value = f"token-{len(self.made) + 1}", f"freshfake-{secrets.token_hex(16)}"
        if self.fault.startswith("the old one again: "):
            value = self.fault.partition(": ")[2]
        self.made[number] = (name, value)
        if self.fault in ("hangs up", "list is a page"):
            return None
        if self.fault == "says it in a page":
            return Answer(201, f"<html>your token: {value}</html>".encode(), {"Content-Type": "text/html"})
        return _json(201, {"id": number, "name": name, "token": value, "expires": "2030-01-01"})


def _json(status: int, document: object) -> Answer:
    return Answer(status, json.dumps(document).encode())


def _auth(setting: Setting) -> Auth:
    if setting.responder is None:
        raise BadInput("the issuer needs a responder")
    return Auth("bearer", setting.responder)


def ask(setting: Setting, _target: Target | None, need: Need) -> Call:
    return Call("POST", f"{setting.base}/tokens", "responder", _auth(setting), body={"name": need.name}, mutates=True)


def _secret_of(document: Any) -> str | None:
    return document.get("token")  # type: ignore[no-any-return]


def _read(reply: Reply) -> Made:
    document = reply.json()
    if reply.status == 201 and isinstance(document, dict):
        return Made(True, "the issuer made it (201)", document["id"], document["expires"])
    if reply.status is not None and 400 <= reply.status < 500:
        return Made(False, f"the issuer answered {reply.status}: {document.get('message')}")
    return Made(None, reply.nothing_came or f"the issuer answered {reply.status}")


def _read_named(reply: Reply, need: Need) -> Made:
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return Made(None, f"the issuer answered {reply.status}")
    found = [one["id"] for one in document["tokens"] if one["name"] == need.name]
    return Made(True, "the issuer lists it", found[0]) if found else Made(False, "the issuer lists none of that name")


REPLACEMENT = Replacement(
    ask=ask,
    secret_of=_secret_of,
    read=_read,
    ask_named=lambda setting, need: Call(
        "GET", f"{setting.base}/tokens", "responder", _auth(setting), query=(("name", need.name),)
    ),
    read_named=_read_named,
    ask_undo=lambda setting, number: Call(
        "DELETE", f"{setting.base}/tokens/{number}", "responder", _auth(setting), mutates=True
    ),
)
