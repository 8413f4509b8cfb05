"""What is sought, and the one matcher that seeks it in bytes. Pure: every reader of this folder feeds it.

A token is one alternation of byte strings. A private key is hundreds of short base64 fragments; those are
tried only inside long runs of base64 characters, which ordinary text hardly has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from irkit.model import Occurrence, Skipped
from irkit.needles import Needle

Progress = Callable[[str, int, int | None], None]
"""Told what is being read, how much of it is done, and how much there is (None when nobody knows)."""

BINARY_HEAD = 8192
"""A NUL byte among the first 8 KiB makes data binary, as git and grep judge it."""

BLOCK_GAP = 64 * 1024
"""Fragments of a key further apart than this are two blocks."""

_KEY_FORMS = frozenset({"armor", "binary"})
_RUN = rb"[A-Za-z0-9+/_-]"
_ARMOR_BETWEEN = re.compile(rb"[A-Za-z0-9+/=_\s\\\"',>|#*-]*")


@dataclass(frozen=True)
class Hunted:
    """A credential by the name it is reported under (short fingerprint or public id), and its needles."""

    credential: str
    needles: tuple[Needle, ...]


@dataclass(frozen=True)
class Hit:
    """A needle found: `offset` in bytes from the start of the data, `line` 1-based or None in binary data."""

    credential: str
    form: str
    offset: int
    line: int | None


@dataclass(frozen=True)
class Found:
    """What a reader found and what it could not read."""

    occurrences: tuple[Occurrence, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def __add__(self, other: Found) -> Found:
        return Found(self.occurrences + other.occurrences, self.skipped + other.skipped)


@dataclass(frozen=True)
class _Span:
    """One needle where it stands, or several of one credential joined into one place."""

    credential: str
    needle: Needle
    start: int
    end: int
    line: int

    @property
    def rank(self) -> tuple[bool, int]:
        return not self.needle.weak, len(self.needle.pattern)


class Hits:
    """The matcher for a set of credentials, compiled once.

    Needles of one credential that overlap are one hit, under the strongest form (the secret before its mere
    name, then the longest). Fragments of a private key that belong to one block are one hit, at the first.
    """

    def __init__(self, hunted: Sequence[Hunted]) -> None:
        self._owners: dict[bytes, list[tuple[str, Needle]]] = {}
        for credential in hunted:
            for needle in credential.needles:
                self._owners.setdefault(needle.pattern, []).append((credential.credential, needle))
        armor = [p for p, owners in self._owners.items() if all(needle.form == "armor" for _, needle in owners)]
        plain = [p for p in self._owners if p not in set(armor)]
        self._plain = _alternation(plain)
        self._armor = _alternation(armor)
        self._run = re.compile(_RUN + b"{%d,}" % min(map(len, armor))) if armor else None
        self.longest = max(map(len, self._owners), default=0)

    def __bool__(self) -> bool:
        return bool(self._owners)

    def find(self, data: bytes) -> list[Hit]:
        """All hits in `data`, by offset."""
        return self.stream((data,))

    def stream(self, chunks: Iterable[bytes]) -> list[Hit]:
        """All hits in data that comes in pieces of any size; memory stays near the size of one piece."""
        hits: list[Hit] = []
        for span in _joined(self._spans(chunks, binary := _Binary())):
            hits.append(Hit(span.credential, span.needle.form, span.start, span.line))
        return sorted(
            (replace(hit, line=None) if binary else hit for hit in hits), key=lambda hit: (hit.offset, hit.credential)
        )

    def _spans(self, chunks: Iterable[bytes], binary: _Binary) -> Iterator[tuple[_Span, _Buffer]]:
        buffer = _Buffer(keep=max(self.longest, BLOCK_GAP))
        searched = 0
        for chunk, last in _with_last(chunks):
            binary.look(chunk)
            buffer.add(chunk)
            # A needle may start near the end and finish in the next piece: those starts wait for it.
            stop = buffer.end if last else max(searched, buffer.end - self.longest + 1)
            for start, pattern in self._starts(buffer.data, searched - buffer.base, stop - buffer.base):
                line = buffer.line_at(start)
                yield from ((span, buffer) for span in self._owned(pattern, buffer.base + start, line))
            searched = stop

    def _starts(self, data: bytes, start: int, stop: int) -> list[tuple[int, bytes]]:
        """Every place where a needle begins in [start, stop), with the longest needle that does."""
        found = list(_every_start(self._plain, data, start, len(data), stop)) if self._plain else []
        if self._armor and self._run:
            for run in self._run.finditer(data, start):
                if run.start() >= stop:
                    break
                found += _every_start(self._armor, data, run.start(), run.end(), stop)
        return sorted(found)

    def _owned(self, matched: bytes, start: int, line: int) -> Iterator[_Span]:
        """A needle that begins another one names its owner too: two credentials may start alike."""
        for length in range(1, len(matched) + 1):
            for credential, needle in self._owners.get(matched[:length], ()):
                yield _Span(credential, needle, start, start + length, line)


class _Binary:
    """Whether the first bytes of a stream hold a NUL."""

    def __init__(self) -> None:
        self._seen = 0
        self._nul = False

    def look(self, chunk: bytes) -> None:
        if self._seen < BINARY_HEAD:
            self._nul = self._nul or b"\0" in chunk[: BINARY_HEAD - self._seen]
            self._seen += len(chunk)

    def __bool__(self) -> bool:
        return self._nul


class _Buffer:
    """The part of a stream that is in memory: `data` starts at `base`; lines are counted once, forward."""

    def __init__(self, keep: int) -> None:
        self.data, self.base = b"", 0
        self._keep = keep
        self._counted, self._line = 0, 1

    @property
    def end(self) -> int:
        return self.base + len(self.data)

    def add(self, chunk: bytes) -> None:
        if not self.data:
            self.data = chunk
            return
        dropped = max(0, len(self.data) - self._keep)
        if dropped > self._counted:
            self.line_at(dropped)
        self.data = self.data[dropped:] + chunk
        self.base += dropped
        self._counted -= dropped

    def line_at(self, position: int) -> int:
        """The 1-based line of a position in `data`."""
        if position < self._counted:
            return self._line - self.data.count(b"\n", position, self._counted)
        self._line += self.data.count(b"\n", self._counted, position)
        self._counted = position
        return self._line

    def between(self, start: int, end: int) -> bytes | None:
        return self.data[start - self.base : end - self.base] if start >= self.base else None


def _joined(spans: Iterable[tuple[_Span, _Buffer]]) -> Iterator[_Span]:
    """One span per place: overlaps of a credential, and the fragments of one key block, become one."""
    open_spans: dict[str, _Span] = {}
    for span, buffer in spans:
        before = open_spans.get(span.credential)
        if before and span.start < before.end:
            best = max(span, before, key=lambda one: one.rank) if not _same_block(before, span) else before
            open_spans[span.credential] = replace(best, end=max(before.end, span.end))
        elif before and _same_block(before, span) and _one_block(before, span, buffer):
            open_spans[span.credential] = replace(before, end=span.end)
        else:
            if before:
                yield before
            open_spans[span.credential] = span
    yield from open_spans.values()


def _same_block(before: _Span, span: _Span) -> bool:
    return before.needle.form in _KEY_FORMS and before.needle.form == span.needle.form


def _one_block(before: _Span, span: _Span, buffer: _Buffer) -> bool:
    """Whether only more of the same key can stand between two fragments of it."""
    if span.start - before.end > BLOCK_GAP:
        return False
    between = buffer.between(before.end, span.start)
    if between is None:
        return False
    if span.needle.form == "binary":
        return True
    return b"-----" not in between and _ARMOR_BETWEEN.fullmatch(between) is not None


def _every_start(
    pattern: re.Pattern[bytes], data: bytes, start: int, end: int, stop: int
) -> Iterator[tuple[int, bytes]]:
    # Searching on from the next byte, not from the end of the match, finds needles that overlap.
    while (match := pattern.search(data, start, end)) and match.start() < stop:
        yield match.start(), match[0]
        start = match.start() + 1


def _alternation(patterns: Iterable[bytes]) -> re.Pattern[bytes] | None:
    """Longest first, so that the longest at a place wins; grouped by first byte, which `re` skips quickly."""
    by_first: dict[bytes, list[bytes]] = {}
    for pattern in sorted(patterns, key=len, reverse=True):
        by_first.setdefault(pattern[:1], []).append(pattern[1:])
    groups = (re.escape(first) + b"(?:" + b"|".join(map(re.escape, rest)) + b")" for first, rest in by_first.items())
    return re.compile(b"|".join(groups), re.DOTALL) if by_first else None


def _with_last(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    held: bytes | None = None
    for chunk in chunks:
        if held is not None:
            yield held, False
        held = chunk
    if held is not None:
        yield held, True
