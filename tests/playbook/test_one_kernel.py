"""`irkit run --one-kernel`: what one notebook leaves the next finds, and progress, journal and appendix say so."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from irkit.case import Case
from irkit.cli import app
from irkit.model import Kind, SecretRef
from tests.guard.canary import notebook

BOOK = "name: two\ntitle: Two\nexport: [md]\nsteps:\n  - {id: a, notebook: a}\n  - {id: b, notebook: b}\n"
LEFT = "print('found' if 'left' in globals() else 'nothing')"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", "one-kernel_FAKE_FAKE_FAKE_0123456")
    (tmp_path / "two.yaml").write_text(BOOK)
    notebook(tmp_path / "a.ipynb", "left = 1", parameters="case: str = '.'")
    notebook(tmp_path / "b.ipynb", LEFT, parameters="case: str = '.'")
    return Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")])


@pytest.mark.parametrize("asked", [True, False])
def test_memory_is_shared_only_when_asked_and_then_it_is_said(asked: bool, case: Case, tmp_path: Path) -> None:
    command = ["run", str(tmp_path / "two.yaml"), str(case.folder), *(["--one-kernel"] if asked else [])]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    ran = (case.folder / "notebooks" / "b.ipynb").read_text()
    assert ("found\\n" in ran, "nothing\\n" in ran) == (asked, not asked)
    assert ("one kernel for all notebooks of this run, as asked" in done.stderr) is asked
    started = case.journal.records(Kind.STEP_STARTED)
    assert [one.body.get("one_kernel", False) for one in started] == [asked, asked]
    report = (case.folder / "postmortem.md").read_text()
    assert ("Run in one kernel, as was asked" in report) is asked
