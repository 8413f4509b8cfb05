"""One target under libFuzzer, in a process of its own. Needs the extra `fuzz` (atheris). `tests.fuzz` starts it.

    python -m tests.fuzz.process TARGET [-libFuzzer_option=value ...] [FOLDER ...]

How long an input took at most is written to the file that IRKIT_FUZZ_FIGURES names, and that input beside it as `slowest`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path

import atheris

from tests.fuzz.table import TARGETS, followed, ours, target

_EVERY = 1000


class _Timed:
    """`one`, and how long it took at most."""

    def __init__(self, name: str, figures: str) -> None:
        self._target, self._figures = target(name), Path(figures) if figures else None
        self._runs, self._slowest_s = 0, 0.0

    def __call__(self, data: bytes) -> None:
        begun = time.process_time()  # others may be using the processor too
        self._target.one(data)
        took = time.process_time() - begun
        self._runs += 1
        if took > self._slowest_s:
            self._slowest_s = took
            self._write(data)
        elif self._runs % _EVERY == 0:
            self._write()

    def _write(self, slowest: bytes | None = None) -> None:
        # libFuzzer ends the process without coming back, so the figures are written as they come.
        if self._figures:
            figures = {"runs": self._runs, "slowest_ms": self._slowest_s * 1000, "memory_mb": _most_memory() >> 10}
            self._figures.write_text(json.dumps(figures))
            if slowest is not None:
                self._figures.with_name("slowest").write_bytes(slowest)


def _most_memory() -> int:
    """Kilobytes of this program at its largest; what libFuzzer tells counts the one that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))


def main(arguments: list[str]) -> None:
    name = arguments[1]
    wanted = followed(name)
    # atheris takes in the whole of a package that is named, and leaves out modules that are named.
    packages = {one.partition(".")[0] for one in TARGETS[name]}
    with atheris.instrument_imports(include=sorted(packages), exclude=sorted({*ours()} - {*wanted})):
        for one in wanted:
            import_module(one)  # also those that irkit loads when it needs them
        timed = _Timed(name, os.environ.get("IRKIT_FUZZ_FIGURES", ""))
    atheris.Setup([os.environ.get("IRKIT_FUZZ_COMMAND") or arguments[0], *arguments[2:]], timed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
