"""Hugging Face: user and organization access tokens.

https://huggingface.co/docs/hub/security-tokens
"""

from __future__ import annotations

from irkit.plan import Call, HumanTask
from irkit.providers.calls import address, random_text
from irkit.providers.interface import Provider, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, has, standing_by
from irkit.providers.usual import probe, replaced_by_hand

PUBLIC = "https://huggingface.co"
_DOCS = "https://huggingface.co/docs/hub/security-tokens"

BY_HAND = HumanTask(
    "Invalidate the token in the account's settings",
    "https://huggingface.co/settings/tokens",
    (
        "Sign in as the token's owner, and delete the token",
        "Look at commits to models, data sets and Spaces since the exposure began, and at the secrets of Spaces",
    ),
)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """POST /api/credentials/revoke: whoever has the value may end it. 202 is said of values that it does not know, too."""
    if target.secret is None:
        return BY_HAND
    url = f"{address(setting, PUBLIC)}/api/credentials/revoke"
    return Call("POST", url, "nobody", body={"credentials": (target.secret,)}, mutates=True)


HUGGINGFACE = Provider(
    name="huggingface",
    title="Hugging Face",
    docs="docs/providers/huggingface.md",
    shapes=(
        Shape(
            "hf",
            r"hf_[A-Za-z]{34}",
            _DOCS,
            look_alike=lambda: f"hf_{random_text(34)}".translate(str.maketrans("0123456789", "abcdefghij")),
        ),
        Shape(
            "api_org",
            r"api_org_[A-Za-z]{34}",
            _DOCS,
            look_alike=lambda: f"api_org_{random_text(34)}".translate(str.maketrans("0123456789", "abcdefghij")),
        ),
    ),
    by_hand=BY_HAND,
    tested="unverified: calls after the vendor's page; the shapes are recognised offline (tested)",
    ask_standing=probe("huggingface", "Hugging Face", PUBLIC, "/api/whoami-v2"),
    read_standing=standing_by("Hugging Face", has("name", "type")),
    steps=(
        Step(
            "revoke",
            "Revoke the token at Hugging Face",
            ask_revoke,
            accepted_by("Hugging Face", done=(202,)),
            listed="credentials",
        ),
    ),
    survives=(
        "commits, models and Spaces pushed with the token, and what was downloaded",
        "secrets of Spaces that it could read: they leaked with it",
        "SSH keys and other tokens of the account",
    ),
    describe=lambda value: (("kind", "organization token" if value.startswith("api_org_") else "user access token"),),
    replacement=replaced_by_hand(
        "Hugging Face",
        BY_HAND.page,
        "a fine-grained token for the repositories that need it; for publishing from CI, trusted publishers (OIDC)",
    ),
    proved={"identify": "offline"},
    tells_scope=True,
)
