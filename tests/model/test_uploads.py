"""What a registry recorded, beside a window: yes, no, and everything that no record can tell."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from irkit.model import Bound, Clock, Instant, PackageRecord, Trust, Upload, Window, parse_instant
from irkit.model.uploads import published, unknown


def at(minute: int, second: int = 0) -> datetime:
    return parse_instant(f"2026-03-01T12:{minute:02}:{second:02}Z")


def instant(minute: int, second: int = 0) -> Instant:
    return Instant(at(minute, second), Clock.PUBLIC, "the registry", Trust.INDEPENDENT)


def record(*uploads: Upload, **known: object) -> PackageRecord:
    return PackageRecord("widget", "npm", "a saved answer", uploads=uploads, **known)  # type: ignore[arg-type]


OPEN = Window(Bound(instant(10), instant(10)), Bound(instant(40), None))
SHUT = Window(Bound(instant(10), instant(10)), Bound(instant(40), instant(40)))

# the registry's time, how far its clock was ahead (None: not measured), and whether the token was exposed then
BESIDE = {
    "long before": ((1,), 0.0, False),
    "inside": ((20,), 0.0, True),
    "at its very beginning": ((10,), 0.0, True),
    "a moment before it, less than the clocks can tell": ((9, 59), 0.0, None),
    "before it, by more than the clocks can tell": ((9, 50), 0.0, False),
    "before it, by less than a clock was wrong": ((9,), 90.0, None),
    "before it, and nobody compared the clocks": ((6,), None, None),
    "long before it, and nobody compared the clocks": ((4,), None, False),
    "a moment after it": ((40, 1), 0.0, None),
    "after it": ((41,), 0.0, False),
    "after it, and nobody compared the clocks": ((44,), None, None),
    "long after it, and nobody compared the clocks": ((46,), None, False),
}


@pytest.mark.parametrize("case", BESIDE)
def test_a_no_is_said_only_where_no_difference_of_clocks_could_make_it_a_yes(case: str) -> None:
    when, ahead, exposed = BESIDE[case]
    (one,) = published([record(Upload("widget@1", instant(*when)), asked=at(50), ahead_s=ahead)])
    assert one.exposed(SHUT) is exposed


def test_without_a_window_or_a_time_it_is_unknown() -> None:
    told = published([record(Upload("widget@1", instant(20)), Upload("widget@2", None))])
    assert [one.exposed(None) for one in told] == [None, None]
    assert [one.exposed(SHUT) for one in told] == [True, None]


def why(records: list[PackageRecord], window: Window) -> str:
    return "\n".join(" ".join(pair) for pair in unknown(records, [window]))


def test_what_came_after_the_registry_was_asked_is_unknown() -> None:
    early, late = record(asked=at(30)), record(asked=at(41))
    assert "before the credential was dead" in why([early], SHUT)
    assert "nothing shows yet that the credential is dead" in why([late], OPEN)
    assert "asked" not in why([early, late], SHUT)
    saved = why([record(Upload("widget@1", instant(20)))], SHUT)
    assert "nobody knows when a saved answer was saved" in saved
    assert "2026-03-01T12:20:00Z" in saved


def test_a_record_never_shows_that_nothing_was_published() -> None:
    for records in ([record(asked=at(50))], [record(answered=False, gaps=("404",))]):
        assert "other packages" in why(records, SHUT)
    assert "taken out again may be in no record" in why([record(asked=at(50))], SHUT)
    assert "404" in why([record(answered=False, gaps=("404",))], SHUT)


def test_a_version_that_a_later_record_does_not_know_was_taken_out() -> None:
    gone = record(Upload("widget@1", instant(1)), Upload("widget@2", instant(20)), asked=at(30))
    left = record(Upload("widget@1", instant(1)), asked=at(50))
    kept, taken = published([gone, left])
    assert (kept.upload.name, kept.notes) == ("widget@1", ())
    assert taken.exposed(SHUT) is True
    assert "taken out meanwhile" in " ".join(taken.notes)
    # That there was no answer shows nothing.
    failed = record(answered=False, asked=at(59))
    assert [one.notes for one in published([gone, failed])] == [(), ()]


def test_a_version_that_was_replaced_is_told_twice() -> None:
    first = record(Upload("widget@1", instant(1), "aa"), asked=at(5))
    then = record(Upload("widget@1", instant(20), "bb"), asked=at(50))
    told = published([first, then])
    assert [one.exposed(SHUT) for one in told] == [False, True]
    assert "it was replaced" in " ".join(note for one in told for note in one.notes)
    same = record(Upload("widget@1", instant(1)), asked=at(50))
    assert len(published([first, same])) == 1  # the same time; only one of them has a digest


def test_the_margin_is_five_minutes_where_the_clocks_were_not_compared() -> None:
    assert record().margin == timedelta(minutes=5)
    assert record(ahead_s=-3.0).margin == timedelta(seconds=5)
