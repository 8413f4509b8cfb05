"""What is sought, and the one matcher that seeks it in bytes. Pure: every reader of this folder feeds it.

One pass of an automaton finds the heads of all needles; only where a head stands is a needle compared, in one piece or in
several. Public keys are read out of keyrings and text beside it, when one is sought.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from irkit.model import Occurrence, Skipped
from irkit.needles import Needle, PublicKeys, Seeker, joint_form, longest

Progress = Callable[[str, int, int | None], None]
"""Told what is being read, how much of it is done, and how much there is (None when nobody knows)."""

BINARY_HEAD = 8192
"""A NUL byte among the first 8 KiB makes data binary, as git and grep judge it."""

BLOCK_GAP = 64 * 1024
"""Fragments of a key further apart than this are two blocks."""

_KEY_FORMS = frozenset({"armor", "binary"})
_ARMOR_BETWEEN = re.compile(rb"[A-Za-z0-9+/=_\s\\\"',>|#*-]*")
_BASIC = re.compile(rb"basic[ +:]{1,2}[A-Za-z0-9+/_-]*\Z", re.IGNORECASE)
_JWT = re.compile(rb"eyJ[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*\Z")
_BEFORE = 2048
"""How far back a form is told by what stands in front of it."""


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
    form: str
    start: int
    end: int
    line: int = 0

    @property
    def rank(self) -> tuple[bool, int]:
        return not self.needle.weak, len(self.needle.pattern)


class Hits:
    """The matcher for a set of credentials, compiled once.

    Needles of one credential that overlap are one hit, under the strongest form (the secret before its mere
    name, then the longest). Fragments of a private key that belong to one block are one hit, at the first.
    A token cut in pieces has its form with "-split" or "-wrapped"; one in a Basic pair is "basic-auth", in a JSON web token "jwt".
    """

    def __init__(self, hunted: Sequence[Hunted]) -> None:
        self._names = [credential.credential for credential in hunted]
        needles = [(owner, needle) for owner, one in enumerate(hunted) for needle in one.needles]
        self._public: dict[str, list[tuple[int, Needle]]] = {}
        for owner, needle in needles:
            if needle.structural:
                self._public.setdefault(needle.pattern.decode(), []).append((owner, needle))
        plain = [(owner, _sought(needle)) for owner, needle in needles if not needle.structural]
        self._keys = PublicKeys(self._public)
        self._seeker = Seeker(plain)
        self.longest = max((longest(needle) for _, needle in plain), default=0)

    def __bool__(self) -> bool:
        return bool(self._names)

    @property
    def heads(self) -> tuple[bytes, ...] | None:
        """Byte strings one of which stands in all data that holds a hit; None when only a look at all of it can tell.

        For readers with a faster search of their own: what holds none of these need not be given to `find`.
        """
        return None if self._keys else self._seeker.heads

    def find(self, data: bytes) -> list[Hit]:
        """All hits in `data`, by offset."""
        return self.stream((data,))

    def stream(self, chunks: Iterable[bytes]) -> list[Hit]:
        """All hits in data that comes in pieces of any size; memory stays near the size of one piece."""
        hits: list[Hit] = []
        for span in _joined(self._spans(chunks, binary := _Binary())):
            hits.append(Hit(span.credential, span.form, span.start, span.line))
        return sorted(
            (replace(hit, line=None) if binary else hit for hit in hits), key=lambda hit: (hit.offset, hit.credential)
        )

    def _spans(self, chunks: Iterable[bytes], binary: _Binary) -> Iterator[tuple[_Span, _Buffer]]:
        buffer = _Buffer(keep=self.longest + BLOCK_GAP)
        searched = 0
        for chunk, last in _with_last(chunks):
            binary.look(chunk)
            buffer.add(chunk, searched)
            found, stop = self._look(buffer.data, searched - buffer.base, last)
            for span in found:
                line = buffer.line_at(span.start)
                yield replace(span, start=buffer.base + span.start, end=buffer.base + span.end, line=line), buffer
            searched = buffer.base + stop

    def _look(self, data: bytes, start: int, last: bool) -> tuple[list[_Span], int]:
        """What is noticed in `data` from `start` on, and from where on it needs what follows."""
        standing, stop = self._seeker.look(data, start)
        stop = len(data) if last else stop
        found = [
            (
                one.head,
                self._span(one.owner, one.needle, _form(one.needle, data, one.begin, one.end), one.begin, one.end),
            )
            for one in standing
        ]
        if self._keys:
            named, until = self._keys.look(data, start, last)
            stop = min(stop, until)
            for key in named:
                for owner, needle in self._public[key.fingerprint]:
                    found.append((key.start, self._span(owner, needle, key.form, key.start, key.end)))
        found.sort(key=lambda pair: pair[0])
        return [span for head, span in found if head < stop], stop

    def _span(self, owner: int, needle: Needle, form: str, start: int, end: int) -> _Span:
        return _Span(self._names[owner], needle, form, start, end)


def _sought(needle: Needle) -> Needle:
    """Armor is found by its parts, wherever a line ends between them."""
    return replace(needle, splits=False) if needle.form == "armor" else needle


def _form(needle: Needle, data: bytes, start: int, end: int) -> str:
    """How it is written, told by its joints and by what stands in front of it."""
    if needle.form in ("base64", "base64url"):
        front = data[max(0, start - _BEFORE) : start]
        if _BASIC.search(front):
            return "basic-auth"
        if _JWT.search(front):
            return "jwt"
    return joint_form(needle, data, start, end)


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

    def add(self, chunk: bytes, needed: int) -> None:
        """More of the stream; what stands further than `keep` before `needed` is let go."""
        if not self.data:
            self.data = chunk
            return
        dropped = max(0, needed - self.base - self._keep)
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


def _with_last(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    held: bytes | None = None
    for chunk in chunks:
        if held is not None:
            yield held, False
        held = chunk
    if held is not None:
        yield held, True
