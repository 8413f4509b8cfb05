"""Locates credentials in one repository: blobs with their history, commit messages, tag messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from irkit.errors import BadInput
from irkit.model import GitPresence, Occurrence, Skipped
from irkit.sources.archives import Inside
from irkit.sources.git import history, objects
from irkit.sources.git.absent import absent
from irkit.sources.git.history import Commit, Tag
from irkit.sources.git.known import Known, Seen
from irkit.sources.git.marks import BRANCHES, git_presence
from irkit.sources.git.objects import Inventory, Torn
from irkit.sources.git.presence import Held, Presence, Trees, descendants, peeled, presences
from irkit.sources.git.run import Repository, repository_at
from irkit.sources.git.submodules import elsewhere
from irkit.sources.git.walked import locate_by_walk, search_blob
from irkit.sources.hunt import Found, Hit, Hits, Hunted, Progress

_OID = re.compile("[0-9a-f]{64}|[0-9a-f]{40}")
_LFS = b"version https://git-lfs"
"""Whether what a pointer stands for is here is a question to each repository anew."""


@dataclass
class _Reading:
    """What one pass over the object database gave."""

    inventory: Inventory
    refs: Mapping[str, str]
    hits: dict[str, list[Hit]] = field(default_factory=dict)
    inside: dict[str, list[Inside]] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)


def locate_in_repository(
    path: Path, hunted: Sequence[Hunted], progress: Progress | None = None, known: Known | None = None
) -> Found:
    """Every occurrence in the object database of the repository at `path` (work tree, worktree, submodule or bare).

    Places: "git" (a blob at a path: `added` and `removed` as `presence` defines them, `live` when a branch tip holds it),
    "archive" (the same for what stands within a blob that is a container: `path` leads inside), "git-commit" (in a commit
    object: path is its id, refs are those that lead to it, `live` when one is a branch), "git-tag" (in an annotated tag:
    path is its name), "git-ref" (in the name of a ref, which `path` does not repeat). `refs` are full names, `tags` short
    ones. Reflogs are no refs. The files of the work tree are not read here. `known`: what the same search read of other
    repositories; an object that stands there is not read again.

    BadInput when `path` is no repository, NotAvailable without git, StepFailed when git can read nothing of it; a damaged
    object is in `skipped` and the rest is read.
    """
    repository = repository_at(path)
    if repository is None:
        raise BadInput("not a git repository", on=path, do="name a work tree, a bare repository or a .git directory")
    return read_repository(repository, hunted, progress, known)


def read_repository(
    repository: Repository, hunted: Sequence[Hunted], progress: Progress | None = None, known: Known | None = None
) -> Found:
    """`locate_in_repository` for one that has been found."""
    tell = progress or (lambda _what, _done, _total: None)
    hits = Hits(hunted)
    walked = locate_by_walk(repository, hits, progress)
    if walked is not None:
        notes = absent(repository)
        refs = objects.refs(repository, notes)
        notes += elsewhere(repository, refs)
        named = _ref_names(repository, refs, hits)
        return Found(_in_order((*walked.occurrences, *named)), tuple(dict.fromkeys((*walked.skipped, *notes))))
    reading = _read(repository, hits, tell, known)
    occurrences = [
        *_blob_occurrences(repository, reading, tell),
        *_message_occurrences(repository, reading),
        *_ref_names(repository, reading.refs, hits),
    ]
    return Found(_in_order(occurrences), tuple(dict.fromkeys(reading.skipped)))


def _in_order(occurrences: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    """Files by path, then messages, then names of refs: the same question gets the same answer, whichever way it was read."""

    def place(one: Occurrence) -> tuple[int, str, str, int, str]:
        rank = {"git-commit": 1, "git-tag": 2, "git-ref": 3}.get(one.place, 0)
        return rank, one.path, one.git.blob if one.git else "", one.offset, one.form

    return tuple(sorted(occurrences, key=place))


def _read(repository: Repository, hits: Hits, tell: Progress, known: Known | None) -> _Reading:
    """Seeks in all blobs, commits and tags; trees are read only when there is something to look up in them."""
    notes = absent(repository)
    refs = objects.refs(repository, notes)  # before the objects: what they lead to is then among these
    notes += elsewhere(repository, refs)
    inventory = objects.inventory(repository)
    reading = _Reading(inventory, refs, skipped=[*inventory.skipped, *notes])
    messages = {*inventory.commits, *inventory.tags}
    every = [*inventory.commits, *inventory.tags, *inventory.blobs]
    wanted = [oid for oid in every if not _recalled(reading, oid, known)]
    fresh: dict[str, Seen] = {}
    for done, (oid, pieces) in enumerate(
        objects.contents(repository, wanted, reading.skipped), len(every) - len(wanted)
    ):
        if done % 1000 == 0:
            tell(f"objects of {repository.shown}", done, len(every))
        first, noted = next(taken := _untorn(pieces), b""), len(reading.skipped)
        pieces = chain((first,), taken)
        if oid in messages:
            _take_message(reading, oid, data := b"".join(pieces))
            found = hits.find(data)
        else:
            found = _take_blob(repository, reading, oid, hits, pieces)
        if found:
            reading.hits[oid] = found
        if known is not None and len(reading.skipped) == noted and not first.startswith(_LFS):
            inside, commit, tag = reading.inside.get(oid, ()), reading.commits.get(oid), reading.tags.get(oid)
            fresh[oid] = Seen(tuple(found), tuple(inside), commit, tag)
    if known is not None:
        _keep(known, fresh, reading.skipped)
    tell(f"objects of {repository.shown}", len(every), len(every))
    return reading


def _keep(known: Known, fresh: Mapping[str, Seen], skipped: Sequence[Skipped]) -> None:
    """What was read without a complaint: another repository may have a whole copy of the rest."""
    damaged = {oid for one in skipped for oid in _OID.findall(one.what)}
    for oid, seen in fresh.items():
        if oid not in damaged:
            known.keep(oid, seen)


def _recalled(reading: _Reading, oid: str, known: Known | None) -> bool:
    """Whether the object was read in another repository; what was found in it then is taken over."""
    seen = known.get(oid) if known else None
    if seen is None:
        return False
    if seen.hits:
        reading.hits[oid] = list(seen.hits)
    if seen.inside:
        reading.inside[oid] = list(seen.inside)
    if seen.commit:
        reading.commits[oid] = seen.commit
    if seen.tag:
        reading.tags[oid] = seen.tag
    return True


def _take_blob(repository: Repository, reading: _Reading, oid: str, hits: Hits, pieces: Iterator[bytes]) -> list[Hit]:
    """Hits in the blob as it is; those within, when it is a container, are kept beside."""
    found, within = search_blob(repository, oid, hits, pieces, reading.skipped)
    if within:
        reading.inside[oid] = within
    return found


def _take_message(reading: _Reading, oid: str, data: bytes) -> None:
    if commit := history.commit(oid, data):
        reading.commits[oid] = commit
    elif tag := history.tag(oid, data):
        reading.tags[oid] = tag
    else:
        reading.skipped.append(Skipped(f"object {oid}", "it is neither a commit nor a tag inside"))


def _blob_occurrences(repository: Repository, reading: _Reading, tell: Progress) -> Iterator[Occurrence]:
    blobs = {oid for oid in reading.hits if oid not in reading.commits and oid not in reading.tags}
    blobs |= reading.inside.keys()
    if not blobs:
        return
    held = _held(repository, reading, blobs, tell)
    for presence in presences(blobs, held, reading.commits, reading.refs, reading.tags):
        git = git_presence(repository, presence, reading.skipped)
        live = any(ref.startswith(BRANCHES) for ref in git.refs)
        path = presence.path.decode("utf-8", "backslashreplace")
        for hit in reading.hits.get(presence.blob, ()):
            yield Occurrence(hit.credential, "git", path, hit.line, hit.offset, hit.form, live, git)
        for one in reading.inside.get(presence.blob, ()):
            hit, within = one.hit, path + one.within
            yield Occurrence(hit.credential, "archive", within, hit.line, hit.offset, hit.form, live, git)


def _ref_names(repository: Repository, refs: Mapping[str, str], hits: Hits) -> Iterator[Occurrence]:
    """A branch may be named after what it should not be named after."""
    for ref, oid in refs.items():
        for hit in hits.find(ref.encode("utf-8", "surrogateescape")):
            path, live = f"{repository.shown}!name of a ref to {oid[:12]}", ref.startswith(BRANCHES)
            yield Occurrence(hit.credential, "git-ref", path, None, hit.offset, hit.form, live)


def _held(repository: Repository, reading: _Reading, blobs: set[str], tell: Progress) -> Held:
    oids = reading.inventory.trees
    trees = Trees(oids, blobs, objects.id_bytes(repository) if oids else 20)
    for done, (oid, pieces) in enumerate(objects.contents(repository, oids, reading.skipped)):
        if done % 1000 == 0:
            tell(f"trees of {repository.shown}", done, len(oids))
        try:
            trees.add(oid, b"".join(pieces))
        except Torn:
            continue  # it stays unknown to `trees`, and `contents` lists it
    held = trees.places()
    unknown = sum(not held.known(commit.tree) for commit in reading.commits.values())
    if unknown:
        why = f"parts of the trees of {unknown} commits are not here, or are more than can be listed, so what they hold is not fully known"
        reading.skipped.append(Skipped(str(repository.shown), why))
    return held


def _message_occurrences(repository: Repository, reading: _Reading) -> Iterator[Occurrence]:
    for oid in sorted(reading.hits.keys() & (reading.commits.keys() | reading.tags.keys())):
        place, path, git = (
            _commit_presence(repository, reading, oid)
            if oid in reading.commits
            else _tag_presence(repository, reading, oid)
        )
        live = place == "git-commit" and any(ref.startswith(BRANCHES) for ref in git.refs)
        for hit in reading.hits[oid]:
            yield Occurrence(hit.credential, place, path, hit.line, hit.offset, hit.form, live, git)


def _commit_presence(repository: Repository, reading: _Reading, oid: str) -> tuple[str, str, GitPresence]:
    later = descendants(oid, reading.commits)
    leading = [ref for ref, tip in sorted(reading.refs.items()) if peeled(tip, reading.tags) in later]
    presence = Presence(oid, oid.encode(), 1, (reading.commits[oid],), (), tuple(leading), bool(leading))
    return "git-commit", oid, git_presence(repository, presence, reading.skipped)


def _tag_presence(repository: Repository, reading: _Reading, oid: str) -> tuple[str, str, GitPresence]:
    leading = [ref for ref, tip in sorted(reading.refs.items()) if oid in _tag_chain(tip, reading.tags)]
    name = reading.tags[oid].name or oid
    commits = int(peeled(oid, reading.tags) in reading.commits)
    presence = Presence(oid, name.encode(), commits, (), (), tuple(leading), bool(leading))
    return "git-tag", name, git_presence(repository, presence, reading.skipped)


def _tag_chain(oid: str, tags: Mapping[str, Tag]) -> list[str]:
    chain: list[str] = []
    while oid in tags and oid not in chain:
        chain.append(oid)
        oid = tags[oid].target
    return chain


def _untorn(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What there is of an object; `contents` lists a torn one as skipped."""
    try:
        yield from pieces
    except Torn:
        return
