"""A repository in which a visibly fake token stands in every way it can stand in git."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from irkit.needles import token_needles
from irkit.sources.git import locate_in_repository
from irkit.sources.git.pack import Engine
from irkit.sources.git.run import Repository
from irkit.sources.git.walked import locate_by_walk
from irkit.sources.hunt import Found, Hits, Hunted, Progress

TOKEN = b"FAKEtokenFAKEtokenFAKE0123456789"
HUNTED = (Hunted("fp:fake", token_needles(TOKEN)),)


@pytest.fixture(scope="session", autouse=True)
def _kernel() -> None:
    # Compiled or loaded before any test gets a home of its own: it takes seconds.
    if importlib.util.find_spec("numba"):
        from irkit.sources.git.pack import native

        native.kernel()


class Repo:
    """A real repository, written by real git at instants that the test chooses."""

    def __init__(self, path: Path, *init: str) -> None:
        self.path = path
        self._tick = 0
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *init)

    def git(self, *arguments: str, stdin: str | bytes = b"") -> str:
        self._tick += 60
        when = f"{1_700_000_000 + self._tick} +0200"
        who = {f"GIT_{role}_{field}": value for role in ("AUTHOR", "COMMITTER") for field, value in
               (("NAME", "Fake"), ("EMAIL", "fake@example.org"), ("DATE", when))}  # fmt: skip
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=os.environ | who, capture_output=True, check=False,
            input=stdin.encode() if isinstance(stdin, str) else stdin,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def write(self, name: str, text: str | bytes) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)

    def commit(self, message: str, files: dict[str, str | bytes | None] | None = None) -> str:
        for name, text in (files or {}).items():
            if text is None:
                (self.path / name).unlink()
            else:
                self.write(name, text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-F", "-", stdin=message)
        return self.git("rev-parse", "HEAD")

    def loose(self, oid: str) -> Path:
        """The file of an object that is in no pack."""
        return self.path / ".git" / "objects" / oid[:2] / oid[2:]


def located(path: Path, engine: Engine) -> Found:
    """What `locate_in_repository` finds when it is made to read one way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("irkit.sources.git.repository.locate_by_walk", partial(_by, engine))
        return locate_in_repository(path, HUNTED)


def _by(engine: Engine, repository: Repository, hits: Hits, progress: Progress | None) -> Found | None:
    return locate_by_walk(repository, hits, progress, engine) if engine is Engine.KERNEL else None


@pytest.fixture
def ask() -> Callable[[Path, Engine], Found]:
    return located


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., Repo]:
    def make(name: str = "repo", *init: str) -> Repo:
        return Repo(tmp_path / name, *init)

    return make


@pytest.fixture
def repo(make_repo: Callable[..., Repo]) -> Repo:
    return make_repo()
