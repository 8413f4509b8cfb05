"""The table of all objects: from an id to its number."""

from __future__ import annotations

from numba import njit

from irkit.sources.git.pack.frame import COUNT, FANOUT, ID_BYTES, IDS, SOUGHT, SOUGHT_BITS, SOUGHT_COUNT
from irkit.sources.git.pack.kernel.memory import i32, i64, u8, u16


@njit
def _order(left, right, length):
    for at in range(length):
        difference = u8(left, at) - u8(right, at)
        if difference:
            return difference
    return 0


@njit
def _search(ids, low, high, width, wanted):
    while low < high:
        middle = (low + high) >> 1
        order = _order(ids + middle * width, wanted, width)
        if order == 0:
            return middle
        if order < 0:
            low = middle + 1
        else:
            high = middle
    return -1


@njit
def number_of(frame, wanted):
    """The number of the object whose raw id is at `wanted`, -1 when it is not here."""
    slot = (u8(wanted, 0) << 8) | u8(wanted, 1)
    fanout = i64(frame, FANOUT)
    low = i32(fanout, slot)
    high = i32(fanout, slot + 1) if slot < 0xFFFF else i64(frame, COUNT)
    return _search(i64(frame, IDS), low, high, i64(frame, ID_BYTES), wanted)


@njit
def sought_blob(frame, wanted):
    """Which of the blobs sought this id is, -1 when none."""
    if u8(i64(frame, SOUGHT_BITS), u16(wanted, 0)) == 0:
        return -1
    return _search(i64(frame, SOUGHT), 0, i64(frame, SOUGHT_COUNT), i64(frame, ID_BYTES), wanted)
