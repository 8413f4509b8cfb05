"""Twitch: access tokens of users and applications.

https://dev.twitch.tv/docs/authentication/validate-tokens/ , https://dev.twitch.tv/docs/authentication/revoke-tokens/

Options: `client_id` (looked up with the token where it still lives). The responder's credential is the application's secret; it is
needed for a replacement only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import address, random_text, value_of, whose
from irkit.providers.interface import LookUp, Made, Need, Provider, Replacement, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, has, standing_by

PUBLIC = "https://id.twitch.tv"
_SMALL = "abcdefghijklmnopqrstuvwxyz0123456789"


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /oauth2/validate: whose it is, with which scopes, and for how long."""
    auth = Auth("bearer", value_of(target, "Twitch"), scheme="OAuth")
    return Call("GET", f"{address(setting, PUBLIC)}/oauth2/validate", whose(target.secret), auth)


def _whose(document: Any) -> str | None:
    if not isinstance(document, dict) or "client_id" not in document or "expires_in" not in document:
        return None
    scopes = ", ".join(map(str, document.get("scopes") or ())) or "none"
    return f"as {document.get('login', 'the application')!s:.40}; scopes: {scopes:.160}; {document['expires_in']!s:.12} s left"


def _invalid(document: Any) -> str | None:
    return "" if isinstance(document, dict) and document.get("message") == "invalid access token" else None


def _read_client(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    document = reply.json()
    known = reply.status == 200 and isinstance(document, dict) and isinstance(document.get("client_id"), str)
    return {"client_id": document["client_id"]} if known else {}


def _ask_client(setting: Setting, target: Target) -> Call | None:
    return None if target.secret is None or setting.options.get("client_id") else ask_standing(setting, target)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """The value and the application's public id suffice."""
    client = setting.options.get("client_id", "")
    if target.secret is None or not client:
        return BY_HAND
    form = (("client_id", client), ("token", target.secret))
    return Call("POST", f"{address(setting, PUBLIC)}/oauth2/revoke", "nobody", form=form, mutates=True)


def ask_fresh(setting: Setting, _target: Target, _need: Need) -> Call | HumanTask:
    """A token of the application itself; one of a user needs the user."""
    client = setting.options.get("client_id", "")
    if setting.responder is None or not client:
        return BY_HAND
    form = (("client_id", client), ("client_secret", setting.responder), ("grant_type", "client_credentials"))
    return Call("POST", f"{address(setting, PUBLIC)}/oauth2/token", "responder", form=form, mutates=True)


_accepted = accepted_by("Twitch", done=(200,), says=has("expires_in"))


def read_fresh(reply: Reply) -> Made:
    accepted = _accepted(reply)
    return Made(accepted.yes, accepted.why, expires=f"{reply.json()['expires_in']} s" if accepted.yes else "")


BY_HAND = HumanTask(
    "Disconnect the application at Twitch",
    "https://www.twitch.tv/settings/connections",
    (
        "As the user: Connections, find the application, disconnect; it ends the token and its refresh token",
        "As the application's owner: dev.twitch.tv/console, a new secret, when that leaked",
    ),
)


TWITCH = Provider(
    name="twitch",
    title="Twitch",
    docs="docs/providers/twitch.md",
    shapes=(
        Shape(
            "twitch-token",
            r"[a-z0-9]{30}",
            "https://dev.twitch.tv/docs/authentication/",
            look_alike=lambda: random_text(30, _SMALL),
            opaque=True,
        ),
    ),
    by_hand=BY_HAND,
    tested="unverified: after Twitch's pages; no description of its API was found in a registry",
    ask_standing=ask_standing,
    read_standing=standing_by("Twitch", _whose, dead_says=_invalid),
    steps=(Step("revoke", "Revoke the token at Twitch", ask_revoke, accepted_by("Twitch", done=(200,))),),
    survives=(
        "the refresh token beside it: the user disconnects the application",
        "EventSub subscriptions and extensions set up with it",
    ),
    look_up=LookUp(_ask_client, _read_client),
    replacement=Replacement(
        ask_fresh,
        lambda document: document.get("access_token"),
        read_fresh,
        "a token of the application for what needs no user; for the rest, short user tokens with the scopes that are used",
    ),
    tells_scope=True,
)
