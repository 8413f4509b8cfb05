"""PostgreSQL: the password of a role, alone or in a connection URI (DATABASE_URL).

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS, and of roles
https://www.postgresql.org/docs/current/sql-alterrole.html. What is sent of a new password is its SCRAM verifier.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

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
from irkit.providers.replies import accepted_by, message_of

_URIS = "https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS"
PORT = 5432


@dataclass(frozen=True)
class Login:
    """Who signs in with what, and where, as a connection URI says it. `at` is `HOST:PORT` and `/DATABASE` where it names one."""

    user: str
    password: str
    at: str
    scheme: str


def login(value: str, port: int) -> Login | None:
    """Of a connection URI with a user and a password; None when it is none. `port` is the one that goes without saying."""
    try:
        parts = urlsplit(value.strip())
        if not parts.hostname or not parts.password or not parts.scheme:
            return None
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        at = f"{host}:{parts.port or port}" + (parts.path if len(parts.path) > 1 else "")
        return Login(unquote(parts.username or ""), unquote(parts.password), at, parts.scheme.split("+")[0])
    except ValueError:
        return None


def public_id(value: str) -> str:
    """`USER@HOST:PORT/DATABASE`, percent-encoded."""
    found = login(value, PORT)
    return f"{quote(found.user, safe='')}@{found.at}" if found else ""


def describe(value: str) -> tuple[tuple[str, str], ...]:
    found = login(value, PORT)
    if found is None:
        return ()
    where, _, database = found.at.partition("/")
    mode = re.search(r"[?&]sslmode=([a-z-]+)", value)
    return (
        ("role", found.user),
        ("server", where),
        *((("database", unquote(database)),) if database else ()),
        *((("sslmode", mode[1]),) if mode else ()),
    )


URI = Shape(
    "uri",
    r"postgres(?:ql)?(?:\+[a-z0-9_]+)?://[^\s:/@?#]+:[^\s/@?#]+@(?:\[[0-9A-Fa-f:.]+\]|[^\s:/@?#,\[\]]+)(?::\d{1,5})?(?:/[^\s?#]*)?(?:\?[^\s#]*)?",
    _URIS,
    look_alike=lambda: f"postgresql://never_{secrets.token_hex(4)}:{secrets.token_urlsafe(24)}@127.0.0.1/never",
)
PASSWORD = Shape("password", r"\S{8,}", "chosen by a person", None, lambda: secrets.token_urlsafe(24), opaque=True)


def ask_standing(setting: Setting, target: Target) -> NativeCall:
    """Signing in and one SELECT. BadInput when neither the URI nor the case says who and where."""
    if target.secret is None:
        raise NotAvailable("PostgreSQL cannot be asked about a password without it", do="give a reference to the value")
    user, at = whom_and_where(setting, target)
    if not user or not at:
        raise BadInput(
            "it is not known whose password this is, or where",
            do="write base (HOST:PORT/DATABASE) and options.user under [providers.postgresql] in case.toml",
        )
    return NativeCall("postgresql", at, "standing", whose(target.secret), user, target.secret, authority(setting))


def read_standing(reply: Reply) -> Reading:
    """401 is the server's own words for a wrong password or a role that may not sign in; 403 is said after the password was right."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if reply.status == 200 and isinstance(document, dict) and document.get("user"):
        return Reading(State.ALIVE, f"PostgreSQL let it in as {document['user']}{_rights(document)}")
    said = message_of(document)
    if reply.status == 403:
        return Reading(State.ALIVE, f"PostgreSQL knows it and denies only the database: {said}")
    state = State.DEAD if reply.status == 401 else State.UNKNOWN
    return Reading(state, f"PostgreSQL answered: {said}")


def _rights(document: Mapping[str, Any]) -> str:
    rights = [*document.get("rights", ()), *(f"member of {role}" for role in document.get("member_of", ()))]
    until = f"; valid until {document['valid_until']}" if document.get("valid_until") else ""
    return f"; {', '.join(rights)}{until}" if rights or until else ""


BY_HAND = HumanTask(
    "Take the role's right to sign in, as an administrator of the database",
    "psql at the server, or the console of whoever runs it",
    (
        "ALTER ROLE name NOLOGIN; then ALTER ROLE name PASSWORD NULL",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'name'",
        "To have it done by irkit: base (HOST:PORT/DATABASE) and responder under [providers.postgresql] in case.toml",
    ),
)


def _as_responder(
    setting: Setting, target: Target, operation: str, more: dict[str, Json] | None = None, *, mutates: bool = True
) -> NativeCall | None:
    """The responder's password goes only where the case itself says, never to a server that a leaked URI names."""
    user, _ = whom_and_where(setting, target)
    if not setting.base or setting.responder is None or not user:
        return None
    params = {"role": user, **(more or {}), **authority(setting)}
    admin = setting.options.get("responder_user", "")
    return NativeCall(
        "postgresql", setting.base, operation, "responder", admin, setting.responder, params, mutates=mutates
    )


def _step(operation: str) -> Any:
    return lambda setting, target: _as_responder(setting, target, operation) or BY_HAND


def _settle(setting: Setting, target: Target) -> NativeCall:
    call = _as_responder(setting, target, "role", mutates=False)
    assert call is not None  # the step itself was asked
    return call


