"""One process at a time changes the world for a case. The lock is the kernel's: it dies with its holder."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from irkit.errors import Waiting

_WAIT_S = 120.0


@contextmanager
def exclusive(path: Path, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Hold `path` alone. Waiting when another process keeps it for longer than `wait_s`."""
    with path.open("a") as file:
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Waiting(
                        "another process is changing this case", on=path.parent, do="let it finish, then run again"
                    ) from None
                time.sleep(0.1)
        yield
