"""Redis: the password of an ACL user, alone or in a connection URI (REDIS_URL). Valkey speaks the same.

https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/ ; of the URI
https://www.iana.org/assignments/uri-schemes/prov/redis . Of a password only its SHA-256 is sent to change it.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from irkit.errors import BadInput, NotAvailable
from irkit.model import State
from irkit.plan import Fresh, HumanTask, Json, NativeCall
from irkit.providers.calls import authority, whom_and_where, whose
from irkit.providers.interface import (
    Accepted,
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
from irkit.providers.postgresql import login
from irkit.providers.replies import accepted_by, message_of

PORT = 6379
URI = Shape(
    "uri",
    r"rediss?://[^\s:/@?#]*:[^\s/@?#]+@(?:\[[0-9A-Fa-f:.]+\]|[^\s:/@?#,\[\]]+)(?::\d{1,5})?(?:/\d*)?(?:\?[^\s#]*)?",
    "https://www.iana.org/assignments/uri-schemes/prov/redis",
    look_alike=lambda: f"redis://never_{secrets.token_hex(4)}:{secrets.token_urlsafe(24)}@127.0.0.1",
)
PASSWORD = Shape("password", r"\S{8,}", "chosen by a person", None, lambda: secrets.token_urlsafe(24), opaque=True)


def public_id(value: str) -> str:
    """`USER@HOST:PORT`, percent-encoded; a URI without a user is of the user `default`."""
    found = login(value, PORT)
    return f"{quote(found.user or 'default', safe='')}@{found.at.partition('/')[0]}" if found else ""


def describe(value: str) -> tuple[tuple[str, str], ...]:
    found = login(value, PORT)
    if found is None:
        return ()
    where, _, number = found.at.partition("/")
    encrypted = "yes" if found.scheme == "rediss" else "no"
    said = (("user", found.user or "default"), ("server", where), ("encrypted", encrypted))
    return (*said, *((("database", number),) if number else ()))


def ask_standing(setting: Setting, target: Target) -> NativeCall:
    """AUTH. BadInput when neither the URI nor the case says who and where."""
    if target.secret is None:
        raise NotAvailable("Redis cannot be asked about a password without it", do="give a reference to the value")
    user, at = whom_and_where(setting, target)
    if not user or not at:
        raise BadInput(
            "it is not known whose password this is, or where",
            do="write base (HOST:PORT) and options.user under [providers.redis_acl] in case.toml",
        )
    return NativeCall("redis", at, "standing", whose(target.secret), user, target.secret, authority(setting))


def read_standing(reply: Reply) -> Reading:
    """WRONGPASS is dead, whether the password is wrong, the user is off or there is none; a server that asks for none is unknown."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if reply.status == 200 and isinstance(document, dict) and document.get("let_in"):
        return Reading(State.ALIVE, f"Redis let it in{f' as {found}' if (found := document.get('user')) else ''}")
    said = message_of(document)
    return Reading(State.DEAD if reply.status == 401 else State.UNKNOWN, f"Redis answered: {said}")


BY_HAND = HumanTask(
    "Take the user's passwords, as an administrator of the Redis server",
    "redis-cli at each server, or the console of whoever runs it",
    (
        "ACL SETUSER name off resetpass; then ACL SAVE (CONFIG REWRITE where users stand in redis.conf)",
        "CLIENT KILL USER name; do the same at every replica and node, for users are not replicated",
        "To have it done by irkit: base (HOST:PORT) and responder under [providers.redis_acl] in case.toml",
    ),
)


def _as_responder(
    setting: Setting, user: str, operation: str, more: dict[str, Json] | None = None, *, mutates: bool = True
) -> NativeCall | None:
    """The responder's password goes only where the case itself says, never to a server that a leaked URI names."""
    if not setting.base or setting.responder is None or not user:
        return None
    params = {"user": user, **(more or {}), **authority(setting)}
    admin = setting.options.get("responder_user", "")
    return NativeCall("redis", setting.base, operation, "responder", admin, setting.responder, params, mutates=mutates)


def _first(setting: Setting, target: Target) -> NativeCall | HumanTask:
    """The leaked password alone where its value is known, so that another of the same user goes on; else the whole user."""
    user, _ = whom_and_where(setting, target)
    if target.secret is None:
        return _as_responder(setting, user, "switch-off") or BY_HAND
    return _as_responder(setting, user, "remove-password", {"leaked": target.secret}) or BY_HAND


def _last(setting: Setting, target: Target) -> NativeCall | HumanTask:
    if setting.options.get("keep_user") == "yes":
        return _first(setting, target)  # the same call: it stands in the plan once
    return _as_responder(setting, whom_and_where(setting, target)[0], "switch-off-and-reset") or BY_HAND


_accepted = accepted_by("Redis", done=(200,), gone=(404,))


def read_done(reply: Reply) -> Accepted:
    """Users stand in memory: what was not kept is undone by the server's next start."""
    accepted, document = _accepted(reply), reply.json()
    if accepted.yes is not True or not isinstance(document, dict) or "kept" not in document:
        return accepted
    if document["kept"]:
        return Accepted(True, f"{accepted.why}, and kept by {document['kept']}")
    why = f"it could not be kept ({document.get('why', '')}): the server's next start undoes it, edit its file"
    return Accepted(True, f"{accepted.why}, but {why}")


