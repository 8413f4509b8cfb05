"""Doppler: tokens of the CLI, of people, services, service accounts, SCIM and audit.

https://docs.doppler.com/reference/auth-revoke, https://docs.doppler.com/reference/auth-me
"""

from __future__ import annotations

import time

from irkit.plan import Call, HumanTask, Json
from irkit.providers.calls import address, random_text
from irkit.providers.interface import Need, Provider, Replacement, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, has, standing_by
from irkit.providers.usual import bearer, inside, made_by, probe

PUBLIC = "https://api.doppler.com"
_DOCS = "https://docs.doppler.com/reference/api"
_DAY = 86_400  # seconds
_KINDS = {
    "pt": "personal token",
    "st": "service token",
    "ct": "CLI token",
    "sa": "service account token",
    "scim": "SCIM token",
    "audit": "audit token",
}

BY_HAND = HumanTask(
    "Revoke the token in Doppler's dashboard",
    "https://dashboard.doppler.com/workplace/tokens",
    (
        "A service token: the project's config, Access. A service account's: Team, Service accounts. A person's: Tokens",
        "Read the activity log since the exposure began; every secret that the token could read leaked with it",
    ),
)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """POST /v3/auth/revoke with the value alone: whoever has it may end it."""
    if target.secret is None:
        return BY_HAND
    return Call(
        "POST", f"{address(setting, PUBLIC)}/v3/auth/revoke", "nobody", body={"token": target.secret}, mutates=True
    )


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    """A service token of one config (options `project`, `config`), reading unless the scope says write."""
    project, config = setting.options.get("project", ""), setting.options.get("config", "")
    if setting.responder is None or not project or not config:
        return BY_HAND
    access = "read/write" if "write" in need.scopes else "read"
    body: dict[str, Json] = {"project": project, "config": config, "name": need.name, "access": access}
    if need.lives:
        # Unix seconds; up to the end of that day, so that the plan of one day stays the same plan
        body["expire_at"] = (int(time.time() + need.lives.total_seconds()) // _DAY + 1) * _DAY
    url = f"{address(setting, PUBLIC)}/v3/configs/config/tokens"
    return Call("POST", url, "responder", bearer(setting.responder), body=body, mutates=True)


def _shape(kind: str) -> Shape:
    middle, made = (r"(?:[a-z0-9_-]{1,60}\.)?", "dev.") if kind == "st" else ("", "")
    return Shape(
        f"dp.{kind}",
        rf"dp\.{kind}\.{middle}[A-Za-z0-9]{{40,44}}",
        _DOCS,
        look_alike=lambda: f"dp.{kind}.{made}{random_text(43)}",
    )


DOPPLER = Provider(
    name="doppler",
    title="Doppler",
    docs="docs/providers/doppler.md",
    shapes=tuple(map(_shape, _KINDS)),
    by_hand=BY_HAND,
    tested="unverified: calls after the vendor's pages; the shapes are recognised offline (tested)",
    ask_standing=probe("doppler", "Doppler", PUBLIC, "/v3/me"),
    read_standing=standing_by("Doppler", has("slug", "type")),
    steps=(Step("revoke", "Revoke the token at Doppler", ask_revoke, accepted_by("Doppler", done=(200, 204))),),
    survives=(
        "every secret that the token could read: each is a credential of its own to contain",
        "other tokens made with it, and syncs and webhooks added with it",
    ),
    describe=lambda value: (("kind", _KINDS[value.split(".")[1]]),),
    replacement=Replacement(
        ask_fresh,
        inside("token", "key"),
        made_by("Doppler", inside("token", "slug"), inside("token", "expires_at")),
        "a service account identity (OIDC), whose tokens live minutes, instead of a service token",
    ),
    proved={"identify": "offline"},
)
