"""Seals: a person's OpenPGP signature over the head of the journal and the digests of all that lies beside it.

What is sealed cannot be changed, shortened or exchanged unseen by whoever has the case folder alone. A seal is text that gpg, sqlite3
and sha256sum can check without irkit: docs/verify-by-hand.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from irkit.case.approvals import Approver
from irkit.case.desk import Desk
from irkit.case.disk import sync_folder, write_whole
from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Kind, Record, SecretRef, iso
from irkit.openpgp import approvals as signatures
from irkit.openpgp.keyblock import shown
from irkit.show import Facts, Notice, View

FOLDER = "seals"
_FIRST = "I seal the record of this irkit case as it stands."
_FILE = re.compile(r"([0-9a-f]{64})  (\S.*)")


@dataclass(frozen=True)
class Seal:
    """What is signed. `files` are (SHA-256 in hex, path below the case folder), as sha256sum writes and checks them."""

    case_id: str
    records: int
    head: str
    who: str
    fingerprint: str
    at: str
    files: tuple[tuple[str, str], ...]
    elsewhere: tuple[tuple[str, str], ...] = ()

    def text(self) -> str:
        rows = (
            ("Case", self.case_id), ("Records", str(self.records)), ("Head", self.head), ("Sealed by", self.who),
            ("Key", self.fingerprint), ("Sealed at", self.at), ("Files", str(len(self.files))),
        )  # fmt: skip
        lines = [_FIRST, *(f"{label}: {shown(text)}" for label, text in rows)]
        lines += [f"{digest}  {path}" for digest, path in self.files]
        lines += [f"Exported to another place: {digest} {shown(path)}" for digest, path in self.elsewhere]
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def read(cls, text: str) -> Seal:
        """The inverse of `text`, but for the exports at other places. BadInput when it is none."""
        lines = text.split("\n")
        said = dict(line.split(": ", 1) for line in lines[1:8] if ": " in line)
        files = tuple((match[1], match[2]) for line in lines[8:] if (match := _FILE.fullmatch(line)))
        try:
            made = cls(
                said["Case"],
                int(said["Records"]),
                said["Head"],
                said["Sealed by"],
                said["Key"],
                said["Sealed at"],
                files,
            )
            if lines[0] != _FIRST or int(said["Files"]) != len(files):
                raise ValueError
        except (KeyError, ValueError):
            raise BadInput("this is not a seal", do="restore it from a copy of the case") from None
        return made


def seal(case: Desk, key: str, home: Path, passphrase: SecretRef | None = None) -> View:
    """Sign the journal's head and everything beside it as one of the case's people, into `seals/N.txt` and `seals/N.txt.asc`.

    StepFailed when the case does not verify: what is broken is not sealed. BadInput for a key that is not a person's of this case.
    """
    from irkit.case.status import verified

    verified(case)
    person = _person(case, key)
    records = case.journal.records()
    at = iso(datetime.now(UTC).replace(microsecond=0))
    inside, elsewhere = sealed_files(case, records)
    made = Seal(
        case.incident.case_id, len(records), records[-1].digest, person.who, person.fingerprint, at, inside, elsewhere
    )
    statement, signature = made.text(), _signed(case, made.text(), person, home, passphrase)
    path = _write(case.folder / FOLDER, statement, signature)
    body = {"path": f"{FOLDER}/{path.name}", "records": made.records, "head": made.head, "who": made.who}
    digests = {"statement": _sha256(statement), "signature": _sha256(signature)}
    case.write(Kind.SEALED, body | {"fingerprint": person.fingerprint} | digests)
    facts = Facts(
        (
            ("Seal", str(path)), ("Signature", f"{path}.asc"), ("Records", made.records), ("Head", made.head),
            ("Sealed by", person.who), ("Key", person.fingerprint), ("Files", len(inside)),
        )
    )  # fmt: skip
    said = Notice(
        "ok", "Give both files to somebody else: with them nobody can shorten or change what is sealed unseen."
    )
    return View(f"Case {case.incident.case_id} is sealed", (said, facts))


def sealed_files(
    case: Desk, records: Sequence[Record]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Every evidence file and the latest of each export inside the case, by SHA-256; and exports that were written elsewhere."""
    evidence = [(path.name, f"evidence/{path.name}") for path in sorted((case.folder / "evidence").glob("[0-9a-f]*"))]
    exported = {str(one.body["path"]): str(one.body["sha256"]) for one in records if one.kind is Kind.EXPORTED}
    exports = [(digest, path) for path, digest in exported.items() if _plain(case.folder, path)]
    elsewhere = tuple((digest, path) for path, digest in exported.items() if not _plain(case.folder, path))
    return (*evidence, *exports), elsewhere


def _plain(folder: Path, path: str) -> bool:
    """Whether it lies in the case still, under a name that sha256sum writes as it is."""
    return not Path(path).is_absolute() and (folder / path).is_file() and path == shown(path) and "\\" not in path


def _person(case: Desk, key: str) -> Approver:
    fingerprint = key.upper().replace(" ", "")
    people = case.approvers
    person = people.get(fingerprint)
    if person is None or person.automation:
        known = ", ".join(f"{one.who} {one.fingerprint}" for one in people.values() if not one.automation)
        raise BadInput(
            "this key cannot seal the case", on=fingerprint[:40], why=f"its people: {known or 'nobody yet'}",
            do="have one of them seal it, or first: irkit add-approver CASE FILE.asc",
        )  # fmt: skip
    return person


def _signed(case: Desk, text: str, person: Approver, home: Path, passphrase: SecretRef | None) -> str:
    secret = case.resolve(passphrase) if passphrase else None
    try:
        signature = signatures.sign(home, person.fingerprint, text, secret)
        signatures.verify(text, signature, {person.fingerprint: person.certificate})
    except IrkitError as error:
        raise StepFailed(
            "the seal could not be signed", on=person.fingerprint, why=error.why or error.what,
            do="check the key, its home and its passphrase",
        ) from None  # fmt: skip
    return signature


def _write(folder: Path, statement: str, signature: str) -> Path:
    """The signature first: a seal without one is never there."""
    number = max([0, *(number for number, _ in seal_files(folder))]) + 1
    path = folder / f"{number}.txt"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
        write_whole(folder / f"{path.name}.asc", signature.encode())
        write_whole(path, statement.encode())
    except OSError as error:
        raise StepFailed(
            "the seal cannot be written", on=path, why=error.strerror or "", do="make room or give rights"
        ) from None
    return path


def seal_files(folder: Path) -> Iterator[tuple[int, Path]]:
    """The seals that lie in a folder, by number."""
    found = ((re.fullmatch(r"([1-9][0-9]{0,8})\.txt", path.name), path) for path in folder.glob("*.txt"))
    yield from sorted((int(match[1]), path) for match, path in found if match)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
