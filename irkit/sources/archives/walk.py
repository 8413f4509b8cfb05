"""Into containers and what they contain, level by level, within bounds. Nothing is ever written to disk.

Every byte that comes out of a container counts against what its outermost file may expand to, and so does every member:
archives made to fill a disk, to contain themselves or to hold millions of nothings come to an end, which is said.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from irkit.errors import IrkitError
from irkit.model import Skipped
from irkit.sources.archives.families import FAMILIES, TERMINAL
from irkit.sources.archives.images import layer_name
from irkit.sources.archives.interface import HELD, Family, Kind, Member, Source, TooLarge
from irkit.sources.hunt import BINARY_HEAD, Hit, Hits

DEPTH = 12
"""Levels of containers within containers."""

MEMBER = 16 << 30
"""Bytes read of one member."""

RATIO, ALWAYS = 100, 256 << 20
"""A file may expand to so many times its size, and to so many bytes however small it is."""

NOTES = 1000
"""Parts of one file that are listed by name when they could not be read; the rest of them is counted."""

_LEAST = 4096  # what a member counts at least: reading its header is work too
_HELD_DEEP = 8 << 20  # below four levels less is kept in memory, so that a nest of members stays within some 300 MiB


@dataclass(frozen=True)
class Inside:
    """A hit and the names that lead to it from the outermost file: none when it stands in that file itself."""

    names: tuple[str, ...]
    hit: Hit

    @property
    def within(self) -> str:
        """What follows the path of the outermost file."""
        return "".join(f"!{name}" for name in self.names)


@dataclass(frozen=True)
class Searched:
    """What one file holds, in itself and in what it contains, and what could not be read of it."""

    found: tuple[Inside, ...]
    skipped: tuple[Skipped, ...]


def search_file(hits: Hits, file: BinaryIO, path: str, chunk: int) -> Searched:
    """Seeks in an open file and in everything it contains. OSError when the file itself cannot be read."""
    return _Walk(hits, path, _size(file)).all(Source.on_disk(file, path, chunk))


def search_pieces(hits: Hits, pieces: Iterator[bytes], what: str, name: str = "") -> Searched:
    """The same for bytes that come in pieces; `what` is how skipped parts name it. Readings of text are told where they show more."""
    source = Source.of(pieces, name)
    size = len(source.whole()) if source.again else HELD
    return _Walk(hits, what, size, named_instead=False).all(source)


def recognised(head: bytes) -> Family | None:
    """The family of a container by its first bytes; None for anything else."""
    return next((one for one in FAMILIES if one.is_one(head)), None)


@dataclass
class _Walk:
    """One outermost file on its way."""

    hits: Hits
    path: str
    size: int
    named_instead: bool = True
    skipped: list[Skipped] = field(default_factory=list)
    unlisted: int = 0
    spent: int = 0

    def all(self, source: Source) -> Searched:
        found = self._look(source, _Spot())
        if self._exhausted:
            most = f"{self._most >> 20} MiB"
            why = f"it expands to more than {most}, as archives do that are made to do harm; the rest was not read"
            self.skipped.append(Skipped(self.path, why))
        if self.unlisted:
            self.skipped.append(Skipped(self.path, f"{self.unlisted} more parts of it were not read"))
        return Searched(tuple(found), tuple(dict.fromkeys(self.skipped)))

    @property
    def _most(self) -> int:
        return max(ALWAYS, RATIO * self.size)

    @property
    def _exhausted(self) -> bool:
        return self.spent > self._most

    def _look(self, source: Source, at: _Spot) -> list[Inside]:
        """What stands in a source, and in what it contains."""
        family = recognised(source.head)
        if family and family.kind is Kind.PLAIN and at.read_already:
            family = None
        if not source.again:
            return self._passing(source, family, at)
        seen = _Seen()
        raw = [Inside(at.names, hit) for hit in self.hits.stream(seen.watched(source.pieces()))]
        if family is None and seen.terminal and not seen.binary and not at.read_already:
            family = TERMINAL
        if family is None:
            return raw
        spans: list[tuple[int, int]] = []
        inner = self._unpacked(source, family, at, spans)
        return _together(raw, inner, family, spans, self.named_instead or bool(at.names))

    def _passing(self, source: Source, family: Family | None, at: _Spot) -> list[Inside]:
        """Too large to be kept: what can be unpacked onward is, everything else is searched as it is."""
        if family and family.kind is Kind.ARCHIVE and not family.seeks:
            return self._unpacked(source, family, at, [])
        if family and (family.seeks or family.kind is not Kind.PLAIN):
            why = f"a {family.name} of more than {HELD >> 20} MiB within another container was searched as it is and not opened"
            self._note(at.names, f"{why}; take it out and give its path")
        return [Inside(at.names, hit) for hit in self.hits.stream(source.pieces())]

    def _unpacked(self, source: Source, family: Family, at: _Spot, spans: list[tuple[int, int]]) -> list[Inside]:
        if at.depth >= DEPTH:
            self._note(at.names, f"more than {DEPTH} containers within each other; this {family.name} was not opened")
            return []
        found: list[Inside] = []
        unseen = family.hides_names or not source.again  # elsewhere a name is met in the container's own bytes
        for member in self._members(source, family, at.above):
            if member.span:
                spans.append(member.span)
            if unseen:
                found += [Inside((*at.above, member.name), hit) for hit in self.hits.find(member.name.encode())]
            found += self._inside(member, at, family.kind is Kind.PLAIN)
            if self._exhausted:
                break
        return found

    def _members(self, source: Source, family: Family, names: tuple[str, ...]) -> Iterator[Member]:
        """The members of a container, as far as it can be read."""
        members = family.members(source, lambda name, why: self._note((*names, name) if name else names, why))
        while True:
            try:
                member = next(members, None)
            except IrkitError as error:
                self._note(names, f"{error.what}: {error.do}")
                return
            except TooLarge as error:
                self._note(names, str(error))
                return
            except Exception as error:  # evidence may be anything, and a library may raise anything on it
                self._note(names, f"this {family.name} is damaged or cut short: {_reason(error)}")
                return
            if member is None:
                return
            yield member

    def _inside(self, member: Member, at: _Spot, read_already: bool) -> list[Inside]:
        here, depth = (*at.above, member.name), at.depth + 1
        self.spent += _LEAST
        pieces = self._metered(member.pieces, at.above if member.transparent else here)
        source = Source.of(pieces, member.name, HELD if depth <= 4 else _HELD_DEEP)
        family = recognised(source.head)
        if layer := layer_name(member.name, family):
            here = (*at.above, layer)
        through = member.transparent and family is not None and family.kind is Kind.ARCHIVE
        return self._look(source, _Spot(here, at.above if through else here, depth, read_already))

    def _metered(self, pieces: Iterator[bytes], names: tuple[str, ...]) -> Iterator[bytes]:
        """A member's bytes until they end, break, or are too many."""
        size = 0
        while not self._exhausted:
            try:
                piece = next(pieces, None)
            except IrkitError as error:
                self._note(names, f"{error.what}: {error.do}")
                return
            except Exception as error:  # as above
                self._note(names, f"damaged or cut short: {_reason(error)}")
                return
            if piece is None:
                return
            size += len(piece)
            self.spent += len(piece)
            if size > MEMBER:
                self._note(names, f"larger than {MEMBER >> 30} GiB; the rest of it was not read")
                return
            yield piece

    def _note(self, names: tuple[str, ...], why: str) -> None:
        if len(self.skipped) < NOTES:
            self.skipped.append(Skipped(self.path + "".join(f"!{name}" for name in names), why))
        else:
            self.unlisted += 1


