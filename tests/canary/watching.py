"""Of every process that runs meanwhile: its argument list, which anybody can read, and its environment, which its owner can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

_PAUSE_S = 0.02


@dataclass
class Seen:
    """Every argument list and every environment, each once."""

    arguments: set[bytes] = field(default_factory=set)
    environments: set[bytes] = field(default_factory=set)

    def look(self) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            for file, into in (("cmdline", self.arguments), ("environ", self.environments)):
                try:
                    into.add((process / file).read_bytes())
                except OSError:
                    continue  # it ended between being listed and being read


@contextmanager
def processes() -> Iterator[Seen]:
    """Look over and over while the block runs."""
    seen, over = Seen(), Event()

    def watch() -> None:
        while not over.is_set():
            seen.look()
            over.wait(_PAUSE_S)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
