"""How often a run can be killed: SIGKILL over whole playbooks, carrying out and bulk re-signing, and power cuts. Prints the figures.

    python benchmarks/kills.py [--kills 500] [--at-once 3] [--seed 1] [--write docs/kills.md]

Where a kill strikes is chance. What counts: no action carried out twice (as the provider counted, and as files and records show),
none lost (each ends in an outcome, at the latest in the run after the last kill), and the chain whole after every kill.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))  # the parts of this script, and the releases that the tests make

from benchmarks.killing import carry, figures, power, resign, run

ROWS = (
    (run.row, 0.13), (carry.row, 0.32), (resign.row, 0.26), (power.playbooks, 0.03), (power.carrying_out, 0.12),
    (power.write_ahead_log, 0.14),
)  # fmt: skip
"""Each row with its share of the kills: a whole playbook takes longest."""


def one(row: int, kills: int, seed: int) -> figures.Figures:
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    with tempfile.TemporaryDirectory(prefix="irkit-kills-") as name:
        return ROWS[row][0](Path(name), kills, Random(seed))  # noqa: S311


def main() -> None:
    parser = argparse.ArgumentParser(description="kills and power cuts: what is done twice, what is lost")
    parser.add_argument("--kills", type=int, default=50, help="in all, over every row")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=1, help="rows at a time")
    parser.add_argument("--write", type=Path, metavar="FILE", help="a document that gets the table")
    given = parser.parse_args()
    chance, began = Random(given.seed), time.monotonic()  # noqa: S311
    shares = [max(1, round(given.kills * share)) for _, share in ROWS]
    seeds = [chance.randrange(1 << 30) for _ in ROWS]
    printed, rows = [figures.HEAD], []
    print(figures.HEAD, flush=True)
    with ProcessPoolExecutor(given.at_once, multiprocessing.get_context("spawn")) as pool:
        for row in pool.map(one, range(len(ROWS)), shares, seeds):
            rows.append(row)
            printed.append(row.row())
            print(printed[-1], flush=True)
    whole = figures.total(rows)
    took = f"{time.monotonic() - began:.0f} s, seed {given.seed}, {os.cpu_count()} cores"
    printed += [whole.row(), "", took]
    print(f"{whole.row()}\n\n{took}")
    if given.write:
        figures.write(given.write, printed)
    sys.exit(0 if whole.right else 1)


if __name__ == "__main__":
    main()
