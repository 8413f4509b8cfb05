"""Texts that stand in pieces: wrapped lines, continued lines, strings put together. Pure.

One walk serves the finder and the redactor: from a place where `HEAD` bytes of a needle stand, along the needle and over the
joints between its pieces. The first of two neighbouring pieces or the second has at least `HEAD` bytes; later ones have
`PIECE`, the last one any number. A joint is at most `LONGEST_JOINT` bytes.
"""

from __future__ import annotations

import re

from irkit.needles.model import Needle

HEAD = 6
PIECE = 4
LONGEST_JOINT = 128
OPEN = -1
"""The data ended before it could be told whether the needle stands there."""

_QUOTE = rb"\\{0,2}[\"'`]"
_BREAK = rb"(?:\r?\n|(?:\\{1,2}r)?\\{1,2}n)"
_GAP = rb"[ \t]{0,8}(?:\\?\r?\n[ \t]{0,32}|\\n[ \t]{0,32})?"
_PLUS = rb"(?:\+\+?|\.\.?|&|,|\|\||<>|~)?"
_STRINGS = rb"(?:\\{1,2}n)?" + _QUOTE + _GAP + _PLUS + _GAP + rb"[bBrRuUfFL]{0,2}" + _QUOTE
_WRAPPED = rb"[ \t]{0,8}\\?" + _BREAK + rb"[ \t>|#*/]{0,32}"
_JOINT = re.compile(b"(?:%s|%s)" % (_STRINGS, _WRAPPED))
_CUT = re.compile(rb"[\"'`]|\\(?=\r?\n)")
_JOINT_BYTES = re.compile(rb"[\s\"'`\\+.&,|<>~#*/bBrRnuUfFL]*")


def heads(needle: Needle) -> dict[int, bytes]:
    """By their position in the needle: the bytes that betray that it may stand here.

    A needle that splits may begin with a piece shorter than `HEAD`, so every early start has its head.
    """
    text = needle.pattern
    last = max(0, min(HEAD - 1, len(text) - 2 * HEAD)) if needle.splits else 0
    return {start: text[start : start + HEAD] for start in range(last + 1)}


def walk(data: bytes, start: int, needle: Needle, at: int = 0) -> int | None:
    """Where the needle ends that stands at `start`, from its byte `at` on; None when it does not.

    `OPEN` when the data ends before it can be told.
    """
    text, position, first = needle.pattern, start, True
    while True:
        same = _common(text, at, data, position)
        at, position = at + same, position + same
        if at == len(text):
            return position
        if position == len(data):
            return OPEN
        if not needle.splits or same < (HEAD if first else PIECE):
            return None
        rest = position + LONGEST_JOINT
        if rest >= len(data) and _JOINT_BYTES.fullmatch(data, position):
            return OPEN
        joint = _JOINT.match(data, position, rest)
        if joint is None:
            return None
        position, first = joint.end(), False


def before(data: bytes, position: int, needle: Needle, at: int) -> int | None:
    """Where a needle begins whose first `at` bytes stand before a joint that ends at `position`."""
    first = needle.pattern[:at]
    start = data.find(first, max(0, position - LONGEST_JOINT - at), position)
    while start >= 0:
        if _JOINT.fullmatch(data, start + at, position):
            return start
        start = data.find(first, start + 1, position)
    return None


def joint_form(needle: Needle, data: bytes, start: int, end: int) -> str:
    """The form of a needle as it stands: as it is, cut by quotes or a continued line ("-split"), or by line ends alone ("-wrapped")."""
    if end - start == len(needle.pattern):
        return needle.form
    cuts = len(_CUT.findall(data, start, end)) - len(_CUT.findall(needle.pattern))
    return needle.form + ("-split" if cuts else "-wrapped")


def longest(needle: Needle) -> int:
    """The most bytes from the first of a needle to its last."""
    size = len(needle.pattern)
    return size + (size // PIECE + 2) * LONGEST_JOINT if needle.splits else size


def _common(text: bytes, at: int, data: bytes, position: int) -> int:
    """How many bytes of both are the same from there on."""
    size = min(len(text) - at, len(data) - position)
    if data[position : position + size] == text[at : at + size]:
        return size
    return next(count for count in range(size) if text[at + count] != data[position + count])
