"""Whom to notify, and by when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from irkit.postmortem.standards.clocks import Due
from irkit.show import Block, Notice, Table
from irkit.show.times import duration, stamp

_LEAD = (
    "This is not legal advice: whether a duty applies, and from when it counts, is for counsel to decide. Each clock counts from a "
    "moment that people stated (irkit milestone CASE NAME INSTANT); the law may count from a later one, such as learning of a breach "
    "of personal data."
)


def notifications(due: Sequence[Due], now: datetime) -> tuple[Block, ...]:
    """The clocks, with Due (UTC) and what is left of each at `now`; then how each was counted."""
    rows = [
        (one.regime, one.applies, one.step, _from(one), one.at, left(one, now), one.decided or "to be decided by counsel", one.source)
        for one in due
    ]  # fmt: skip
    columns = ("Regime", "Applies if", "Step", "Counts from", "Due (UTC)", "Left when written", "Decided", "Text")
    notes: dict[str, list[str]] = {}
    for one in due:
        notes.setdefault(one.note, []).append(f"{one.regime}: {one.step}")
    counted = [("; ".join(dict.fromkeys(steps)), note) for note, steps in notes.items() if note]
    return (
        Notice("info", _LEAD),
        Table.of(columns, rows, "Clocks that may be running"),
        Table.of(("Step", "How it was counted, or why not"), counted, "How these times were counted"),
    )


def left(one: Due, now: datetime) -> str | None:
    """What is left, in words; None when there is no due time."""
    if one.done:
        return f"done on {stamp(one.done)}" + (", after it was due" if one.at and one.done > one.at else "")
    span = one.left(now)
    if span is None:
        return None
    return f"overdue by {duration(-span)}" if span.total_seconds() < 0 else duration(span)


def _from(one: Due) -> str:
    return f"{one.clock}, {stamp(one.starts)}" if one.starts else f"{one.clock}, not stated"
