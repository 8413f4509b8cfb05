"""A git delta applied to its base, and the needles sought only where the delta made something new.

An occurrence in the result either lies inside one copied range, and then stood in the base (it is carried over by
its position), or touches bytes inserted or the edge of a copy. In the second case it reaches at most `longest - 1` bytes
into any copy: searching the result with the insides of its copies left out finds it. Format of a delta:
https://git-scm.com/docs/gitformat-pack#_deltified_representation
"""

from __future__ import annotations

from numba import njit

from irkit.sources.git.pack.frame import HITS, LENGTHS, LONGEST
from irkit.sources.git.pack.kernel.memory import copy, copy_short, i64, u8
from irkit.sources.git.pack.kernel.seek import note, seek

TORN, READ, MORE = -1, 1, 2
_SHORT = 64


@njit
def varint(delta, at, end):
    """The number at `at`, and where it ended; -1 when it does not end."""
    value, down = 0, 0
    while at < end and down < 56:
        byte = u8(delta, at)
        value |= (byte & 127) << down
        at += 1
        down += 7
        if byte < 128:
            return value, at
    return -1, at


@njit
def apply(frame, delta, at, end, base, base_size, out, size, whole, sought, first, base_first, base_last):
    """Builds the result, all of it (`whole`) or only what must be searched; seeks in it when `sought`.

    TORN when the delta does not fit its base, MORE when not every occurrence could be listed.
    """
    edge = i64(frame, LONGEST) - 1
    place, written, begun = 0, 0, 0  # in the result; in `out`; where in the result the current segment began
    complete = True
    while at < end:
        code = u8(delta, at)
        at += 1
        if code < 128:
            if code == 0 or at + code > end or place + code > size:
                return TORN
            copy_short(out + written, delta + at, code)
            at += code
            place += code
            written += code
            continue
        source, length, at = copied_range(delta, at, code)
        if at > end or source + length > base_size or place + length > size:
            return TORN
        before = edge if place > 0 else 0
        after = edge if place + length < size else 0
        if whole:
            _copy(out + written, base + source, length)
        if not sought or length <= before + after:
            if not whole:
                _copy(out + written, base + source, length)
            written += length
        else:
            if not whole:
                _copy(out + written, base + source, before)
            start = out + begun if whole else out
            complete &= seek(frame, first, start, place + before - begun, begun)
            complete &= _carry(frame, first, base_first, base_last, source, length, place, before, after)
            if not whole:
                _copy(out, base + source + length - after, after)
            written = written + length if whole else after
            begun = place + length - after
        place += length
    if place != size:
        return TORN
    if sought:
        complete &= seek(frame, first, out + begun if whole else out, place - begun, begun)
    return READ if complete else MORE


@njit
def _copy(target, source, length):
    if length <= _SHORT:
        copy_short(target, source, length)
    else:
        copy(target, source, length)


@njit
def copied_range(delta, at, code):
    """Where a copy begins in the base, its length, and where its instruction ended."""
    source, length = 0, 0
    for bit in range(4):
        if code & (1 << bit):
            source |= u8(delta, at) << (8 * bit)
            at += 1
    for bit in range(3):
        if code & (16 << bit):
            length |= u8(delta, at) << (8 * bit)
            at += 1
    return source, length if length else 0x10000, at


@njit
def _carry(frame, first, base_first, base_last, source, length, place, before, after):
    """The base's occurrences inside a copied range, but for those that the search of its edges finds."""
    for number in range(base_first, base_last):
        hits = i64(frame, HITS)
        needle = i64(hits, number * 3 + 1)
        start = i64(hits, number * 3 + 2) - source
        end = start + i64(i64(frame, LENGTHS), needle)
        inside = start >= 0 and end <= length and end > before and start < length - after
        if inside and not note(frame, first, needle, place + start):
            return False
    return True
