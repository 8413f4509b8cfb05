"""Redis through redis-py's connection alone: one connection as one identity, commands said word by word, no retry, no pool.

Off this machine only with TLS and a certificate verified for the name. Of a new password only its SHA-256 is sent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from redis import exceptions
from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection
from redis.retry import Retry

from irkit.errors import BadInput
from irkit.network.address import Place, place
from irkit.network.hand import Hand
from irkit.network.native.answers import answered, nothing, parameter, refused, unknown
from irkit.plan import NativeCall
from irkit.providers.interface import Reply
from irkit.providers.postgresql import login
from irkit.providers.redis_acl import PORT

Params = Mapping[str, Any]
Ask = Callable[..., Any]
"""One command, word by word, and its answer."""


def send(call: NativeCall, hand: Hand, timeout_s: float) -> Reply:
    operate = _OPERATIONS.get(call.operation)
    if operate is None:
        raise unknown(call)
    where = place(call.address, PORT)
    user, password = _signing(call, hand)
    params = {"at": call.address, **hand.tree(call.params)}
    connection = connecting(where, params.get("ca_file", ""), timeout_s)

    def ask(*words: str) -> Any:
        connection.send_command(*words)
        return connection.read_response()

    sent = False
    with hand.hushed():
        try:
            connection.connect()
            ask("AUTH", *([user] if user else []), password)
            sent = True
            return answered(hand, 200, operate(ask, params))
        except exceptions.TimeoutError as error:
            return nothing(hand, "timeout" if sent else f"timeout while connecting: {error}", sent=sent)
        except (exceptions.ConnectionError, OSError) as error:
            return _no_connection(hand, error, sent)
        except exceptions.RedisError as error:
            return _refusal(hand, error)
        except LookupError as error:
            return refused(hand, 404, error)
        finally:
            connection.disconnect()


def _signing(call: NativeCall, hand: Hand) -> tuple[str, str]:
    if call.secret is None:
        raise BadInput("Redis is signed in to with a password", on=call.address, do="name a responder")
    value = hand.text(call.secret)
    uri = login(value, PORT) if value.startswith(("redis://", "rediss://")) else None
    password = uri.password if uri else value
    hand.hide(password, str(call.secret))
    hand.hide(_digest(password), str(call.secret))
    return hand.text(call.user) or (uri.user if uri else ""), password


def connecting(where: Place, ca_file: str, timeout_s: float) -> Any:
    common: dict[str, Any] = {
        "host": where.host, "port": where.port, "socket_connect_timeout": timeout_s, "socket_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 0), "protocol": 2, "decode_responses": True,
    }  # fmt: skip
    plain: Any = Connection  # a class without types
    if where.local and not ca_file:
        return plain(**common)
    return SSLConnection(**common, ssl_cert_reqs="required", ssl_check_hostname=True, ssl_ca_certs=ca_file or None)


def _no_connection(hand: Hand, error: Exception, sent: bool) -> Reply:
    message = str(error)
    if isinstance(error, exceptions.AuthenticationError):
        return _refusal(hand, error)
    if (
        isinstance(error, exceptions.BusyLoadingError | exceptions.MaxConnectionsError)
        or "max number of clients" in message
    ):
        return refused(hand, 503, message)
    if "CERTIFICATE_VERIFY" in message or "SSL" in message:
        return nothing(hand, f"tls: {message}", sent=False)
    words = "refused" if "refused" in message else "connection lost"
    return nothing(hand, words, sent=sent)


_REFUSED = re.compile(r"(?i)invalid username-password pair|^invalid password")


def _refusal(hand: Hand, error: Exception) -> Reply:
    message = str(error)
    if isinstance(error, exceptions.AuthenticationError) and _REFUSED.search(message):
        return refused(hand, 401, message)
    if isinstance(error, exceptions.NoPermissionError):
        return refused(hand, 403, message)
    if "does not exist" in message:
        return refused(hand, 404, message)
    return refused(hand, 503 if isinstance(error, exceptions.AuthenticationError) else 400, message)


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


# --- operations --------------------------------------------------------------------------------------------------------


def _standing(ask: Ask, _params: Params) -> dict[str, Any]:
    """Being let in is the answer; PING, or its refusal, comes after it."""
    try:
        said = ask("ACL", "WHOAMI")
    except exceptions.ResponseError:  # a user who may not ask, or Redis before 6
        said = None
    return {"let_in": True, "user": said}


def _rules(ask: Ask, user: str) -> list[str] | None:
    """The user's rules as the server writes them, without its switch and passwords; None when there is no such user."""
    for line in ask("ACL", "LIST"):
        words = re.findall(r"\([^)]*\)|\S+", line)
        if words[:2] == ["user", user]:
            return [
                word
                for word in words[2:]
                if not re.fullmatch(r"on|off|nopass|resetpass|(skip-)?sanitize-payload|#\w+", word)
            ]
    return None


