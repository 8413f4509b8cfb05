"""What logs must show before a rotation goes on, as tables: yes, no and unknown, and what a person's word can and cannot say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from irkit.model.seen import Failed, Observed, Seen, Span, together
from irkit.revoke import Word, as_of, quiet, switched

ZERO = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
PLACED, OFF = 10, 60
"""Minutes: the fresh one is in its places; the old one is out of use."""


def at(minute: float) -> datetime:
    return ZERO + timedelta(minutes=minute)


def one(tried: float | None = None, fresh: float | None = None, refused: float | None = None, who: str = "app") -> Seen:
    failed = (Failed("PutObject", "AccessDenied", at(refused)),) if refused is not None else ()
    times = [at(minute) if minute is not None else None for minute in (tried, fresh)]
    return Seen(who, "10.0.0.7", times[0], 1, times[1], 1, failed)


def read(*users: Seen, reaches: float | None = 200, unread: int = 0) -> Observed:
    return Observed(users, at(reaches) if reaches is not None else None, unread)


def logs(**spans: tuple[float, float]) -> Observed:
    """One consumer in each log, at work in the middle of the hour."""
    users = tuple(replace(one(9, 65, who="app" if name == "a" else name), logs=(name,)) for name in spans)
    found = tuple(Span(name, at(begins), at(ends)) for name, (begins, ends) in spans.items())
    return replace(read(*users), logs=found)


SAID = Word("dora", "it was asked", at(500))

SWITCHED = {
    "no log": (None, None, "no log has been read"),
    "all went over": (read(one(9, 20), one(8, 30, who="batch")), True, "2 consumers seen using the fresh one, and none the old one since"),
    "one did not": (read(one(9, 20), one(25, who="batch")), False, "batch at 10.0.0.7, last 2026-05-04 09:25:00Z"),
    "both were used, the fresh one last": (read(one(12, 20)), True, "app at 10.0.0.7 used the old one after it was in place"),
    "one went back": (read(one(25, 20)), False, "the old one is still used"),
    "one was not seen since": (read(one(9, 20), one(8, who="batch")), None, "not seen since the fresh one is in place: batch"),
    "seen with it only before": (read(one(9, 5)), None, "not seen since"),
    "nobody at all": (read(), None, "nobody was seen using the fresh one"),
    "only new ones": (read(one(None, 20)), None, "they do not tell who its consumers are"),
    "both in turn": (read(replace(one(40, 41), began=at(12))), None, "both used in turn, as by several programs that look like one"),
    "in turn, and then the fresh one alone": (read(replace(one(40, 70), began=at(12))), True, "1 consumer seen"),
    "by another clock": (replace(read(one(9, 20)), clock="their clock is ahead"), None, "their clock is ahead"),
    "refused": (read(one(9, 20, 25)), False, "refused with the fresh one: app at 10.0.0.7, PutObject (AccessDenied)"),
    "refused before it was placed": (read(one(9, 20, 5)), True, "1 consumer seen"),
    "half read": (read(one(9, 20), unread=2), None, "2 things of the logs could not be read"),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "answer", "why"), SWITCHED.values(), ids=SWITCHED)
def test_whether_every_consumer_went_over(seen: Observed | None, answer: bool | None, why: str) -> None:
    found = switched(seen, at(PLACED))
    assert (found.yes, why in found.why) == (answer, True), found.why
    spoken = switched(seen, at(PLACED), SAID)
    assert spoken.yes is (True if answer is None else answer)
    assert spoken.why.startswith("on the word of dora") is (answer is None)


def test_a_word_is_about_the_consumers_that_were_known_when_it_was_given() -> None:
    said = replace(SAID, about=("batch at 10.0.0.7",))
    missing = one(8, who="batch")
    assert switched(read(one(9, 20), missing), at(PLACED), said).yes is True
    found = switched(read(one(9, 20), missing, one(7, who="weekly")), at(PLACED), said)
    assert (found.yes, "given before weekly at 10.0.0.7 was known" in found.why) == (None, True)
    assert switched(read(one(9, 20), unread=1), at(PLACED), said).yes is True


def test_logs_that_begin_after_the_fresh_one_was_in_place_do_not_tell_who_used_the_old_one() -> None:
    late = replace(read(one(12, 20)), logs=(Span("a.log", at(11), at(60)),))
    found = switched(late, at(PLACED))
    assert (found.yes, "who used the old one before is not known" in found.why) == (None, True)
    early = switched(replace(late, logs=(Span("a.log", at(2), at(60)),)), at(PLACED))
    assert (early.yes, "by logs from 2026-05-04 09:02:00Z on" in early.why) == (True, True)


def test_a_word_from_before_the_fresh_one_was_placed_says_nothing_of_it() -> None:
    assert switched(None, at(PLACED), Word("dora", "all is well", at(PLACED - 1))).yes is None


QUIET = {
    "no log": (None, 200, None, "no log has been read since"),
    "too early": (read(one(9, 30)), 90, None, "it is observed until 2026-05-04 11:00:00Z"),
    "nobody used it": (read(one(9, 150)), 200, True, "no use of the old one"),
    "a late use": (read(one(70, 30)), 200, False, "was used after it was deactivated: app"),
    "a late user that went over": (read(one(70, 150)), 200, True, "no use of the old one from 2026-05-04 10:10:00Z"),
    "the hours begin anew": (read(one(150, 151)), 200, None, "began anew with a late use"),
    "logs end too early": (read(one(9, 150), reaches=119), 200, None, "end at 2026-05-04 10:59:00Z, before"),
    "nobody knows how far they go": (read(one(9, 150), reaches=None), 200, None, "no log has been read since"),
    "silent since": (read(one(9, 30), one(8, 150, who="batch")), 200, None, "not seen since 2026-05-04 10:00:00Z: app"),
    "a consumer fails": (read(one(9, 150, 160)), 200, False, "a consumer fails"),
    "half read": (read(one(9, 150), unread=1), 200, None, "could not be read"),
    "never seen with the fresh one": (
        read(one(9, 150), one(8, who="weekly")),
        200,
        None,
        "not seen since 2026-05-04 10:00:00Z: weekly",
    ),
    "the old one is in no log": (read(one(None, 150)), 200, None, "would not show a late use"),
    "one of two logs ends early": (
        logs(a=(0, 70), b=(0, 200)),
        200,
        None,
        "not all logs reach 2026-05-04 11:00:00Z: a, which shows app",
    ),
    "one log goes on where another ended": (logs(a=(0, 110), b=(110, 200)), 200, True, "no use of the old one"),
    "a person says they are whole": (
        replace(logs(a=(0, 70), b=(0, 200)), stated=at(200)),
        200,
        True,
        "is a person's word",
    ),
}


@pytest.mark.parametrize(("seen", "now", "answer", "why"), QUIET.values(), ids=QUIET)
def test_whether_the_old_one_was_left_alone(seen: Observed | None, now: float, answer: bool | None, why: str) -> None:
    found = quiet(seen, at(OFF), 1.0, at(now))
    assert (found.yes, why in found.why) == (answer, True), found.why


@pytest.mark.parametrize(
    ("seen", "now", "answer"), [(read(one(70, 30)), 200, False), (read(one(9, 30)), 90, None), (None, 200, True)]
)
def test_a_word_shortens_no_hours_and_denies_no_use(seen: Observed | None, now: float, answer: bool | None) -> None:
    assert quiet(seen, at(OFF), 1.0, at(now), SAID).yes is answer


def test_where_nothing_puts_it_out_of_use_a_use_is_said_to_be_one() -> None:
    found = quiet(read(one(70, 30)), at(OFF), 1.0, at(200), lives=True)
    assert (found.yes, found.late) == (False, ("app at 10.0.0.7",))
    assert found.why.startswith("the old one is still used")


def test_readings_add_up_and_the_last_one_says_what_was_not_read() -> None:
    assert together(()) is None
    first = read(one(9, None), one(8, 20, who="batch"), reaches=30, unread=3)
    found = together((first, read(one(None, 40), reaches=45), read(reaches=None)))
    assert found == Observed((one(9, 40), one(8, 20, who="batch")), at(45), 0)


def test_what_one_reading_could_not_read_is_not_read_by_a_reading_of_other_logs() -> None:
    first = replace(read(one(9, 20), unread=3), paths=("/logs/monday",))
    other, again = (replace(read(reaches=300), paths=(path,)) for path in ("/logs/tuesday", "/logs"))
    both = together((first, other))
    assert both is not None
    assert both.unread == 3
    assert quiet(both, at(OFF), 1.0, at(400)).yes is None
    mended = together((first, other, again))
    assert mended is not None
    assert mended.unread == 0


def test_a_refusal_is_over_when_the_same_call_is_let_in_and_not_when_another_log_does_not_know_of_it() -> None:
    refused, elsewhere = read(one(9, 20, 25)), read(one(None, 60))
    mended = read(replace(one(None, 60), let_in=(("PutObject", at(60)),)))
    for later, left in ((elsewhere, 1), (mended, 0)):
        for readings in ((refused, later), (later, refused)):
            found = together(readings)
            assert found is not None
            assert len(found.users[0].failed) == left


def test_what_was_in_a_log_that_was_rotated_away_was_not_read_again() -> None:
    first = replace(read(one(9, 20), unread=3), paths=("a.log",), logs=(Span("a.log", at(0), at(20)),))
    for begins, unread in ((0, 0), (30, 3)):
        found = together((first, replace(read(), paths=("a.log",), logs=(Span("a.log", at(begins), at(60)),))))
        assert found is not None
        assert found.unread == unread


def test_what_was_read_long_ago_opens_nothing_and_a_word_does() -> None:
    yes, spoken = switched(read(one(9, 20)), at(PLACED)), switched(None, at(PLACED), SAID)
    for now, answer in ((60, True), (60 * 24 + 21, None)):
        assert as_of(yes, at(20), at(now), 0).yes is answer
        assert as_of(spoken, at(20), at(now), 0).yes is True
    assert as_of(yes, at(20), at(60 * 30), 48).yes is True
