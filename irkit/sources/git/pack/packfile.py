"""One pack: its index as arrays, its bytes as a map. https://git-scm.com/docs/gitformat-pack"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Longs = NDArray[np.int64]
Array = NDArray[Any]

_HEAD, _FAN = b"\xfftOc\x00\x00\x00\x02", 1024


class Unreadable(Exception):
    """The pack or its index is not what the format says; git may still make something of it."""


@dataclass
class Pack:
    """`ids` raw, one a row, sorted; `offsets` of the same objects; `data` the pack's bytes without its checksum."""

    path: Path
    ids: Bytes
    offsets: Longs
    data: Bytes


def open_pack(path: Path, id_bytes: int) -> Pack:
    """The pack and its index; every number in them is still to be mistrusted. Unreadable when they are no pack and index."""
    try:
        index, data = _mapped(path.with_suffix(".idx")), _mapped(path)
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path.name}: {error}") from None
    first = 8 if bytes(index[:8]) == _HEAD else 0  # version 1 has no head: it begins with the table itself
    width = id_bytes + 8 if first else id_bytes + 4
    if index.size < first + _FAN + 2 * id_bytes:
        raise Unreadable(f"{path.name}: its index is of another version or damaged")
    fan = np.frombuffer(index, ">u4", 256, first).astype(np.int64)
    count = int(fan[-1])
    tables = first + _FAN + count * width
    if (np.diff(fan) < 0).any() or index.size < tables + 2 * id_bytes:
        raise Unreadable(f"{path.name}: its index is damaged")
    if data.size < 12 + id_bytes or bytes(data[:4]) != b"PACK" or int.from_bytes(bytes(data[8:12]), "big") != count:
        raise Unreadable(f"{path.name}: it is not the pack its index describes")
    if not first:
        rows = index[_FAN:tables].reshape(count, width)
        offsets = np.ascontiguousarray(rows[:, :4]).view(">u4").reshape(count).astype(np.int64)
        return Pack(path, np.ascontiguousarray(rows[:, 4:]), offsets, data[:-id_bytes])
    ids = index[first + _FAN : first + _FAN + count * id_bytes].reshape(count, id_bytes)
    offsets = np.frombuffer(index, ">u4", count, tables - 4 * count).astype(np.int64)
    return Pack(path, ids, _far(offsets, index, tables, id_bytes), data[:-id_bytes])


def _far(offsets: Longs, index: Bytes, tables: int, id_bytes: int) -> Longs:
    """Offsets past 2 GiB stand in a second table, to which the first one points."""
    far = offsets >= 1 << 31
    if far.any():
        table = np.frombuffer(
            index[tables : index.size - 2 * id_bytes][: (index.size - 2 * id_bytes - tables) // 8 * 8], ">i8"
        )
        number = offsets[far] - (1 << 31)
        known = number < table.size
        offsets[far] = np.where(known, table[np.minimum(number, max(table.size - 1, 0))] if table.size else 0, -1)
    return offsets


def _mapped(path: Path) -> Bytes:
    with path.open("rb") as file:
        mapped: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return np.frombuffer(mapped, np.uint8)


def as_keys(ids: Bytes) -> NDArray[np.bytes_]:
    """Raw ids as values that sort and compare."""
    return np.ascontiguousarray(ids).view(f"S{ids.shape[1]}").reshape(-1)
