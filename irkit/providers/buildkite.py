"""Buildkite: API access tokens of users.

https://buildkite.com/docs/apis/rest-api/access-token
"""

from __future__ import annotations

from typing import Any

from irkit.plan import HumanTask
from irkit.providers.calls import HEX, random_text
from irkit.providers.interface import Provider, Shape, Step
from irkit.providers.replies import accepted_by, standing_by
from irkit.providers.usual import by_itself, inside, probe, replaced_by_hand

PUBLIC = "https://api.buildkite.com"
_DOCS = "https://buildkite.com/docs/apis/rest-api/access-token"

BY_HAND = HumanTask(
    "Revoke the token in Buildkite's settings",
    "https://buildkite.com/user/api-access-tokens",
    (
        "Sign in as the token's owner and revoke it; an administrator can take its access in API access audit",
        "Look at builds, pipelines and agents since the exposure began",
    ),
)


def _token(document: Any) -> str | None:
    found = inside("uuid")(document)
    if not found or not isinstance(document.get("scopes"), list):
        return None
    return f"with token id {found}; scopes: {', '.join(map(str, document['scopes']))[:200] or 'none'}"


BUILDKITE = Provider(
    name="buildkite",
    title="Buildkite",
    docs="docs/providers/buildkite.md",
    shapes=(Shape("bkua", r"bkua_[a-f0-9]{40}", _DOCS, look_alike=lambda: f"bkua_{random_text(40, HEX)}"),),
    by_hand=BY_HAND,
    tested="unverified: calls after the vendor's page; the shape is recognised offline (tested)",
    # /v2/user would need a scope, and refuse a living token without it
    ask_standing=probe("buildkite", "Buildkite", PUBLIC, "/v2/access-token"),
    read_standing=standing_by("Buildkite", _token),
    steps=(
        Step(
            "revoke",
            "Let the token revoke itself at Buildkite",
            by_itself("DELETE", PUBLIC, "/v2/access-token", BY_HAND),
            accepted_by("Buildkite", done=(204,)),
        ),
    ),
    survives=(
        "builds that it started, and what they pushed or deployed",
        "agent tokens and webhooks made with it; secrets in builds' environments that it could read",
    ),
    describe=lambda _value: (("kind", "API access token of a user"),),
    replacement=replaced_by_hand(
        "Buildkite",
        BY_HAND.page,
        "OIDC tokens of a job for what the job calls; for calling Buildkite, a machine user with few scopes",
    ),
    proved={"identify": "offline"},
    tells_scope=True,
)
