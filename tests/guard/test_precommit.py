"""The hook of the pre-commit framework: the real one, with this project's own definition in a repository beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.guard.repositories import Repo, repository
from tests.guard.test_unknown import never_issued, scans
from tests.needs import needs

DEFINITION = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository whose hooks pre-commit installed from ours."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    ours = repository(tmp_path / "irkit")
    shutil.copy(DEFINITION, ours.folder)
    ours.put(DEFINITION.name, DEFINITION.read_text())
    revision = ours.commit()
    made = repository(tmp_path / "work")
    hooks = [{"id": "irkit-guard-installed"}]
    configured = {"repos": [{"repo": str(ours.folder), "rev": revision, "hooks": hooks}]}
    made.put(".pre-commit-config.yaml", yaml.safe_dump(configured))
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "install"], cwd=made.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return made


@scans
@needs("python:pre_commit")
def test_a_commit_with_a_secret_is_stopped_and_one_without_is_made(work: Repo) -> None:
    token = never_issued()
    work.put("a.env", f"TOKEN={token}\n")
    ended = work.git("commit", "-m", "x", check=False)
    assert ended.returncode != 0
    assert "a.env, line 1" in ended.stdout + ended.stderr
    assert token not in ended.stdout + ended.stderr
    work.put("a.env", "harmless\n")
    (work.folder / "a.env").write_text(f"TOKEN={token}\n")  # not staged
    work.git("commit", "-q", "-m", "x")


def test_both_definitions_run_the_command_that_there_is() -> None:
    for one in yaml.safe_load(DEFINITION.read_text()):
        assert one["entry"] == "irkit guard scan --staged --record"
        assert one["pass_filenames"] is False
        assert one["always_run"] is True
