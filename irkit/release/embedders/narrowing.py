"""Two looks at a long history: a quick one for byte strings that stand wherever the key does, and a thorough one at what they led to.

The quick one is the walk over packs (`irkit.sources.git.pack`); to read every object for packets and odd spellings takes ten times
as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from irkit.errors import BadInput
from irkit.model import Occurrence, Skipped
from irkit.sources import Found, Hits, Hunted, Progress, locate
from irkit.sources.files import locate_in_files
from irkit.sources.git import repository_at
from irkit.sources.git.objects import contents
from irkit.sources.git.walked import search_blob, untorn


def locate_twice(
    paths: Sequence[Path], quick: Sequence[Hunted], hunted: Sequence[Hunted], progress: Progress | None = None
) -> Found:
    """Every occurrence of `hunted` in what holds one of `quick`, with the presence that the first look told."""
    first = locate(paths, quick, progress)
    skipped = list(first.skipped)
    found = [*_in_objects(first.occurrences, Hits(hunted), skipped), *_in_files(first.occurrences, hunted, skipped)]
    return Found(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(skipped)))


def _in_objects(occurrences: Sequence[Occurrence], hits: Hits, skipped: list[Skipped]) -> Iterator[Occurrence]:
    held: dict[str, dict[str, dict[Occurrence, None]]] = {}
    for one in occurrences:
        if one.git:
            places = held.setdefault(one.git.repository, {}).setdefault(one.git.blob, {})
            path = one.path.partition("!")[0] if one.place == "archive" else one.path
            place = "git" if one.place == "archive" else one.place
            places[Occurrence("", place, path, None, 0, "", one.live, one.git)] = None
    for name, blobs in held.items():
        repository = repository_at(Path(name))
        if repository is None:
            skipped.append(Skipped(name, "the repository is not there any more"))
            continue
        for oid, pieces in contents(repository, list(blobs), skipped):
            plain, inside = search_blob(repository, oid, hits, untorn(pieces), skipped)
            for at in blobs[oid]:
                for hit in plain:
                    yield Occurrence(hit.credential, at.place, at.path, hit.line, hit.offset, hit.form, at.live, at.git)
                for member in inside if at.place == "git" else ():
                    hit, path = member.hit, at.path + member.within
                    yield Occurrence(hit.credential, "archive", path, hit.line, hit.offset, hit.form, at.live, at.git)


def _in_files(
    occurrences: Sequence[Occurrence], hunted: Sequence[Hunted], skipped: list[Skipped]
) -> Iterator[Occurrence]:
    files = dict.fromkeys(
        one.path.partition("!")[0] if one.place == "archive" else one.path
        for one in occurrences
        if one.git is None and one.place in ("file", "archive")
    )
    for name in files:
        try:
            found = locate_in_files(Path(name), hunted)
        except BadInput:
            skipped.append(Skipped(name, "the file is not there any more"))
            continue
        yield from found.occurrences
        skipped += found.skipped
