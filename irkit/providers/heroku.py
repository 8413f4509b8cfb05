"""Heroku: API keys and OAuth tokens of the Platform API.

https://devcenter.heroku.com/articles/platform-api-reference#oauth-authorization
"""

from __future__ import annotations

from irkit.plan import Call, HumanTask, Json
from irkit.providers.calls import URL_SAFE, address, random_text
from irkit.providers.interface import Need, Provider, Replacement, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, has, standing_by
from irkit.providers.usual import bearer, by_responder, inside, made_by, probe, undone_by

PUBLIC = "https://api.heroku.com"
_DOCS = "https://devcenter.heroku.com/articles/platform-api-reference"
_HEADERS = (("Accept", "application/vnd.heroku+json; version=3"),)

BY_HAND = HumanTask(
    "Revoke the authorization in Heroku's account settings",
    "https://dashboard.heroku.com/account/applications",
    (
        "heroku authorizations names each with its id; revoke the leaked one: heroku authorizations:revoke ID",
        "An account's own API key: regenerate it in the account settings",
        "Look at releases, config vars and collaborators since the exposure began",
    ),
)

ask_revoke = by_responder("DELETE", PUBLIC, "/oauth/authorizations/{id}", BY_HAND, headers=_HEADERS)


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    """Scopes are Heroku's: identity, read, write, read-protected, write-protected, global. They must be named: the default is global."""
    if setting.responder is None or not need.scopes:
        return BY_HAND
    body: dict[str, Json] = {"description": need.name, "scope": need.scopes}
    if need.lives:
        body["expires_in"] = int(need.lives.total_seconds())
    url = f"{address(setting, PUBLIC)}/oauth/authorizations"
    return Call("POST", url, "responder", bearer(setting.responder), _HEADERS, body=body, mutates=True)


HEROKU = Provider(
    name="heroku",
    title="Heroku",
    docs="docs/providers/heroku.md",
    shapes=(
        Shape(
            "heroku-token", r"HRKU-[A-Za-z0-9_-]{36,64}", _DOCS, look_alike=lambda: f"HRKU-{random_text(60, URL_SAFE)}"
        ),
    ),
    by_hand=BY_HAND,
    tested="unverified: calls after the vendor's page; the shape is recognised offline (tested)",
    ask_standing=probe("heroku", "Heroku", PUBLIC, "/account", headers=_HEADERS),
    read_standing=standing_by(
        "Heroku", has("email", "id"), dead_says=lambda one: "" if one.get("id") == "unauthorized" else None
    ),
    steps=(
        Step(
            "revoke", "Delete the authorization at Heroku", ask_revoke, accepted_by("Heroku", done=(200,), gone=(404,))
        ),
    ),
    survives=(
        "other authorizations and sessions of the account; a refresh token's grant ends with its authorization",
        "config vars that the token could read: every secret in them leaked with it",
        "releases, add-ons, collaborators and SSH keys added with it",
    ),
    describe=lambda _value: (("kind", "API token"),),
    replacement=Replacement(
        ask_fresh,
        inside("access_token", "token"),
        made_by("Heroku", inside("id"), inside("access_token", "expires_in")),
        "an authorization with the scope the consumer needs and an expiry, of a team's own automation account",
        ask_undo=undone_by(ask_revoke),
    ),
    proved={"identify": "offline"},
)
