"""Cutting the power: what a process had not yet had put on the disk for good is taken from the case, as chance has it.

Which that is, a small library tells that is loaded before the C library (`synced.c`): every fsync and fdatasync, with the file's state at
that moment. Beyond it a file is cut off anywhere, or emptied; a name that its folder was not synced with is gone, and what had that name
before is back. Half of the cuts are the worst there can be: all of that at once.
"""

# ruff: noqa: T201
from __future__ import annotations

import itertools
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.killing import carry, run
from benchmarks.killing.figures import Figures
from benchmarks.killing.irkits import Irkit, todays
from benchmarks.killing.scenes import records
from benchmarks.killing.striking import kill_tree
from irkit.case import Case
from irkit.case.journal import Journal
from irkit.model import Kind

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_FRAME, _HEADER = 4120, 32  # https://sqlite.org/fileformat2.html#walformat
_CARRY_OUT = """
import sys
from irkit.case import Case
from irkit.case.journal import Journal
append = Journal.append_many
def appended(journal, entries, actor):
    made = append(journal, entries, actor)
    if made:
        with open(sys.argv[3], "a") as told:
            told.write(f"{made[-1].seq} {made[-1].digest}\\n")
    return made
Journal.append_many = appended
case = Case.open(sys.argv[1])
case.carry_out("revoke", int(sys.argv[2]))
case.confirm()
"""


@dataclass(frozen=True)
class Recorder:
    """Tells what was put on the disk for good, from its log. `begin` before each run, when nobody has the case open."""

    library: Path
    log: Path
    kept: Path

    @classmethod
    def make(cls, folder: Path) -> Recorder | None:
        """None where there is no C compiler or no such preloading."""
        library = folder / "synced.so"
        source = Path(__file__).with_name("synced.c")
        if not shutil.which("cc") or sys.platform != "linux":
            return None
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"], check=True)
        return cls(library, folder / "synced.log", folder / "kept")

    @property
    def env(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "SYNCED_LOG": str(self.log)}

    def begin(self, folder: Path) -> None:
        self.log.unlink(missing_ok=True)
        shutil.rmtree(self.kept, ignore_errors=True)
        shutil.copytree(folder, self.kept)
        for path in folder.rglob("*"):  # what was there before counts as put on the disk
            is_ = path.lstat()
            self._say(f"N {is_.st_ino} {path}")
            if path.is_file():
                at = divmod(is_.st_mtime_ns, 10**9)
                self._say(f"F {is_.st_ino} {is_.st_size} {at[0]} {at[1]} {path}")

    def _say(self, line: str) -> None:
        with self.log.open("a") as file:
            file.write(f"{line}\n")

    def cut(self, folder: Path, chance: Random) -> int:
        """Take from the case what was not yet on the disk; how many files and names that concerned."""
        synced, named = self._read()
        worst, count = chance.random() < 0.5, 0
        for path in sorted(folder.rglob("*"), key=lambda one: len(one.parts), reverse=True):
            is_ = path.lstat()
            if path.name.endswith("-shm"):
                path.unlink()  # memory, not disk
                continue
            durable_name = (is_.st_ino, str(path)) in named
            if path.is_file():
                size, at, where = synced.get(is_.st_ino, (0, 0, ""))
                if (size, at) != (is_.st_size, is_.st_mtime_ns):
                    floor = min(size, is_.st_size) if where == str(path) else 0
                    os.truncate(path, floor if worst else chance.randint(floor, is_.st_size))
                    count += 1
            if not durable_name and (worst or chance.random() < 0.5):
                before = self.kept / path.relative_to(folder)
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                if before.is_file():
                    shutil.copy2(before, path)
                count += 1
        return count

    def _read(self) -> tuple[dict[int, tuple[int, int, str]], set[tuple[int, str]]]:
        synced: dict[int, tuple[int, int, str]] = {}
        named: set[tuple[int, str]] = set()
        for line in self.log.read_text().splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "F":
                inode, size, s, ns, path = rest.split(" ", 4)
                synced[int(inode)] = (int(size), int(s) * 10**9 + int(ns), path)
            elif kind == "N":
                inode, path = rest.split(" ", 1)
                named.add((int(inode), path))
        return synced, named

    def sent_too_soon(self) -> int:
        """Requests that may change something, sent while a write to the journal was not yet on the disk. Of one thread at a time."""
        waiting, soon = False, 0
        for line in self.log.read_text().splitlines():
            journal = re.search(r"journal\.sqlite(-wal|-journal)?$", line)
            if line.startswith("W ") and journal:
                waiting = True
            elif line.startswith("F ") and journal:
                waiting = False
            elif line.startswith("S "):
                soon += waiting and line[2:] in _CHANGING
        return soon


