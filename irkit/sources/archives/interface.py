"""What a family of containers is, and the bytes it reads: on disk, in memory, or passing by once."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import BinaryIO

PIECE = 256 << 10
"""Bytes read at a time, and the most that any reader may ask for at once: no header of an honest archive is larger."""

HEAD = 4096
"""Bytes that are looked at to tell what something is."""

HELD = 64 << 20
"""Bytes of one member that are kept in memory, so that it can be read twice and out of order."""

Note = Callable[[str], None]
"""Told what could not be read of the container at hand, and why."""

Noted = Callable[[str, str], None]
"""The same about one member: its name, and why."""


class TooLarge(Exception):
    """It is sound, and more than can be read in this way; the text says so."""


class Kind(StrEnum):
    """How the members of a container stand to its own bytes."""

    ARCHIVE = "archive"  # they are other bytes, or stand verbatim at a `span`
    NAMED = "named"  # another reading of the same bytes, which says better where something stands
    PLAIN = "plain"  # another reading of the same bytes, of interest where it shows more


@dataclass(frozen=True)
class Member:
    """One file inside. `pieces` must be taken before the next member is asked for.

    `span` is where it stands verbatim in the container; a `transparent` member (the content of a `.gz`) has a
    level of its own in the path only when it is no container itself.
    """

    name: str
    pieces: Iterator[bytes]
    span: tuple[int, int] | None = None
    transparent: bool = False


@dataclass(frozen=True)
class Family:
    """One kind of container. `is_one` looks at the first `HEAD` bytes; `members` reads; `seeks` says that it reads out of order,
    `hides_names` that the names of its members do not stand in its own bytes.

    `members` may raise anything on a broken container: what came before counts, and the error is noted.
    """

    name: str
    is_one: Callable[[bytes], bool]
    members: Callable[[Source, Noted], Iterator[Member]]
    kind: Kind = Kind.ARCHIVE
    seeks: bool = False
    hides_names: bool = False


class Source:
    """The bytes of a file or member. `again` says that they can be read more than once and out of order."""

    def __init__(self, file: BinaryIO | None, passing: Iterator[bytes], name: str, head: bytes, chunk: int) -> None:
        self._file, self._passing, self._chunk = file, passing, chunk
        self.name, self.head = name, head

    @classmethod
    def on_disk(cls, file: BinaryIO, name: str, chunk: int) -> Source:
        """OSError when it cannot be read."""
        head = file.read(HEAD)
        return cls(file, iter(()), name, head, chunk)

    @classmethod
    def in_memory(cls, data: bytes, name: str) -> Source:
        return cls(io.BytesIO(data), iter(()), name, data[:HEAD], len(data) or 1)

    @classmethod
    def of(cls, pieces: Iterator[bytes], name: str, most: int = HELD) -> Source:
        """In memory when there are at most `most` bytes; otherwise they pass by once."""
        kept: list[bytes] = []
        size = 0
        for piece in pieces:
            kept.append(piece)
            size += len(piece)
            if size > most:
                return cls(None, chain(kept, pieces), name, b"".join(kept)[:HEAD], PIECE)
        return cls.in_memory(kept[0] if len(kept) == 1 else b"".join(kept), name)

    @property
    def again(self) -> bool:
        return self._file is not None

    def pieces(self) -> Iterator[bytes]:
        """All of it from the start (when it passes by: once)."""
        if self._file is None:
            yield from self._passing
            return
        self._file.seek(0)
        while piece := self._file.read(self._chunk):
            yield piece

    def forward(self) -> Forward:
        return Forward(self.pieces())

    def file(self) -> BinaryIO:
        """As a file that can be read out of order. Only where `again` is True."""
        assert self._file is not None
        self._file.seek(0)
        return self._file

    def whole(self) -> bytes:
        """All of it as one byte string. TooLarge when it is larger than what is held in memory."""
        file = self.file()
        data = file.read(HELD + 1)
        if len(data) > HELD:
            raise TooLarge(f"larger than {HELD >> 20} MiB, so it was searched only as it is")
        return data

    @property
    def path(self) -> str | bytes | None:
        """Where it is on disk; None in memory."""
        named = getattr(self._file, "name", None)
        return named if isinstance(named, str | bytes) else None


class Forward(io.RawIOBase):
    """Pieces as a file that can only be read onward. It gives no more than `PIECE` bytes at once: ValueError beyond."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._at, self._buffer, self._used = pieces, 0, b"", 0

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > PIECE + 1024:
            raise ValueError("a header claims to be larger than any honest one")
        parts: list[bytes] = []
        while size > 0 and self._fill():
            part = self._buffer[self._used : self._used + size]
            self._used += len(part)
            size -= len(part)
            parts.append(part)
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self._at += len(data)
        return data

    def exactly(self, size: int) -> bytes:
        """EOFError when it ends before."""
        data = self.read(size)
        if len(data) < size:
            raise EOFError("it ends in the middle")
        return data

    def take(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes in pieces. EOFError when it ends before."""
        while size > 0:
            piece = self.read(min(size, PIECE))
            if not piece:
                raise EOFError("it ends in the middle")
            size -= len(piece)
            yield piece

    def rest(self) -> Iterator[bytes]:
        while piece := self.read(PIECE):
            yield piece

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence or offset < self._at:
            raise ValueError("it can only be read onward")
        while self._at < offset and self.read(min(offset - self._at, PIECE)):
            pass
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def _fill(self) -> bool:
        while self._used >= len(self._buffer):
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._buffer, self._used = piece, 0
        return True


def printable(name: str | bytes) -> str:
    """A name of any bytes as text that can be printed on one line."""
    data = name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")
    text = data.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text)
