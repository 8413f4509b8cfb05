"""The tables by which the kernel seeks many needles at once; see `kernel/seek.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from irkit.sources.archives.first_bytes import RULES
from irkit.sources.git.pack.packfile import Bytes, Longs

SHORTEST = 4
"""The shortest needle that the kernel is given (`database.SHORTEST`)."""

FACTOR = 0x9E3779B1
_FEWEST_BITS, _MOST_BITS = 17, 22
_NEVER = 1 << 40

Ints = np.ndarray[tuple[int], np.dtype[np.int32]]


@dataclass(frozen=True)
class Tables:
    """Every `stride` bytes a block of `block` bytes is hashed; `bits` tells whether a needle has it near its start.

    `heads` and `following` chain the entries of a hash; an entry is `needle * stride + where the block stands in it`.
    Behind the needles stands one more number, `len(lengths) - 1`: what the kernel calls a possible container.
    """

    block: int
    stride: int
    down: int
    bits: Bytes
    heads: Ints
    following: Ints
    entries: Ints
    text: Bytes
    starts: Longs
    lengths: Longs
    longest: int


def tables(needles: Sequence[bytes]) -> Tables:
    """Needles of at least SHORTEST bytes, at least one of them."""
    shortest = min(map(len, needles))
    block = 4 if shortest >= 2 * SHORTEST else 3
    stride = shortest - block + 1
    entries = [
        (number * stride + at, int.from_bytes(needle[at : at + block], "little"))
        for number, needle in enumerate(needles)
        for at in range(stride)
    ]
    down = 32 - min(max(_FEWEST_BITS, (64 * len(entries)).bit_length()), _MOST_BITS)
    heads, following = np.full(1 << 32 - down, -1, np.int32), np.full(len(entries) + 1, -1, np.int32)
    for number, (_, value) in enumerate(entries):
        slot = (value * FACTOR & 0xFFFFFFFF) >> down
        following[number], heads[slot] = heads[slot], number
    lengths = [len(needle) for needle in needles]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Tables(
        block=block,
        stride=stride,
        down=down,
        bits=np.packbits(heads >= 0, bitorder="little"),
        heads=heads,
        following=following,
        entries=np.array([entry for entry, _ in entries] + [0], np.int32),
        text=np.frombuffer(b"".join(needles) + bytes(8), np.uint8),
        starts=starts,
        lengths=np.array([*lengths, _NEVER], np.int64),
        longest=max(lengths),
    )


def firsts() -> Longs:
    """`archives.first_bytes.RULES` as little-endian numbers: mask, value."""
    return np.frombuffer(b"".join(mask + value for mask, value in RULES), "<i8").astype(np.int64).reshape(-1, 2)
