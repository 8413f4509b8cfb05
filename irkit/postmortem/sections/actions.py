"""Action items as a table: proposals by rule, with what people decided about each, and what was found when it was checked. Pure."""

from __future__ import annotations

from irkit.postmortem.actions import ActionItem
from irkit.postmortem.checks.answers import Checked
from irkit.show import Block, Cell, Notice, Table
from irkit.show.times import stamp

_OPEN = "to be decided"


def actions(items: tuple[ActionItem, ...]) -> tuple[Block, ...]:
    """No. is A1, A2, ... in the order of this draft; Id stays the same in the next one."""
    rows = [
        (
            f"A{number}",
            item.text,
            item.kind,
            item.because,
            item.priority or _OPEN,
            item.owner or _OPEN,
            item.due.isoformat() if item.due else _OPEN,
            item.ticket or "none",
            item.status,
            _in_force(item),
            item.proof or "none",
            item.id,
        )
        for number, item in enumerate(items, 1)
    ]
    columns = (
        "No.",
        "Action",
        "Kind",
        "Because",
        "Priority",
        "Owner",
        "Due",
        "Ticket",
        "Status",
        "In force",
        "Done, proved by",
        "Id",
    )
    lead = Notice(
        "info", "These are proposals made by rule from the journal. The incident lead decides, adds and strikes out."
    )
    table = Table.of(columns, rows, "Action items")
    return (lead, table, *_checks(items))


def _in_force(item: ActionItem) -> str:
    """A dated fact: what was found holds for when it was looked at."""
    return f"checked at {stamp(item.checked_at)}: {item.in_force}" if item.checked_at else item.in_force


def _checks(items: tuple[ActionItem, ...]) -> tuple[Block, ...]:
    """Each check that people named: a dated answer, and what it was looked at."""
    rows = [_check(f"A{number}", one) for number, item in enumerate(items, 1) for one in item.checks]
    if not rows:
        return ()
    columns = ("No.", "Check", "Checked at (UTC)", "Answer", "Why, and what to do", "Looked at")
    return (Table.of(columns, rows, "What was checked, and when: irkit verify CASE --record"),)


def _check(number: str, one: Checked) -> tuple[Cell, ...]:
    looked = "; ".join(f"{each.what}: {each.found}" for each in one.looked)
    why = f"{one.why}. To do: {one.do}" if one.do else one.why
    return (number, one.check, one.at, one.answer, why or "—", looked or "—")
