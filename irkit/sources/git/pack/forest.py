"""A pack's objects as trees of deltas, and the work cut into pieces of like size. See `kernel/forest.py`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from irkit.sources.git.pack import frame as f
from irkit.sources.git.pack.native import Kernel
from irkit.sources.git.pack.packfile import Array, Bytes, Longs, Pack, as_keys
from irkit.sources.git.pack.table import Numbers, ObjectTable

_HEADERS, _PLANT = 0, 1
_REFERENCE = 7
_PIECES = 96


@dataclass
class Forest:
    """`slots` are the frame's numbers for this pack; `arrays` what they point to, kept alive."""

    slots: dict[int, int]
    arrays: dict[int, Array]
    parent: Numbers
    kind: Bytes
    object: Numbers
    status: Bytes
    weight: Longs
    looped: NDArray[np.bool_]

    def roots(self, kinds: tuple[int, ...]) -> tuple[Numbers, list[tuple[int, int]]]:
        """The needed roots of these kinds, and ranges of them that weigh about the same, the heaviest trees first."""
        need = self.arrays[f.NEED].astype(bool)
        roots = np.flatnonzero((self.parent == -1) & need & np.isin(self.kind, kinds)).astype(np.int32)
        if not len(roots):
            return roots, []
        weight = self.weight[roots]
        piece = max(int(weight.sum()) // _PIECES, 1 << 18)
        heavy = weight > piece
        roots = np.concatenate([roots[heavy][np.argsort(-weight[heavy], kind="stable")], roots[~heavy]])
        number = np.cumsum(self.weight[roots]) // piece
        cuts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(roots)]
        return roots, list(pairwise(cuts))


def grow(kernel: Kernel, pack: Pack, table: ObjectTable, numbers: Numbers) -> Forest:
    """Reads all headers of the pack and finds every delta's base. What has none that is here gets kind 0."""
    order = np.argsort(pack.offsets, kind="stable")
    offset = np.ascontiguousarray(pack.offsets[order])
    count = len(offset)
    longs = {slot: np.zeros(count, np.int64) for slot in (f.DATA, f.SIZE, f.BASE)}
    weight = np.maximum(np.diff(np.append(offset, pack.data.size)), 1)
    arrays: dict[int, Array] = {
        **longs, f.PACK: pack.data, f.OFFSET: offset, f.KIND: np.zeros(count, np.uint8), f.WEIGHT: weight,
        f.OBJECT: np.ascontiguousarray(numbers[order]), f.STATUS: np.zeros(count, np.uint8),
        f.FIRST: np.zeros(count + 2, np.int32), f.CHILD: np.zeros(count + 1, np.int32), f.ORDER: np.zeros(count + 1, np.int32),
    }  # fmt: skip
    arrays[f.NEED] = (arrays[f.OBJECT] >= 0).astype(np.uint8)
    slots = {f.PACK_END: pack.data.size, f.NODES: count, f.ID_BYTES: pack.ids.shape[1]}
    _run(kernel, _HEADERS, slots, arrays)
    kind = arrays[f.KIND]
    parent = _parents(pack, order, offset, kind, longs[f.BASE])
    arrays[f.PARENT] = parent
    reached = _run(kernel, _PLANT, slots, arrays)
    objects: Numbers = arrays[f.OBJECT]
    known = objects >= 0
    table.kinds[objects[known]] = kind[known]
    slots |= {slot: array.ctypes.data for slot, array in arrays.items()}
    return Forest(
        slots, arrays, parent, kind, objects, arrays[f.STATUS], weight, _looped(parent, arrays[f.ORDER][:reached])
    )


def _parents(pack: Pack, order: Longs, offset: Longs, kind: Bytes, base: Longs) -> Numbers:
    parent = np.where(kind == 0, -2, -1).astype(np.int32)
    near = np.flatnonzero(kind == 6)
    place = np.minimum(np.searchsorted(offset, base[near]), len(offset) - 1)
    parent[near] = np.where(offset[place] == base[near], place, -2)
    far = np.flatnonzero(kind == _REFERENCE)
    if len(far):
        width = pack.ids.shape[1]
        wanted = as_keys(np.stack([pack.data[at : at + width] for at in base[far].tolist()]))
        keys, node_of = as_keys(pack.ids), np.argsort(order, kind="stable")
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        parent[far] = np.where(keys[place] == wanted, node_of[place], -2)
    return parent


def _looped(parent: Numbers, reached: Numbers) -> NDArray[np.bool_]:
    """Deltas whose bases lead in a circle: only damage or malice makes them, and git itself would turn in it for ever."""
    looped = parent >= 0
    looped[reached] = False
    ends: dict[int, bool] = {}
    for node in np.flatnonzero(looped).tolist():
        chain: list[int] = []
        while node >= 0 and node not in ends:
            ends[node] = True  # a circle, unless the chain turns out to end
            chain.append(node)
            node = int(parent[node])
        circle = node >= 0 and ends[node]
        ends |= dict.fromkeys(chain, circle)
    for node, circle in ends.items():
        looped[node] = circle
    return looped


def _run(kernel: Kernel, verb: int, slots: dict[int, int], arrays: dict[int, Array]) -> int:
    frame = np.zeros(f.SLOTS, np.int64)
    for slot, value in slots.items():
        frame[slot] = value
    for slot, array in arrays.items():
        frame[slot] = array.ctypes.data
    return kernel(verb, frame.ctypes.data)
