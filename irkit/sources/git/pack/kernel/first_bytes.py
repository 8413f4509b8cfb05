"""`archives.first_bytes.may_open`, for the kernel: whether a blob may be a container."""

from __future__ import annotations

from numba import njit

from irkit.sources.archives.first_bytes import LOOKED_AT
from irkit.sources.git.pack.frame import FIRSTS, FIRSTS_COUNT
from irkit.sources.git.pack.kernel.delta import copied_range
from irkit.sources.git.pack.kernel.memory import copy, has_byte, i64, u8

_USTAR, _USTAR_AT, _SUM_AT, _TAR = (
    0x7261747375,
    257,
    148,
    512,
)  # "ustar"; where a tar has it, its checksum, and its first end
_FIVE_BYTES = 0xFFFFFFFFFF
_PDF = 0x2D46445025  # "%PDF-"
_PERCENT, _ZLIB = 0x25, 0x78
_FOUR_BYTES, _ZIP, _ELF = 0xFFFFFFFF, 0x04034B50, 0x464C457F


@njit
def may_open(frame, head, size):
    """`size` bytes of the blob (or LOOKED_AT of a longer one) stand at `head`, with slack behind them."""
    word, firsts = i64(head, 0), i64(frame, FIRSTS)
    if size >= 8:
        for number in range(i64(frame, FIRSTS_COUNT)):
            if word & i64(firsts, 2 * number) == i64(firsts, 2 * number + 1):
                return True
        if word & 255 == _ZLIB and ((_ZLIB << 8) | ((word >> 8) & 255)) % 31 == 0:
            return True
    if size >= _TAR:
        if i64(head + _USTAR_AT, 0) & _FIVE_BYTES == _USTAR:
            return True
        if u8(head, 0) and _octal(head + _SUM_AT):
            return True
    return _pdf(head, min(size, LOOKED_AT))


@njit
def _octal(at):
    digits = 0
    for step in range(8):
        byte = u8(at, step)
        if 48 <= byte < 56:
            digits += 1
        elif byte != 0 and byte != 32:
            return False
    return digits >= 3


@njit
def _pdf(head, size):
    at = 0
    while at < size:
        if has_byte(head + at, _PERCENT):
            for place in range(at, min(at + 64, size - 4)):
                if u8(head, place) == _PERCENT and i64(head + place, 0) & _FIVE_BYTES == _PDF:
                    return True
        at += 64
    return False


@njit
def is_program(head, size):
    """Something behind which a zip may stand."""
    word = i64(head, 0)
    return size >= 4 and (word & 0xFFFF in (0x2123, 0x5A4D) or word & _FOUR_BYTES == _ELF)


@njit
def holds_zip(data, size):
    """Whether a zip's member begins somewhere in it: `PK`, 3, 4."""
    at, end = 0, size - 3
    while at < end:
        if has_byte(data + at, 3):
            for place in range(at, min(at + 64, end + 2)):
                if u8(data, place) == 3 and place >= 2 and i64(data + place - 2, 0) & _FOUR_BYTES == _ZIP:
                    return True
        at += 64
    return False


@njit
def first_bytes(delta, at, end, base, base_size, out):
    """The first LOOKED_AT bytes of what the delta makes of its base, and how many they are; fewer of an unsound one."""
    place = 0
    while at < end and place < LOOKED_AT:
        code = u8(delta, at)
        at += 1
        if code < 128:
            if code == 0 or at + code > end:
                return place
            length = min(code, LOOKED_AT - place)
            copy(out + place, delta + at, length)
            at += code
        else:
            source, length, at = copied_range(delta, at, code)
            if at > end or source + length > base_size:
                return place
            length = min(length, LOOKED_AT - place)
            copy(out + place, base + source, length)
        place += length
    return place
