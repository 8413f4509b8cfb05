"""Small repositories that secrets are planted in, by real git."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_WHO = ("-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "init.defaultBranch=main")


@dataclass(frozen=True)
class Repo:
    """A work tree, or a bare repository."""

    folder: Path

    def git(self, *arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["git", *_WHO, *arguments],
            cwd=self.folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        # What git said is what explains a failure that happens once.
        assert not check or done.returncode == 0, f"git {arguments[0]} ended with {done.returncode}: {done.stderr}"
        return done

    def put(self, name: str, content: str | bytes) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-f", name)

    def commit(self, message: str = "x", *more: str) -> str:
        self.git("commit", "-q", "--allow-empty", "-m", message, *more)
        return self.git("rev-parse", "HEAD").stdout.strip()


def repository(folder: Path, *options: str) -> Repo:
    folder.mkdir(parents=True, exist_ok=True)
    made = Repo(folder)
    made.git("init", "-q", *options)
    return made


def cloned(bare: Path, folder: Path) -> Repo:
    """A contributor's clone, without any hook of theirs."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "clone", "-q", f"file://{bare}", str(folder)], capture_output=True, check=True)
    return Repo(folder)
