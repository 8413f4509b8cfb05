"""Git repositories with signatures in them, made by git itself."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_WHO = {
    "GIT_AUTHOR_NAME": "A Tester", "GIT_AUTHOR_EMAIL": "a@example.test",
    "GIT_COMMITTER_NAME": "A Tester", "GIT_COMMITTER_EMAIL": "a@example.test",
}  # fmt: skip


@dataclass(frozen=True)
class Git:
    """A repository, and the gpg home that its signatures are made in and checked by."""

    folder: Path
    home: Path | None = None

    def __call__(self, *args: str, stdin: bytes = b"", settings: dict[str, str] | None = None) -> str:
        return self.run(*args, stdin=stdin, settings=settings, check=True).stdout.decode().strip()

    def run(
        self, *args: str, stdin: bytes = b"", settings: dict[str, str] | None = None, check: bool = False
    ) -> subprocess.CompletedProcess[bytes]:
        where = {"GNUPGHOME": str(self.home)} if self.home else {}
        options = [word for name, value in (settings or {}).items() for word in ("-c", f"{name}={value}")]
        return subprocess.run(
            ["git", *options, *args], cwd=self.folder, input=stdin, capture_output=True, check=check,
            env=os.environ | _WHO | where,
        )  # fmt: skip

    def commit(self, message: str, *options: str) -> str:
        self("commit", "--quiet", "--allow-empty", "-m", message, *options)
        return self("rev-parse", "HEAD")

    def tag(self, name: str, key: str = "", *options: str) -> str:
        """A tag object's id, signed when a key is named."""
        signed = ["--local-user", f"{key}!"] if key else []
        self("tag", *(signed or ["--annotate"]), "-m", f"release {name}", *options, name)
        return self("rev-parse", f"refs/tags/{name}")


def make_repository(folder: Path, home: Path | None = None, *options: str) -> Git:
    folder.mkdir(parents=True)
    made = Git(folder, home)
    made("init", "--quiet", "--initial-branch=main", *options)
    return made
