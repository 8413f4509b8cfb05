"""gzip undone, as fast as what is installed can: libdeflate (`deflate`) for small files, ISA-L (`isal`) for streams, else zlib.

All three give the same bytes. What is damaged is always read by zlib, to the last byte that can be had, so that the answer
does not depend on what is installed. https://www.rfc-editor.org/rfc/rfc1952
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from irkit.sources.logs.seek import finder

GZIP = b"\x1f\x8b"
_members_in = finder([b"\x1f\x8b\x08"])
_RATIO = 1032  # deflate cannot pack tighter
WHOLE = 32 << 20
"""The most that is inflated in one piece."""
PIECE = 1 << 20
_FED = 64 << 10

_fast: Any = zlib
_fast_error: Any = zlib.error
_at_once: Callable[[bytes], bytearray] | None = None
with suppress(ImportError):
    from isal import isal_zlib

    _fast, _fast_error = isal_zlib, isal_zlib.error
with suppress(ImportError):
    from deflate import gzip_decompress

    _at_once = gzip_decompress


class Damaged(Exception):
    """The data breaks off, is corrupt, or is followed by something else; the text says which."""


def whole(data: bytes) -> bytes | bytearray | None:
    """The content of a small file of one sound member; None when it is anything else and has to be streamed."""
    size = int.from_bytes(data[-4:], "little")
    if not 0 < size <= min(WHOLE, _RATIO * len(data)) or len(_members_in(data)) > 1:
        return None
    try:
        if _at_once is not None:
            out: bytes | bytearray = _at_once(data)
            return out if len(out) == size else None
        one = _fast.decompressobj(31)
        out = one.decompress(data, size + 1)
        return out if one.eof and len(out) == size and not one.unused_data else None
    except Exception:  # each library has its own error; the stream says what is wrong
        return None


def members(reopen: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
    """The content of all members, one behind the other, in pieces. `reopen` gives the compressed bytes from the start, again.

    Damaged at the end of what can be read.
    """
    given = 0
    try:
        if _fast is not zlib:
            for piece in _members(reopen(), _fast.decompressobj):
                given += len(piece)
                yield piece
            return
    except (Damaged, _fast_error):
        pass
    for piece in _members(reopen(), _Careful):
        if given < len(piece):
            yield piece[given:]
        given = max(0, given - len(piece))


def passing(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same for bytes that pass by once."""
    return _members(pieces, _Careful)


def _members(pieces: Iterable[bytes], make: Callable[[int], Any]) -> Iterator[bytes]:
    one, fresh, begun = make(31), True, False
    for data in _fed(pieces):
        while data:
            if one.eof:
                data = data.lstrip(b"\0")  # tapes and some writers pad with zeros
                if not data:
                    break
                if not data.startswith(GZIP[: len(data)]):
                    raise Damaged("the gzip data is followed by something else, which is not read")
                one, fresh = make(31), True
            out = one.decompress(data, PIECE)
            fresh, begun = False, True
            if out:
                yield out
            if isinstance(one, _Careful) and one.broken:
                raise Damaged(f"the gzip data is damaged, only what comes before is read: {one.broken}")
            data = one.unused_data if one.eof else one.unconsumed_tail
    while begun and not one.eof and (out := one.decompress(b"", PIECE)):
        yield out
    if begun and not (one.eof or fresh):
        raise Damaged("the gzip data ends early, only what comes before is read")


def _fed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if len(piece) <= _FED:
            yield piece
        else:
            yield from (piece[at : at + _FED] for at in range(0, len(piece), _FED))


class _Careful:
    """zlib's, which on damage still gives every byte in front of it; then `broken` says what it is."""

    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(bits)
        self.broken = ""

    def decompress(self, data: bytes, most: int) -> bytes:
        before = self._inner.copy()
        try:
            return self._inner.decompress(data, most)
        except zlib.error as error:
            self.broken = str(error)
        out = bytearray()
        step = most
        while step:
            trial = before.copy()
            try:
                got = trial.decompress(data, step)
            except zlib.error:
                step //= 2
                continue
            out += got
            before, data = trial, trial.unconsumed_tail
            if not got:
                break
        return bytes(out)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def unconsumed_tail(self) -> bytes:
        return self._inner.unconsumed_tail