def playbooks(folder: Path, kills: int, chance: Random) -> Figures:
    """Over whole playbooks: what the journal still says is there, and each ends as it should."""
    figures = Figures("power cut during `irkit run`")
    recorder = Recorder.make(folder)
    if recorder is None:
        print("power cuts during `irkit run`: not measured, there is no C compiler here", file=sys.stderr)
        return figures
    for number in itertools.count():
        if figures.kills >= kills:
            return figures
        playbook = run.PLAYBOOKS[number % len(run.PLAYBOOKS)]
        count = min(run.OF_A_CASE[playbook] // 2, kills - figures.kills)
        run.one(folder / f"run-{number}", playbook, (todays(),), count, number, chance, figures, recorder)
    return figures


def carrying_out(folder: Path, kills: int, chance: Random, irkit: Irkit | None = None) -> Figures:
    """Over the carrying out of a revocation plan: what was acknowledged is there, and nobody was asked before it was on the disk."""
    figures = Figures("power cut during `carry-out`")
    recorder = Recorder.make(folder)
    if recorder is None:
        print("power cuts during a run: not measured, there is no C compiler here", file=sys.stderr)
        return figures
    told = folder / "acknowledged"

    def strike(made: carry.Desk, case: Case, after_s: float) -> bool | None:
        workers = chance.choice(("1", "4"))
        told.write_text("")
        case.journal.close()
        recorder.begin(case.folder)
        command = [sys.executable, "-P", "-c", _CARRY_OUT, str(case.folder), workers, str(told)]
        process = subprocess.Popen(
            command,
            stderr=subprocess.DEVNULL,
            text=True,
            env=(irkit or todays()).env | recorder.env,
            start_new_session=True,
        )
        while process.poll() is None and not told.stat().st_size:
            time.sleep(0.005)  # it has not begun
        with suppress(subprocess.TimeoutExpired):
            process.wait(after_s)
            return False if process.returncode == 0 else None
        kill_tree(process)
        process.wait()
        recorder.cut(case.folder, chance)
        case.journal = Journal(case.journal.path)
        if workers == "1":
            figures.is_lost(recorder.sent_too_soon(), "requests that were sent before the journal was on the disk")
        _look(made, case, told, figures)
        return True

    carry.work(folder, kills, chance, figures, strike)
    return figures


def _look(made: carry.Desk, case: Case, told: Path, figures: Figures) -> None:
    """What `append` acknowledged is there, and so is the announcement of all that the provider carried out."""
    digests = {row[0]: row[6] for row in records(case.journal.path)}
    acknowledged = [line.split() for line in told.read_text().splitlines()]
    figures.is_lost(sum(digests.get(int(seq)) != digest for seq, digest in acknowledged), "records acknowledged")
    announced = {one.body["target"] for one in case.journal.records(Kind.INTENT)}
    figures.is_lost(len(made.revoked(case) - announced), "announcements of what the provider carried out")


def write_ahead_log(folder: Path, kills: int, chance: Random) -> Figures:
    """The write-ahead log cut at chance, and at each boundary of a frame: every commit before the cut is there, and it goes on."""
    figures = Figures("power cut: write-ahead log cut off anywhere")
    path, log = folder / "journal.sqlite", folder / "journal.sqlite-wal"
    journal = Journal.create(path)
    keeper = sqlite3.connect(path)
    keeper.execute("SELECT count(*) FROM journal").fetchone()
    if not log.exists():
        print("power cuts: not measured, this folder is on a disk where no write-ahead log is kept", file=sys.stderr)
        return figures
    lengths = []
    for number in range(40):
        journal.append(Kind.NOTE, {"section": "summary", "text": f"{number} " + "x" * chance.randrange(6000)}, "bench")
        lengths.append(log.stat().st_size)
    database, written = path.read_bytes(), log.read_bytes()
    for number in range(kills):
        frames = len(written) // _FRAME + 1
        cut = chance.randrange(len(written) + 1) if number % 3 else _HEADER + _FRAME * chance.randrange(frames)
        place = folder / "cut"
        place.mkdir()
        (place / path.name).write_bytes(database)
        (place / log.name).write_bytes(written[:cut])
        after = Journal(place / path.name)
        committed, found = sum(length <= cut for length in lengths), len(after.records())
        after.append(Kind.NOTE, {"section": "summary", "text": "after the cut"}, "bench")
        figures.kills += 1
        figures.actions += committed
        figures.is_lost(max(0, committed - found), "commits before the cut")
        figures.is_broken(after.broken_link())
        after.close()
        shutil.rmtree(place)
    keeper.close()
    return figures
