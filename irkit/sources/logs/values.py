"""JSON values one behind another, and the events in them, read through a window: no document has to fit into memory.

The elements of an array, or of the list in what a log is shipped in (`{"Records": [...]}`), are taken one by one.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from irkit.sources.logs.formats import JSON_FORMATS
from irkit.sources.logs.interface import LogFormat, Where
from irkit.sources.logs.seek import Seeker
from irkit.sources.logs.unread import Unread
from irkit.sources.logs.wrappers import LISTS, wrapped

LARGEST = 16 << 20
"""Characters of one event, or of a document that is no list of events. No source writes larger ones."""

_OPENING = re.compile(r'(\{\s*"(?:' + "|".join(LISTS) + r')"\s*:\s*(?=\[\s*"?\{))?\[')
_CLOSING = re.compile(r"\]\s*\}")
_SPACE = re.compile(r"[ \t\r\n]*")
_UNDECODED = re.compile("[\udc80-\udcff]")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Record:
    """One event, where it stood, and a number that names it within its file in every pass over it.

    `form` is the format of a line of text; a JSON event has to be recognised. `held` is False when nothing sought can be in
    it, and only its format is of interest; then documents with the same `beginning` are of that format too.
    """

    event: dict[str, Any]
    where: Where
    number: tuple[int, int]
    form: LogFormat | None = None
    held: bool = True
    beginning: bytes = b""


class Window:
    """The part of a text that is looked at. Bytes that are no UTF-8 stand as surrogates."""

    def __init__(self, head: bytes | bytearray, chunks: Iterator[bytes | bytearray], line: int = 1) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._chunks, self._line, self._ended = chunks, line, False
        self.text = self._decoder.decode(bytes(head))

    def more(self) -> bool:
        """Half as much again is read on; False at the end."""
        parts, wanted = [self.text], len(self.text) // 2
        while not self._ended and wanted >= 0:
            chunk = next(self._chunks, b"")
            self._ended = not chunk
            parts.append(self._decoder.decode(bytes(chunk), final=self._ended))
            wanted -= len(chunk)
        grown = len(parts) > 1 and any(parts[1:])
        self.text = "".join(parts)
        return grown

    def drop(self, position: int) -> None:
        """What lies before is done with."""
        self._line += self.text.count("\n", 0, position)
        self.text = self.text[position:]

    def line_of(self, position: int) -> int:
        return self._line + self.text.count("\n", 0, position)


class _TooLarge(Exception):
    """A value that is larger than any event."""


def of_values(window: Window, where: Where, number: int, seeker: Seeker, unread: Unread) -> Iterator[Record]:
    """The events of values one behind another: the first, and those that may hold what is sought.

    Of a broken value comes what is whole in front of the break, and nothing after it.
    """
    index = 0
    try:
        for value, source in _elements(window):
            held = seeker(source.encode("utf-8", "surrogateescape"))
            told = held or index == 0
            clean = not told or not _UNDECODED.search(source)
            for event in unwrapped(value, where, unread if told else Unread()):
                if told and not clean:
                    unread.add(where, f"event {index + 1} holds bytes that are not UTF-8")
                elif told and isinstance(event, dict):
                    yield Record(event, where, (number, index), held=held)
                elif told:
                    unread.add(where, "JSON, but no event: it is not an object")
                index += 1
    except json.JSONDecodeError as error:
        at = where if where.line is not None else Where(where.file, window.line_of(error.pos))
        unread.add(at, f"not JSON: {error.msg}")
    except ValueError as error:  # an integer of more digits than Python takes
        unread.add(where, f"not JSON that can be read: {error}")
    except RecursionError:
        unread.add(where, "JSON nested too deep to be a log")
    except _TooLarge:
        unread.add(
            where, f"one JSON value of more than {LARGEST >> 20} MiB, which is no event; the file is read up to it"
        )


def _elements(window: Window) -> Iterator[tuple[Any, str]]:
    """Each value, or each element of a list of events, with the text it was written in."""
    position = 0
    while (position := _past_space(window, position)) < len(window.text):
        opening = _OPENING.match(window.text, position)
        if opening is None:
            value, end = _decoded(window, position)
            yield value, window.text[position:end]
            window.drop(end)
            position = 0
            continue
        yield from _of_list(window, opening.end())
        position = _behind(window) if opening[1] else 1


def _of_list(window: Window, position: int) -> Iterator[tuple[Any, str]]:
    """The elements of a list whose bracket stands before `position`; the window then begins at its closing bracket."""
    while True:
        position = _past_space(window, position)
        if window.text[position : position + 1] == "]":
            window.drop(position)
            return
        value, end = _decoded(window, position)
        yield value, window.text[position:end]
        if end > len(window.text) // 2 and end > 1 << 16:
            window.drop(end)
            end = 0
        position = _past_space(window, end)
        if window.text[position : position + 1] == ",":
            position += 1
        elif window.text[position : position + 1] != "]":
            raise json.JSONDecodeError("Expecting ',' delimiter", window.text, position)


def _behind(window: Window) -> int:
    """Where the document ends whose list of events closes at the start of the window."""
    opened = '{"":['
    while True:
        if closing := _CLOSING.match(window.text):
            return closing.end()
        try:
            return _DECODER.raw_decode(opened + window.text)[1] - len(opened)
        except ValueError:
            if len(window.text) > LARGEST or not window.more():
                raise


def _decoded(window: Window, position: int) -> tuple[Any, int]:
    while True:
        try:
            value, end = _DECODER.raw_decode(window.text, position)
            if end < len(window.text) or isinstance(value, dict | list | str) or not window.more():
                return value, end
        except ValueError:
            if len(window.text) - position > LARGEST:
                raise _TooLarge from None
            if not window.more():
                raise


def _past_space(window: Window, position: int) -> int:
    while True:
        found = _SPACE.match(window.text, position)
        end = found.end() if found else position
        if end < len(window.text) or not window.more():
            return end


def unwrapped(value: Any, where: Where, unread: Unread) -> Iterator[Any]:
    """The events in what logs are shipped in: CloudTrail files, arrays, pages of an API, LookupEvents, CloudWatch, EventBridge."""
    if isinstance(value, list):
        for item in value:
            yield from unwrapped(item, where, unread)
        return
    held = wrapped(value)
    if held is None or (isinstance(held, list) and any(one.recognise(value) for one in JSON_FORMATS)):
        yield value  # an event's own list is no list of events
    elif isinstance(held, str):
        try:
            yield from unwrapped(json.loads(held), where, unread)
        except (ValueError, RecursionError):
            unread.add(where, "the event inside is not JSON")
    else:
        yield from unwrapped(held, where, unread)
