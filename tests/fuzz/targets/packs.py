"""Packs and their indexes, and the deltas in them, through the compiled walk: what it allocates ends at a page that it may not touch.

An input is a pack and an index as they are, or (with an odd first byte) a list of entries of which a sound pack is made, so
that libFuzzer works on headers, deltas, commits and trees and not on checksums.
"""

from __future__ import annotations

import hashlib
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from irkit.errors import IrkitError
from irkit.sources.git.circles import _in_pack
from irkit.sources.git.pack import native
from irkit.sources.git.pack.needles import Tables, firsts, tables
from irkit.sources.git.pack.packfile import Unreadable, open_pack
from irkit.sources.git.pack.table import table_of
from tests.fuzz.memory import Arrays, Guarded
from tests.fuzz.packed import Packed, occurrences
from tests.fuzz.target import Target, folder
from tests.fuzz.targets import git_objects
from tests.sources.git.packs import header, oid_of

TOKEN = b"FAKEtokenFAKEtoken"
NEEDLES = [TOKEN, b"line 7", b"0123456789abcdef"]
COMMIT, TREE, BLOB, TAG, BY_DISTANCE, BY_ID = 1, 2, 3, 4, 6, 7
_WRONG_SIZE, _AS_IT_IS = 8, 16


class Entry(NamedTuple):
    """One object of a pack to be made: `base` is how many entries back (6), or the number of the entry (7)."""

    kind: int
    base: int
    content: bytes
    how: int = 0


def spelled(entries: list[Entry]) -> bytes:
    """The input of which `made` makes this pack."""
    rows = (
        bytes((one.kind | one.how, one.base)) + len(one.content).to_bytes(2, "big") + one.content for one in entries
    )
    return b"\1" + b"".join(rows)


def made(data: bytes) -> tuple[bytes, bytes]:
    """Pack and index with ids 01.., 02.., and so on, each of which may be named by trees, commits and deltas."""
    body, places = b"", []
    at = 1
    while at + 4 <= len(data) and len(places) < 200:
        first, base, size = data[at], data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        content, at = data[at + 4 : at + 4 + size], at + 4 + size
        kind, here = first & 7, 12 + len(body)
        entry = header(kind, len(content) + bool(first & _WRONG_SIZE))
        if kind == BY_DISTANCE:
            entry += _distance(here - places[-1 - base % len(places)]) if places else b"\1"
        elif kind == BY_ID:
            entry += oid_of(base)
        places.append(here)
        body += entry + (content if first & _AS_IT_IS else zlib.compress(content, 1))
    pack = b"PACK" + struct.pack(">II", 2, len(places)) + body
    checksum = hashlib.sha1(pack).digest()  # noqa: S324 - the format's own checksum
    fan = b"".join(struct.pack(">I", min(first, len(places))) for first in range(256))
    index = b"\xfftOc\0\0\0\2" + fan + b"".join(oid_of(number + 1) for number in range(len(places)))
    index += bytes(4 * len(places)) + b"".join(struct.pack(">I", place) for place in places) + checksum * 2
    return pack + checksum, index


def _distance(back: int) -> bytes:
    out = [back & 127]
    while back := back >> 7:
        back -= 1
        out.append(128 | back & 127)
    return bytes(reversed(out))


def split(data: bytes) -> tuple[bytes, bytes]:
    if data[:1] and data[0] & 1:
        return made(data)
    size = int.from_bytes(data[1:3], "big")
    return data[3 + size :], data[3 : 3 + size]


def _written(data: bytes) -> Path:
    pack, index = split(data)
    path = folder() / "pack-fuzzed.pack"
    path.write_bytes(pack)
    path.with_suffix(".idx").write_bytes(index)
    return path


def _opened(data: bytes) -> None:
    open_pack(_written(data), 20)


def _circles(data: bytes) -> None:
    with suppress(OSError, ValueError):  # `circles` leaves such a pack to git
        _in_pack(_written(data), 20)


def _walked(data: bytes) -> None:
    """As `packed.PackedDatabase` does, without git beside it."""
    with _arrays().guarded():
        _walk(data)


def _walk(data: bytes) -> None:
    from irkit.sources.git.pack import forest
    from irkit.sources.git.pack.graph import Graph, TreeTable
    from irkit.sources.git.pack.walk import Lists, Notes, Walker

    kernel, guarded = _kernel()
    opened = open_pack(_written(data), 20)
    size = opened.data.size
    # Behind a pack's objects stands its checksum: 20 bytes that may be read.
    opened.data = np.frombuffer(guarded.copy(opened.data.tobytes() + bytes(20)), np.uint8)[:size]
    try:
        table = table_of([opened], [], 20)
        grown = forest.grow(kernel, opened, table, table.packed[0])
        notes = Notes.for_objects(len(table.ids))
        walker = Walker(kernel, native.inflater(), table, notes)
        walker.seek(*_sought())
        lists = Lists()
        for _ in walker.walk(grown, (COMMIT, TAG, BLOB), lists):
            pass
        if data[0] & 1:
            _compared(data, grown, lists)
        graph = Graph(kernel, table, notes, np.concatenate(lists.parents), {}, {}, {"HEAD": oid_of(1).hex()})
        graph.leading(oid_of(2).hex())
        blobs = [oid_of(3).hex(), oid_of(5).hex()]
        walker.look_up(list(map(bytes.fromhex, blobs)))
        walked = Lists()
        for _ in walker.walk(grown, (TREE,), walked):
            pass
        trees = TreeTable(table, blobs, walked, notes.state == 1)
        graph.presences(blobs, trees)
        graph.unknown(trees)
        assert len(guarded.live) == 1, "the walk keeps memory"
    finally:
        guarded.give_back()


