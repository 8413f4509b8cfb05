"""Where the case stands, and whether its record can be trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from irkit.case.approvals import begun_at, check
from irkit.case.desk import Desk
from irkit.case.leaving import draft_of
from irkit.case.ledger import Ledger
from irkit.case.verifying import notes, open_to_others
from irkit.case.verifying.evidence import check_evidence
from irkit.case.verifying.seals import check_seals
from irkit.errors import StepFailed
from irkit.model import Credential, Kind, Record
from irkit.plan import Ended
from irkit.show import Block, Facts, Notice, Table, View


def view(case: Desk) -> View:
    """Each credential, what waits for whom, and the head of the journal."""
    records = case.journal.records()
    ledger = Ledger.of(records)
    incident = case.incident
    rows = [_credential_row(credential, records) for credential in incident.credentials]
    facts = Facts(
        (
            ("Case", incident.case_id),
            ("Title", incident.title),
            ("Opened (UTC)", incident.opened.at),
            ("Team aware (UTC)", incident.aware.at if incident.aware else None),
            ("Responder", incident.responder),
            ("Journal", f"{len(records)} records, head {records[-1].digest[:16]}"),
        )
    )
    columns = ("Credential", "Kind", "Occurrences", "Window", "Verdict", "Contained")
    blocks: list[Block] = [facts, Table.of(columns, rows, "Credentials")]
    blocks += [
        Notice("warn", f"{ref} cannot be read now, so it can be neither found nor hidden: {why}")
        for ref, why in case.needled.blind
    ]
    blocks += [Notice("warn", text) for text in (*waiting(case, records, ledger), *proposed(records))]
    blocks += [Notice("bad", text) for text in unsettled(ledger)]
    return View(f"Case {incident.case_id}", tuple(blocks))


def _credential_row(credential: Credential, records: tuple[Record, ...]) -> tuple[str | int | bool | None, ...]:
    located = [record for record in records if record.kind is Kind.LOCATED]
    windows = [
        record for record in records if record.kind is Kind.WINDOW and record.body["credential"] == credential.name
    ]
    verdicts = [
        record for record in records if record.kind is Kind.VERDICT and record.body["credential"] == credential.name
    ]
    count = located[-1].body["by_credential"].get(credential.name, 0) if located else None
    closed = None
    if windows:
        window = windows[-1].body["window"]
        closed = "closed" if window["closed"]["latest"] else "open as far as is known"
    verdict = str(verdicts[-1].body["verdict"]) if verdicts else None
    if credential.kind == "openpgp" and any(record.kind is Kind.KEY_REVOKED for record in records):
        verdict = "revoked"
    contained = [
        one.body["contained"]
        for one in records
        if one.kind is Kind.CONTAINED and one.body["credential"] == credential.name
    ]
    return (credential.name, credential.provider, count, closed, verdict, contained[-1] if contained else None)


def waiting(case: Desk, records: tuple[Record, ...], ledger: Ledger) -> list[str]:
    """What waits for a person, in a sentence each."""
    lines = []
    for chapter in ("revoke", "resign"):
        plan = ledger.latest(chapter)
        if plan is None or all(ledger.settled(action.id) for action in plan.actions):
            continue
        missing = plan.approvals_required - len(check(plan, records, case.approvers).valid)
        if missing > 0:
            lines.append(f"Plan {plan.name} waits for {missing} more approval{'s' if missing > 1 else ''}.")
        for action in plan.actions:
            outcome = ledger.outcomes.get(action.id)
            if outcome and outcome.ended is Ended.WAITING and action.id not in ledger.hand_done:
                lines.append(f"By hand: {action.what} (irkit done CASE {action.id} --text ...).")
    return [*lines, *_statement(records)]


def _statement(records: tuple[Record, ...]) -> list[str]:
    """That the transition statement waits for people."""
    stated = next((one for one in reversed(records) if one.kind is Kind.STATED), None)
    if stated is None:
        return []
    voices = {
        one.body["fingerprint"]
        for one in records
        if one.kind is Kind.VOUCHED and one.body["statement"] == stated.body["evidence"]
    }
    missing = int(stated.body["required"]) - len(voices)
    return (
        [f"The transition statement waits for {missing} more people (irkit vouch CASE --key ...)."]
        if missing > 0
        else []
    )


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
    """The chain, the evidence, every approval, every transition statement, every export, every seal. StepFailed naming the first fault."""
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
        checked = check(plan, records, case.approvers, at=begun_at(plan, records))
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
    rows += check_seals(case.folder, records, case.approvers)
    said = [*notes(case.journal, records), open_to_others(case.folder)]
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
    raise StepFailed("an exported document was changed", on=path, do="export it again")


def _sha256(path: Path) -> str:
    """ "" for what cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
