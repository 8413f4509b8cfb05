"""Everything a key signed, and who trusts it: one row for each signature, one for each place that embeds or names the key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from irkit.model import Artifact, OpenPgpKey, Skipped, TrustedIn
from irkit.resign.judging import signed_by


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

    def narrowed(self, key: OpenPgpKey) -> Inventory:
        """Only what this key signed, or may have: a signature that names nobody is kept, and so is one by what may be a subkey of it."""
        kept = tuple(row for row in self.artifacts if row.signature_path and signed_by(row, key) is not False)
        return replace(self, artifacts=kept)


@dataclass(frozen=True)
class Signer:
    """What one signing (sub)key signed. `issuer` is its fingerprint where one is known, its long key id otherwise; `primary` None where
    no certificate told it. `kinds` and `verdicts` are counts by name; dates are what the signatures claim."""

    issuer: str
    primary: str | None
    count: int
    kinds: tuple[tuple[str, int], ...]
    verdicts: tuple[tuple[str, int], ...]
    first: datetime | None
    last: datetime | None


def signers(artifacts: Iterable[Artifact]) -> tuple[Signer, ...]:
    """Signatures counted by the (sub)key that made them, the busiest first. A long key id counts with the fingerprint it ends."""
    signed = [row for row in artifacts if row.issuer]
    names = {str(row.issuer) for row in signed}
    whole = {name[-16:]: name for name in names if len(name) == 40}
    groups: dict[str, list[Artifact]] = {}
    for row in signed:
        issuer = str(row.issuer)
        groups.setdefault(whole.get(issuer, issuer), []).append(row)
    found = [_signer(issuer, rows) for issuer, rows in groups.items()]
    return tuple(sorted(found, key=lambda one: (-one.count, one.issuer)))


def _signer(issuer: str, rows: Sequence[Artifact]) -> Signer:
    dates = sorted(row.signed_at for row in rows if row.signed_at)
    primary = next((row.primary for row in rows if row.primary), None)
    kinds, verdicts = (Counter(getattr(row, name) for row in rows) for name in ("kind", "verdict"))
    return Signer(
        issuer,
        primary,
        len(rows),
        tuple(kinds.most_common()),
        tuple(verdicts.most_common()),
        dates[0] if dates else None,
        dates[-1] if dates else None,
    )
