"""When a rehearsal's clock can be believed, and what counts as contained where logs cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from irkit.drill import steady
from irkit.drill.card import Scorecard
from irkit.drill.practice import Identity, clock_moved, result_of, seconds
from irkit.drill.scorecard import score
from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN
from irkit.drill.world import World
from irkit.model import Kind, Record

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
WHO = Identity("token-and-key", 1, "hard", (), "people", "0" * 16)
KEY = "fp:1"


def record(number: int, at: float, kind: Kind, body: dict[str, Any]) -> Record:
    return Record(number, START + timedelta(seconds=at), kind, "carol", body, "", "")


def drill(*within: tuple[float, Kind, dict[str, Any]], end: float = 600, ran: float | None = None) -> list[Record]:
    """Begun at 0, ended at `end` by the clock that can be set, and after `ran` seconds by the one that cannot."""
    begun = WHO.body("begun", {"boot": "one", "seconds": 50.0})
    ended = WHO.body("ended", {"boot": "one", "seconds": 50.0 + (end if ran is None else ran)})
    rows = [(0.0, Kind.REHEARSED, begun), *within, (end, Kind.REHEARSED, ended)]
    return [record(number, *row) for number, row in enumerate(rows, 1)]


@pytest.mark.parametrize(
    ("records", "moved"),
    [
        (drill(), False),
        (drill(end=600, ran=604), False),
        (drill(end=36_000, ran=36_030), False),
        (drill(end=60, ran=3600), True),
        (drill(end=3600, ran=60), True),
        (drill((300.0, Kind.LOCATED, {}), (20.0, Kind.PLAN, {})), True),
        (drill((300.5, Kind.LOCATED, {}), (300.0, Kind.PLAN, {})), False),
    ],
    ids=["right", "slewed", "long", "back", "forward", "back-and-again", "two-kernels"],
)
def test_whether_the_clock_was_set(records: list[Record], moved: bool) -> None:
    assert clock_moved(records) is moved


def test_after_a_restart_of_the_machine_only_the_order_of_the_records_can_tell() -> None:
    records = drill(end=60, ran=3600)
    records[-1].body["steady"]["boot"] = "two"  # type: ignore[index]
    assert not clock_moved(records)


def test_a_run_whose_clock_was_set_has_no_time_and_says_why() -> None:
    written = (10.0, Kind.EXPORTED, {})
    assert seconds(drill(written), [], all_signed=False).exported == 10
    assert seconds(drill(written, ran=3600), [], all_signed=False).exported is None
    assert result_of(WHO, drill(written, ran=3600), [], Scorecard(())).clock_moved
    assert result_of(WHO, drill((1.0, Kind.STEP_STARTED, {})), [], Scorecard(())).playbook


def test_the_clock_that_nobody_sets_goes_on() -> None:
    first, second = steady.steady(), steady.steady()
    assert first["boot"] == second["boot"]
    assert first["seconds"] <= second["seconds"]


def dead(at: float, *survivors: str) -> list[tuple[float, Kind, dict[str, Any]]]:
    """Asked at that time, when each survivor was in that state; whether it is contained is not known."""
    return [
        (at, Kind.VERDICT, {"credential": KEY, "verdict": "dead"}),
        *((at, Kind.SURVIVED, {"credential": KEY, "state": state}) for state in survivors),
        (at, Kind.CONTAINED, {"credential": KEY, "contained": None}),
    ]


READ = (5.0, Kind.USAGE_READ, {"credential": KEY})


@pytest.mark.parametrize(
    ("within", "unread", "contained"),
    [
        ((READ, *dead(60, "dead")), True, 60),
        ((READ, *dead(60, "dead")), False, None),
        ((READ, *dead(60, "dead", "unknown")), True, None),
        ((READ, *dead(60, "unknown"), *dead(90, "dead")), True, 90),
        (dead(60, "dead"), True, None),
        ((READ, *dead(60, "dead"), (70.0, Kind.CONTAINED, {"credential": KEY, "contained": False})), True, None),
        (((60.0, Kind.CONTAINED, {"credential": KEY, "contained": True}), *dead(70, "unknown")), False, 60),
    ],
    ids=[
        "all-but-the-log",
        "whole-logs",
        "not-looked-at",
        "looked-at-later",
        "no-log-read",
        "lives-again",
        "asked-again-and-not-told",
    ],
)
def test_where_a_log_cannot_be_read_contained_is_what_is_known_of(
    within: tuple[Any, ...], unread: bool, contained: float | None
) -> None:
    assert seconds(drill(*within), [KEY], all_signed=False, unread=unread).contained == contained


def test_the_scorecard_asks_for_unknown_where_nobody_can_know(world: World) -> None:
    found = {
        "verdicts": dict.fromkeys((GITHUB_TOKEN, AWS_KEY), "dead"),
        "contained": {GITHUB_TOKEN: "unknown", AWS_KEY: "yes"},
    }
    hard = {one.name: one.ok for one in score(replace(world.truth, unread=1), found)}
    assert (hard["github-token: contained"], hard["aws-key: contained"]) == (True, False)
    whole = {one.name: one.ok for one in score(world.truth, found)}
    assert (whole["github-token: contained"], whole["aws-key: contained"]) == (False, True)
