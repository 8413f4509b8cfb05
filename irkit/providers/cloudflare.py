"""Cloudflare: API tokens of a user (`cfut_`) and of an account (`cfat_`), and those without a prefix.

https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/ ; calls:
https://developers.cloudflare.com/api/resources/user/subresources/tokens/ and .../accounts/subresources/tokens/
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from irkit.model import State
from irkit.plan import Call, HumanTask, Json
from irkit.providers.calls import HEX, address, random_text, value_of, whose
from irkit.providers.interface import LookUp, Need, Provider, Reading, Replacement, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, message_of
from irkit.providers.usual import bearer, filled, inside, lacking, listed, made_by, named_in, undone_by

PUBLIC = "https://api.cloudflare.com"
_FORMATS = "https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/"
_WHO = "Cloudflare"

BY_HAND = HumanTask(
    "Delete the token in Cloudflare's dashboard",
    "https://dash.cloudflare.com/profile/api-tokens",
    (
        "A user's token: My profile, API tokens. An account's: Manage account, API tokens. Disable it, then delete it",
        "Look at the audit log since the exposure began: DNS records, Workers, members, other tokens",
    ),
)


def _at(setting: Setting, target: Target | None) -> str | None:
    """Where tokens of this kind are; an account's need its id (option `account`)."""
    account = (target is not None and target.shape == "cfat") or bool(setting.options.get("account"))
    path = filled("/client/v4/accounts/{account}/tokens" if account else "/client/v4/user/tokens", setting, target)
    return address(setting, PUBLIC) + path if path else None


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET .../tokens/verify: needs no permission, and says whether it is active."""
    ref, at = value_of(target, _WHO), _at(setting, target)
    if at is None:
        raise lacking("cloudflare", "the account of an account's token (option account)")
    return Call("GET", f"{at}/verify", whose(ref), bearer(ref))


def read_standing(reply: Reply) -> Reading:
    """401 with code 1000 is "Invalid API Token"; other refusals (an address that may not call, a wrong header) say nothing."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    status, code = inside("result", "status")(document), inside("errors", 0, "code")(document)
    if reply.status == 200 and status == "active":
        return Reading(State.ALIVE, f"Cloudflare answered 200: active, token id {inside('result', 'id')(document)}")
    if reply.status == 200 and status in ("disabled", "expired"):
        return Reading(State.DEAD, f"Cloudflare answered 200: {status}")
    if reply.status == 401 and code == "1000":
        return Reading(State.DEAD, f"Cloudflare answered 401: {message_of(document)}")
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not Cloudflare's API answering")
    return Reading(State.UNKNOWN, f"Cloudflare answered {reply.status}: {message_of(document)}")


def _on_token(method: Any, body: Callable[[Setting], Json | None]) -> Callable[[Setting, Target], Call | HumanTask]:
    def ask(setting: Setting, target: Target) -> Call | HumanTask:
        at, which, sent = _at(setting, target), filled("/{id}", setting, target), body(setting)
        if setting.responder is None or at is None or which is None or sent is None:
            return BY_HAND
        return Call(method, at + which, "responder", bearer(setting.responder), body=sent or None, mutates=True)

    return ask


def _disabled(setting: Setting) -> Json | None:
    """The whole token, as the call replaces it: its name and policies are looked up first. None when they are not known."""
    name, policies = setting.options.get("name", ""), setting.options.get("policies", "")
    return (
        {"name": name, "policies": _tuples(json.loads(policies)), "status": "disabled"} if name and policies else None
    )


def _tuples(part: Any) -> Json:
    """A tree of a plan has tuples where JSON has lists."""
    if isinstance(part, dict):
        return {name: _tuples(item) for name, item in part.items()}
    return tuple(map(_tuples, part)) if isinstance(part, list) else part


ask_deactivate = _on_token("PUT", _disabled)
ask_delete = _on_token("DELETE", lambda _setting: "")


def _ask_details(setting: Setting, target: Target) -> Call | None:
    at, which = _at(setting, target), filled("/{id}", setting, target)
    if setting.responder is None or at is None or which is None:
        return None
    return Call("GET", at + which, "responder", bearer(setting.responder))


def _read_details(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    name, policies = inside("result", "name")(reply.json()), listed("result", "policies")(reply.json())
    if reply.status != 200 or not name or not isinstance(policies, list):
        return {}
    kept = [{key: one[key] for key in ("effect", "permission_groups", "resources") if key in one} for one in policies]
    return {"name": name, "policies": json.dumps(kept)}


def ask_fresh(setting: Setting, target: Target, need: Need) -> Call | HumanTask:
    """Scopes are ids of permission groups, for one resource (option `resource`: com.cloudflare.api.account.zone.ID)."""
    at, resource = _at(setting, target), setting.options.get("resource", "")
    if setting.responder is None or at is None or not need.scopes or not resource:
        return BY_HAND
    groups: Json = tuple({"id": scope} for scope in need.scopes)
    body: dict[str, Json] = {
        "name": need.name,
        "policies": ({"effect": "allow", "permission_groups": groups, "resources": {resource: "*"}},),
    }
    if need.lives:
        body["expires_on"] = f"{datetime.now(UTC) + need.lives + timedelta(days=1):%Y-%m-%dT00:00:00Z}"
    return Call("POST", at, "responder", bearer(setting.responder), body=body, mutates=True)


def _all(setting: Setting, _need: Need) -> Call:
    at = _at(setting, None)
    if setting.responder is None or at is None:
        raise lacking("cloudflare", "the responder's own token")
    return Call("GET", at, "responder", bearer(setting.responder), query=(("per_page", "50"),))


def _shape(name: str) -> Shape:
    def look_alike() -> str:
        return f"{name}_{random_text(40)}{random_text(8, HEX)}"

    return Shape(name, rf"{name}_[A-Za-z0-9_-]{{44,60}}", _FORMATS, look_alike=look_alike)


CLOUDFLARE = Provider(
    name="cloudflare",
    title="Cloudflare",
    docs="docs/providers/cloudflare.md",
    shapes=(
        _shape("cfut"),
        _shape("cfat"),
        Shape("cloudflare-token", r"[A-Za-z0-9_-]{40}", _FORMATS, None, lambda: random_text(40), opaque=True),
    ),
    by_hand=BY_HAND,
    tested="unverified: calls after the vendor's pages; the shapes are recognised offline (tested), their checksum is not published",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step(
            "deactivate",
            "Disable the token at Cloudflare",
            ask_deactivate,
            accepted_by(_WHO, done=(200,)),
            irreversible=False,
        ),
        Step("delete", "Delete the token at Cloudflare", ask_delete, accepted_by(_WHO, done=(200,), gone=(404,))),
    ),
    survives=(
        "DNS records, Workers, routes and rules made with the token",
        "other tokens that it made, where it had the permission to; tunnels and Access service tokens",
        "the global API key of the user, which is another credential",
    ),
    describe=lambda value: (("kind", "account API token" if value.startswith("cfat_") else "user API token"),),
    look_up=LookUp(_ask_details, _read_details),
    replacement=Replacement(
        ask_fresh,
        inside("result", "value"),
        made_by(_WHO, inside("result", "id"), inside("result", "expires_on")),
        "an account's token instead of a user's, for one zone, from known addresses only, with an expiry",
        ask_named=_all,
        read_named=named_in(_WHO, listed("result"), inside("name"), inside("id")),
        ask_undo=undone_by(ask_delete),
    ),
    proved={"identify": "offline"},
)
