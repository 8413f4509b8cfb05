"""Transition statements checked again from the journal: who signed them, and whether the files say what was signed."""

from __future__ import annotations

from collections.abc import Mapping

from irkit.case.approvals import ring_then
from irkit.case.desk import Desk
from irkit.case.resigning.statement import FOLDER
from irkit.errors import BadInput, StepFailed
from irkit.model import Kind, Record
from irkit.openpgp import approvals as signatures

_COMPARE = "compare with a copy of the case"


def check_statements(case: Desk) -> list[tuple[str, str]]:
    """Every statement and whoever vouched for one, as of when that was journalled; and the files of the latest.

    What and how it stands, in rows; none without a statement. StepFailed naming the first fault.
    """
    stated = case.journal.records(Kind.STATED)
    made = {str(one.body["primary"]): str(one.body["certificate"]) for one in case.journal.records(Kind.KEY_GENERATED)}
    records = case.journal.records()
    voices = case.journal.records(Kind.VOUCHED)
    for one in stated:
        _holds(case, one, one.body["evidence"], str(one.body["key"]), made, "the new key")
    for one in voices:
        people = {who.fingerprint: who.certificate for who in ring_then(records, one.seq, case.evidence).values()}
        _holds(case, one, one.body["statement"], str(one.body["fingerprint"]), people, str(one.body["who"]))
    if not stated:
        return []
    latest = stated[-1].body
    text = case.evidence.get(latest["evidence"])
    files = {"statement.txt": text, "statement.txt.asc": str(latest["signature"]).encode()}
    by = {str(one.body["fingerprint"]): one.body for one in voices if one.body["statement"] == latest["evidence"]}
    files |= {f"statement.txt.{key}.asc": str(body["signature"]).encode() for key, body in by.items()}
    gone = [name for name, content in files.items() if not _unchanged(case, name, content)]
    rows = [
        ("Transition statement", f"signed by the new key {latest['key']}"),
        ("Vouched for by", f"{len(by)} of {latest['required']} people, whose signatures verify"),
    ]
    return rows + [(name, "not at its place any more") for name in gone]


def _holds(case: Desk, record: Record, digest: str, key: str, known: Mapping[str, str], who: str) -> None:
    """StepFailed unless the record's signature is good, over that evidence, and by that key, which the case knows."""
    on = f"record {record.seq}: {who}"
    if key not in known:
        raise StepFailed(
            "the transition statement is signed by a key that is not this case's", on=on, why=key, do=_COMPARE
        )
    try:
        text = case.evidence.get(digest).decode()
        signatures.verify(text, str(record.body["signature"]), {key: known[key]}, record.at)
    except BadInput as error:
        why = error.why or error.what
        raise StepFailed(
            "a signature over the transition statement does not hold", on=on, why=why, do=_COMPARE
        ) from None


def _unchanged(case: Desk, name: str, content: bytes) -> bool:
    """False when the file is not there. StepFailed when it holds something else."""
    path = case.folder / FOLDER / name
    try:
        if path.read_bytes() == content:
            return True
    except OSError:
        return False
    raise StepFailed(
        "a file of the transition statement was changed", on=path, why="it is not what the journal holds",
        do="do not publish it; move it aside and find out who did that",
    )  # fmt: skip
