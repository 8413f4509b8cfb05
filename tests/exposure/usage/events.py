"""Events and windows for tables of cases; everything in them is visibly fake."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from irkit.exposure.usage import Finding, UsageReport, summarise
from irkit.model import Bound, Clock, Instant, MatchKind, Trust, UsageEvent, Window

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY, USER = "AKIAFAKE", "arn:aws:iam::111122223333:user/fake"


def use(minute: float, number: int = 0, **more: Any) -> UsageEvent:
    base = UsageEvent(
        source="aws-cloudtrail", event_id=f"e{number or minute}", at=NOON + timedelta(minutes=minute), key=KEY,
        match=MatchKind.EXACT_ID, action="ListUsers", service="iam.amazonaws.com", principal=USER, address="192.0.2.1",
        agent="fake/1", region="us-east-1", outcome="ok", writes=False, file="log.json",
    )  # fmt: skip
    return replace(base, **more)


def past(days: int = 10, **more: Any) -> list[UsageEvent]:
    """The owner's ordinary use: three calls a day before noon."""
    return [
        use(-1440 * day - step, 10_000 + day * 10 + step, **more) for day in range(1, days + 1) for step in range(3)
    ]


def opened(earliest: int | None, latest: int | None) -> Window:
    def at(minute: int | None) -> Instant | None:
        return None if minute is None else Instant(NOON + timedelta(minutes=minute), Clock.PUSH, "x", Trust.INDEPENDENT)

    return Window(Bound(at(earliest), at(latest)), Bound())


def report(*events: UsageEvent, **more: Any) -> UsageReport:
    return summarise(events, credential={"name": "fake"}, **more)


def titles(*events: UsageEvent, **more: Any) -> dict[str, Finding]:
    return {one.title: one for one in report(*events, **more).findings}


def found(words: str, *events: UsageEvent, **more: Any) -> Finding | None:
    """The finding whose title holds the words; None when there is none."""
    return next((one for one in report(*events, **more).findings if words in one.title), None)
