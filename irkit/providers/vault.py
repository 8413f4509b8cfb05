"""HashiCorp Vault (and OpenBao): tokens.

https://developer.hashicorp.com/vault/api-docs/auth/token , https://developer.hashicorp.com/vault/api-docs/system/leases ,
https://developer.hashicorp.com/vault/docs/concepts/tokens

`base` is your server. Options: `accessor` (looked up with the token where it still lives), `namespace`, `child_accessor` (a token that
may have been made with this one and outlives it: an orphan), `lease_prefix` (`database/creds/ci`), `orphan` ("yes": a replacement that
does not end with the responder's own token).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irkit.model import State
from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import URL_SAFE, own_address, random_text, value_of, whose
from irkit.providers.interface import (
    LookUp,
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
from irkit.providers.replies import accepted_by, at, holds, message_of

_TOKENS = "https://developer.hashicorp.com/vault/docs/concepts/tokens"


def address_of(setting: Setting, path: str) -> str:
    return own_address(setting, "vault", "https://vault.example.org:8200") + f"/v1/{path}"


def headers(setting: Setting) -> tuple[tuple[str, str], ...]:
    namespace = setting.options.get("namespace")
    return (("X-Vault-Request", "true"), *((("X-Vault-Namespace", namespace),) if namespace else ()))


def as_responder(setting: Setting) -> Auth | None:
    return Auth("header", setting.responder, header="X-Vault-Token") if setting.responder else None


def _post(setting: Setting, path: str, body: dict[str, Any] | None = None, *, mutates: bool = True) -> Call | None:
    """As the responder; None without one."""
    auth = as_responder(setting)
    if auth is None or not setting.base:
        return None
    return Call("POST", address_of(setting, path), "responder", auth, headers(setting), body=body, mutates=mutates)


# Whether it lives


def ask_standing(setting: Setting, target: Target) -> Call:
    """lookup-accessor as the responder, once the accessor is known: the register's answer does not depend on the token's policies. Else
    lookup-self, which uses up one use of a token that has a number of them. A look-alike has an accessor that was never issued."""
    accessor = setting.options.get("accessor") or ("" if target.secret else target.public_id)
    if accessor:
        control = target.secret is not None and target.secret.scheme == "control"
        named = random_text(24) if control else accessor
        if call := _post(setting, "auth/token/lookup-accessor", {"accessor": named}, mutates=False):
            return call
    auth = Auth("header", value_of(target, "Vault"), header="X-Vault-Token")
    return Call("GET", address_of(setting, "auth/token/lookup-self"), whose(target.secret), auth, headers(setting))


def read_standing(reply: Reply) -> Reading:
    """403 with "invalid token" (or "bad token") is dead, and so is an accessor that the register does not know; "permission denied"
    alone also meets a token that may not look itself up, and is all that OpenBao says of a dead one."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    data = document.get("data") if isinstance(document, dict) else None
    if reply.status == 200 and isinstance(data, dict) and "accessor" in data and "policies" in data:
        policies = ", ".join(map(str, data["policies"] or ()))
        return Reading(
            State.ALIVE, f"Vault answered 200; policies: {policies:.160}; {data.get('ttl', 0)!s:.12} s left (0: no end)"
        )
    words = " ".join(map(str, document.get("errors", ()))) if isinstance(document, dict) else ""
    if reply.status in (400, 403, 404) and "invalid accessor" in words:
        return Reading(State.DEAD, f"Vault answered {reply.status}: it knows no token with that accessor")
    if reply.status == 403 and ("invalid token" in words or "bad token" in words):
        return Reading(State.DEAD, f"Vault answered 403: {' '.join(words.split())[:100]}")
    if reply.status == 403 and "permission denied" in words:
        return Reading(
            State.UNKNOWN,
            "403 permission denied: dead, or alive and not allowed to look itself up; ask about its accessor",
        )
    return Reading(State.UNKNOWN, f"Vault answered {reply.status}: {message_of(document)}")


def _ask_accessor(setting: Setting, target: Target) -> Call | None:
    if target.secret is None or not setting.base or setting.options.get("accessor"):
        return None
    auth = Auth("header", target.secret, header="X-Vault-Token")
    return Call("GET", address_of(setting, "auth/token/lookup-self"), "leaked", auth, headers(setting))


