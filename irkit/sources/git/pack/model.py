"""What a search of an object database gives, whichever way it was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from irkit.model import Skipped
from irkit.sources.git.history import Commit, Tag
from irkit.sources.git.presence import Presence

KINDS = ("", "commit", "tree", "blob", "tag")
"""By git's own numbers (gitformat-pack, object types)."""

MOST_LISTED = 1000
"""Occurrences listed per object; an object with more is in `skipped`, and its first ones are listed."""


LISTING_CUT = f"more than {MOST_LISTED} occurrences; some of them are listed"
"""Why an object is in `skipped` when only its list of places was cut short."""


class Match(NamedTuple):
    """Needle number `needle` stands `offset` bytes into the object. Several matches of one object come together, in order."""

    oid: str
    kind: str
    needle: int
    offset: int


class Database(Protocol):
    """One repository's objects, read once. `skipped` grows while it is asked; it is complete when the last answer is in."""

    engine: str
    skipped: list[Skipped]

    def search(self, needles: Sequence[bytes], containers: bool = False) -> Iterator[Match]:
        """Every occurrence in every blob, commit and annotated tag, reachable or not; trees are not searched.

        With `containers`, a blob that may be one by its first bytes (`archives.first_bytes`) is a match too, of needle
        `len(needles)` at 0.
        """
        ...

    def contents(self, oids: Sequence[str], skipped: list[Skipped]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """See `objects.contents`."""
        ...

    def presence(self, blobs: Sequence[str]) -> list[Presence]:
        """Per blob and path: the commits that hold, add and remove it, the refs whose tip holds it (`presence`)."""
        ...

    def leading(self, oid: str) -> tuple[str, ...]:
        """The refs that lead to a commit, or to an annotated tag."""
        ...

    def commit(self, oid: str) -> Commit | None: ...

    def tags(self) -> Mapping[str, Tag]:
        """All annotated tags by id."""
        ...

    def unknown_commits(self) -> int:
        """How many commits' trees are not fully here; to be asked after `presence`."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Scan:
    """Matches and, for the blobs among them, their presence."""

    engine: str
    matches: tuple[Match, ...]
    presences: tuple[Presence, ...]
    skipped: tuple[Skipped, ...]