def _user(ask: Ask, params: Params) -> dict[str, Any]:
    user = parameter(params, "user")
    found = ask("ACL", "GETUSER", user)
    if not found:
        raise LookupError(f"there is no user {user}")
    said = dict(zip(found[::2], found[1::2], strict=False)) if isinstance(found, Sequence) else found
    flags = list(said["flags"])
    return {"user": user, "on": "on" in flags, "nopass": "nopass" in flags, "passwords": len(said["passwords"])}


def _set(*rules: str) -> Callable[[Ask, Params], dict[str, Any]]:
    def change(ask: Ask, params: Params) -> dict[str, Any]:
        user = parameter(params, "user")
        ask("ACL", "SETUSER", user, *rules)
        return {"user": user, **_kept(ask)}

    return change


def _remove_password(ask: Ask, params: Params) -> dict[str, Any]:
    """Of the leaked password its digest: the user keeps its others."""
    user, leaked = parameter(params, "user"), parameter(params, "leaked")
    uri = login(leaked, PORT) if "://" in leaked else None
    ask("ACL", "SETUSER", user, f"!{_digest(uri.password if uri else leaked)}")
    return {"user": user, **_kept(ask)}


def _kept(ask: Ask) -> dict[str, Any]:
    """Users stand in memory; without this the server forgets what was done to them when it is started again."""
    for words in (("ACL", "SAVE"), ("CONFIG", "REWRITE")):
        try:
            ask(*words)
        except exceptions.ResponseError as error:
            why = str(error)
        else:
            return {"kept": " ".join(words)}
    return {"kept": "", "why": why}


def _sessions(ask: Ask, params: Params) -> dict[str, Any]:
    user = parameter(params, "user")
    lines = [dict(word.partition("=")[::2] for word in line.split(" ")) for line in ask("CLIENT", "LIST").splitlines()]
    own = str(ask("CLIENT", "ID"))
    mine = [line for line in lines if line.get("user") == user and line.get("id") != own]
    return {
        "sessions": len(mine),
        "from": sorted({line["addr"].rpartition(":")[0] for line in mine}),
        "commands": sorted({line.get("cmd", "") for line in mine}),
        "refused": _refused_since(ask, user),
    }


def _refused_since(ask: Ask, user: str) -> int | None:
    """How often ACL LOG has the user refused; None where it cannot be read. It holds 128 entries unless it was told otherwise."""
    try:
        entries = ask("ACL", "LOG", "128")
    except exceptions.ResponseError:
        return None
    said = [dict(zip(entry[::2], entry[1::2], strict=False)) if isinstance(entry, list) else entry for entry in entries]
    return sum(int(entry["count"]) for entry in said if entry.get("username") == user and entry.get("reason") == "auth")


def _end_sessions(ask: Ask, params: Params) -> dict[str, Any]:
    return {"ended": ask("CLIENT", "KILL", "USER", parameter(params, "user"))}


_RULE = re.compile(r"[+\-~%&(].*|allkeys|allcommands|allchannels|resetchannels")


def _create_user(ask: Ask, params: Params) -> dict[str, Any]:
    user, like = parameter(params, "user"), parameter(params, "like")
    rules = [str(rule) for rule in params.get("rules", ())] or _rules(ask, like)
    if rules is None:
        raise LookupError(f"there is no user {like}")
    if wrong := next((rule for rule in rules if not _RULE.fullmatch(rule)), ""):
        raise BadInput("this is no rule of what a Redis user may do", on=wrong[:40], do="see: redis-cli ACL CAT")
    if ask("ACL", "GETUSER", user):
        raise exceptions.ResponseError(f"{user} is already a user")
    return _with_password(ask, user, params, "reset", *rules)


def _add_password(ask: Ask, params: Params) -> dict[str, Any]:
    return _with_password(ask, parameter(params, "user"), params)


def _with_password(ask: Ask, user: str, params: Params, *rules: str) -> dict[str, Any]:
    ask("ACL", "SETUSER", user, *rules, "on", f"#{_digest(parameter(params, 'password'))}")
    said = {name: params[name] for name in ("at", "written_as") if name in params}
    return {"user": user, **said, **_kept(ask)}


def _delete_user(ask: Ask, params: Params) -> dict[str, Any]:
    user = parameter(params, "user")
    if not ask("ACL", "DELUSER", user):
        raise LookupError(f"there is no user {user}")
    return {"user": user, **_kept(ask)}


_OPERATIONS: Mapping[str, Callable[[Ask, Params], dict[str, Any]]] = {
    "standing": _standing,
    "user": _user,
    "remove-password": _remove_password,
    "switch-off": _set("off"),
    "switch-off-and-reset": _set("off", "resetpass"),
    "sessions": _sessions,
    "end-sessions": _end_sessions,
    "create-user": _create_user,
    "add-password": _add_password,
    "delete-user": _delete_user,
}
