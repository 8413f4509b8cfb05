"""All objects of a repository in one table, each once, whichever packs and folders hold copies of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from irkit.sources.git.pack.packfile import Bytes, Pack, as_keys

Numbers = NDArray[np.int32]


@dataclass
class ObjectTable:
    """`ids` sorted, one a row: an object's number is its row. `kinds` 1 commit, 2 tree, 3 blob, 4 tag, 0 unknown yet.

    `packed` gives per pack, in the order of its index, the number of each object, or -1 where another copy is the one read.
    """

    ids: Bytes
    packed: list[Numbers]
    loose: list[tuple[int, str]]
    kinds: Bytes = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = np.zeros(len(self.ids), np.uint8)
        self._hex: dict[int, str] = {}

    def oid(self, number: int) -> str:
        return bytes(self.ids[number]).hex()

    def number(self, oid: str) -> int:
        """-1 when the object is not here."""
        try:
            raw = bytes.fromhex(oid)
        except ValueError:
            return -1
        if not len(self.ids) or len(raw) != self.ids.shape[1]:
            return -1
        low, high = 0, len(self.ids)
        while low < high:
            middle = (low + high) // 2
            if self.ids[middle].tobytes() < raw:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self.ids) and self.ids[low].tobytes() == raw else -1

    def of_kind(self, kind: int) -> NDArray[np.int64]:
        return np.flatnonzero(self.kinds == kind)


def table_of(packs: Sequence[Pack], loose: Sequence[tuple[str, str]], id_bytes: int) -> ObjectTable:
    """The first copy counts: packs in their order, then loose objects."""
    if len(packs) == 1 and not loose and _sorted(packs[0].ids):
        ids = np.ascontiguousarray(packs[0].ids)
        return ObjectTable(ids, [np.arange(len(ids), dtype=np.int32)], [])
    rows = [pack.ids for pack in packs]
    raw = np.frombuffer(bytes.fromhex("".join(oid for oid, _ in loose)), np.uint8).reshape(len(loose), id_bytes)
    everything = np.concatenate([*rows, raw]) if rows else raw
    keys = as_keys(everything)
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    counted = np.where(first[number] == np.arange(len(keys)), number, -1).astype(np.int32)
    packed, start = [], 0
    for pack in packs:
        packed.append(counted[start : start + len(pack.ids)].copy())
        start += len(pack.ids)
    alone = [(int(one), path) for one, (_, path) in zip(counted[start:], loose, strict=True) if one >= 0]
    return ObjectTable(np.ascontiguousarray(everything[first]), packed, alone)


def _sorted(ids: Bytes) -> bool:
    heads = np.ascontiguousarray(ids[:, :8]).view(">u8").reshape(-1)
    return bool((heads[1:] > heads[:-1]).all())
