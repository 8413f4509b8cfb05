"""Times finding every use of one key in gzip CloudTrail logs against what a responder would otherwise run, and what each found.

    python benchmarks/usage.py [--size MB] [--rounds N] [--memory FACTOR] [--files N] [--without NAME ...] [--descent]

The logs are made in a temporary folder, visibly fake: thousands of small files in the S3 layout, and the same events as
four files of JSON lines. Every run is a whole process, start-up included; the runs of a round follow one another, so that what
else the machine does falls on all alike; medians are compared. A rival that takes longer than --patience seconds is stopped
and left out of later rounds. `--descent` asks for a key that begot a session; the others cannot follow it. "Inflating alone" is
no rival but the floor: the same files inflated by the fastest library for their size in as many processes as there are cores, and
nothing looked for. `--files N` is a run of its own: irkit over N files of one event. irkit runs from compiled bytecode, as pip
installs it, whatever PYTHONDONTWRITEBYTECODE says here.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cloudtrail_data import BEGETTER, KEY, USES, Made, make, make_tiny

_PLAIN = """
import gzip, json, sys
from pathlib import Path
found = 0
for path in Path(sys.argv[1]).rglob("*.gz"):
    with gzip.open(path) as file:
        events = json.load(file)["Records"] if sys.argv[3] == "layout" else map(json.loads, file)
        found += sum(event["userIdentity"].get("accessKeyId") == sys.argv[2] for event in events)
print(found)
"""
_FLOOR = """
import os, sys
from pathlib import Path
from deflate import gzip_decompress
from isal import isal_zlib
files = sorted(Path(sys.argv[1]).rglob("*.gz"), key=lambda path: path.stat().st_size)
cores = len(os.sched_getaffinity(0))

def inflate(path):
    with path.open("rb", 0) as file:
        if path.stat().st_size < 1 << 20:
            return gzip_decompress(file.read())
        one = isal_zlib.decompressobj(31)
        while data := file.read(65536):
            while data:
                one.decompress(data, 1 << 20)
                data = one.unconsumed_tail

for core in range(cores):
    if os.fork() == 0:
        for path in files[core::cores]:
            inflate(path)
        os._exit(0)
for core in range(cores):
    os.wait()
"""
_DUCKDB = """
import sys, duckdb
duckdb.execute("SET enable_progress_bar = false")
event = "STRUCT(userIdentity STRUCT(accessKeyId VARCHAR), eventID VARCHAR)"
if sys.argv[3] == "layout":
    of = f"(SELECT unnest(Records) AS event FROM read_json(?, columns={{Records: '{event}[]'}}, maximum_object_size=268435456))"
else:
    of = f"(SELECT userIdentity AS who, eventID FROM read_json(?, format='newline_delimited', " \\
         "columns={userIdentity: 'STRUCT(accessKeyId VARCHAR)', eventID: 'VARCHAR'}))"