def _settle(setting: Setting, target: Target) -> NativeCall:
    call = _as_responder(setting, whom_and_where(setting, target)[0], "user", mutates=False)
    assert call is not None  # the step itself was asked
    return call


def read_settled(reply: Reply) -> Accepted:
    document = reply.json()
    if reply.status == 404:
        return Accepted(True, "the user is no longer there")
    if reply.status != 200 or not isinstance(document, dict):
        return Accepted(None, reply.nothing_came or message_of(document))
    left = document.get("on") or document.get("passwords") or document.get("nopass")
    return Accepted(
        not left, f"the user is {'on' if document.get('on') else 'off'}, with {document.get('passwords')} passwords"
    )


def _ask_sessions(setting: Setting, target: Target) -> NativeCall | None:
    return _as_responder(setting, whom_and_where(setting, target)[0], "sessions", mutates=False)


def read_sessions(reply: Reply) -> Reading:
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict) or not isinstance(document.get("sessions"), int):
        return Reading(State.UNKNOWN, reply.nothing_came or f"Redis answered: {message_of(document)}")
    refused = f"; {document['refused']} sign-ins refused (ACL LOG)" if document.get("refused") else ""
    if not document["sessions"]:
        return Reading(State.DEAD, f"no connection of the user is open{refused}")
    return Reading(
        State.ALIVE,
        f"{document['sessions']} connections of the user are open, from {', '.join(document['from'])}{refused}",
    )


def _close(setting: Setting, target: Target) -> NativeCall | HumanTask:
    return _as_responder(setting, whom_and_where(setting, target)[0], "end-sessions") or BY_HAND


def _ask_fresh(setting: Setting, target: Target, need: Need) -> NativeCall | HumanTask:
    """A user of its own; `scopes` are ACL rules (`+get`, `~app:*`), left out: the leaked user's. Redis has no expiry."""
    user, at = whom_and_where(setting, target)
    more: dict[str, Json] = {"password": Fresh(32)}
    if target.shape == URI.name:
        more["written_as"] = "rediss" if setting.options.get("ca_file") or not at.startswith("127.") else "redis"
    if need.name == user:
        return _as_responder(setting, user, "add-password", more) or BY_HAND
    return _as_responder(setting, need.name, "create-user", {**more, "like": user, "rules": need.scopes}) or BY_HAND


def _in_place(setting: Setting, target: Target, need: Need) -> bool:
    """Another password of the same user dies with the user, unless the case says to keep it."""
    return need.name == whom_and_where(setting, target)[0] and setting.options.get("keep_user") != "yes"


def secret_of(document: Any) -> str | None:
    fresh, scheme = document.get("fresh"), document.get("written_as")
    if not fresh or not scheme:
        return fresh or None
    return f"{scheme}://{quote(document['user'], safe='')}:{quote(fresh, safe='')}@{document.get('at')}"


def read_fresh(reply: Reply) -> Made:
    done, document = read_done(reply), reply.json()
    user = str(document.get("user", "")) if isinstance(document, dict) else ""
    return (
        Made(True, f"user {user}: {done.why}", user)
        if reply.status == 200 and user
        else Made(done.yes and None, done.why)
    )


def _ask_named(setting: Setting, need: Need) -> NativeCall:
    call = _as_responder(setting, need.name, "user", mutates=False)
    if call is None:
        raise BadInput("it is not known where the user would be", do="write base and responder in case.toml")
    return call


def _read_named(reply: Reply, need: Need) -> Made:
    if reply.status not in (200, 404):
        return Made(None, reply.nothing_came or message_of(reply.json()))
    return Made(reply.status == 200, f"user {need.name}", need.name if reply.status == 200 else "")


_BY = "real server: Redis"
REDIS_ACL = Provider(
    name="redis_acl",
    title="Redis",
    docs="docs/providers/redis_acl.md",
    shapes=(URI, PASSWORD),
    by_hand=BY_HAND,
    tested="real server: Redis (sign-in, TLS, passwords and users taken, kept over a restart, connections, a new user)",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step("deactivate", "Remove the leaked password of the Redis user", _first, read_done, False),
        Step(
            "revoke",
            "Switch the Redis user off and remove its passwords",
            _last,
            read_done,
            True,
            _settle,
            read_settled,
        ),
    ),
    survives=(
        "connections that are open: taking the password ends none of them",
        "users made or changed with an administrator's password, scripts and functions loaded, modules",
        "replicas, cluster nodes and Sentinels: each has users of its own, and each must be done",
        "a user or an ACL file of the configuration management that puts the password back",
    ),
    propagation=timedelta(seconds=5),
    describe=describe,
    public_id=public_id,
    secret_parts=lambda value: (found.password,) if (found := login(value, PORT)) else (),
    survivors=(Survivors("open connections of the user", _close, read_done, _ask_sessions, read_sessions),),
    replacement=Replacement(
        _ask_fresh,
        secret_of,
        read_fresh,
        "a cloud's IAM sign-in for its hosted Redis, or client certificates (tls-auth-clients) beside the password",
        _ask_named,
        _read_named,
        lambda setting, user: _as_responder(setting, user, "delete-user") or BY_HAND,
        _in_place,
    ),
    proved=dict.fromkeys(("verify", "revoke", "confirm", "survivors", "replace"), _BY) | {"identify": "offline"},
)
