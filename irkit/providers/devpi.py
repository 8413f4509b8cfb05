"""devpi: package index tokens of devpi-tokens, macaroons with their restrictions in them.

Read from devpi-tokens 1.1 (https://github.com/devpi/devpi/tree/main/tokens: server.py, views.py, restrictions.py). The token is `devpi-`
and a macaroon in base64, binary format version 2, whose identifier is USER-TOKENID.
"""

from __future__ import annotations

import base64
import re
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from irkit.errors import BadInput
from irkit.model import State, iso
from irkit.plan import Auth, Call, HumanTask, Json
from irkit.providers.calls import random_text, value_of, whose
from irkit.providers.interface import (
    Made,
    Need,
    Provider,
    Reading,
    Replacement,
    Reply,
    Setting,
    Shape,
    Step,
    Survivors,
    Target,
)
from irkit.providers.pypi import macaroon
from irkit.providers.replies import accepted_by, message_of
from irkit.providers.usual import filled, inside, listed, undone_by

_FORMAT = "https://github.com/devpi/devpi/tree/main/tokens"
_JSON = (("Accept", "application/json"),)
_DAY = 86_400  # seconds; the plan of one day stays the same plan
_GONE = ("doesn't exist", "token expired")

BY_HAND = HumanTask(
    "Delete the token with devpi's client",
    "your devpi server",
    ("Sign in as the token's owner: devpi login USER", "devpi token-list, then devpi token-delete ID"),
)


def public_id(value: str) -> str:
    """USER/TOKENID, as the server's address for the token has it; "" when it cannot be read."""
    found = macaroon(value.removeprefix("devpi-"))
    user, _, token = found.identifier.rpartition("-") if found else ("", "", "")
    return f"{user}/{token}" if user and token else ""


def describe(value: str) -> tuple[tuple[str, str], ...]:
    found = macaroon(value.removeprefix("devpi-"))
    if found is None:
        return ()
    user, _, token = found.identifier.rpartition("-")
    return (("user", user), ("token id", token), *map(_caveat, found.caveats))


def _caveat(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if name in ("expires", "not_before") and value.isdigit():
        try:
            return name.replace("_", " "), iso(datetime.fromtimestamp(int(value), UTC))
        except (ValueError, OverflowError, OSError):
            pass
    known = {"allowed": "permissions", "indexes": "indexes", "projects": "projects", "expires": "expires"}
    return (known[name], value[:80]) if name in known else ("restriction", text[:80])


def _look_alike() -> str:
    name = f"nobody-{random_text(8)}".encode()
    body = b"\x02\x02" + bytes([len(name)]) + name + b"\0\0\x06\x20" + secrets.token_bytes(32)
    return "devpi-" + base64.urlsafe_b64encode(body).decode().rstrip("=")


def _base(setting: Setting) -> str:
    if not setting.base:
        raise BadInput(
            "the address of your devpi server is not known", do="write base under [providers.devpi] in case.toml"
        )
    return setting.base.rstrip("/")


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /+api: who the server takes the sender for. It needs no permission and changes nothing."""
    ref = value_of(target, "devpi")
    return Call("GET", f"{_base(setting)}/+api", whose(ref), Auth("bearer", ref), _JSON)


def read_standing(reply: Reply) -> Reading:
    """A token that is gone is named in a 403; "noauth" means that no token arrived, or nothing that is one."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not devpi answering")
    status = listed("result", "authstatus")(document)
    if reply.status == 200 and isinstance(status, list) and status[:1] == ["ok"]:
        return Reading(State.ALIVE, f"devpi answered 200 as {str(status[1:2])[:60]}")
    if reply.status == 200 and isinstance(status, list):
        return Reading(
            State.UNKNOWN, f"devpi took the sender for nobody ({status[0]!s:.20}): no token of its own arrived"
        )
    message = " ".join(message_of(document).split())
    if reply.status == 403 and any(words in message.lower() for words in _GONE):
        return Reading(
            State.DEAD, f"devpi answered 403: {message.removeprefix('Access was denied to this resource. ')}"
        )
    return Reading(State.UNKNOWN, f"devpi answered {reply.status}: {message}")


def _responder(setting: Setting) -> Auth | None:
    """The responder signs in with USER:PASSWORD; a token may not manage tokens."""
    if setting.responder is None:
        return None
    return Auth("basic", setting.responder, user=setting.options.get("user", ""))


