"""Locates credentials in a large repository by the pack walk: it finds the objects worth reading, and only those are read.

The walk seeks the heads of all needles, one of which stands in whatever holds a hit, and looks at the first bytes of every blob
for compressed containers, whose content no search of the object itself can see. What it names is then read and searched as everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from irkit.model import Occurrence, Skipped
from irkit.sources.archives import Inside, search_pieces
from irkit.sources.git.marks import BRANCHES, git_presence
from irkit.sources.git.objects import Torn
from irkit.sources.git.pack import LISTING_CUT, Database, Engine, open_database, pays
from irkit.sources.git.presence import Presence, peeled
from irkit.sources.git.run import Repository
from irkit.sources.hunt import Found, Hit, Hits, Progress

_LFS_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\r?\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})")
"""https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md"""


def locate_by_walk(
    repository: Repository, hits: Hits, progress: Progress | None, engine: Engine = Engine.AUTO
) -> Found | None:
    """The same answers as reading every object, without ref names; None where the walk cannot run, or does not pay.

    Other readings of plain text (pages, build logs, colours of a terminal) are looked at only where the text itself holds
    the head of a needle.
    """
    heads = hits.heads
    if heads is None or (engine is Engine.AUTO and not pays(repository)):
        return None
    database = open_database(repository, needles=heads, engine=engine, progress=progress)
    try:
        worth_reading = {match.oid: match.kind for match in database.search(heads, containers=True)}
        return _located(repository, database, hits, worth_reading)
    finally:
        database.close()


def _located(repository: Repository, database: Database, hits: Hits, worth_reading: dict[str, str]) -> Found:
    skipped: list[Skipped] = []
    found: dict[str, list[Hit]] = {}
    inside: dict[str, list[Inside]] = {}
    for oid, pieces in database.contents(list(worth_reading), skipped):
        if worth_reading[oid] == "blob":
            found[oid], inside[oid] = search_blob(repository, oid, hits, untorn(pieces), skipped)
        else:
            found[oid] = hits.find(b"".join(untorn(pieces)))
    blobs = [oid for oid, kind in worth_reading.items() if kind == "blob" and (found[oid] or inside[oid])]
    rows = list(_blobs(repository, database.presence(blobs), found, inside, skipped)) if blobs else []
    for oid in sorted(oid for oid, kind in worth_reading.items() if kind != "blob" and found[oid]):
        rows += _messages(repository, database, oid, worth_reading[oid], found[oid], skipped)
    if blobs and (unknown := database.unknown_commits()):
        why = f"parts of the trees of {unknown} commits are not here, or are more than can be listed, so what they hold is not fully known"
        skipped.append(Skipped(str(repository.shown), why))
    # That a common byte string was not listed to its last place says nothing here: one place is enough to read the object.
    told = [one for one in database.skipped if one.why != LISTING_CUT]
    return Found(tuple(rows), tuple(dict.fromkeys((*told, *skipped))))


def _blobs(
    repository: Repository,
    presences: list[Presence],
    found: dict[str, list[Hit]],
    inside: dict[str, list[Inside]],
    skipped: list[Skipped],
) -> Iterator[Occurrence]:
    for presence in presences:
        git = git_presence(repository, presence, skipped)
        live = any(ref.startswith(BRANCHES) for ref in git.refs)
        path = presence.path.decode("utf-8", "backslashreplace")
        for hit in found[presence.blob]:
            yield Occurrence(hit.credential, "git", path, hit.line, hit.offset, hit.form, live, git)
        for one in inside[presence.blob]:
            hit = one.hit
            yield Occurrence(hit.credential, "archive", path + one.within, hit.line, hit.offset, hit.form, live, git)


def _messages(
    repository: Repository, database: Database, oid: str, kind: str, hits: list[Hit], skipped: list[Skipped]
) -> Iterator[Occurrence]:
    leading = tuple(database.leading(oid))
    if kind == "commit":
        commit = database.commit(oid)
        place, path = "git-commit", oid
        presence = Presence(oid, oid.encode(), 1, (commit,) if commit else (), (), leading, bool(leading))
    else:
        tags = database.tags()
        place, path = "git-tag", tags[oid].name or oid if oid in tags else oid
        commits = int(database.commit(peeled(oid, tags)) is not None)
        presence = Presence(oid, path.encode(), commits, (), (), leading, bool(leading))
    git = git_presence(repository, presence, skipped)
    live = place == "git-commit" and any(ref.startswith(BRANCHES) for ref in git.refs)
    for hit in hits:
        yield Occurrence(hit.credential, place, path, hit.line, hit.offset, hit.form, live, git)


def search_blob(
    repository: Repository, oid: str, hits: Hits, pieces: Iterator[bytes], skipped: list[Skipped]
) -> tuple[list[Hit], list[Inside]]:
    """Hits in the blob as it is, and within it when it is a container."""
    first = next(pieces, b"")
    if pointer := _LFS_POINTER.match(first):
        _note_lfs(repository, skipped, pointer[1].decode())
    searched = search_pieces(hits, chain((first,), pieces), f"{repository.shown} object {oid}")
    skipped += searched.skipped
    return [one.hit for one in searched.found if not one.names], [one for one in searched.found if one.names]


def _note_lfs(repository: Repository, skipped: list[Skipped], digest: str) -> None:
    """A pointer stands for a file that Git LFS keeps elsewhere; one that is here is read with git's own files."""
    if not (repository.common / "lfs" / "objects" / digest[:2] / digest[2:4] / digest).is_file():
        why = "LFS object not here: its content could not be searched; fetch it with git lfs fetch --all"
        skipped.append(Skipped(f"{repository.shown} LFS object {digest}", why))


def untorn(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What there is of an object; `contents` lists a torn one as skipped."""
    try:
        yield from pieces
    except Torn:
        return
