"""Instants keep their zone and their trust; a window answers yes, no, or that it cannot be told."""

from datetime import UTC, datetime, timedelta

import pytest

from irkit.errors import BadInput
from irkit.model import Bound, Clock, Instant, Trust, Window, iso, parse_instant


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def instant(day: int, hour: int = 0) -> Instant:
    return Instant(at(day, hour), Clock.PUSH, "a server", Trust.INDEPENDENT)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(BadInput):
        Instant(datetime(2026, 3, 1), Clock.PUSH, "a server", Trust.INDEPENDENT)  # noqa: DTZ001
    with pytest.raises(BadInput):
        parse_instant("2026-03-01T12:00:00")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00Z"),
        ("2026-03-01T12:00:00.250Z", "2026-03-01T12:00:00.250000Z"),
    ],
)
def test_times_are_shown_in_utc(text, shown):
    assert iso(parse_instant(text)) == shown


def test_a_bound_that_contradicts_itself_is_refused():
    with pytest.raises(BadInput):
        Bound(instant(2), instant(1))


CLOSED = Window(Bound(instant(1), instant(3)), Bound(instant(8), instant(9)))
OPEN = Window(Bound(instant(1), instant(3)), Bound())
LOOSE = Window(Bound(None, instant(3)), Bound(None, instant(9)))


@pytest.mark.parametrize(
    ("window", "day", "answer"),
    [
        (CLOSED, 0 + 1, None),  # between earliest and latest opening
        (CLOSED, 3, True),
        (CLOSED, 8, True),
        (CLOSED, 10, False),
        (OPEN, 20, True),
        (OPEN, 2, None),
        (LOOSE, 1, None),
        (LOOSE, 5, None),  # the last time it was seen alive is not known
        (LOOSE, 10, False),
    ],
)
def test_a_window_says_yes_no_or_unknown(window, day, answer):
    assert window.contains(at(day)) is answer


def test_before_the_earliest_opening_is_no():
    assert CLOSED.contains(at(1) - timedelta(seconds=1)) is False


def test_lengths_have_two_bounds_and_may_be_unknown():
    assert CLOSED.longest(at(20)) == timedelta(days=8)
    assert CLOSED.shortest() == timedelta(days=5)
    assert OPEN.longest(at(20)) == timedelta(days=19)
    assert OPEN.shortest() is None
    assert LOOSE.longest(at(20)) is None
