"""The kernel at work: frames for its threads, the pieces of work handed out, what it listed taken over."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irkit.sources.git.pack import frame as f
from irkit.sources.git.pack.forest import Forest
from irkit.sources.git.pack.model import MOST_LISTED
from irkit.sources.git.pack.native import Decoder, Inflater, Kernel
from irkit.sources.git.pack.needles import Tables
from irkit.sources.git.pack.packfile import Array
from irkit.sources.git.pack.table import ObjectTable

SEEK, TREES, OPEN = 1, 2, 4
_WALK, _ALONE, _FREE = 2, 3, 4
LARGE = 64 << 20
"""A larger object (or one built on a larger one) is left to git, which gives it in pieces."""
_MANY = 2_000_000
_THREADS = 8
_LISTS = {f.HITS: (np.int64, 3), f.EDGES: (np.int32, 3), f.DIRECT: (np.int32, 3), f.PARENTS: (np.int32, 2)}
_SCRATCH = (f.DELTA, f.SEGMENT, f.STACK, f.NAME_SLOTS, f.ENTRIES, f.FOUND, f.HEAD)


@dataclass
class Lists:
    """What the kernel listed: `hits` (object, needle, offset), `edges` and `direct` (tree, other, name), `parents`."""

    hits: list[NDArray[np.int64]] = field(default_factory=lambda: [np.zeros((0, 3), np.int64)])
    edges: list[NDArray[np.int32]] = field(default_factory=lambda: [np.zeros((0, 3), np.int32)])
    direct: list[NDArray[np.int32]] = field(default_factory=lambda: [np.zeros((0, 3), np.int32)])
    parents: list[NDArray[np.int32]] = field(default_factory=lambda: [np.zeros((0, 2), np.int32)])
    names: list[bytes] = field(default_factory=list)


@dataclass
class Notes:
    """What the kernel writes per object of the table."""

    tree_of: NDArray[np.int32]
    authored: NDArray[np.int64]
    committed: NDArray[np.int64]
    state: NDArray[np.uint8]

    @classmethod
    def for_objects(cls, count: int) -> Notes:
        return cls(
            np.full(count, -1, np.int32),
            np.zeros(count, np.int64),
            np.zeros(count, np.int64),
            np.zeros(count, np.uint8),
        )


class Walker:
    """One frame and one decoder per thread, for as long as the database is open."""

    def __init__(self, kernel: Kernel, inflater: Inflater, table: ObjectTable, notes: Notes) -> None:
        self._kernel, self._inflater, self._table, self._notes = kernel, inflater, table, notes
        self._kept: list[object] = []
        self._shared = np.zeros(f.SLOTS, np.int64)
        ids = np.concatenate([table.ids.reshape(-1), np.zeros(f.SLACK, np.uint8)])
        heads = table.ids[:, 0].astype(np.int32) << 8 | table.ids[:, 1]
        fanout = np.searchsorted(heads, np.arange(1 << 16)).astype(np.int32)
        self._set({
            f.IDS: ids, f.FANOUT: fanout, f.COUNT: len(table.ids), f.ID_BYTES: table.ids.shape[1], f.LIMIT: LARGE,
            f.MOST: MOST_LISTED, f.MANY: _MANY, f.LIBRARY: inflater.kind, f.INFLATE: inflater.inflate,
            f.RESET: inflater.reset, f.TREE_OF: notes.tree_of, f.AUTHORED: notes.authored,
            f.COMMITTED: notes.committed, f.STATE: notes.state,
        })  # fmt: skip
        affinity = getattr(os, "sched_getaffinity", None)
        self._threads = min(_THREADS, len(affinity(0)) if affinity else os.cpu_count() or 1)

    def seek(self, tables: Tables, firsts: NDArray[np.int64] | None = None) -> None:
        """Makes the frames ready to seek these needles, and to note blobs that begin like one of `firsts` (mask, value)."""
        self._set({
            f.BITS: tables.bits, f.HEADS: tables.heads, f.NEXT: tables.following, f.ENTRY_NEEDLE: tables.entries,
            f.NEEDLES: tables.text, f.STARTS: tables.starts, f.LENGTHS: tables.lengths, f.LONGEST: tables.longest,
            f.BLOCK: tables.block, f.STRIDE: tables.stride, f.MASK: (1 << 8 * tables.block) - 1, f.DOWN: tables.down,
            f.OPENS: len(tables.lengths) - 1, f.FIRSTS_COUNT: 0, f.MODE: SEEK,
        })  # fmt: skip
        if firsts is not None:
            self._set({f.FIRSTS: firsts, f.FIRSTS_COUNT: len(firsts), f.MODE: SEEK | OPEN})

    def look_up(self, blobs: Sequence[bytes]) -> None:
        """Makes the frames ready to read trees for these blobs (raw ids, sorted)."""
        raw = np.frombuffer(b"".join(blobs) + bytes(f.SLACK), np.uint8)
        bits = np.zeros(1 << 16, np.uint8)
        for blob in blobs:
            bits[int.from_bytes(blob[:2], "little")] = 1
        self._set({f.SOUGHT: raw, f.SOUGHT_COUNT: len(blobs), f.SOUGHT_BITS: bits, f.MODE: TREES})

    def walk(self, forest: Forest, kinds: tuple[int, ...], lists: Lists) -> Iterator[int]:
        """Reads all needed objects of these kinds in one pack, on every processor; yields how many roots are done."""
        roots, pieces = forest.roots(kinds)
        if not pieces:
            return
        waiting, lock, done = iter(pieces), threading.Lock(), [0]

        def work() -> None:
            one = _Frame(self._kernel, self._inflater, self._shared)
            one.set(forest.slots | {f.ROOTS: roots.ctypes.data})
            try:
                while piece := next(waiting, None):
                    one.set({f.JOB_FROM: piece[0], f.JOB_TO: piece[1]})
                    if one.run(_WALK) < 0:
                        raise MemoryError
                    done[0] += piece[1] - piece[0]
            finally:
                with lock:
                    one.take(lists, forest.object)

        if self._threads == 1 or len(pieces) == 1:
            work()
        else:
            waiting = _Shared(waiting)
            with ThreadPoolExecutor(self._threads) as pool:
                try:
                    for future in [pool.submit(work) for _ in range(min(self._threads, len(pieces)))]:
                        future.result()
                finally:
                    waiting.stop()  # after Ctrl-C no thread begins another piece
        yield done[0]

    def alone(self, lists: Lists) -> Alone:
        """Reads objects that come as bytes."""
        return Alone(_Frame(self._kernel, self._inflater, self._shared), lists)

    def _set(self, values: dict[int, Any]) -> None:
        for slot, value in values.items():
            if isinstance(value, np.ndarray):
                self._kept.append(value)
                value = value.ctypes.data
            self._shared[slot] = value


class Alone:
    """A frame for single objects."""

    def __init__(self, frame: _Frame, lists: Lists) -> None:
        self._frame, self._lists = frame, lists

    def read(self, kind: int, number: int, data: bytes) -> bool:
        """False when the object has more occurrences than are listed."""
        padded = data + bytes(f.SLACK)
        address = ctypes.cast(ctypes.c_char_p(padded), ctypes.c_void_p).value
        self._frame.set({f.OWNER: number})
        return self._frame.run(_ALONE, kind, number, address or 0, len(data)) == 1

    def close(self) -> None:
        self._frame.take(self._lists, None)


class _Shared:
    """An iterator that several threads take from."""

    def __init__(self, items: Iterator[tuple[int, int]]) -> None:
        self._items, self._lock = items, threading.Lock()

    def __iter__(self) -> _Shared:
        return self

    def __next__(self) -> tuple[int, int]:
        with self._lock:
            return next(self._items)

    def stop(self) -> None:
        with self._lock:
            self._items = iter(())


class _Frame:
    def __init__(self, kernel: Kernel, inflater: Inflater, shared: NDArray[np.int64]) -> None:
        self._kernel = kernel
        self._numbers = shared.copy()
        self._decoder: Decoder = inflater.decoder()
        self._spare = np.zeros(64, np.uint8)
        self.set({f.DECODER: self._decoder.address, f.SPARE: self._spare.ctypes.data})

    def set(self, values: dict[int, int]) -> None:
        for slot, value in values.items():
            self._numbers[slot] = value

    def run(self, verb: int, *arguments: int) -> int:
        return self._kernel(verb, self._numbers.ctypes.data, *arguments)

    def take(self, lists: Lists, objects: NDArray[np.int32] | None) -> None:
        """Copies what was listed, with nodes turned into objects, and gives all memory back."""
        names = self._names()
        first = len(lists.names)
        lists.names += names
        hits, edges, direct, parents = (self._copied(slot) for slot in _LISTS)
        if objects is not None and len(hits):
            hits[:, 0] = objects[hits[:, 0]]
            hits = hits[hits[:, 0] >= 0]
        for one in (edges, direct):
            one[:, 2] += first
        lists.hits.append(hits)
        lists.edges.append(edges)
        lists.direct.append(direct)
        lists.parents.append(parents)
        for slot in (*_LISTS, *_SCRATCH, f.NAMES, f.NAME_ENDS):
            if self._numbers[slot]:
                self._kernel(_FREE, 0, int(self._numbers[slot]))
                self._numbers[slot : slot + 3] = 0
        self._decoder.close()

    def _copied(self, slot: int) -> Array:
        kind, width = _LISTS[slot]
        address, used = int(self._numbers[slot]), int(self._numbers[slot + 1])
        return _copy(address, used * width, kind).reshape(used, width)

    def _names(self) -> list[bytes]:
        ends = _copy(int(self._numbers[f.NAME_ENDS]), int(self._numbers[f.NAME_ENDS + 1]), np.int64).tolist()
        text = _copy(int(self._numbers[f.NAMES]), int(self._numbers[f.NAMES + 1]), np.uint8).tobytes()
        return [text[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=False)]


def _copy(address: int, count: int, kind: Any) -> Array:
    if not count:
        return np.zeros(0, kind)
    width = np.dtype(kind).itemsize
    held: Any = (ctypes.c_uint8 * (count * width)).from_address(address)
    return np.frombuffer(held, kind).copy()
