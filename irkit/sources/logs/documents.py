"""The events in one text: one JSON document, an array, one event a line, several of these in a row, or lines of text.

A text is read as a stream and a line or document is parsed only when the bytes sought stand in it. Whatever cannot
be read goes to `Unread` with file, line and reason; everything around it is still read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator

from irkit.sources.logs.content import Content
from irkit.sources.logs.interface import Where
from irkit.sources.logs.lines import Text, first_known, has_json_line, is_json, of_lines
from irkit.sources.logs.seek import Seeker
from irkit.sources.logs.unread import Unread
from irkit.sources.logs.values import Record, Window, of_values, unwrapped

WHOLE = 8 << 20
"""Bytes that are gathered to see what shape a text has; a document up to this size is parsed only if it holds what is sought."""

_FILLED = re.compile(rb"\S")
_ENDS = 256
_BEGINNING = 48  # enough for `{"Records":[{"eventVersion":"1.08","userIdentity`
_ONE_EVENT = 16 << 10

NO_LOG = "not a log: it is not JSON, nor are its lines of a format known here"


def records(
    content: Content, seeker: Seeker, unread: Unread, *, judge: bool = True, alike: Collection[bytes] = ()
) -> Iterator[Record]:
    """The events of one text, of which those matter that may hold what `seeker` seeks.

    With `judge` the first event always comes, so that the format can be judged, unless the document begins as one of `alike`;
    others may be left out when nothing sought is in them.
    """
    where, chunks = Where(content.name), content.chunks
    head, line = _beginning(chunks)
    if not head:
        return
    if head[:1] not in (b"{", b"["):
        yield from _of_text(head, line, chunks, where, seeker, unread)
        return
    ended, looked = False, 0
    while (newline := head.find(b"\n", looked)) < 0 and not ended and len(head) < WHOLE:
        looked = len(head)
        head, ended = _longer(head, chunks)
    if newline >= 0 and _more_follows(head, newline) and is_json(head[:newline]):
        yield from of_lines(head, line, chunks, where, seeker, unread, text=False)
        return
    while not ended and len(head) < WHOLE:
        head, ended = _longer(head, chunks)
    if ended:
        yield from _of_whole(head, line, where, seeker, unread, judge=judge and bytes(head[:_BEGINNING]) not in alike)
    elif has_json_line(head) and not re.match(rb'(?:\{\s*"\w+"\s*:\s*)?\[', head):
        yield from of_lines(head, line, chunks, where, seeker, unread, text=False)
    else:
        yield from of_values(Window(head, chunks, line), where, 0, seeker, unread)


def _beginning(chunks: Iterator[Text]) -> tuple[Text, int]:
    """The first bytes that are no space, and the line they stand in."""
    line = 1
    for chunk in chunks:
        filled = _FILLED.search(chunk)
        if filled:
            blank = filled.start()
            return (chunk[blank:] if blank else chunk), line + chunk.count(b"\n", 0, blank)
        line += chunk.count(b"\n")
    return b"", line


def _longer(head: Text, chunks: Iterator[Text]) -> tuple[Text, bool]:
    parts: list[Text] = [head]
    missing = min(WHOLE, len(head))
    while missing > 0:
        chunk = next(chunks, b"")
        if not chunk:
            break
        parts.append(chunk)
        missing -= len(chunk)
    return (b"".join(parts) if len(parts) > 1 else head), missing > 0


def _more_follows(head: Text, newline: int) -> bool:
    return _FILLED.search(head, newline) is not None


def _of_text(
    head: Text, line: int, chunks: Iterator[Text], where: Where, seeker: Seeker, unread: Unread
) -> Iterator[Record]:
    """Lines of text. When neither the first of them are of a known format nor any that holds what is sought, it is no log."""
    binary = b"\0" in head[:8192]
    mixed = not binary and has_json_line(head[: 1 << 20])
    first = None if binary else first_known(head, line, where)
    if first:
        yield first
    if first or mixed:
        yield from of_lines(head, line, chunks, where, seeker, unread, text=not mixed)
        return
    others, found = Unread(), False
    if not binary:
        for record in of_lines(head, line, chunks, where, seeker, others, text=True):
            found = True
            yield record
    if found:
        unread.merge(others)
    else:
        unread.add(where, NO_LOG)


def _of_whole(whole: Text, line: int, where: Where, seeker: Seeker, unread: Unread, *, judge: bool) -> Iterator[Record]:
    if not seeker(whole) and _looks_whole(whole):
        if judge:
            yield from _first_of(whole, where)
    elif b"\n" in whole.rstrip() and has_json_line(whole) and not is_json(whole):
        yield from of_lines(whole, line, iter(()), where, seeker, unread, text=False)
    else:
        yield from of_values(Window(whole, iter(()), line), where, 0, seeker, unread)


def _looks_whole(data: Text) -> bool:
    """A guess without parsing: it opens and closes like a JSON value."""
    end = data[-_ENDS:].rstrip()
    if re.match(rb'\{\s*"(Records|Events)"', data):
        return re.search(rb"\]\s*\}$", end) is not None
    return (data[:1], end[-1:]) in ((b"{", b"}"), (b"[", b"]"))


def _first_of(whole: Text, where: Where) -> Iterator[Record]:
    """Only the first event of a document that holds nothing sought: enough to know the format."""
    for part in (whole[:_ONE_EVENT], whole):
        content = part.decode("utf-8", "surrogateescape")
        opening = re.match(r'\s*(?:\{\s*"\w+"\s*:\s*)?\[\s*', content)
        try:
            value, _ = json.JSONDecoder().raw_decode(content, opening.end() if opening else 0)
        except (ValueError, RecursionError):
            continue
        for index, event in enumerate(unwrapped(value, where, Unread())):
            if isinstance(event, dict):
                yield Record(event, where, (0, index), held=False, beginning=bytes(whole[:_BEGINNING]))
            return
        return
