"""Everything a key signed, and who trusts it: one row for each signature, one for each place that embeds or names the key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from irkit.model import Artifact, Skipped, TrustedIn


@dataclass(frozen=True)
class Inventory:
    """Artifacts by path, one row for each signature; places that trust the key; and what could not be read."""

    artifacts: tuple[Artifact, ...] = ()
    trusted_in: tuple[TrustedIn, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @classmethod
    def together(cls, parts: Iterable[Inventory]) -> Inventory:
        """Several inventories as one, in the order given."""
        kept = tuple(parts)
        return cls(
            tuple(row for part in kept for row in part.artifacts),
            tuple(row for part in kept for row in part.trusted_in),
            tuple(row for part in kept for row in part.skipped),
        )

    def document(self) -> dict[str, list[dict[str, object]]]:
        """As `irkit keys inventory --format json` prints it."""
        return {
            "artifacts": [dict(one.document()) for one in self.artifacts],
            "trusted_in": [one.document() for one in self.trusted_in],
            "skipped": [dict(one.document()) for one in self.skipped],
        }
