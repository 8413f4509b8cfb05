"""What registries recorded as published, and how it lies beside the window of whoever could publish.

A record tells what its registry tells: what was taken out again, and what came after the registry was asked, is in none. Nothing
inside a package is a time. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from irkit.model.clock import Instant, Window, iso

Ecosystem = Literal["npm", "python", "cargo"]

PUBLISHES: Mapping[str, Ecosystem] = MappingProxyType(
    {"npm": "npm", "pypi": "python", "devpi": "python", "crates": "cargo"}
)
"""To which kind of registry the tokens of a provider publish."""

APART = timedelta(minutes=5)
"""How far a registry's clock is taken to be from the others, where nobody measured it."""


@dataclass(frozen=True)
class Upload:
    """A version or a file under the name its registry gives it.

    `at` is the registry's time, None when it tells none. `listed` is whether it is still handed out, None when the record does not
    say. `by` is who published it, as the registry says, "" when it does not.
    """

    name: str
    at: Instant | None
    digest: str = ""
    listed: bool | None = None
    by: str = ""
    note: str = ""


@dataclass(frozen=True)
class PackageRecord:
    """One answer of a registry about one package.

    `asked` is when, by our clock; None of a file that somebody saved. `ahead_s` is how far the registry's clock was ahead of ours
    then, in seconds, None when that was not measured. `answered` is False when there was no answer of use; `gaps` says what this
    record cannot tell.
    """

    package: str
    ecosystem: Ecosystem
    origin: str
    registry: str = ""
    asked: datetime | None = None
    ahead_s: float | None = None
    answered: bool = True
    uploads: tuple[Upload, ...] = ()
    gaps: tuple[str, ...] = field(default=())

    @property
    def margin(self) -> timedelta:
        return APART if self.ahead_s is None else timedelta(seconds=abs(self.ahead_s) + 2)


@dataclass(frozen=True)
class Published:
    """One upload of a package, with what the package's records together say about it."""

    package: str
    upload: Upload
    margin: timedelta
    notes: tuple[str, ...]

    def exposed(self, window: Window | None) -> bool | None:
        """Whether the credential was exposed then. A no only where no difference between two clocks could make it a yes."""
        if window is None or self.upload.at is None:
            return None
        at, opened, closed = self.upload.at.at, window.opened.earliest, window.closed.latest
        surely_after = closed is not None and at - self.margin > closed.at
        surely_before = opened is not None and at + self.margin < opened.at
        if surely_after or surely_before:
            return False
        return window.contains(at) or None


def published(records: Sequence[PackageRecord]) -> tuple[Published, ...]:
    """Every upload that any record tells of, oldest first, those without a time last."""
    found = [one for group in _by_package(records).values() for one in _of_package(group)]
    return tuple(
        sorted(found, key=lambda one: (one.upload.at is None, one.upload.at and one.upload.at.at, one.upload.name))
    )


def unknown(
    records: Sequence[PackageRecord], windows: Sequence[Window], again: str = ""
) -> tuple[tuple[str, str], ...]:
    """What the records cannot tell, as pairs (about what, why); never empty. `again` says how the registry is asked once more."""
    told = [
        (f"what was published of {group[0].package}", why)
        for group in _by_package(records).values()
        for why in _gaps(group, windows, again)
    ]
    others = (
        "what was published of other packages",
        "no record of any other was given; which a token may publish, its account shows",
    )
    return (*dict.fromkeys(told), others)


def _by_package(records: Sequence[PackageRecord]) -> Mapping[tuple[str, str], list[PackageRecord]]:
    groups: dict[tuple[str, str], list[PackageRecord]] = {}
    for one in records:
        groups.setdefault((one.ecosystem, one.package.lower()), []).append(one)
    return groups


def _newest(group: Sequence[PackageRecord]) -> PackageRecord | None:
    """The record that was asked for last; None where nobody knows when any was."""
    dated = [(one.asked, one) for one in group if one.answered and one.asked]
    return max(dated, key=lambda pair: pair[0])[1] if dated else None


def _of_package(group: Sequence[PackageRecord]) -> Iterator[Published]:
    newest = _newest(group)
    here = {one.name for one in newest.uploads} if newest else set()
    ordered = ([newest] if newest else []) + [one for one in group if one is not newest]
    seen: dict[str, list[Upload]] = {}
    for record in ordered:
        for one in record.uploads:
            before = seen.setdefault(one.name, [])
            if any(not _differ(one, other) for other in before):
                continue
            notes = [one.note] if one.note else []
            if one.listed is False:
                notes.append("the registry lists it no more: it was taken out")
            if newest and newest.asked and one.name not in here:
                notes.append(f"not in the record asked for {iso(newest.asked)}: it was taken out meanwhile")
            if before:
                notes.append("two records differ in its time or its file: it was replaced")
            before.append(one)
            yield Published(record.package, one, record.margin, tuple(notes))


def _differ(one: Upload, other: Upload) -> bool:
    times = one.at is not None and other.at is not None and one.at.at != other.at.at
    return times or bool(one.digest and other.digest and one.digest != other.digest)


def _gaps(group: Sequence[PackageRecord], windows: Sequence[Window], again: str) -> Iterator[str]:
    for record in group:
        yield from record.gaps
    newest = _newest(group)
    if any(one.answered for one in group):
        yield "what was published and taken out again may be in no record: whoever runs the registry has its log"
    asked = newest.asked if newest else None
    if asked is None:
        for record in group:
            if record.answered:
                last = max((one.at.at for one in record.uploads if one.at), default=None)
                until = f"its latest entry is of {iso(last)}" if last else "it has no entry with a time"
                yield f"nobody knows when {record.origin} was saved, nor so what came after it: {until}{again}"
        return
    ends = [window.closed.latest for window in windows]
    if not ends or None in ends:
        yield f"the registry was asked {iso(asked)}, and nothing shows yet that the credential is dead: ask again then{again}"
        return
    dead = max(end.at for end in ends if end)
    if asked < dead:
        yield f"the registry was asked {iso(asked)}, before the credential was dead {iso(dead)}: ask again{again}"


def naming(record: PackageRecord, gap: str) -> PackageRecord:
    """The record, with one more thing that it cannot tell."""
    return record if gap in record.gaps else replace(record, gaps=(*record.gaps, gap))
