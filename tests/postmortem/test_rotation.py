"""The report on a rotation: no postmortem, both ends of each stretch, and what is not known never a no."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from irkit.model import ApiToken, Clock, Fingerprint, Incident, Kind, SecretRef, Standing, State, iso
from irkit.model.seen import Failed, Seen
from irkit.plan import Action, Approval, Call, Ended, HumanTask, Outcome, Plan, Replace, Watch, document
from irkit.postmortem import Postmortem, to_html, to_json, to_markdown
from irkit.postmortem.compose import unwritten
from irkit.postmortem.shapes import json_document
from irkit.postmortem.telling import tell
from irkit.postmortem.writing.people import NOBODY, People, read_front, template_of
from irkit.show import Figure, Table
from tests.postmortem.story import ALICE, START, Journal, instant, sha256
from tests.postmortem.test_document import said, write

OLD = ApiToken(SecretRef("env:OLD_KEY"), "aws", "access-key", Fingerprint("3d" * 32), public_id="AKIAOLDVISIBLYFAKE00")
FRESH = "AKIANEWVISIBLYFAKE00"
OFF = Call("POST", "https://iam.example/deactivate", "responder", mutates=True)
GONE = Call("POST", "https://iam.example/delete", "responder", mutates=True)
ON_PAPER = "the deploy job at ci.git/.ci.yml:4"
NAME = OLD.name

MADE, PLACED, SEEN, DEACTIVATED, QUIET, DELETED = 10, 11, 70, 71, 1520, 1521
"""Minutes at which each stage of a whole rotation was reached."""


def actions(*, files: bool = False) -> tuple[Action, ...]:
    make = Replace("case-1", Call("POST", "https://iam.example/make", "responder", mutates=True), ())
    switch = HumanTask("See that 1 consumers take it", "each consumer's own deployment", (ON_PAPER,))
    return (
        Action("replace", NAME, "Make case-1", make, False),
        *((Action("switch", NAME, "See them", switch, False, gate=True),) if files else ()),
        Action("seen", NAME, "See every consumer use the fresh one", Watch("switched"), False, gate=True),
        Action("deactivate", NAME, "Deactivate the access key", OFF, False),
        Action("quiet", NAME, "Observe for 24 hours", Watch("quiet", 24.0), False, gate=True),
        Action("delete", NAME, "Delete the access key", GONE, True),
    )


class Rotating(Journal):
    """A rotation told record by record; each step takes the minute at which it was."""

    def __init__(self, *, files: bool = False) -> None:
        super().__init__()
        opened = Incident(
            "rot-1", "The deploy key is a year old", (OLD,), instant(0, Clock.JOURNAL, "the clock"), None, "carol",
            purpose="rotation",
        )  # fmt: skip
        self.add(0, Kind.CASE_OPENED, document(opened))
        self.plan = Plan("rot-1", "revoke", "carol", actions(files=files), ("nothing leaked",))

    def planned(self) -> Rotating:
        self.add(5, Kind.PLAN, {"name": self.plan.name, "digest": self.plan.digest, "plan": document(self.plan)})
        signed = Approval(self.plan.digest, ALICE, "Alice", at(6), "I approve it", "(armored signature)")
        self.add(6, Kind.APPROVAL, document(signed))
        return self

    def ended(self, minute: float, verb: str, why: str = "it went well", ended: Ended = Ended.DONE) -> Rotating:
        action = next(one for one in self.plan.actions if one.verb == verb)
        outcome = Outcome(action.id, ended, why=why, at=instant(minute, Clock.JOURNAL, "the clock"), evidence="")
        body = {"plan": self.plan.digest, "target": NAME, "what": action.what, "outcome": document(outcome)}
        self.add(minute, Kind.OUTCOME, body)
        return self

    def word(self, minute: float, verb: str) -> Rotating:
        action = next(one for one in self.plan.actions if one.verb == verb)
        self.add(minute, Kind.HUMAN_DONE, {"plan": "", "action": action.id, "who": "dora", "text": "it was asked"})
        return self

    def made(self) -> Rotating:
        action = self.plan.actions[0].id
        body: dict[str, Any] = {
            "credential": NAME,
            "action": action,
            "name": "case-1",
            "public_id": FRESH,
            "expires": "",
        }
        self.add(MADE, Kind.REPLACED, body | {"puts": []})
        puts = [{"store": "vault:deploy", "ended": "done", "why": "read back"}]
        self.add(PLACED, Kind.REPLACED, body | {"puts": puts})
        return self.ended(PLACED, "replace")

    def read(self, minute: float, *users: Seen, unread: int = 0, keep: bool = True) -> Rotating:
        plain = {"users": [document(one) for one in users], "unread": ["gone.log"] * bool(unread)}
        digest = self.keep(minute, plain, "who uses it", "trail") if keep else sha256("not kept")
        body = {"credential": NAME, "evidence": digest, "fresh": [FRESH], "users": len(users), "unread": unread}
        self.add(minute, Kind.OBSERVED, body | {"reaches": iso(at(minute)), "stated": False, "paths": ["trail"]})
        return self

    def probed(self, minute: float, moment: str, state: State) -> Rotating:
        answer = Standing(state, "it said so", instant(minute, Clock.JOURNAL, "a probe"), "")
        self.add(minute, Kind.STANDING, {"credential": NAME, "moment": moment, "standing": document(answer)})
        return self

    def dead(self) -> Rotating:
        self.probed(1521, "after", State.DEAD)
        self.add(1522, Kind.VERDICT, {"credential": NAME, "verdict": "dead", "why": "alive before, dead after"})
        return self


def at(minute: float):
    return START + timedelta(minutes=minute)


def user(tried: float | None = None, fresh: float | None = None, failed: tuple[Failed, ...] = ()) -> Seen:
    times = [at(one) if one is not None else None for one in (tried, fresh)]
    return Seen("deployer", "10.0.0.7", times[0], 3 * (tried is not None), times[1], 2 * (fresh is not None), failed)


def whole() -> Rotating:
    told = Rotating().planned().made().read(65, user(9, 60)).ended(SEEN, "seen", "1 consumer seen")
    told = told.probed(SEEN, "before", State.ALIVE).probed(SEEN, "control", State.DEAD)
    told = told.ended(DEACTIVATED, "deactivate").read(1515, user(9, 1514)).ended(QUIET, "quiet", "no use")
    return told.ended(DELETED, "delete").dead()


def stands(made: Postmortem) -> dict[str, Any]:
    """Each stage by its first word, and whether it stands."""
    (table,) = [one for one in made.section("stages").blocks if isinstance(one, Table)]
    return {re.split(r"[: ]", str(row[0]))[0]: row[1] for row in table.rows}


def switched(made: Postmortem) -> list[Any]:
    return [row[-1] for one in made.section("consumers").blocks if isinstance(one, Table) for row in one.rows]


def figures(made: Postmortem) -> dict[str, Any]:
    return {one.name: one.value for one in made.metrics}


# What it is


def test_a_rotation_has_a_report_of_its_own_and_no_word_of_a_leak() -> None:
    made = write(whole())
    assert [one.key for one in made.sections] == [
        "summary", "front", "why", "credentials", "stages", "metrics", "consumers", "response", "open", "timeline",
        "evidence", "appendix",
    ]  # fmt: skip
    assert (made.due, made.actions, made.indicators, made.techniques) == ((), (), (), ())
    told = (to_html(made) + to_markdown(made) + to_json(made)).replace("nothing leaked", "")
    words = re.findall(r"(?i)\b(?:leak\w*|expos\w*|root cause|breach\w*|stranger\w*|gdpr|misuse|postmortem of)", told)
    assert words == []
    assert "<title>The deploy key is a year old · rotation rot-1</title>" in to_html(made)
    assert to_markdown(made).startswith("# Rotation: The deploy key is a year old\n")


def test_an_incident_is_told_as_before() -> None:
    from tests.postmortem import story

    made = write(story.whole())
    assert made.purpose == "incident"
    assert {"exposure", "factors", "notifications"} <= {one.key for one in made.sections}
    assert "Postmortem · " in to_html(made)


@pytest.mark.parametrize("journal", [whole, Rotating, lambda: Rotating().planned()], ids=["whole", "opened", "planned"])
def test_its_json_is_as_the_published_schema_says(journal) -> None:
    import jsonschema

    plain = json.loads(to_json(write(journal())))
    faults = jsonschema.Draft202012Validator(json_document.schema()).iter_errors(plain)
    assert [one.message for one in faults] == []
    assert plain["purpose"] == "rotation"


# Stages, and the stretches between them


def test_each_stage_stands_and_each_stretch_has_both_its_ends() -> None:
    made = write(whole())
    assert stands(made) == dict.fromkeys(
        ("New", "Distributed", "Seen", "Deactivated", "Observed", "Deleted", "Proved"), "yes"
    )
    told = {one.name: (one.value, one.start and one.start.at, one.end and one.end.at) for one in made.metrics}
    assert told["Both worked"] == (timedelta(minutes=61), at(MADE), at(DEACTIVATED))
    assert told["Until every consumer was seen on the fresh one"] == (timedelta(minutes=59), at(PLACED), at(SEEN))
    assert told["Observed without a use of the old one"] == (timedelta(minutes=1444), at(DEACTIVATED), at(1515))
    assert told["The whole rotation"][1:] == (at(5), at(1522))
    assert figures(made)["Calls refused with the fresh one"] == 0
    assert [(one.value, one.level) for one in made.headlines][:3] == [("1 of 1", "ok"), ("1 of 1", "ok"), ("0", "ok")]
    shown = said(made, "summary")
    for words in (f"replaced by {FRESH}", "vault:deploy", "1 consumer using it", "proved dead on 2026-05-05 10:22:00Z"):
        assert words in shown
    assert "Nothing is left" in said(made, "open")
    assert "Alice" in said(made, "response")


@pytest.mark.parametrize(
    ("journal", "reached"),
    [(Rotating, 0), (lambda: Rotating().planned(), 0), (lambda: Rotating().planned().made(), 2),
     (lambda: Rotating().planned().made().read(65, user(9, 60)).ended(SEEN, "seen"), 3)],
    ids=["opened", "planned", "made", "seen"],
)  # fmt: skip
def test_what_is_not_reached_is_not_yet_and_what_nobody_knows_unknown(journal, reached: int) -> None:
    made = write(journal())
    answers = list(stands(made).values())
    assert answers[:reached] == ["yes"] * reached
    assert set(answers[reached:-1]) <= {"not yet", "left out"}
    assert answers[-1] is None
    assert "no" not in answers
    assert figures(made)["Both worked"] is None
    assert made.headlines[0].level == "warn"
    assert "whether AKIAOLDVISIBLYFAKE00 still works" in said(made, "open")


def test_where_no_log_was_read_nothing_is_counted() -> None:
    made = write(Rotating().planned().made().ended(12, "seen", "no log has been read", Ended.WAITING))
    assert [
        figures(made)[one]
        for one in ("Consumers seen switched", "Calls refused with the fresh one", "Late users of the old one")
    ] == [None] * 3
    assert [one.value for one in made.headlines[1:3]] == ["unknown", "unknown"]
    assert "no log was read" in said(made, "consumers")
    assert "not shown" in said(made, "open")


def test_the_picture_tells_in_words_what_it_shows_and_is_the_same_each_time() -> None:
    first, second = (
        [one for one in write(whole()).section("stages").blocks if isinstance(one, Figure)] for _ in range(2)
    )
    assert first == second
    (drawn,) = first
    assert drawn.alt.startswith(f"{NAME}: made 2026-05-04 09:10:00Z; in place 2026-05-04 09:11:00Z; all seen")
    assert isinstance(drawn.data, Table)
    assert [row[1] for row in drawn.data.rows] == ["made", "in place", "all seen", "deactivated", "observed", "deleted"]
    half = [one for one in write(Rotating().planned().made()).section("stages").blocks if isinstance(one, Figure)]
    assert "deleted not yet" in half[0].alt
    assert not [one for one in write(Rotating().planned()).section("stages").blocks if isinstance(one, Figure)]


# Consumers


@pytest.mark.parametrize(
    ("seen", "answer"),
    [(user(9, 60), True), (user(60, None), False), (user(60, 30), False), (user(9, None), None), (user(9, 5), None),
     (user(None, 60), True)],
    ids=["went over", "still on the old one", "back on the old one", "silent", "seen before it", "new"],
)  # fmt: skip
def test_a_consumer_went_over_or_did_not_or_nobody_knows(seen: Seen, answer: bool | None) -> None:
    made = write(Rotating().planned().made().read(65, seen))
    assert switched(made) == [answer]
    left = said(made, "open")
    assert ("whether deployer at 10.0.0.7 uses the fresh one" in left) is (answer is not True)


def test_what_only_files_show_is_unknown_until_a_person_says_so() -> None:
    told = Rotating(files=True).planned().made().read(65, user(9, 60))
    assert switched(write(told)) == [True, None]
    assert f"whether {ON_PAPER} takes the fresh one" in said(write(told), "open")
    assert switched(write(told.word(66, "switch"))) == [True, "said by dora"]


def test_refusals_and_late_uses_are_told() -> None:
    refused = Failed("PutObject", "AccessDenied", at(80))
    told = Rotating().planned().made().read(65, user(9, 60)).ended(SEEN, "seen").ended(DEACTIVATED, "deactivate")
    made = write(told.read(200, user(150, 149, (refused,))))
    assert (figures(made)["Calls refused with the fresh one"], figures(made)["Late users of the old one"]) == (1, 1)
    assert made.headlines[2].level == "bad"
    assert "PutObject (AccessDenied)" in said(made, "consumers")
    begun = next(one.start for one in made.metrics if one.name.startswith("Observed"))
    assert begun
    assert begun.at == at(150)


def test_unread_logs_make_a_nought_unknown() -> None:
    made = write(Rotating().planned().made().read(65, user(9, 60), unread=2).ended(SEEN, "seen"))
    assert figures(made)["Calls refused with the fresh one"] is None
    assert figures(made)["Late users of the old one"] is None
    assert "gone.log" in said(made, "open")


def test_a_reading_that_was_not_kept_is_said_and_not_taken_for_no_consumer() -> None:
    made = write(Rotating().planned().made().read(65, user(9, 60), keep=False))
    assert figures(made)["Consumers seen switched"] is None
    assert "the reading of journal record" in said(made, "open")
    assert made.headlines[1].value == "unknown"


# People


def test_what_rests_on_a_persons_word_is_said_so() -> None:
    why = "on the word of dora: it was asked (no log has been read)"
    made = write(Rotating().planned().made().word(20, "seen").ended(21, "seen", why))
    assert stands(made)["Seen"] == "yes, on a person's word"
    assert "rests on the word of dora" in said(made, "summary")
    assert "a person's word" in said(made, "open")
    note = next(one.note for one in made.metrics if one.name.startswith("Until every"))
    assert note == "on the word of dora"


def test_why_it_was_replaced_and_how_old_it_was_is_for_people_to_say() -> None:
    told = whole()
    assert "To be written by the owner of the service" in said(write(told), "why")
    assert unwritten(tell(told.records, told.load), NOBODY) == ("summary", "why", "open")
    told.add(2, Kind.NOTE, {"section": "why", "text": "rule max-age of the policy: 90 days"})
    words = read_front(f'[credentials."{NAME}"]\nowner = "the build service"\ncreated = 2025-05-04\n')
    made = write(told, people=People(words))
    shown = said(made, "why")
    for text in ("rule max-age of the policy", "the build service", "2025-05-04"):
        assert text in shown
    assert "To be written" not in shown
    assert figures(made)["Age of the old one when it was put out of use"] == timedelta(
        days=365, hours=9, minutes=60 + 11
    )
    read_front(template_of("rotation"))


def test_readings_of_logs_stand_in_the_timeline_without_the_categories_of_a_response() -> None:
    events = write(whole()).events
    assert any("logs were read for AKIAOLDVISIBLYFAKE00: 1 consumer seen" in one.what for one in events)
    assert {one.csf for one in events} == {""}


def test_the_same_journal_gives_the_same_report() -> None:
    assert to_html(write(whole())) == to_html(write(whole()))
