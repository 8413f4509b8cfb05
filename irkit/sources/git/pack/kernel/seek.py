"""Many needles at once in a piece of bytes: Wu and Manber's shifts over blocks of two or three bytes, then comparison.

S. Wu, U. Manber: A fast algorithm for multi-pattern searching (TR 94-17, University of Arizona, 1994).
"""

from __future__ import annotations

from numba import njit

from irkit.sources.git.pack.frame import (
    BLOCK,
    DOWN,
    FACTOR,
    HEADS,
    HITS,
    LENGTHS,
    MANY,
    MASK,
    MOST,
    NEEDLES,
    NEXT,
    OWNER,
    SHIFTS,
    SHORTEST,
    STARTS,
)
from irkit.sources.git.pack.kernel.lists import room
from irkit.sources.git.pack.kernel.memory import i32, i64, put64, u8, u32


@njit
def note(frame, first, needle, offset):
    """Lists an occurrence for the owner, whose first one is number `first`. False when no more are listed for it."""
    used = i64(frame, HITS + 1)
    most = i64(frame, MOST) if used < i64(frame, MANY) else 1
    if used - first >= most or not room(frame, HITS, 1, 24):
        return False
    hits = i64(frame, HITS)
    put64(hits, used * 3, i64(frame, OWNER))
    put64(hits, used * 3 + 1, needle)
    put64(hits, used * 3 + 2, offset)
    put64(frame, HITS + 1, used + 1)
    return True


@njit
def seek(frame, first, data, length, base):
    """Lists every occurrence in data[:length], which stands at `base` in its object. False when some are not listed."""
    window = i64(frame, SHORTEST)
    if length < window:
        return True
    shifts, mask, factor, down = i64(frame, SHIFTS), i64(frame, MASK), i64(frame, FACTOR), i64(frame, DOWN)
    behind = window - i64(frame, BLOCK)
    at, last = data + behind, data + length - window + behind
    while at <= last:
        slot = (((u32(at, 0) & mask) * factor) & 0xFFFFFFFF) >> down
        shift = u8(shifts, slot)
        if shift:
            at += shift
            continue
        start = at - behind
        needle = i32(i64(frame, HEADS), slot)
        while needle >= 0:
            size = i64(i64(frame, LENGTHS), needle)
            pattern = i64(frame, NEEDLES) + i64(i64(frame, STARTS), needle)
            found = start + size <= data + length and _same(start, pattern, size)
            if found and not note(frame, first, needle, base + start - data):
                return False
            needle = i32(i64(frame, NEXT), needle)
        at += 1
    return True


@njit
def _same(left, right, length):
    at = 0
    while at < length and u8(left, at) == u8(right, at):
        at += 1
    return at == length
