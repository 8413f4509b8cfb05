"""The plan itself: its actions in order, the digest that people approve, and what became of each action."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from math import isfinite
from typing import Literal

from irkit.model import Instant
from irkit.plan.documents import canonical
from irkit.plan.tasks import Do


@dataclass(frozen=True)
class Action:
    """One step of a plan. `target` names the credential, key or artifact; `attempt` grows when a person has a failed one tried again.

    A `gate` holds up what comes after it for the same target until a person has done it; other hand tasks hold up nothing.
    """

    verb: str
    target: str
    what: str
    do: Do
    irreversible: bool = True
    attempt: int = 1
    gate: bool = False

    @cached_property
    def id(self) -> str:
        """Derived from the content: the same action has the same id in every plan that holds it."""
        return f"{self.verb}-{_sha256(canonical(self))[:12]}"


@dataclass(frozen=True)
class Plan:
    """What will be done for a case, in order, why, and how many people must approve it.

    An approval counts for `approvals_valid_h` hours from its signature. `author` (with the OpenPGP key `author_key`, when known) made
    the plan, and cannot be one of those who approve it.
    """

    case_id: str
    chapter: Literal["revoke", "resign"]
    author: str
    actions: tuple[Action, ...]
    reasons: tuple[str, ...] = ()
    approvals_required: int = 1
    approvals_valid_h: float = 24.0
    author_key: str = ""

    def __post_init__(self) -> None:
        if not isfinite(self.approvals_valid_h):
            raise ValueError("approvals count for a number of hours")

    @cached_property
    def digest(self) -> str:
        """`sha256:` over the canonical JSON: every field counts (those that a later irkit brought, once they say something)."""
        return f"sha256:{_sha256(canonical(self))}"

    @property
    def name(self) -> str:
        """Short enough to type: chapter and twelve digits of the digest."""
        return f"{self.chapter}-{self.digest.removeprefix('sha256:')[:12]}"


@dataclass(frozen=True)
class Approval:
    """An OpenPGP signature by a person over a statement that names the plan's digest."""

    plan: str
    approver: str  # primary fingerprint
    who: str
    signed_at: datetime
    statement: str
    signature: str  # armored


class Ended(StrEnum):
    """How an action ended. UNKNOWN is an answer, not a failure: it was sent and what it did is not established.

    REFUSED is known to have done nothing, for a reason outside the plan (a limit, the responder's own credential or rights): the
    same plan may begin it again.
    """

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What became of one action, and the digest of the evidence for it."""

    action: str
    ended: Ended
    why: str
    at: Instant
    evidence: str = ""


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
