"""PDF: its streams, the text that a page's operators set letter by letter, and fonts with codes of their own.

https://pdfa.org/resource/iso-32000-2/, sections 7.3 (objects), 9.4 (text) and 9.10 (ToUnicode)
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import islice

from irkit.sources.archives.interface import HEAD, PIECE, Family, Kind, Member, Noted, Source

Letters = tuple[int, dict[int, str]]
"""A font's codes: how many bytes one has, and what each stands for."""

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
    maps = list(_maps(data))
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
            for letters in maps if is_page(_first(body, HEAD)) else ():
                yield Member(f"{name} text", decoded(_first(body, _PAGE), letters))
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


# Fonts that number their letters as they like say in a map what each number stands for.

_MAPS, _LOOKED_AT, _MAP, _PAGE = 64, 20_000, 1 << 20, 8 << 20
_SECTION = re.compile(rb"beginbf(char|range)(.*?)endbf", re.DOTALL)
_CHAR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")


def _maps(data: bytes) -> Iterator[Letters]:
    """The maps that say more than a number's own character, each once."""
    seen: list[Letters] = []
    for match in islice((one for one in _STREAM.finditer(data) if not one[1]), _LOOKED_AT):
        body = data[match.end() : match.end() + _MAP]
        if b"begincmap" in _first(body, 1024):
            letters = _letters_of(_first(body, _MAP))
            if letters not in seen and any(text != chr(code) for code, text in letters[1].items()):
                seen.append(letters)
    yield from seen[:_MAPS]


def _first(body: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(body, most)
    except zlib.error:
        return body[:most]


def _letters_of(text: bytes) -> Letters:
    width, found = 1, dict[int, str]()
    for kind, section in _SECTION.findall(text):
        if kind == b"char":
            for code, stands in _CHAR.findall(section):
                width = max(width, len(code) // 2)
                found[int(code, 16)] = _utf16(stands)
            continue
        for low, high, start, listed in _RANGE.findall(section):
            width = max(width, len(low) // 2)
            first, count = int(low, 16), min(int(high, 16) - int(low, 16) + 1, 65536)
            each = [_utf16(one) for one in _HEX.findall(listed)] or [_after(_utf16(start), by) for by in range(count)]
            found |= dict(zip(range(first, first + count), each, strict=False))
    return width, found


def _utf16(digits: bytes) -> str:
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()).decode("utf-16-be", "replace")


def _after(text: str, by: int) -> str:
    return text[:-1] + chr(min(ord(text[-1]) + by, 0x10FFFF)) if text else ""


def decoded(page: bytes, letters: Letters) -> Iterator[bytes]:
    """The text of a page as a font's map reads its codes."""
    width, stands = letters
    for codes in _shown(page):
        if codes is None:
            yield b"\n"
            continue
        numbers = (int.from_bytes(codes[at : at + width], "big") for at in range(0, len(codes), width))
        yield "".join(stands.get(number, "") for number in numbers).encode("utf-8", "replace")


# The operators of a page: letters are set apart by distances, and may be written in hexadecimal.

_SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]*)>|\b(T\*|Td|TD|Tm|ET)(?=\s|$)", re.DOTALL)
_ESCAPED = re.compile(rb"\\(?:([0-7]{1,3})|\r?\n|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _page(source: Source, _note: Noted) -> Iterator[Member]:
    yield Member("text", (b"\n" if codes is None else codes for codes in _shown(source.whole())))


def _shown(data: bytes) -> Iterator[bytes | None]:
    """The codes of each string that is shown, and None where a line may end."""
    for match in _SHOWN.finditer(data):
        if match[1] is not None:
            yield _ESCAPED.sub(_unescaped, match[1])
        elif match[2] is not None:
            digits = b"".join(match[2].split())
            yield bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
        else:
            yield None


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes([int(match[1], 8) & 255])
    return _LETTERS.get(match[2], match[2]) if match[2] else b""


def is_page(head: bytes) -> bool:
    return (
        b"BT" in head
        and re.search(rb"(?:^|\s)BT\s", head) is not None
        and re.search(rb"(?:^|\s)(?:Tf|Td|Tm|Tj|TJ)\s", head) is not None
    )


PDF = Family("PDF", lambda head: b"%PDF-" in head[:1024], _pdf, seeks=True)
PAGE = Family("page of a PDF", is_page, _page, Kind.PLAIN, seeks=True)
