"""Whether the seals of a case hold, and the journal still contains what they sealed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from irkit.case.approvals import Approver, ring_then
from irkit.case.evidence import Evidence
from irkit.case.seal import FOLDER, Seal, seal_files
from irkit.errors import IrkitError, StepFailed
from irkit.model import Kind, Record
from irkit.openpgp import approvals as signatures

_COPY = "compare with a copy of the case, and find out who could write to it"


def check_seals(folder: Path, records: Sequence[Record], evidence: Evidence) -> Iterator[tuple[str, str]]:
    """A row for each seal in the case's folder. StepFailed naming the first that does not hold.

    A seal is checked as of the record that names it, by the certificate that the case had then: a key that has run out since sealed all
    the same. Seals that no record names count as well: a journal that was shortened behind its seal does not name it any more.
    """
    written = {str(record.body["path"]): record for record in records if record.kind is Kind.SEALED}
    present = {f"{FOLDER}/{path.name}": path for _, path in seal_files(folder / FOLDER)}
    for name, record in written.items():
        if name not in present:
            raise StepFailed("a seal is missing", on=name, why=f"record {record.seq} names it", do=_COPY)
    for name, path in present.items():
        told = written.get(name)
        people = ring_then(records, told.seq if told else len(records), evidence)
        yield f"Seal {name}", check_seal(folder, path, records, people, told)


def check_seal(
    folder: Path, path: Path, records: Sequence[Record], people: Mapping[str, Approver], written: Record | None = None
) -> str:
    """What one seal shows, in words. StepFailed when its text, signature, place in the chain or files do not hold."""
    text, signature = _read(path), _read(path.with_name(f"{path.name}.asc"))
    name = f"{FOLDER}/{path.name}"
    if written and (_sha256(text), _sha256(signature)) != (written.body["statement"], written.body["signature"]):
        raise StepFailed("a seal was changed", on=name, why=f"record {written.seq} names another one", do=_COPY)
    try:
        made = Seal.read(text)
    except IrkitError as error:
        raise StepFailed("a seal was changed", on=name, why=error.what, do=_COPY) from None
    _check_chain(made, name, records)
    _check_signature(made, name, text, signature, people, written.at if written else None)
    _check_files(made, name, folder, records)
    late = "" if written else "; no record names it: a run was stopped before it was written down"
    return f"{made.who}, {made.at}, {made.records} records and {len(made.files)} files as sealed{late}"


def _check_chain(made: Seal, name: str, records: Sequence[Record]) -> None:
    if len(records) < made.records:
        raise StepFailed(
            "the journal was shortened behind a seal", on=name,
            why=f"it sealed {made.records} records, and the journal has {len(records)}: record {len(records) + 1} is missing", do=_COPY,
        )  # fmt: skip
    if made.records < 1 or records[made.records - 1].digest != made.head:
        raise StepFailed(
            "the journal was written anew behind a seal", on=name,
            why=f"record {made.records} has another digest than the head that was sealed", do=_COPY,
        )  # fmt: skip


def _check_signature(
    made: Seal, name: str, text: str, signature: str, people: Mapping[str, Approver], at: datetime | None
) -> None:
    person = people.get(made.fingerprint)
    if person is None or person.automation:
        raise StepFailed("a seal is by nobody of this case", on=name, why=f"its key is {made.fingerprint}", do=_COPY)
    try:
        signatures.verify(text, signature, {person.fingerprint: person.certificate}, at)
    except IrkitError as error:
        raise StepFailed("a seal's signature does not hold", on=name, why=error.why or error.what, do=_COPY) from None


def _check_files(made: Seal, name: str, folder: Path, records: Sequence[Record]) -> None:
    """An export may have been made again since; whether that one is as it was is its own record's matter."""
    again = {str(one.body["path"]) for one in records[made.records :] if one.kind is Kind.EXPORTED}
    for digest, path in made.files:
        if path in again:
            continue
        try:
            if not (folder / path).resolve().is_relative_to(folder.resolve()):
                raise StepFailed("a seal names a file outside of the case", on=name, why=path, do=_COPY)
            held = hashlib.sha256((folder / path).read_bytes()).hexdigest()
        except OSError as error:
            raise StepFailed("a sealed file is not there", on=path, why=f"{name}: {error.strerror}", do=_COPY) from None
        if held != digest:
            raise StepFailed("a sealed file was changed", on=path, why=f"{name} says it was another", do=_COPY)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        raise StepFailed(
            "a seal cannot be read", on=f"{FOLDER}/{path.name}", why="it is missing or no text", do=_COPY
        ) from None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
