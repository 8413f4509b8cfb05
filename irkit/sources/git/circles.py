"""Deltas whose bases lead in a circle: damage or malice, and git 2.39 turns in such a circle for ever, taking ever more memory.

A base named by its distance lies before its delta, so that a circle needs at least one base named by its id; git writes
such entries only into what it sends to a receiver that asks for them. https://git-scm.com/docs/gitformat-pack
"""

from __future__ import annotations

import mmap
import sys
from array import array
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from irkit.sources.git.folders import object_folders, pack_files
from irkit.sources.git.run import Repository

WHY = "its delta leads in a circle"
_BY_DISTANCE, _BY_ID = 6, 7
_LONGEST_HEADER = 32
_HEAD, _FAN = b"\xfftOc\0\0\0\2", 1024
_END = -1


def circles(repository: Repository, id_bytes: int) -> set[str]:
    """The ids of all objects whose deltas never come to a base, whichever of the repository's packs they are in."""

    found: set[str] = set()
    for folder in object_folders(repository):
        for path in pack_files(folder):
            try:
                found |= _in_pack(path, id_bytes)
            except (OSError, ValueError):
                continue  # no pack, or no index of one: git says what is wrong with it
    return found


def _in_pack(path: Path, id_bytes: int) -> set[str]:
    with ExitStack() as opened:
        index, data = (opened.enter_context(_mapped(one)) for one in (path.with_suffix(".idx"), path))
        ids, offsets = _listed(index, id_bytes)
        size = len(data)
        deltas = [at for at in offsets if at < size and (data[at] >> 4) & 7 >= _BY_DISTANCE]
        if not any((data[at] >> 4) & 7 == _BY_ID for at in deltas):
            return set()
        of_id = dict(zip(ids, offsets, strict=True))
        turning = _turning(data, of_id, id_bytes, deltas)
        return {oid.hex() for oid, at in of_id.items() if at in turning}


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _listed(index: mmap.mmap, id_bytes: int) -> tuple[list[bytes], list[int]]:
    """The ids of a pack's objects and where each starts. ValueError when the index is cut short."""
    second = index[:8] == _HEAD
    fan = 8 if second else 0
    count = int.from_bytes(index[fan + _FAN - 4 : fan + _FAN], "big")
    start, width = fan + _FAN, id_bytes if second else id_bytes + 4
    if start + count * width > len(index):
        raise ValueError("the index is cut short")
    if not second:
        places = range(start, start + count * width, width)
        return [index[at + 4 : at + width] for at in places], [
            int.from_bytes(index[at : at + 4], "big") for at in places
        ]
    ids = [index[at : at + id_bytes] for at in range(start, start + count * id_bytes, id_bytes)]
    near = start + count * (id_bytes + 4)
    far = near + 4 * count
    offsets = array("I", index[near:far])
    if len(offsets) != count:
        raise ValueError("the index is cut short")
    if sys.byteorder == "little":
        offsets.byteswap()
    return ids, [at if at < 1 << 31 else _far(index, far, at - (1 << 31)) for at in offsets]


def _far(index: mmap.mmap, table: int, number: int) -> int:
    """An offset past 2 GiB stands in a second table."""
    return int.from_bytes(index[table + 8 * number : table + 8 * number + 8], "big")


def _turning(data: mmap.mmap, of_id: Mapping[bytes, int], id_bytes: int, starts: Iterable[int]) -> set[int]:
    """The offsets from which bases lead in a circle, or into one."""
    ends: dict[int, bool] = {_END: True}
    for start in starts:
        chain: dict[int, None] = {}
        at = start
        while at not in ends and at not in chain:
            chain[at] = None
            at = _base(data, of_id, id_bytes, at)
        ends |= dict.fromkeys(chain, ends.get(at, False))
    return {at for at, end in ends.items() if not end}


def _base(data: mmap.mmap, of_id: Mapping[bytes, int], id_bytes: int, at: int) -> int:
    """Where the base of the entry at this offset starts; `_END` when it has none, or none that git would follow."""
    head = data[at : at + _LONGEST_HEADER + id_bytes] if 0 <= at < len(data) else b""
    place = next((place for place, byte in enumerate(head) if byte < 128), len(head)) + 1
    kind = (head[0] >> 4) & 7 if head else 0
    if kind == _BY_ID:
        return of_id.get(head[place : place + id_bytes], _END)
    if kind != _BY_DISTANCE or place >= len(head):
        return _END
    distance = head[place] & 127
    while head[place] & 128 and place + 1 < len(head):
        place += 1
        distance = ((distance + 1) << 7) | (head[place] & 127)
    return at - distance if 0 < distance < at else _END
