"""Discord: bot tokens by hand; webhooks by their own address; OAuth2 tokens by their application.

https://discord.com/developers/docs/resources/webhook , https://discord.com/developers/docs/topics/oauth2 ,
https://discord.com/developers/docs/topics/opcodes-and-status-codes

Options: `client_id` (of the application, whose secret is then the responder's credential).
"""

from __future__ import annotations

import base64
import re
from typing import Any

from irkit.model import State
from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import URL_SAFE, address, random_text, value_of, whose
from irkit.providers.interface import Provider, Reading, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, message_of, standing_by

PUBLIC = "https://discord.com/api/v10"
_WEBHOOK_GONE = {(404, 10015), (401, 50027)}  # Unknown Webhook, Invalid Webhook Token


def _bot_id(value: str) -> str:
    """The first part of a bot's token is its id in base64; "" when it is not."""
    part = value.split(".")[0]
    try:
        text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("ascii")
    except ValueError:
        return ""
    return text if text.isdigit() else ""


def _public_id(value: str) -> str:
    webhook = re.search(r"/webhooks/([0-9]+)/", value)
    return webhook[1] if webhook else _bot_id(value)


def _bot_look_alike() -> str:
    bot = base64.urlsafe_b64encode(("1" + random_text(18, "0123456789")).encode()).decode().rstrip("=")
    return f"{bot}.{random_text(6)}.{random_text(38, URL_SAFE)}"


def _webhook(setting: Setting) -> str:
    return f"{address(setting, PUBLIC)}/webhooks/{{secret}}"


def ask_standing(setting: Setting, target: Target) -> Call:
    secret, identity = value_of(target, "Discord"), whose(target.secret)
    if target.shape == "discord-webhook":
        return Call("GET", _webhook(setting), identity, in_url=secret)
    if target.shape == "discord-bot":
        return Call("GET", f"{address(setting, PUBLIC)}/users/@me", identity, Auth("bearer", secret, scheme="Bot"))
    return Call("GET", f"{address(setting, PUBLIC)}/oauth2/@me", identity, Auth("bearer", secret))


def _alive(document: Any) -> str | None:
    if not isinstance(document, dict):
        return None
    if "channel_id" in document and "id" in document:
        return f"as the webhook {document['id']!s:.20}"
    if "application" in document and "scopes" in document:
        return f"with scopes: {', '.join(map(str, document['scopes']))[:120]}"
    return f"as {document['username']!s:.40}" if "username" in document and "id" in document else None


_read = standing_by(
    "Discord", _alive, dead_says=lambda document: "" if "401: Unauthorized" in message_of(document) else None
)


def read_standing(reply: Reply) -> Reading:
    """401 for tokens; a webhook that is gone is "Unknown Webhook" (404, 10015) or has another token (401, 50027)."""
    document = reply.json()
    if isinstance(document, dict) and (reply.status, document.get("code")) in _WEBHOOK_GONE:
        return Reading(State.DEAD, f"Discord answered {reply.status}: {message_of(document)}")
    return _read(reply)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """A webhook is deleted with its own address; an OAuth2 token by its application; a bot's token by a person."""
    if target.secret is None or target.shape == "discord-bot":
        return BY_HAND
    if target.shape == "discord-webhook":
        return Call("DELETE", _webhook(setting), "leaked", in_url=target.secret, mutates=True)
    client = setting.options.get("client_id", "")
    if setting.responder is None or not client:
        return BY_HAND
    url = f"{address(setting, PUBLIC)}/oauth2/token/revoke"
    auth = Auth("basic", setting.responder, user=client)
    return Call("POST", url, "responder", auth, form=(("token", target.secret),), mutates=True)


BY_HAND = HumanTask(
    "Reset the bot's token in Discord's developer portal",
    "https://discord.com/developers/applications",
    (
        "Open the application, Bot, Reset Token: the old one ends at once",
        "For a webhook: the channel's settings, Integrations, Webhooks, delete it; for OAuth2: the user's Authorized Apps",
        "Look at the server's audit log for channels, roles, webhooks and bans since the exposure began",
    ),
)


def _describe(value: str) -> tuple[tuple[str, str], ...]:
    kind = "webhook" if value.startswith("https://") else "bot"
    return (("kind", kind if kind == "webhook" else "bot token"), (f"{kind} id", _public_id(value)))


WEBHOOK = Shape(
    "discord-webhook",
    r"https://(?:(?:ptb|canary)\.)?discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,80}",
    "https://discord.com/developers/docs/resources/webhook",
    look_alike=lambda: f"https://discord.com/api/webhooks/1{random_text(18, '0123456789')}/{random_text(68, URL_SAFE)}",
)


DISCORD = Provider(
    name="discord",
    title="Discord",
    docs="docs/providers/discord.md",
    shapes=(
        Shape(
            "discord-bot",
            r"[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}",
            "https://discord.com/developers/docs/reference#authentication",
            lambda value: bool(_bot_id(value)),
            _bot_look_alike,
        ),
        WEBHOOK,
        Shape(
            "discord-oauth2",
            r"[A-Za-z0-9]{30}",
            "https://discord.com/developers/docs/topics/oauth2",
            look_alike=lambda: random_text(30),
            opaque=True,
        ),
    ),
    by_hand=BY_HAND,
    tested="unverified: after Discord's pages; a webhook's address is put together and cut up against a loopback server",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(Step("revoke", "Revoke it at Discord", ask_revoke, accepted_by("Discord", done=(200, 204))),),
    survives=(
        "webhooks, invitations, roles and other bots that a bot made",
        "messages that were posted; those of a deleted webhook stay",
        "the refresh token beside an OAuth2 token: revoke it as well",
    ),
    describe=_describe,
    public_id=_public_id,
    secret_parts=lambda value: (value.rsplit("/", 1)[-1],) if WEBHOOK.matches(value) else (),
    proved={"identify": "offline"},
)
