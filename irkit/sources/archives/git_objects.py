"""A repository inside an archive: its loose objects are zlib streams; its packs are not taken apart here.

https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from irkit.sources.archives.compressed import zlib_pieces
from irkit.sources.archives.interface import Family, Member, Noted, Source

NOT_OPENED = "a git pack outside of a repository was not opened; unpack the repository and give its path"
_BUNDLES = (b"# v2 git bundle\n", b"# v3 git bundle\n")
"""A bundle is a pack behind a few lines: https://git-scm.com/docs/gitformat-bundle"""
_OBJECT = re.compile(rb"(blob|commit|tree|tag) \d+\0")


def _loose(source: Source, _note: Noted) -> Iterator[Member]:
    match = _OBJECT.match(_start(source.head))
    yield Member(match[1].decode() if match else "object", _behind_header(zlib_pieces(source.pieces())))


def _behind_header(pieces: Iterator[bytes]) -> Iterator[bytes]:
    first = next(pieces, b"")
    yield first.partition(b"\0")[2]
    yield from pieces


def _start(head: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(head, 40)
    except zlib.error:
        return b""


def _pack(_source: Source, note: Noted) -> Iterator[Member]:
    note("", NOT_OPENED)
    yield from ()


LOOSE = Family("git object", lambda head: head[:1] == b"\x78" and _OBJECT.match(_start(head)) is not None, _loose)
PACK = Family("git pack", lambda head: head[:8] in (b"PACK\0\0\0\2", b"PACK\0\0\0\3") or head[:16] in _BUNDLES, _pack)
