"""HCP Terraform and Terraform Enterprise: tokens of users, teams and organizations.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/user-tokens, .../team-tokens, .../organization-tokens, .../account
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from irkit.plan import Call, HumanTask, Json
from irkit.providers.calls import URL_SAFE, address, random_text
from irkit.providers.interface import Need, Provider, Replacement, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, standing_by
from irkit.providers.usual import bearer, by_responder, filled, inside, made_by, probe, undone_by

PUBLIC = "https://app.terraform.io"
_DOCS = "https://developer.hashicorp.com/terraform/cloud-docs/api-docs/user-tokens"
_WHO = "HCP Terraform"
_HEADERS = (("Content-Type", "application/vnd.api+json"),)
_API = "/api/v2"

BY_HAND = HumanTask(
    "Delete the token in HCP Terraform's settings",
    "https://app.terraform.io/app/settings/tokens",
    (
        "A user's token: user settings, Tokens. A team's or an organization's: organization settings, API tokens",
        "Look at runs, state versions and variables since the exposure began: a token may have read state, which holds secrets",
    ),
)

_by_id = by_responder("DELETE", PUBLIC, _API + "/authentication-tokens/{id}", BY_HAND)
_team = by_responder("DELETE", PUBLIC, _API + "/teams/{team}/authentication-token", BY_HAND)
_organization = by_responder("DELETE", PUBLIC, _API + "/organizations/{organization}/authentication-token", BY_HAND)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """By the token's id (`at-...`); else the one token of a team (option `team`) or of an organization (option `organization`)."""
    if target.public_id or setting.options.get("id"):
        return _by_id(setting, target)
    return (_team if setting.options.get("team") else _organization)(setting, target)


def _user(document: Any) -> str | None:
    name = inside("data", "attributes", "username")(document)
    return f"as {name}" if name else None


def ask_fresh(setting: Setting, target: Target, need: Need) -> Call | HumanTask:
    """A token of one team (option `team`): what it may do is what the team may do."""
    at = filled(_API + "/teams/{team}/authentication-tokens", setting, target)
    if setting.responder is None or at is None:
        return BY_HAND
    attributes: dict[str, Json] = {"description": need.name}
    if need.lives:
        attributes["expired-at"] = f"{datetime.now(UTC) + need.lives + timedelta(days=1):%Y-%m-%dT00:00:00.000Z}"
    body: Json = {"data": {"type": "authentication-tokens", "attributes": attributes}}
    return Call(
        "POST", address(setting, PUBLIC) + at, "responder", bearer(setting.responder), _HEADERS, body=body, mutates=True
    )


TERRAFORM = Provider(
    name="terraform",
    title="HCP Terraform",
    docs="docs/providers/terraform.md",
    shapes=(
        Shape(
            "atlasv1",
            r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,72}",
            _DOCS,
            look_alike=lambda: f"{random_text(14)}.atlasv1.{random_text(67, URL_SAFE)}",
        ),
    ),
    by_hand=BY_HAND,
    tested="unverified: calls after the vendor's pages; the shape is recognised offline (tested)",
    ask_standing=probe("terraform", _WHO, PUBLIC, _API + "/account/details"),
    read_standing=standing_by(_WHO, _user),
    steps=(
        Step("revoke", "Delete the token at HCP Terraform", ask_revoke, accepted_by(_WHO, done=(204,), gone=(404,))),
    ),
    survives=(
        "state that it could read: every secret in it leaked with it",
        "runs that it queued, and the cloud credentials that runs hold",
        "other tokens, agents and webhooks made with it",
    ),
    describe=lambda _value: (("kind", "API token of a user, team or organization"),),
    replacement=Replacement(
        ask_fresh,
        inside("data", "attributes", "token"),
        made_by(_WHO, inside("data", "id"), inside("data", "attributes", "expired-at")),
        "a team's token with an expiry instead of a user's; dynamic provider credentials (OIDC) for what runs do in a cloud",
        ask_undo=undone_by(_by_id),
    ),
    proved={"identify": "offline"},
)
