"""Other irkits than today's: an older one from the history, and a later one made of today's. Each is a folder with its notebooks."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent.parent.parent
_TREE = ("irkit", "notebooks", "playbooks")
_FORM_2_CAME_WITH = "irkit/case/database.py"
_NEW_FIELDS = {
    "Action": "urgency: str = ''", "Plan": "seen_by: tuple[str, ...] = ()", "HumanTask": "deadline: str | None = None",
    "Call": "trace: dict[str, str] = field(default_factory=dict)",
}  # fmt: skip


@dataclass(frozen=True)
class Irkit:
    """One irkit, to be run as a process of its own (-P: not the one in the working folder). `form`: of its journal's database."""

    name: str
    root: Path
    form: int = 2

    @property
    def env(self) -> dict[str, str]:
        local = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
        return os.environ | local | {"PYTHONPATH": str(self.root)}

    def start(self, *words: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """`irkit WORDS...` in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "irkit", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=self.env | (env or {}), start_new_session=True,
        )  # fmt: skip

    def python(self, script: str, *words: str) -> str:
        """What a script that imports this irkit prints. CalledProcessError with its stderr when it fails."""
        done = subprocess.run(
            [sys.executable, "-P", "-c", script, *words], capture_output=True, text=True, env=self.env, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{self.name} irkit: {done.stderr[-2000:]}")
        return done.stdout


def todays() -> Irkit:
    return Irkit("today's", HERE)


def older(folder: Path) -> Irkit | None:
    """The last irkit whose journal's database had form 1, out of the history; None where the history is not here."""
    git = ["git", "-C", str(HERE)]
    asked = [*git, "log", "--diff-filter=A", "--format=%H", "--", _FORM_2_CAME_WITH]
    with suppress(OSError):
        came = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
        if came:
            kept = subprocess.run([*git, "archive", f"{came[-1]}^", *_TREE], capture_output=True, check=False)
            if kept.returncode == 0:
                with tarfile.open(fileobj=io.BytesIO(kept.stdout)) as tree:
                    tree.extractall(folder, filter="data")
                return Irkit("an older", folder, form=1)
    return None


def later(folder: Path) -> Irkit:
    """Today's with another version, more fields in what plans are made of, and other words in each notebook."""
    changed(folder, {"irkit/__init__.py": ('__version__ = "', '__version__ = "1')})
    for name, field in _NEW_FIELDS.items():
        held = [one for one in (folder / "irkit" / "plan").glob("*.py") if f"class {name}:\n" in one.read_text()]
        if len(held) != 1:
            raise ValueError(f"irkit/plan does not hold one class {name}")
        held[0].write_text(_with_field(held[0].read_text(), name, field))
    for notebook in (folder / "notebooks").glob("*.ipynb"):
        notebook.write_text(notebook.read_text().replace("Where the case stands", "Where this case stands"))
    return Irkit("a later", folder)


def changed(folder: Path, changes: Mapping[str, tuple[str, str]]) -> Irkit:
    """Today's, copied, with one text of each of these files replaced by another."""
    for name in _TREE:
        shutil.copytree(HERE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, (before, after) in changes.items():
        text = (folder / name).read_text()
        if before not in text:
            raise ValueError(f"{name} does not hold what was to be changed: {before}")
        (folder / name).write_text(text.replace(before, after))
    return Irkit("a changed", folder)


def _with_field(source: str, name: str, field: str) -> str:
    """The new field is the last of those with a default: in front of the first blank line after them."""
    before, head, after = source.partition(f"class {name}:\n")
    lines = after.split("\n")
    ends = (n for n, line in enumerate(lines) if n > 3 and not line.strip() and lines[n - 1].startswith("    "))
    lines.insert(next(n for n in ends if ": " in lines[n - 1]), f"    {field}")
    return before + head + "\n".join(lines)


def as_form_1(journal: Path) -> None:
    """The database as an irkit made it before it kept which irkit made it. Nobody may have it open."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as db:
        if db.execute("PRAGMA user_version").fetchone() != (1,):
            db.executescript("BEGIN IMMEDIATE; DROP TABLE form; PRAGMA user_version = 1; COMMIT;")
