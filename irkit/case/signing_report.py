"""A person's OpenPGP signature over an exported document: `FILE.asc` beside it, which anybody can check with gpg.

What was signed is kept as evidence with its signatures in the journal: when the document is made again, what people put their names
under is still there, and a signature is never taken for one over a later draft. Checked by `irkit.case.verifying.signed`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from irkit.case.approvals import Approver
from irkit.case.desk import Desk
from irkit.case.disk import write_whole
from irkit.case.shaping import FORMATS
from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Kind, Record, SecretRef
from irkit.openpgp import approvals as signatures
from irkit.openpgp.armor import armored
from irkit.openpgp.keyblock import as_packet, detached_signatures
from irkit.show import Facts, Notice, Table, View


def sign(
    case: Desk,
    key: str,
    what: str = "",
    *,
    home: Path | None = None,
    passphrase: SecretRef | None = None,
    signature: str = "",
) -> View:
    """Sign the document that was exported under that name, here with a gpg home, or take a `signature` made elsewhere.

    The name "" is that of the page that irkit export writes.

    BadInput for a key that is not a person's of this case, for a name that was not exported and for a signature that does not hold;
    StepFailed when the document is no longer what was exported, or gpg refuses.
    """
    person = _person(case, key)
    name, content = _exported(case, what or FORMATS["html"].named("full", case.incident.purpose))
    if not signature:
        if home is None:
            raise BadInput(
                "there is nothing to sign with", on=person.who, do="give --home, or --signature with one made elsewhere"
            )
        signature = _made(case, content, person, home, passphrase)
    try:
        signatures.verify(content, signature, {person.fingerprint: person.certificate})
    except IrkitError as error:
        raise BadInput(
            "this signature is not one over the document", on=f"{name}, {person.who}", why=error.why or error.what,
            do=f"have them run: gpg --armor --detach-sign {Path(name).name}",
        ) from None  # fmt: skip
    said = {"path": name, "evidence": case.evidence.put(content), "who": person.who}
    case.write(Kind.SIGNED, said | {"fingerprint": person.fingerprint, "signature": signature})
    voices = over(case.journal.records(Kind.SIGNED), name, said["evidence"])
    place = _write(case.folder / name, voices)
    rows = [(str(one.body["who"]), str(one.body["fingerprint"]), one.at) for one in voices]
    facts = Facts((("Document", str(case.folder / name)), ("Signature", str(place)), ("SHA-256", said["evidence"])))
    told = Notice(
        "ok",
        "Send both files together. gpg --verify says who signed; a document that is exported again is another one.",
    )
    return View(f"{name} is signed", (told, facts, Table.of(("Signed by", "Key", "At (UTC)"), rows, "Signatures")))


def over(signed: Sequence[Record], name: str, evidence: str) -> tuple[Record, ...]:
    """The latest signature of each person over exactly that content of that document, in the order they signed first."""
    mine = [one for one in signed if one.body["path"] == name and one.body["evidence"] == evidence]
    return tuple({str(one.body["fingerprint"]): one for one in mine}.values())


def joined(voices: Sequence[Record]) -> bytes:
    """All their signatures as one armored file: gpg checks each."""
    packets = [
        as_packet(one) for record in voices for one in detached_signatures(str(record.body["signature"]).encode())
    ]
    return armored(b"".join(packets))


def signature_file(document: Path) -> Path:
    return document.with_name(f"{document.name}.asc")


def name_of(folder: Path, path: Path) -> str:
    """How the journal calls an exported document: by its place in the case, or by its whole path elsewhere."""
    whole = path.resolve()
    return str(whole.relative_to(folder.resolve())) if whole.is_relative_to(folder.resolve()) else str(path.absolute())


def put_aside(case: Desk, path: Path) -> None:
    """Take away the signatures of an earlier draft that lie beside a new one; the journal and the evidence have both."""
    name, beside = name_of(case.folder, path), signature_file(path)
    signed = [one for one in case.journal.records(Kind.SIGNED) if one.body["path"] == name]
    current = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    if signed and not over(signed, name, current):
        with suppress(OSError):
            beside.unlink()


def _person(case: Desk, key: str) -> Approver:
    fingerprint = key.upper().replace(" ", "")
    people = case.approvers
    person = people.get(fingerprint)
    if person is None or person.automation:
        known = ", ".join(f"{one.who} {one.fingerprint}" for one in people.values() if not one.automation)
        raise BadInput(
            "this key cannot sign a document of the case", on=fingerprint[:40],
            why="it is an automation's" if person else f"its people: {known or 'nobody yet'}",
            do="have one of them sign, or first: irkit add-approver CASE FILE.asc",
        )  # fmt: skip
    return person


def _exported(case: Desk, what: str) -> tuple[str, bytes]:
    """Under its name in the journal, the document as it was exported last."""
    name = name_of(case.folder, case.folder / what)
    digests = [one.body["sha256"] for one in case.journal.records(Kind.EXPORTED) if one.body["path"] == name]
    if not digests:
        raise BadInput("no document of this name was exported", on=what, do="irkit export CASE first")
    try:
        content = (case.folder / name).read_bytes()
    except OSError as error:
        raise BadInput(
            "the document cannot be read", on=case.folder / name, why=error.strerror or "", do="export it again"
        ) from None
    if hashlib.sha256(content).hexdigest() != digests[-1]:
        raise StepFailed(
            "the document is not what was exported", on=case.folder / name, do="export it again, then sign that"
        )
    return name, content


def _made(case: Desk, content: bytes, person: Approver, home: Path, passphrase: SecretRef | None) -> str:
    secret = case.resolve(passphrase) if passphrase else None
    try:
        return signatures.sign(home, person.fingerprint, content, secret)
    except StepFailed as error:
        raise StepFailed(
            "the document could not be signed",
            on=person.fingerprint,
            why=error.why,
            do="check the key, its home and its passphrase",
        ) from None


def _write(document: Path, voices: Sequence[Record]) -> Path:
    place = signature_file(document)
    try:
        write_whole(place, joined(voices))
    except OSError as error:
        raise StepFailed(
            "the signature cannot be written",
            on=place,
            why=error.strerror or "",
            do="make room or give rights, and sign again",
        ) from None
    return place