def _read_accessor(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    document = reply.json()
    accessor = at(document, "data", "accessor") if reply.status == 200 else None
    return {"accessor": accessor} if isinstance(accessor, str) and accessor else {}


# Ending it


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """By its accessor, as the responder; without both, the token ends itself. Its children and leases end with it either way."""
    if target.shape in ("vault-batch", "vault-recovery"):
        return BATCH
    accessor = setting.options.get("accessor") or target.public_id
    if accessor and (call := _post(setting, "auth/token/revoke-accessor", {"accessor": accessor})):
        return call
    if target.secret is None or not setting.base:
        return BY_HAND
    auth = Auth("header", target.secret, header="X-Vault-Token")
    return Call("POST", address_of(setting, "auth/token/revoke-self"), "leaked", auth, headers(setting), mutates=True)


_read_revoke = accepted_by("Vault", done=(204,))


# What may outlive it


def _ask_child(setting: Setting, _target: Target) -> Call | None:
    child = setting.options.get("child_accessor")
    return _post(setting, "auth/token/lookup-accessor", {"accessor": child}, mutates=False) if child else None


def read_child(reply: Reply) -> Reading:
    """403 or 404 with "invalid accessor": it is gone."""
    document = reply.json()
    if reply.status == 200 and isinstance(document, dict) and isinstance(document.get("data"), dict):
        return Reading(State.ALIVE, f"its child lives: {document['data'].get('display_name', 'without a name')!s:.60}")
    words = " ".join(map(str, document.get("errors", ()))) if isinstance(document, dict) else ""
    if reply.status in (400, 403, 404) and "invalid accessor" in words:
        return Reading(State.DEAD, "Vault knows no token with that accessor")
    return Reading(State.UNKNOWN, reply.nothing_came or f"Vault answered {reply.status}: {message_of(document)}")


def _close_child(setting: Setting, _target: Target) -> Call | HumanTask | None:
    child = setting.options.get("child_accessor")
    return (_post(setting, "auth/token/revoke-accessor", {"accessor": child}) if child else None) or CHILDREN


def _ask_leases(setting: Setting, _target: Target) -> Call | None:
    prefix, auth = setting.options.get("lease_prefix", "").strip("/"), as_responder(setting)
    if not prefix or auth is None or not setting.base:
        return None
    url = address_of(setting, f"sys/leases/lookup/{prefix}/")
    return Call("GET", url, "responder", auth, headers(setting), query=(("list", "true"),))


def read_leases(reply: Reply) -> Reading:
    """A list of keys, or 404 with no errors: none."""
    document = reply.json()
    keys = at(document, "data", "keys")
    if reply.status == 200 and isinstance(keys, list) and keys:
        return Reading(State.ALIVE, f"{len(keys)} leases under the prefix, whoever took them out")
    if reply.status == 404 and isinstance(document, dict) and document.get("errors") == []:
        return Reading(State.DEAD, "no leases under the prefix")
    return Reading(State.UNKNOWN, reply.nothing_came or f"Vault answered {reply.status}: {message_of(document)}")


def _close_leases(setting: Setting, _target: Target) -> Call | HumanTask | None:
    prefix = setting.options.get("lease_prefix", "").strip("/")
    return (_post(setting, f"sys/leases/revoke-prefix/{prefix}") if prefix else None) or LEASES


# A fresh one


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    """The scopes are policies; without any it would get the responder's own. A child of the responder's token ends with that one."""
    if not need.scopes:
        return BY_HAND
    body: dict[str, Any] = {
        "policies": need.scopes,
        "display_name": need.name,
        "no_default_policy": False,
        "renewable": False,
    }
    if need.lives:
        seconds = f"{int(need.lives.total_seconds())}s"
        body |= {"ttl": seconds, "explicit_max_ttl": seconds}
    path = "auth/token/create-orphan" if setting.options.get("orphan") == "yes" else "auth/token/create"
    return _post(setting, path, body) or BY_HAND


_accepted = accepted_by("Vault", done=(200,), says=holds("auth", "accessor"))


def read_fresh(reply: Reply) -> Made:
    accepted = _accepted(reply)
    auth = reply.json()["auth"] if accepted.yes else {}
    return Made(
        accepted.yes, accepted.why, str(auth.get("accessor", "")), f"{auth['lease_duration']} s" if auth else ""
    )


BY_HAND = HumanTask(
    "Revoke the token in Vault",
    "your Vault server",
    (
        "vault token lookup -accessor ACCESSOR, then vault token revoke -accessor ACCESSOR, as an operator",
        "The accessor stands in the audit log (hashed) and in the answer to lookup-self",
        "Look at the audit log for what it read: rotate those secrets too",
    ),
)
BATCH = HumanTask(
    "End a batch or recovery token: it cannot be revoked itself",
    "your Vault server",
    (
        "A batch token ends with the token that made it (revoke that one) or with its time",
        "Where neither will do: take the policies away that it holds, or the auth mount that issued it",
        "A recovery token ends when the server leaves recovery mode",
    ),
)
CHILDREN = HumanTask(
    "Find tokens that were made with it and outlive it",
    "your Vault server",
    (
        "In the audit log: auth/token/create-orphan, no_parent, AppRole secret ids, and logins of methods it changed",
        "Revoke each by its accessor; note it as child_accessor in case.toml where irkit shall do it",
    ),
)
LEASES = HumanTask(
    "Look for leases that outlive it",
    "your Vault server",
    (
        "vault list sys/leases/lookup/PREFIX for the engines it could read; note the prefix as lease_prefix in case.toml",
        "A lease whose revocation failed stays as irrevocable: vault read sys/leases?type=irrevocable",
    ),
)


def _describe(value: str) -> tuple[tuple[str, str], ...]:
    kinds = {"hvs": "service token", "hvb": "batch token", "hvr": "recovery token", "s": "service token (before 1.10)"}
    kinds |= {"b": "batch token (before 1.10)", "r": "recovery token (before 1.10)"}
    return (("kind", kinds.get(value.partition(".")[0], "token")),)


VAULT = Provider(
    name="vault",
    title="HashiCorp Vault",
    docs="docs/providers/vault.md",
    shapes=(
        Shape(
            "vault-service",
            r"hvs\.[A-Za-z0-9_-]{24,200}",
            _TOKENS,
            look_alike=lambda: f"hvs.{random_text(91, URL_SAFE)}",
        ),
        Shape(
            "vault-batch",
            r"hvb\.[A-Za-z0-9_-]{100,400}",
            _TOKENS,
            look_alike=lambda: f"hvb.{random_text(138, URL_SAFE)}",
        ),
        Shape(
            "vault-recovery",
            r"hvr\.[A-Za-z0-9_-]{24,200}",
            _TOKENS,
            look_alike=lambda: f"hvr.{random_text(24, URL_SAFE)}",
        ),
        Shape("vault-old", r"[sbr]\.[A-Za-z0-9]{24}", _TOKENS, look_alike=lambda: f"s.{random_text(24)}"),
    ),
    by_hand=BY_HAND,
    tested="real server: OpenBao, which took over Vault's API (lookup, revocation, orphans, a fresh token); leases at a stateful "
    "loopback server written after Vault's pages; never Vault itself",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(Step("revoke", "Revoke the token in Vault", ask_revoke, _read_revoke),),
    survives=(
        "orphans: tokens made with it that have no parent, and AppRole secret ids it made",
        "leases whose revocation failed, and what was read: static secrets must be rotated where they are used",
        "policies, roles and auth methods that it changed",
    ),
    describe=_describe,
    look_up=LookUp(_ask_accessor, _read_accessor),
    survivors=(
        Survivors("orphaned tokens made with it", _close_child, _read_revoke, _ask_child, read_child),
        Survivors("leases under the prefix", _close_leases, _read_revoke, _ask_leases, read_leases),
    ),
    replacement=Replacement(
        ask_fresh,
        lambda document: at(document, "auth", "client_token"),
        read_fresh,
        "no token at all: let the consumer sign in (Kubernetes, JWT/OIDC of the CI, AWS, AppRole) for a short one",
        ask_undo=lambda setting, accessor: (
            _post(setting, "auth/token/revoke-accessor", {"accessor": accessor}) or BY_HAND
        ),
    ),
    proved={
        "identify": "offline",
        **dict.fromkeys(("verify", "scope", "revoke", "confirm", "survivors", "replace"), "real server: OpenBao"),
    },
    tells_scope=True,
)
