"""1Password: service account tokens, which can only be revoked in its console.

https://developer.1password.com/docs/service-accounts/security/ . The token is `ops_` and JSON in base64, with the keys that open the vaults
in it: only its address and account name are read.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from irkit.plan import HumanTask
from irkit.providers.interface import Provider, Shape
from irkit.providers.usual import replaced_by_hand

_DOCS = "https://developer.1password.com/docs/service-accounts/security/"


def _document(value: str) -> dict[str, Any]:
    """The JSON in the token; {} when it is none."""
    text = value.removeprefix("ops_")
    try:
        document = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return {}
    return document if isinstance(document, dict) and "signInAddress" in document else {}


def describe(value: str) -> tuple[tuple[str, str], ...]:
    document = _document(value)
    named = (("sign-in address", "signInAddress"), ("service account", "email"), ("device", "deviceUuid"))
    return (
        ("kind", "service account token"),
        *((words, str(document[key])[:80]) for words, key in named if key in document),
    )


def _look_alike() -> str:
    made = {
        "signInAddress": "example.invalid",
        "email": "nobody@example.invalid",
        "muk": secrets.token_hex(32),
        "v": "fake",
    }
    return "ops_" + base64.urlsafe_b64encode(json.dumps(made).encode()).decode().rstrip("=")


BY_HAND = HumanTask(
    "Revoke the service account's token in 1Password's console",
    "https://start.1password.com/developer-tools/infrastructure-secrets",
    (
        "Sign in as an administrator, open the service account that irkit reads from the token, and revoke its token",
        "Confirm with the service account's own report of use: it shows the last access",
        "Rotate every item in the vaults that it could read: the token opens them, and copies stay readable",
    ),
)


ONEPASSWORD = Provider(
    name="onepassword",
    title="1Password",
    docs="docs/providers/onepassword.md",
    shapes=(
        Shape("ops", r"ops_eyJ[A-Za-z0-9_-]{40,}={0,2}", _DOCS, lambda value: bool(_document(value)), _look_alike),
    ),
    by_hand=BY_HAND,
    tested="unverified: the token is decoded offline (tested); revocation is by hand and no probe is known",
    survives=(
        "every item in the vaults that the service account could read: each is a credential of its own to contain",
        "copies of items that were fetched while it lived",
    ),
    describe=describe,
    public_id=lambda value: str(_document(value).get("email", ""))[:80],
    secret_parts=lambda value: tuple(
        str(_document(value)[key]) for key in ("muk", "secretKey") if isinstance(_document(value).get(key), str)
    ),
    replacement=replaced_by_hand(
        "1Password", BY_HAND.page, "a Connect server or a service account that can read one vault only, with an expiry"
    ),
    proved={"identify": "offline"},
)
