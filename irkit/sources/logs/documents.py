"""Log files as they come: gzip or plain, one JSON document, an array, one event a line, or several of these in a row.

A file is read as a stream and a line or document is parsed only when the bytes sought stand in it. Whatever cannot
be read goes to `Unread` with file, line and reason; everything around it is still read.
"""

from __future__ import annotations

import codecs
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from irkit.model import Skipped
from irkit.sources.files import shown
from irkit.sources.logs.interface import Where
from irkit.sources.logs.wrappers import wrapped

CHUNK = 8 << 20
_GZIP = b"\x1f\x8b"
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass
class Unread:
    """What could not be read, gathered by reason: the first place, and how many more."""

    places: dict[tuple[str, str], dict[Where, None]] = field(default_factory=dict)

    def add(self, where: Where, why: str) -> None:
        self.places.setdefault((where.file, why), {})[where] = None

    def skipped(self) -> list[Skipped]:
        rows = []
        for (_, why), places in self.places.items():
            first, *others = places
            lines = ", ".join(str(place.line) for place in others[:10] if place.line)
            more = f" (and {len(others)} more: lines {lines}{', ...' if len(others) > 10 else ''})" if others else ""
            rows.append(Skipped(str(first), why + more))
        return rows


@dataclass(frozen=True)
class Record:
    """One event, where it stood, and a number that names it within its file in every pass over it."""

    event: dict[str, Any]
    where: Where
    number: tuple[int, int]


def records(path: Path, probe: re.Pattern[bytes], unread: Unread) -> Iterator[Record]:
    """The events of one file, of which those matter that may hold what `probe` seeks.

    The first event always comes, so that the format can be judged; others may be left out when `probe` is not in them.
    """
    file = shown(path)
    try:
        with path.open("rb") as raw:
            yield from _records(_Text(raw, Where(file), unread), probe, Where(file), unread)
    except OSError as error:
        unread.add(Where(file), f"cannot be read: {error.strerror}")


def _records(chunks: Iterator[bytes], probe: re.Pattern[bytes], where: Where, unread: Unread) -> Iterator[Record]:
    head = next(chunks, b"")
    blank = len(head) - len(head.lstrip())
    line, head = 1 + head.count(b"\n", 0, blank), head[blank:]
    while b"\n" not in head.rstrip() and (more := next(chunks, b"")):
        head += more
    first, newline, rest = head.partition(b"\n")
    if newline and rest.strip() and _is_json(first):
        yield from _of_lines(head, line, chunks, probe, where, unread)
        return
    whole = head + b"".join(chunks)
    if not whole.strip():
        return
    if not probe.search(whole) and _looks_whole(whole):
        yield from _first_of(whole, where)
    elif re.search(rb"(?m)^\{.*[}\]]\s*$", whole) and not _is_json(whole):
        yield from _of_lines(whole, line, iter(()), probe, where, unread)
    elif whole.startswith((b"{", b"[")):
        yield from _of_value(whole, where, 0, unread)
    else:
        unread.add(where, "not a log: it is not JSON")


def _of_lines(
    block: bytes, line: int, chunks: Iterator[bytes], probe: re.Pattern[bytes], where: Where, unread: Unread
) -> Iterator[Record]:
    """One JSON value a line. Blocks without the bytes sought are only checked for lines that were cut."""
    first = line
    while block:
        following = next(chunks, b"")
        cut = block.rfind(b"\n") + 1 if following else len(block)
        lines = block[:cut]
        if line == first or probe.search(lines) or not _lines_look_whole(lines):
            for number, one in enumerate(lines.split(b"\n"), line):
                if one.strip() and (number == first or probe.search(one) or not _looks_whole(one)):
                    yield from _of_value(one, Where(where.file, number), number, unread)
        line += lines.count(b"\n")
        block = block[cut:] + following


def _of_value(data: bytes, where: Where, number: int, unread: Unread) -> Iterator[Record]:
    """The events in some text: JSON values one after another; of a broken one, what is whole in front of the break."""
    try:
        content, clean = data.decode(), True
    except UnicodeDecodeError:
        content, clean = data.decode("utf-8", "surrogateescape"), False
    for index, event in enumerate(_events(content, where, unread)):
        if not clean and _UNDECODED.search(json.dumps(event, ensure_ascii=False)):
            unread.add(where, f"event {index + 1} holds bytes that are not UTF-8")
        elif isinstance(event, dict):
            yield Record(event, where, (number, index))
        else:
            unread.add(where, "JSON, but no event: it is not an object")


def _events(content: str, where: Where, unread: Unread) -> Iterator[Any]:
    decoder, position = json.JSONDecoder(), 0
    while (position := _past_space(content, position)) < len(content):
        try:
            value, position = decoder.raw_decode(content, position)
        except ValueError as error:
            yield from _salvaged(content, position, where, unread)
            unread.add(_line_of(content, error, where), f"not JSON: {_reason(error)}")
            return
        except RecursionError:
            unread.add(where, "JSON nested too deep to be a log")
            return
        yield from unwrapped(value, where, unread)


