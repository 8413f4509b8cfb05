"""The picture says what the window says, in shapes, in words and in a table, and always in the same bytes."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from irkit.exposure.picture import timeline_figure
from irkit.exposure.window import window
from irkit.model import (
    Clock,
    CommitMark,
    GitPresence,
    Instant,
    MatchKind,
    Occurrence,
    Standing,
    State,
    Trust,
    UsageEvent,
)
from irkit.show import Figure

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def told(clock: Clock, minute: float) -> Instant:
    return Instant(at(minute), clock, f"{clock.value} record", Trust.INDEPENDENT)


def use(number: int, minute: float, address: str = "192.0.2.1", **more: Any) -> UsageEvent:
    return UsageEvent(source="x", event_id=f"e{number}", at=at(minute), key="k", match=more.get("match", MatchKind.EXACT_ID),
                      action="a", address=address)  # fmt: skip


def committed(minute: float) -> Occurrence:
    mark = CommitMark("c0ffee" * 7, at(minute), at(minute))
    return Occurrence("fp:x", "git", "k.env", 1, 0, "raw", True, GitPresence("r", "b", True, 1, added=(mark,)))


INSTANTS = [told(Clock.ISSUED, 0), told(Clock.PUSH, 10), told(Clock.REVOKE_SENT, 49)]
STANDINGS = [
    Standing(State.ALIVE, "200", told(Clock.STILL_ALIVE, 48)),
    Standing(State.DEAD, "401", told(Clock.CONFIRMED_DEAD, 55)),
]


def full(uses: list[UsageEvent] | None = None) -> Figure:
    found = window([committed(5)], instants=INSTANTS, standings=STANDINGS)
    events = uses if uses is not None else [use(1, 20), use(2, 30, "203.0.113.9"), use(2, 30, "203.0.113.9")]
    return timeline_figure(found, [committed(5)], events, at(90), INSTANTS)


def words(figure: Figure) -> list[str]:
    root = ET.fromstring(figure.svg)  # noqa: S314  (our own picture)
    return ["".join(node.itertext()).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_same_input_gives_the_same_bytes() -> None:
    assert full().svg == full().svg


def test_text_stays_text_and_names_every_lane_and_every_mark() -> None:
    shown = " ".join(words(full()))
    for name in (
        "exposure",
        "commits",
        "192.0.2.1",
        "203.0.113.9",
        "issued",
        "push",
        "revoke sent",
        "confirmed dead",
        "UTC",
    ):
        assert name in shown


def test_the_sentence_says_what_the_picture_shows() -> None:
    assert full().alt == (
        "Exposure window: opened between 2026-03-01 12:00:00Z and 2026-03-01 12:10:00Z; closed between 2026-03-01 12:48:00Z "
        "and 2026-03-01 12:55:00Z; longest 55 min, shortest 38 min; 2 uses by it and by what descends from it, from 2 addresses, "
        "between 2026-03-01 12:20:00Z and 2026-03-01 12:30:00Z; 1 commits added or removed it, by clocks their authors could set."
    )


def test_the_table_holds_the_same_facts_in_order_of_time() -> None:
    data = full().data
    assert data is not None
    times = [row[0] for row in data.rows]
    assert times == sorted(times, key=str)
    rows = {str(row[1]): row for row in data.rows}
    assert rows["latest opening"] == (at(10), "latest opening", "push, independent: push record")
    assert rows["added in commit c0ffeec0ffee"][2] == "commit time, set by its author"
    assert rows["first of 1 uses from 203.0.113.9"][0] == at(30)


def test_a_window_without_any_bound_is_drawn_and_said() -> None:
    figure = timeline_figure(window([]), [], [], NOON)
    assert "opened at an unknown time; not known to be closed" in figure.alt
    assert figure.data is not None
    assert [row[0] for row in figure.data.rows] == [None] * 4
    assert "<svg" in figure.svg


def test_many_addresses_share_one_lane_and_none_is_lost_from_the_table() -> None:
    figure = full([use(n, 20 + n / 10, f"203.0.113.{n}") for n in range(9)])
    assert "used from 4" in words(figure)
    assert figure.data is not None
    assert sum("first of" in str(row[1]) for row in figure.data.rows) == 9


def test_mentions_are_not_uses() -> None:
    assert "no uses were read" in full([use(1, 20, match=MatchKind.MENTION_ONLY)]).alt


def test_an_invented_commit_date_does_not_stretch_the_axis() -> None:
    occurrences = [committed(-60 * 24 * 365 * 30)]
    near = timeline_figure(window([], instants=INSTANTS), [], [], at(90), INSTANTS)
    far = timeline_figure(window(occurrences, instants=INSTANTS), occurrences, [], at(90), INSTANTS)
    ticks = [word for word in words(near) if ":" in word]
    assert ticks
    assert set(ticks) <= set(words(far))


@pytest.mark.parametrize("text", ["<script>", "a&b", "$x^2$"])
def test_an_address_by_a_stranger_is_only_text(text: str) -> None:
    figure = full([use(1, 20, text)])
    ET.fromstring(figure.svg)  # noqa: S314
    assert "<script>" not in figure.svg
    assert any(text in word for word in words(figure))


def test_importing_the_chapter_does_not_import_matplotlib() -> None:
    code = "import sys, irkit.exposure.picture, irkit.sources; sys.exit('matplotlib' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
