"""Evidence that must keep the secret (the file or the reply it was found in, kept for a court): encrypted to the case's people.

It stands as `evidence/<SHA-256 of the ciphertext>.pgp`, a plain OpenPGP message that gpg alone opens. The journal has to whom, and the
digests of both, so that whoever opens it can show that it is what was sealed. The plain text passes through memory and pipes only.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from irkit.case.desk import Desk
from irkit.errors import BadInput, StepFailed
from irkit.model import Kind, Secret
from irkit.openpgp.sealing import seal as encrypt
from irkit.openpgp.sealing import unseal
from irkit.show import Facts, Table, View

SUFFIX = ".pgp"
LARGEST = 1 << 30
"""Bytes: it is held in memory, whole, twice."""


def seal(case: Desk, content: bytes, name: str, source: str = "given by the responder") -> View:
    """Seal `content` to everybody in the case's ring who is a person. The same content sealed to the same people is not sealed again.

    BadInput when there is nobody, or one of them has no key that encrypts; StepFailed when gpg fails.
    """
    people = {one.fingerprint: one for one in case.approvers.values() if not one.automation}
    if not people:
        raise BadInput(
            "there is nobody to seal this to", on=case.folder, why="the case knows no person's key",
            do=f"irkit add-approver {case.folder} FILE.asc",
        )  # fmt: skip
    plain = _digest(content)
    for record in _records(case):
        if record["sealed"]["plain"] == plain and {one["fingerprint"] for one in record["sealed"]["to"]} == set(people):
            return _view(record)
    made = encrypt(content, {fingerprint: one.certificate for fingerprint, one in people.items()})
    digest = case.evidence.put(made.data, SUFFIX)
    to = [
        {"fingerprint": fingerprint, "who": one.who, "subkey": made.subkeys[fingerprint]}
        for fingerprint, one in people.items()
    ]
    body: dict[str, Any] = {"digest": digest, "what": f"sealed: {name}", "source": source, "bytes": len(made.data)}
    body["sealed"] = {"plain": plain, "plain_bytes": len(content), "to": to}
    return _view(case.write(Kind.EVIDENCE, body).body)


def open_to(case: Desk, digest: str, home: Path, out: Path, passphrase: Secret | None = None) -> View:
    """Open one by a key of `home` and write it to `out`, for its owner alone. `digest` is either of the two, or its beginning.

    BadInput for a digest that names none or several, and for a place inside the case or in use; StepFailed when it cannot be opened or
    is not what was sealed.
    """
    record = _named(case, digest)
    if out.resolve().is_relative_to(case.folder.resolve()):
        raise BadInput(
            "what is opened must not lie in the case", on=out, why="the case is handed out", do="give another place"
        )
    if out.exists():
        raise BadInput("there is a file already", on=out, do="give another place")
    content = unseal(home, case.evidence.get(record["digest"]), passphrase)
    if _digest(content) != record["sealed"]["plain"]:
        raise StepFailed("this is not what was sealed", on=record["digest"], do="compare with a copy of the case")
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError as error:
        raise StepFailed("what was opened could not be written", on=out, why=str(error.strerror)) from None
    return View(
        "Opened", (Facts((("Written to", str(out)), ("SHA-256", record["sealed"]["plain"]), ("As sealed", True))),)
    )


def sealed_files(case: Desk) -> dict[str, tuple[str, ...]]:
    """SHA-256 (hex) of each sealed file to the fingerprints of the people who can open it."""
    return {
        record["digest"].removeprefix("sha256:"): tuple(one["fingerprint"] for one in record["sealed"]["to"])
        for record in _records(case)
    }


def read_plain(file: Path) -> bytes:
    """What is to be sealed. BadInput when it cannot be read or is larger than memory should hold."""
    try:
        if file.stat().st_size > LARGEST:
            raise BadInput("this is too large to be sealed in memory", on=file, do="encrypt it with gpg yourself")
        return file.read_bytes()
    except OSError as error:
        raise BadInput("what is to be sealed cannot be read", on=file, why=str(error.strerror)) from None


def _records(case: Desk) -> list[Mapping[str, Any]]:
    return [record.body for record in case.journal.records(Kind.EVIDENCE) if "sealed" in record.body]


def _named(case: Desk, digest: str) -> Mapping[str, Any]:
    wanted = f"sha256:{digest.removeprefix('sha256:').removesuffix(SUFFIX)}"
    found = [
        one
        for one in _records(case)
        if any(have.startswith(wanted) for have in (one["digest"], one["sealed"]["plain"]))
    ]
    if len(wanted) < len("sha256:") + 8 or len(found) != 1:
        why = f"{len(found)} are called so" if found else "the journal has none"
        raise BadInput(
            "no sealed evidence is named by this", on=digest[:80], why=why, do="give the digest as it was printed"
        )
    return found[0]


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _view(record: Mapping[str, Any]) -> View:
    sealed = record["sealed"]
    facts = (
        ("File", f"evidence/{record['digest'].removeprefix('sha256:')}{SUFFIX}"),
        ("SHA-256 of what was sealed", sealed["plain"]),
        ("SHA-256 of the file", record["digest"]),
        ("Sealed to", f"{len(sealed['to'])} people"),
    )
    people = [(one["who"], one["fingerprint"], one["subkey"]) for one in sealed["to"]]
    return View(
        "Sealed", (Facts(facts), Table.of(("Who", "Key", "Encrypted to"), people, "Who can open it, and nobody else"))
    )
