"""The consumer matrix at the desk: who still takes a forgery by the old key, and what must be removed where."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from irkit.case.desk import Desk
from irkit.case.exposure.windows import known_window
from irkit.case.resigning.judging import leaked_key
from irkit.errors import IrkitError
from irkit.model import Kind, OpenPgpKey, Secret, SecretRef, Skipped, parse_instant, unrevokable
from irkit.model.matrix import Matrix, MatrixRow
from irkit.openpgp import export_public
from irkit.openpgp.consumers import TestedKey, matrix
from irkit.resign.consumer_matrix import OldKey, Remedy, Standing, figure, remedies, standings
from irkit.show import Block, Cell, Notice, Prose, Table, View

TITLE = "Who still trusts the old key"
_NUMBER = re.compile(r"\d+(?:\.\d+)+")
_NOT_HERE = "unknown: not here"
_COLUMNS = (
    "Consumer",
    "New key's signature",
    "Old key's, from before",
    "Forgery by the old key",
    "Forgery, before the revocation",
    "What it said of the forgery",
)
_REMEDY_COLUMNS = ("Consumer", "Why", "What must be removed, and where", "Proven", "Proof")

_HOLDS = (
    "The old key is not revoked and cannot be ({why}): whoever holds it accepts what it signs, with any date. Nothing is left to ask of "
    "the programs; it has to be taken out of every key ring, which the plan lists by place."
)


def consumer_matrix(
    case: Desk,
    *,
    old_home: str | Path | None = None,
    new_home: str | Path | None = None,
    old_passphrase: SecretRef | str | None = None,
    new_passphrase: SecretRef | str | None = None,
) -> View:
    """Ask the programs that check signatures, in throw-away places; journals what they answered. Nothing of the homes is changed.

    A key whose secret part is in no home given here is stood in for by one of the same algorithms, and the rows say so.
    """
    generated, revoked = (case.journal.records(kind) for kind in (Kind.KEY_GENERATED, Kind.KEY_REVOKED))
    if generated and not revoked and (said := unrevokable(case.journal.records(), leaked_key(case).name)):
        return View(TITLE, (Notice("bad", _HOLDS.format(why=said.body["why"])),))
    if not generated or not revoked:
        return View(
            TITLE, (Notice("info", "The old key is not revoked, or no new one is made yet: there is nothing to ask."),)
        )
    leaked = leaked_key(case)
    window = known_window(case, leaked.name)
    earliest = window.opened.earliest if window else None
    old = TestedKey(
        _certificate(old_home, leaked.openpgp),
        Path(old_home) if old_home else None,
        _passphrase(case, old_passphrase),
        leaked,
    )
    new = TestedKey(
        generated[-1].body["certificate"],
        Path(new_home) if new_home else None,
        _passphrase(case, new_passphrase),
    )
    found = matrix(new, old, exposed_from=earliest.at if earliest else None)
    told = remedies(found.rows, old_key(leaked))
    digest = case.keep(document(found, told), "consumer matrix", "programs run on this machine")
    case.write(Kind.CONSUMERS_TESTED, {"evidence": digest, **summary(found, told)})
    return view(found, told)


def _passphrase(case: Desk, ref: SecretRef | str | None) -> Secret | None:
    return case.resolve(ref if isinstance(ref, SecretRef) else SecretRef(ref)) if ref else None


def _certificate(home: str | Path | None, fingerprint: str) -> str:
    """The old key's certificate as its home has it, "" when it has none."""
    try:
        return export_public(Path(home), fingerprint) if home else ""
    except IrkitError:
        return ""


def old_key(key: OpenPgpKey) -> OldKey:
    """What a remedy names of the leaked key."""
    primary = next((sub for sub in key.keys if sub.primary), None)
    return OldKey(key.openpgp, parse_instant(primary.created) if primary and primary.created else None)


def document(found: Matrix, told: tuple[Remedy, ...]) -> dict[str, Any]:
    """`{"rows", "skipped", "notes", "remedies"}`, for machines. An answer that is not known is null."""
    return found.document() | {"remedies": [one.document() for one in told]}


