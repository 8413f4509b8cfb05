"""Many needles at once in a piece of bytes: at every `stride` bytes a block is looked up, then compared.

Of any `stride` blocks in a row one is looked at, and a needle has that many near its start: none is missed. The places looked
at do not depend on what was seen, so the processor reads ahead (q-gram sampling: K. Fredriksson, S. Grabowski, Average-optimal
string matching, 2009).
"""

from __future__ import annotations

from numba import njit

from irkit.sources.git.pack.frame import (
    BITS,
    BLOCK,
    DOWN,
    ENTRY_NEEDLE,
    HEADS,
    HITS,
    LENGTHS,
    MANY,
    MASK,
    MOST,
    NEEDLES,
    NEXT,
    OWNER,
    STARTS,
    STRIDE,
)
from irkit.sources.git.pack.kernel.lists import room
from irkit.sources.git.pack.kernel.memory import i32, i64, put64, u8, u32
from irkit.sources.git.pack.needles import FACTOR


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
def _bit(bits, at, mask, down):
    slot = (((u32(at, 0) & mask) * FACTOR) & 0xFFFFFFFF) >> down
    return (u8(bits, slot >> 3) >> (slot & 7)) & 1


@njit
def seek(frame, first, data, length, base):
    """Lists every occurrence in data[:length], which stands at `base` in its object. False when some are not listed."""
    bits, mask, down, stride = i64(frame, BITS), i64(frame, MASK), i64(frame, DOWN), i64(frame, STRIDE)
    at, last = data, data + length - i64(frame, BLOCK)
    while at + 3 * stride <= last:
        one_of_four = (
            _bit(bits, at, mask, down)
            | _bit(bits, at + stride, mask, down)
            | _bit(bits, at + 2 * stride, mask, down)
            | _bit(bits, at + 3 * stride, mask, down)
        )
        if one_of_four and not _compare(frame, first, data, length, base, at, at + 3 * stride):
            return False
        at += 4 * stride
    return at > last or _compare(frame, first, data, length, base, at, last)


@njit
def _compare(frame, first, data, length, base, at, last):
    """The needles whose blocks stand at the places looked at in at..last."""
    bits, mask, down, stride = i64(frame, BITS), i64(frame, MASK), i64(frame, DOWN), i64(frame, STRIDE)
    while at <= last:
        if not _bit(bits, at, mask, down):
            at += stride
            continue
        slot = (((u32(at, 0) & mask) * FACTOR) & 0xFFFFFFFF) >> down
        entry = i32(i64(frame, HEADS), slot)
        while entry >= 0:
            which = i32(i64(frame, ENTRY_NEEDLE), entry)
            needle = which // stride
            start = at - (which - needle * stride)
            if not _stands(frame, first, data, length, base, needle, start):
                return False
            entry = i32(i64(frame, NEXT), entry)
        at += stride
    return True


@njit
def _stands(frame, first, data, length, base, needle, start):
    """Lists the needle when it stands at `start`. False when it does and is not listed."""
    size = i64(i64(frame, LENGTHS), needle)
    if start < data or start + size > data + length:
        return True
    pattern, at = i64(frame, NEEDLES) + i64(i64(frame, STARTS), needle), 0
    while at < size:
        if u8(start, at) != u8(pattern, at):
            return True
        at += 1
    return note(frame, first, needle, base + start - data)
