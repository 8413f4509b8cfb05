"""Commits taken apart, when they are written as git writes them; any other is left to `history.commit`."""

from __future__ import annotations

from numba import njit

from irkit.sources.git.pack.frame import AUTHORED, COMMITTED, ID_BYTES, PARENTS, SPARE, STATE, TREE_OF
from irkit.sources.git.pack.kernel.lists import room
from irkit.sources.git.pack.kernel.memory import i64, put8, put32, put64, u8
from irkit.sources.git.pack.kernel.table import number_of

UNDERSTOOD, NOT_UNDERSTOOD = 1, 2
_LINE, _SPACE, _PLUS, _MINUS, _ZERO = 10, 32, 43, 45, 48


@njit
def read_commit(frame, number, data, length):
    """Writes tree, parents and times of commit `number`; its state says whether it is written as usual."""
    put8(i64(frame, STATE), number, NOT_UNDERSTOOD)
    parents = i64(frame, PARENTS + 1)
    if _read(frame, number, data, length):
        put8(i64(frame, STATE), number, UNDERSTOOD)
    else:
        put64(frame, PARENTS + 1, parents)


@njit
def _read(frame, number, data, length):
    digits = i64(frame, ID_BYTES) * 2
    if length < 5 + digits + 1 or not _starts(data, 0, 0x65657274, 0x20):  # "tree "
        return False
    at = 5
    if not _id(frame, data + at, digits) or u8(data, at + digits) != _LINE:
        return False
    put32(i64(frame, TREE_OF), number, number_of(frame, i64(frame, SPARE)))
    at += digits + 1
    while at + 8 + digits <= length and u8(data, at) == 112:  # "parent "
        if not (_starts(data, at, 0x65726170, 0x6E) and u8(data, at + 5) == 116 and u8(data, at + 6) == _SPACE):
            return False
        at += 7
        if not _id(frame, data + at, digits) or u8(data, at + digits) != _LINE or not room(frame, PARENTS, 1, 8):
            return False
        used = i64(frame, PARENTS + 1)
        put32(i64(frame, PARENTS), used * 2, number)
        put32(i64(frame, PARENTS), used * 2 + 1, number_of(frame, i64(frame, SPARE)))
        put64(frame, PARENTS + 1, used + 1)
        at += digits + 1
    for who in range(2):
        end = at
        while end < length and u8(data, end) != _LINE:
            end += 1
        word = 0x68747561 if who == 0 else 0x6D6D6F63  # "auth", "comm"
        if end >= length or end - at < 20 or not _starts(data, at, word, 111 if who == 0 else 105):
            return False
        if not _time(frame, number, who, data, at, end):
            return False
        at = end + 1
    return True


@njit
def _starts(data, at, word, then):
    value = u8(data, at) | (u8(data, at + 1) << 8) | (u8(data, at + 2) << 16) | (u8(data, at + 3) << 24)
    return value == word and u8(data, at + 4) == then


@njit
def _id(frame, text, digits):
    """The raw form of an id in lower-case hex, into the spare bytes."""
    for at in range(0, digits, 2):
        high, low = _nibble(u8(text, at)), _nibble(u8(text, at + 1))
        if high < 0 or low < 0:
            return False
        put8(i64(frame, SPARE), at >> 1, (high << 4) | low)
    return True


@njit
def _nibble(character):
    if 48 <= character <= 57:
        return character - 48
    if 97 <= character <= 102:
        return character - 87
    return -1


@njit
def _time(frame, number, who, data, start, end):
    """A line that ends in seconds, space, sign and four digits."""
    zone = end - 5
    if (u8(data, zone) != _PLUS and u8(data, zone) != _MINUS) or u8(data, zone - 1) != _SPACE:
        return False
    for at in range(zone + 1, end):
        if not 48 <= u8(data, at) <= 57:
            return False
    at, value, scale = zone - 2, 0, 1
    while at > start and 48 <= u8(data, at) <= 57 and scale <= 100_000_000_000:
        value += (u8(data, at) - _ZERO) * scale
        scale *= 10
        at -= 1
    if scale == 1 or u8(data, at) != _SPACE:
        return False
    put64(i64(frame, AUTHORED if who == 0 else COMMITTED), number, value)
    return True
