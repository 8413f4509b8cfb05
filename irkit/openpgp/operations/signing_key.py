"""Who signs: from a command to the key it names, or the one that generate-key made in that home for that user id."""

from __future__ import annotations

from pathlib import Path

from irkit.errors import StepFailed
from irkit.openpgp import keys
from irkit.openpgp.keyring import RingEntry, list_ring
from irkit.openpgp.operations.interface import Hands
from irkit.openpgp.signer import Signer
from irkit.plan import GpgCommand


def signer_of(command: GpgCommand, hands: Hands) -> Signer:
    """The key at work. StepFailed when it is not there, or has nothing in force that signs."""
    entry = key_of(command)
    made = entry.signing()
    if made is None:
        raise StepFailed(
            "the new key cannot sign",
            on=entry.primary.fingerprint,
            why="no signing subkey in force",
            do="make one, or a new key",
        )
    passphrase = hands.passphrase(command)
    return Signer.of(Path(command.home), made.fingerprint, passphrase, other_than(command), (entry,))


def key_of(command: GpgCommand) -> RingEntry:
    """The whole key as its home knows it. StepFailed when it is not there."""
    home = Path(command.home)
    if command.key:
        wanted = keys.checked_fingerprint(command.key)
        found = [
            entry
            for entry in list_ring(home, wanted, secret=True)
            if wanted in (entry.primary.fingerprint, *(key.fingerprint for key in entry.subkeys))
        ]
        entry = found[0] if found else None
    else:
        entry = keys.find_generated(home, command.argument("user_id"), other_than(command), to_sign=True)
    if entry is None:
        raise StepFailed("the new key is not there yet", on=command.home, do="let the plan make it first")
    return entry


def other_than(command: GpgCommand) -> tuple[str, ...]:
    """Fingerprints of the keys that this one follows: never taken for it, be the user id the same."""
    return tuple(command.argument("other_than").split())
