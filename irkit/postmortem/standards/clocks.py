"""When each duty of the law is due, counted from what people stated. Pure; deadlines as written in the texts named, and no legal advice.

Hours and days are counted in UTC without a stop. Months go by the calendar of the zone of the Union in which they end first. Business days
are those of the U.S. Securities and Exchange Commission, in its own zone: the day of the finding is the Eastern one, and a filing day ends
at 17:30 Eastern (17 CFR 232.13(a)(2)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from irkit.postmortem.standards.duties import DUTIES, MILESTONES, BusinessDays, Duty, Months, Span

NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Due:
    """A duty with its due time `at` in UTC; None when that cannot be computed, and `note` says why.

    `clock` is "aware_at", "classified_at", "material_at", "fix_available_at", or the step it follows; `starts` is where that clock stands,
    None when nobody has said. `note` also says how a time was computed where a reader could do it otherwise. `done` is when people say the
    step was taken, and `decided` what they say of the regime ("does not apply: ..."); "" when nobody has.
    """

    regime: str
    applies: str
    step: str
    clock: str
    starts: datetime | None
    at: datetime | None
    source: str
    note: str = ""
    done: datetime | None = None
    decided: str = ""

    def left(self, now: datetime) -> timedelta | None:
        """What is left at `now`, below zero when it is overdue; None when it is done or has no due time."""
        return None if self.at is None or self.done else self.at - now


def due(stated: Mapping[str, datetime], decided: Mapping[str, str] = NOBODY) -> tuple[Due, ...]:
    """Every duty there may be, in the order of the table. `stated` are milestones by name, `decided` words by regime."""
    known: dict[tuple[str, str, str], Due] = {}
    for duty in DUTIES:
        known[duty.regime, duty.applies, duty.step] = _due(duty, stated, known, decided.get(duty.regime, ""))
    return tuple(known.values())


def _due(duty: Duty, stated: Mapping[str, datetime], known: Mapping[tuple[str, str, str], Due], decided: str) -> Due:
    starts, why = _starts(duty, stated, known)
    at, note = None, why
    if starts is not None and duty.since and starts < duty.since:
        note = f"this text applies from {duty.since:%Y-%m-%d} on, which is later"
    elif starts is not None:
        at, counted = _after(starts, duty.span)
        note = "; ".join(filter(None, (why, counted, duty.note)))
    elif duty.span is None:
        note = duty.note
    return Due(
        duty.regime, duty.applies, duty.step, duty.clock, starts, at, duty.source, note, stated.get(duty.done), decided
    )


def _starts(
    duty: Duty, stated: Mapping[str, datetime], known: Mapping[tuple[str, str, str], Due]
) -> tuple[datetime | None, str]:
    """Where its clock stands, and what must be said of that."""
    if duty.clock in MILESTONES:
        at = stated.get(duty.clock)
        return at, "" if at else f"nobody has stated {duty.clock}"
    before = known[duty.regime, duty.applies, duty.clock]
    if before.done:
        return before.done, ""
    if before.at is None:
        return None, f"the {before.step.partition(',')[0]} before it has no due time: {before.note}"
    done = _DONE[duty.regime, duty.applies, duty.clock]
    earliest = min(one.at for key, one in known.items() if _DONE[key] == done and one.at)
    return earliest, f"counted from when the {before.step.partition(',')[0]} is due; state when it was sent: {done}"


_DONE = {(duty.regime, duty.applies, duty.step): duty.done for duty in DUTIES}


def _after(starts: datetime, span: Span) -> tuple[datetime | None, str]:
    """When the span ends, and how it was counted."""
    try:
        match span:
            case None:
                return None, ""
            case timedelta():
                return starts + span, ""
            case Months(count):
                return _months_later(starts, count), ""
            case BusinessDays(count):
                return _filing_day(starts, count)
    except OverflowError:
        return None, "it would be after the year 9999"


def _months_later(starts: datetime, count: int) -> datetime:
    """By the calendar of whichever zone of the Union makes it earliest: 23:30 UTC on the 30th of January is the 31st in most of them,
    a month after which ends with February there, before it does in UTC."""
    from dateutil.relativedelta import relativedelta

    zones = (timedelta(hours=hours) for hours in range(4))
    ends: list[datetime] = [starts + zone + relativedelta(months=count) - zone for zone in zones]
    return min(ends)


def _filing_day(starts: datetime, count: int) -> tuple[datetime | None, str]:
    """Of general instruction B.1: what happens on a day that is none counts from the first business day after it, including that one."""
    from dateutil.tz import gettz
    from numpy import busday_offset
    from pandas.tseries.holiday import USFederalHolidayCalendar

    eastern = gettz("America/New_York")
    found = starts.astimezone(eastern).date()
    closed = USFederalHolidayCalendar().holidays(found - timedelta(days=14), found + timedelta(days=4 * count + 14))
    last: date = busday_offset(found, count, roll="backward", holidays=[day.date() for day in closed]).astype(date)
    at = datetime.combine(last, time(17, 30), eastern).astimezone(UTC)
    how = (
        f"{count} business days after {found} (Eastern), U.S. federal holidays left out, at 17:30 Eastern, when EDGAR's filing day ends "
        "(17 CFR 232.13(a)(2)); a day on which the Commission is closed by order is not known here"
    )
    return at, how


def business_days_after(day: date, count: int) -> date:
    """Weekends are left out; holidays, which differ from place to place, are not."""
    left = count
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day
