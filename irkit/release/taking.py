"""Everything a key signed under some paths: each folder is given to the reader that knows its format, and the rest is files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from irkit.errors import BadInput, IrkitError
from irkit.model import Artifact, OpenPgpKey, Skipped
from irkit.release.apt import in_apt
from irkit.release.files import in_files
from irkit.release.git import in_git
from irkit.release.inventory import Inventory
from irkit.release.rpm import in_rpm
from irkit.release.verifying import verified
from irkit.sources.git import repository_at


class Reader(NamedTuple):
    """A format of releases. `here` tells whether a folder is one; `whole`: nothing else is to be looked for within it.

    What `read` gives has paths relative to the folder; those files are told by it, and by no other reader.
    """

    name: str
    here: Callable[[Path], bool]
    read: Callable[[Path, OpenPgpKey | None], Inventory]
    whole: bool = False


def _is_repository(folder: Path) -> bool:
    return repository_at(folder) is not None


def _has(name: str) -> Callable[[Path], bool]:
    return lambda folder: (folder / name).exists()


def _has_rpms(folder: Path) -> bool:
    return next(folder.glob("*.rpm"), None) is not None


def _loose_rpms(folder: Path, key: OpenPgpKey | None) -> Inventory:
    """Packages beside each other without an index; what is in folders below is read there."""
    found = in_rpm(folder, key)
    return replace(found, artifacts=tuple(row for row in found.artifacts if "/" not in row.path))


READERS: tuple[Reader, ...] = (
    Reader("git", _is_repository, in_git, whole=True),
    Reader("apt", _has("dists"), in_apt, whole=True),
    Reader("rpm", _has("repodata/repomd.xml"), in_rpm, whole=True),
    Reader("rpm packages", _has_rpms, _loose_rpms),
)
"""In the order they are asked. A folder that is none of these is read as files."""


def take(
    paths: Sequence[Path], key: OpenPgpKey | None, certificates: Iterable[bytes] = (), also: Sequence[str] = ()
) -> Inventory:
    """One inventory of all paths; with certificates (binary or armored) each signature that can be checked has its verdict.

    Of a git repository its object database is read and not its work tree. A folder within is read as what it is. Where several paths are
    given, paths of files begin with the one they were found under. A part that cannot be read is in `skipped`.
    `also` names further digests to take of files ("sha512"). BadInput when a path is not there, or a certificate is none.
    """
    given = list(certificates)
    for path in paths:
        if not path.is_dir():
            raise BadInput("there is no such folder", on=path, do="give a release folder or a git repository")
    parts = []
    for path in paths:
        found = _one(path, key, given, also)
        parts.append(_under(path.as_posix(), found) if len(paths) > 1 else found)
    return Inventory.together(parts)


def _one(path: Path, key: OpenPgpKey | None, certificates: Sequence[bytes], also: Sequence[str]) -> Inventory:
    parts: list[Inventory] = []
    claimed: set[str] = set()
    for folder, reader in _known(path):
        within = folder.relative_to(path).as_posix()
        try:
            found = reader.read(folder, key)
            found = verified(found, certificates, folder) if certificates else found
        except IrkitError as error:
            parts.append(Inventory(skipped=(Skipped(str(folder), f"{reader.name}: {error}"),)))
            continue
        found = found if within == "." else _under(within, found)
        parts.append(found)
        claimed |= {within} if reader.whole else set(_claimed(found.artifacts))
    if "." not in claimed:
        files = in_files(path, key, frozenset(claimed), also)
        parts.append(verified(files, certificates, path) if certificates else files)
    return Inventory.together(parts)


def _known(path: Path) -> Iterator[tuple[Path, Reader]]:
    """Every folder at or below the path that a reader knows. What cannot be entered is told by who reads it as files."""
    for where, folders, _names in os.walk(path):
        here = Path(where)
        folders.sort()
        found = [reader for reader in READERS if reader.here(here)]
        found = [reader for reader in found if reader.whole][:1] or found
        yield from ((here, reader) for reader in found)
        if any(reader.whole for reader in found):
            folders.clear()


def _claimed(artifacts: Iterable[Artifact]) -> Iterator[str]:
    for row in artifacts:
        yield row.path
        if row.signature_path:
            yield row.signature_path


def _under(folder: str, found: Inventory) -> Inventory:
    """Paths of files with the folder before them; tags and commits have their repository beside them."""
    return replace(found, artifacts=tuple(row if row.repository else _moved(row, folder) for row in found.artifacts))


def _moved(row: Artifact, folder: str) -> Artifact:
    signature = f"{folder}/{row.signature_path}" if row.signature_path else None
    return replace(row, path=f"{folder}/{row.path}", signature_path=signature)
