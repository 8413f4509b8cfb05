"""The object database through `git cat-file`: needs nothing but git, and is the quicker one for a small repository."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from ahocorasick_rs import BytesAhoCorasick, Implementation

from irkit.model import Skipped
from irkit.sources.archives.first_bytes import FirstBytes
from irkit.sources.git import history, objects
from irkit.sources.git.history import Commit, Tag
from irkit.sources.git.objects import Torn
from irkit.sources.git.pack.model import MOST_LISTED, Match
from irkit.sources.git.pack.refs import tag_chain
from irkit.sources.git.presence import Presence, Trees, descendants, peeled, presences
from irkit.sources.git.run import Repository

_BLOCK = 1 << 18
"""Bytes looked at in one go: what a needle of one byte repeated finds in them must fit into memory."""
_DENSE = 20_000
"""Bytes of needles up to which the quicker, larger table is worth making."""


class PlainDatabase:
    """See `model.Database`."""

    engine = "git cat-file"

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._refs = objects.refs(repository)  # before the objects: what they lead to is then among these
        self._inventory = objects.inventory(repository)
        self.skipped: list[Skipped] = list(self._inventory.skipped)
        self._commits: dict[str, Commit] | None = None
        self._tags: dict[str, Tag] | None = None
        self._unknown = 0

    def search(self, needles: Sequence[bytes], containers: bool = False) -> Iterator[Match]:
        if not any(needles):
            return
        kinds = (("commit", self._inventory.commits), ("tag", self._inventory.tags), ("blob", self._inventory.blobs))
        kind_of = [(kind, oid) for kind, oids in kinds for oid in oids]
        kind_by_oid = {oid: kind for kind, oid in kind_of if kind != "blob"}
        self._commits, self._tags = {}, {}
        for oid, pieces in objects.contents(self._repository, [oid for _, oid in kind_of], self.skipped):
            kind = kind_by_oid.get(oid, "blob")
            if kind != "blob":
                data = b"".join(untorn(pieces))
                self._take(kind, oid, data)
                pieces = iter((data,))
            watched = FirstBytes(untorn(pieces))
            yield from matches(self._repository, oid, kind, needles, watched, self.skipped)
            if containers and kind == "blob" and watched.may_open():
                yield Match(oid, kind, len(needles), 0)

    def contents(self, oids: Sequence[str], skipped: list[Skipped]) -> Iterator[tuple[str, Iterator[bytes]]]:
        return objects.contents(self._repository, oids, skipped)

    def presence(self, blobs: Sequence[str]) -> list[Presence]:
        sought = set(blobs)
        if not sought:
            return []
        trees = Trees(self._inventory.trees, sought, objects.id_bytes(self._repository))
        for oid, pieces in objects.contents(self._repository, self._inventory.trees, self.skipped):
            try:
                trees.add(oid, b"".join(pieces))
            except Torn:
                continue  # it stays unknown to `trees`, and `contents` lists it
        held = trees.places()
        commits = self._all_commits()
        self._unknown = sum(not held.known(commit.tree) for commit in commits.values())
        return presences(sought, held, commits, self._refs, self.tags())

    def leading(self, oid: str) -> tuple[str, ...]:
        commits, tags, refs = self._all_commits(), self.tags(), self._refs
        if oid in tags:
            return tuple(ref for ref, tip in sorted(refs.items()) if oid in tag_chain(tip, tags))
        later = descendants(oid, commits)
        return tuple(ref for ref, tip in sorted(refs.items()) if peeled(tip, tags) in later)

    def commit(self, oid: str) -> Commit | None:
        return self._all_commits().get(oid)

    def tags(self) -> Mapping[str, Tag]:
        self._all_commits()
        assert self._tags is not None
        return self._tags

    def unknown_commits(self) -> int:
        return self._unknown

    def close(self) -> None:
        return

    def _all_commits(self) -> Mapping[str, Commit]:
        if self._commits is None:
            self._commits, self._tags = {}, {}
            for kind, oids in (("commit", self._inventory.commits), ("tag", self._inventory.tags)):
                for oid, pieces in objects.contents(self._repository, oids, self.skipped):
                    self._take(kind, oid, b"".join(untorn(pieces)))
        return self._commits

    def _take(self, kind: str, oid: str, data: bytes) -> None:
        assert self._commits is not None
        assert self._tags is not None
        if kind == "commit" and (commit := history.commit(oid, data)):
            self._commits[oid] = commit
        elif kind == "tag" and (tag := history.tag(oid, data)):
            self._tags[oid] = tag
        else:
            self.skipped.append(Skipped(f"object {oid}", f"it is a {kind} whose inside is none"))


def matches(
    repository: Repository,
    oid: str,
    kind: str,
    needles: Sequence[bytes],
    pieces: Iterator[bytes],
    skipped: list[Skipped],
) -> list[Match]:
    """All occurrences in one object that comes in pieces; memory stays near one piece."""
    finder = _finder(tuple(needles))
    found: list[Match] = []
    keep, most = max(map(len, needles)) - 1, MOST_LISTED * len(needles)
    held, base = b"", 0
    for piece in pieces:
        for block in (piece[at : at + _BLOCK] for at in range(0, len(piece), _BLOCK)):
            seen, data = len(held), held + block
            if len(found) <= most:
                found += (Match(oid, kind, number, base + at) for number, at, end in finder(data) if end > seen)
            held = data[-keep:] if keep else b""
            base += len(data) - len(held)
    found.sort(key=lambda match: (match.offset, match.needle))
    if len(found) > MOST_LISTED:
        skipped.append(more(repository, oid))
    return found[:MOST_LISTED]


@lru_cache(maxsize=4)
def _finder(needles: tuple[bytes, ...]) -> Callable[[bytes], Iterator[tuple[int, int, int]]]:
    """Every occurrence of every needle in some bytes, overlapping ones too: its number, where it starts, where it ends."""
    numbers = [number for number, needle in enumerate(needles) if needle]
    table = Implementation.DFA if sum(map(len, needles)) < _DENSE else Implementation.ContiguousNFA
    automaton = BytesAhoCorasick([needles[number] for number in numbers], implementation=table)

    def find(data: bytes) -> Iterator[tuple[int, int, int]]:
        for which, start, end in automaton.find_matches_as_indexes(data, overlapping=True):
            yield numbers[which], start, end

    return find


def more(repository: Repository, oid: str) -> Skipped:
    return Skipped(f"{repository.shown} object {oid}", f"more than {MOST_LISTED} occurrences; some of them are listed")


def untorn(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What there is of an object; `contents` lists a torn one as skipped."""
    try:
        yield from pieces
    except Torn:
        return
