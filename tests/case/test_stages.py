"""Where a case stands: the rules of the four stages, of its clocks, and of what waits for whom, as tables over a journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from irkit.case import running, waiting
from irkit.case.approvals import Approver
from irkit.case.ledger import Ledger
from irkit.case.stages import contained, exposed, resigned, stages, written
from irkit.case.status import _credential_row
from irkit.model import Kind, State
from irkit.plan import Approval, Ended, document
from irkit.postmortem.standards.duties import DUTIES
from irkit.show import Stage
from tests.postmortem import story
from tests.postmortem.story import BY_HAND, KEY, NOW, OLD, RESIGN_PLAN, REVOKE, REVOKE_KEY, REVOKE_PLAN, TOKEN, Journal

Tell = Callable[[Journal], None]


def found(occurrences: int, skipped: int = 0) -> Tell:
    body = {"evidence": "", "occurrences": occurrences, "live": 1, "skipped": skipped, "paths": ["x"]}
    by_credential = {TOKEN.name: occurrences}
    return lambda journal: journal.add(4, Kind.LOCATED, body | {"by_credential": by_credential}) and None


def windowed(closed: float | None) -> Tell:
    body = {"credential": TOKEN.name, "window": document(story.window(closed))}
    return lambda journal: journal.add(5, Kind.WINDOW, body) and None


def alerted(journal: Journal) -> None:
    journal.add(2, Kind.ALERTED, {"credential": TOKEN.name, "report": "r", "alert": {}, "instant": None})


def judged(yes: bool | None, *why: str) -> Tell:
    body = {"credential": TOKEN.name, "contained": yes, "why": list(why)}
    return lambda journal: journal.add(30, Kind.CONTAINED, body) and None


def stood(state: State, moment: str = "after") -> Tell:
    return lambda journal: story.stand(journal, 31, moment, state, "it said so")


def published(place: str, old: str) -> Tell:
    body = {"place": place, "old": old, "new": "present", "why": ""}
    return lambda journal: journal.add(60, Kind.PUBLISHED, body) and None


def revoked_key(journal: Journal) -> None:
    journal.add(52, Kind.KEY_REVOKED, {"key": OLD, "reason": "compromised"})


def planned(plan: Any) -> Tell:
    return lambda journal: story.planned(journal, 15, plan)


def ended(plan: Any, action: Any, how: Ended | None) -> Tell:
    return lambda journal: story.carry_out(journal, 20, plan, action, how, "so it was")


def exported(journal: Journal) -> None:
    journal.add(110, Kind.EXPORTED, {"path": "postmortem.html", "sha256": "5e" * 32})


def noted(journal: Journal) -> None:
    journal.add(120, Kind.NOTE, {"section": "lessons", "text": "one more thing"})


def journal_of(*told: Tell, about: Any = TOKEN) -> Journal:
    journal = story.opened(*(about if isinstance(about, tuple) else (about,)))
    for tell in told:
        tell(journal)
    return journal


EXPOSED: dict[str, tuple[tuple[Tell, ...], tuple[str, str]]] = {
    "nobody looked": ((), ("unknown", "warn")),
    "found": ((found(3),), ("yes", "bad")),
    "found, and over": ((found(3), windowed(28)), ("yes", "info")),
    "found, still open": ((found(3), windowed(None)), ("yes", "bad")),
    "found nowhere": ((found(0),), ("no", "ok")),
    "found nowhere, but not all could be read": ((found(0, skipped=2),), ("unknown", "warn")),
    "found nowhere, but a scanner had alerted": ((alerted, found(0)), ("yes", "bad")),
    "found nowhere, but other records show that it was out": ((found(0), windowed(None)), ("yes", "bad")),
    "the latest search counts": ((found(3), found(0)), ("no", "ok")),
}


@pytest.mark.parametrize(("told", "expected"), EXPOSED.values(), ids=EXPOSED)
def test_exposed(told: tuple[Tell, ...], expected: tuple[str, str]) -> None:
    stage = exposed(journal_of(*told).records, (TOKEN,))
    assert (stage.answer, stage.level) == expected
    assert stage.detail


CONTAINED: dict[str, tuple[Any, tuple[Tell, ...], tuple[str, str]]] = {
    "nobody asked": (TOKEN, (), ("unknown", "nobody has asked")),
    "planned": (TOKEN, (planned(REVOKE_PLAN),), ("unknown", "planned")),
    "it works": (TOKEN, (stood(State.ALIVE, "before"),), ("no", "it works")),
    "a look-alike says nothing": (TOKEN, (stood(State.ALIVE, "control"),), ("unknown", "nobody has asked")),
    "seen dead once": (TOKEN, (stood(State.DEAD),), ("unknown", "not proven")),
    "proven": (TOKEN, (judged(True, "proven dead"),), ("yes", "")),
    "what it begot lives": (TOKEN, (judged(False, "a key lives", "and another"),), ("no", "a key lives (and 1 more")),
    "not known": (TOKEN, (judged(None, "nobody can be asked"),), ("unknown", "nobody can be asked")),
    "judged again": (TOKEN, (judged(False, "a key lives"), judged(True)), ("yes", "")),
    "it answers again": (TOKEN, (judged(True), stood(State.ALIVE)), ("no", "answered again")),
    "a key, nothing done": (KEY, (), ("unknown", "no place was asked")),
    "a key, revoked at home": (KEY, (revoked_key,), ("unknown", "read back nowhere")),
    "a key, read back": (KEY, (revoked_key, published("wkd:x", "revoked")), ("yes", "read back from 1 place")),
    "a key that others see as good": (KEY, (published("wkd:x", "good"),), ("no", "not revoked")),
    "the worst decides": ((TOKEN, KEY), (judged(True), published("wkd:x", "good")), ("no", "1 of 2")),
    "unknown is not yes": ((TOKEN, KEY), (judged(True),), ("unknown", "1 of 2")),
}


def test_contained_by_logs_from_before_the_death_says_so() -> None:
    journal = story.opened()
    body = {"credential": TOKEN.name, "contained": True, "why": ["dead"], "logs_read_at": "2026-03-01T10:00:00Z"}
    journal.add(30, Kind.CONTAINED, body)
    stage = contained(journal.records, (TOKEN,), Ledger.of(journal.records))
    assert stage.answer == "yes"
    assert "by logs read 2026-03-01 10:00:00Z, before it died" in stage.detail


@pytest.mark.parametrize(("about", "told", "expected"), CONTAINED.values(), ids=CONTAINED)
def test_contained(about: Any, told: tuple[Tell, ...], expected: tuple[str, str]) -> None:
    records = journal_of(*told, about=about).records
    credentials = about if isinstance(about, tuple) else (about,)
    stage = contained(records, credentials, Ledger.of(records))
    assert stage.answer == expected[0]
    assert expected[1] in stage.detail


RESIGNED: dict[str, tuple[Any, tuple[Tell, ...], tuple[str, str]]] = {
    "no key leaked": (TOKEN, (), ("apart", "info")),
    "no plan": (KEY, (), ("no", "warn")),
    "a plan": (KEY, (planned(RESIGN_PLAN),), ("no", "warn")),
    "begun": (KEY, (planned(RESIGN_PLAN), ended(RESIGN_PLAN, REVOKE_KEY, None)), ("unknown", "warn")),
    "failed": (KEY, (planned(RESIGN_PLAN), ended(RESIGN_PLAN, REVOKE_KEY, Ended.FAILED)), ("no", "bad")),
    "done": (KEY, (planned(RESIGN_PLAN), ended(RESIGN_PLAN, REVOKE_KEY, Ended.DONE)), ("yes", "ok")),
}


@pytest.mark.parametrize(("about", "told", "expected"), RESIGNED.values(), ids=RESIGNED)
def test_resigned(about: Any, told: tuple[Tell, ...], expected: tuple[str, str]) -> None:
    records = journal_of(*told, about=about).records
    stage = resigned(records, (about,), Ledger.of(records))
    assert (stage.answer, stage.level) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [((), ("no", "warn")), ((exported,), ("yes", "ok")), ((exported, noted), ("yes", "warn"))],
    ids=["not yet", "written", "the case went on"],
)
def test_written(told: tuple[Tell, ...], expected: tuple[str, str]) -> None:
    stage = written(journal_of(*told).records)
    assert (stage.answer, stage.level) == expected


def test_a_whole_incident_stands_where_its_journal_says() -> None:
    found_now = stages(story.whole().records, (TOKEN, KEY))
    assert [(one.label, one.answer) for one in found_now] == [
        ("Exposed", "yes"),
        ("Contained", "unknown"),
        ("Re-signed", "yes"),
        ("Written", "yes"),
    ]
    assert all(isinstance(one, Stage) and one.detail for one in found_now)


# Clocks


def clocks(journal: Journal, aware: bool = True, approved: Any = (), hours: float = 0) -> list[tuple[str, str | None]]:
    at = story.START - timedelta(minutes=14) if aware else None
    now = NOW + timedelta(hours=hours)
    told = running.running(journal.records, Ledger.of(journal.records), at, approved, now)
    assert running.table(told, now).rows
    return [(one.what, one.told(now)) for one in told]


def approval(hours_ago: float = 1) -> Approval:
    return Approval(REVOKE_PLAN.digest, story.BOB, "Bob", NOW - timedelta(hours=hours_ago), "", "")


def test_without_a_moment_of_awareness_no_clock_of_the_law_is_made_up() -> None:
    assert clocks(journal_of(), aware=False) == [("The team has been aware", None)]


def test_the_next_clock_of_the_law_is_named_and_how_many_went_before() -> None:
    first = dict(clocks(journal_of()))
    assert first["The team has been aware"] == "for 23 h 14 min"
    assert first["NIS2: early warning"] == "in 46 min"
    later = clocks(journal_of(), hours=2)
    assert not [what for what, _ in later if "early warning" in what]
    after = story.START + timedelta(days=2000)
    late = running.running((), Ledger(), story.START, (), after)[-1]
    assert str(late.told(after)).startswith("passed ")
    assert "before it passed" in late.note
    assert "Not legal advice" in late.note


def test_a_moment_stated_later_counts_and_a_duty_that_was_done_runs_no_more() -> None:
    def said(name: str, minutes: float) -> Tell:
        body = {"name": name, "at": (story.START + timedelta(minutes=minutes)).isoformat(), "why": "a person"}
        return lambda journal: journal.add(7, Kind.MILESTONE, body) and None

    assert dict(clocks(journal_of(said("aware_at", 0))))["The team has been aware"] == "for 23 h"
    warned = next(duty.done for duty in DUTIES if (duty.regime, duty.step[:5]) == ("NIS2", "early"))
    assert "NIS2: early warning" not in dict(clocks(journal_of(said(warned, 30))))


def test_an_open_window_runs_and_a_closed_one_does_not() -> None:
    assert "Exposed at the longest" in dict(clocks(journal_of(windowed(None))))
    assert not [what for what, _ in clocks(journal_of(windowed(28))) if what.startswith("Exposed")]


def test_an_approval_runs_out_only_as_long_as_something_is_still_to_be_sent() -> None:
    ours = [(REVOKE_PLAN, (approval(),))]
    assert (f"Approval of {REVOKE_PLAN.name} by Bob", "in 23 h") in clocks(
        journal_of(planned(REVOKE_PLAN)), approved=ours
    )
    done = journal_of(planned(REVOKE_PLAN), ended(REVOKE_PLAN, REVOKE, Ended.DONE))
    assert not [what for what, _ in clocks(done, approved=ours) if what.startswith("Approval")]


# What waits for whom

PEOPLE = {
    story.ALICE: Approver(story.ALICE, "Alice <alice@example.org>", ""),
    story.BOB: Approver(story.BOB, "Bob", ""),
    "C0": Approver("C0", "Builder [bot]", "", automation=True),
}


def waits(journal: Journal, approved: Any) -> list[tuple[str, str]]:
    ledger = Ledger.of(journal.records)
    found_now = waiting.waits(journal.records, ledger, PEOPLE, approved, "alice")
    assert len(waiting.table(found_now).rows) == len(found_now)
    return [(one.what, one.whom) for one in found_now]


def test_a_plan_waits_for_those_who_may_sign_it_and_have_not() -> None:
    theirs = replace(REVOKE_PLAN, author="carol")
    journal = journal_of(planned(theirs))
    (what, whom) = waits(journal, [(theirs, ())])[0]
    assert (what, whom) == (f"Plan {theirs.name} waits for 2 more approvals", "Bob and somebody whom this case does not "
                            "know yet: irkit add-approver CASE FILE.asc")  # fmt: skip  # the journal says that alice made it
    assert waits(journal, [(theirs, (approval(),))])[0][0] == f"Plan {theirs.name} waits for 1 more approval"


def test_an_approved_plan_waits_for_the_responder_and_its_hand_tasks_too() -> None:
    both = [(REVOKE_PLAN, (approval(), replace(approval(), approver=story.ALICE)))]
    assert waits(journal_of(planned(REVOKE_PLAN)), both) == [
        (f"Plan {REVOKE_PLAN.name} is approved and not carried out", "alice")
    ]
    begun = (
        planned(REVOKE_PLAN),
        ended(REVOKE_PLAN, REVOKE, Ended.DONE),
        ended(REVOKE_PLAN, BY_HAND, Ended.WAITING),
    )
    assert waits(journal_of(*begun), both) == [(f"By hand: {BY_HAND.what}", "alice")]

    def said(journal: Journal) -> None:
        journal.add(40, Kind.HUMAN_DONE, {"plan": REVOKE_PLAN.digest, "action": BY_HAND.id, "who": "a", "text": "t"})

    assert waits(journal_of(*begun, said), both) == []


def test_a_statement_waits_for_people_who_have_not_signed_it() -> None:
    def stated(journal: Journal) -> None:
        journal.add(70, Kind.STATED, {"evidence": "sha256:1", "path": "p", "signature": "s", "key": "k", "required": 2})

    def vouched(journal: Journal) -> None:
        body = {"statement": "sha256:1", "who": "Bob", "fingerprint": story.BOB, "signature": "s"}
        journal.add(71, Kind.VOUCHED, body)

    people = "Alice <alice@example.org>, Bob"
    assert waits(journal_of(stated), ()) == [("The transition statement waits for 2 more people", people)]
    assert waits(journal_of(stated, vouched), ()) == [
        ("The transition statement waits for 1 more person", "Alice <alice@example.org>")
    ]


def test_of_many_hand_tasks_the_first_are_shown() -> None:
    many = [waiting.Waits(f"task {number}", "alice", "") for number in range(30)]
    shown = waiting.table(many)
    assert (len(shown.rows), shown.more) == (20, "10 more: by_hand() in notebooks 2 and 3")


def test_places_that_only_name_it_are_told_apart() -> None:
    journal = Journal()
    journal.add(
        4,
        Kind.LOCATED,
        {
            "evidence": "",
            "occurrences": 13,
            "live": 11,
            "skipped": 0,
            "paths": ["x"],
            "by_credential": {TOKEN.name: 13},
            "names_only": {TOKEN.name: 6},
        },
    )
    assert exposed(journal.records, [TOKEN]).detail == "13 places (6 of them only name it); 11 of them are still there"
    row = _credential_row(TOKEN, tuple(journal.records))
    assert row[2] == "7; named 6"
