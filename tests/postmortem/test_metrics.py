"""Every figure names both its ends, and a missing end makes it unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from irkit.model import Bound, Clock, Kind, State, Trust, Window
from irkit.plan import Action, Ended, GpgCommand, document
from irkit.postmortem.metrics import Metric, as_tables, metrics, order_warnings
from irkit.postmortem.telling import tell
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
    taken = found.pop("Time to acknowledge")
    assert taken.value == (timedelta(minutes=14) if journal is story.opened else None)
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
    story.stand(journal, 300, "after", State.ALIVE, "200")
    assert measured(journal)["Time to contain"].value is None


def test_refused_and_not_proved_dead_is_not_contained() -> None:
    journal = story.whole()
    why = "it is refused, and so is a credential of its kind that should work"
    journal.add(300, Kind.VERDICT, {"credential": TOKEN.name, "verdict": "inconclusive", "why": why})
    assert measured(journal)["Time to contain"].value is None


def test_a_use_before_the_exposure_is_no_first_misuse() -> None:
    journal = story.opened()
    late = Bound(
        story.instant(-60, Clock.PUSH, "push record", Trust.INDEPENDENT),
        story.instant(-30, Clock.ALERT, "alert"),
    )
    journal.add(1, Kind.WINDOW, {"credential": TOKEN.name, "window": document(Window(late, Bound()))})
    story.used(journal, 2)
    found = measured(journal)["Time to first misuse"]
    assert found.value is None
    assert "a person must say" in found.note


@pytest.mark.parametrize(
    ("skipped", "regions", "value"),
    [([], [], 0), ([{"what": "a.gz", "why": "cut off"}], [], None), ([], ["eu-west-1"], None)],
)
def test_no_use_is_zero_only_when_everything_was_read(
    skipped: list[dict[str, str]], regions: list[str], value: int | None
) -> None:
    journal = story.opened()
    read = {"by_key": {"events": 0}, "skipped": skipped, "regions_read": regions}
    digest = journal.keep(1, read, "usage", "audit log")
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
    story.carry_out(journal, 2, story.REVOKE_PLAN, story.REVOKE, Ended.DONE, "202")
    story.approve(journal, 9, story.REVOKE_PLAN, "Bob", story.BOB)
    journal.add(5, Kind.NOTE, {"section": "lessons", "text": "x"})
    late = Bound(story.instant(60, Clock.PUSH, "push record", Trust.INDEPENDENT))
    journal.add(10, Kind.WINDOW, {"credential": TOKEN.name, "window": document(Window(late, Bound()))})
    warnings = " | ".join(order_warnings(tell(journal.records, journal.load)))
    for words in ("before any approval", "clock went back", "before the earliest time it can have begun"):
        assert words in warnings


def test_a_key_is_contained_when_its_revocation_is_read_back_and_not_when_it_lies_at_home() -> None:
    journal = story.whole()
    contained = measured(journal, KEY.name)["Time to contain"]
    assert (contained.value, contained.end and contained.end.name) == (
        None,
        "its revocation was read back from where it is published",
    )
    for minute, place, old in (
        (70, "hkp://a", "good"),
        (80, "hkp://a", "revoked"),
        (75, "hkp://b", "revoked"),
        (90, "hkp://b", "good"),
    ):
        journal.add(minute, Kind.PUBLISHED, {"place": place, "old": old, "new": "present", "why": "read back"})
    contained, revoked = (measured(journal, KEY.name)[name] for name in ("Time to contain", "Time to revoke"))
    assert contained.end
    assert revoked.end
    assert contained.end.at == story.START + timedelta(minutes=80)
    assert revoked.end.name == "its revocation was made"


def test_re_signing_has_no_end_while_a_step_that_signs_is_not_done() -> None:
    journal = story.whole()
    sign = Action("sign-rpm", "late.rpm", "sign late.rpm", GpgCommand("sign-rpm", ""), irreversible=False)
    story.planned(journal, 61, replace(story.RESIGN_PLAN, actions=(*story.RESIGN_PLAN.actions, sign)))
    found = measured(journal, KEY.name)["Time to re-sign"]
    assert (found.value, "of 1 steps are not done" in found.note) == (None, True)


def test_that_nobody_said_who_took_it_up_is_named_by_what_is_known_instead() -> None:
    taken = measured(story.opened())["Time to acknowledge"]
    assert taken.end
    assert taken.end.name == "the case was opened"
