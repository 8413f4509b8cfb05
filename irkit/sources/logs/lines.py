"""One event a line: JSON, text of a known format, or both in one file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from irkit.sources.logs.formats import TEXT_FORMATS
from irkit.sources.logs.interface import Event, LogFormat, Where
from irkit.sources.logs.seek import Seeker, finder
from irkit.sources.logs.unread import Unread
from irkit.sources.logs.values import Record, Window, of_values

LONGEST = 16 << 20
"""Bytes of one line; a longer one is passed over, and said."""

Text = bytes | bytearray
_OPENS, _CLOSES, _RETURN, _NEWLINE = b"{}\r\n"
_ends_in, _joints_in = finder([b"\n"]), finder([b"}\n{"])
_SHORT, _BLOCK = 100, 4 << 20  # bytes of a line below, of a block above which there may be too many ends to list
_LOOKED_AT = 256


def of_lines(
    block: Text, line: int, chunks: Iterator[Text], where: Where, seeker: Seeker, unread: Unread, *, text: bool
) -> Iterator[Record]:
    """The first event and those that may hold what is sought; blocks without it are only checked for lines that were cut.

    `text` says that lines need not be JSON: those without what is sought are nobody's business.
    """
    first = line
    while block:
        following = next(chunks, b"")
        cut = block.rfind(b"\n") + 1 if following else len(block)
        if not cut and len(block) > LONGEST:
            unread.add(Where(where.file, line), f"a line of more than {LONGEST >> 20} MiB, not read")
            block, line = _behind_the_line(following, chunks), line + 1
            continue
        lines = block if cut == len(block) else block[:cut]
        ends = lines.count(b"\n") if text else _whole_lines(lines)
        if seeker(lines) or line == first or ends < 0:
            for number, one in enumerate(_split(lines), line):
                if not one or one.isspace():
                    continue
                if seeker(one) or (not text and (number == first or not _looks_whole(one))):
                    yield from _of_line(one, Where(where.file, number), number, seeker, unread, text=text)
        line += ends if ends >= 0 else lines.count(b"\n")
        block = block[cut:] + following if cut < len(block) else following


def _split(lines: Text) -> list[bytes]:
    return bytes(lines).split(b"\n")


def _behind_the_line(block: Text, chunks: Iterator[Text]) -> Text:
    while block:
        _, end, rest = block.partition(b"\n")
        if end:
            return rest or next(chunks, b"")
        block = next(chunks, b"")
    return b""


def _of_line(one: Text, where: Where, number: int, seeker: Seeker, unread: Unread, *, text: bool) -> Iterator[Record]:
    if one.lstrip()[:1] in (b"{", b"["):
        yield from of_values(Window(one, iter(())), where, number, seeker, unread)
        return
    content = one.rstrip(b"\r").decode("utf-8", "backslashreplace")
    found = recognised(content)
    if found is None and text:
        unread.add(where, "a line of a format not known here")
        return
    if found is None:
        yield from of_values(Window(one, iter(())), where, number, seeker, unread)
        return
    if not one.isascii() and "\\x" in content and "\ufffd" not in content and _undecodable(one):
        unread.add(where, r"this line holds bytes that are not UTF-8; it is read with \xNN in their place")
    form, event = found
    yield Record(dict(event), where, (number, 0), form)


def _undecodable(one: Text) -> bool:
    try:
        one.decode()
    except UnicodeDecodeError:
        return True
    return False


def recognised(line: str) -> tuple[LogFormat, Event] | None:
    """The text format that knows this line, and what it made of it."""
    for one in TEXT_FORMATS:
        event = one.event(line)
        if event is not None and one.recognise(event):
            return one, event
    return None


def first_known(head: Text, line: int, where: Where) -> Record | None:
    """The first event of a text log, for its format alone; None when none of the first lines is of a known format."""
    lines = bytes(head[: 1 << 16]).split(b"\n", _LOOKED_AT)[:_LOOKED_AT]
    for number, one in enumerate(lines, line):
        if found := recognised(one.rstrip(b"\r").decode("utf-8", "backslashreplace")):
            form, event = found
            return Record(dict(event), Where(where.file, number), (number, 0), form, held=False)
    return None


def has_json_line(head: Text) -> bool:
    """Whether there is a line that is a JSON value by itself."""
    found = re.search(rb"(?m)^\{.*[}\]]\s*$", head)
    return found is not None and is_json(found[0].split(b"\n", 1)[0])


def is_json(data: Text) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return data[:1] in (b"{", b"[")


def _looks_whole(data: Text) -> bool:
    """A guess without parsing: it opens and closes like a JSON value. The parser has the last word when it does not."""
    data = data.strip()
    return (data[:1], data[-1:]) in ((b"{", b"}"), (b"[", b"]"))


def _whole_lines(lines: Text) -> int:
    """How many lines end in a block of which each looks whole; -1 when one does not."""
    if not lines.startswith(b"{") or not lines[-64:].rstrip().endswith(b"}"):
        return -1
    at = lines.find(_NEWLINE)
    if 0 <= at < _SHORT:
        ends, closed = lines.count(b"\n"), lines.count(b"}\n") + lines.count(b"}\r\n")
        return ends if closed == ends == lines.count(b"\n{") + lines.endswith(b"\n") else -1
    if len(lines) <= _BLOCK:
        ends = len(_ends_in(lines))
        if ends == len(_joints_in(lines)) + lines.endswith(b"\n"):
            return ends
    last, find, ends = len(lines) - 1, lines.find, 0
    while 0 <= at < last:
        before = lines[at - 1]
        if before == _RETURN:
            before = lines[at - 2]
        if before != _CLOSES or lines[at + 1] != _OPENS:
            return -1
        ends += 1
        at = find(_NEWLINE, at + 1)
    return ends + (at >= 0)
