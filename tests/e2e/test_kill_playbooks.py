"""Each playbook is killed in each of its steps, on its way from an older irkit to today's and on to a later one."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from benchmarks.killing import irkits, run
from benchmarks.killing.figures import Figures
from benchmarks.killing.scenes import STEPS


@pytest.mark.slow
@pytest.mark.parametrize("playbook", list(STEPS))
def test_killed_once_in_each_step_it_ends_as_it_should_whichever_irkit_goes_on(playbook: str, tmp_path: Path) -> None:
    figures, kills = Figures(playbook), len(STEPS[playbook])
    ways = (irkits.todays(), irkits.later(tmp_path / "later"))
    run.one(tmp_path / "run", playbook, ways, kills, 1, Random(11), figures)  # noqa: S311
    assert figures.kills >= kills
    assert figures.right, figures.faults


@pytest.mark.slow
def test_a_case_that_an_older_irkit_began_and_was_killed_in_is_ended_by_todays(tmp_path: Path) -> None:
    older = irkits.older(tmp_path / "older")
    if older is None:
        pytest.skip("the history of this repository is not here: git fetch --unshallow")
    figures = Figures("an older irkit, then today's")
    run.one(tmp_path / "run", "token-and-key", (older, irkits.todays()), 4, 2, Random(12), figures)  # noqa: S311
    assert figures.right, figures.faults
    assert (tmp_path / "run" / "case" / "journal.sqlite.form-1").is_file()
