"""Refs are moved so that a kill on the way stops no later run: git takes no lock away that a killed git left.

git locks a ref by a file beside it (REF.lock; packed-refs.lock where one is deleted). What is about to be moved is therefore written
down in the git directory first, and that note is held (flock) by irkit and by the git it starts: the kernel lets go of it when the
last of them ends, however it ends. So a note that nobody holds is of a run that was killed. A lock is that run's, and is taken away,
when the note names its ref, when it was set no earlier than the note was written, and when it holds what the note says or nothing
yet; and only after git itself has waited for it in vain. Any other lock is left, and named.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from irkit.errors import IrkitError, StepFailed
from irkit.model import iso
from irkit.openpgp import moving
from irkit.sources.git.run import Repository

NOTE = "irkit-moving"
_PATIENCE_S = 30.0
_CLOCK_NS = 20_000_000
"""A file system's clock may be behind the system's by a tick or two."""


@dataclass(frozen=True)
class Move:
    """A ref that goes from `old` ("" when it is not there yet) to `new` ("" when it is deleted)."""

    ref: str
    new: str
    old: str = ""


@dataclass(frozen=True)
class Note:
    """What this run is about to move, and what runs that were killed were: (since when in ns, their moves)."""

    handle: int
    repository: Repository
    moves: tuple[Move, ...]
    earlier: tuple[tuple[int, tuple[Move, ...]], ...]

    def left(self) -> list[Path]:
        """The locks of runs that were killed."""
        found = [
            path
            for since, moves in self.earlier
            for path, contents in _locks(self.repository, moves)
            if _is_theirs(path, contents, since)
        ]
        return list(dict.fromkeys(found))

    def clear(self) -> bool:
        """Take them away; whether there was one."""
        found = self.left()
        with moving.disk(self.repository.common):
            for path in found:
                if path.name == "packed-refs.lock":
                    path.with_name("packed-refs.new").unlink(missing_ok=True)  # only who holds the lock writes it
                path.unlink(missing_ok=True)
        return bool(found)

    def explained(self, refused: IrkitError) -> IrkitError:
        """What git refused, in words that help where a lock is in the way."""
        for path, _contents in _locks(self.repository, self.moves):
            with contextlib.suppress(OSError):
                since = iso(datetime.fromtimestamp(path.lstat().st_mtime, UTC).replace(microsecond=0))
                return StepFailed(
                    "a lock of git is in the way", on=path, why=f"it has stood since {since}, and irkit did not set it",
                    do="when no git is at work in that repository, remove the file, then run it again",
                )  # fmt: skip
        return refused


@contextlib.contextmanager
def noted(repository: Repository, moves: Sequence[Move]) -> Iterator[Note]:
    """Write down what is about to be moved, as long as the block lasts. StepFailed while another run moves refs there."""
    path = repository.common / NOTE
    with moving.disk(path):
        handle = _held(path)
        try:
            size = os.fstat(handle).st_size
            note = Note(handle, repository, tuple(moves), _earlier(handle))
            _add(handle, size, note.moves)
            try:
                yield note
            except Exception:
                _cut(handle, path, size)  # git has ended by itself, and taken its own locks away
                raise
            _cut(handle, path, size if note.left() else 0)
        finally:
            os.close(handle)


def _held(path: Path) -> int:
    """The note, open and held. Whoever had it before may have removed it meanwhile: then it is another file."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(handle).st_ino == path.lstat().st_ino:
                return handle
        except FileNotFoundError:
            pass
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(handle)
                raise StepFailed(
                    "another run is moving refs there", on=path.parent, do="let it finish, then run it again"
                ) from None
            time.sleep(0.05)
        os.close(handle)


def _add(handle: int, size: int, moves: Sequence[Move]) -> None:
    """One more line. It begins with a line end: the one before may have been cut off."""
    line = json.dumps({"since": time.time_ns(), "moves": [asdict(one) for one in moves]})
    os.pwrite(handle, f"\n{line}\n".encode(), size)
    os.fsync(handle)


def _cut(handle: int, path: Path, size: int) -> None:
    os.ftruncate(handle, size)
    if size == 0:
        path.unlink(missing_ok=True)


def _earlier(handle: int) -> tuple[tuple[int, tuple[Move, ...]], ...]:
    """A line that was cut off by a kill is of a run that had not begun to move anything."""
    found = []
    for line in os.pread(handle, os.fstat(handle).st_size, 0).splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError):
            said = json.loads(line)
            found.append((int(said["since"]), tuple(Move(**one) for one in said["moves"])))
    return tuple(found)


def _locks(repository: Repository, moves: Sequence[Move]) -> Iterator[tuple[Path, frozenset[bytes]]]:
    """Where git locks, and what a lock holds: the new id, or nothing."""
    for one in moves:
        yield repository.common / f"{one.ref}.lock", frozenset({b"", f"{one.new}\n".encode()})
    if any(not one.new for one in moves):
        yield repository.common / "packed-refs.lock", frozenset({b""})


def _is_theirs(path: Path, contents: frozenset[bytes], since: int) -> bool:
    try:
        state = path.lstat()
        return state.st_ctime_ns >= since - _CLOCK_NS and path.read_bytes() in contents
    except OSError:
        return False
