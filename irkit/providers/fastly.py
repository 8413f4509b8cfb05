"""Fastly: API tokens, which carry no prefix.

https://www.fastly.com/documentation/reference/api/auth-tokens/user/
"""

from __future__ import annotations

from typing import Any

from irkit.plan import Call, HumanTask
from irkit.providers.calls import URL_SAFE, random_text
from irkit.providers.interface import Provider, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, standing_by
from irkit.providers.usual import by_itself, by_responder, header, inside, probe, replaced_by_hand

PUBLIC = "https://api.fastly.com"
_DOCS = "https://www.fastly.com/documentation/reference/api/auth-tokens/user/"
_KEY = header("Fastly-Key")

BY_HAND = HumanTask(
    "Delete the token in Fastly's control panel",
    "https://manage.fastly.com/account/personal/tokens",
    (
        "Sign in as the token's owner (a superuser sees all tokens of the company), and delete it",
        "Look at the event log since the exposure began: versions activated, users and tokens added",
    ),
)


def _token(document: Any) -> str | None:
    found = inside("id")(document)
    if not found or "scope" not in document:
        return None
    return f"with token id {found}; scope: {document['scope']!s:.60}; expires {document.get('expires_at') or 'never'!s:.30}"


_itself = by_itself("DELETE", PUBLIC, "/tokens/self", BY_HAND, sign=_KEY)
_by_id = by_responder("DELETE", PUBLIC, "/tokens/{id}", BY_HAND, sign=_KEY)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """The token ends itself; known by its id alone, the responder ends it."""
    return _itself(setting, target) if target.secret else _by_id(setting, target)


FASTLY = Provider(
    name="fastly",
    title="Fastly",
    docs="docs/providers/fastly.md",
    shapes=(Shape("fastly-token", r"[A-Za-z0-9_-]{32}", _DOCS, None, lambda: random_text(32, URL_SAFE), opaque=True),),
    by_hand=BY_HAND,
    tested="unverified: calls after the vendor's page and its client library",
    ask_standing=probe("fastly", "Fastly", PUBLIC, "/tokens/self", sign=_KEY),
    read_standing=standing_by("Fastly", _token),
    steps=(Step("revoke", "Revoke the token at Fastly", ask_revoke, accepted_by("Fastly", done=(204,))),),
    survives=(
        "service versions, dictionaries and VCL activated with the token",
        "other tokens and users that it made; TLS keys that it could replace",
    ),
    replacement=replaced_by_hand("Fastly", BY_HAND.page, "an automation token for one service with an expiry"),
    tells_scope=True,
)
