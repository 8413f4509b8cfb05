"""A page is typed into a shell, block after block, in a home of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.blocks import ROOT, Block

MARK = "\x1e"


@dataclass
class Desk:
    """Where a page is typed: a home, a folder within it, and what stand-ins put there."""

    home: Path
    words: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    prelude: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.home / "page"

    @property
    def gpg_home(self) -> Path:
        at = self.home / ".gnupg"
        at.mkdir(mode=0o700, exist_ok=True)
        return at

    def filled(self, text: str) -> str:
        """The text with each word of a stand-in in its place, unless it is part of a name, a path or a variable."""
        for word, value in self.words.items():
            text = re.sub(rf"(?<![\w$./{{-]){re.escape(word)}(?![\w=-])", lambda _found, value=value: value, text)
        return text


@dataclass(frozen=True)
class Typed:
    """One command as it was typed, what the page shows below it, and what came of it."""

    block: Block
    command: str
    shown: str
    printed: str = ""
    code: int | None = None


@contextmanager
def desk() -> Iterator[Desk]:
    """A home under a short path (an agent's socket has 108 characters at most), which is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="irk-d-", dir="/tmp"))
    try:
        (home / "page").mkdir()
        yield Desk(home)
    finally:
        subprocess.run(
            ["gpgconf", "--homedir", str(home / ".gnupg"), "--kill", "all"], capture_output=True, check=False
        )
        shutil.rmtree(home, ignore_errors=True)


def typed(
    blocks: Sequence[Block], place: Desk, stand_in: Callable[[str, Desk], None], patience: float = 300
) -> list[Typed]:
    """All commands of the blocks, in order, as far as they were run: the shell stops at the first that ends otherwise than shown."""
    used: set[str] = set()
    for block in blocks:
        for name in block.marks.stand_ins:
            if name not in used:
                used.add(name)
                stand_in(name, place)
    script, plan = ["set -euo pipefail", "exec 2>&1 </dev/null", *place.prelude], []
    for block in blocks:
        commands = block.commands
        for number, (command, shown) in enumerate(commands):
            text = place.filled(command) if block.marks.stand_ins else command
            script += [f"printf '{MARK}'", _ending_with(text, block.marks.code if number == len(commands) - 1 else 0)]
            plan.append(Typed(block, command, shown))
    script.append(f"printf '{MARK}'")
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=place.folder,
        env=_environment(place),
        capture_output=True,
        text=True,
        check=False,
        timeout=patience,
    )
    pieces = done.stdout.split(MARK)[1:]
    came = [Typed(one.block, one.command, one.shown, piece, 0) for one, piece in zip(plan, pieces, strict=False)]
    if done.returncode and came:
        came[-1] = Typed(came[-1].block, came[-1].command, came[-1].shown, came[-1].printed, done.returncode)
    return came


def _ending_with(text: str, code: int) -> str:
    if not code:
        return text.rstrip("\n")
    return "\n".join(
        ("set +e", text.rstrip("\n"), "ended=$?", "set -e", f'test "$ended" = {code} || {{ echo "ended with $ended"; exit 99; }}')
    )  # fmt: skip


def _environment(place: Desk) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("LANG", "XDG_CACHE_HOME") if name in os.environ}
    return {
        **kept,
        "HOME": str(place.home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "100",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Robin Reader",
        "GIT_AUTHOR_EMAIL": "robin@example.test",
        "GIT_COMMITTER_NAME": "Robin Reader",
        "GIT_COMMITTER_EMAIL": "robin@example.test",
        "LC_ALL": "C.UTF-8",
        **place.environment,
    }
