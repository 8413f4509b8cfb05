"""One process at a time changes the world for a case. The lock is the kernel's: it dies with its holder.

Whoever holds it writes into it who they are, and clears that at the end. On a disk of this machine the kernel's word is final; on a
shared one a foreign entry that was never cleared stops everybody, since that machine's lock may not be seen from here.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from irkit.case.disk import is_local
from irkit.errors import StepFailed, Waiting
from irkit.model import iso

_WAIT_S = 120.0
_HOST = socket.gethostname


@dataclass(frozen=True)
class Holder:
    """Who holds the case: a process of a machine, since when (ISO 8601, UTC by that machine's clock)."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


@contextmanager
def exclusive(path: Path, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Hold `path` alone. Waiting, naming the holder, when another process keeps it for longer than `wait_s` or died with it elsewhere.

    StepFailed when the folder cannot be written. What a process of this machine left behind is taken over.
    """
    with _taken(path, time.monotonic() + wait_s) as file:
        left = holder(path)
        if left and left.host != _HOST() and not is_local(path):
            raise Waiting(
                "another machine holds this case, or was stopped while it did", on=path.parent, why=str(left),
                do=f"look there whether irkit still runs; if it does not, remove {path} and run it again",
            )  # fmt: skip
        _say(file, json.dumps(asdict(Holder(os.getpid(), _HOST(), iso(datetime.now(UTC).replace(microsecond=0))))))
        try:
            yield
        finally:
            _say(file, "")


def holder(path: Path) -> Holder | None:
    """Who wrote themselves into the lock and did not clear it; None when nobody did, or nobody can tell."""
    try:
        plain = json.loads(path.read_text())
        return Holder(int(plain["pid"]), str(plain["host"])[:120], str(plain["since"])[:40])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def _taken(path: Path, deadline: float) -> Iterator[TextIO]:
    while True:
        try:
            file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        except OSError as error:
            raise StepFailed(
                "nothing can be carried out in this case", on=path.parent, why=error.strerror or "",
                do="work where the case folder can be written",
            ) from None  # fmt: skip
        with file:
            _wait_for(file, path, deadline)
            if _is_still(file, path):  # else a person removed it meanwhile, and another one counts
                yield file
                return


def _wait_for(file: TextIO, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Waiting(
                    "another process is changing this case", on=path.parent, why=str(holder(path) or "it does not say which"),
                    do="let it finish, then run again",
                ) from None  # fmt: skip
            time.sleep(0.1)
        except OSError as error:
            raise StepFailed(
                "the case cannot be locked", on=path, why=error.strerror or "",
                do="put it on a disk that knows locks (flock): without one, two of irkit could act at once",
            ) from None  # fmt: skip


def _is_still(file: TextIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def _say(file: TextIO, text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()