def summary(found: Matrix, told: tuple[Remedy, ...]) -> dict[str, Any]:
    """What the journal says of it: consumers by how they took the forgery after the revocation, and which remedies were proven."""
    after = standings(found.rows)
    return {
        "accepted_by": [one.consumer for one in after if one.forgery],
        "rejected_by": [one.consumer for one in after if one.forgery is False],
        "unknown": [*(one.consumer for one in after if one.forgery is None), *(one.what for one in found.skipped)],
        "new_rejected_by": [one.consumer for one in after if one.new is False],
        "remedies_proven": [one.consumer for one in told if one.proven],
        "stand_in": any(row.stand_in for row in found.rows),
    }


def kept_view(case: Desk) -> View:
    """The matrix as last journalled, for the postmortem."""
    records = case.journal.records(Kind.CONSUMERS_TESTED)
    if not records:
        return View(TITLE, (Notice("info", "No consumer was asked yet."),))
    kept = case.evidence.document(records[-1].body["evidence"])
    return view(read_matrix(kept), tuple(Remedy(**one) for one in kept["remedies"]))


def read_matrix(kept: dict[str, Any]) -> Matrix:
    """The inverse of `document`."""
    rows = tuple(
        MatrixRow(
            one["consumer"], one["version"], one["key_ring"], one["sample"], one["accepts"], one["why"], one["stand_in"]
        )
        for one in kept["rows"]
    )
    return Matrix(rows, tuple(Skipped(**one) for one in kept["skipped"]), tuple(kept["notes"]))


def view(found: Matrix, told: tuple[Remedy, ...]) -> View:
    """Consumer by sample as it is after the revocation; then what must be removed where, with the proof."""
    after = standings(found.rows)
    rows: list[tuple[Cell, ...]] = [_row(one) for one in after]
    rows += [(one.what, *(_NOT_HERE,) * 4, one.why) for one in found.skipped]
    blocks: list[Block] = [*_notices(after, found)]
    answers = Table.of(_COLUMNS, rows, "Taken for good, with the old key revoked and the new one beside it")
    drawn = figure(found.rows, found.skipped)
    blocks.append(replace(drawn, data=answers) if drawn else answers)
    if told:
        remedied = [(one.consumer, one.why, one.remove, _proven(one), one.proof) for one in told]
        blocks.append(
            Table.of(
                ("Consumer", "Why", "What must be removed, and where", "Proven", "Proof"),
                remedied,
                "Where the revocation is not enough",
            )
        )
    if found.notes:
        blocks.append(Prose(found.notes))
    return View(TITLE, tuple(blocks))


def _row(one: Standing) -> tuple[Cell, ...]:
    number = _NUMBER.search(one.version)
    name = f"{one.consumer} {number[0]}" if number else one.consumer
    why = f"{one.why}; measured on a stand-in" if one.stand_in else one.why
    return (name, *(_word(each) for each in (one.new, one.old, one.forgery, one.control)), why)


def _word(accepts: bool | None) -> Cell:
    return {True: "accepts", False: "rejects", None: None}[accepts]


def _proven(one: Remedy) -> Cell:
    return {True: "yes", False: "no", None: "unverified"}[one.proven]


def _notices(after: tuple[Standing, ...], found: Matrix) -> list[Notice]:
    fooled = [one.consumer for one in after if one.forgery]
    refused = [one.consumer for one in after if one.new is False]
    unsure = [one.consumer for one in after if one.forgery is False and one.control is not True]
    unknown = [*(one.consumer for one in after if one.forgery is None), *(one.what for one in found.skipped)]
    notices = []
    if fooled:
        notices.append(
            Notice("bad", f"{len(fooled)} of {len(after)} consumers asked still take a forgery by the revoked key: {', '.join(fooled)}. "
                          "There the key must be removed; the revocation alone changes nothing."))  # fmt: skip
    elif after and not unknown and not unsure:
        notices.append(Notice("ok", "Every consumer asked refuses a forgery by the revoked key."))
    if refused:
        notices.append(Notice("bad", f"The new key's signature is refused by: {', '.join(refused)}."))
    if unsure:
        notices.append(
            Notice(
                "warn",
                "These were not seen to take the forgery before the revocation, so their refusal "
                f"proves nothing: {', '.join(unsure)}.",
            )
        )
    if unknown:
        notices.append(Notice("warn", f"Not known, which is not the same as refused: {', '.join(unknown)}."))
    return notices
