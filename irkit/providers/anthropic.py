"""Anthropic: API keys, admin keys and OAuth tokens of its API.

https://platform.claude.com/docs/en/api/admin/api_keys/update, https://platform.claude.com/docs/en/api/models/list
"""

from __future__ import annotations

from typing import Any

from irkit.errors import NotAvailable
from irkit.plan import Call, HumanTask
from irkit.providers.calls import URL_SAFE, random_text
from irkit.providers.interface import Provider, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, standing_by
from irkit.providers.usual import by_responder, header, inside, listed, probe, replaced_by_hand

PUBLIC = "https://api.anthropic.com"
_DOCS = "https://platform.claude.com/docs/en/api/admin/api_keys/list"
_WHO = "Anthropic"
_VERSION = (("anthropic-version", "2023-06-01"),)
_KEY = header("x-api-key")
_KINDS = {"api03": "API key", "admin01": "admin key", "oat01": "OAuth access token"}

BY_HAND = HumanTask(
    "Disable the key in Anthropic's console",
    "https://platform.claude.com/settings/keys",
    (
        "Sign in as an administrator, find the key by the characters that its list shows, and disable it",
        "An OAuth token: sign out that session in the account's settings",
        "Look at usage and cost since the exposure began; files and batches of the workspace were readable",
        "A new key can only be made here: put it into a workspace of its own, with a spend limit",
    ),
)

_ask_models = probe("anthropic", _WHO, PUBLIC, "/v1/models", sign=_KEY, headers=_VERSION)
_ask_keys = probe("anthropic", _WHO, PUBLIC, "/v1/organizations/api_keys", sign=_KEY, headers=_VERSION)


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /v1/models, which costs nothing; an admin key lists keys. NotAvailable for an OAuth token: its sign-in is not documented."""
    if target.shape == "sk-ant-oat01":
        raise NotAvailable(
            "an OAuth token of Anthropic cannot be asked about", do="end its session in the account's settings"
        )
    return (_ask_keys if target.shape == "sk-ant-admin01" else _ask_models)(setting, target)


def _listed(document: Any) -> str | None:
    return "with a list" if isinstance(listed("data")(document), list) and "has_more" in document else None


def _refused(document: Any) -> str | None:
    return "" if inside("error", "type")(document) == "authentication_error" else None


def _status(status: str) -> Any:
    ask = by_responder(
        "POST", PUBLIC, "/v1/organizations/api_keys/{id}", BY_HAND, sign=_KEY, headers=_VERSION, body={"status": status}
    )

    def step(setting: Setting, target: Target) -> Call | HumanTask:
        """With an admin key, by the key's id (`apikey_...`). Admin keys and OAuth tokens are for a person."""
        return ask(setting, target) if target.shape == "sk-ant-api03" else BY_HAND

    return step


def _shape(kind: str) -> Shape:
    return Shape(
        f"sk-ant-{kind}",
        rf"sk-ant-{kind}-[A-Za-z0-9_-]{{93}}AA",
        _DOCS,
        look_alike=lambda: f"sk-ant-{kind}-{random_text(93, URL_SAFE)}AA",
    )


ANTHROPIC = Provider(
    name="anthropic",
    title="Anthropic",
    docs="docs/providers/anthropic.md",
    shapes=tuple(map(_shape, _KINDS)),
    by_hand=BY_HAND,
    tested="unverified: calls after the vendor's pages; the shapes are recognised offline (tested)",
    ask_standing=ask_standing,
    read_standing=standing_by(_WHO, _listed, dead_says=_refused),
    steps=(
        Step(
            "deactivate",
            "Make the key inactive at Anthropic",
            _status("inactive"),
            accepted_by(_WHO, done=(200,)),
            irreversible=False,
            undo=_status("active"),
        ),
        Step(
            "delete", "Archive the key at Anthropic", _status("archived"), accepted_by(_WHO, done=(200,), gone=(404,))
        ),
    ),
    survives=(
        "files, batches and their results that the key could read or make",
        "other keys of the workspace; an admin key could invite members and change other keys",
    ),
    describe=lambda value: (("kind", _KINDS[value.split("-")[2]]),),
    replacement=replaced_by_hand(
        "Anthropic",
        BY_HAND.page,
        "workload identity federation where the account has it, else a key in a workspace of its own with a spend limit",
    ),
    proved={"identify": "offline"},
)
