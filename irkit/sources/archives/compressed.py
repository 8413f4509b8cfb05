"""gzip, bzip2, xz, lzma, zstd and bare zlib: one stream, or several one behind the other.

gzip: https://www.rfc-editor.org/rfc/rfc1952; xz: https://tukaani.org/xz/xz-file-format.txt; zstd: https://www.rfc-editor.org/rfc/rfc8878
"""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, Protocol

from irkit.errors import NotAvailable
from irkit.extras import how_to_get
from irkit.sources.archives.interface import PIECE, Family, Member, Noted, Source, printable

_MEMORY = 256 << 20  # what a decompressor may allocate for its window
_SUFFIX = re.compile(r"\.(?:gz|bz2|xz|lzma|zst|zstd)$", re.IGNORECASE)
_SHORTER = {".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar", ".tzst": ".tar"}
_ZSTD = b"\x28\xb5\x2f\xfd"


class _Decompressor(Protocol):
    def __call__(self, data: bytes, most: int) -> bytes: ...

    @property
    def ended(self) -> bool: ...

    @property
    def unused(self) -> bytes: ...


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)

    def __call__(self, data: bytes, most: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, most)

    @property
    def ended(self) -> bool:
        return self._inner.eof

    @property
    def unused(self) -> bytes:
        return self._inner.unused_data


class _Object:
    """What bz2 and lzma share."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __call__(self, data: bytes, most: int) -> bytes:
        out: bytes = self._inner.decompress(data, most)
        return out

    @property
    def ended(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused(self) -> bytes:
        return bytes(self._inner.unused_data)


class _Zstd:
    """zstandard has no bound on what one call gives, so it is fed little at a time: a block is 128 KiB at most."""

    _FED = 1024

    def __init__(self, inner: Any) -> None:
        self._inner, self._waiting = inner, b""

    def __call__(self, data: bytes, most: int) -> bytes:
        del most
        self._waiting += data
        out = b""
        while not out and self._waiting and not self.ended:
            fed, self._waiting = self._waiting[: self._FED], self._waiting[self._FED :]
            out = self._inner.decompress(fed)
        return out

    @property
    def ended(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused(self) -> bytes:
        return bytes(self._inner.unused_data) + self._waiting


def decompressed(pieces: Iterator[bytes], make: Callable[[], _Decompressor], magic: bytes) -> Iterator[bytes]:
    """The content of all streams, one behind the other; zeros and anything else between and behind them are no stream.

    EOFError when the last one is cut; the decompressor's own error when it is damaged.
    """
    one, fresh = make(), True
    data = b""
    while True:
        if one.ended:
            data = one.unused.lstrip(b"\0")
            while len(data) < len(magic) and (more := next(pieces, None)) is not None:
                data = (data + more).lstrip(b"\0")
            found = data.find(magic)
            if found < 0:
                return
            data = data[found:]
            one, fresh = make(), True
        elif (more := next(pieces, None)) is not None:
            data = more
        elif fresh:
            return
        else:
            raise EOFError("the compressed data ends in the middle")
        fresh = False
        while not one.ended and (out := one(data, PIECE)):
            data = b""
            yield out


def zlib_pieces(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The content of one bare zlib stream."""
    return decompressed(pieces, lambda: _Zlib(15), b"\xff\xff\xff")


def _gzip(source: Source, _note: Noted) -> Iterator[Member]:
    name = _gzip_name(source.head) or _inner_name(source.name)
    yield Member(name, decompressed(source.pieces(), lambda: _Zlib(31), b"\x1f\x8b\x08"), transparent=True)


def _bzip2(source: Source, _note: Noted) -> Iterator[Member]:
    pieces = decompressed(source.pieces(), lambda: _Object(bz2.BZ2Decompressor()), b"BZh")
    yield Member(_inner_name(source.name), pieces, transparent=True)


def _xz(source: Source, _note: Noted) -> Iterator[Member]:
    def make() -> _Decompressor:
        return _Object(lzma.LZMADecompressor(memlimit=_MEMORY))

    yield Member(_inner_name(source.name), decompressed(source.pieces(), make, b"\xfd7zXZ\0"), transparent=True)


def _zstd(source: Source, _note: Noted) -> Iterator[Member]:
    try:
        import zstandard
    except ImportError:
        raise NotAvailable(
            "zstd needs the package zstandard", do=f"{how_to_get('archives')}, and search again"
        ) from None
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MEMORY)
    pieces = decompressed(_behind_skipped(source.pieces()), lambda: _Zstd(decompressor.decompressobj()), _ZSTD)
    yield Member(_inner_name(source.name), pieces, transparent=True)


def _behind_skipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """From the first frame on that is none to be skipped (RFC 8878, 3.1.2)."""
    data = b""
    for piece in pieces:
        data += piece
        while _is_skipped(data) and len(data) >= 8 + (size := int.from_bytes(data[4:8], "little")):
            data = data[8 + size :]
        if len(data) >= 8 and not _is_skipped(data):
            break
    yield data
    yield from pieces


def _is_skipped(head: bytes) -> bool:
    return head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50


def _zlib(source: Source, _note: Noted) -> Iterator[Member]:
    yield Member(_inner_name(source.name), zlib_pieces(source.pieces()), transparent=True)


def _is_zlib(head: bytes) -> bool:
    """A header whose check is right (RFC 1950, 2.2), and a beginning that can be inflated."""
    if len(head) < 8 or head[0] != 0x78 or int.from_bytes(head[:2], "big") % 31:
        return False
    try:
        return bool(zlib.decompressobj().decompress(head, 64))
    except zlib.error:
        return False


def _gzip_name(head: bytes) -> str:
    """The name in a gzip header (RFC 1952, FNAME); empty when it has none."""
    if len(head) < 12 or not head[3] & 8:
        return ""
    start = 12 + int.from_bytes(head[10:12], "little") if head[3] & 4 else 10
    name, end, _ = head[start:].partition(b"\0")
    return printable(PurePath(name.decode("utf-8", "surrogateescape")).name) if end else ""


def _inner_name(name: str) -> str:
    """The name without the compressor's suffix, or `content` when it has none."""
    plain = PurePath(name).name
    shorter = _SHORTER.get(PurePath(plain).suffix.lower())
    if shorter:
        return PurePath(plain).with_suffix(shorter).name
    return inner if (inner := _SUFFIX.sub("", plain)) and inner != plain else "content"


GZIP = Family("gzip", lambda head: head[:3] == b"\x1f\x8b\x08", _gzip)
BZIP2 = Family("bzip2", lambda head: head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"), _bzip2)
XZ = Family("xz", lambda head: head[:6] == b"\xfd7zXZ\0", _xz)
LZMA = Family("lzma", lambda head: head[:3] == b"\x5d\0\0" and len(head) > 13 and head[12] in (0, 255), _xz)
ZSTD = Family("zstd", lambda head: head[:4] == _ZSTD or (len(head) > 8 and _is_skipped(head)), _zstd)
ZLIB = Family("zlib stream", _is_zlib, _zlib)
