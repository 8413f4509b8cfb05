"""Mattermost: personal access tokens, and tokens of bots.

https://docs.mattermost.com/api/reference/revoke-user-access-token and the pages beside it.

`base` is your server. Options: `token_id` (looked up with the token, where its owner has only one), `user_id` (for a replacement).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from irkit.plan import Auth, Call, HumanTask, Json
from irkit.providers.calls import own_address, random_text, responders, value_of, whose
from irkit.providers.interface import (
    Accepted,
    LookUp,
    Made,
    Need,
    Provider,
    Replacement,
    Reply,
    Setting,
    Shape,
    Step,
    Target,
)
from irkit.providers.replies import accepted_by, has, message_of, standing_by

_SMALL = "abcdefghijklmnopqrstuvwxyz0123456789"


def _api(setting: Setting) -> str:
    return own_address(setting, "mattermost", "https://chat.example.org") + "/api/v4"


def ask_standing(setting: Setting, target: Target) -> Call:
    return Call(
        "GET", f"{_api(setting)}/users/me", whose(target.secret), Auth("bearer", value_of(target, "Mattermost"))
    )


def _expired(document: Any) -> str | None:
    """The error of a token that is not known, and of nothing else that is answered with 401."""
    known = isinstance(document, dict) and document.get("id") == "api.context.session_expired.app_error"
    return message_of(document) if known else None


def _ask_ids(setting: Setting, target: Target) -> Call | None:
    if target.secret is None or not setting.base or setting.options.get("token_id"):
        return None
    return Call("GET", f"{_api(setting)}/users/me/tokens", "leaked", Auth("bearer", target.secret))


def _read_ids(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    """One token only: then it is this one."""
    document = reply.json()
    one = document[0] if reply.status == 200 and isinstance(document, list) and len(document) == 1 else None
    return {"token_id": str(one["id"])} if isinstance(one, dict) and one.get("id") else {}


def _act(verb: str) -> Callable[[Setting, Target], Call | HumanTask]:
    def ask(setting: Setting, target: Target) -> Call | HumanTask:
        auth, token = responders(setting), setting.options.get("token_id") or target.public_id
        if not setting.base or auth is None or not token:
            return BY_HAND
        body: Json = {"token_id": token}
        return Call("POST", f"{_api(setting)}/users/tokens/{verb}", "responder", auth, body=body, mutates=True)

    return ask


def ask_settled(setting: Setting, target: Target) -> Call:
    """The entry of the token, as the responder: revoked ones are gone, disabled ones are not."""
    token = setting.options.get("token_id") or target.public_id
    return Call("GET", f"{_api(setting)}/users/tokens/{token}", "responder", responders(setting))


def read_settled(reply: Reply) -> Accepted:
    document = reply.json()
    if reply.status == 404 and isinstance(document, dict) and document.get("status_code") == 404:
        return Accepted(True, "Mattermost no longer has it")
    if reply.status == 200 and isinstance(document, dict) and "is_active" in document:
        return Accepted(False, "Mattermost still has it")
    return Accepted(None, reply.nothing_came or f"Mattermost answered {reply.status}: {message_of(document)}")


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    """For the same user or bot. Mattermost's tokens have the whole account's rights and no expiry."""
    auth, user = responders(setting), setting.options.get("user_id")
    if not setting.base or auth is None or not user:
        return BY_HAND
    body: Json = {"description": need.name}
    return Call("POST", f"{_api(setting)}/users/{user}/tokens", "responder", auth, body=body, mutates=True)


_accepted = accepted_by("Mattermost", done=(200, 201), says=has("id", "user_id"))
_ok = accepted_by(
    "Mattermost", done=(200,), says=lambda said: "" if isinstance(said, dict) and said.get("status") == "OK" else None
)


def read_fresh(reply: Reply) -> Made:
    accepted = _accepted(reply)
    return Made(accepted.yes, accepted.why, str(reply.json()["id"]) if accepted.yes else "")


BY_HAND = HumanTask(
    "Revoke the token in Mattermost",
    "your Mattermost server: Profile, Security, Personal Access Tokens (a bot's: Integrations, Bot Accounts)",
    (
        "The owner or a system administrator finds it by its description and deletes it",
        "Look at the audit log for what it read",
    ),
)


MATTERMOST = Provider(
    name="mattermost",
    title="Mattermost",
    docs="docs/providers/mattermost.md",
    shapes=(
        Shape(
            "mattermost-token",
            r"[a-z0-9]{26}",
            "https://docs.mattermost.com/api/reference/create-user-access-token",
            look_alike=lambda: random_text(26, _SMALL),
            opaque=True,
        ),
    ),
    by_hand=BY_HAND,
    tested="unverified: after Mattermost's pages; no description of its API was found in a registry",
    ask_standing=ask_standing,
    read_standing=standing_by("Mattermost", has("username", "id"), dead_says=_expired),
    steps=(
        Step(
            "deactivate",
            "Disable the token at Mattermost",
            _act("disable"),
            _ok,
            irreversible=False,
            undo=_act("enable"),
        ),
        Step(
            "delete",
            "Revoke the token at Mattermost",
            _act("revoke"),
            _ok,
            ask_settled=ask_settled,
            read_settled=read_settled,
        ),
    ),
    survives=(
        "other tokens and sign-in sessions of the same user (those made with this token end with it)",
        "webhooks, slash commands, bots and OAuth applications made with it",
    ),
    look_up=LookUp(_ask_ids, _read_ids),
    replacement=Replacement(
        ask_fresh,
        lambda document: document.get("token"),
        read_fresh,
        "a bot account that is in the channels it needs and nothing else, instead of a person's token",
        ask_undo=lambda setting, token: Call(
            "POST",
            f"{_api(setting)}/users/tokens/revoke",
            "responder",
            responders(setting),
            body={"token_id": token},
            mutates=True,
        ),
    ),
)