@dataclass(frozen=True)
class _Spot:
    """Where the walk is: what a source is called, and what the names of its members follow.

    The two differ for the tar in a `.tar.gz`. `read_already`: it is a reading of text, which is not read once more.
    """

    names: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    depth: int = 0
    read_already: bool = False


@dataclass
class _Seen:
    """What a first reading notices by the way: whether it is binary, and whether it was written for a terminal."""

    binary: bool = False
    terminal: bool = False
    at: int = 0

    def watched(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self.at < BINARY_HEAD:
                self.binary = self.binary or b"\0" in piece[: BINARY_HEAD - self.at]
            self.at += len(piece)
            if not self.binary and not self.terminal:
                self.terminal = b"\x1b" in piece or b"\b" in piece
            yield piece


def _together(
    raw: list[Inside], inner: list[Inside], family: Family, spans: list[tuple[int, int]], named_instead: bool
) -> list[Inside]:
    """Each place once: what stands in the container's own bytes, and what stands in its members."""
    if family.kind is Kind.ARCHIVE:
        return [*(one for one in raw if not any(start <= one.hit.offset < end for start, end in spans)), *inner]
    as_is, as_read = _count(raw), _count(inner)
    if family.kind is Kind.NAMED and named_instead:
        return [*(one for one in raw if as_read[_what(one)] < as_is[_what(one)]), *inner]
    return [*raw, *(one for one in inner if as_read[_what(one)] > as_is[_what(one)])]


def _what(one: Inside) -> str:
    return one.hit.credential


def _count(found: list[Inside]) -> Counter[str]:
    """Hits by credential. Fragments of a key that a prefix on each line holds apart count as one."""
    keys = {(_what(one), one.names) for one in found if one.hit.form == "armor"}
    return Counter([_what(one) for one in found if one.hit.form != "armor"] + [what for what, _ in keys])


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())[:160]
    return text if text and text.isprintable() else type(error).__name__


def _size(file: BinaryIO) -> int:
    try:
        return os.fstat(file.fileno()).st_size
    except OSError:
        return 0
