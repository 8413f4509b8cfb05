"""An incident told as journal records: a GitHub token and a release-signing key leaked in one repository. Nothing here is real."""

from __future__ import annotations

from tests.postmortem.story.drawn import drawing
from tests.postmortem.story.exposure import located, used, window
from tests.postmortem.story.journal import Journal, instant, opened, sha256
from tests.postmortem.story.people import ALICE, BOB, HOSTILE, KEY, NEW, NOW, OLD, START, TOKEN
from tests.postmortem.story.response import (
    BY_HAND,
    RESIGN_PLAN,
    REVOKE,
    REVOKE_KEY,
    REVOKE_PLAN,
    approve,
    carry_out,
    planned,
    resigned,
    revoked,
    stand,
)
from tests.postmortem.story.told import accepted_but_alive, outcome_unknown, whole

__all__ = [
    "ALICE", "BOB", "BY_HAND", "HOSTILE", "KEY", "NEW", "NOW", "OLD", "RESIGN_PLAN", "REVOKE", "REVOKE_KEY",
    "REVOKE_PLAN", "START", "TOKEN", "Journal", "accepted_but_alive", "approve", "carry_out", "drawing", "instant",
    "located", "opened", "outcome_unknown", "planned", "resigned", "revoked", "sha256", "stand", "used", "whole",
    "window",
]  # fmt: skip
