"""Where known credentials stand in bytes: every window between the edges of letters and digits that has the length of one is digested.

An edge is where a run of letters and digits begins or ends, or where an escape ends within one (`\\n`, `\\040`, `%3D`, a colour of a
terminal), or behind an option of one letter (`-p`). Blanks and control characters stand in no token. What remains are a few windows in
a hundred bytes of program text.

Most words are shorter than any credential, and are passed by; the rest are few, and are looked at one by one. A word of many pages, such
as a script without blanks, is looked at as an array; to import numpy for the others takes longer than they do.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from itertools import chain
from typing import Any

from irkit.guard.known.book import Book
from irkit.guard.known.digests import Key

CHUNK = 1 << 20
_Counted = Generator[tuple[int, bytes, str], None, tuple[int, bytes]]
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_CLASSES = bytes(0 if char <= 0x20 or char == 0x7F else 2 if char in _LETTERS else 1 for char in range(256))
_BLANK, _ALNUM = 0, 2
_TEXT = bytes((0x09, 0x0A, 0x0D, *range(0x20, 0x7F)))
_HEAD = 4096
_SPACES = bytes(0x20 if kind == 0 else char for char, kind in enumerate(_CLASSES))
_RUN = re.compile(rb"[A-Za-z0-9]+")
_BEHIND = re.compile(
    rb"(?:(?<=\\[nrtbfv0])|(?<=\\[0-7]{3})|(?<=%..)|(?<=[\[0-9]m)|(?<=\A-.))(?=[A-Za-z0-9])", re.DOTALL
)
_LONG_WORD = 8192
_ESCAPES = b"nrtbfv0"
_ESCAPE_EDGES = 4  # bytes before a place that say whether an escape ends there


class Windows:
    """What one book and its key find. BadInput when the key is another one."""

    def __init__(self, book: Book, key: Key) -> None:
        book.check(key)
        self._book, self._digest = book, key.digester()
        self._lengths = book.lengths
        self.longest = max(self._lengths, default=0)
        self._shortest = min(self._lengths, default=0)

    def __bool__(self) -> bool:
        return bool(self._lengths)

    def find(self, data: bytes) -> Iterator[tuple[int, bytes, str]]:
        """(offset, the text that stands there, the name of the credential), in no order."""
        if len(data) < self._shortest or not self._lengths:
            return
        shortest, position = self._shortest, 0
        for word in [one for one in data.translate(_SPACES).split() if len(one) >= shortest]:
            position = data.index(word, position)
            where = self._in_array(word) if len(word) > _LONG_WORD else self._in_word(word)
            for at, text, name in where:
                yield position + at, text, name
            position += len(word)

    def _in_word(self, word: bytes) -> Iterator[tuple[int, bytes, str]]:
        spans = [run.span() for run in _RUN.finditer(word)]
        if not spans or spans[-1][1] - spans[0][0] < self._shortest:
            return
        starts = {start for start, _ in spans}
        if b"\\" in word or b"%" in word or b"[" in word or word.startswith(b"-"):
            starts |= {one.start() for one in _BEHIND.finditer(word)}
        lengths = self._lengths
        if len(starts) <= len(lengths):
            pairs = [(at, end - at) for at in starts for _, end in spans if end - at in lengths]
        else:
            ends = {end for _, end in spans}
            pairs = [(at, length) for length in lengths for at in starts if at + length in ends]
        for at, length in pairs:
            text = word[at : at + length]
            digest = self._digest(text)
            if digest in lengths[length]:
                yield at, text, self._book.of(digest)

    def _in_array(self, data: bytes) -> Iterator[tuple[int, bytes, str]]:
        import numpy

        kinds = numpy.frombuffer(data.translate(_CLASSES), numpy.uint8)
        starts, room = _starts(numpy, data, kinds, self._shortest)
        ends = numpy.zeros(len(kinds) + 1, bool)
        ends[1:] = kinds == _ALNUM
        ends[1:-1] &= kinds[1:] != _ALNUM
        view, digest_of = memoryview(data), self._digest
        for length, wanted in self._lengths.items():
            here = starts[room >= length]
            for at in here[ends[here + length]].tolist():
                digest = digest_of(view[at : at + length])
                if digest in wanted:
                    yield at, data[at : at + length], self._book.of(digest)

    def within(self, pieces: Iterator[bytes]) -> Iterator[tuple[int, bytes, str]]:
        """(line, text, name) of a stream of any length; a few megabytes of it are in memory. Of text in UTF-16 or UTF-32, as Windows
        writes it, the letters are looked at without the zeros between them."""
        first = next(pieces, b"")
        pieces = chain((first,), pieces)
        if _is_wide(first[:_HEAD]):
            pieces = (piece.replace(b"\0", b"") for piece in pieces)
        held, line = b"", 1
        seen: set[tuple[int, bytes]] = set()
        for piece in pieces:
            held += piece
            if len(held) < CHUNK:
                continue
            line, held = yield from self._counted(held, line, seen, last=False)
        yield from self._counted(held, line, seen, last=True)

    def _counted(
        self, data: bytes, line: int, seen: set[tuple[int, bytes]], *, last: bool
    ) -> Generator[tuple[int, bytes, str], None, tuple[int, bytes]]:
        for at, text, name in self.find(data):
            here = line + data.count(b"\n", 0, at)
            if (here, text) not in seen:
                seen.add((here, text))
                yield here, text, name
        # What may go on is looked at once more with what follows, and with what says whether an escape ends before it.
        if last:
            return line, b""
        keep = max(0, len(data) - self.longest - _ESCAPE_EDGES - 1)
        return line + data.count(b"\n", 0, keep), data[keep:]


def _is_wide(head: bytes) -> bool:
    """By its byte order mark, or where what is left without the zeros is text. A program has zeros as well, and is none."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    letters = head.replace(b"\0", b"")
    return 3 * len(letters) < 2 * len(head) and len(letters.translate(None, _TEXT)) * 20 <= len(letters)


