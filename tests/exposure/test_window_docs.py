"""docs/window.md says what the code does: each row of its table is computed and compared, bound by bound."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from irkit.exposure.window import window
from irkit.model import Clock, CommitMark, GitPresence, Instant, Occurrence, Standing, State, Trust

PAGE = Path(__file__).parents[2] / "docs" / "window.md"
CLOCKS = {
    "issued": Clock.ISSUED, "arrived": Clock.ARRIVED, "pushed": Clock.PUSH, "public": Clock.PUBLIC, "alert": Clock.ALERT,
    "misused": Clock.FIRST_USE, "used": Clock.USE, "aware": Clock.AWARE, "revoke sent": Clock.REVOKE_SENT,
}  # fmt: skip
STATES = {"alive": State.ALIVE, "dead": State.DEAD, "unclear": State.UNKNOWN}
TRUST = {"": Trust.INDEPENDENT, "stated": Trust.STATED, "settable": Trust.SETTABLE}


class Row(NamedTuple):
    situation: str
    evidence: str
    bounds: tuple[str, ...]
    because: str


def rows() -> list[Row]:
    table = PAGE.read_text().split("| Situation |", 1)[1].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table if line.startswith("|")]
    return [Row(row[0], row[1], tuple(row[2:6]), row[6]) for row in cells]


def at(clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC)


def computed(evidence: str) -> tuple[tuple[str, ...], str]:
    instants, standings, added, removed = [], [], [], []
    for item in evidence.split("; "):
        match = re.fullmatch(r"([a-z ]+?) (\d\d:\d\d)(?: \((\w+)\))?", item)
        assert match, item
        word, when, trust = match[1], at(match[2]), TRUST[match[3] or ""]
        if word in STATES:
            standings.append(
                Standing(STATES[word], "no clear reply", Instant(when, Clock.JOURNAL, "probe", Trust.OURS))
            )
        elif word in CLOCKS:
            instants.append(Instant(when, CLOCKS[word], f"{word} record", trust))
        else:
            assert trust is Trust.SETTABLE, "git dates are settable, and the page must say so"
            {"committed": added, "removed": removed}[word].append(CommitMark("c0ffee" * 6 + "c0ff", when, when))
    presence = GitPresence("repo", "b10b", True, 1, added=tuple(added), removed=tuple(removed))
    stood = (Occurrence("fp:fake", "git", "key.env", 1, 0, "raw", False, presence),)
    made = window(stood, instants=instants, standings=standings)
    sides = (made.opened.earliest, made.opened.latest, made.closed.earliest, made.closed.latest)
    why = " | ".join((*made.opened.why, *made.closed.why, *made.narrow))
    return tuple(one.at.strftime("%H:%M") if one else "?" for one in sides), why


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.situation)
def test_the_page_says_what_the_code_computes(row: Row) -> None:
    bounds, why = computed(row.evidence)
    assert bounds == row.bounds
    assert row.because in why


def test_the_page_works_out_at_least_ten_situations() -> None:
    assert len({row.situation for row in rows()}) >= 10
