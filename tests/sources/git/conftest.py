"""A repository in which a visibly fake token stands in every way it can stand in git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.needles import token_needles
from irkit.sources.hunt import Hunted

TOKEN = b"FAKEtokenFAKEtokenFAKE0123456789"
HUNTED = (Hunted("fp:fake", token_needles(TOKEN)),)


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


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., Repo]:
    def make(name: str = "repo", *init: str) -> Repo:
        return Repo(tmp_path / name, *init)

    return make


@pytest.fixture
def repo(make_repo: Callable[..., Repo]) -> Repo:
    return make_repo()
