"""Histories that libedit wrote, as they were typed: of psql, mysql, sqlite3, python and others where they are built with it.

Every blank stands as an octal number in them, so that no word begins or ends where it did: `history(3)` and `strvis(3)` with VIS_WHITE,
https://man.netbsd.org/editline.3, https://man.netbsd.org/strvis.3
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.sources.archives.interface import Family, Kind, Member, Noted, Source

_HEAD = b"_HiStOrY_V2_\n"
_WRITTEN = re.compile(rb"\\(?:([0-7]{3})|(\\))")


def typed(text: bytes) -> bytes:
    """The lines as they were typed; what was typed over several lines stays one."""
    return _WRITTEN.sub(_letter, text)


def _letter(found: re.Match[bytes]) -> bytes:
    letter = bytes((int(found[1], 8) & 0xFF,)) if found[1] else b"\\"
    return b" " if letter == b"\n" else letter


def _read(source: Source, _note: Noted) -> Iterator[Member]:
    yield Member("plain text", _typed(source.pieces()))


def _typed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        data = rest + piece
        cut = data.rfind(b"\\", max(0, len(data) - 3))  # what may go on is read with what follows
        cut = len(data) if cut < 0 or data[cut - 1 : cut] == b"\\" else cut
        yield typed(data[:cut])
        rest = data[cut:]
    yield typed(rest)


HISTORY = Family("history of libedit", lambda head: head.startswith(_HEAD), _read, Kind.PLAIN)
