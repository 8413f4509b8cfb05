"""The old key, revoked, and the new one that takes its place: what is to be published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from irkit.errors import BadInput, StepFailed
from irkit.openpgp import keys
from irkit.openpgp.keyring import RingEntry, list_ring
from irkit.openpgp.publishing.rings import binary, firmly_revoked, without_revocations


@dataclass(frozen=True)
class Pair:
    """`old` is the fingerprint that leaked, of a primary key or of a subkey; certificates are binary, the old one revoked.

    Where only a subkey leaked, both may be one certificate. `new` is "" while the new key is not made yet. `new_keys` are its primary
    and subkeys in force, with their expiries (UTC, None for never): what clients should hold of it.
    """

    old: str
    old_primary: str
    old_certificate: bytes
    new: str = ""
    new_certificate: bytes = b""
    new_keys: tuple[tuple[str, datetime | None], ...] = ()

    @property
    def before(self) -> bytes:
        """The old certificate as clients hold it that have not heard of the revocation."""
        return without_revocations(self.old_certificate)

    def must_be_ready(self, *, unrevoked: bool = False) -> None:
        """StepFailed unless the new key is there and the old one revoked for good, or known to be one that cannot be."""
        if not self.new:
            raise StepFailed("the new key is not there yet", on=self.old, do="let the plan make it first")
        if not unrevoked and not firmly_revoked(self.old_certificate, self.old):
            raise StepFailed(
                "the old key is not revoked as compromised yet", on=self.old,
                why="what would be published leaves its signatures good", do="revoke it first",
            )  # fmt: skip


def pair(old_home: Path, old: str, new_home: Path, new: RingEntry | None) -> Pair:
    """Read both from their homes. StepFailed when the old key is not there."""
    old = keys.checked_fingerprint(old)
    entry = _holder(old_home, old)
    block = binary(keys.export_public(old_home, entry.primary.fingerprint).encode())
    if new is None:
        return Pair(old, entry.primary.fingerprint, block)
    fresh = new.primary.fingerprint
    if fresh == old or old in [key.fingerprint for key in new.subkeys if key.usable]:
        raise BadInput("the old key is named as the new one", on=old, do="name the key that takes its place")
    if not new.primary.usable:
        raise StepFailed(
            "the new key is not good", on=fresh, why="gpg holds it for revoked or expired", do="make another"
        )
    held = tuple((key.fingerprint, key.expires) for key in (new.primary, *new.subkeys) if key.usable)
    certificate = binary(keys.export_public(new_home, fresh).encode())
    return Pair(old, entry.primary.fingerprint, block, fresh, certificate, held)


def _holder(home: Path, fingerprint: str) -> RingEntry:
    for entry in list_ring(home, fingerprint):
        if fingerprint in (entry.primary.fingerprint, *(key.fingerprint for key in entry.subkeys)):
            return entry
    raise StepFailed(
        "the old key is not in the gpg home",
        on=fingerprint,
        why=str(home),
        do="import it, or name the home that holds it",
    )
