"""The tables by which the kernel seeks many needles at once (Wu and Manber); see `kernel/seek.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from irkit.sources.git.pack.packfile import Bytes, Longs

SHORTEST = 4
"""The shortest needle that the kernel is given (`database.SHORTEST`)."""

_CROWDED = 2000
_FACTOR = 0x9E3779B1


@dataclass(frozen=True)
class Tables:
    """`block` 2 looks up two bytes as they are, 3 a hash of three: for so many needles that pairs of bytes tell little."""

    block: int
    mask: int
    factor: int
    down: int
    shifts: Bytes
    heads: np.ndarray[tuple[int], np.dtype[np.int32]]
    following: np.ndarray[tuple[int], np.dtype[np.int32]]
    text: Bytes
    starts: Longs
    lengths: Longs


def tables(needles: Sequence[bytes]) -> Tables:
    """Needles of at least SHORTEST bytes, at least one of them."""
    shortest = min(map(len, needles))
    block = 2 if len(needles) * (shortest - 1) < _CROWDED else 3
    mask, factor, down, size = (0xFFFF, 1, 0, 1 << 16) if block == 2 else (0xFFFFFF, _FACTOR, 32 - 18, 1 << 18)
    shifts = np.full(size, min(255, shortest - block + 1), np.uint8)
    heads, following = np.full(size, -1, np.int32), np.full(len(needles), -1, np.int32)
    for number, needle in enumerate(needles):
        for at in range(shortest - block + 1):
            slot = ((int.from_bytes(needle[at : at + block], "little") & mask) * factor & 0xFFFFFFFF) >> down
            shifts[slot] = min(int(shifts[slot]), shortest - block - at)
        following[number], heads[slot] = heads[slot], number
    lengths = np.array([len(needle) for needle in needles], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    text = np.frombuffer(b"".join(needles) + bytes(8), np.uint8)
    return Tables(block, mask, factor, down, shifts, heads, following, text, starts, lengths)
