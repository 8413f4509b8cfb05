"""Where a team's readiness stands: inventory, policy, readiness, report; what of its own access cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from irkit.case.desk import Desk
from irkit.model import Kind, Record
from irkit.show import Block, Facts, Notice, Stage, Strip, View

_FRESH = timedelta(days=8)
"""It runs every week; what is older does not tell how things stand."""


def view(case: Desk) -> View:
    records = case.journal.records()
    incident = case.incident
    facts = Facts((
        ("Team", incident.case_id), ("Title", incident.title), ("Opened (UTC)", incident.opened.at),
        ("People who may approve", sum(not one.automation for one in case.approvers.values())),
        ("Issuers that case.toml names", ", ".join(case.settings.providers) or "none"),
        ("Journal", f"{len(records)} records, head {records[-1].digest[:16]}"),
    ))  # fmt: skip
    blocks: list[Block] = [Strip(stages(records, datetime.now(UTC)), "Where the team's readiness stands"), facts]
    blocks += [
        Notice("warn", f"{ref} cannot be read now, so nobody can be asked with it and it cannot be hidden: {why}")
        for ref, why in case.needled.blind
    ]
    return View(f"Readiness of {incident.case_id}", tuple(blocks))


def stages(records: Sequence[Record], now: datetime) -> tuple[Stage, ...]:
    """Inventory, policy, ready, written, as of `now` (UTC). Pure over the journal's records."""
    taken, run, out = (_last(records, kind) for kind in (Kind.INVENTORIED, Kind.READINESS, Kind.EXPORTED))
    told: tuple[Stage, ...] = (_policy(run), _ready(run), _written(run, out))
    if taken is not None and now - taken.at > _FRESH:
        told = tuple(replace(one, answer="unknown", level="warn") if one.level == "ok" else one for one in told)
    return (_inventory(taken, now), *told)


def _inventory(taken: Record | None, now: datetime) -> Stage:
    if taken is None:
        return Stage("Inventory", "no", "not taken yet: notebook 0", "warn")
    held, unasked = taken.body["held"], taken.body["unasked"]
    if now - taken.at > _FRESH:
        return Stage(
            "Inventory", "unknown", f"of {taken.at.date()}, {(now - taken.at).days} days ago: run it again", "warn"
        )
    if not held:
        return Stage("Inventory", "unknown", "no credential was listed", "warn")
    if unasked:
        return Stage("Inventory", "unknown", f"{held} credentials; {unasked} things not asked, or not whole", "warn")
    return Stage("Inventory", "yes", f"{held} credentials; every list came whole", "ok")


def _policy(run: Record | None) -> Stage:
    if run is None:
        return Stage("Policy kept", "unknown", "not judged yet: notebook 0", "warn")
    found = sum(run.body["findings"].values())
    if found:
        return Stage("Policy kept", "no", f"{found} finding{'' if found == 1 else 's'}", "bad")
    if not run.body.get("rules"):
        return Stage("Policy kept", "unknown", "no finding, and it is not known what the policy asks", "warn")
    if unknown := run.body.get("unknown", 0):
        return Stage("Policy kept", "unknown", f"no finding, and {unknown} answers are unknown", "warn")
    if run.body["unasked"] or not sum(run.body["verdicts"].values()):
        return Stage("Policy kept", "unknown", "no finding in what came, and not all came", "warn")
    return Stage("Policy kept", "yes", "no finding", "ok")


def _ready(run: Record | None) -> Stage:
    if run is None:
        return Stage("Ready", "unknown", "not judged yet: notebook 0", "warn")
    counts: Mapping[str, Any] = run.body["verdicts"]
    said = f"{counts['ready']} ready, {counts['not ready']} not, {counts['unknown']} unknown"
    if counts["not ready"]:
        return Stage("Ready", "no", said, "bad")
    if counts["unknown"] or not counts["ready"] or run.body["unasked"]:
        return Stage("Ready", "unknown", said, "warn")
    return Stage("Ready", "yes", said, "ok")


def _written(run: Record | None, out: Record | None) -> Stage:
    if out is None:
        return Stage("Written", "no", "there is no report yet: notebook 0", "warn")
    if run is not None and run.seq > out.seq:
        return Stage("Written", "no", "judged again since: write it again", "warn")
    return Stage("Written", "yes", "readiness.html is of the latest run", "ok")


def _last(records: Sequence[Record], kind: Kind) -> Record | None:
    return next((one for one in reversed(records) if one.kind is kind), None)
