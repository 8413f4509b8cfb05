"""Trees taken apart: which directories and which blobs sought each of them names.

An entry is mode, space, name, NUL, raw id: https://git-scm.com/docs/gitformat-pack, `git help mktree`.
"""

from __future__ import annotations

from numba import njit

from irkit.sources.git.pack.frame import DIRECT, EDGES, ID_BYTES, NAME_ENDS, NAME_SLOTS, NAMES, STATE
from irkit.sources.git.pack.kernel.lists import room
from irkit.sources.git.pack.kernel.memory import copy, i32, i64, put8, put32, put64, u8
from irkit.sources.git.pack.kernel.table import number_of, sought_blob

UNDERSTOOD, NOT_UNDERSTOOD = 1, 2
_SPACE, _ZERO, _FOUR = 32, 48, 52
_LOW, _HIGH = 0x0101010101010101, -0x7F7F7F7F7F7F7F80  # 0x8080808080808080 as a signed number


@njit
def read_tree(frame, number, data, length):
    """Lists the edges of tree `number`; its state says whether its bytes are a tree."""
    width, at = i64(frame, ID_BYTES), 0
    state = i64(frame, STATE)
    put8(state, number, NOT_UNDERSTOOD)
    while at < length:
        if at + 6 >= length:
            return False
        # Modes are written in octal without a leading zero: 40000 is a directory, all others have six digits.
        directory = u8(data, at) == _FOUR or (u8(data, at) == _ZERO and u8(data, at + 1) == _FOUR)
        name = at + 6 if u8(data, at + 5) == _SPACE else at + 7
        if u8(data, name - 1) != _SPACE:
            return False
        end = _zero(data, name, length)
        at = end + 1 + width
        if at > length:
            return False
        oid = data + end + 1
        if directory:
            if not _list(frame, EDGES, number, number_of(frame, oid), data + name, end - name):
                return False
        else:
            blob = sought_blob(frame, oid)
            if blob >= 0 and not _list(frame, DIRECT, number, blob, data + name, end - name):
                return False
    put8(state, number, UNDERSTOOD)
    return True


@njit
def _zero(data, at, length):
    """Where the next NUL byte is, or `length`. Reads up to seven bytes past the end."""
    while at < length:
        word = i64(data + at, 0)
        if (word - _LOW) & ~word & _HIGH:
            while at < length and u8(data, at):
                at += 1
            return min(at, length)
        at += 8
    return length


@njit
def _list(frame, slot, tree, other, name, length):
    label = _name(frame, name, length)
    if label < 0 or not room(frame, slot, 1, 12):
        return False
    used = i64(frame, slot + 1)
    items = i64(frame, slot)
    put32(items, used * 3, tree)
    put32(items, used * 3 + 1, other)
    put32(items, used * 3 + 2, label)
    put64(frame, slot + 1, used + 1)
    return True


@njit
def _name(frame, name, length):
    """The number of a name, new or known (an open hash table of numbers plus one)."""
    if i64(frame, NAME_ENDS + 1) * 2 >= i64(frame, NAME_SLOTS + 2) - 1 and not _rehash(frame):
        return -1
    capacity = i64(frame, NAME_SLOTS + 1)
    table = i64(frame, NAME_SLOTS)
    slot = _hash(name, length) & (capacity - 1)
    while i32(table, slot):
        number = i32(table, slot) - 1
        start, end = _bounds(frame, number)
        if end - start == length and _equal(i64(frame, NAMES) + start, name, length):
            return number
        slot = (slot + 1) & (capacity - 1)
    if not room(frame, NAMES, length, 1) or not room(frame, NAME_ENDS, 1, 8):
        return -1
    used, number = i64(frame, NAMES + 1), i64(frame, NAME_ENDS + 1)
    copy(i64(frame, NAMES) + used, name, length)
    put64(frame, NAMES + 1, used + length)
    put64(i64(frame, NAME_ENDS), number, used + length)
    put64(frame, NAME_ENDS + 1, number + 1)
    put32(table, slot, number + 1)
    return number


@njit
def _rehash(frame):
    capacity = i64(frame, NAME_SLOTS + 1) * 4 if i64(frame, NAME_SLOTS + 1) else 4096
    put64(frame, NAME_SLOTS + 1, 0)
    if not room(frame, NAME_SLOTS, capacity, 4):
        return False
    put64(frame, NAME_SLOTS + 1, capacity)
    put64(frame, NAME_SLOTS + 2, capacity)
    table = i64(frame, NAME_SLOTS)
    for slot in range(capacity):
        put32(table, slot, 0)
    for number in range(i64(frame, NAME_ENDS + 1)):
        start, end = _bounds(frame, number)
        slot = _hash(i64(frame, NAMES) + start, end - start) & (capacity - 1)
        while i32(table, slot):
            slot = (slot + 1) & (capacity - 1)
        put32(table, slot, number + 1)
    return True


@njit
def _bounds(frame, number):
    ends = i64(frame, NAME_ENDS)
    return (i64(ends, number - 1) if number else 0), i64(ends, number)


@njit
def _hash(name, length):
    value = 1469598103934665603
    for at in range(length):
        value = (value ^ u8(name, at)) * 1099511628211
    return (value ^ (value >> 29)) & 0x7FFFFFFF


@njit
def _equal(left, right, length):
    at = 0
    while at < length and u8(left, at) == u8(right, at):
        at += 1
    return at == length
