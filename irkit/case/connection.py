"""The one connection that a journal has to its database, and how all those of this process are let go of at once.

A process that closes any descriptor of a file gives up all its locks on it, SQLite's as well. Another program that opens the database
then takes itself to be alone: it cuts the memory that both share, or folds the log in and removes it, and what is written or read here
afterwards is lost or is not what was written. https://sqlite.org/howtocorrupt.html (2.2)
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from irkit.case import database

_OF_THIS_PROCESS: set[Connection] = set()
"""All that may be open, whether or not their journals are still in use. Copied whole before it is gone through: an object that is
collected meanwhile takes its own out."""


@contextmanager
def set_aside(path: Path) -> Iterator[None]:
    """While files at or below `path` are read as files, this process has no journal there open; whoever asks one waits."""
    with ExitStack() as held:
        there = [one for one in _OF_THIS_PROCESS.copy() if _is_within(one.path, path)]
        for one in sorted(there, key=lambda each: (str(each.path), id(each))):
            held.enter_context(one.held_back())  # in one order, or two could wait for each other
        yield


def _is_within(file: Path, path: Path) -> bool:
    return file.resolve().is_relative_to(path.resolve())


class Connection:
    """Opened when it is asked for. It serves all threads in turn; a fork opens its own."""

    def __init__(self, path: Path, owner: object) -> None:
        """It ends with `owner`. A connection of Python's that is merely dropped stays open, with its locks, until garbage is collected."""
        self.path = path
        self.turn = threading.RLock()  # threads of one process queue here, not in SQLite's polling
        self._open: tuple[int, sqlite3.Connection, bool] | None = None
        _OF_THIS_PROCESS.add(self)
        weakref.finalize(owner, self._forsaken).atexit = False

    def get(self) -> tuple[sqlite3.Connection, bool]:
        """The database, and whether it can be written. Errors of `database.connect`."""
        if self._open and not self._open[2] and database.may_be_written(self.path):
            self.close()  # there was no room: perhaps there is some now
        if self._open is None or self._open[0] != os.getpid():
            self._open = (os.getpid(), *database.connect(self.path))
        return self._open[1], self._open[2]

    def close(self) -> None:
        """What was open may be in the middle of a transaction: closing takes it back. The next question opens it again."""
        if self._open and self._open[0] == os.getpid():
            self._open[1].close()
        self._open = None

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """The file is let go of, and opened again only afterwards."""
        with self.turn:
            self.close()
            yield

    def _forsaken(self) -> None:
        """Nobody can ask it any more. Whoever holds it back now has closed it; waiting for them here could be for ever."""
        if self.turn.acquire(blocking=False):
            try:
                self.close()
            finally:
                self.turn.release()
        _OF_THIS_PROCESS.discard(self)
