"""Documents: the text of office files, whose markup stands between the letters, and the streams of a PDF.

Office Open XML: https://ecma-international.org/publications-and-standards/standards/ecma-376/; OpenDocument:
https://docs.oasis-open.org/office/OpenDocument/v1.3/; PDF: https://pdfa.org/resource/iso-32000-2/, sections 7.3 and 9.4
"""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterator

from irkit.sources.archives.interface import PIECE, Family, Kind, Member, Noted, Source

# Office files.

_DIALECTS = (b"wordprocessingml", b"spreadsheetml", b"presentationml", b"drawingml", b"opendocument")
_PARAGRAPH = re.compile(r"</(?:w:p|a:p|text:p|text:h|si|row|table:table-row)>")
_TAG = re.compile(r"<[^<>]*>")


def _office(source: Source, _note: Noted) -> Iterator[Member]:
    text = source.whole().decode("utf-8", "replace")
    plain = html.unescape(_TAG.sub("", _PARAGRAPH.sub("\n", text)))
    yield Member("text", iter((plain.encode(),)))


def _is_office(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf")[:5] == b"<?xml" and any(one in head for one in _DIALECTS)


# PDF.

_STREAM = re.compile(rb"(?:(\d{1,10})\s+\d+\s+obj\b)|(?:>>\s*stream\r?\n)")
_END = b"endstream"
_DICTIONARY = 4096  # bytes before `stream` in which its dictionary begins
_TO_READ = 64 << 20  # bytes of one stream


def _pdf(source: Source, note: Noted) -> Iterator[Member]:
    """Every stream as `object N`. Those that are not compressed stand in the file as they are."""
    data = source.whole()
    number, behind = b"?", 0
    encrypted = b"/Encrypt" in data
    if encrypted:
        note("", "encrypted, so its streams could not be read")
        return
    for match in _STREAM.finditer(data):
        if match.start() < behind:
            continue
        if match[1]:
            number, opened = match[1], match.end()
            continue
        end = data.find(_END, match.end())
        behind = end if end >= 0 else len(data)
        dictionary = data[max(match.start() - _DICTIONARY, opened if number != b"?" else 0) : match.start()]
        name = f"object {number.decode()}"
        body = data[match.end() : behind]
        if b"FlateDecode" in dictionary or b"/Fl " in dictionary:
            yield Member(name, _inflated(body))
        elif b"/Filter" not in dictionary:
            yield Member(name, iter((body,)), (match.end(), behind))
        elif b"DCTDecode" not in dictionary and b"JPXDecode" not in dictionary:
            note(name, "compressed in a way that is not read here")
    if b"%%EOF" not in data[-2048:]:
        note("", "its end is missing, so it may be cut short")


def _inflated(body: bytes) -> Iterator[bytes]:
    inflate = zlib.decompressobj()
    done = 0
    while done < _TO_READ and (piece := inflate.decompress(body, PIECE)):
        body = inflate.unconsumed_tail
        done += len(piece)
        yield piece
    if not inflate.eof:
        raise EOFError("its end is missing")


# The operators of a page: letters are set apart by distances, and may be written in hexadecimal.

_SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]*)>|\b(T\*|Td|TD|Tm|ET)(?=\s|$)", re.DOTALL)
_ESCAPED = re.compile(rb"\\(?:([0-7]{1,3})|\r?\n|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _page(source: Source, _note: Noted) -> Iterator[Member]:
    yield Member("text", iter((b"".join(_letters(source.whole())),)))


def _letters(data: bytes) -> Iterator[bytes]:
    for match in _SHOWN.finditer(data):
        if match[1] is not None:
            yield _ESCAPED.sub(_unescaped, match[1])
        elif match[2] is not None:
            digits = b"".join(match[2].split())
            yield bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
        else:
            yield b"\n"


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes([int(match[1], 8) & 255])
    return _LETTERS.get(match[2], match[2]) if match[2] else b""


def _is_page(head: bytes) -> bool:
    return (
        b"BT" in head
        and re.search(rb"(?:^|\s)BT\s", head) is not None
        and re.search(rb"(?:^|\s)(?:Tf|Td|Tm|Tj|TJ)\s", head) is not None
    )


OFFICE = Family("office document", _is_office, _office, Kind.PLAIN, seeks=True)
PDF = Family("PDF", lambda head: b"%PDF-" in head[:1024], _pdf, seeks=True)
PAGE = Family("page of a PDF", _is_page, _page, Kind.PLAIN, seeks=True)