def read_settled(reply: Reply) -> Accepted:
    """Whether the role has a password is shown to superusers alone."""
    document = reply.json()
    if reply.status == 404:
        return Accepted(True, "the role is no longer there")
    if reply.status != 200 or not isinstance(document, dict):
        return Accepted(None, reply.nothing_came or message_of(document))
    has = document.get("has_password")
    return Accepted(None if has is None else not has, f"the role has a password: {has}")


def _ask_sessions(setting: Setting, target: Target) -> NativeCall | None:
    return _as_responder(setting, target, "sessions", mutates=False)


def read_sessions(reply: Reply) -> Reading:
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict) or not isinstance(document.get("sessions"), int):
        return Reading(State.UNKNOWN, reply.nothing_came or f"PostgreSQL answered: {message_of(document)}")
    if not document["sessions"]:
        return Reading(State.DEAD, "no session of the role is open")
    places = ", ".join(document.get("from", ())) or "addresses not shown"
    return Reading(State.ALIVE, f"{document['sessions']} sessions of the role are open, from {places}")


read_done = accepted_by("PostgreSQL", done=(200,), gone=(404,))


def _ask_fresh(setting: Setting, target: Target, need: Need) -> NativeCall | HumanTask:
    """A role of its own, member of `scopes` (left out: of the leaked role, so that it may do what that may)."""
    user, at = whom_and_where(setting, target)
    more: dict[str, Json] = {"password": Fresh(32), "lives_s": int(need.lives.total_seconds()) if need.lives else None}
    if target.shape == URI.name:
        more["written_as"] = at.partition("/")[2]
    if need.name == user:
        return _as_responder(setting, target, "set-password", more) or BY_HAND
    made = _as_responder(setting, target, "create-role", {**more, "in_roles": need.scopes or (user,)})
    return _named(made, need.name) if made else BY_HAND


def _named(call: NativeCall, role: str) -> NativeCall:
    return replace(call, params={**call.params, "role": role})


def secret_of(document: Any) -> str | None:
    """The password, or where the leaked one was a URI, a URI."""
    fresh, at = document.get("fresh"), document.get("at", "")
    if "written_as" not in document or not fresh:
        return fresh or None
    database = at.partition("/")[2] or document["written_as"]
    where = at.partition("/")[0] + (f"/{database}" if database else "")
    return f"postgresql://{quote(document['role'], safe='')}:{quote(fresh, safe='')}@{where}"


def read_fresh(reply: Reply) -> Made:
    done, document = read_done(reply), reply.json()
    if done.yes is not True or not isinstance(document, dict):
        return Made(done.yes, done.why)
    return Made(
        True, f"role {document.get('role')}", str(document.get("role", "")), str(document.get("valid_until", ""))
    )


def _ask_named(setting: Setting, need: Need) -> NativeCall:
    call = _as_responder(setting, Target(None, PASSWORD.name, f"{quote(need.name, safe='')}@"), "role", mutates=False)
    if call is None:
        raise BadInput("it is not known where the role would be", do="write base and responder in case.toml")
    return _named(call, need.name)


def _read_named(reply: Reply, need: Need) -> Made:
    if reply.status not in (200, 404):
        return Made(None, reply.nothing_came or message_of(reply.json()))
    return Made(reply.status == 200, f"role {need.name}", need.name if reply.status == 200 else "")


def _ask_undo(setting: Setting, role: str) -> NativeCall | HumanTask:
    call = _as_responder(setting, Target(None, PASSWORD.name, f"{quote(role, safe='')}@"), "drop-role")
    return _named(call, role) if call else BY_HAND


_BY = "real server: PostgreSQL"
POSTGRESQL = Provider(
    name="postgresql",
    title="PostgreSQL",
    docs="docs/providers/postgresql.md",
    shapes=(URI, PASSWORD),
    by_hand=BY_HAND,
    tested="real server: PostgreSQL (sign-in, TLS, NOLOGIN, PASSWORD NULL, sessions, a new role with an expiry)",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step("deactivate", "Take the role's right to sign in (NOLOGIN)", _step("forbid-login"), read_done, False),
        Step("revoke", "Remove the role's password", _step("drop-password"), read_done, True, _settle, read_settled),
    ),
    survives=(
        "sessions that are open: taking the password ends none of them",
        "roles, functions (SECURITY DEFINER), triggers, scheduled jobs and replication slots made with the role",
        "copies of the password in foreign servers' user mappings, in connection poolers, in .pgpass files",
        "other servers where the role has the same password; a standby follows its primary",
    ),
    propagation=timedelta(seconds=5),
    describe=describe,
    public_id=public_id,
    secret_parts=lambda value: (found.password,) if (found := login(value, PORT)) else (),
    survivors=(Survivors("open sessions of the role", _step("end-sessions"), read_done, _ask_sessions, read_sessions),),
    replacement=Replacement(
        _ask_fresh,
        secret_of,
        read_fresh,
        "a certificate (clientcert), GSSAPI, or a password that lives minutes: IAM sign-in of a cloud, Vault's database engine",
        _ask_named,
        _read_named,
        _ask_undo,
        lambda setting, target, need: need.name == whom_and_where(setting, target)[0],
    ),
    proved=dict.fromkeys(("verify", "scope", "revoke", "confirm", "survivors", "replace"), _BY)
    | {"identify": "offline"},
    tells_scope=True,
)
