"""etcd: the password of a user, through the JSON gateway of version 3.

https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/ and https://etcd.io/docs/v3.5/op-guide/authentication/rbac/ . A password is exchanged
for a token, which is what other calls take (`SignIn`). `base` is a member's client address. Options: `user`, `responder_user`.
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

from irkit.errors import BadInput, NotAvailable
from irkit.model import SecretRef, State
from irkit.plan import Auth, Call, Fresh, HumanTask, Identity, Json, SignIn
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

PASSWORD = Shape("password", r"\S{6,}", "chosen by a person", None, lambda: secrets.token_urlsafe(24), opaque=True)


def _signed_in(base: str, user: str, password: SecretRef) -> Auth:
    sign_in = SignIn(f"{base}/v3/auth/authenticate", {"name": user, "password": password}, "token")
    return Auth("header", password, sign_in=sign_in)


def ask_standing(setting: Setting, target: Target) -> Call:
    """Signing in, and what the user's own roles are. BadInput when the case does not say where and whose."""
    if target.secret is None:
        raise NotAvailable("etcd cannot be asked about a password without it", do="give a reference to the value")
    base, user = setting.base.rstrip("/"), setting.options.get("user", "")
    if not base or not user:
        raise BadInput(
            "it is not known whose password this is, or where",
            do="write base (https://HOST:2379) and options.user under [providers.etcd] in case.toml",
        )
    identity: Identity = "control" if target.secret.scheme == "control" else "leaked"
    auth = _signed_in(base, user, target.secret)
    return Call("POST", f"{base}/v3/auth/user/get", identity, auth, body={"name": user})


