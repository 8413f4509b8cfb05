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

LONG_HEAD = 8
ARRAY_HEAD = 14
"""Bytes of the head of a needle that is noticed at its beginning only; program text is full of arrays of bytes."""

_QUOTE = rb"\\{0,2}[\"'`]"
_BREAK = rb"(?:\r?\n|(?:\\{1,2}r)?\\{1,2}n)"
_NOTE = rb"(?:/\*[^*\r\n]{0,40}\*/|(?://|--|#)[^\r\n]{0,60})?"
_GAP = rb"[ \t]{0,8}" + _NOTE + rb"[ \t]{0,8}(?:[\\_]?\r?\n[ \t]{0,32}|\\n[ \t]{0,32})?"
_PLUS = rb"(?:\+\+?|\.\.?|&|,|\|\||<>|~)?"
_PREFIX = rb"[bBrRuUfFL]{0,2}"
_STRINGS = rb"(?:\\{1,2}n)?" + _QUOTE + rb"\)?" + _GAP + _PLUS + _GAP + rb"\(?" + _PREFIX + _QUOTE
_NAME = rb"[$@\w.:>\[\]-]{1,40}[ \t]{0,4}"
_ADDS = rb"(?:\+|\.\.?|~)=[ \t]{0,4}|=[ \t]{0,4}" + _NAME + rb"(?:\+|\.\.?|&|~)[ \t]{0,4}"
_APPENDED = _QUOTE + rb";?[ \t]{0,8}\r?\n[ \t]{0,32}" + _NAME + rb"(?:" + _ADDS + rb")" + _PREFIX + _QUOTE
_WRAPPED = rb"[ \t]{0,8}[\\=`^]?" + _BREAK + rb"[+-]?[ \t>|#*/]{0,32}\\?"
_JOINT = re.compile(b"(?:%s|%s|%s)" % (_STRINGS, _APPENDED, _WRAPPED))
_FRONT = b"+- \t>|#*/\\"
_LAST = _FRONT + b"\"'`\nn"
"""What a joint can end with."""
_CUT = re.compile(rb"[\"'`]|[\\^](?=\r?\n)")
# What may still become a joint when more of the data comes.
_OPEN_JOINT = re.compile(
    rb"(?:\\{1,2}n?)?(?:\\{0,2}[\"'`][^\0]{0,127})?|[ \t]{0,8}[\\=`^]?(?:\\{0,2}r?)(?:\\{0,2}n?)\r?\n?[+-]?[ \t>|#*/]{0,32}\\?"
)


def heads(needle: Needle) -> dict[int, bytes]:
    """By their position in the needle: the bytes that betray that it may stand here.

    A needle that splits may begin with a piece shorter than `HEAD`, so every early start has its head.
    """
    text = needle.pattern
    if needle.nested or needle.form == "byte-array":
        return {0: text[: LONG_HEAD if needle.nested else ARRAY_HEAD]}
    last = max(0, min(HEAD - 1, len(text) - 2 * HEAD)) if needle.splits else 0
    return {start: text[start : start + HEAD] for start in range(last + 1)}


def walk(data: bytes, start: int, needle: Needle, at: int = 0, *, last: bool = False) -> int | None:
    """Where the needle ends that stands at `start`, from its byte `at` on; None when it does not.

    `OPEN` when the data ends before it can be told, unless it is the `last` of it.
    """
    text, position, first = needle.pattern, start, True
    while True:
        same = _common(text, at, data, position)
        at, position = at + same, position + same
        if at == len(text):
            return position
        if position == len(data):
            return None if last else OPEN
        if not needle.splits or same < (HEAD if first else PIECE):
            return None
        behind = past_joint(data, position, text, at, last=last)
        if behind is None or behind == OPEN:
            return behind
        position, first = behind, False


def cuts(data: bytes, start: int, end: int) -> int:
    """How many quotes and continued lines there are: what is cut by line ends alone has none."""
    return len(_CUT.findall(data, start, end))


def past_joint(data: bytes, position: int, text: bytes, at: int, *, last: bool = False) -> int | None:
    """Where a text goes on, from its byte `at`, behind the joint at `position`; None when there is no joint, or `OPEN`."""
    rest = position + LONGEST_JOINT
    if not last and rest >= len(data) and _OPEN_JOINT.fullmatch(data, position):
        return OPEN
    joint = _JOINT.match(data, position, rest)
    if joint is None:
        return None
    return joint.end() - _taken(joint, text, at)


def _taken(joint: re.Match[bytes], text: bytes, at: int) -> int:
    """How much of the joint's end is the text itself: what may stand in front of a line (`> `, `// `) may also begin a piece."""
    end = joint[0][-4:]
    sizes = (size for size in range(len(end), 0, -1) if text[at : at + size] == end[-size:])
    return next((size for size in sizes if not end[-size:].strip(_FRONT)), 0)


def before(data: bytes, position: int, needle: Needle, at: int) -> int | None:
    """Where a needle begins whose first `at` bytes stand before a joint that ends at `position`."""
    if not position or data[position - 1] not in _LAST:
        return None
    first = needle.pattern[:at]
    start = data.find(first, max(0, position - LONGEST_JOINT - at), position)
    while start >= 0:
        if _JOINT.fullmatch(data, start + at, position):
            return start
        start = data.find(first, start + 1, position)
    return None


def longest(needle: Needle) -> int:
    """The most bytes from the first of a needle to its last, in one piece or in several."""
    size = len(needle.pattern)
    return size + (size // PIECE + 2) * LONGEST_JOINT if needle.splits else size


def _common(text: bytes, at: int, data: bytes, position: int) -> int:
    """How many bytes of both are the same from there on."""
    size = min(len(text) - at, len(data) - position)
    if data[position : position + size] == text[at : at + size]:
        return size
    return next(count for count in range(size) if text[at + count] != data[position + count])
