"""Every figure names both its ends, and a missing end makes it unknown."""

from __future__ import annotations

from datetime import timedelta

import pytest

from irkit.model import Kind
from irkit.plan import document
from irkit.postmortem.metrics import Metric, as_tables, metrics, order_warnings
from irkit.postmortem.story import tell
from irkit.show import View
from tests.postmortem import story
from tests.postmortem.story import KEY, NOW, TOKEN, Journal


def measured(journal: Journal, credential: str = TOKEN.name) -> dict[str, Metric]:
    return {
        metric.name: metric
        for metric in metrics(tell(journal.records, journal.load), NOW)
        if metric.credential == credential
    }


WHOLE = {
    "Time to detect, at least": timedelta(days=39, hours=3, minutes=46),
    "Time to detect, at most": timedelta(days=40, hours=23, minutes=46),
    "Time to contain": timedelta(minutes=42),
    "Time to revoke": timedelta(minutes=42, seconds=6),
    "Exposure, at least": timedelta(days=39, hours=4, minutes=22),
    "Exposure, at most": timedelta(days=41, minutes=28),
    "Time to first use after exposure": timedelta(hours=22, minutes=12, seconds=44),
    "Uses by the credential itself": 214,
    "Unauthorised uses": None,
}


@pytest.mark.parametrize(("name", "value"), WHOLE.items())
def test_the_whole_incident_is_measured(name: str, value: object) -> None:
    assert measured(story.whole())[name].value == value


def test_a_key_is_measured_up_to_its_last_signature() -> None:
    found = measured(story.whole(), KEY.name)
    assert found["Time to re-sign"].value == timedelta(minutes=6)
    assert found["Time to re-sign"].note == "4 of 5 artifacts"


@pytest.mark.parametrize("journal", [story.opened, story.outcome_unknown])
def test_what_is_not_known_is_none_and_shown_as_unknown_never_as_zero(journal) -> None:
    found = measured(journal())
    assert {metric.value for metric in found.values()} == {None}
    shown = View("m", as_tables(tuple(found.values()))).text()
    assert "unknown" in shown
    assert " 0 " not in shown


def test_every_duration_names_both_ends() -> None:
    for metric in measured(story.whole()).values():
        assert isinstance(metric.value, int | None) or (
            metric.start and metric.end and metric.start.name and metric.end.name
        )


def test_accepted_but_alive_is_not_contained() -> None:
    found = measured(story.accepted_but_alive())
    assert found["Time to contain"].value is None
    assert found["Time to revoke"].value is None
    assert found["Exposure, at most"].note == "still open as far as anybody knows"


def test_dead_and_then_alive_again_is_not_contained() -> None:
    journal = story.whole()
    story.stand(journal, 300, "after", story.State.ALIVE, "200")
    assert measured(journal)["Time to contain"].value is None


def test_a_use_before_the_exposure_is_no_first_misuse() -> None:
    journal = story.opened()
    late = story.Bound(
        story.instant(-60, story.Clock.PUSH, "push record", story.Trust.INDEPENDENT),
        story.instant(-30, story.Clock.ALERT, "alert"),
    )
    journal.add(1, Kind.WINDOW, {"credential": TOKEN.name, "window": document(story.Window(late, story.Bound()))})
    story.used(journal, 2)
    found = measured(journal)["Time to first misuse"]
    assert found.value is None
    assert "a person must say" in found.note


@pytest.mark.parametrize(("skipped", "value"), [([], 0), ([{"what": "a.gz", "why": "cut off"}], None)])
def test_no_use_is_zero_only_when_everything_was_read(skipped: list[dict[str, str]], value: int | None) -> None:
    journal = story.opened()
    digest = journal.keep(1, {"by_key": {"events": 0}, "skipped": skipped}, "usage", "audit log")
    journal.add(
        1,
        Kind.USAGE_READ,
        {"credential": TOKEN.name, "evidence": digest, "summary": {"events": 0}, "skipped": len(skipped)},
    )
    assert measured(journal)["Unauthorised uses"].value == value


def test_a_whole_incident_in_order_has_no_warning() -> None:
    journal = story.whole()
    assert order_warnings(tell(journal.records, journal.load)) == ()


def test_a_wrong_order_is_a_warning_and_not_a_failure() -> None:
    journal = story.opened()
    story.planned(journal, 1, story.REVOKE_PLAN)
    story.carry_out(journal, 2, story.REVOKE_PLAN, story.REVOKE, story.Ended.DONE, "202")
    story.approve(journal, 9, story.REVOKE_PLAN, "Bob", story.BOB)
    journal.add(5, Kind.NOTE, {"section": "lessons", "text": "x"})
    late = story.Bound(story.instant(60, story.Clock.PUSH, "push record", story.Trust.INDEPENDENT))
    journal.add(10, Kind.WINDOW, {"credential": TOKEN.name, "window": document(story.Window(late, story.Bound()))})
    warnings = " | ".join(order_warnings(tell(journal.records, journal.load)))
    for words in ("before any approval", "clock went back", "before the earliest time it can have begun"):
        assert words in warnings
