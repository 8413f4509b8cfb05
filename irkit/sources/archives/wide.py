"""Text in UTF-16 or UTF-32, as Windows writes it, read as UTF-8: what is encoded in it (base64, JSON) then stands as it is.

https://www.unicode.org/versions/latest/core-spec/chapter-3/#G7404 (byte order marks)
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from irkit.sources.archives.interface import Family, Kind, Member, Noted, Source

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def _encoding(head: bytes) -> str | None:
    """By the mark; without one, by zeros at every other place of what is otherwise ASCII."""
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name
    start = head[:256]
    if len(start) >= 16:
        for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            letters = start[1 - first :: 2]
            if not start[first::2].strip(b"\0") and letters.isascii() and b"\0" not in letters:
                return name
    return None


def _read(source: Source, _note: Noted) -> Iterator[Member]:
    decoder = codecs.getincrementaldecoder(_encoding(source.head) or "utf-16")("replace")
    yield Member(
        "text", (decoder.decode(piece).lstrip("\ufeff").encode("utf-8", "replace") for piece in source.pieces())
    )


WIDE = Family("UTF-16 text", lambda head: _encoding(head) is not None, _read, Kind.PLAIN)
