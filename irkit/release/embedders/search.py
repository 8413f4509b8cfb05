"""The search: every blob of every repository with the tags that hold it, every file on disk, in one reading of it all.

A second, quicker reading seeks the names of the files that were found to hold the key, where scripts and configuration lead to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from irkit.model import Occurrence, OpenPgpKey, Skipped, TrustedIn
from irkit.needles import Needle
from irkit.release.embedders.context import REACH, Around, material, read_name
from irkit.release.embedders.narrowing import locate_twice
from irkit.release.embedders.sought import (
    ADDRESS,
    FILE,
    MAIL,
    RPM,
    Names,
    file_needles,
    names_of,
    needles_of,
    quick_needles,
)
from irkit.sources import Hunted, Progress, locate
from irkit.sources.git import repository_at
from irkit.sources.git.objects import contents

_NAMED = frozenset({"fingerprint", "long-id", "short-id", RPM, ADDRESS, MAIL, FILE})
_IN_TEXT = frozenset({"short-id", MAIL})
"""Forms that say nothing in binary data."""

_BY_ITSELF = frozenset({"fingerprint", "long-id", RPM, ADDRESS})
"""Forms that need nothing around them to be told."""

_MESSAGES = ("git-commit", "git-tag")
_MATERIAL = ("armored key", "binary keyring")


@dataclass(frozen=True)
class _Row:
    """One place of one version of a file, before versions are brought together."""

    occurrence: Occurrence
    how: str
    key: str

    @property
    def repository(self) -> str | None:
        return self.occurrence.git.repository if self.occurrence.git else None

    @property
    def path(self) -> str:
        one = self.occurrence
        if one.place in _MESSAGES:
            return f"message of the {one.place.removeprefix('git-')} {one.path}"
        return one.path or (f"object {one.git.blob}" if one.git else "")


def trusted_in(
    paths: Sequence[Path],
    key: OpenPgpKey,
    certificate: bytes | None = None,
    *,
    addresses: Sequence[str] = (),
    progress: Progress | None = None,
) -> tuple[tuple[TrustedIn, ...], tuple[Skipped, ...]]:
    """Who embeds or trusts the key, under these paths: repositories, folders that contain them, files. And what was not read.

    Found are the key's packets (armored, binary keyrings and keyboxes, base64 of either, within archives too), the fingerprints and ids of
    all its parts in any spelling, addresses that end in a file that holds the key or in its place in the Web Key Directory, and
    its mail address where a command looks a key up by it. `certificate` adds subkeys and user ids that `key` does not know, and makes
    a long history many times as quick to search (a fingerprint in an unheard-of spacing is then not noticed); `addresses` are URLs
    where the key is known to be published. A short id counts where something speaks of a key beside it.
    One row for each path, kind and spelling: versions of a file are brought together. BadInput when a path is not there.
    """
    names = names_of(key, certificate)
    needles = needles_of(names, addresses)
    quick = quick_needles(names, certificate, addresses) if certificate else {}
    hunted = _hunted(needles)
    found = locate_twice(paths, _hunted(quick), hunted, progress) if quick else locate(paths, hunted, progress)
    skipped = list(found.skipped)
    rows = list(_rows(found.occurrences, needles, skipped))
    holding = [row.occurrence.path for row in rows if row.how in _MATERIAL and row.occurrence.place not in _MESSAGES]
    if second := file_needles(holding):
        files = {str(at): (needle,) for at, needle in enumerate(second)}
        more = locate(paths, _hunted(files), progress)
        skipped += more.skipped
        rows += _rows(more.occurrences, files, skipped)
    return _together(rows, names), tuple(dict.fromkeys(skipped))


def _hunted(needles: Mapping[str, Sequence[Needle]]) -> tuple[Hunted, ...]:
    return tuple(Hunted(one, tuple(sought)) for one, sought in needles.items())


def _rows(
    occurrences: Iterable[Occurrence], needles: Mapping[str, Sequence[Needle]], skipped: list[Skipped]
) -> Iterator[_Row]:
    named: list[Occurrence] = []
    holding: set[str] = set()
    for one in occurrences:
        if one.place == "git-ref" or (one.git is None and _is_gits_own(Path(one.path.partition("!")[0]))):
            continue
        how = material(one.form)
        if how:
            holding.add(one.path)
            yield _Row(one, how, one.credential)
        elif one.form in _NAMED and one.place not in _MESSAGES and (one.line or one.form not in _IN_TEXT):
            named.append(one)
    named = [one for one in named if one.place != "archive" or one.path not in holding]
    for one, around in _surroundings(named, needles, skipped):
        read = read_name(one.form, around, _needle(one, around, needles))
        if read:
            yield _Row(one, read.how, read.key)


def _needle(one: Occurrence, around: Around, needles: Mapping[str, Sequence[Needle]]) -> str:
    """Which of the needles of this form it was."""
    of_form = [
        needle.pattern for needle in needles[one.credential] if needle.form == one.form and not needle.structural
    ]
    here = [pattern for pattern in of_form if around.data.startswith(pattern, around.at)]
    return next(iter([*here, *of_form]), b"").decode()


def _surroundings(
    named: Sequence[Occurrence], needles: Mapping[str, Sequence[Needle]], skipped: list[Skipped]
) -> Iterator[tuple[Occurrence, Around]]:
    """Each hit with the bytes around it. In an archive they are not read again, and what depends on them is skipped."""
    in_blobs: dict[str, dict[str, list[Occurrence]]] = {}
    for one in named:
        if one.place == "archive":
            if one.form in _BY_ITSELF:
                name = one.credential[-16:] if one.form == "long-id" else one.credential
                yield one, Around((_needle(one, Around(b"", 0), needles) or name).encode(), 0)
            else:
                skipped.append(Skipped(one.path, "it may name the key; unpack it to see what stands around the name"))
        elif one.git:
            in_blobs.setdefault(one.git.repository, {}).setdefault(one.git.blob, []).append(one)
        elif around := _on_disk(one, skipped):
            yield one, around
    for repository, blobs in in_blobs.items():
        opened = repository_at(Path(repository))
        if opened is None:
            skipped.append(Skipped(repository, "the repository is not there any more"))
            continue
        for oid, pieces in contents(opened, list(blobs), skipped):
            data = b"".join(pieces)
            for one in blobs[oid]:
                start = max(0, one.offset - REACH)
                yield one, Around(data[start : one.offset + REACH], one.offset - start)


def _on_disk(one: Occurrence, skipped: list[Skipped]) -> Around | None:
    start = max(0, one.offset - REACH)
    try:
        with Path(one.path).open("rb") as stream:
            stream.seek(start)
            return Around(stream.read(one.offset - start + REACH), one.offset - start)
    except OSError as error:
        skipped.append(Skipped(one.path, f"cannot be read again: {error.strerror}"))
        return None


def _together(rows: Sequence[_Row], names: Names) -> tuple[TrustedIn, ...]:
    """Versions of one file as one row, the primary's before its subkeys', and files of a work tree as their repository has them."""
    grouped: dict[tuple[str, str, str, str], list[_Row]] = {}
    for row in rows:
        name = "" if row.how in _MATERIAL else row.key
        grouped.setdefault((row.repository or "", row.path, row.how, name), []).append(row)
    made = [_one(group, names) for group in grouped.values()]
    known = {(str(Path(one.repository) / one.path), one.how, one.key) for one in made if one.repository and one.live}
    kept = [one for one in made if one.repository or (one.path, one.how, one.key) not in known]
    return tuple(sorted(kept, key=lambda one: (one.repository or "", one.path, one.line or 0, one.how, one.key)))


def _one(group: Sequence[_Row], names: Names) -> TrustedIn:
    order = {one: at for at, one in enumerate(names.fingerprints)}
    keys = sorted({row.key for row in group}, key=lambda key: order.get(key, len(order)))
    live = [row for row in group if row.occurrence.live]
    first = min(live or group, key=lambda row: (row.occurrence.line or 0, row.occurrence.offset))
    tags = {tag for row in group if row.occurrence.git for tag in row.occurrence.git.tags}
    key = keys[0] if keys[0] == names.primary or len(keys) == 1 else ", ".join(keys)
    return TrustedIn(
        first.path, first.how, key, first.occurrence.line, first.repository, bool(live), tuple(sorted(tags))
    )


def _is_gits_own(path: Path) -> bool:
    """A reflog or a left-over message in a git directory; its configuration may well trust a key."""
    return path.name != "config" and any(_is_git_dir(parent) for parent in path.parents)


@cache
def _is_git_dir(folder: Path) -> bool:
    if not (folder / "HEAD").exists():
        return False
    found = repository_at(folder)
    return found is not None and found.git_dir == folder
