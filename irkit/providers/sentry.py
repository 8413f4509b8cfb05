"""Sentry: tokens of organizations, users and integrations.

https://docs.sentry.io/api/organizations/revoke-an-org-auth-token/ , https://docs.sentry.io/account/auth-tokens/ . An organization's
token says its organization and address: https://github.com/getsentry/sentry, src/sentry/utils/security/orgauthtoken_token.py

`base` is your own server (else https://sentry.io). Options: `organization`, `token_id`. The responder's credential is an OAuth
application's token with org:tokens: no other kind may revoke.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import HEX, address, random_text, responders, value_of, whose
from irkit.providers.interface import Provider, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, has, standing_by

PUBLIC = "https://sentry.io"
_TOKENS = "https://docs.sentry.io/account/auth-tokens/"


def claims(value: str) -> dict[str, Any]:
    """What an organization's token says of itself (iat, url, region_url, org); {} when it says nothing."""
    payload = value.removeprefix("sntrys_").rpartition("_")[0]
    try:
        found = json.loads(base64.b64decode(payload + "=" * (-len(payload) % 4), validate=True))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _look_alike() -> str:
    said = {
        "iat": 1735689600.0,
        "url": "https://sentry.example",
        "region_url": "https://us.sentry.example",
        "org": "never-issued",
    }
    return f"sntrys_{base64.b64encode(json.dumps(said).encode()).decode()}_{random_text(43)}"


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /api/0/, which says who asks and with which scopes; it answers strangers too, with nobody."""
    return Call(
        "GET", f"{address(setting, PUBLIC)}/api/0/", whose(target.secret), Auth("bearer", value_of(target, "Sentry"))
    )


def _who(document: Any) -> str | None:
    auth = document.get("auth") if isinstance(document, dict) else None
    scopes = auth.get("scopes") if isinstance(auth, dict) else None
    return f"with scopes: {', '.join(map(str, scopes))[:200]}" if isinstance(scopes, list) else None


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    auth, token = responders(setting), setting.options.get("token_id")
    organization = setting.options.get("organization")
    if target.shape != "sentry-org" or auth is None or not token or not organization:
        return BY_HAND
    url = f"{address(setting, PUBLIC)}/api/0/organizations/{organization}/org-auth-tokens/{token}/"
    return Call("DELETE", url, "responder", auth, mutates=True)


BY_HAND = HumanTask(
    "Revoke the token in Sentry's settings",
    "https://sentry.io/settings/",
    (
        "A token of an organization: Settings, Auth Tokens; of a user: Account, User Auth Tokens; of an integration: Custom Integrations",
        "Find it by its name and last four characters, and revoke it",
        "Look at the audit log; releases, source maps and DSNs made with it stay",
    ),
)


def _describe(value: str) -> tuple[tuple[str, str], ...]:
    kinds = {"sntrys": "token of an organization", "sntryu": "token of a user", "sntryi": "token of an integration"}
    said = claims(value) if value.startswith("sntrys_") else {}
    names = {"org": "organization (as the token says)", "url": "server", "region_url": "region"}
    return (
        ("kind", kinds.get(value[:6], "token")),
        *((words, str(said[name])[:100]) for name, words in names.items() if said.get(name)),
    )


SENTRY = Provider(
    name="sentry",
    title="Sentry",
    docs="docs/providers/sentry.md",
    shapes=(
        Shape(
            "sentry-org",
            r"sntrys_[A-Za-z0-9+/]{40,800}={0,2}_[A-Za-z0-9+/]{42,64}",
            "https://github.com/getsentry/sentry",
            lambda value: "org" in claims(value),
            _look_alike,
        ),
        Shape("sentry-user", r"sntryu_[0-9a-f]{64}", _TOKENS, look_alike=lambda: f"sntryu_{random_text(64, HEX)}"),
        Shape(
            "sentry-integration", r"sntryi_[0-9a-f]{64}", _TOKENS, look_alike=lambda: f"sntryi_{random_text(64, HEX)}"
        ),
        Shape("sentry-plain", r"[0-9a-f]{64}", _TOKENS, look_alike=lambda: random_text(64, HEX), opaque=True),
    ),
    by_hand=BY_HAND,
    tested="unverified: after Sentry's pages and its published source; no description of its API was found in a registry",
    ask_standing=ask_standing,
    read_standing=standing_by("Sentry", _who, dead_says=has("detail")),
    steps=(
        Step(
            "revoke",
            "Revoke the organization's token at Sentry",
            ask_revoke,
            accepted_by("Sentry", done=(204,), gone=(404,)),
        ),
    ),
    survives=(
        "other tokens, integrations, webhooks and members added with it",
        "releases and source maps that were uploaded, and DSNs, which send events without a token",
    ),
    describe=_describe,
    proved={"identify": "offline"},
    tells_scope=True,
)