where = "event.userIdentity.accessKeyId" if sys.argv[3] == "layout" else "who.accessKeyId"
print(duckdb.execute(f"SELECT count(*) FROM {of} WHERE {where} = ?", [sys.argv[1] + "/**/*.gz", sys.argv[2]]).fetchone()[0])
"""


_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass
class Way:
    """A rival: its command, and how many uses its output says there are."""

    name: str
    command: list[str]
    count: Callable[[str], int | None]
    seconds: list[float] = field(default_factory=list)
    found: int | None = None
    stopped: bool = False


def ways(folder: Path, key: str, shape: str, without: list[str]) -> list[Way]:
    irkit = [sys.executable, "-m", "irkit", "usage", f"id:{key}", str(folder), "--format", "json"]
    listed = [
        Way("irkit", irkit, _of_irkit),
        Way("irkit, one process", [*irkit, "--workers", "1"], _of_irkit),
        Way("gzip and json in Python", [sys.executable, "-c", _PLAIN, str(folder), key, shape], int),
    ]
    if shutil.which("rg"):
        listed.insert(2, Way("rg -z -F", ["rg", "-z", "-F", "-o", "--no-filename", key, str(folder)], _of_lines))
    if importlib.util.find_spec("deflate") and importlib.util.find_spec("isal"):
        listed.append(Way("inflating alone (the floor)", [sys.executable, "-c", _FLOOR, str(folder)], lambda _: None))
    if importlib.util.find_spec("duckdb"):
        listed.append(Way("DuckDB read_json", [sys.executable, "-c", _DUCKDB, str(folder), key, shape], int))
    return [way for way in listed if way.name not in without]


def _of_irkit(text: str) -> int:
    return int(json.loads(text)["by_key"]["events"])


def _of_lines(text: str) -> int:
    return len(text.split())


def measure(listed: list[Way], rounds: int, patience: float) -> None:
    for turn in range(rounds + 1):  # the first round warms the page cache; it does not count
        for way in listed:
            if way.stopped:
                continue
            begun = time.perf_counter()
            try:
                done = subprocess.run(
                    way.command, capture_output=True, check=True, timeout=patience, text=True, env=_ENVIRONMENT
                )
            except subprocess.TimeoutExpired:
                way.stopped = True
                continue
            if turn:
                way.seconds.append(time.perf_counter() - begun)
            way.found = way.count(done.stdout)


def report(listed: list[Way], made: Made, patience: float) -> None:
    print("| | median s | range | irkit is faster by | uses found |\n|-|-|-|-|-|")
    ours = statistics.median(listed[0].seconds)
    for way in listed:
        if not way.seconds:
            print(f"| {way.name} | over {patience:.0f}, stopped | | over {patience / ours:.0f}x | |")
            continue
        middle = statistics.median(way.seconds)
        told = f"{way.found} of {made.uses}" if way.found is not None else ""
        span = f"{min(way.seconds):.2f}-{max(way.seconds):.2f}"
        print(f"| {way.name} | {middle:.2f} | {span} | {middle / ours:.1f}x | {told} |")


def peak(command: list[str], every: float = 0.01, out: int | IO[bytes] = subprocess.DEVNULL) -> int:
    """MiB that a command and its children have resident together at most, looked at every so many seconds."""
    most = 0
    with subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=_ENVIRONMENT) as process:
        while process.poll() is None:
            most = max(most, sum(_resident(one) for one in _family(process.pid)))
            time.sleep(every)
    return most >> 10


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in _family(int(child)))]


def _resident(pid: int) -> int:
    """KiB of its own, without what it shares with the process it was forked from or mapped from files."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def many(folder: Path, files: int) -> None:
    """irkit over so many tiny files: seconds and memory of one run, nothing warmed but by the writing of the files."""
    size = make_tiny(folder, files)
    print(f"{files} files of one event, {size / 1e6:.0f} MB, half of them gzipped; {os.cpu_count()} cores")
    irkit = ways(folder, KEY, "", [])[0]
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        most = peak(irkit.command, 0.1, out)
        seconds = time.perf_counter() - begun
        out.seek(0)
        print(
            f"irkit: {seconds:.1f} s, {irkit.count(out.read().decode())} of {USES} uses, all its processes {most} MiB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="irkit usage against rg -z, DuckDB and a plain loop")
    parser.add_argument("--size", type=int, default=1000, help="megabytes of events, uncompressed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=float, default=120, help="seconds after which a rival is stopped")
    parser.add_argument(
        "--memory", type=int, default=4, help="also the memory at so many times the size; 0 leaves it out"
    )
    parser.add_argument("--without", action="append", default=[], help="a way to leave out, by its printed name")
    parser.add_argument("--descent", action="store_true", help="ask for a key whose session is to be followed")
    parser.add_argument("--files", type=int, default=0, help="only: irkit over so many files of one event")
    given = parser.parse_args()
    key = BEGETTER if given.descent else KEY
    with tempfile.TemporaryDirectory(prefix="irkit-bench-") as temporary:
        folder = Path(temporary)
        if given.files:
            many(folder / "tiny", given.files)
            return
        made = make(folder / "logs", given.size)
        print(f"{made.events} events, {made.raw / 1e6:.0f} MB, gzipped {made.zipped / 1e6:.0f} MB in {made.files} files;"
              f" {os.cpu_count()} cores\n")  # fmt: skip
        shapes = {"layout": made.layout, "lines": made.lines}
        for shape, where in shapes.items():
            print(f"## {'CloudTrail layout' if shape == 'layout' else 'JSON lines'}\n")
            listed = ways(where, key, shape, given.without)
            measure(listed, given.rounds, given.patience)
            report(listed, made, given.patience)
            print(f"\nmemory of irkit, all its processes: {peak(listed[0].command)} MiB\n")
        if given.memory:
            shutil.rmtree(folder / "logs")
            larger = make(folder / "more", given.size * given.memory)
            for shape, where in (("CloudTrail layout", larger.layout), ("JSON lines", larger.lines)):
                command = ways(where, key, "", [])[0].command
                print(f"memory at {given.memory} times the size, {shape}: {peak(command)} MiB")


if __name__ == "__main__":
    main()
