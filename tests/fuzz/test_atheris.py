"""The runner, for some seconds: longer runs are for people, see docs/fuzzing.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import __main__ as runner
from tests.fuzz import corpus
from tests.fuzz.table import target
from tests.needs import needs

pytestmark = needs("python:atheris")
SECONDS = 4


@pytest.mark.parametrize("name", ["logs", "packets", "records"])
def test_a_target_runs_and_its_inputs_can_be_kept(name: str, tmp_path: Path) -> None:
    run = runner.fuzz(name, SECONDS, tmp_path)
    assert not run.failed, (tmp_path / name / "log").read_text(errors="replace")[-3000:]
    assert run.runs > 0
    assert f"| {name} | {run.runs} |" in runner.table([run])
    kept = corpus.chosen(target(name), runner.merged(name, tmp_path))
    assert 0 < len(kept) <= corpus.MOST
    assert sum(len(one.data) for one in kept) <= corpus.ALTOGETHER


def test_what_takes_more_memory_than_allowed_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "MEMORY_MB", 1)
    run = runner.fuzz("records", SECONDS, tmp_path)
    assert run.failed
    assert run.crashes == 1
