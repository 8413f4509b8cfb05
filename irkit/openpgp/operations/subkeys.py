"""A new signing subkey under a primary that never leaked.

add-subkey     key (the primary), algorithm, signing_expires, other_than (the leaked subkeys, by blanks)
"""

from __future__ import annotations

from pathlib import Path

from irkit.errors import StepFailed
from irkit.model import iso
from irkit.openpgp import keys
from irkit.openpgp.keyring import RingEntry, RingKey, list_ring
from irkit.openpgp.operations.interface import Done, Hands, Operation
from irkit.openpgp.runner import Gpg
from irkit.plan import GpgCommand


def _add(command: GpgCommand, hands: Hands) -> Done:
    home, key = Path(command.home), keys.checked_fingerprint(command.key)
    leaked = frozenset(command.argument("other_than").split())
    entry = _entry(home, key)
    found, said = _fresh(entry, leaked), "was made already"
    if found is None:
        Gpg(home).must(
            "the signing subkey could not be made",
            ["--quick-add-key", "--", key, command.argument("algorithm", "ed25519"), "sign", command.argument("signing_expires", "90d")],
            on=key, passphrase=hands.passphrase(command),
        )  # fmt: skip
        entry = _entry(home, key)
        found, said = _fresh(entry, leaked), "was made"
    if found is None:
        raise StepFailed(
            "the key has no new signing subkey",
            on=key,
            why="gpg reported success",
            do="look at: gpg --list-secret-keys",
        )
    certificate = keys.export_public(home, key)
    user_id = entry.user_ids[0].decode("utf-8", "replace") if entry.user_ids else ""
    facts = (
        ("primary", key), ("signing", found.fingerprint), ("user_id", user_id), ("expires", _lapse(found)),
        ("primary_expires", _lapse(entry.primary)), ("certificate", certificate),
    )  # fmt: skip
    return Done(f"the signing subkey {found.fingerprint} {said}", facts, certificate)


def _entry(home: Path, key: str) -> RingEntry:
    for entry in list_ring(home, key, secret=True):
        if entry.primary.fingerprint == key and entry.primary.secret:
            return entry
    raise StepFailed(
        "the primary's secret part is not here",
        on=key,
        why=str(home),
        do="name the home that holds it, or revoke the whole key",
    )


def _fresh(entry: RingEntry, leaked: frozenset[str]) -> RingKey | None:
    able = [
        one for one in entry.subkeys if one.secret and one.usable and "s" in one.usage and one.fingerprint not in leaked
    ]
    return able[-1] if able else None


def _lapse(key: RingKey) -> str:
    return iso(key.expires) if key.expires else "never"


OPERATIONS: dict[str, Operation] = {"add-subkey": _add}
