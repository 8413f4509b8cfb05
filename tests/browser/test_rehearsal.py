"""A rehearsal as a person plays it: from `irkit drill --human` in a terminal, by keyboard through the notebooks, to the scorecard.

What the person knows is what the terminal and the page in JupyterLab say, and nothing else.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from irkit.case import Case
from irkit.drill import kept, practice
from irkit.drill.practice import Result, Seconds
from tests.browser.terminal import terminal
from tests.needs import NODE_MODULES, needs

pytestmark = [needs("chromium", "npm:playwright-core", "git", "gpg"), pytest.mark.slow]

NOTEBOOKS = ["01_exposure", "02_revoke", "03_resign", "04_postmortem"]
EARLIER = Result(
    id="0" * 16, began="2026-05-01T08:00:00Z", scenario="token-and-key", seed=1, difficulty="easy", irkit="0.1.0", by="people",
    seconds=Seconds(first_action=30_000, contained=36_000, resigned=37_000, exported=40_000), right=52, checks=52,
)  # fmt: skip


@dataclass(frozen=True)
class Played:
    folder: Path
    pressed: datetime
    shown: str
    code: int
    answer: dict[str, Any]
    history: dict[str, Any]
    table: str


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    place = Path(tempfile.mkdtemp(prefix="irk-h-", dir="/tmp"))
    outside = {name: value for name, value in os.environ.items() if name not in ("PYTEST_CURRENT_TEST", "BROWSER")}
    env = {
        **outside,
        "PYTHONPATH": str(Path.cwd()),
        "HOME": str(place),
        "XDG_STATE_HOME": str(place / "state"),
        "TMPDIR": "/tmp",
    }
    irkit = [sys.executable, "-m", "irkit", "drill"]
    kept.keep(EARLIER, place / "state" / "irkit" / "drills.jsonl")
    try:
        options = ["--human", "--no-browser", "--difficulty", "easy", "--seed", "5", "--out", str(place / "drill")]
        with terminal([*irkit, *options], env) as seat:
            seat.until("Press Enter")
            pressed = datetime.now(UTC)
            seat.press("\n")
            line = re.search(r"(http://127\S+)\n", seat.until("Ctrl-C ends it."))
            assert line, seat.shown
            answer = by_keyboard(line[1], place)
            seat.press("\x03")
            code = seat.ended()
        told = {
            form: subprocess.run(
                [*irkit, "--history", "--format", form], env=env, capture_output=True, text=True, check=True
            ).stdout
            for form in ("json", "table")
        }
        yield Played(place / "drill", pressed, seat.shown, code, answer, json.loads(told["json"]), told["table"])
    finally:
        shutil.rmtree(place, ignore_errors=True)


def by_keyboard(address: str, place: Path) -> dict[str, Any]:
    """The page that the address leads to is read first; who approves is what it says."""
    url = urlsplit(address)
    wanted = {
        "url": f"http://{url.netloc}", "page": url.path.removeprefix("/lab/tree/"), "notebooks": NOTEBOOKS, "dark": False,
        "axe": False, "profile": str(place / "chromium"),
    }  # fmt: skip
    ran = subprocess.run(
        ["node", str(Path(__file__).with_name("keyboard.mjs")), json.dumps(wanted)],
        env={**os.environ, "IRKIT_LAB_TOKEN": parse_qs(url.query)["token"][0], "IRKIT_NODE_MODULES": str(NODE_MODULES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout, ran.stderr
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def test_it_was_played_to_its_end_and_all_was_right(played: Played) -> None:
    assert played.answer["ok"], played.answer["error"]
    assert {name: played.answer["notebooks"][name]["errors"] for name in NOTEBOOKS} == {name: [] for name in NOTEBOOKS}
    assert played.code == 0
    assert re.search(r"^OK: (\d+) of \1 right$", played.shown, re.MULTILINE), played.shown


def test_the_page_that_opens_says_what_to_do_and_how_it_ends(played: Played) -> None:
    for told in (*NOTEBOOKS, "gpg home", "Shut Down", f"drill --score {played.folder}"):
        assert told in played.answer["page"]


def test_the_scorecard_compares_with_the_best_run(played: Played) -> None:
    assert "sooner than ever (10 h was the soonest before)" in played.shown
    row = re.search(r"^Every credential contained +(.+?)  +10 h +10 h$", played.shown, re.MULTILINE)
    assert row, played.shown
    assert "not reached" not in played.shown


def test_the_history_shows_both_and_the_times_in_order(played: Played) -> None:
    assert [one["seed"] for one in played.history["runs"]] == [1, 5]
    mine = played.history["runs"][1]
    spans = mine["seconds"]
    assert 0 < spans["first_action"] < spans["contained"] < spans["resigned"] < spans["exported"]
    assert (mine["by"], mine["playbook"], mine["clock_moved"], mine["touched"], mine["missed"]) == (
        "people",
        False,
        False,
        [],
        [],
    )
    assert "token-and-key, easy, people: 2 runs; time to contain: 10 h, " in " ".join(played.table.split())


def test_the_clock_ran_from_when_lab_was_there_to_the_end(played: Played) -> None:
    records = Case.open(played.folder / "drill-5").journal.records()
    begun, ended = practice.begun(records), practice.ended(records)
    assert begun
    assert ended
    assert played.pressed < begun.at < practice.during(records)[0].at
    assert ended.at >= practice.during(records)[-1].at
    assert played.shown.index("The clock runs") < played.shown.index("JupyterLab with the guard on")


def test_lab_stayed_connected_and_the_console_is_quiet(played: Played) -> None:
    assert "timeout" not in played.shown, "a page that is there is not taken for gone"
    assert played.answer["console"] == []
    assert played.answer["external"] == []


def test_the_keys_of_the_drills_people_are_gone_after_it(played: Played) -> None:
    home = re.search(r"(/tmp/irk-\w+)/alice", played.answer["page"])
    assert home
    assert not Path(home[1]).exists()
