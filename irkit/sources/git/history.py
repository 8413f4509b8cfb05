"""Commits, tags and trees as git stores them, read from their bytes. Pure.

Formats: https://git-scm.com/docs/gitformat-pack, https://git-scm.com/docs/git-mktree, `Documentation/gitformat-signature`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

_WHEN = re.compile(rb" (-?\d+)(?: [+-]\d+)?$")


@dataclass(frozen=True)
class Commit:
    """A commit without its text. Times are UTC and chosen by whoever committed; None when they are no times."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    author_time: datetime | None
    commit_time: datetime | None


@dataclass(frozen=True)
class Tag:
    """An annotated tag: what it names, and its own name."""

    oid: str
    target: str
    kind: str
    name: str


class Entry(NamedTuple):
    """One line of a tree; `oid` in hex."""

    is_tree: bool
    name: bytes
    oid: str


def commit(oid: str, data: bytes) -> Commit | None:
    """None when the bytes are no commit."""
    header = data.partition(b"\n\n")[0].split(b"\n")
    fields = [(key, value) for key, _, value in (line.partition(b" ") for line in header)]
    tree = next((value for key, value in fields if key == b"tree"), None)
    if tree is None:
        return None
    parents = tuple(value.decode("ascii", "replace") for key, value in fields if key == b"parent")
    author, committer = (next((value for key, value in fields if key == who), b"") for who in (b"author", b"committer"))
    return Commit(oid, tree.decode("ascii", "replace"), parents, _when(author), _when(committer))


def tag(oid: str, data: bytes) -> Tag | None:
    header = dict(line.partition(b" ")[::2] for line in data.partition(b"\n\n")[0].split(b"\n"))
    if b"object" not in header:
        return None
    text = {key: value.decode("utf-8", "backslashreplace") for key, value in header.items()}
    return Tag(oid, text[b"object"], text.get(b"type", ""), text.get(b"tag", ""))


def tree_entries(data: bytes, id_bytes: int) -> Iterator[Entry]:
    """The entries of a tree object: mode, space, name, NUL, raw id."""
    for mode, name, raw in _ENTRY[id_bytes].findall(whole_entries(data, id_bytes)):
        yield Entry(mode in (b"40000", b"040000"), name, raw.hex())


def whole_entries(data: bytes, id_bytes: int) -> bytes:
    """A tree up to its last entry that can be whole. What a damaged one has behind that would be looked through from each of its bytes."""
    last = data.rfind(b"\0", 0, max(0, len(data) - id_bytes))
    return data[: last + 1 + id_bytes] if last >= 0 else b""


_ENTRY = {size: re.compile(rb"([0-7]{1,7}) ([^\0]+)\0(.{%d})" % size, re.DOTALL) for size in (20, 32)}


def _when(line: bytes) -> datetime | None:
    # Seconds since 1970 are UTC already; the zone behind them only says how the author's clock showed it.
    match = _WHEN.search(line)
    if match is None:
        return None
    try:
        return datetime.fromtimestamp(int(match[1]), UTC)
    except (ValueError, OverflowError, OSError):
        return None
