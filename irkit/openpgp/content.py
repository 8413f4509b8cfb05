"""The bytes of an artifact, read once and judged by their digest on the way to being signed."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import StepFailed

WHOLE = 1 << 20
"""Bytes up to which an artifact is held in memory between hashing and verifying. Such ones are signed with SHA-512, larger ones
with SHA-256: the digest that was judged is that already, and two hashes would take three times as long."""
LARGE = 256 << 20
"""Bytes from which an artifact is read once only."""
_CHUNK = 1 << 18


class NotJudged(StepFailed):
    """The artifact is not the one that was judged: signing it is no question of trying again."""


@dataclass
class Content:
    """The bytes of an artifact as they were read: its SHA-256, what goes on to be signed, and how the file looked meanwhile."""

    path: Path
    sha256: str
    taken: hashlib._Hash
    data: bytes | None
    state: tuple[int, int, int, int]

    def unchanged(self) -> None:
        """StepFailed when the file is another one by now."""
        try:
            now = _state(self.path.stat())
        except OSError:
            now = None
        if now != self.state:
            raise StepFailed(
                "the artifact changed while it was signed", on=self.path, do="see who writes to it and try again"
            )

    def forget(self) -> None:
        """The bytes are not needed any more."""
        self.data = None

    @property
    def large(self) -> bool:
        return self.state[1] >= LARGE

    @property
    def mode(self) -> int:
        return self.state[3] & 0o666


def read_content(path: Path, sha256: str = "") -> Content:
    """One pass over a file. NotJudged when it has not the digest given, or is gone; StepFailed when it cannot be read."""
    try:
        stream = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            before = _state(os.fstat(stream))
            data = _all_of(stream, before[1]) if before[1] <= WHOLE else None
            if data is not None:
                judged, taken = hashlib.sha256(data), hashlib.sha512(data)
            else:
                judged = taken = _streamed(stream)
            after = _state(os.fstat(stream))
        finally:
            os.close(stream)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and sha256:
            raise _not_judged(path, "none: it is gone", sha256) from None
        raise StepFailed(
            "a file cannot be read", on=path, why=error.strerror or "", do="look at its permissions"
        ) from None
    found = judged.hexdigest()
    if sha256 and found != sha256:
        raise _not_judged(path, found, sha256)
    content = Content(path, found, taken, data, before)
    if after != before:
        content.unchanged()
    return content


def _all_of(stream: int, size: int) -> bytes:
    """What stands in a file that had this size when it was opened; the state of the file tells whether it grew meanwhile."""
    found = os.read(stream, size + 1)
    while len(found) < size and (more := os.read(stream, size - len(found))):
        found += more
    return found


def _streamed(stream: int) -> hashlib._Hash:
    taken, buffer = hashlib.sha256(), bytearray(_CHUNK)
    view = memoryview(buffer)
    while size := os.readv(stream, [buffer]):
        taken.update(view[:size])
    return taken


def _state(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode


def _not_judged(path: Path, found: str, planned: str) -> NotJudged:
    return NotJudged(
        "the artifact is not the one that was judged", on=path, why=f"SHA-256 is {found}, planned {planned}",
        do="do not sign it; judge the release again",
    )  # fmt: skip
