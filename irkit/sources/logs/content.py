"""What a log file holds, whatever it is packed in: plain, gzip, zstd, xz, bzip2, zip, tar, and these in one another.

Decided by the first bytes, never by a name. Nothing is written to disk, and nothing is read without bound: a file that
expands beyond reason is read that far, and said. Text in UTF-16 is given as UTF-8.
"""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from irkit.sources.logs import inflate

if TYPE_CHECKING:
    from irkit.sources.archives.interface import Family, Source

CHUNK = 1 << 20
SMALL = 8 << 20
"""A file up to this size on disk is read at once."""
RATIO, ALWAYS = 250, 256 << 20
"""A file may expand to so many times its size, and to so many bytes however small it is. Logs seldom pass 50 times."""
DEPTH = 6
"""Levels of packing within one another."""

_MAGIC = (inflate.GZIP, b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh", b"PK\3\4", b"PK\5\6", b"]\0\0", b"7z\xbc\xaf")
_TAR_AT, _TAR = 257, b"ustar"

Told = Callable[[str, str], None]
"""Told of what could not be read: the name as it is shown, and why."""


@dataclass(frozen=True)
class Content:
    """One text: its name (`outer.zip!inner.json` inside a container), and its bytes in pieces, to be taken before the next."""

    name: str
    chunks: Iterator[bytes | bytearray]


def contents(path: str, name: str, told: Told, progress: Callable[[int], None] | None = None) -> Iterator[Content]:
    """What one file holds, which is shown as `name`; `progress` is called with the bytes read from disk.

    Whatever is wrong with it goes to `told`.
    """
    try:
        with _File(path, progress) as file:
            before = os.fstat(file.fileno())
            yield from _of_file(file, before.st_size, name, told)
            after = os.fstat(file.fileno())
    except FileNotFoundError:
        told(name, "cannot be read: it is no longer there")
        return
    except OSError as error:
        told(name, f"cannot be read: {error.strerror or error}")
        return
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        told(name, "it changed while it was read; what was written then may be missing. Read a copy of it")


class _File(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: str, progress: Callable[[int], None] | None) -> None:
        super().__init__(path)
        self._told = progress

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(-1 if size is None else size) or b""
        if self._told:
            self._told(len(data))
        return data


def _of_file(file: _File, size: int, name: str, told: Told) -> Iterator[Content]:
    head = file.read(size + 1 if size <= SMALL else CHUNK)  # of the size: a buffer is made before it is read
    if not head.startswith(_MAGIC) and head[_TAR_AT : _TAR_AT + 5] != _TAR:
        yield Content(name, _decoded(_rest(file, head)))
        return
    if size <= len(head) and head.startswith(inflate.GZIP):
        data = inflate.whole(head)
        if data is not None and not _is_packed(data):
            yield Content(name, _decoded(iter((data,))))
            return
    from irkit.sources.archives.interface import Source

    file.seek(0)
    source = Source.on_disk(cast("BinaryIO", file), name, CHUNK)
    yield from _Unpacking(name, max(ALWAYS, RATIO * size), told).inside(source, name, 0)


def _rest(file: _File, head: bytes) -> Iterator[bytes]:
    while head:
        yield head
        head = file.read(CHUNK)


def _is_packed(data: bytes | bytearray) -> bool:
    return data.startswith(_MAGIC) or data[_TAR_AT : _TAR_AT + 5] == _TAR


class _Unpacking:
    """One file on its way: what it may still expand to, and whom to tell."""

    def __init__(self, outer: str, most: int, told: Told) -> None:
        self._outer, self._left, self._most, self._told = outer, most, most, told

    def inside(self, source: Source, name: str, depth: int) -> Iterator[Content]:
        """The texts in a source. Damage ends what is damaged and nothing else."""
        family = _family(source.head)
        if family is None:
            yield Content(name, _decoded(source.pieces()))
            return
        if depth >= DEPTH:
            self._told(name, f"packed more than {DEPTH} levels deep, not read")
            return
        if family.seeks and not source.again:
            self._told(
                name, f"a {family.name} of this size inside another archive is not read; unpack it and read that"
            )
            return
        from irkit.sources.archives.interface import Source

        try:
            for inner, pieces in self._members(family, source, name):
                yield from self.inside(
                    Source.of(self._bounded(pieces, family.name, inner), inner, SMALL), inner, depth + 1
                )
                if self._left < 0:
                    return
        except Exception as error:  # each library has errors of its own
            self._told(name, _damage(family.name, error))

    def _members(self, family: Family, source: Source, name: str) -> Iterator[tuple[str, Iterator[bytes]]]:
        if family.name == "gzip":
            yield name, inflate.members(source.pieces) if source.again else inflate.passing(source.pieces())
            return
        for member in family.members(source, lambda inner, why: self._told(f"{name}!{inner}" if inner else name, why)):
            yield (name if member.transparent else f"{name}!{member.name}"), member.pieces

    def _bounded(self, pieces: Iterator[bytes], kind: str, name: str) -> Iterator[bytes]:
        """Pieces up to where the data breaks, or the file has expanded to its bound: what came before counts."""
        try:
            for piece in pieces:
                self._left -= len(piece)
                if self._left < 0:
                    break
                yield piece
        except Exception as error:
            if self._left >= 0:
                self._told(name, _damage(kind, error))
            return
        if self._left < 0:
            self._told(
                self._outer,
                f"it expands to more than {self._most >> 20} MiB, as archives do that are made to do harm; "
                "the rest was not read",
            )


def _damage(kind: str, error: Exception) -> str:
    if isinstance(error, inflate.Damaged):
        return str(error)
    if isinstance(error, EOFError):
        return f"the {kind} data ends early, only what comes before is read"
    with suppress(AttributeError):
        return str(error.sentence())  # type: ignore[attr-defined]  # ours: an extra that is missing
    return f"the {kind} data is damaged, only what comes before is read: {str(error) or type(error).__name__}"


def _family(head: bytes) -> Family | None:
    from irkit.sources.archives.compressed import BZIP2, GZIP, LZMA, XZ, ZSTD
    from irkit.sources.archives.sevenzip import SEVENZIP
    from irkit.sources.archives.tars import TAR
    from irkit.sources.archives.zips import ZIP

    if head.startswith(inflate.GZIP):
        return GZIP
    known = (BZIP2, XZ, ZSTD, LZMA, TAR, SEVENZIP, ZIP)
    return next((one for one in known if not head.startswith(b"#!") and one.is_one(head)), None)


def _decoded(chunks: Iterator[bytes | bytearray]) -> Iterator[bytes | bytearray]:
    """UTF-8 without its mark; UTF-16 (with a mark, or ASCII told by its zeros) as UTF-8."""
    first = next(chunks, b"")
    codec = _utf16(first[:4])
    if codec:
        decoder = codecs.getincrementaldecoder(codec)("replace")
        yield decoder.decode(first).encode("utf-8", "replace")
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8", "replace")
        if last := decoder.decode(b"", final=True).encode("utf-8", "replace"):
            yield last
        return
    yield first.removeprefix(codecs.BOM_UTF8) if first.startswith(codecs.BOM_UTF8) else first
    yield from chunks


def _utf16(head: bytes | bytearray) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(head) == 4 and head[1] == head[3] == 0 and head[0] and head[2]:
        return "utf-16-le"
    if len(head) == 4 and head[0] == head[2] == 0 and head[1] and head[3]:
        return "utf-16-be"
    return ""
