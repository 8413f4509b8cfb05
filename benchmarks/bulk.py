"""Times the containment of many credentials against doing them one after another, at the drill's fake provider with its faults.

    python benchmarks/bulk.py [--count N] [--rounds N] [--delay SECONDS]

Every run is a whole one: probes, requests, proof of death, journal. The provider answers on loopback; `--delay` is added to each of
its answers, as a network would. What each run came to is printed beside its time: a fast run that loses one is worth nothing.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections import Counter
from pathlib import Path

from irkit.drill import bulk
from irkit.drill.provider import server

WAYS = {"irkit, eight at once": 8, "one after another": 1}


def main() -> None:
    parser = argparse.ArgumentParser(description="many credentials at once against a sequential loop")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.1, help="seconds added to every answer of the provider")
    given = parser.parse_args()
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    server._SLOW_S = given.delay
    faults = (*bulk.FAULTS, "slow")
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    came_to: dict[str, str] = {}
    for seed in range(1, given.rounds + 1):
        for name, workers in WAYS.items():
            with tempfile.TemporaryDirectory(prefix="irkit-bench-") as folder:
                run = bulk.rehearse(
                    Path(folder) / "bulk",
                    count=given.count,
                    faults=faults,
                    seed=seed,
                    say=lambda _line: None,
                    workers=workers,
                )
            seconds[name].append(run.seconds)
            ends = ", ".join(
                f"{count} {verdict}" for verdict, count in Counter(fate.verdict for fate in run.fates).items()
            )
            came_to[name] = (
                f"{ends}; lost {run.lost}, asked twice {run.twice}, called dead while alive {sum(not one.honest for one in run.fates)}"
            )
    print(
        f"{given.count} credentials of {len(bulk.ISSUERS)} issuers, {given.delay} s an answer, faults: {', '.join(bulk.FAULTS)}\n"
    )
    print("| | median s | credentials a second | faster by | ended |\n|-|-|-|-|-|")
    slowest = statistics.median(seconds["one after another"])
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        print(f"| {name} | {middle:.1f} | {given.count / middle:.1f} | {slowest / middle:.1f}x | {came_to[name]} |")


if __name__ == "__main__":
    main()
