"""CircleCI: personal and project API tokens, which only a person can revoke.

https://circleci.com/docs/managing-api-tokens/ ; the probe: https://circleci.com/docs/api/v2/ (GET /me)
"""

from __future__ import annotations

from irkit.errors import NotAvailable
from irkit.plan import Call, HumanTask
from irkit.providers.calls import HEX, random_text
from irkit.providers.interface import Provider, Setting, Shape, Target
from irkit.providers.replies import has, standing_by
from irkit.providers.usual import header, probe, replaced_by_hand

PUBLIC = "https://circleci.com"
_DOCS = "https://circleci.com/docs/managing-api-tokens/"

_ask_me = probe("circleci", "CircleCI", PUBLIC, "/api/v2/me", sign=header("Circle-Token"))


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /api/v2/me. NotAvailable for a project's token, which is refused there although it lives."""
    if target.shape == "CCIPRJ":
        raise NotAvailable(
            "a project's token of CircleCI cannot be asked about", do="look for it in the project's settings"
        )
    return _ask_me(setting, target)


def _shape(name: str) -> Shape:
    return Shape(
        name,
        rf"{name}_[A-Za-z0-9]{{20,24}}_[a-f0-9]{{40}}",
        _DOCS,
        look_alike=lambda: f"{name}_{random_text(22)}_{random_text(40, HEX)}",
    )


BY_HAND = HumanTask(
    "Delete the token in CircleCI's settings",
    "https://app.circleci.com/settings/user/tokens",
    (
        "A personal token: user settings, Personal API tokens. A project's: project settings, API permissions",
        "Look at pipelines since the exposure began, at contexts and environment variables, and at checkout and SSH keys",
        "Rotate every secret of the contexts and projects that the token's owner could use",
    ),
)


CIRCLECI = Provider(
    name="circleci",
    title="CircleCI",
    docs="docs/providers/circleci.md",
    shapes=(
        _shape("CCIPAT"),
        _shape("CCIPRJ"),
        Shape("circleci-token", r"[a-f0-9]{40}", _DOCS, None, lambda: random_text(40, HEX), opaque=True),
    ),
    by_hand=BY_HAND,
    tested="unverified: the probe after the vendor's page; the shapes are recognised offline (tested); revocation is by hand",
    ask_standing=ask_standing,
    read_standing=standing_by("CircleCI", has("login", "id")),
    survives=(
        "secrets in contexts and environment variables, which a pipeline started with the token could print",
        "checkout keys, webhooks and schedules added with it",
    ),
    describe=lambda value: (("kind", "project token" if value.startswith("CCIPRJ") else "personal token"),),
    replacement=replaced_by_hand(
        "CircleCI",
        BY_HAND.page,
        "OIDC tokens of a job for what the job calls; else a token of one project",
    ),
    proved={"identify": "offline"},
)
