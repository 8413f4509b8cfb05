"""When each duty is due, counted by hand from calendars."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from irkit.model import Kind, parse_instant
from irkit.postmortem import Due, postmortem
from irkit.postmortem.sections.notifications import left
from irkit.postmortem.standards.clocks import business_days_after, due
from irkit.postmortem.standards.duties import DUTIES, MILESTONES
from tests.postmortem import story


def found(regime: str, step: str, decided: dict[str, str] | None = None, **stated: str) -> Due:
    """The duty of that regime whose step begins so and whose condition holds the word behind a colon."""
    begins, _, word = step.partition(": ")
    dues = due({name: parse_instant(at) for name, at in stated.items()}, decided or {})
    return next(one for one in dues if one.regime == regime and one.step.startswith(begins) and word in one.applies)


DATES = {
    "GDPR, hours over a leap day": ("GDPR", "notify", {"aware_at": "2028-02-28T10:00:00Z"}, "2028-03-02T10:00:00Z"),
    "GDPR, the same without one": ("GDPR", "notify", {"aware_at": "2026-02-28T10:00:00Z"}, "2026-03-03T10:00:00Z"),
    "GDPR, a zone of its own": ("GDPR", "notify", {"aware_at": "2026-03-28T23:30:00+01:00"}, "2026-03-31T22:30:00Z"),
    "GDPR, no span": ("GDPR", "tell", {"aware_at": "2026-05-04T09:00:00Z"}, None),
    "NIS2, early warning": ("NIS2", "early", {"aware_at": "2026-12-31T12:00:00Z"}, "2027-01-01T12:00:00Z"),
    "NIS2, a month after what was sent": (
        "NIS2", "final", {"aware_at": "2026-01-30T00:00:00Z", "nis2_notified_at": "2026-01-31T18:00:00Z"}, "2026-02-28T18:00:00Z",
    ),
    "NIS2, the last day of January in Brussels, not yet in UTC": (
        "NIS2", "final", {"aware_at": "2026-01-30T00:00:00Z", "nis2_notified_at": "2026-01-30T23:30:00Z"}, "2026-02-27T23:30:00Z",
    ),
    "NIS2, a month from a leap day's eve": (
        "NIS2", "final", {"aware_at": "2028-01-30T00:00:00Z", "nis2_notified_at": "2028-01-31T18:00:00Z"}, "2028-02-29T18:00:00Z",
    ),
    "NIS2, a month after when it is due": ("NIS2", "final", {"aware_at": "2026-08-28T06:00:00Z"}, "2026-09-30T06:00:00Z"),
    "NIS2, nobody aware": ("NIS2", "final", {}, None),
    "DORA, from classification": (
        "DORA", "initial notification, 4 h", {"classified_at": "2026-05-04T22:00:00Z"}, "2026-05-05T02:00:00Z",
    ),
    "DORA, from awareness": ("DORA", "initial notification, 24 h", {"aware_at": "2026-05-04T22:00:00Z"}, "2026-05-05T22:00:00Z"),
    "DORA, from what was sent": (
        "DORA", "intermediate report", {"classified_at": "2026-05-04T22:00:00Z", "dora_initial_at": "2026-05-04T23:00:00Z"},
        "2026-05-07T23:00:00Z",
    ),
    "DORA, the other reading": (
        "DORA", "intermediate report, the other", {"classified_at": "2026-05-04T22:00:00Z"}, "2026-05-07T22:00:00Z",
    ),
    "CRA, before it applies": ("CRA", "early: severe", {"aware_at": "2026-09-10T23:59:59Z"}, None),
    "CRA, when it applies": ("CRA", "early: severe", {"aware_at": "2026-09-11T00:00:00Z"}, "2026-09-12T00:00:00Z"),
    "CRA, incident: a month": ("CRA", "final: severe", {"aware_at": "2026-10-28T08:00:00Z"}, "2026-11-30T08:00:00Z"),
    "CRA, vulnerability: from the fix": (
        "CRA", "final: exploited", {"aware_at": "2026-10-28T08:00:00Z", "fix_available_at": "2026-11-20T08:00:00Z"}, "2026-12-04T08:00:00Z",
    ),
    "CRA, vulnerability: no fix yet": ("CRA", "final: exploited", {"aware_at": "2026-10-28T08:00:00Z"}, None),
    "SEC, a Monday in summer": ("SEC", "form 8-K", {"material_at": "2026-06-01T15:00:00Z"}, "2026-06-05T21:30:00Z"),
    "SEC, a Friday evening is Friday there, Saturday here": (
        "SEC", "form 8-K", {"material_at": "2026-06-06T02:00:00Z"}, "2026-06-11T21:30:00Z",
    ),
    "SEC, a Saturday: Monday is the first day": ("SEC", "form 8-K", {"material_at": "2026-06-06T15:00:00Z"}, "2026-06-11T21:30:00Z"),
    "SEC, over Thanksgiving, in winter": ("SEC", "form 8-K", {"material_at": "2026-11-24T15:00:00Z"}, "2026-12-01T22:30:00Z"),
    "SEC, on a holiday that is kept the day before": (
        "SEC", "form 8-K", {"material_at": "2026-07-03T15:00:00Z"}, "2026-07-09T21:30:00Z",
    ),
    "SEC, over the end of summer time": ("SEC", "form 8-K", {"material_at": "2026-10-29T15:00:00Z"}, "2026-11-04T22:30:00Z"),
    "HIPAA, over a leap day": ("HIPAA", "tell", {"aware_at": "2028-01-15T00:00:00Z"}, "2028-03-15T00:00:00Z"),
    "PCI, at once": ("PCI", "tell", {"aware_at": "2026-05-04T09:00:00Z"}, None),
    "California, since 2026": ("California", "tell", {"aware_at": "2025-12-31T23:00:00Z"}, None),
    "the last years there are": ("GDPR", "notify", {"aware_at": "9999-12-31T00:00:00Z"}, None),
}  # fmt: skip


@pytest.mark.parametrize(("regime", "step", "stated", "at"), DATES.values(), ids=DATES)
def test_a_duty_is_due_when_the_calendar_says(regime: str, step: str, stated: dict[str, str], at: str | None) -> None:
    one = found(regime, step, None, **stated)
    assert one.at == (parse_instant(at) if at else None)
    assert at or one.note, "without a due time it says why"


def test_a_step_that_nobody_says_was_taken_starts_the_next_when_it_is_due_and_says_so() -> None:
    one = found("NIS2", "final", None, aware_at="2026-08-28T06:00:00Z")
    assert one.starts == parse_instant("2026-08-31T06:00:00Z")
    assert "state when it was sent: nis2_notified_at" in one.note


def test_what_is_left_is_told_by_the_moment_of_writing() -> None:
    one = found("GDPR", "notify", None, aware_at="2026-05-04T09:00:00Z")
    assert left(one, parse_instant("2026-05-04T10:00:00Z")) == "2 d 23 h"
    assert left(one, parse_instant("2026-05-08T09:00:00Z")) == "overdue by 1 d"
    assert left(found("PCI", "tell", None, aware_at="2026-05-04T09:00:00Z"), datetime(2026, 5, 4, tzinfo=UTC)) is None


def test_a_duty_that_was_done_has_nothing_left_and_says_when_it_was_late() -> None:
    late = found("GDPR", "notify", None, aware_at="2026-05-04T09:00:00Z", gdpr_notified_at="2026-05-09T09:00:00Z")
    assert late.left(datetime(2026, 6, 1, tzinfo=UTC)) is None
    assert left(late, datetime(2026, 6, 1, tzinfo=UTC)) == "done on 2026-05-09 09:00:00Z, after it was due"


def test_what_people_decided_of_a_regime_stands_with_its_steps() -> None:
    assert found("PCI", "tell", {"PCI": "does not apply: no cards"}).decided == "does not apply: no cards"


def test_every_duty_names_its_text_and_a_milestone_of_its_own() -> None:
    assert all(duty.source and duty.done in MILESTONES for duty in DUTIES)
    assert len({(duty.regime, duty.applies, duty.step) for duty in DUTIES}) == len(DUTIES)
    steps = {(duty.regime, duty.step) for duty in DUTIES}
    assert all(duty.clock in MILESTONES or (duty.regime, duty.clock) in steps for duty in DUTIES)


def test_the_last_of_a_milestone_counts_and_all_are_told() -> None:
    journal = story.opened()
    for at in ("2026-05-04T12:00:00Z", "2026-05-04T13:00:00Z"):
        journal.add(5, Kind.MILESTONE, {"name": "classified_at", "at": at, "why": "the security officer"})
    journal.add(6, Kind.MILESTONE, {"name": "aware_at", "at": "no time", "why": ""})
    made = postmortem(journal.records, journal.load, story.NOW)
    assert next(one.at for one in made.due if "4 h" in one.step) == parse_instant("2026-05-04T17:00:00Z")
    assert sum("classified_at" in event.what for event in made.events) == 2
    assert any("journal record" in words for words in map(str, made.section("open").blocks))
    assert next(one for one in made.due if one.regime == "GDPR").starts == story.START - timedelta(minutes=14)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [(date(2026, 5, 4), 5, date(2026, 5, 11)), (date(2026, 5, 9), 5, date(2026, 5, 15)), (date(2026, 5, 8), 15, date(2026, 5, 29))],
)  # fmt: skip
def test_business_days_leave_weekends_out(day: date, count: int, expected: date) -> None:
    assert business_days_after(day, count) == expected
