"""The checks that an action item may name: what is refused, the rules as tables, and how an answer stands in each shape."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from irkit.errors import BadInput
from irkit.model import Kind, State, iso
from irkit.postmortem import to_json
from irkit.postmortem.checks import guarding, practice
from irkit.postmortem.checks.answers import BY_HAND, Answer, Checked, Looked, latest, summary
from irkit.postmortem.checks.guarding import CoverageSeen, HomeSeen, KnownSeen, Place, RepositorySeen
from irkit.postmortem.checks.judging import judge
from irkit.postmortem.checks.named import CHECKS, Named, parameters_of
from irkit.postmortem.checks.narrower import PolicySeen, narrower
from irkit.postmortem.checks.practice import HistorySeen, Judged, OldOne, Rehearsal, RotationSeen, RunSeen
from irkit.postmortem.shapes import to_action_table
from irkit.postmortem.writing.people import TEMPLATE, Front, People, read_front, schema
from tests.postmortem import story
from tests.postmortem.story import NOW, Journal
from tests.postmortem.test_document import said, write

PUBLISHED = Path(__file__).parents[2] / "docs/schemas/front.schema.json"
YES, NO, UNKNOWN = True, False, None


def ago(days: float) -> Any:
    return NOW - timedelta(days=days)


def named(**words: Any) -> Any:
    return TypeAdapter(Named).validate_python(words)


# What may be written

EXAMPLES: dict[str, dict[str, Any]] = {
    "readiness": {"folder": "../team", "policy": "policy.yaml", "rules": ["age"], "match": "aws:*"},
    "rotation": {"case": ".", "within_days": 90},
    "guard-installed": {"repository": "../shop.git", "where": ["pre-receive", "ci"]},
    "guard-coverage": {"repositories": ["../shop.git", "github:acme/app"], "branches": ["main"]},
    "known-credential": {"file": "known.toml", "credential": "env:FRESH", "key": "file:team.key"},
    "clean-home": {},
    "narrower": {"old": "old.json", "key_id": "id:AKIAFAKEFAKEFAKE0001"},
    "rehearsal": {"within_days": 30, "contained_within_min": 45},
}


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_is_read_and_says_again_what_was_said(check: str) -> None:
    made = named(check=check, **EXAMPLES[check])
    plain = made.parameters()
    assert plain == {"check": check, **EXAMPLES[check]}
    assert named(**json.loads(json.dumps(plain))) == made
    assert set(EXAMPLES[check]) <= set(parameters_of(check))


def item(words: str) -> str:
    return f'[[own_actions]]\nid = "a"\ntext = "b"\n[[own_actions.checks]]\n{words}\n'


REFUSED = {
    "no such check": ('check = "firewall"', "checks.0", "name one of readiness, rotation, guard-installed"),
    "no check": ('repository = "x"', "does not say which it is", "name one of"),
    "no such parameter": ('check = "rehearsal"\nwithin_days = 3\nteam = "x"', "rehearsal.team", "the check rehearsal takes within_days"),
    "a parameter is missing": ('check = "rehearsal"', "rehearsal.within_days", "the check rehearsal takes"),
    "no such place": ('check = "guard-installed"\nrepository = "x"\nwhere = ["server"]', "guard-installed.where.0", "takes repository"),
    "no such rule": ('check = "readiness"\nfolder = "x"\nrules = ["colour"]', "readiness.rules.0", "takes folder"),
    "a value for a reference": (
        'check = "known-credential"\nfile = "x"\ncredential = "hunter2hunter2"\nkey = "env:K"', "known-credential.credential", "takes"),
    "half of a pair": ('check = "clean-home"\nknown = "x"', "known and key belong together", "takes home"),
    "both of two": ('check = "narrower"\nold = "a"\nnew = "b"\nkey_id = "id:AKIAFAKE"', "either new or key_id", "takes old"),
    "a secret for an id": ('check = "narrower"\nold = "a"\nkey_id = "env:KEY"', "only a public identifier", "takes old"),
    "match without rules": ('check = "readiness"\nfolder = "x"\nmatch = "aws:*"', "no rules are named", "takes folder"),
    "a time that is none": ('check = "guard-coverage"\nrepositories = ["x"]\nsince = "may"', "guard-coverage.since", "takes repositories"),
    "days that are none": ('check = "rehearsal"\nwithin_days = 0', "greater than 0", "takes within_days"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "what", "do"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_named_with_its_place_and_what_there_is(words: str, what: str, do: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_front(item(words), "postmortem/front.toml")
    told = str(caught.value)
    assert "postmortem/front.toml: own_actions.0.checks.0" in told
    assert what in told
    assert do.lower() in told.lower()
    assert "hunter2" not in told
    assert "firewall" not in told


def test_an_id_is_of_one_item_alone() -> None:
    """Otherwise the checks of one of them would never be looked at, and nobody would hear of it."""
    two = '[[own_actions]]\nid = "a"\ntext = "b"\n'
    for front in (two * 2, f'[actions.a]\nstatus = "done"\n{two}'):
        with pytest.raises(BadInput, match="two action items have the id a"):
            read_front(front)


def test_the_published_schema_is_the_one_that_irkit_prints_and_knows_what_is_read() -> None:
    import jsonschema

    made = schema()
    jsonschema.Draft202012Validator.check_schema(made)
    assert json.loads(PUBLISHED.read_text()) == made, "irkit draft --schema > docs/schemas/front.schema.json"
    checked = jsonschema.Draft202012Validator(made)
    for check, words in EXAMPLES.items():
        front = {"own_actions": [{"id": "a", "text": "b", "checks": [{"check": check, **words}]}]}
        assert not list(checked.iter_errors(front)), check
        front["own_actions"][0]["checks"][0]["surplus"] = 1
        assert list(checked.iter_errors(front)), check


def test_the_template_shows_a_check_and_names_none() -> None:
    assert read_front(TEMPLATE) == Front()
    told = re.sub("(?m)^# ", "", TEMPLATE[TEMPLATE.index('# [[actions."expiry') :].split("\n\n")[0])
    (items,) = read_front(told).actions.values()
    assert items.checks[0].check == "guard-installed"


def test_the_page_about_them_names_each_with_its_parameters_and_its_examples_can_be_read() -> None:
    from tests.docs.blocks import ROOT, fences

    page = ROOT / "docs/actions.md"
    rows = {line.split("`")[1]: line for line in page.read_text().splitlines() if line.startswith("| `")}
    for check in CHECKS:
        assert [name for name in parameters_of(check) if f"`{name}`" not in rows[check]] == [], check
    (shown,) = (read_front(block.text) for block in fences(page) if block.kind == "toml")
    assert {one.check for item in shown.own_actions for one in item.checks} <= CHECKS.keys()


# The rules

RUN = {"check": "readiness", "folder": "team"}
AGE = {**RUN, "rules": ["age"]}
OLD_KEY, NEW_KEY = "aws:access key:ci-1", "aws:access key:ci-2"
HELD = (OLD_KEY, NEW_KEY)
FINE = (Judged(OLD_KEY, "age", "no"), Judged(NEW_KEY, "age", "no"))

READINESS = {
    "no run": (RUN, RunSeen(None), NO, "never judged"),
    "a week": (RUN, RunSeen(ago(7), held=HELD), YES, "7 d ago"),
    "too long ago": (RUN, RunSeen(ago(8.1)), NO, "8 days are allowed"),
    "to come": (RUN, RunSeen(ago(-3)), UNKNOWN, "a clock is wrong"),
    "by the policy": ({**RUN, "policy": "p"}, RunSeen(ago(1), "aa", "aa", HELD), YES, ""),
    "by another": ({**RUN, "policy": "p"}, RunSeen(ago(1), "aa", "bb"), NO, "another text"),
    "no finding": (AGE, RunSeen(ago(1), held=HELD, findings=FINE), YES, "no finding of age"),
    "a finding": (AGE, RunSeen(ago(1), held=HELD, findings=(*FINE, Judged(OLD_KEY, "age", "yes"))), NO, OLD_KEY),
    "one of another credential": (
        {**AGE, "match": "*ci-2"}, RunSeen(ago(1), held=HELD, findings=(Judged(OLD_KEY, "age", "yes"), FINE[1])), YES, ""),
    "accepted": (AGE, RunSeen(ago(1), held=HELD, findings=(FINE[1], Judged(OLD_KEY, "age", "yes", "till May"))), YES, ""),
    "unknown": (AGE, RunSeen(ago(1), held=HELD, findings=(FINE[1], Judged(OLD_KEY, "age", "unknown"))), UNKNOWN, "not known"),
    "not asked for by the policy": (
        {**RUN, "rules": ["unused"]}, RunSeen(ago(1), held=HELD, findings=FINE), UNKNOWN, "does not ask unused"),
    "a list that did not come": (AGE, RunSeen(ago(1), held=HELD, findings=FINE, unasked=2), UNKNOWN, "2 lists did not come"),
    "nothing that fits": ({**AGE, "match": "npm:*"}, RunSeen(ago(1), held=HELD, findings=FINE), UNKNOWN, "no credential that fits"),
    "nothing held, and no rules": (RUN, RunSeen(ago(1)), UNKNOWN, "holds nothing"),
    "held before, and nobody can tell now": (
        AGE, RunSeen(ago(1), held=HELD, findings=FINE, missing=("aws:access key:AKIAOLD",)), UNKNOWN, "AKIAOLD"),
    "nothing held": (AGE, RunSeen(ago(1)), UNKNOWN, "no credential that fits"),
}  # fmt: skip

ROTATION = {"check": "rotation", "case": "."}
DEAD = OldOne("key", State.DEAD, "refused", ago(5), ago(6))
ROTATIONS = {
    "dead and replaced": (ROTATION, RotationSeen(True, (DEAD,)), YES, "proved dead"),
    "alive": (ROTATION, RotationSeen(True, (OldOne("key", State.ALIVE, "it answered"),)), NO, "seen alive"),
    "not proved": (ROTATION, RotationSeen(True, (OldOne("key", State.UNKNOWN, "nobody asked"),)), UNKNOWN, "not proved"),
    "dead, nothing fresh": (ROTATION, RotationSeen(True, (OldOne("key", State.DEAD, "", ago(5)),)), NO, "no fresh one"),
    "of a leak": (ROTATION, RotationSeen(False, (OldOne("key", State.DEAD, "", ago(5)),)), YES, "proved dead"),
    "due again": ({**ROTATION, "within_days": 4}, RotationSeen(True, (DEAD,)), NO, "4 days are allowed"),
    "one of two lives": (
        ROTATION, RotationSeen(False, (OldOne("a", State.UNKNOWN, "x"), OldOne("b", State.ALIVE, "x"))), NO, "b was seen"),
    "another name": ({**ROTATION, "credential": "other"}, RotationSeen(True, (DEAD,)), UNKNOWN, "it has key"),
}  # fmt: skip

DRILL = {"check": "rehearsal", "within_days": 30, "contained_within_min": 45}


def rehearsed(days: float, minutes: float | None, by: str = "people", difficulty: str = "normal") -> Rehearsal:
    return Rehearsal(ago(days), "token-and-key", difficulty, by, None if minutes is None else minutes * 60)


REHEARSALS = {
    "lately and in time": (DRILL, HistorySeen(True, (rehearsed(3, 44),)), YES, "contained after 44 min"),
    "the latest counts": (DRILL, HistorySeen(True, (rehearsed(9, 12), rehearsed(3, 50))), NO, "45 min are allowed"),
    "not contained": (DRILL, HistorySeen(True, (rehearsed(3, None),)), NO, "not everything"),
    "nothing was revoked in it": (
        {"check": "rehearsal", "within_days": 30},
        HistorySeen(True, (replace(rehearsed(3, None), acted=False),)), NO, "nothing was revoked",
    ),
    "its clock was set": (DRILL, HistorySeen(True, (replace(rehearsed(3, None), timed=False),)), UNKNOWN, "is unknown"),
    "too long ago": (DRILL, HistorySeen(True, (rehearsed(31, 12),)), NO, "30 days"),
    "by the machine": (DRILL, HistorySeen(True, (rehearsed(3, 1, "unattended"),)), NO, "of this kind"),
    "by the machine, as asked": ({**DRILL, "by": "unattended"}, HistorySeen(True, (rehearsed(3, 1, "unattended"),)), YES, ""),
    "of another difficulty": ({**DRILL, "difficulty": "hard"}, HistorySeen(True, (rehearsed(3, 1),)), NO, "of this kind"),
    "no file": (DRILL, HistorySeen(False), UNKNOWN, "kept elsewhere"),
    "the last line is none": (DRILL, HistorySeen(True, (rehearsed(3, 12),), 1, torn=True), UNKNOWN, "written after it"),
    "an empty file": (DRILL, HistorySeen(True), NO, "of this kind"),
    "lines that are none": (DRILL, HistorySeen(True, (), 3), UNKNOWN, "3 lines"),
    "how long was not asked": ({"check": "rehearsal", "within_days": 30}, HistorySeen(True, (rehearsed(3, None),)), YES, "3 d ago"),
}  # fmt: skip

INSTALLED = {"check": "guard-installed", "repository": "x", "where": ["pre-commit", "ci"]}
COVERAGE = {"check": "guard-coverage", "repositories": ["a", "b"]}
KNOWN = {"check": "known-credential", "file": "x", "name": "deploy"}
HOME = {"check": "clean-home"}
GAP = ("pushes are not searched", "there is no hook", "install it")
GUARDING = {
    "all stand": (INSTALLED, (Place("pre-commit", YES), Place("ci", YES, "runs it")), YES, "ci: runs it"),
    "one is missing": (INSTALLED, (Place("ci", UNKNOWN, "?"), Place("pre-commit", NO, "gone", "install it")), NO, "pre-commit: gone"),
    "one cannot be told": (INSTALLED, (Place("pre-commit", YES), Place("ci", UNKNOWN, "stands elsewhere")), UNKNOWN, "elsewhere"),
    "covered": (COVERAGE, CoverageSeen((RepositorySeen("a", YES, (), 7),)), YES, "7 commits"),
    "a gap": (COVERAGE, CoverageSeen((RepositorySeen("a", YES), RepositorySeen("b", NO, (GAP,)))), NO, "b: pushes are not searched"),
    "nothing looked at": (COVERAGE, CoverageSeen(), UNKNOWN, "no repository"),
    "could not be told": (COVERAGE, CoverageSeen((RepositorySeen("a", UNKNOWN),)), UNKNOWN, "a: no branch"),
    "one was not looked at": (COVERAGE, CoverageSeen((RepositorySeen("a", YES),), (("b", "gone"),)), UNKNOWN, "b could not be looked at"),
    "a gap beside one that was not": (COVERAGE, CoverageSeen((RepositorySeen("a", NO, (GAP,)),), (("b", "gone"),)), NO, "a: pushes"),
    "known by name": (KNOWN, KnownSeen(YES), YES, "not compared"),
    "not known": (KNOWN, KnownSeen(NO, names=("other",)), NO, "other"),
    "compared": (KNOWN, KnownSeen(YES, (7, 7)), YES, "all 7"),
    "the name of another": (KNOWN, KnownSeen(YES, (0, 7)), NO, "none are known"),
    "nothing in it": (HOME, HomeSeen(empty=True), UNKNOWN, "mounted"),
    "clean": (HOME, HomeSeen(), YES, "does not show that there is no secret"),
    "found": (HOME, HomeSeen((".netrc, line 2 (stored.netrc)",)), NO, ".netrc, line 2"),
    "of the case": (HOME, HomeSeen((), 1), NO, "credentials of this case"),
    "not read": (HOME, HomeSeen((), 0, (("x", "no right"), ("y", "no right"))), UNKNOWN, "and 1 more"),
    "found beside what was not read": (HOME, HomeSeen(("a",), 0, (("x", "no right"),)), NO, "a"),
}  # fmt: skip

POLICIES = {
    "less": ({"check": "narrower", "old": "a", "new": "b"}, PolicySeen((), (), ("s3:*",)), YES, "s3:*"),
    "less by a condition alone": (
        {"check": "narrower", "old": "a", "new": "b"},
        PolicySeen(perhaps=("s3:*",)),
        UNKNOWN,
        "not evaluated",
    ),
    "the same": ({"check": "narrower", "old": "a", "new": "b"}, PolicySeen(), NO, "all that the old one could"),
    "beyond": ({"check": "narrower", "old": "a", "new": "b"}, PolicySeen(("iam:*",), ("x",), ("s3:*",)), NO, "iam:*"),
    "undecided": ({"check": "narrower", "old": "a", "new": "b"}, PolicySeen((), ("x",), ("s3:*",)), UNKNOWN, "x"),
}

TABLE = {
    f"{name}: {case}": row
    for name, rows in {
        "readiness": READINESS, "rotation": ROTATIONS, "rehearsal": REHEARSALS, "guard": GUARDING, "narrower": POLICIES,
    }.items()
    for case, row in rows.items()
}  # fmt: skip


@pytest.mark.parametrize(("words", "seen", "expected", "why"), TABLE.values(), ids=TABLE)
def test_the_rules(words: dict[str, Any], seen: Any, expected: bool | None, why: str) -> None:
    found = judge(named(**words), seen, NOW)
    assert found.yes is expected, found
    assert why in found.why
    assert found.do or expected, "what is not in force, or not known, says what to do"


def test_what_another_look_saw_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="RunSeen is not what Rehearsed asks for"):
        judge(named(**DRILL), RunSeen(None), NOW)


def test_each_rule_is_a_function_of_what_was_seen_and_when() -> None:
    check = named(**RUN)
    assert practice.readiness(check, RunSeen(ago(1)), NOW) == practice.readiness(check, RunSeen(ago(1)), NOW)
    assert guarding.home(HomeSeen()) == Answer(True, guarding.home(HomeSeen()).why)
    assert narrower(PolicySeen()).yes is False


# What it comes to, and where it stands

WHOLE = {
    "no check": ((), BY_HAND),
    "all": (("in force", "in force"), "in force"),
    "one is not": (("in force", "unknown", "not in force"), "not in force"),
    "one is not known": (("in force", "unknown"), "unknown"),
    "one was not looked at": (("in force", "not checked yet"), "not checked yet"),
}


@pytest.mark.parametrize(("answers", "expected"), WHOLE.values(), ids=WHOLE)
def test_an_item_is_in_force_when_every_check_is(answers: tuple[Any, ...], expected: str) -> None:
    assert summary([Checked("a", "x", answer=one) for one in answers]) == expected


PARAMETERS = {"check": "rehearsal", "within_days": 30}
FRONT = """
[[own_actions]]
id = "practise"
text = "Rehearse every month"
status = "done"
[[own_actions.checks]]
check = "rehearsal"
within_days = 30
[[own_actions]]
id = "talk"
text = "Tell everybody"
status = "done"
"""


def recorded(*answers: tuple[float, str, dict[str, Any]]) -> Journal:
    journal = story.whole()
    for minutes, answer, parameters in answers:
        looked = (Looked("drills.jsonl", "3 results"),)
        one = Checked(
            "practise",
            "rehearsal",
            parameters,
            answer,
            f"because of {minutes}",
            "practise",
            looked,
            ago(-minutes / 1440),
        )  # type: ignore[arg-type]
        journal.add(minutes, Kind.CHECKED, json.loads(json.dumps(one.body())))
    return journal


def shown(journal: Journal) -> Any:
    return write(journal, people=People(read_front(FRONT)))


def by_id(made: Any, id_: str) -> Any:
    return next(one for one in made.actions if one.id == id_)


def test_the_last_answer_stands_in_every_shape_with_its_time_and_never_as_a_tick() -> None:
    made = shown(recorded((200, "in force", PARAMETERS), (300, "not in force", PARAMETERS)))
    one = by_id(made, "practise")
    assert (one.status, one.in_force, one.checked_at) == ("done", "not in force", ago(-300 / 1440))
    text = said(made, "actions")
    assert "checked at 2026-05-05 13:00:00Z: not in force" in text
    assert "drills.jsonl: 3 results" in text
    (row,) = [row for row in csv.DictReader(io.StringIO(to_action_table(made))) if row["id"] == "practise"]
    assert (row["in_force"], row["checked_at"]) == ("not in force", "2026-05-05T13:00:00+00:00")
    assert row["checks"] == "rehearsal, checked at 2026-05-05 13:00:00Z: not in force: because of 300"
    plain = next(one for one in json.loads(to_json(made))["actions"] if one["id"] == "practise")
    assert plain["checks"][0]["parameters"] == PARAMETERS
    assert plain["checks"][0]["at"] == iso(ago(-300 / 1440))


def test_an_item_without_a_check_is_by_hand_also_when_it_is_called_done() -> None:
    made = shown(story.whole())
    assert by_id(made, "talk").in_force == "by hand: not checked"
    assert by_id(made, "practise").in_force == "not checked yet"
    assert "by hand: not checked" in said(made, "actions")


def test_an_answer_about_other_parameters_does_not_count() -> None:
    made = shown(recorded((200, "in force", {"check": "rehearsal", "within_days": 365})))
    assert by_id(made, "practise").in_force == "not checked yet"


@pytest.mark.parametrize("spoiled", [{"at": "yesterday"}, {"answer": "fine"}, {"check": "rehearsal"}])
def test_a_record_that_is_not_as_irkit_writes_it_is_no_answer(spoiled: dict[str, Any]) -> None:
    journal = recorded((200, "in force", PARAMETERS))
    body = {**journal.records[-1].body, **spoiled}
    assert latest([journal.add(201, Kind.CHECKED, body)], "practise", [PARAMETERS])[0].answer == "not checked yet"


def test_the_timeline_tells_of_a_check_when_its_answer_changes() -> None:
    weekly = [(200.0 + week, "in force", PARAMETERS) for week in range(5)]
    made = shown(recorded(*weekly, (300, "not in force", PARAMETERS), (301, "in force", PARAMETERS)))
    told = [one.what for one in made.events if one.kind is Kind.CHECKED]
    assert [text.split(": ")[1].split(" (")[0] for text in told] == ["in force", "not in force", "in force"]
    assert all(text.startswith("action item practise was checked by rehearsal: ") for text in told)


def test_what_is_called_done_and_was_found_missing_is_open() -> None:
    from irkit.postmortem.editions.audiences import executive

    front = FRONT.replace(
        'status = "done"\n[[own_actions.checks]]', 'status = "done"\ndue = 2026-05-01\n[[own_actions.checks]]'
    )
    for answer, late in (("not in force", 1), ("in force", 0), ("unknown", 0)):
        made = write(recorded((200, answer, PARAMETERS)), people=People(read_front(front)))
        assert made.metrics[-1].value == late, answer
        alone = executive(replace(made, actions=(by_id(made, "practise"),)))
        (table,) = alone.section("actions").blocks
        assert [row[-1] for row in table.rows] == (["done, and not in force"] if late else [])


def test_customers_read_nothing_of_what_was_looked_at() -> None:
    from irkit.postmortem.editions.customer import customer

    made = customer(shown(recorded((200, "not in force", PARAMETERS))))
    assert {(one.in_force, one.checks) for one in made.actions} == {("", ())}
    assert "drills.jsonl" not in to_json(made)
