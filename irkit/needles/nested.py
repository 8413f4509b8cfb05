"""Base64 of base64, as a Kubernetes secret in a CI variable: decoded where its beginning stands, however both are wrapped. Pure.

Where a text stands in its base64 depends on what is in front of it, three ways for each of the two; so there are nine
beginnings, and a second nine further on, for a line may end within the first. A key block three times in base64 is known by
the mark that its armor begins with.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from irkit.needles import joints
from irkit.needles.joints import LONGEST_JOINT, OPEN
from irkit.needles.letters import LONGEST, escaped, escaped_form
from irkit.needles.model import Needle, Nested

_LEAST = 10
"""Characters of base64 that tell one text from any other."""

_STEP = 8
"""The second beginning stands clear of what the head of the first is made of."""

_FIRST_LOOK = 96
_LARGEST_BLOCK = 64 << 10
_LARGEST_RUN = 256 << 10
_STARTS = ((0, 0), (1, 2), (2, 3))
"""Bytes in front of a text in its group of three, and the first character of base64 that does not depend on them."""

_PLAIN_FORMS = frozenset({"base64", "base64url"})
_URL = bytes.maketrans(b"-_", b"+/")
_RUN = re.compile(rb"[A-Za-z0-9+/_-]*")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_WIDEST = 128
"""Characters of a line that is wrapped; a longer one is not."""

_SPACE = b" \t\r\n"
_GLUE = re.compile(rb"[ \t]{0,8}\\?(?:\r?\n|(?:\\{1,2}r)?\\{1,2}n)[ \t>|#*]{0,32}|\\{0,2}[\"'`][\s+.,&\\]{0,40}[\"'`]")
_OPEN_GLUE = re.compile(
    rb"[ \t]{0,8}\\{0,2}(?:r?\\{0,2}n?)?\r?\n?[ \t>|#*]{0,32}|\\{0,2}[\"'`](?:[\s+.,&\\]{0,40}[\"'`]?)?"
)


def stable_base64(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Base64 of `text` inside any longer text, at each alignment: the character of its group it begins at, and what never changes."""
    for before, start in _STARTS:
        whole = (len(text) + before) * 8 // 6
        yield start, base64.b64encode(b"\0" * before + text)[start:whole]


def nested_forms(inner: Iterable[Needle], form: str, *, window: int = 0) -> list[Needle]:
    """Base64 of needles that are base64 themselves. With a `window`, so many characters suffice, and what follows goes with them."""
    found = []
    for one in inner:
        text = one.pattern[:window] if window else one.pattern
        whole = replace(one, pattern=text, splits=True, letters=b"")
        steps = (0, _STEP, 3 * _STEP) if window else (0, _STEP)
        for at in (step for step in steps if not step or len(text) - step >= _LEAST):
            for phase, pattern in stable_base64(text[at:]):
                found.append(Needle(form, pattern, nested=Nested((whole,), phase, at, whole=bool(window))))
    return found


def block_forms(mark: bytes, inner: Iterable[Needle], form: str) -> list[Needle]:
    """Base64 of base64 of an armored block: `mark` begins it, and one of `inner` stands somewhere behind."""
    pieces, found = tuple(inner), []
    for phase, once in stable_base64(mark):
        block = Needle(form, once, nested=Nested(pieces, phase, anywhere=True, whole=True))
        for outer, twice in stable_base64(once):
            found.append(Needle(form, twice, nested=Nested((block,), outer, whole=True)))
    return found


def ends(data: bytes, start: int, needle: Needle, at: int = 0, *, last: bool = False) -> int | None:
    """Where a needle ends that stands at `start`, from its byte `at` on; None when it does not.

    `OPEN` when the data ends before it can be told, unless it is the `last` of it.
    """
    if needle.nested:
        return _decoded_ends(data, start, needle.nested, at, last=last)
    return joints.walk(data, start, needle, at, last=last)


def escaped_ends(data: bytes, start: int, needle: Needle, at: int = 0, *, last: bool = False) -> int | None:
    """The same for its text with any letters escaped in any way."""
    if not needle.letters or (at and needle.letters != needle.pattern):
        return None
    return escaped(data, start, needle.letters, at, splits=needle.splits, last=last)


def joint_form(needle: Needle, data: bytes, start: int, end: int) -> str:
    """The form of a needle as it stands: as it is, escaped, cut by quotes or a continued line ("-split"), or by line ends ("-wrapped")."""
    if end - start == len(needle.pattern) or needle.nested:
        return needle.form
    as_it_is = needle.form in _PLAIN_FORMS or joints.walk(data, start, needle, last=True) == end
    if needle.letters and not as_it_is and (form := escaped_form(data, start, end, needle.letters)):
        return form
    more = joints.cuts(data, start, end) > joints.cuts(needle.pattern, 0, len(needle.pattern))
    return needle.form + ("-split" if more else "-wrapped")


