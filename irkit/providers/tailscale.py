"""Tailscale: API access tokens, auth keys, OAuth clients, SCIM and webhook keys. The key's id stands in each.

https://tailscale.com/kb/1277/key-prefixes ; calls: https://tailscale.com/api (keys, devices)
"""

from __future__ import annotations

from typing import Any

from irkit.errors import NotAvailable
from irkit.model import State
from irkit.plan import Call, HumanTask, Json
from irkit.providers.calls import address, random_text, value_of, whose
from irkit.providers.interface import (
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
from irkit.providers.usual import bearer, by_responder, filled, inside, listed, made_by, undone_by

PUBLIC = "https://api.tailscale.com"
_FORMATS = "https://tailscale.com/kb/1277/key-prefixes"
_WHO = "Tailscale"
_KINDS = {
    "api": "API access token",
    "auth": "auth key, which enrols devices",
    "client": "OAuth client secret",
    "scim": "SCIM key",
    "webhook": "webhook key",
}

BY_HAND = HumanTask(
    "Revoke the key in Tailscale's admin console",
    "https://login.tailscale.com/admin/settings/keys",
    (
        "Find the key by its id, which irkit reads from it, and revoke it (an OAuth client: Settings, OAuth clients)",
        "Look at Machines for devices that joined since the exposure began, and remove what is not yours",
    ),
)


def key_id(value: str) -> str:
    return value.split("-")[2]


def _known(setting: Setting) -> Setting:
    """The tailnet is "-", the responder's own, unless the case names it."""
    return Setting(setting.base, setting.responder, {"tailnet": "-", **setting.options})


def ask_standing(setting: Setting, target: Target) -> Call:
    """An API token lists keys itself. Any other key would act when it is used: the responder asks for it by its id."""
    base = address(setting, PUBLIC)
    if target.shape == "tskey-api":
        ref = value_of(target, _WHO)
        at = filled("/api/v2/tailnet/{tailnet}/keys", _known(setting), target)
        return Call("GET", f"{base}{at}", whose(ref), bearer(ref))
    control = target.secret is not None and target.secret.scheme == "control"
    asked = Target(None, target.shape, f"k{random_text(10)}CNTRL") if control else target
    at = filled("/api/v2/tailnet/{tailnet}/keys/{id}", _known(setting), asked)
    if setting.responder is None or at is None:
        raise NotAvailable(
            "Tailscale is asked about this key by its id and as the responder", do="name a responder in case.toml"
        )
    return Call("GET", f"{base}{at}", "control" if control else "responder", bearer(setting.responder))


def read_standing(reply: Reply) -> Reading:
    """401 is dead for an API token; 404 for a key asked about by its id, and so is a reply that calls it revoked or invalid."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not Tailscale's API answering")
    if reply.status == 200 and isinstance(document.get("keys"), list):
        return Reading(State.ALIVE, f"Tailscale answered 200 with {len(document['keys'])} keys")
    if reply.status == 200 and document.get("id") and (document.get("revoked") or document.get("invalid")):
        return Reading(
            State.DEAD, f"Tailscale calls the key revoked or invalid: {document.get('revoked') or ''}".rstrip(": ")
        )
    if reply.status == 200 and document.get("id"):
        return Reading(State.ALIVE, f"Tailscale knows the key; it expires {document.get('expires', 'never')!s:.30}")
    message = message_of(document)
    if (reply.status == 401 and "invalid" in message.lower()) or (
        reply.status == 404 and "not found" in message.lower()
    ):
        return Reading(State.DEAD, f"Tailscale answered {reply.status}: {message}")
    return Reading(State.UNKNOWN, f"Tailscale answered {reply.status}: {message}")


_delete = by_responder("DELETE", PUBLIC, "/api/v2/tailnet/{tailnet}/keys/{id}", BY_HAND)
_remove = HumanTask(
    "Look at the devices of the tailnet, and remove what is not yours",
    "https://login.tailscale.com/admin/machines",
    (
        "Sort by the time they joined; a device enrolled with the key stays when the key is gone",
        "Expire or delete each",
    ),
)
_device = by_responder("DELETE", PUBLIC, "/api/v2/device/{device}", _remove)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    return _delete(_known(setting), target)


def ask_devices(setting: Setting, target: Target) -> Call | None:
    at = filled("/api/v2/tailnet/{tailnet}/devices", _known(setting), target)
    return (
        Call("GET", f"{address(setting, PUBLIC)}{at}", "responder", bearer(setting.responder))
        if setting.responder
        else None
    )


def read_devices(reply: Reply) -> Reading:
    """Which key enrolled a device is not said: none at all is dead, any is for a person to tell."""
    devices = listed("devices")(reply.json())
    if reply.status != 200 or not isinstance(devices, list):
        return Reading(State.UNKNOWN, reply.nothing_came or f"Tailscale answered {reply.status} to the list of devices")
    if not devices:
        return Reading(State.DEAD, "the tailnet has no device")
    newest = sorted((str(one.get("created", "")), str(one.get("hostname", one.get("id", "")))) for one in devices)[-3:]
    shown = ", ".join(f"{name} ({created[:20]})" for created, name in reversed(newest))
    return Reading(State.UNKNOWN, f"{len(devices)} devices; which key enrolled them is not said; newest: {shown}")


def ask_fresh(setting: Setting, target: Target, need: Need) -> Call | HumanTask:
    """An auth key for one device with the tags that the scopes name (`tag:ci`), preauthorized and ephemeral."""
    tags = tuple(scope for scope in need.scopes if scope.startswith("tag:"))
    at = filled("/api/v2/tailnet/{tailnet}/keys", _known(setting), target)
    if setting.responder is None or target.shape != "tskey-auth" or not tags:
        return BY_HAND
    create: dict[str, Json] = {"reusable": False, "ephemeral": True, "preauthorized": True, "tags": tags}
    body: dict[str, Json] = {"description": need.name, "capabilities": {"devices": {"create": create}}}
    if need.lives:
        body["expirySeconds"] = int(need.lives.total_seconds())
    return Call(
        "POST", f"{address(setting, PUBLIC)}{at}", "responder", bearer(setting.responder), body=body, mutates=True
    )


def _shape(kind: str) -> Shape:
    def look_alike() -> str:
        return f"tskey-{kind}-k{random_text(10)}CNTRL-{random_text(32)}"

    return Shape(
        f"tskey-{kind}", rf"tskey-{kind}-[A-Za-z0-9]{{8,24}}-[A-Za-z0-9]{{16,48}}", _FORMATS, look_alike=look_alike
    )


def _describe(value: str) -> tuple[tuple[str, Any], ...]:
    return (("kind", _KINDS[value.split("-")[1]]), ("key id", key_id(value)))


TAILSCALE = Provider(
    name="tailscale",
    title="Tailscale",
    docs="docs/providers/tailscale.md",
    shapes=tuple(map(_shape, _KINDS)),
    by_hand=BY_HAND,
    tested="unverified: calls after the vendor's pages; the shapes and the key's id are read offline (tested)",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(Step("revoke", "Delete the key at Tailscale", ask_revoke, accepted_by(_WHO, done=(200,), gone=(404,))),),
    survives=(
        "devices enrolled with the key: they stay in the tailnet until they are removed or expire",
        "access tokens made from an OAuth client, for up to an hour",
        "changes to the access policy, routes and DNS made with it; keys that it made",
    ),
    describe=_describe,
    public_id=key_id,
    survivors=(
        Survivors(
            "devices of the tailnet",
            _device,
            accepted_by(_WHO, done=(200,), gone=(404,)),
            ask_devices,
            read_devices,
        ),
    ),
    replacement=Replacement(
        ask_fresh,
        inside("key"),
        made_by(_WHO, inside("id"), inside("expires")),
        "workload identity federation (OIDC) or an OAuth client with one scope, whose access tokens live an hour",
        ask_undo=undone_by(ask_revoke),
    ),
    proved={"identify": "offline"},
)
