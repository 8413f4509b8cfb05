"""What the latest reading of the logs left in the case. Reads the journal and the evidence, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irkit.case.desk import Desk
from irkit.exposure import Begotten
from irkit.model import Kind, UsageEvent
from irkit.plan import read


def kept(case: Desk, credential: str) -> Mapping[str, Any] | None:
    """The document of the latest reading; None when no log was read for this credential."""
    seen = [record for record in case.journal.records(Kind.USAGE_READ) if record.body["credential"] == credential]
    return dict(case.evidence.document(seen[-1].body["evidence"])) if seen else None


def uses(case: Desk, credential: str) -> tuple[UsageEvent, ...]:
    """The events kept for the picture: uses by the credential itself and by what descends from it."""
    found = kept(case, credential)
    return tuple(read(UsageEvent, one) for one in found["uses"]) if found else ()


def begotten(case: Desk, credential: str) -> tuple[Begotten, ...] | None:
    """The tree of descent; None when no log was read, or before trees were kept."""
    found = kept(case, credential)
    return tuple(Begotten.from_document(row) for row in found["descent"]) if found and "descent" in found else None
