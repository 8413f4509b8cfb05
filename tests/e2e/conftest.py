"""One whole drill, for every test that looks at what it left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from irkit.drill.run import rehearse


@contextmanager
def watched_arguments() -> Iterator[set[bytes]]:
    """The argument lists of every process of this machine, looked at over and over while the block runs."""
    seen: set[bytes] = set()
    over = Event()

    def watch() -> None:
        while not over.is_set():
            for entry in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(entry.read_bytes())
                except OSError:
                    continue  # it ended between being listed and being read
            over.wait(0.02)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


@pytest.fixture(scope="session")
def drill(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drill")
    private = folder / "tmp"
    private.mkdir()
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(private)
    mask = os.umask(0)  # the most generous there is: what is private is so by irkit's own doing
    seen: list[str] = []
    try:
        with watched_arguments() as arguments:
            result = rehearse("token-and-key", folder / "out", say=seen.append)
        os.umask(mask)
        yield folder, result, [*seen, *(text.decode("utf-8", "replace") for text in arguments)], private
    finally:
        os.umask(mask)
        os.environ.pop("TMPDIR")
        if before is not None:
            os.environ["TMPDIR"] = before
