"""Runs the fuzzers: each target for its share of the time in a process of its own, then a table and the corpus that is kept.

    python -m tests.fuzz [--minutes 60] [--target packets ...] [--out FOLDER] [--keep]

Needs the extra `fuzz` (atheris, Linux). Ends with 1 when a target crashed or hung; what made it do so is in FOLDER/TARGET/found.
With --keep the corpus in tests/fuzz/corpus is made anew from what was found.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from irkit.sources.private import private_folder
from tests.fuzz import corpus
from tests.fuzz.table import TARGETS, target

HANGS_S = 25
"""An input that takes longer is a hang."""
MEMORY_MB = 1500
_ROOT = Path(__file__).parents[2]
_HEAD = (
    "target",
    "runs",
    "minutes",
    "CPU minutes",
    "runs/CPU s",
    "new inputs",
    "crashes",
    "hangs",
    "slowest ms",
    "memory MB",
)


@dataclass(frozen=True)
class Run:
    """One target's figures. `processor_s` is how long it had a processor, `slowest_ms` how long one input kept it at most;
    `memory_mb` is the most that its process held."""

    target: str
    runs: int
    seconds: float
    processor_s: float
    new: int
    crashes: int
    hangs: int
    slowest_ms: float
    memory_mb: int
    ended: int

    @property
    def failed(self) -> bool:
        return bool(self.crashes or self.hangs or self.ended)

    @property
    def cells(self) -> tuple[str, ...]:
        each = self.runs / self.processor_s if self.processor_s else 0
        numbers = (
            f"{self.runs}",
            f"{self.seconds / 60:.1f}",
            f"{self.processor_s / 60:.1f}",
            f"{each:.0f}",
            f"{self.new}",
            f"{self.crashes}",
            f"{self.hangs}",
        )
        return (self.target, *numbers, f"{self.slowest_ms:.0f}", f"{self.memory_mb}")


def fuzz(name: str, seconds: int, out: Path) -> Run:
    """One target under libFuzzer for so many seconds."""
    place = out / name
    for folder in ("seeds", "corpus", "found"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    known = [*target(name).seeds(), *(one.data for one in corpus.read(name))]
    for number, data in enumerate(known):
        (place / "seeds" / f"{number:04d}").write_bytes(data)
    before = {one: {file.name for file in (place / one).iterdir()} for one in ("corpus", "found")}
    options = [
        f"-max_total_time={seconds}", f"-timeout={HANGS_S}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={target(name).longest}",
        f"-artifact_prefix={place / 'found'}/", "-print_final_stats=1",
    ]  # fmt: skip
    spent = _spent()
    ended = _process(name, place, [*options, str(place / "corpus"), str(place / "seeds")])
    spent = _spent() - spent
    said = (place / "log").read_text(errors="replace")
    figures = json.loads((place / "figures").read_text()) if (place / "figures").exists() else {}
    new = {
        one: [file.name for file in (place / one).iterdir() if file.name not in names] for one, names in before.items()
    }
    return Run(
        name,
        _stat(said, "number_of_executed_units"),
        _seconds(said) or seconds,
        spent,
        len(new["corpus"]),
        sum(one.startswith(("crash", "oom", "leak")) for one in new["found"]),
        sum(one.startswith("timeout") for one in new["found"]),
        figures.get("slowest_ms", 0.0),
        figures.get("memory_mb", 0),
        ended,
    )


def merged(name: str, out: Path) -> Iterator[bytes]:
    """What of the inputs is worth having, by libFuzzer's own measure, and the seeds with it."""
    place = out / name
    (place / "merged").mkdir(exist_ok=True)
    # libFuzzer starts itself again for each part of the merge, by one word.
    again = place / "again"
    again.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.fuzz.process {name} "$@"\n')
    again.chmod(0o700)
    folders = [str(place / one) for one in ("merged", "corpus", "seeds")]
    options = [
        "-merge=1",
        f"-timeout={HANGS_S}",
        f"-max_len={target(name).longest}",
        f"-artifact_prefix={place / 'found'}/",
    ]
    _process(name, place, [*options, *folders], str(again), "merge.log")
    found = sorted((place / "merged").iterdir()) or sorted((place / "corpus").iterdir())
    yield from (one.read_bytes() for one in found)


def _process(name: str, place: Path, arguments: Sequence[str], again: str = "", log: str = "log") -> int:
    figures = "" if again else str(place / "figures")
    environment = os.environ | {"IRKIT_FUZZ_FIGURES": figures, "IRKIT_FUZZ_COMMAND": again}
    environment["RUST_BACKTRACE"] = "0"  # Sequoia would look for the source of every refusal
    command = [sys.executable, "-m", "tests.fuzz.process", name, *arguments]
    with private_folder() as folder, (place / log).open("wb") as said:
        environment["TMPDIR"] = str(folder)  # in memory, and gone with it: libFuzzer ends without tidying up
        return subprocess.run(command, cwd=_ROOT, env=environment, stdout=said, stderr=said, check=False).returncode


def _spent() -> float:
    """Seconds of a processor that ended processes of this one had."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _stat(said: str, name: str) -> int:
    lines = [line for line in said.splitlines() if line.startswith(f"stat::{name}:")]
    return int(lines[-1].split()[-1]) if lines else 0


def _seconds(said: str) -> float:
    lines = [line for line in said.splitlines() if line.startswith("Done ")]
    return float(lines[-1].split()[4]) if lines else 0.0


def table(runs: Sequence[Run]) -> str:
    """In Markdown."""
    total = Run(
        "all", sum(one.runs for one in runs), sum(one.seconds for one in runs), sum(one.processor_s for one in runs),
        sum(one.new for one in runs), sum(one.crashes for one in runs), sum(one.hangs for one in runs), max(one.slowest_ms for one in runs),
        max(one.memory_mb for one in runs), 0,
    )  # fmt: skip
    rows = [_HEAD, ("---", *("---:",) * (len(_HEAD) - 1)), *(one.cells for one in [*runs, total])]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="fuzz irkit's readers")
    parser.add_argument("--minutes", type=float, default=60.0, help="in all, shared by the targets")
    parser.add_argument("--target", action="append", choices=TARGETS, help="only this one; may be repeated")
    parser.add_argument("--out", type=Path, help="where inputs and logs go, and are taken up again; else a new folder")
    parser.add_argument("--keep", action="store_true", help="make the corpus in tests/fuzz/corpus anew")
    given = parser.parse_args()
    names = given.target or list(TARGETS)
    out = (given.out or Path(tempfile.mkdtemp(prefix="irkit-fuzz-"))).absolute()
    runs = [fuzz(name, max(1, round(given.minutes * 60 / len(names))), out) for name in names]
    if given.keep:
        for name in names:
            corpus.write(name, corpus.chosen(target(name), merged(name, out)))
    sys.stdout.write(table(runs) + "\n")
    failed = [one.target for one in runs if one.failed]
    for name in failed:
        sys.stderr.write(f"{name} failed: see {out / name / 'log'} and {out / name / 'found'}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
