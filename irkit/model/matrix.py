"""What the programs that check signatures do after a revocation: one row for each consumer, key ring and sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from irkit.model.evidence import Skipped

RingName = Literal["before", "after", "removed"]
"""A consumer's key ring: as it was; with the old key revoked and the new one beside it; with the old key taken out as well."""

SampleName = Literal["new", "old", "forgery"]
"""A good signature by the new key; one by the old key from before the exposure; one made now by the old key and dated back."""


@dataclass(frozen=True)
class MatrixRow:
    """One answer. `accepts` is None when it could not be asked, and `why` says why; `stand_in`: not by the real key."""

    consumer: str
    version: str
    state: RingName
    sample: SampleName
    accepts: bool | None
    why: str
    stand_in: bool = False

    def document(self) -> dict[str, Any]:
        return {
            "consumer": self.consumer,
            "version": self.version,
            "key_ring": self.state,
            "sample": self.sample,
            "accepts": self.accepts,
            "why": self.why,
            "stand_in": self.stand_in,
        }


@dataclass(frozen=True)
class Matrix:
    """All answers; consumers that are not here (`skipped`, with how to get them); `notes` on how it was measured."""

    rows: tuple[MatrixRow, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """`{"rows": [...], "skipped": [{what, why}], "notes": [...]}`; `accepts` is true, false or null."""
        return {
            "rows": [row.document() for row in self.rows],
            "skipped": [dict(one.document()) for one in self.skipped],
            "notes": list(self.notes),
        }
