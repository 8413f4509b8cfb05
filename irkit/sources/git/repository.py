"""Locates credentials in one repository: blobs with their history, commit messages, tag messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from irkit.errors import BadInput
from irkit.model import GitPresence, Occurrence, Skipped
from irkit.sources.archives import Inside
from irkit.sources.git import history, objects
from irkit.sources.git.history import Commit, Tag
from irkit.sources.git.marks import BRANCHES, git_presence
from irkit.sources.git.objects import Inventory, Torn
from irkit.sources.git.presence import Held, Presence, Trees, descendants, peeled, presences
from irkit.sources.git.run import Repository, repository_at
from irkit.sources.git.walked import locate_by_walk, search_blob
from irkit.sources.hunt import Found, Hit, Hits, Hunted, Progress


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


def locate_in_repository(path: Path, hunted: Sequence[Hunted], progress: Progress | None = None) -> Found:
    """Every occurrence in the object database of the repository at `path` (work tree, worktree, submodule or bare).

    Places: "git" (a blob at a path: `added` and `removed` as `presence` defines them, `live` when a branch tip holds it),
    "archive" (the same for what stands within a blob that is a container: `path` leads inside), "git-commit" (in a commit
    object: path is its id, refs are those that lead to it, `live` when one is a branch), "git-tag" (in an annotated tag:
    path is its name), "git-ref" (in the name of a ref, which `path` does not repeat). `refs` are full names, `tags` short
    ones. Reflogs are no refs. The files of the work tree are not read here.

    BadInput when `path` is no repository, NotAvailable without git, StepFailed when git can read nothing of it; a damaged
    object is in `skipped` and the rest is read.
    """
    repository = repository_at(path)
    if repository is None:
        raise BadInput("not a git repository", on=path, do="name a work tree, a bare repository or a .git directory")
    tell = progress or (lambda _what, _done, _total: None)
    hits = Hits(hunted)
    walked = locate_by_walk(repository, hits, progress)
    if walked is not None:
        named = _ref_names(repository, objects.refs(repository), hits)
        skipped = dict.fromkeys((*walked.skipped, *_absent(repository)))
        return Found(_in_order((*walked.occurrences, *named)), tuple(skipped))
    reading = _read(repository, hits, tell)
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


def _read(repository: Repository, hits: Hits, tell: Progress) -> _Reading:
    """Seeks in all blobs, commits and tags; trees are read only when there is something to look up in them."""
    inventory = objects.inventory(repository)
    reading = _Reading(inventory, objects.refs(repository), skipped=[*inventory.skipped, *_absent(repository)])
    wanted = [*inventory.commits, *inventory.tags, *inventory.blobs]
    messages = len(inventory.commits) + len(inventory.tags)
    for done, (oid, pieces) in enumerate(objects.contents(repository, wanted, reading.skipped)):
        if done % 1000 == 0:
            tell(f"objects of {repository.shown}", done, len(wanted))
        if done < messages:
            _take_message(reading, oid, data := _whole(pieces))
            found = hits.find(data)
        else:
            found = _take_blob(repository, reading, oid, hits, _untorn(pieces))
        if found:
            reading.hits[oid] = found
    tell(f"objects of {repository.shown}", len(wanted), len(wanted))
    return reading


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
        why = f"parts of the trees of {unknown} commits are not here, so what they hold is not fully known"
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


def _absent(repository: Repository) -> list[Skipped]:
    """What a clone was made without, and therefore nobody can search here."""
    shown, notes = str(repository.shown), []
    if (repository.common / "shallow").is_file():
        why = "a shallow clone: earlier history is not here, and when its first commits came about cannot be told"
        notes.append(Skipped(shown, why))
    if any((repository.common / "objects" / "pack").glob("*.promisor")):
        why = "a partial clone: objects that were never fetched could not be searched; use a full clone"
        notes.append(Skipped(shown, why))
    return notes


def _whole(pieces: Iterator[bytes]) -> bytes:
    return b"".join(_untorn(pieces))


def _untorn(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What there is of an object; `contents` lists a torn one as skipped."""
    try:
        yield from pieces
    except Torn:
        return
