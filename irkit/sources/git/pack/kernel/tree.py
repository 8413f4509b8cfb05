"""Trees taken apart: which directories and which blobs sought each of them names.

An entry is mode, space, name, NUL, raw id: https://git-scm.com/docs/gitformat-pack, `git help mktree`.
"""

from __future__ import annotations

from numba import njit

from irkit.sources.git.pack.frame import DIRECT, EDGES, ENTRIES, FOUND, ID_BYTES, NAME_ENDS, NAME_SLOTS, NAMES, STATE
from irkit.sources.git.pack.kernel.delta import copied_range
from irkit.sources.git.pack.kernel.lists import room
from irkit.sources.git.pack.kernel.memory import copy, i32, i64, put8, put32, put64, u8
from irkit.sources.git.pack.kernel.table import number_of, sought_blob

UNDERSTOOD, NOT_UNDERSTOOD = 1, 2
_SPACE, _ZERO, _FOUR = 32, 48, 52
_LOW, _HIGH = 0x0101010101010101, -0x7F7F7F7F7F7F7F80  # 0x8080808080808080 as a signed number


@njit
def read_tree(frame, number, data, length, keep):
    """Lists the edges of tree `number`; its state says whether its bytes are a tree. `keep` notes where entries start."""
    put8(i64(frame, STATE), number, NOT_UNDERSTOOD)
    put64(frame, ENTRIES + 1, 0)
    put64(frame, FOUND + 1, 0)
    at = 0
    while 0 <= at < length:
        at = _entry(frame, number, data, at, length, keep)
    return _close(frame, number, at, length, keep)


@njit
def read_changed_tree(frame, number, data, length, keep, delta, at, end, base_marks):
    """The same for a tree made by a delta: entries copied whole are taken over as they were read in the base.

    The delta has been applied, so it is sound. `base_marks`: see `pack_marks`.
    """
    put8(i64(frame, STATE), number, NOT_UNDERSTOOD)
    put64(frame, ENTRIES + 1, 0)
    put64(frame, FOUND + 1, 0)
    entry, place = 0, 0
    while at < end and entry >= 0:
        code = u8(delta, at)
        at += 1
        if code < 128:
            at += code
            place += code
            while 0 <= entry < place:
                entry = _entry(frame, number, data, entry, length, keep)
            continue
        source, size, at = copied_range(delta, at, code)
        shift = place - source
        place += size
        while 0 <= entry < place:
            after = _take_over(frame, number, base_marks, entry - shift, source + size, shift, keep)
            entry = after + shift if after >= 0 else _entry(frame, number, data, entry, length, keep)
    return _close(frame, number, entry, length, keep)


@njit
def _close(frame, number, at, length, keep):
    if at != length or (keep and not _start(frame, length)):
        return False
    put8(i64(frame, STATE), number, UNDERSTOOD)
    return True


@njit
def marks_size(frame):
    """Bytes that `pack_marks` writes for the current tree."""
    return 16 + 4 * i64(frame, ENTRIES + 1) + 16 * i64(frame, FOUND + 1)


@njit
def pack_marks(frame, marks):
    """The current tree's entries for its children: how many starts (its length is the last), how many listed, both lists."""
    entries, found = i64(frame, ENTRIES + 1), i64(frame, FOUND + 1)
    put64(marks, 0, entries)
    put64(marks, 1, found)
    copy(marks + 16, i64(frame, ENTRIES), 4 * entries)
    copy(marks + 16 + 4 * entries, i64(frame, FOUND), 16 * found)


@njit
def _take_over(frame, number, marks, start, stop, shift, keep):
    """Takes over the base's entries from `start` that end by `stop`; where the last one ends, -1 when none does."""
    count, starts = i64(marks, 0), marks + 16
    first = _lower(starts, count, 1, start)
    if first >= count or i32(starts, first) != start:
        return -1
    last = _lower(starts, count, 1, stop + 1) - 1
    if last <= first:
        return -1
    end = i32(starts, last)
    if keep:
        if not room(frame, ENTRIES, last - first, 4):
            return -1
        used, entries = i64(frame, ENTRIES + 1), i64(frame, ENTRIES)
        for at in range(last - first):
            put32(entries, used + at, i32(starts, first + at) + shift)
        put64(frame, ENTRIES + 1, used + last - first)
    found, listed = starts + 4 * count, i64(marks, 1)
    for at in range(_lower(found, listed, 4, start), _lower(found, listed, 4, end)):
        slot, other, label = i32(found, at * 4 + 1), i32(found, at * 4 + 2), i32(found, at * 4 + 3)
        if not _note(frame, slot, number, other, label, i32(found, at * 4) + shift, keep):
            return -1
    return end


@njit
def _lower(items, count, width, wanted):
    """The first item not below `wanted` among sorted ones."""
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if i32(items, middle * width) < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit
def _start(frame, at):
    if not room(frame, ENTRIES, 1, 4):
        return False
    used = i64(frame, ENTRIES + 1)
    put32(i64(frame, ENTRIES), used, at)
    put64(frame, ENTRIES + 1, used + 1)
    return True


@njit
def _entry(frame, number, data, at, length, keep):
    """Reads one entry; where it ends, -1 when it is none."""
    if at + 6 >= length or (keep and not _start(frame, at)):
        return -1
    # Modes are written in octal without a leading zero: 40000 is a directory, all others have six digits.
    directory = u8(data, at) == _FOUR or (u8(data, at) == _ZERO and u8(data, at + 1) == _FOUR)
    name = at + 6 if u8(data, at + 5) == _SPACE else at + 7
    if u8(data, name - 1) != _SPACE:
        return -1
    end = _zero(data, name, length)
    after = end + 1 + i64(frame, ID_BYTES)
    if after > length:
        return -1
    oid = data + end + 1
    slot = EDGES if directory else DIRECT
    other = number_of(frame, oid) if directory else sought_blob(frame, oid)
    if directory or other >= 0:
        label = _name(frame, data + name, end - name)
        if label < 0 or not _note(frame, slot, number, other, label, at, keep):
            return -1
    return after


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
def _note(frame, slot, tree, other, label, start, keep):
    if not room(frame, slot, 1, 12):
        return False
    used, items = i64(frame, slot + 1), i64(frame, slot)
    put32(items, used * 3, tree)
    put32(items, used * 3 + 1, other)
    put32(items, used * 3 + 2, label)
    put64(frame, slot + 1, used + 1)
    if keep:
        if not room(frame, FOUND, 1, 16):
            return False
        used, items = i64(frame, FOUND + 1), i64(frame, FOUND)
        put32(items, used * 4, start)
        put32(items, used * 4 + 1, slot)
        put32(items, used * 4 + 2, other)
        put32(items, used * 4 + 3, label)
        put64(frame, FOUND + 1, used + 1)
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
