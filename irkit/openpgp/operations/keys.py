"""Operations on whole keys.

generate-key   user_id, algorithm, primary_expires, signing_expires, other_than (fingerprints, by blanks)
export-public  key ("" for the one that generate-key made), user_id, other_than, out
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from irkit.errors import StepFailed
from irkit.openpgp import keys, moving
from irkit.openpgp.keyring import RingEntry, list_ring
from irkit.openpgp.operations.interface import Done, Hands, Operation
from irkit.plan import GpgCommand


def _generate(command: GpgCommand, hands: Hands) -> Done:
    home, user_id = Path(command.home), command.argument("user_id")
    others = other_than(command)
    before = keys.find_generated(home, user_id, others)
    fresh = keys.generate(
        home,
        user_id,
        algorithm=command.argument("algorithm", "ed25519"),
        primary_expires=command.argument("primary_expires", "2y"),
        signing_expires=command.argument("signing_expires", "90d"),
        passphrase=hands.passphrase(command),
        other_than=others,
    )
    certificate = keys.export_public(home, fresh.primary)
    facts = (
        ("primary", fresh.primary), ("signing", fresh.signing), ("user_id", user_id), ("expires", fresh.expires),
        ("primary_expires", fresh.primary_expires), ("certificate", certificate),
        ("revocation_certificate", fresh.revocation_certificate),
    )  # fmt: skip
    whole = before is not None and before.signing() is not None
    said = "was made already" if whole else "had been begun and is whole now" if before else "was made"
    return Done(f"key {fresh.primary} {said}", facts, certificate)


def _export(command: GpgCommand, _hands: Hands) -> Done:
    out = Path(command.argument("out"))
    key = command.key or signer(command).primary.fingerprint
    armored = keys.export_public(Path(command.home), key)
    digest = hashlib.sha256(armored.encode()).hexdigest()
    facts = (("key", key), ("path", str(out)), ("sha256", digest))
    if moving.sha256_of(out) == digest:
        return Done(f"the public key {key} was written already", facts, armored)
    moving.write(out, armored.encode())
    return Done(f"the public key {key} was written to {out}", facts, armored)


def signer(command: GpgCommand) -> RingEntry:
    """The key to work with: the one named, or the one that generate-key made in that home for that user id."""
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
        entry = keys.find_generated(home, command.argument("user_id"), other_than(command))
    if entry is None:
        raise StepFailed("the new key is not there yet", on=command.home, do="let the plan make it first")
    return entry


def other_than(command: GpgCommand) -> tuple[str, ...]:
    return tuple(command.argument("other_than").split())


OPERATIONS: dict[str, Operation] = {"generate-key": _generate, "export-public": _export}
