"""What is normal for the credential, beside what happened from the window's opening on. Pure, but for drawing.

The baseline are uses from before the earliest moment it can have been exposed. Without any nothing is called new: that is said.
Rates are events a day: between the first use and the opening, and between the opening and the last use read. Times are UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from irkit.exposure.usage.past import THIN_DAYS, THIN_EVENTS, Past
from irkit.model import iso, parse_instant
from irkit.show.times import duration, stamp

if TYPE_CHECKING:
    from irkit.show import Figure, Table

_FACETS = {"address": "Addresses", "country": "Countries", "agent": "Kinds of client", "region": "Regions", "action": "Actions",
           "repository": "Repositories"}  # fmt: skip
_MOST_KEPT, _MOST_DRAWN = 200, 7
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Habit:
    """How often one value of one facet was met before the opening, and from it on."""

    facet: str
    value: str
    before: int
    after: int


@dataclass(frozen=True)
class Baseline:
    """`opening` None: no window is known. `sure`: it is the earliest bound. `first` and `last` are the first and last use read."""

    opening: datetime | None = None
    sure: bool = False
    first: datetime | None = None
    last: datetime | None = None
    before: int = 0
    after: int = 0
    days: int = 0
    habits: tuple[Habit, ...] = ()

    @property
    def thin(self) -> bool:
        return self.before < THIN_EVENTS or self.days < THIN_DAYS

    def document(self) -> dict[str, Any]:
        times = {name: iso(at) if (at := getattr(self, name)) else None for name in _TIMES}
        return {**vars(self), **times, "habits": [[one.facet, one.value, one.before, one.after] for one in self.habits]}

    @classmethod
    def from_document(cls, row: Mapping[str, Any]) -> Baseline:
        times = {name: parse_instant(row[name]) if row[name] else None for name in _TIMES}
        return cls(**{**row, **times, "habits": tuple(Habit(*one) for one in row["habits"])})


_TIMES = ("opening", "first", "last")


def baseline(past: Past) -> Baseline:
    """Of all principals that used the credential itself, taken together; of each facet the values met most."""
    own = [life for life in past.lives.values() if life.own]
    counted: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for life in own:
        met = [(("address", value), seen) for value, seen in life.addresses.items()] + list(life.facets.items())
        for name, seen in met:
            counted[name][0] += seen.before
            counted[name][1] += seen.after
    habits = [Habit(facet, value, *both) for (facet, value), both in counted.items()]
    habits.sort(key=lambda one: (list(_FACETS).index(one.facet), bool(one.before), -one.after, -one.before, one.value))
    kept: list[Habit] = []
    for facet in _FACETS:
        kept += [one for one in habits if one.facet == facet][:_MOST_KEPT]
    return Baseline(
        past.opening,
        past.sure,
        min((life.first for life in own if life.first), default=None),
        max((life.last for life in own if life.last), default=None),
        sum(life.before for life in own),
        sum(life.after for life in own),
        len({day for life in own for day in life.days}),
        tuple(kept),
    )


def figure(made: Baseline) -> Figure | None:
    """Bars to the left for before, to the right for from the opening on, events a day; None when there is nothing to compare."""
    if made.opening is None or not made.habits:
        return None
    from irkit.exposure.usage.mirror import svg
    from irkit.show import Figure

    return Figure(svg(_groups(made), *_heads(made)), sentence(made), _caption(made), table(made))


def sentence(made: Baseline) -> str:
    """What stands out against the baseline; that there is none, where there is none."""
    if made.opening is None:
        return "No exposure window is known, so nothing can be told apart as before it."
    if not made.before:
        return (
            f"No baseline: no use from before {stamp(made.opening)} was read, so what is new in the {made.after} uses since then is "
            "unknown. Read logs from before the window."
        )
    new = [
        f"{len(mine)} new {name.lower()} ({', '.join(mine[:3])}{' and more' if len(mine) > 3 else ''})"
        for facet, name in _FACETS.items()
        if (mine := [one.value for one in made.habits if one.facet == facet and one.after and not one.before])
    ]
    rates = f"before: {made.before} uses{_rate(_per_day(made, 'before'))}; since: {made.after} uses{_rate(_per_day(made, 'after'))}"
    return f"Against {made.days} days with uses before {stamp(made.opening)}, {rates}. New since: {'; '.join(new) or 'nothing'}."


def table(made: Baseline) -> Table:
    from irkit.show import Table

    known = made.before > 0
    rows = [
        (
            _FACETS[one.facet],
            one.value,
            one.before if known else None,
            one.after,
            (not one.before) if known and one.after else "—" if known else None,
        )
        for one in made.habits
    ]
    return Table.of(
        ("Of", "Value", "Before", "Since the opening", "New"),
        rows,
        "Uses by the principals that the credential acts as",
        200,
    )


def _per_day(made: Baseline, side: str) -> float | None:
    """Events a day; None where the span is shorter than an hour or an end is not known."""
    start, end = (made.first, made.opening) if side == "before" else (made.opening, made.last)
    if start is None or end is None or end - start < _HOUR:
        return None
    return (made.before if side == "before" else made.after) / ((end - start) / _DAY)


def _rate(rate: float | None) -> str:
    return "" if rate is None else f", {rate:.2g} a day"


def _groups(made: Baseline) -> list[tuple[str, list[Habit], int]]:
    """Facets with what is drawn of each, new values first, and how many are left out."""
    found = []
    for facet, name in _FACETS.items():
        mine = [one for one in made.habits if one.facet == facet]
        if mine:
            found.append((name, mine[:_MOST_DRAWN], len(mine) - _MOST_DRAWN))
    return found


def _heads(made: Baseline) -> tuple[str, str, bool]:
    told = f"before {stamp(made.opening)}" if made.opening else "before"
    if not made.before:
        return f"{told}: no use was read", f"since then: {made.after} uses", False
    span = f" in {duration(made.opening - made.first)}" if made.opening and made.first else ""
    return f"{told}: {made.before} uses{span}", f"since then: {made.after} uses", True


def _caption(made: Baseline) -> str:
    told = "Bars: uses by the principals that it acts as, on a scale of roots, the same on both sides. Red, with a cross: never before. "
    if not made.before:
        told += "There is no baseline: what is new is unknown. "
    elif made.thin:
        told += f"The baseline is thin ({made.before} uses on {made.days} days): what is new against it is less sure. "
    if not made.sure:
        told += "When the window opened at the earliest is not known; the baseline ends at its latest bound and may hold misuse. "
    return told + "Times in UTC."