def _user_and_token(setting: Setting, target: Target) -> tuple[str, str]:
    user, _, token = (target.public_id or setting.options.get("id", "")).rpartition("/")
    return user or setting.options.get("owner", ""), token


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """DELETE /USER/+tokens/ID, as the token's owner (or root)."""
    auth, (user, token) = _responder(setting), _user_and_token(setting, target)
    at = filled("/{owner}/+tokens/{token}", Setting(options={"owner": user, "token": token}), None)
    if auth is None or at is None or not setting.base:
        return BY_HAND
    return Call("DELETE", _base(setting) + at, "responder", auth, _JSON, mutates=True)


_read_revoke = accepted_by("devpi", done=(200,), gone=(404,))


def _list(setting: Setting, user: str) -> Call | None:
    auth, at = _responder(setting), filled("/{owner}/+tokens", Setting(options={"owner": user}), None)
    return Call("GET", _base(setting) + at, "responder", auth, _JSON) if auth and at and setting.base else None


def read_others(reply: Reply) -> Reading:
    """None left is dead. A token makes no tokens, so the others are the user's own, as far as a person does not know better."""
    tokens = listed("result", "tokens")(reply.json())
    if reply.status != 200 or not isinstance(tokens, Mapping):
        return Reading(State.UNKNOWN, reply.nothing_came or f"devpi answered {reply.status} to the list of tokens")
    if not tokens:
        return Reading(State.DEAD, "the user has no token left")
    return Reading(State.UNKNOWN, f"the user has {len(tokens)} other tokens: {', '.join(sorted(tokens)[:5])}")


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    """POST /USER/+token-create. Scopes are devpi's permissions (upload, pkg_read), and an index as `index:USER/NAME`."""
    auth, owner = _responder(setting), setting.options.get("owner", "")
    at = filled("/{owner}/+token-create", Setting(options={"owner": owner}), None)
    if auth is None or at is None or not setting.base:
        return BY_HAND
    indexes = tuple(scope.removeprefix("index:") for scope in need.scopes if scope.startswith("index:"))
    allowed = tuple(scope for scope in need.scopes if not scope.startswith("index:"))
    body: dict[str, Json] = {"allowed": allowed or ("pkg_read",)}
    if indexes:
        body["indexes"] = indexes
    if need.lives:
        body["expires"] = (int(time.time() + need.lives.total_seconds()) // _DAY + 1) * _DAY
    return Call("POST", _base(setting) + at, "responder", auth, _JSON, body=body, mutates=True)


def read_fresh(reply: Reply) -> Made:
    """The id stands in the value alone, which is hidden here: whoever holds the value reads it (`public_id`)."""
    accepted = accepted_by("devpi", done=(200,), says=inside("result", "token"))(reply)
    return Made(accepted.yes, accepted.why)


def _value(document: Any) -> str | None:
    found = inside("result", "token")(document)
    return found if found and re.match(r"devpi-", found) else None


DEVPI = Provider(
    name="devpi",
    title="devpi",
    docs="docs/providers/devpi.md",
    shapes=(
        Shape("devpi-token", r"devpi-[A-Za-z0-9_-]{32,}", _FORMAT, lambda value: bool(public_id(value)), _look_alike),
    ),
    by_hand=BY_HAND,
    tested="real server: devpi-server with devpi-tokens (probe, deletion, other tokens, a fresh token)",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(Step("revoke", "Delete the token at devpi", ask_revoke, _read_revoke),),
    survives=(
        "files uploaded with the token",
        "the user's password and other tokens; what was derived from this token by narrowing it dies with it",
    ),
    describe=describe,
    public_id=public_id,
    survivors=(
        Survivors(
            "other tokens of the user",
            lambda _setting, _target: None,
            ask=lambda setting, target: _list(setting, _user_and_token(setting, target)[0]),
            read=read_others,
        ),
    ),
    replacement=Replacement(
        ask_fresh,
        _value,
        read_fresh,
        "no long-lived secret is offered: a token for one index and one permission, that expires within days, comes closest",
        ask_undo=undone_by(ask_revoke),
    ),
    proved={
        "identify": "offline",
        "verify": "real server: devpi-server",
        "scope": "offline",
        "revoke": "real server: devpi-server",
        "confirm": "real server: devpi-server",
        "survivors": "real server: devpi-server",
        "replace": "real server: devpi-server",
    },
    tells_scope=True,
)
