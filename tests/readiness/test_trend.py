"""What changed between two runs, and what may not be called progress: lists that did not come, fewer places, another policy."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from irkit.model import Held, Unasked
from irkit.readiness import tables, views
from irkit.readiness.policy import Policy
from irkit.readiness.run import Inventory, Run, judged
from irkit.readiness.trend import trend
from tests.readiness.test_rules import BARE, KEY, NOW, WAY, ago

KEYS, PLACE = "aws: keys", "aws account 111122223333"
COVERED = ((KEYS, PLACE),)
LISTED = replace(BARE, listed_by=KEYS, listed_at=(PLACE,))
AWAY = Unasked("aws", "keys", "refused")
EXPIRES: dict[str, Any] = {"no-expiry": {}}


def run(
    *held: Held,
    before: Run | None = None,
    rules: dict[str, Any] = EXPIRES,
    accepted: Any = (),
    week: int = 0,
    **taken: Any,
) -> Run:
    policy = Policy.model_validate({"rules": rules, "accepted": accepted})
    at = NOW + timedelta(days=7 * week)
    given: dict[str, Any] = {
        "asked": (KEYS,),
        "covered": COVERED,
        "unasked": (),
        "ways": {one.key: WAY for one in held},
    } | taken
    return judged(
        Inventory(at, held, **given),
        policy,
        2,
        "policy.yaml",
        hashlib.sha256(policy.model_dump_json().encode()).hexdigest(),
        before,
    )


def away(before: Run | None = None, week: int = 0) -> Run:
    return run(before=before, week=week, asked=(), covered=(), unasked=(AWAY,))


def told(before: Run | None, now: Run) -> set[tuple[str, str, str]]:
    return {(one.change, one.key.rpartition(":")[2], one.what) for one in trend(before, now)}


def test_the_trend_of_a_first_run_is_nothing() -> None:
    assert trend(None, run(BARE)) == ()


def test_new_gone_better_and_worse() -> None:
    listed = replace(LISTED, expires="never", active=True)
    other = replace(listed, id="AKIAFAKE0FAKE0FAKE01")
    before, now = run(listed, other), run(replace(listed, expires=ago(-30), active=False), replace(listed, id="NEW"))
    assert told(before, now) == {
        ("new", "NEW", "access key ci"),
        ("gone", "AKIAFAKE0FAKE0FAKE01", "access key ci"),
        ("better", "AKIAFAKE0FAKE0FAKE00", "no-expiry: it expires on 2026-03-31"),
        ("better", "AKIAFAKE0FAKE0FAKE00", "not active any more"),
    }
    assert {one.change for one in trend(now, run(listed, replace(listed, id="NEW")))} == {"worse"}


def test_what_its_list_did_not_show_is_not_gone() -> None:
    (found,) = trend(run(LISTED), away())
    assert (found.change, found.what) == ("not seen", "aws: keys: did not come this time; last seen on 2026-03-01")


def test_a_finding_that_is_not_known_any_more_is_no_progress() -> None:
    (found,) = trend(run(replace(BARE, expires="never")), run(BARE))
    assert found.change == "not seen"
    assert "now it is not known" in found.what


def test_an_issuer_that_was_away_for_two_weeks_brings_back_nothing_new() -> None:
    """What is made and what is deleted meanwhile is told once it can be."""
    listed = replace(LISTED, expires="never")
    deleted = replace(listed, id="AKIAFAKE0FAKE0FAKE01")
    first = run(listed, deleted)
    second = away(first, 1)
    third = away(second, 2)
    assert {one.change for one in trend(second, third)} == {"not seen"}
    assert {one.what for one in trend(second, third)} == {"aws: keys: did not come this time; last seen on 2026-03-01"}
    assert {(one.held.id, one.seen) for one in third.missing} == {(listed.id, NOW), (deleted.id, NOW)}
    fresh = replace(listed, id="AKIAFAKE0FAKE0FAKE02")
    fourth = run(replace(listed, expires=ago(-30)), fresh, before=third, week=3)
    assert told(third, fourth) == {
        ("new", fresh.id, "access key ci"),
        ("gone", deleted.id, "access key ci"),
        ("better", listed.id, "no-expiry: it expires on 2026-03-31"),
    }
    assert fourth.missing == ()


def test_a_repository_that_nobody_named_this_time_took_nothing_with_it() -> None:
    places = tuple(f"github octo/{name}" for name in ("web", "infra"))
    web, infra = (
        Held("github", "deploy key", f"octo/{n}", listed_by="github: deploy keys", listed_at=(place,))
        for n, place in enumerate(places)
    )
    covered = tuple(("github: deploy keys", place) for place in places)
    before = run(web, infra, asked=("github: deploy keys",), covered=covered)
    now = run(before=before, asked=("github: deploy keys",), covered=covered[:1])
    assert told(before, now) == {
        ("gone", "octo/0", "deploy key"),
        (
            "not seen",
            "octo/1",
            "github: deploy keys: not asked, or not read, this time: github octo/infra; last seen on 2026-03-01",
        ),
    }
    assert "1 of them not seen now" in views.trend_view(before, now, trend(before, now)).text()


def test_a_run_that_did_not_write_down_where_it_asked_lets_nothing_go() -> None:
    (found,) = trend(run(replace(LISTED, listed_at=())), run())
    assert (found.change, "was not written down" in found.what) == ("not seen", True)


def test_another_one_of_the_same_name_is_new_and_no_progress() -> None:
    """A key deleted and made again in the same place; and a user of the same name in another account."""
    slot = replace(LISTED, id="ci/access key 1", created=ago(400), active=True)
    anew = replace(slot, created=ago(1), active=False)
    rules = {"age": {"days": 90}}
    (found,) = trend(run(slot, rules=rules), run(anew, rules=rules))
    assert (found.change, found.what) == ("new", "another one of this name, made on 2026-02-28")
    password = replace(LISTED, kind="console password", id="mara")
    (found,) = trend(run(password), run(replace(password, listed_at=("aws account 444455556666",))))
    assert found.change == "new"


def test_another_policy_is_no_progress() -> None:
    old = replace(LISTED, created=ago(400), expires="never")
    before = run(old, rules={"age": {"days": 90}, "no-expiry": {}})
    now = run(old, rules={"age": {"days": 900}})
    (found,) = trend(before, now)
    assert (found.change, found.what) == ("other policy", "age: made 400 days ago; 900 days are allowed")
    text = views.trend_view(before, now, trend(before, now)).text()
    assert "The policy is another one" in text
    assert "no longer asked: no-expiry, findings before: 1" in " ".join(text.split())


def test_what_people_accepted_is_no_progress() -> None:
    old = replace(LISTED, expires="never")
    accepted = [{"match": "aws:*", "rule": "no-expiry", "why": "a legacy build", "until": "2026-06-01"}]
    (found,) = trend(run(old), run(old, accepted=accepted))
    assert (found.change, found.what) == ("accepted", "no-expiry: a legacy build (until 2026-06-01)")


def test_looking_in_fewer_places_is_no_progress() -> None:
    mine = replace(LISTED, holder="person", holder_by="of mara", also=("automation",), consumers=("compose.yaml",))
    less = replace(mine, also=(), consumers=("publish.yml",))
    rules: dict[str, Any] = {"shared": {}}
    before = run(mine, rules=rules, looked=("infra", "web"))
    (found,) = trend(before, run(less, rules=rules, looked=("web",)))
    assert (found.change, found.what) == (
        "not seen",
        "shared: it was a finding, and fewer places were searched for what takes it",
    )
    torn = (Unasked("consumers", "infra", "it is damaged"),)
    (found,) = trend(before, run(less, rules=rules, looked=("infra", "web"), unasked=torn))
    assert found.change == "not seen"
    (found,) = trend(before, run(less, rules=rules, looked=("infra", "web")))
    assert found.change == "better"


def test_asking_fewer_places_where_a_key_is_published_is_no_progress() -> None:
    rules: dict[str, Any] = {"stale-publication": {}}
    before = run(replace(KEY, published=(("a", "current", ""), ("b", "stale", "old"))), rules=rules)
    (found,) = trend(before, run(replace(KEY, published=(("a", "current", ""),)), rules=rules))
    assert (found.change, found.what) == (
        "not seen",
        "stale-publication: it was a finding, and nobody asked b this time",
    )


@pytest.mark.parametrize(("escrow", "change"), [("unknown", "not seen"), ("yes", "better")])
def test_a_stick_that_is_not_mounted_makes_nobody_readier(escrow: Any, change: str) -> None:
    (found,) = trend(
        run(replace(KEY, escrow="no"), rules={"age": {"days": 1}}),
        run(replace(KEY, escrow=escrow), rules={"age": {"days": 1}}),
    )
    assert found.change == change
    assert found.what.startswith("not ready before, unknown now: ")


def test_an_entry_of_the_policy_that_matches_nothing_is_told() -> None:
    """Its owner was renamed, say: what it said of who holds it does not count any more."""
    accepted = [{"match": "aws:access key:OLD*", "rule": "no-expiry", "why": "a legacy build", "until": "2026-06-01"}]
    assert run(LISTED, accepted=accepted).idle == ("accepted.0 (aws:access key:OLD*)",)
    assert run(replace(LISTED, id="OLD1"), accepted=accepted).idle == ()


def test_the_one_table_does_not_call_nothing_broken_what_nobody_knows() -> None:
    rules: dict[str, Any] = {"age": {"days": 90}, "no-expiry": {}, "unused": {"days": 90}}
    accepted = [{"match": "*:LIVED_WITH", "rule": "age", "why": "a legacy build", "until": "2026-06-01"}]
    good = replace(BARE, id="GOOD", created=ago(1), expires=ago(-30), last_used=ago(1))
    lived = replace(BARE, id="LIVED_WITH", created=ago(400), expires=ago(-30), last_used=ago(1))
    made = run(BARE, replace(BARE, id="OLD", created=ago(400)), lived, good, rules=rules, accepted=accepted)
    assert [row[-1] for row in tables.held_table(made.held, made).rows] == [
        "none known; 3 unknown", "age; 2 unknown", "accepted: age", "nothing",
    ]  # fmt: skip
    assert tables.held_table(made.held).rows[0][-1] is None


@pytest.mark.parametrize(
    ("now", "level", "words"),
    [
        (away(), "warn", "Nobody can say: no credential was listed."),
        (run(), "warn", "Nobody can say"),
        (run(BARE, rules={}), "warn", "nobody can say"),
    ],
)
def test_where_nothing_came_or_nothing_is_asked_nothing_is_well(now: Run, level: str, words: str) -> None:
    assert views.level_of_findings(now) == level
    assert views.level_of_today(now) == level
    assert words in views.today(now)
    assert {one.level for one in (views.said(now), *views.unknown_blocks(now))} == {"warn"}


def test_nothing_changed_is_not_said_of_what_did_not_come() -> None:
    text = views.trend_view(away(), away(), ()).text()
    assert "Nothing changed in what came; not all of it came." in text