def _starts(numpy: Any, data: bytes, kinds: Any, shortest: int) -> tuple[Any, Any]:
    """Where a window may begin, and how many bytes are left there before a blank."""
    alnum = kinds == _ALNUM
    edges = alnum.copy()
    edges[1:] &= ~alnum[:-1]
    for at in _behind_escapes(numpy, data, kinds):
        edges[at] = alnum[at]
    blanks = numpy.append(numpy.flatnonzero(kinds == _BLANK), len(kinds))
    starts = numpy.flatnonzero(edges)
    room = blanks[numpy.searchsorted(blanks, starts)] - starts
    long = room >= shortest
    return starts[long], room[long]


def _behind_escapes(numpy: Any, data: bytes, kinds: Any) -> Iterator[Any]:
    """Where a letter or digit ends an escape, and a token may begin behind it."""
    raw = numpy.frombuffer(data, numpy.uint8)
    for mark, size in ((b"\\", 2), (b"%", 3)):
        if mark in data:
            at = numpy.flatnonzero(raw[: max(0, len(raw) - size)] == mark[0])
            if mark == b"\\":
                if len(octal := at[at + 4 < len(raw)]):  # a history of libedit, a string of C
                    digits = (
                        (raw[octal + 1] & 0xF8 == 0x30)
                        & (raw[octal + 2] & 0xF8 == 0x30)
                        & (raw[octal + 3] & 0xF8 == 0x30)
                    )
                    yield octal[digits] + 4
                at = at[numpy.isin(raw[at + 1], numpy.frombuffer(_ESCAPES, numpy.uint8))]
            yield at + size
    if b"-" in data:  # mysql -pPASSWORD
        at = numpy.flatnonzero((kinds[:-3] == _BLANK) & (raw[1:-2] == 0x2D))
        yield at + 3
        if data.startswith(b"-") and len(data) > 2:
            yield numpy.array([2])
    if b"[" in data:  # of a terminal's colour, ESC [ 0 m, which may itself be escaped
        at = numpy.flatnonzero(raw[1:-1] == 0x6D) + 1
        before = raw[at - 1]
        yield at[(before == 0x5B) | ((before >= 0x30) & (before <= 0x39))] + 1
