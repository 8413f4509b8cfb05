"""What a saved answer of a code host tells, in one shape for all of them, and what a reader is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from irkit.errors import IrkitError
from irkit.model import Instant, PackageRecord, Skipped
from irkit.sources.clocks.pushes import Push

About = Literal["commit", "blob", "repository", "file"]


@dataclass(frozen=True)
class Sign:
    """An instant, and what it is about: a blob id, a repository (`owner/name`), or the digest of a file in hex.

    Whether the credential stood there is for whoever knows its occurrences to say; a sign alone opens no window.
    """

    instant: Instant
    about: About
    name: str


@dataclass(frozen=True)
class Record:
    """What was read: refs that moved, other signs, plain facts for people, and the entries that could not be read.

    `packages` are whole answers of registries, which tell of more than their signs: versions without a digest or without a time, too.
    `origins` are rows (file, what it is, entries, who could set its times, how far the format is confirmed).
    """

    pushes: tuple[Push, ...] = ()
    signs: tuple[Sign, ...] = ()
    facts: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    origins: tuple[tuple[str, str, int, str, str], ...] = ()
    packages: tuple[PackageRecord, ...] = ()

    def __add__(self, other: Record) -> Record:
        return Record(
            tuple(sorted(self.pushes + other.pushes, key=lambda push: push.at)),
            self.signs + other.signs,
            self.facts + other.facts,
            self.skipped + other.skipped,
            self.origins + other.origins,
            self.packages + other.packages,
        )


@dataclass(frozen=True)
class Reader:
    """One kind of saved answer. `recognise` looks at parsed content alone; `read` takes its entries and where they stand.

    `sample` says how far the format is confirmed: by which documentation, or "unverified". `forgers` says who could set the times.
    """

    name: str
    title: str
    docs: str
    sample: str
    forgers: str
    recognise: Callable[[Any], bool]
    read: Callable[[Any, str], Record]


UNREADABLE = (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError, IrkitError)
"""What an entry of another shape than documented raises while it is read; it becomes a `Skipped`."""


def each(entries: Any, where: str, take: Callable[[dict[str, Any], str], Record | None], wants: str) -> Record:
    """Every entry through `take`; one that does not fit is skipped and named, by its number from 1."""
    found = Record()
    for number, entry in enumerate(entries, start=1):
        place = f"{where}, entry {number}"
        try:
            found += take(entry, place) or Record()
        except UNREADABLE:
            found += Record(skipped=(Skipped(place, f"not {wants}"),))
    return found


def entries_with(content: Any, *names: str) -> bool:
    """Whether content is a list whose first object has all these names: enough to tell the answers apart."""
    return any(all(name in entry for name in names) for entry in _objects(content))


def _objects(content: Any) -> Iterator[dict[str, Any]]:
    if isinstance(content, list):
        yield from [entry for entry in content if isinstance(entry, dict)][:1]


def since_epoch(milliseconds: Any) -> datetime:
    """UTC of an audit log's milliseconds since 1970 (or of its ISO text)."""
    from datetime import UTC

    from irkit.model import parse_instant

    if isinstance(milliseconds, str):
        return parse_instant(milliseconds)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
