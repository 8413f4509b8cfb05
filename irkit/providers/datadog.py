"""Datadog: API keys and application keys.

https://docs.datadoghq.com/api/latest/key-management/ , https://docs.datadoghq.com/api/latest/authentication/validate-api-key/

The responder's credential is a personal or service access token (a bearer): a pair of keys would be two secrets in one call.
`base` is your site's address (`https://api.datadoghq.eu`). Options: `key_id` (the id, not the value, as the list of keys has it).
"""

from __future__ import annotations

from typing import Any

from irkit.errors import NotAvailable
from irkit.plan import Auth, Call, HumanTask, Json
from irkit.providers.calls import HEX, address, random_text, responders, value_of, whose
from irkit.providers.interface import Accepted, Made, Need, Provider, Replacement, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, holds, message_of, standing_by

PUBLIC = "https://api.datadoghq.com"
_DOCS = "https://docs.datadoghq.com/account_management/api-app-keys/"


def _is_app_key(target: Target) -> bool:
    return target.shape.startswith("datadog-app")


def _one(setting: Setting, target: Target, key: str) -> str:
    return f"{address(setting, PUBLIC)}/api/v2/{'application_keys' if _is_app_key(target) else 'api_keys'}/{key}"


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /api/v1/validate. An application key is let in only beside an API key, which is another's secret: NotAvailable."""
    if _is_app_key(target):
        raise NotAvailable(
            "a Datadog application key cannot be asked about alone",
            why="it is taken only together with an API key, and two people's secrets are never sent together",
            do="delete it by its id; whether that took effect is asked of the list, as the responder",
        )
    auth = Auth("header", value_of(target, "Datadog"), header="DD-API-KEY")
    return Call("GET", f"{address(setting, PUBLIC)}/api/v1/validate", whose(target.secret), auth)


def _valid(document: Any) -> str | None:
    return "that it is valid" if isinstance(document, dict) and document.get("valid") is True else None


def _forbidden(document: Any) -> str | None:
    errors = document.get("errors") if isinstance(document, dict) else None
    return "" if errors == ["Forbidden"] or errors == ["Unauthorized"] else None


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    auth, key = responders(setting), setting.options.get("key_id") or target.public_id
    return Call("DELETE", _one(setting, target, key), "responder", auth, mutates=True) if auth and key else BY_HAND


def ask_settled(setting: Setting, target: Target) -> Call:
    """Whether the list still has it, as the responder."""
    key = setting.options.get("key_id") or target.public_id
    return Call("GET", _one(setting, target, key), "responder", responders(setting))


def read_settled(reply: Reply) -> Accepted:
    """404 in Datadog's JSON: it is gone; 200: it is still there."""
    document = reply.json()
    if reply.status == 404 and isinstance(document, dict) and "errors" in document:
        return Accepted(True, "Datadog no longer lists it")
    if reply.status == 200 and isinstance(document, dict) and "data" in document:
        return Accepted(False, "Datadog still lists it")
    return Accepted(None, reply.nothing_came or f"Datadog answered {reply.status}: {message_of(document)}")


def ask_fresh(setting: Setting, target: Target, need: Need) -> Call | HumanTask:
    """An application key belongs to the responder's own user and takes its scopes; an API key only sends data and has none."""
    auth = responders(setting)
    if auth is None or (_is_app_key(target) and not need.scopes):
        return BY_HAND
    path, kind, attributes = "api_keys", "api_keys", dict[str, Json](name=need.name)
    if _is_app_key(target):
        path, kind = "current_user/application_keys", "application_keys"
        attributes["scopes"] = need.scopes
    body: Json = {"data": {"type": kind, "attributes": attributes}}
    return Call("POST", f"{address(setting, PUBLIC)}/api/v2/{path}", "responder", auth, body=body, mutates=True)


_accepted = accepted_by("Datadog", done=(201,), says=holds("data", "id"))


def read_fresh(reply: Reply) -> Made:
    accepted = _accepted(reply)
    return Made(accepted.yes, accepted.why, str(reply.json()["data"]["id"]) if accepted.yes else "")


BY_HAND = HumanTask(
    "Revoke the key in Datadog's organization settings",
    "https://app.datadoghq.com/organization-settings/api-keys",
    (
        "Find the key by its last four characters and its creator (application keys: the page beside it) and revoke it",
        "Where a call shall do it: note its id as key_id, and give an access token as responder, in case.toml",
        "Move the agents and integrations that used it over to another key",
    ),
)


DATADOG = Provider(
    name="datadog",
    title="Datadog",
    docs="docs/providers/datadog.md",
    shapes=(
        Shape("datadog-api-key", r"[0-9a-f]{32}", _DOCS, look_alike=lambda: random_text(32, HEX), opaque=True),
        Shape("datadog-app-key-plain", r"[0-9a-f]{40}", _DOCS, look_alike=lambda: random_text(40, HEX), opaque=True),
        Shape(
            "datadog-app-key",
            r"ddapp_[A-Za-z0-9]{34}",
            _DOCS,
            look_alike=lambda: f"ddapp_{random_text(34)}",
        ),
    ),
    by_hand=BY_HAND,
    tested="unverified: after Datadog's pages; no description of its API was found in a registry",
    ask_standing=ask_standing,
    read_standing=standing_by("Datadog", _valid, dead=(403,), dead_says=_forbidden),
    steps=(
        Step(
            "delete",
            "Delete the key at Datadog",
            ask_revoke,
            accepted_by("Datadog", done=(204,)),
            ask_settled=ask_settled,
            read_settled=read_settled,
        ),
    ),
    survives=(
        "other keys, users and integrations made with an application key",
        "data that was sent under an API key: metrics, logs and events are not taken back",
    ),
    describe=lambda _value: (("kind", "application key"),),
    replacement=Replacement(
        ask_fresh,
        lambda document: document["data"]["attributes"].get("key"),
        read_fresh,
        "a service account's access token with scopes and an expiry, instead of an application key of a person",
        ask_undo=lambda _setting, _key: BY_HAND,  # the id alone does not say of which kind the key is
    ),
    proved={"identify": "offline"},
)
