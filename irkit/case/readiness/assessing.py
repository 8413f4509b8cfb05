"""Judge the latest inventory by the policy, compare with the run before, and write both down."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from irkit.case.desk import Desk
from irkit.case.leaving import leave
from irkit.case.readiness.page import page
from irkit.case.readiness.people import can_approve
from irkit.case.readiness.taking import checked_policy, latest_inventory, require_readiness
from irkit.case.signing_report import name_of
from irkit.errors import BadInput
from irkit.model import Kind, Record, iso
from irkit.plan import document, read
from irkit.readiness.run import Run, judged, verdicts
from irkit.readiness.trend import trend
from irkit.readiness.views import estimates_view, findings_view, inventory_view, trend_view
from irkit.show import View
from irkit.show.hiding import through

REPORT = "readiness.html"


def judge(case: Desk, policy: str | Path) -> View:
    """The findings of the latest inventory. The same inventory and policy are journalled once, however often the cell runs."""
    rules = checked_policy(policy)
    digest, taken = latest_inventory(case)
    sha256, before = hashlib.sha256(Path(policy).read_bytes()).hexdigest(), _before(case, digest)
    run = judged(taken, rules, can_approve(case), Path(policy).name, sha256, before)
    kept = case.keep(document(run), "readiness, judged", f"the inventory {digest[:23]} and {Path(policy).name}")
    runs = case.journal.records(Kind.READINESS)
    if not runs or runs[-1].body["evidence"] != kept:
        case.write(Kind.READINESS, {
            "evidence": kept, "inventory": digest, "policy": str(policy), "policy_sha256": run.policy_sha256,
            "findings": dict(Counter(one.rule for one in run.counting)), "verdicts": verdicts(run.estimates),
            "unasked": len(taken.unasked), "unknown": sum(one.answer == "unknown" for one in run.findings), "rules": len(run.rules),
        })  # fmt: skip
    return findings_view(run)


def how_long(case: Desk) -> View:
    """What is at hand for each credential, and what is not."""
    return estimates_view(latest(case))


def compared(case: Desk) -> View:
    """What changed since the run before."""
    now, before = latest(case), earlier(case)
    return trend_view(before, now, trend(before, now))


def export(case: Desk, out: Path | None = None) -> Path:
    """The report as one HTML file, through the gate; journalled. WouldLeak; StepFailed when the disk refuses."""
    now, before = latest(case), earlier(case)
    made = through((now, before, trend(before, now)), case.redactor.text)
    text = case.redactor.text(page(*made, case.incident.case_id, case.incident.title, _head(case)))
    content, path = text.encode(), out or case.folder / REPORT

    def journal() -> None:
        if case.journal.writable:
            named = name_of(case.folder, path)
            case.write(Kind.EXPORTED, {"path": named, "sha256": hashlib.sha256(content).hexdigest()})

    leave(case, path, content, with_case=True, journal=journal)
    return path


def shown(case: Desk) -> tuple[View, ...]:
    now, before = latest(case), earlier(case)
    return (
        inventory_view(now.inventory, now),
        findings_view(now),
        estimates_view(now),
        trend_view(before, now, trend(before, now)),
    )


def document_of(case: Desk) -> dict[str, Any]:
    """As `irkit readiness show --format json` prints it: the run, and what changed since the one before."""
    now, before = latest(case), earlier(case)
    changes = None if before is None else [document(one) for one in trend(before, now)]
    return {"run": document(now), "since": iso(before.inventory.at) if before else None, "changes": changes}


def latest(case: Desk) -> Run:
    """BadInput when nothing was judged yet."""
    require_readiness(case)
    runs = case.journal.records(Kind.READINESS)
    if not runs:
        raise BadInput("nothing was judged yet", on=case.folder, do="run the cell desk.judge(policy) first")
    return _run(case, runs[-1])


def earlier(case: Desk) -> Run | None:
    """The last run on an inventory before the latest one; None when there is none."""
    return _before(case, str(case.journal.records(Kind.READINESS)[-1].body["inventory"]))


def _before(case: Desk, inventory: str) -> Run | None:
    others = [one for one in case.journal.records(Kind.READINESS) if one.body["inventory"] != inventory]
    return _run(case, others[-1]) if others else None


def _run(case: Desk, record: Record) -> Run:
    return read(Run, case.evidence.document(record.body["evidence"]))


def _head(case: Desk) -> str:
    return case.journal.records()[-1].digest
