"""Every playbook is run while each cell says the secrets in every way, and fails: they are in no file, argument list or environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from irkit.model import Kind
from irkit.playbook import find_notebook, find_playbook, read_playbook
from tests.canary.stage import PLAYBOOKS, Run, stage

pytestmark = pytest.mark.slow

_MOST = 200
_PROVIDER_FAULTS = 5
"""So often a run may stop for what the provider does, which is another thing to be tried: it dies late, it has enough."""


def cells(playbook: str) -> int:
    """Cells that differ; the parameters that papermill puts in are one more for each notebook."""
    steps = read_playbook(find_playbook(playbook)).steps
    notebooks = [json.loads(find_notebook(step.notebook, Path()).read_text()) for step in steps]
    return len({str(cell["source"]) for one in notebooks for cell in one["cells"] if cell["cell_type"] == "code"})


def run_to_the_end(run: Run, playbook: str, faults: Path, step: bool) -> None:
    """Run it again after each failure and each gate."""

    def broken() -> bytes:
        return faults.read_bytes() if faults.exists() else b""

    patience = _PROVIDER_FAULTS
    for _ in range(_MOST):
        before = broken()
        code = run.irkit(playbook, faults=str(faults), step=step)
        if code == 0:
            return
        passed = code == 3 and run.stage.gate(run.case)
        patience -= not (passed or broken() != before)
        assert patience >= 0, f"{code}: {(run.logs / 'run.log').read_text()[-4000:]}"
    raise AssertionError("it came to no end")


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_unattended_with_faults_in_every_step(playbook: str) -> None:
    """In the playbook of all four notebooks each cell of each fails once, in the others one of each notebook."""
    step = playbook != "token-and-key"
    with stage(playbook) as made:
        run = made.run("run")
        faults = run.folder / "broken"
        run_to_the_end(run, playbook, faults, step)
        hits, count = run.search()
        assert hits == []
        assert count > 100
        assert (run.case.folder / "postmortem.html").exists()
        # It was tried: every cell failed once, the wire was listened to, and what was said was hidden.
        expected = len(read_playbook(find_playbook(playbook)).steps) if step else cells(playbook)
        assert len(set(faults.read_text().split())) >= expected
        assert b"[redacted" in (run.folder / "kept" / "wire.jsonl").read_bytes()
        assert any(b"ipykernel_launcher" in one for one in made.seen.arguments)
        assert run.case.journal.records(Kind.NOTE)
        run.case.verify()
