"""A folder for what must stand in files for a moment: this user's alone, in memory where the machine has room, removed whatever happens."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  (a file system in memory; the folder made there is private)
_ROOM = 3 << 30  # bytes that must be free there
_PREFIX = "irkit-held-"
_SETTLED_S = 60.0


@contextmanager
def private_folder() -> Iterator[Path]:
    """An empty folder, mode 0700, gone afterwards, also after an error or Ctrl-C. What a killed run left is removed by the next one."""
    with locked_folder() as (folder, _):
        yield folder


@contextmanager
def locked_folder() -> Iterator[tuple[Path, int]]:
    """The same, with the descriptor that holds its lock: while any process has that open, nobody takes the folder for one that was left."""
    place = _place()
    _sweep(place)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=place) as name:
        handle = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield Path(name), handle
        finally:
            os.close(handle)


def places() -> tuple[Path, ...]:
    """Where such folders may stand."""
    return MEMORY.resolve(), Path(tempfile.gettempdir()).resolve()


def _place() -> Path:
    with suppress(OSError):
        if os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free >= _ROOM:
            return MEMORY
    return Path(tempfile.gettempdir())


def _sweep(place: Path) -> None:
    """Nobody holds the lock of a folder whose run was killed."""
    for left in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            about = left.lstat()
            young = time.time() - about.st_mtime < _SETTLED_S  # its owner may not have locked it yet
            if young or about.st_uid != os.geteuid() or not stat.S_ISDIR(about.st_mode):
                continue
            handle = os.open(left, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left)
            finally:
                os.close(handle)
