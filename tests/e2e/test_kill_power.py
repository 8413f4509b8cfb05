"""The power is cut: only what was not yet on the disk is gone, and nobody was asked before it was announced there."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from benchmarks.killing import irkits, power, run
from benchmarks.killing.figures import Figures
from tests.needs import needs

pytestmark = [pytest.mark.slow, needs("cc")]
CUTS = 8


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


def test_the_power_is_cut_while_a_plan_is_carried_out(tmp_path: Path) -> None:
    figures = power.carrying_out(tmp_path, CUTS, Random(5))  # noqa: S311
    assert figures.kills >= CUTS
    assert figures.right, figures.faults


def test_without_waiting_for_the_disk_the_same_cuts_lose_records_and_announcements(tmp_path: Path) -> None:
    """So the test above can fail."""
    careless = irkits.changed(
        tmp_path / "careless", {"irkit/case/database.py": ("synchronous = EXTRA", "synchronous = OFF")}
    )
    (tmp_path / "cuts").mkdir()
    figures = power.carrying_out(tmp_path / "cuts", CUTS, Random(5), careless)  # noqa: S311
    assert any("records acknowledged" in fault for fault in figures.faults)
    assert any("announcements of what the provider carried out" in fault for fault in figures.faults)


def test_the_power_is_cut_in_each_step_of_a_playbook(tmp_path: Path) -> None:
    recorder = power.Recorder.make(tmp_path)
    assert recorder is not None
    figures = Figures("power cuts")
    run.one(tmp_path / "run", "api-token", (irkits.todays(),), 3, 3, Random(13), figures, recorder)  # noqa: S311
    assert figures.kills >= 3
    assert figures.right, figures.faults
