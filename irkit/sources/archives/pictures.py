"""PNG pictures: the text beside the pixels, which is often compressed. What the pixels show is not read.

https://www.w3.org/TR/png-3/#11textinfo (tEXt, zTXt, iTXt), https://www.w3.org/TR/png-3/#eXIf
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from irkit.sources.archives.compressed import zlib_pieces
from irkit.sources.archives.interface import HELD, PIECE, Family, Kind, Member, Noted, Source, printable

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf"})
_LONGEST_KEYWORD = 79


def _members(source: Source, note: Noted) -> Iterator[Member]:
    data = source.forward()
    data.exactly(len(_SIGNATURE))
    while head := data.read(8):
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind in _TEXTS and size <= HELD:
            name, pieces = _text(kind, b"".join(data.take(size)))
            yield Member(name, pieces)
        else:
            if kind in _TEXTS:
                note(kind.decode(), f"larger than {HELD >> 20} MiB, so it was searched only as it is")
            for _ in data.take(size):
                pass
        data.exactly(4)  # its checksum, which changes nothing here
        if kind == b"IEND":
            return


def _text(kind: bytes, body: bytes) -> tuple[str, Iterator[bytes]]:
    """What a chunk is called, and its text: unpacked where it is compressed, with the keyword in front."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"eXIf":
        return "text eXIf", iter((body,))
    name = f"text {printable(keyword[:_LONGEST_KEYWORD].decode('latin-1'))}"
    if kind == b"zTXt":
        return name, chain((keyword + b"\n",), zlib_pieces(_pieces(rest[1:])))
    if kind == b"iTXt" and rest[:1] == b"\1":
        described = rest[2:].split(b"\0", 2)  # language, translated keyword, text
        first = b"\n".join((keyword, *described[:-1])) + b"\n"
        return name, chain((first,), zlib_pieces(_pieces(described[-1])))
    return name, iter((body,))


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[at : at + PIECE] for at in range(0, len(data), PIECE))


PNG = Family("PNG picture", lambda head: head.startswith(_SIGNATURE), _members, Kind.NAMED, seeks=True)
