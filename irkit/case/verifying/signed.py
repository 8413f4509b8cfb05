"""Whether the signatures over exported documents hold, over which draft, and whose they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from irkit.case.approvals import Approver, ring_then
from irkit.case.evidence import Evidence
from irkit.case.signing_report import joined, over, signature_file
from irkit.errors import IrkitError, StepFailed
from irkit.model import Kind, Record, iso
from irkit.openpgp import approvals as signatures
from irkit.openpgp.keyblock import as_packet, detached_signatures
from irkit.openpgp.packets import SignatureInfo

_COPY = "compare with a copy of the case, and find out who could write to it"


def check_signed(folder: Path, records: Sequence[Record], evidence: Evidence) -> Iterator[tuple[str, str]]:
    """A row for each document that people signed, and one for each earlier draft of it that they did.

    Each signature is checked as of when it was journalled, by the certificate that the case had of that person then, over what was
    signed, which is kept as evidence. StepFailed naming the first
    that does not hold.
    """
    signed = [record for record in records if record.kind is Kind.SIGNED]
    for record in signed:
        _check(record, evidence, ring_then(records, record.seq, evidence))
    for name in dict.fromkeys(str(record.body["path"]) for record in signed):
        exported = [one.body["sha256"] for one in records if one.kind is Kind.EXPORTED and one.body["path"] == name]
        current = f"sha256:{exported[-1]}" if exported else ""
        yield f"Signatures of {Path(name).name}", _current(folder / name, over(signed, name, current))
        drafts = dict.fromkeys(str(one.body["evidence"]) for one in signed if one.body["path"] == name)
        for draft in drafts.keys() - {current}:
            yield (
                f"Signed draft {draft[7:23]}",
                f"{_names(over(signed, name, draft))}; {Path(name).name} was made again since",
            )


def _check(record: Record, evidence: Evidence, people: Mapping[str, Approver]) -> None:
    body, on = record.body, f"record {record.seq}: {record.body['path']}"
    person = people.get(str(body["fingerprint"]))
    if person is None or person.automation:
        raise StepFailed(
            "a document is signed by nobody of this case", on=on, why=f"its key is {body['fingerprint']}", do=_COPY
        )
    try:
        content = evidence.get(str(body["evidence"]))
        signatures.verify(content, str(body["signature"]), {person.fingerprint: person.certificate}, record.at)
    except IrkitError as error:
        why = error.why or error.what
        raise StepFailed(
            "a signature over a document does not hold", on=on, why=f"{body['who']}: {why}", do=_COPY
        ) from None


def _current(document: Path, voices: Sequence[Record]) -> str:
    """Who signed the document as it stands, and whether their signatures lie beside it. StepFailed for a file that holds others."""
    if not voices:
        return "nobody has signed this draft"
    place = signature_file(document)
    try:
        held = place.read_bytes()
    except OSError:
        return f"{_names(voices)}; {place.name} is not at its place any more: sign again to have it written"
    if held == joined(voices):
        return _names(voices)
    if _some_of(held, voices):
        return f"{_names(voices)}; {place.name} has not all of them, since irkit was stopped: sign again to have it written"
    raise StepFailed("a signature file was changed", on=place, why="it is not what the journal holds", do=_COPY)


def _some_of(held: bytes, voices: Sequence[Record]) -> bool:
    known = {_digest(packet) for packet in detached_signatures(joined(voices))}
    try:
        return {_digest(packet) for packet in detached_signatures(held)} <= known
    except IrkitError:
        return False


def _digest(packet: SignatureInfo) -> str:
    return hashlib.sha256(as_packet(packet)).hexdigest()


def _names(voices: Sequence[Record]) -> str:
    return ", ".join(f"{one.body['who']} on {iso(one.at.replace(microsecond=0))}" for one in voices)