def _salvaged(content: str, position: int, where: Where, unread: Unread) -> Iterator[Any]:
    """The whole elements of an array whose document breaks off."""
    opening = re.compile(r'\s*(?:\{\s*"\w+"\s*:\s*)?\[').match(content, position)
    decoder = json.JSONDecoder()
    at = opening.end() if opening else len(content)
    while (at := _past_space(content, at)) < len(content):
        try:
            value, at = decoder.raw_decode(content, at)
        except (ValueError, RecursionError):
            return
        yield from unwrapped(value, where, unread)
        at = _past_space(content, at)
        if content[at : at + 1] != ",":
            return
        at += 1


def unwrapped(value: Any, where: Where, unread: Unread) -> Iterator[Any]:
    """The events in what logs are shipped in: CloudTrail files, arrays, LookupEvents answers, and the rest of `wrappers`."""
    if isinstance(value, list):
        for item in value:
            yield from unwrapped(item, where, unread)
        return
    inner = wrapped(value)
    if isinstance(inner, str):
        try:
            yield from unwrapped(json.loads(inner), where, unread)
        except (ValueError, RecursionError):
            unread.add(where, "the event inside is not JSON")
    elif inner is not None:
        yield from unwrapped(inner, where, unread)
    else:
        yield value


def _first_of(whole: bytes, where: Where) -> Iterator[Record]:
    """Only the first event of a document that holds nothing sought: enough to know the format."""
    content = whole.decode("utf-8", "surrogateescape")
    opening = re.compile(r'\s*(?:\{\s*"\w+"\s*:\s*)?\[\s*').match(content)
    try:
        value, _ = json.JSONDecoder().raw_decode(content, opening.end() if opening else 0)
    except (ValueError, RecursionError):
        return
    for index, event in enumerate(unwrapped(value, where, Unread())):
        if isinstance(event, dict):
            yield Record(event, where, (0, index))
        return


class _Text:
    """The bytes of a log file in pieces: gzip undone (members may follow each other), UTF-16 made UTF-8.

    What comes before the point where a gzip file breaks off is given; the break goes to `unread`.
    """

    def __init__(self, raw: BinaryIO, where: Where, unread: Unread) -> None:
        self._raw, self._where, self._unread = raw, where, unread
        self._chunks = self._decoded()

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def __next__(self) -> bytes:
        return next(self._chunks)

    def _decoded(self) -> Iterator[bytes]:
        chunks = self._unzipped()
        first = next(chunks, b"")
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            decoder = codecs.getincrementaldecoder("utf-16")("replace")
            yield decoder.decode(first).encode("utf-8", "replace")
            yield from (decoder.decode(chunk).encode("utf-8", "replace") for chunk in chunks)
            return
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from chunks

    def _unzipped(self) -> Iterator[bytes]:
        chunk = self._raw.read(CHUNK)
        if not chunk.startswith(_GZIP):
            while chunk:
                yield chunk
                chunk = self._raw.read(CHUNK)
            return
        inflate = zlib.decompressobj(31)
        while chunk:
            try:
                if data := inflate.decompress(chunk, CHUNK):
                    yield data
            except zlib.error as error:
                self._unread.add(self._where, f"the gzip data is damaged, only what comes before is read: {error}")
                return
            chunk = inflate.unconsumed_tail or inflate.unused_data.lstrip(b"\0") or self._raw.read(CHUNK)
            if inflate.eof and chunk:
                if not _GZIP.startswith(chunk[:2]):
                    self._unread.add(self._where, "the gzip data is followed by something else, which is not read")
                    return
                inflate = zlib.decompressobj(31)
        if rest := inflate.flush():
            yield rest
        if not inflate.eof:
            self._unread.add(self._where, "the gzip data ends early, only what comes before is read")


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return data[:1] in (b"{", b"[")


def _looks_whole(data: bytes) -> bool:
    """A guess without parsing: it opens and closes like a JSON value. The parser has the last word when it does not."""
    data = data.strip()
    if data.startswith(b"{") and re.match(rb'\{\s*"(Records|Events)"', data):
        return re.search(rb"\]\s*\}$", data[-200:]) is not None
    return (data[:1], data[-1:]) in ((b"{", b"}"), (b"[", b"]"))


def _lines_look_whole(lines: bytes) -> bool:
    ends = lines.count(b"\n")
    closed = lines.count(b"}\n") + lines.count(b"}\r\n")
    opened = lines.count(b"\n{") + lines.endswith(b"\n")
    return lines.startswith(b"{") and lines.rstrip().endswith(b"}") and closed == ends == opened


def _past_space(content: str, position: int) -> int:
    while position < len(content) and content[position] in " \t\r\n":
        position += 1
    return position


def _line_of(content: str, error: ValueError, where: Where) -> Where:
    if where.line is not None:
        return where
    position = getattr(error, "pos", 0)
    return Where(where.file, content.count("\n", 0, position) + 1)


def _reason(error: ValueError) -> str:
    return getattr(error, "msg", "it cannot be parsed")
