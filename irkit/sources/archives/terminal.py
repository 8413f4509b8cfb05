"""What was written for a terminal, as it could be read there: CI logs, script(1) recordings, asciinema casts.

Escape sequences: ECMA-48, https://ecma-international.org/publications-and-standards/standards/ecma-48/;
casts: https://docs.asciinema.org/manual/asciicast/v2/ (and v1, v3)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from irkit.sources.archives.interface import Family, Kind, Member, Noted, Source

_ESCAPE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # control sequences: colours, the cursor
    rb"|\][^\x07\x1b]*(?:\x07|\x1b\\)"  # operating system commands: titles, links
    rb"|[PX^_][^\x1b]*\x1b\\"  # strings
    rb"|[ -/]*[0-~])"  # everything short
)
_STAMP = re.compile(
    rb"^(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?[ \t])", re.MULTILINE
)
_PART = re.compile(rb"^(?:stdout|stderr) (?:(P) ([^\n]*)\n|F )", re.MULTILINE)
"""How Kubernetes keeps the output of containers: behind the time, `P` a line that goes on in the next, `F` its end."""

_LONGEST_LINE = 1 << 20


def plain(text: bytes) -> bytes:
    """Without escape sequences, and with backspaces carried out; lines stay lines."""
    if b"\x1b" in text:
        text = _ESCAPE.sub(b"", text)
    if b"\b" in text:
        text = b"\n".join(_rubbed_out(line) if b"\b" in line else line for line in text.split(b"\n"))
    return text


def _rubbed_out(line: bytes) -> bytes:
    first, *parts = line.split(b"\b")
    left = bytearray(first)
    for part in parts:
        del left[-1:]
        left += part
    return bytes(left)


def _read(source: Source, _note: Noted) -> Iterator[Member]:
    yield Member("plain text", (_PART.sub(rb"\2", _STAMP.sub(b"", plain(lines))) for lines in _lines(source.pieces())))


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, cut behind line ends where there are any."""
    rest = b""
    for piece in pieces:
        whole, end, rest = (rest + piece).rpartition(b"\n")
        yield whole + end
        if len(rest) > _LONGEST_LINE:
            yield rest
            rest = b""
    yield rest


def _cast(source: Source, note: Noted) -> Iterator[Member]:
    """Everything shown, then everything typed: what came key by key stands in one piece."""
    data = source.whole()
    shown: list[str] = []
    typed: list[str] = []
    head, _, events = data.partition(b"\n")
    try:
        first = json.loads(data)  # version 1 is one document
        shown += [event[1] for event in first["stdout"]]
    except (ValueError, KeyError):
        json.loads(head)
        broken = 0
        for line in events.splitlines():
            try:
                _when, kind, text = json.loads(line)
                (typed if kind == "i" else shown).append(str(text))
            except ValueError:
                broken += bool(line.strip() and not line.startswith(b"#"))
        if broken:
            note("", f"{broken} lines of this recording are no events")
    for name, texts in (("output", shown), ("input", typed)):
        if texts:
            yield Member(name, iter((plain("".join(texts).encode("utf-8", "surrogatepass")),)))


def _is_cast(head: bytes) -> bool:
    return (
        b'"version"' in head
        and re.match(rb'\s*\{[^{}]{0,400}?"version"\s*:\s*[123]\b', head) is not None
        and (b'"width"' in head or b'"term"' in head or b'"stdout"' in head)
    )


def _is_stamped(head: bytes) -> bool:
    """Lines that each begin with a time: the log of a build."""
    return _STAMP.match(head) is not None and len(_STAMP.findall(head)) > 2 and b"\0" not in head


CAST = Family("asciinema recording", _is_cast, _cast, Kind.PLAIN, seeks=True)
BUILD_LOG = Family("build log", _is_stamped, _read, Kind.PLAIN)
TERMINAL = Family("terminal recording", lambda head: head.startswith(b"Script started on "), _read, Kind.PLAIN)