def read_standing(reply: Reply) -> Reading:
    """400 with etcd's own words is dead; that authentication is off, and every other refusal, says nothing of the password."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if reply.status == 200 and isinstance(document, dict) and "header" in document:
        return Reading(State.ALIVE, f"etcd let it in; roles: {', '.join(document.get('roles', ())) or 'none'}")
    said = message_of(document)
    if reply.status in (400, 401) and "authentication failed, invalid user ID or password" in said:
        return Reading(State.DEAD, f"etcd answered {reply.status}: {said}")
    return Reading(State.UNKNOWN, f"etcd answered {reply.status}: {said}")


BY_HAND = HumanTask(
    "Change the user's password, as etcd's root user",
    "etcdctl at a member of the cluster",
    (
        "etcdctl user passwd NAME, or etcdctl user delete NAME",
        "Restart the members one after another: watches that the user has open go on otherwise",
        "To have it done by irkit: base, responder and options.user under [providers.etcd] in case.toml",
    ),
)


def _as_responder(setting: Setting, path: str, body: dict[str, Json], mutates: bool = True) -> Call | None:
    base, user = setting.base.rstrip("/"), setting.options.get("user", "")
    if not base or not user or setting.responder is None:
        return None
    auth = _signed_in(base, setting.options.get("responder_user", "root"), setting.responder)
    return Call("POST", f"{base}/v3/auth/user/{path}", "responder", auth, body={"name": user, **body}, mutates=mutates)


def _first(setting: Setting, _target: Target) -> Call | HumanTask:
    return _as_responder(setting, "changepw", {"password": Fresh(32)}) or BY_HAND


def _last(setting: Setting, target: Target) -> Call | HumanTask:
    if setting.options.get("delete_user") != "yes":
        return _first(setting, target)  # the same call: it stands in the plan once
    return _as_responder(setting, "delete", {}) or BY_HAND


_accepted = accepted_by("etcd", done=(200,))


def read_done(reply: Reply) -> Accepted:
    if reply.status in (400, 404, 412) and "user name not found" in message_of(reply.json()):
        return Accepted(True, "etcd no longer has the user")
    return _accepted(reply)


def _settle(setting: Setting, _target: Target) -> Call:
    call = _as_responder(setting, "get", {}, mutates=False)
    assert call is not None  # the step itself was asked
    return call


def read_settled(reply: Reply) -> Accepted:
    document = reply.json()
    if reply.status in (400, 404, 412) and "user name not found" in message_of(document):
        return Accepted(True, "etcd no longer has the user")
    there = reply.status == 200 and isinstance(document, dict) and "header" in document
    return Accepted(
        False if there else None, "the user is still there" if there else reply.nothing_came or message_of(document)
    )


# Watches: etcd checks who asks when a watch is made, and never again. Their number stands in a member's metrics, their user nowhere.

_WATCHES = re.compile(r"^etcd_debugging_mvcc_watch_stream_total (\d+)", re.MULTILINE)
_PEERS = re.compile(r"^etcd_network_peer_", re.MULTILINE)


def ask_watches(setting: Setting, _target: Target) -> Call | None:
    return Call("GET", f"{setting.base.rstrip('/')}/metrics", "nobody") if setting.base else None


def read_watches(reply: Reply) -> Reading:
    found = _WATCHES.search(reply.body) if reply.status == 200 else None
    if found is None:
        return Reading(
            State.UNKNOWN,
            reply.nothing_came or f"{reply.status}: the member's metrics do not say how many watches are open",
        )
    if int(found[1]):
        return Reading(State.UNKNOWN, f"{found[1]} streams of watches are open; whose they are etcd does not say")
    if _PEERS.search(reply.body):
        return Reading(State.UNKNOWN, "no watch is open at this member; the other members were not asked")
    return Reading(State.DEAD, "no watch is open")


RESTART = HumanTask(
    "End the watches that the user may have open, by restarting each member of the cluster",
    "the machines of the etcd cluster",
    (
        "Restart one member after another, each when the one before is healthy again: etcdctl endpoint health --cluster",
        "Clients sign in again and open their watches anew; with the old password they cannot",
    ),
)


def _ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    """Another password of the same user, which is its revocation too: a user of its own would need its roles in further calls."""
    same = need.name == setting.options.get("user")
    return (_as_responder(setting, "changepw", {"password": Fresh(32)}) if same else None) or BY_HAND_FRESH


BY_HAND_FRESH = HumanTask(
    "Make a user of its own with the roles it needs, as etcd's root user",
    "etcdctl at a member of the cluster",
    ("etcdctl user add NAME", "etcdctl user grant-role NAME ROLE, for the least roles that do"),
)


def secret_of(document: Any) -> str | None:
    return document.get("fresh") or None


def read_fresh(reply: Reply) -> Made:
    done = _accepted(reply)
    return Made(done.yes, done.why)


_BY = "real server: etcd"
ETCD = Provider(
    name="etcd",
    title="etcd",
    docs="docs/providers/etcd.md",
    shapes=(PASSWORD,),
    by_hand=BY_HAND,
    tested="real server: etcd 3.4 with simple tokens and with JSON Web Tokens, one member",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step("deactivate", "Give the etcd user a password that nobody knows", _first, read_done, False),
        Step("delete", "Delete the etcd user", _last, read_done, True, _settle, read_settled),
    ),
    survives=(
        "watches that are open: they go on reading after the password was changed and after the user was deleted",
        "leases and the keys bound to them, which belong to no user",
        "users and roles made with an administrator's password",
        "JSON Web Tokens, where those are the tokens: they read the user's own record until they expire, and nothing else",
    ),
    propagation=timedelta(seconds=5),
    survivors=(Survivors("open watches", lambda _setting, _target: RESTART, None, ask_watches, read_watches),),
    replacement=Replacement(
        _ask_fresh,
        secret_of,
        read_fresh,
        "a client certificate whose common name is the user (client-cert-auth): it expires, and no password can leak",
        in_place=lambda _setting, _target, _need: True,
    ),
    proved=dict.fromkeys(("verify", "scope", "revoke", "confirm", "survivors", "replace"), _BY),
    tells_scope=True,
)
