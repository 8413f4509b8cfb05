"""What a fuzz target is: readers of bytes, which of their refusals are allowed, and seeds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from irkit.errors import IrkitError

Reader = Callable[[bytes], object]
Outcome = Literal["read", "refused"]


@dataclass(frozen=True)
class Target:
    """`readers` may refuse what they are given, by one of `refusals` and by nothing else; `never_refuse` may not even do that.

    `longest` is the most bytes that are tried at once.
    """

    readers: tuple[Reader, ...]
    seeds: Callable[[], Iterator[bytes]]
    never_refuse: tuple[Reader, ...] = ()
    refusals: tuple[type[Exception], ...] = (IrkitError,)
    longest: int = 4096

    def one(self, data: bytes) -> None:
        """Every reader on these bytes. Raises what none of them may raise."""
        self.outcome(data)

    def outcome(self, data: bytes) -> Outcome:
        """ "read" when one of those that may refuse it does not, or none may."""
        for reader in self.never_refuse:
            reader(data)
        kept = [self._reads(reader, data) for reader in self.readers]
        return "read" if any(kept) or not kept else "refused"

    def _reads(self, reader: Reader, data: bytes) -> bool:
        try:
            reader(data)
        except self.refusals:
            return False
        return True


def nested() -> Iterator[bytes]:
    """JSON as deep as Python reads it, and deeper: whoever walks over it by calling itself comes to the end of the stack."""
    for depth in (300, 480, 900, 1500):
        yield b"[" * depth + b"]" * depth
        yield b'{"a":' * depth + b"1" + b"}" * depth


def from_file(read: Callable[[Path], object], name: str = "fuzzed") -> Reader:
    """For a reader that wants a path: a file of a private folder, written anew each time."""

    def reader(data: bytes) -> object:
        path = folder() / name
        path.write_bytes(data)
        return read(path)

    return reader


def folder() -> Path:
    """This process's own, gone when it ends."""
    return Path(_held().name)


@cache
def _held() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="irkit-fuzz-")
