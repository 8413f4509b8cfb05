"""The signing key of an operation."""

from __future__ import annotations

from irkit.errors import StepFailed
from irkit.openpgp.keyring import RingEntry


def signing_key(entry: RingEntry) -> str:
    """Fingerprint of the subkey that signs. StepFailed when there is none in force."""
    signing = entry.signing()
    if signing is None:
        raise StepFailed(
            "the new key cannot sign",
            on=entry.primary.fingerprint,
            why="no signing subkey in force",
            do="make one, or a new key",
        )
    return signing.fingerprint
