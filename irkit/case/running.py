"""The clocks of a case that run: since when the team has known, how long it has been open, what expires, what the law may ask. Pure.

All times are UTC. What the law asks is `irkit.postmortem.standards.clocks`', and no legal advice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from irkit.case.ledger import Ledger, has_something_to_send
from irkit.model import Kind, Record, Window, parse_instant
from irkit.plan import Approval, Plan, read
from irkit.postmortem.standards.clocks import due
from irkit.show import Table
from irkit.show.times import duration


@dataclass(frozen=True)
class Running:
    """One clock: `at` is when it began, or when it runs out; None when that is not known."""

    what: str
    at: datetime | None
    ends: bool
    note: str = ""

    def told(self, now: datetime) -> str | None:
        """How long it has run or has left; None without `at`."""
        if self.at is None:
            return None
        if not self.ends:
            return f"for {duration(now - self.at)}"
        return f"in {duration(self.at - now)}" if self.at > now else f"passed {duration(now - self.at)} ago"


def running(
    records: Sequence[Record],
    ledger: Ledger,
    aware: datetime | None,
    approved: Sequence[tuple[Plan, Sequence[Approval]]],
    now: datetime,
) -> tuple[Running, ...]:
    """`approved`: plans that are not settled, with the approvals that count now."""
    known = stated(records, aware)
    return (_aware(known.get("aware_at")), *_open(records), *approvals(approved, ledger), *_law(known, now))


def stated(records: Sequence[Record], aware: datetime | None) -> dict[str, datetime]:
    """The milestones that people stated, by name; `aware` is what was said when the case was opened. Of a name the last one counts."""
    known = {"aware_at": aware} if aware else {}
    for one in records:
        if one.kind is Kind.MILESTONE:
            known[str(one.body["name"])] = parse_instant(str(one.body["at"]))
    return known


def table(clocks: Sequence[Running], now: datetime) -> Table:
    """Columns: the clock, when it began or runs out (UTC), how long that is from `now`, what it means."""
    rows = [(one.what, one.at, one.told(now), one.note) for one in clocks]
    return Table.of(("Clock", "At (UTC)", "Now", "What it means"), rows, "Clocks that run")


def _aware(aware: datetime | None) -> Running:
    note = "the clocks of the law count from it" if aware else "nobody said when, so no clock of the law can be counted"
    return Running("The team has been aware", aware, ends=False, note=note)


def _open(records: Sequence[Record]) -> Iterator[Running]:
    """The longest exposure that has not ended, as far as is known."""
    windows = {
        str(one.body["credential"]): read(Window, one.body["window"]) for one in records if one.kind is Kind.WINDOW
    }
    still = [one for one in windows.values() if not one.is_closed]
    if not still:
        return
    earliest = [one.opened.earliest.at for one in still if one.opened.earliest]
    unbounded = len(still) - len(earliest)
    note = f"{len(still)} of {len(windows)} windows are open"
    if unbounded:
        yield Running(
            "Exposed", None, ends=False, note=f"{note}; of {unbounded} nothing says since when at the earliest"
        )
    else:
        yield Running("Exposed at the longest", min(earliest), ends=False, note=note)


def approvals(approved: Sequence[tuple[Plan, Sequence[Approval]]], ledger: Ledger) -> tuple[Running, ...]:
    """When the approvals that count now will count no longer, where something is still to be sent."""
    return tuple(_approvals(approved, ledger))


def _approvals(approved: Sequence[tuple[Plan, Sequence[Approval]]], ledger: Ledger) -> Iterator[Running]:
    for plan, signed in approved:
        for one in signed if has_something_to_send(plan, ledger) else ():
            at = one.signed_at + timedelta(hours=plan.approvals_valid_h)
            yield Running(f"Approval of {plan.name} by {one.who}", at, ends=True, note="then it counts no longer")


def _law(known: Mapping[str, datetime], now: datetime) -> Iterator[Running]:
    """The next one that has a time and of which nobody says that it was done, and how many before it have passed."""
    timed = sorted((one for one in due(known) if one.at and not one.done), key=lambda one: one.at or now)
    passed = sum(1 for one in timed if one.at and one.at <= now)
    before = f"; {passed} before it passed, and nobody says that they were done" if passed else ""
    for one in timed[min(passed, len(timed) - 1) :][:1]:
        what = f"{one.regime}: {one.step.partition(',')[0]}"
        yield Running(
            what, one.at, ends=True, note=f"if {one.applies}{before}. Not legal advice; all are in notebook 4"
        )