def _compared(data: bytes, grown: Any, lists: Any) -> None:
    """Every object that was read as whole holds what it holds when it is read plainly; ids begin with the number of the entry."""
    pack, index = made(data)
    count = int.from_bytes(pack[8:12], "big")
    places = struct.unpack(f">{count}I", index[-40 - 4 * count : -40])
    plain = Packed(pack, places)
    told: dict[int, set[tuple[int, int]]] = {}
    for number, needle, offset in np.concatenate(lists.hits).tolist():
        told.setdefault(number, set()).add((needle, offset))
    for number, status in zip(grown.object.tolist(), grown.status.tolist(), strict=True):
        if status != 1:
            continue
        kind, content = plain.read(number)  # Torn: the walk read what is none
        if kind != TREE:
            said = {one for one in told.get(number, ()) if one[0] < len(NEEDLES)}
            assert said == occurrences(content, NEEDLES)


@cache
def _sought() -> tuple[Tables, Any]:
    return tables(NEEDLES), firsts()


@cache
def _arrays() -> Arrays:
    return Arrays()


@cache
def _kernel() -> tuple[native.Kernel, Guarded]:
    """The kernel with an allocator that is guarded; the one that irkit loads keeps C's."""
    guarded, resolve = Guarded(), native._resolve

    def resolved(llvm: Any, names: list[str]) -> None:
        import ctypes

        resolve(llvm, names)
        for name in ("realloc", "free"):
            llvm.add_symbol(name, ctypes.cast(getattr(guarded, name), ctypes.c_void_p).value)

    native._resolve = resolved
    try:
        return native.kernel.__wrapped__(), guarded
    finally:
        native._resolve = resolve


def seeds() -> Iterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="irk-f-") as name:
        git = git_objects.repository(Path(name))
        for version in (1, 2):
            git("-c", f"pack.indexVersion={version}", "repack", "-q", "-adf")
            for pack in sorted((Path(name) / ".git/objects/pack").glob("*.pack")):
                index = pack.with_suffix(".idx").read_bytes()
                yield b"\0" + len(index).to_bytes(2, "big") + index + pack.read_bytes()
    text = b"0123456789abcdef" + TOKEN + b"\nline 7\n"
    tree = b"100644 a\0" + oid_of(3) + b"40000 sub\0" + oid_of(4)
    when = b" A <a@example.test> 1772366400 +0100\n"
    commit = (
        b"tree "
        + oid_of(1).hex().encode()
        + b"\nparent "
        + oid_of(5).hex().encode()
        + b"\nauthor"
        + when
        + b"committer"
        + when
        + b"\nm\n"
    )
    copied = bytes([len(text), len(text) + 3]) + b"\x90" + bytes([len(text)]) + b"\3abc"
    changed = bytes([len(tree), len(tree) + 1]) + b"\x90\x07" + b"\2bb" + b"\x91\x08" + bytes([len(tree) - 8])
    yield spelled([Entry(TREE, 0, tree), Entry(COMMIT, 0, commit), Entry(BLOB, 0, text), Entry(TREE, 0, b"100644 c\0" + oid_of(5)),
                   Entry(BY_DISTANCE, 1, copied), Entry(BY_ID, 5, bytes([len(text) + 3, 4]) + b"\x91\5\4")])  # fmt: skip
    yield spelled(
        [Entry(TREE, 0, tree), Entry(BY_ID, 1, changed), Entry(BY_ID, 2, bytes([len(tree) + 1, 9]) + b"\x90\x09")]
    )
    yield spelled(
        [Entry(BLOB, 0, b"PK\3\4" + text), Entry(TAG, 0, b"object " + oid_of(1).hex().encode() + b"\n" + TOKEN)]
    )
    yield spelled([Entry(BY_ID, 2, b"\1\1\1x"), Entry(BY_ID, 1, b"\1\1\1x")])
    yield spelled(
        [Entry(BLOB, 0, text, _WRONG_SIZE), Entry(BLOB, 0, text, _AS_IT_IS), Entry(0, 0, b""), Entry(5, 0, b"x")]
    )
    yield spelled([Entry(BLOB, 0, TOKEN * 200), Entry(BY_DISTANCE, 0, b"\x90\x1c\xa0\x38" + b"\xb0\x10\x0e" * 4)])


TARGET = Target(
    readers=(_opened, _walked) if find_spec("numba") else (_opened,),
    never_refuse=(_circles,),
    refusals=(IrkitError, Unreadable),
    seeds=seeds,
    longest=8192,
)
