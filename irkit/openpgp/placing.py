"""Fresh signatures brought to their places: written beside them, forced to disk many at once, moved into place one by one.

A file that is made while others are being forced waits for them; so a portion is made first and forced then, and the file system
commits it together.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from irkit.openpgp import moving

_AT_ONCE = 16


@dataclass
class Fresh:
    """A signature for `out`. `keep` is where the one that it replaces is kept."""

    out: Path
    keep: Path | None
    data: bytes
    mode: int
    stream: int = -1
    fault: OSError | None = None

    @cached_property
    def part(self) -> Path:
        return moving.part_of(self.out)

    def write(self) -> None:
        """Beside its place, not yet on disk for good. What fails is told by `place`."""
        try:
            self.stream = os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            if os.write(self.stream, self.data) != len(self.data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fchmod(self.stream, self.mode)
        except OSError as fault:
            self.fault = fault

    def force(self) -> None:
        try:
            if self.fault is None:
                os.fsync(self.stream)
        except OSError as fault:
            self.fault = fault

    def place(self) -> Path | None:
        """In place of what stood there; where that is kept. StepFailed when it cannot be, and then nothing has changed."""
        with moving.disk(self.out):
            if self.fault is not None:
                raise self.fault
            kept = self._kept()
            self.part.replace(self.out)
        os.close(self.stream)
        self.stream = -1
        return kept

    def drop(self) -> None:
        """Take away what did not come to its place."""
        if self.stream >= 0:
            os.close(self.stream)
            self.stream = -1
            self.part.unlink(missing_ok=True)

    def _kept(self) -> Path | None:
        """A second name for the signature that is about to be replaced: the same file, so that it costs nothing."""
        if self.keep is None or not self.out.exists():
            return None
        try:
            os.link(self.out, self.keep)
        except OSError:  # it is there already, or this file system has no links
            moving.keep_copy(self.out, self.keep)
        return self.keep


class Disk:
    """Writes and forces portions while others work."""

    def __init__(self) -> None:
        self._writer = ThreadPoolExecutor(1)
        self._forcing = ThreadPoolExecutor(_AT_ONCE)

    def force(self, portion: Sequence[Fresh]) -> Future[None]:
        return self._writer.submit(self._force, tuple(portion))

    def _force(self, portion: tuple[Fresh, ...]) -> None:
        for one in portion:
            one.write()
        size = -(-len(portion) // _AT_ONCE)
        shares = [portion[start : start + size] for start in range(0, len(portion), size)]
        for _ in self._forcing.map(lambda share: [one.force() for one in share], shares):
            pass

    def close(self) -> None:
        self._writer.shutdown()
        self._forcing.shutdown()
