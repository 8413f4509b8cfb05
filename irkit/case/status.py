"""Where the case stands, and whether its record can be trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from irkit.case import running, stages, waiting
from irkit.case.approvals import begun, begun_at, check, ring_then
from irkit.case.desk import Desk
from irkit.case.leaving import draft_of
from irkit.case.ledger import Ledger, has_something_to_send
from irkit.case.verifying import notes, open_to_others
from irkit.case.verifying.evidence import check_evidence
from irkit.case.verifying.remains import without_record
from irkit.case.verifying.revoked import revoked_since
from irkit.case.verifying.seals import check_seals
from irkit.case.verifying.signed import check_signed
from irkit.errors import StepFailed
from irkit.model import Credential, Kind, Record, unrevokable
from irkit.plan import Approval, Plan
from irkit.show import Block, Cell, Facts, Notice, Prose, Strip, Table, View


def view(case: Desk, now: datetime) -> View:
    """The strip of stages, what waits for whom, the clocks as of `now` (UTC), each credential, and the head of the journal."""
    if case.incident.purpose == "readiness":
        from irkit.case.readiness import standing

        return standing.view(case)
    records = case.journal.records()
    ledger = Ledger.of(records)
    incident = case.incident
    people = case.approvers
    approved = [(plan, _approved(case, plan, records, now)) for plan in waiting.unsettled_plans(ledger)]
    waits = waiting.waits(records, ledger, people, approved, case.responder)
    aware = incident.aware.at if incident.aware else None
    clocks = (
        running.approvals(approved, ledger) if case.rotates else running.running(records, ledger, aware, approved, now)
    )
    rows: list[tuple[Cell, ...]] = [_credential_row(credential, records) for credential in incident.credentials]
    facts = Facts(
        (
            ("Case", incident.case_id),
            ("Title", incident.title),
            ("Opened (UTC)", incident.opened.at),
            *(() if case.rotates else (("Team aware (UTC)", incident.aware.at if incident.aware else None),)),
            ("Responder", incident.responder),
            ("Journal", f"{len(records)} records, head {records[-1].digest[:16]}"),
        )
    )
    columns = ("Credential", "Kind", "Occurrences", "Window", "Verdict", "Contained")
    told, titles = stages.stages(records, incident.credentials), columns
    if case.rotates:
        from irkit.case.rotating import stages as rotating

        told, titles, rows = rotating.stages(case, now), rotating.COLUMNS, rotating.rows(case)
    strip = Strip(told, "Where the rotation stands" if case.rotates else "Where the case stands")
    blocks: list[Block] = [
        strip,
        *((waiting.table(waits),) if waits else ()),
        *((running.table(clocks, now),) if clocks else ()),
    ]
    blocks += [facts, Table.of(titles, rows, "Credentials")]
    if any("named" in str(row[2]) for row in rows if not case.rotates):
        blocks.append(
            Prose(("Named: places where only its id or digest stands, from which nobody could have used it.",))
        )
    blocks += [
        Notice("warn", f"{ref} cannot be read now, so it can be neither found nor hidden: {why}")
        for ref, why in case.needled.blind
    ]
    blocks += [Notice("warn", text) for text in proposed(records)]
    blocks += [Notice("bad", text) for text in unsettled(ledger)]
    return View(f"Case {incident.case_id}", tuple(blocks))


def _approved(case: Desk, plan: Plan, records: Sequence[Record], now: datetime) -> tuple[Approval, ...]:
    """The approvals that count now. What was begun in time is brought to its end, as `carry_out` has it."""
    at = now if has_something_to_send(plan, case.ledger) else begun_at(plan, records)
    return check(plan, records, case.approvers, at or now).valid


def _credential_row(credential: Credential, records: tuple[Record, ...]) -> tuple[str | int | bool | None, ...]:
    located = [record for record in records if record.kind is Kind.LOCATED]
    windows = [
        record for record in records if record.kind is Kind.WINDOW and record.body["credential"] == credential.name
    ]
    verdicts = [
        record for record in records if record.kind is Kind.VERDICT and record.body["credential"] == credential.name
    ]
    count = _occurrences(located[-1].body, credential.name) if located else None
    closed = None
    if windows:
        window = windows[-1].body["window"]
        closed = "closed" if window["closed"]["latest"] else "open as far as is known"
    verdict = str(verdicts[-1].body["verdict"]) if verdicts else None
    if credential.kind == "openpgp" and any(record.kind is Kind.KEY_REVOKED for record in records):
        verdict = "revoked"
    elif unrevokable(records, credential.name):
        verdict = "cannot be revoked"
    contained = [
        one.body["contained"]
        for one in records
        if one.kind is Kind.CONTAINED and one.body["credential"] == credential.name
    ]
    return (credential.name, credential.provider, count, closed, verdict, contained[-1] if contained else None)


def _occurrences(located: Mapping[str, Any], name: str) -> int | str:
    """In how many places it stands, and which of them only name it: nobody could have used it from there."""
    count, named = int(located["by_credential"].get(name, 0)), int(located.get("names_only", {}).get(name, 0))
    return f"{count - named}; named {named}" if named else count


def proposed(records: tuple[Record, ...]) -> list[str]:
    """That other secrets stood beside the credential, as long as the latest scan says so."""
    found = [record.body["proposed"] for record in records if record.kind is Kind.COMPANIONS]
    if not found or not found[-1]:
        return []
    return [
        f"Other secrets stood where this one stood: {len(found[-1])}, listed by companions() in notebook 01. Look at each."
    ]


def unsettled(ledger: Ledger) -> list[str]:
    """Actions that were begun and whose end is not established."""
    known = {action.id: action.what for plan in ledger.plans.values() for action in plan.actions}
    return [f"Not settled: {known.get(action, action)}" for action in sorted(ledger.intents) if ledger.begun(action)]


def require_whole(case: Desk) -> None:
    """StepFailed naming the first broken link of the journal."""
    broken = case.journal.broken_link()
    if broken:
        raise StepFailed(
            "the journal's chain is broken", on=case.folder, why=broken, do="compare with a copy of the case"
        )


def verified(case: Desk) -> View:
    """The chain, the evidence, every approval, transition statement, export, signature and seal. StepFailed naming the first fault."""
    require_whole(case)
    records = case.journal.records()
    evidence = check_evidence(records, case.evidence)
    ledger = Ledger.of(records)
    rows: list[tuple[str, str | int]] = [
        ("Journal", f"{len(records)} records, unbroken"),
        ("Head", records[-1].digest),
        ("Evidence", evidence),
    ]
    carried_out = {record.body["plan"] for record in records if record.kind in (Kind.INTENT, Kind.OUTCOME)}
    for plan in ledger.plans.values():
        first = begun(plan, records)
        people = ring_then(records, first.seq, case.evidence) if first else case.approvers
        checked = check(plan, records, people, at=first.at if first else None)
        if plan.digest in carried_out and len(checked.valid) < plan.approvals_required:
            raise StepFailed(
                "a plan was carried out without its approvals", on=plan.name, do="find out who did it, and how"
            )
        rows.append((f"Plan {plan.name}", f"{len(checked.valid)} of {plan.approvals_required} approvals verify"))
    if any(record.kind in (Kind.STATED, Kind.VOUCHED) for record in records):
        from irkit.case.resigning.stated import check_statements

        rows += check_statements(case)
    exported: dict[str, list[str]] = {}
    for record in records:
        if record.kind is Kind.EXPORTED:
            exported.setdefault(record.body["path"], []).append(record.body["sha256"])
    rows += [(f"Export {Path(path).name}", _export(case, path, digests)) for path, digests in exported.items()]
    rows += check_signed(case.folder, records, case.evidence)
    seals = [*check_seals(case.folder, records, case.evidence)]
    rows += seals or [("Seals", "none: what was cut off at the end of the record would not show")]
    said = [
        *notes(case.journal, records),
        *revoked_since(records, case.evidence),
        *without_record(case.folder, records),
        open_to_others(case.folder),
    ]
    notices = [Notice("warn", text) for text in said if text]
    return View(f"Case {case.incident.case_id} verifies", (Facts(tuple(rows)), *notices))


def _export(case: Desk, path: str, digests: Sequence[str]) -> str:
    """`digests` of all exports to this place, in order. Stopped between record and place, what stands there is the one before, or none."""
    place, (*earlier, last) = case.folder / path, digests
    stands = _sha256(place)
    if stands == last:
        return "unchanged"
    if _sha256(draft_of(place)) == last and stands in ("", *earlier):
        return "not at its place yet, since irkit was stopped: export it again"
    if not stands:
        return "not at its place any more"
    raise StepFailed(
        "an exported document was changed", on=path, why="it is not what the journal says was exported",
        do="keep it aside and find out who changed it, then export it again",
    )  # fmt: skip


def _sha256(path: Path) -> str:
    """ "" for what cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
