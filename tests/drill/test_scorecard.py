"""The scorecard: a perfect rehearsal, an empty one, and one slip at a time."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from irkit.drill.card import Chapter, Check, Scorecard, of
from irkit.drill.scorecard import score
from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN, RELEASE_KEY, Truth
from irkit.drill.world import World
from irkit.model import iso

Findings = dict[str, Any]
ANSWERS = {True: "yes", False: "no", None: "unknown"}
CREDENTIALS = (GITHUB_TOKEN, AWS_KEY, RELEASE_KEY)


def perfect(truth: Truth) -> Findings:
    """What irkit would report had it found everything and done everything right."""
    hour = timedelta(hours=1)
    return {
        "located": {name: {"occurrences": occurrences(truth, name), "skipped": []} for name in CREDENTIALS},
        "usage": {name: usage(truth, name) for name in (GITHUB_TOKEN, AWS_KEY)},
        "windows": {
            name: {
                "opened": {
                    "earliest": {"at": iso(truth.leak_of(name).pushed - hour)},
                    "latest": iso(truth.leak_of(name).pushed),
                }
            }
            for name in CREDENTIALS
        },
        "verdicts": {GITHUB_TOKEN: "dead", AWS_KEY: "dead"},
        "contained": {GITHUB_TOKEN: "yes", AWS_KEY: "yes"},
        "mutations": {"planned": 3, "carried_out": 3},
        "resigned": [f"/anywhere/{path}" for path in truth.artifacts_that_are("good")],
        "quarantined": [*truth.artifacts_that_are("tampered"), *truth.artifacts_that_are("unknown")],
        "leaks": [],
    }


def occurrences(truth: Truth, credential: str) -> list[dict[str, Any]]:
    rows = []
    for place in truth.places_of(credential):
        row = {"place": place.place, "path": place.path, "line": place.line, "form": place.form, "blob": place.blob}
        rows.append(
            {**row, "refs": list(place.refs), "tags": list(place.tags), "added": [{"commit": c} for c in place.added]}
        )
    named = {"place": "git", "path": "docs/runbook.md", "line": 3, "form": "id", "blob": "0" * 40}
    return [*rows, named]


def usage(truth: Truth, credential: str) -> dict[str, Any]:
    use = truth.uses_of(credential, "by_key")[0]
    assert use.first is not None
    assert use.last is not None
    own = {"events": use.events, "duplicates": use.duplicates, "first": iso(use.first), "last": iso(use.last)}
    return {
        "by_key": {**own, "addresses": use.addresses},
        "derived": [{"key": one.key} for one in truth.uses_of(credential, "derived")],
        "created": [{"kind": "access-key", "id": one.key} for one in truth.uses_of(credential, "created")],
        "mentions": truth.mentions[credential],
        "descent": [
            {
                "kind": one.kind,
                "id": one.id,
                "parent": one.parent,
                "alive": ANSWERS[one.lives],
                "used": ANSWERS[one.used],
            }
            for one in truth.children
            if one.credential == credential
        ],
        "findings": [
            {"title": f"so and so: {sign.words}", "attack": sign.attack}
            for sign in truth.signs
            if sign.credential == credential
        ],
    }


def test_a_perfect_rehearsal_is_all_right(world: World) -> None:
    card = score(world.truth, perfect(world.truth))
    assert [check for check in card if check.ok is not True] == []
    assert card.passed is True


def test_what_was_not_measured_is_neither_right_nor_wrong(world: World) -> None:
    card = score(world.truth, {})
    assert {check.ok for check in card} == {None}
    assert card.passed is None
    assert [check.name for check in card] == [check.name for check in score(world.truth, perfect(world.truth))]


def drop_place(found: Findings) -> None:
    found["located"][GITHUB_TOKEN]["occurrences"].pop(0)


def stray_place(found: Findings) -> None:
    found["located"][AWS_KEY]["occurrences"][0]["blob"] = "f" * 40


def wrong_line(found: Findings) -> None:
    found["located"][GITHUB_TOKEN]["occurrences"][0]["line"] = 99


def wrong_form(found: Findings) -> None:
    next(row for row in found["located"][AWS_KEY]["occurrences"] if row["form"] == "percent-encoded")["form"] = "raw"


def forget_tag(found: Findings) -> None:
    for row in found["located"][GITHUB_TOKEN]["occurrences"]:
        row["tags"] = []


def count_twice(found: Findings) -> None:
    found["usage"][AWS_KEY]["by_key"]["events"] += 3


def late_first(found: Findings) -> None:
    found["usage"][GITHUB_TOKEN]["by_key"]["first"] = "2020-01-01T00:00:00Z"


def miss_session(found: Findings) -> None:
    found["usage"][AWS_KEY]["derived"].pop()


def miss_backdoor(found: Findings) -> None:
    found["usage"][AWS_KEY]["created"].clear()


def miss_grandchild(found: Findings) -> None:
    found["usage"][AWS_KEY]["descent"][1]["parent"] = "AKIASOMEOTHERKEY"


def believe_it_dead(found: Findings) -> None:
    found["usage"][AWS_KEY]["descent"][3]["alive"] = "no"


def think_it_unused(found: Findings) -> None:
    found["usage"][AWS_KEY]["descent"][2]["used"] = "unknown"


def miss_a_sign(found: Findings) -> None:
    found["usage"][AWS_KEY]["findings"].pop(1)


def name_another_technique(found: Findings) -> None:
    found["usage"][GITHUB_TOKEN]["findings"][0]["attack"] = "T1496"


def suspect_the_owner(found: Findings) -> None:
    found["usage"][AWS_KEY]["findings"].append({"title": "192.0.2.41 used it and never before", "attack": "T1078.004"})


def miss_address(found: Findings) -> None:
    found["usage"][AWS_KEY]["by_key"]["addresses"] = {"192.0.2.41": 1}


def count_mentions_as_use(found: Findings) -> None:
    found["usage"][AWS_KEY]["mentions"] = 0


def believe_a_date(found: Findings) -> None:
    bound = found["windows"][RELEASE_KEY]["opened"]
    bound["earliest"], bound["latest"] = None, bound["earliest"]


def still_alive(found: Findings) -> None:
    found["verdicts"][AWS_KEY] = "inconclusive"


def twice_done(found: Findings) -> None:
    found["mutations"]["carried_out"] = 4


def bless_the_thief(found: Findings) -> None:
    found["resigned"].append(found["quarantined"].pop(0))


def lock_up_the_good(found: Findings) -> None:
    found["quarantined"].append(found["resigned"].pop(0))


def let_one_out(found: Findings) -> None:
    found["leaks"].append("notebooks/02_revoke.ipynb")


SLIPS: list[tuple[Callable[[Findings], None], set[str]]] = [
    (drop_place, {"github-token: places"}),
    (stray_place, {"aws-key: places", "aws-key: false places"}),
    (wrong_line, {"github-token: lines"}),
    (wrong_form, {"aws-key: forms"}),
    (forget_tag, {"github-token: branches and tags that hold it"}),
    (count_twice, {"aws-key: events"}),
    (late_first, {"github-token: first and last use"}),
    (miss_session, {"aws-key: keys derived from it"}),
    (miss_backdoor, {"aws-key: keys made with it"}),
    (miss_grandchild, {"aws-key: tree of descent"}),
    (believe_it_dead, {"aws-key: what of it still lives"}),
    (think_it_unused, {"aws-key: what of it was used"}),
    (miss_a_sign, {"aws-key: signs of the intruder"}),
    (name_another_technique, {"github-token: signs of the intruder"}),
    (suspect_the_owner, {"aws-key: alarms about its owner"}),
    (miss_address, {"aws-key: intruder's addresses"}),
    (count_mentions_as_use, {"aws-key: events that only name it"}),
    (believe_a_date, {"release-key: when the exposure began"}),
    (still_alive, {"aws-key: verdict"}),
    (twice_done, {"mutations carried out"}),
    (bless_the_thief, {"doubtful artifacts signed anew", "artifacts in quarantine"}),
    (lock_up_the_good, {"artifacts signed anew", "good artifacts in quarantine"}),
    (let_one_out, {"places where a secret escaped"}),
]


@pytest.mark.parametrize(("slip", "wrong"), SLIPS, ids=[slip.__name__ for slip, _ in SLIPS])
def test_one_slip_is_one_wrong_answer(world: World, slip: Callable[[Findings], None], wrong: set[str]) -> None:
    found = copy.deepcopy(perfect(world.truth))
    slip(found)
    card = score(world.truth, found)
    failed = {check.name for check in card.failed}
    # A place that is missed may have been the only one to name some branch.
    assert wrong <= failed <= wrong | {f"{name}: branches and tags that hold it" for name in CREDENTIALS}
    assert card.passed is False


def test_a_drill_with_faults_may_expect_another_verdict(world: World) -> None:
    found = perfect(world.truth)
    found["verdicts"][GITHUB_TOKEN], found["contained"][GITHUB_TOKEN] = "not dead", "no"
    assert score(world.truth, found, expect={GITHUB_TOKEN: "not dead"}).passed is True


def test_the_view_counts_and_shows_every_check(world: World) -> None:
    card = score(world.truth, {})
    text = card.view().text()
    assert f"0 of {len(card.checks)} right, 0 wrong, {len(card.checks)} not measured" in text
    for check in card:
        assert f"not measured  {check.name.removeprefix(f'{check.about}: ')}" in text, (
            "a label is not broken over lines"
        )
    assert "Who used it, and what that left: aws-key" in text


def test_every_question_belongs_to_a_chapter(world: World) -> None:
    card = score(world.truth, {})
    assert {check.chapter for check in card} == {
        "Where it stands",
        "Since when",
        "Who used it, and what that left",
        "Revoked, and proved dead",
        "Signed anew, or set aside",
        "Nothing escaped",
    }


def test_a_question_says_its_chapter_whatever_it_is_called() -> None:
    (asked,) = of(Chapter.SIGNED, Check("github-token: places", "1", "1", True))
    assert asked.chapter == "Signed anew, or set aside"
    shown = Scorecard((asked,)).brief().text()
    assert "Signed anew, or set aside" in shown
    assert "Where it stands" not in shown
    kept_before = Check(name="aws-key: verdict", expected="dead", got="dead", ok=True)
    assert "Other" in Scorecard((kept_before,)).brief().text()


def test_in_brief_a_chapter_is_one_line_and_only_what_is_not_right_is_named(world: World) -> None:
    found = perfect(world.truth)
    found["verdicts"][AWS_KEY] = "inconclusive"
    del found["leaks"]
    text = score(world.truth, found).brief().text()
    assert len(text.splitlines()) < 30
    assert re.search(r"^Revoked, and proved dead +4 of 5 right$", text, re.MULTILINE)
    assert re.search(r"^Where it stands +15 of 15 right$", text, re.MULTILINE)
    assert re.search(r"^WRONG +aws-key: verdict +inconclusive \(true: dead\)$", text, re.MULTILINE)
    assert re.search(r"^not measured +places where a secret escaped", text, re.MULTILINE)
    assert "github-token: events" not in text


def test_right_answers_that_look_odd_are_put_into_words(world: World) -> None:
    found = perfect(world.truth)
    for window in found["windows"].values():
        window["opened"]["earliest"] = None
    card = score(world.truth, found)
    told = {check.name: check.told for check in card}
    assert told["github-token: false places"] == "0, as is true of this world"
    assert told["good artifacts in quarantine"] == "none, as is true of this world"
    assert "irkit said unknown, which is the truth of this world" in told["aws-key: what of it still lives"]
    assert "how early, irkit said unknown" in told["aws-key: when the exposure began"]
    assert "aws-key: what of it still lives" in card.brief().text().replace("\n", " ")
    assert [check.got for check in card if check.name == "good artifacts in quarantine"] == ["none"]
    assert "what only names it is not asked for" in told["aws-key: places"]
    assert "a signature whose archive is gone is put aside too" in told["artifacts in quarantine"]
    assert "before anything was revoked" in told["aws-key: what of it still lives"]