def may_go_on(needle: Needle, data: bytes, end: int) -> bool:
    """Whether more of a block may follow: it is base64 up to the end of the data."""
    return needle.nested is not None and needle.nested.whole and end == len(data)


def longest(needle: Needle) -> int:
    """The most bytes from the first of a needle to its last."""
    if needle.nested is None:
        return joints.longest(needle) + len(needle.letters) * LONGEST
    if needle.nested.whole:
        return _LARGEST_RUN
    return _characters(needle.nested) * (1 + LONGEST_JOINT // joints.PIECE)


def _characters(nested: Nested) -> int:
    """Characters of base64 within which it is decided."""
    return _LARGEST_BLOCK if nested.anywhere or any(one.nested for one in nested.inner) else _wanted(nested)


def _wanted(nested: Nested) -> int:
    return max(joints.longest(one) for one in nested.inner) * 4 // 3 + 8


def _decoded_ends(data: bytes, start: int, nested: Nested, at: int, *, last: bool) -> int | None:
    phase, most = (nested.phase + at) % 4, _characters(nested)
    end: int | None = None
    for size in sorted({min(_FIRST_LOOK, most) if not nested.anywhere else most, most}):
        run = _Run.read(data, start, size, last=last)
        end = _within(run.decoded(phase), nested, at, last=run.ended and not run.open)
        if end is None:
            return None
        if end != OPEN:
            position = run.position(-(-(end + -(-6 * phase // 8)) * 8 // 6) - phase)
            return max(position, _block_end(data, start, last=last)) if nested.whole else position
        if run.ended:
            return OPEN if run.open else None
    return None


def _within(text: bytes, nested: Nested, at: int, *, last: bool) -> int | None:
    """Where in the decoded text one of the inner needles ends."""
    if nested.anywhere:
        plain = text.replace(b"\\n", b"").translate(None, _SPACE)
        return len(text) if any(one.pattern in plain for one in nested.inner) else OPEN
    first = -(-6 * (nested.phase + at) // 8) - (0, 0, 1, 2)[nested.phase]
    results = [ends(text, 0, one, nested.at + first, last=last) for one in nested.inner]
    certain = [one for one in results if one is not None and one != OPEN]
    return max(certain) if certain else OPEN if OPEN in results else None


def _block_end(data: bytes, start: int, *, last: bool) -> int:
    """Where the base64 ends that `start` stands in: lines of one length, and one that is shorter."""
    run = _Run.read(data, start, _LARGEST_RUN, last=last)
    front = data[max(0, start - _WIDEST) : start]
    width = len(front) - len(front.rstrip(_BASE64)) + len(run.pieces[0][1])
    end = start + len(run.pieces[0][1])
    for place, piece in run.pieces[1:] if width <= _WIDEST else ():
        if len(piece) > width:
            return end
        end = place + len(piece)
        if len(piece) < width:
            return end
    return len(data) if run.open and width <= _WIDEST else end


@dataclass(frozen=True)
class _Run:
    """Base64 from a place on, over its joints: `ended` when nothing more follows, `open` when that is only the end of the data."""

    pieces: tuple[tuple[int, bytes], ...]
    end: int
    ended: bool
    open: bool

    @classmethod
    def read(cls, data: bytes, start: int, most: int, *, last: bool) -> _Run:
        pieces: list[tuple[int, bytes]] = []
        position, left = start, most
        while True:
            run = _RUN.match(data, position, min(len(data), position + left))
            piece = run[0] if run else b""
            pieces.append((position, piece))
            position, left = position + len(piece), left - len(piece)
            if left == 0:
                return cls(tuple(pieces), position, ended=False, open=False)
            rest = position + LONGEST_JOINT
            if not last and rest >= len(data) and _OPEN_GLUE.fullmatch(data, position):
                return cls(tuple(pieces), len(data), ended=True, open=True)
            glue = _GLUE.match(data, position, rest)
            if glue is None or not _RUN.match(data, glue.end(), glue.end() + 1)[0]:  # type: ignore[index]
                return cls(tuple(pieces), position, ended=True, open=False)
            position = glue.end()

    def decoded(self, phase: int) -> bytes:
        """What it stands for, from the first byte that does not depend on what is in front."""
        text = b"A" * phase + b"".join(piece for _, piece in self.pieces)
        over = len(text) % 4
        text = text + b"=" * (4 - over) if over > 1 and self.ended and not self.open else text[: len(text) - over]
        return base64.b64decode(text.translate(_URL))[-(-6 * phase // 8) :]

    def position(self, count: int) -> int:
        """Where in the data the first `count` characters end."""
        for start, piece in self.pieces:
            if count <= len(piece):
                return start + count
            count -= len(piece)
        return self.end
