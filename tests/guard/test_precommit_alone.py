"""The hook as pre-commit installs it itself (`language: python`): irkit built from this project into an environment of pre-commit's own.

What irkit depends on, and what builds it, is lent by the tests' environment, so that no index is asked. With an index: docs/guard.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.guard.repositories import Repo, repository
from tests.guard.test_unknown import never_issued, scans
from tests.needs import needs

ROOT = Path(__file__).parents[2]
PARTS = (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE", "irkit", "notebooks", "playbooks")

pytestmark = [pytest.mark.slow, needs("python:pre_commit")]


def project(folder: Path) -> tuple[Repo, str]:
    """The project as it stands on disk, in a repository that pre-commit can clone; and its commit."""
    made = repository(folder)
    tracked = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *PARTS],
        capture_output=True, check=True,
    ).stdout.decode().split("\0")  # fmt: skip
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (made.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (made.folder / name).write_bytes((ROOT / name).read_bytes())
    made.git("add", "--all", "--force")
    return made, made.commit()


def lent(folder: Path) -> Path:
    """Every package of this environment but irkit."""
    folder.mkdir()
    for one in Path(sysconfig.get_path("purelib")).iterdir():
        if not one.name.startswith(("irkit", "_irkit")) and one.suffix != ".pth":
            (folder / one.name).symlink_to(one)
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repo]:
    """A repository whose hook pre-commit made from the project."""
    place = tmp_path_factory.mktemp("alone")
    made, revision = project(place / "irkit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")  # Kingfisher, lent as well
        patch.setenv("PRE_COMMIT_HOME", str(place / "cache"))
        patch.setenv("PYTHONPATH", str(lent(place / "lent")))
        for name in ("PIP_NO_INDEX", "PIP_DISABLE_PIP_VERSION_CHECK"):
            patch.setenv(name, "1")
        patch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # pip reads it as: build with what is there
        used = repository(place / "work")
        configured = {"repos": [{"repo": str(made.folder), "rev": revision, "hooks": [{"id": "irkit-guard"}]}]}
        used.put(".pre-commit-config.yaml", yaml.safe_dump(configured))
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "install", "--install-hooks"],
            cwd=used.folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        yield used


@scans
def test_it_is_installed_apart_and_stops_a_secret(work: Repo) -> None:
    (command,) = Path(os.environ["PRE_COMMIT_HOME"]).glob("repo*/py_env-*/bin/irkit")
    python = command.with_name("python")
    where = subprocess.run(
        [python, "-c", "import irkit; print(irkit.__file__)"], cwd="/", capture_output=True, text=True, check=True
    ).stdout
    assert Path(where.strip()).is_relative_to(command.parents[1])
    token = never_issued()
    work.put("a.env", f"TOKEN={token}\n")
    ended = work.git("commit", "-m", "x", check=False)
    assert ended.returncode != 0
    said = ended.stdout + ended.stderr
    assert "a.env, line 1" in said
    assert "Take it out of what is staged, and revoke it" in said
    assert token not in said
    work.put("a.env", "harmless\n")
    work.git("commit", "-q", "-m", "x")
