"""Names, which leave with the files they name: of files and folders on disk, the targets of links, and names in git's trees."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import IrkitError
from irkit.model import Skipped
from irkit.sources.archives.interface import printable
from irkit.sources.everywhere import repositories
from irkit.sources.git.history import tree_entries
from irkit.sources.git.objects import Torn, contents, id_bytes, inventory
from irkit.sources.hunt import Hits
from irkit.sources.names import shown


@dataclass(frozen=True)
class Entry:
    """One thing on disk: `found` are (channel, form, credential) of what its name or its target holds; `regular` files have content."""

    path: Path
    regular: bool
    found: tuple[tuple[str, str, str], ...]


def walked(path: Path, hits: Hits) -> Iterator[Entry]:
    """Everything at and below `path`, links not followed. What cannot be listed is left to the search of the content to say."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100  (a link given by name keeps its name)
    stack = [whole]
    while stack:
        here = stack.pop()
        mode = _mode(here)
        yield Entry(here, stat.S_ISREG(mode), tuple(_found(here, whole.parent, mode, hits)))
        if stat.S_ISDIR(mode) or (here == whole and here.is_dir()):
            try:
                stack += sorted(here.iterdir(), reverse=True)
            except OSError:
                continue


def _found(here: Path, root: Path, mode: int, hits: Hits) -> Iterator[tuple[str, str, str]]:
    """A secret with a slash in it is cut into folders: the name is searched behind those above it, which are named themselves."""
    above, name = os.fsencode(here.parent.relative_to(root)), os.fsencode(here.name)
    start = len(above) + 1 if above != b"." else 0
    what = "folder name" if stat.S_ISDIR(mode) else "file name"
    known = {hit.credential for hit in hits.find(above)} if start else set()
    for hit in hits.find(above + b"/" + name if start else name):
        if hit.credential not in known or hit.offset >= start:
            yield what, hit.form, hit.credential
    if stat.S_ISLNK(mode):
        yield from (("target of a link", hit.form, hit.credential) for hit in hits.find(_target(here)))


def _target(link: Path) -> bytes:
    try:
        return os.fsencode(os.readlink(link))  # noqa: PTH115  (as it is written, not as a path)
    except OSError:
        return b""


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def in_trees(path: Path, hits: Hits, skipped: list[Skipped]) -> Iterator[tuple[Path, str, str]]:
    """(repository, name, credential) for names in any tree of any repository at or below `path`, reachable or not."""
    for repository in repositories(path):
        if isinstance(repository, Skipped):
            continue  # the search of its content lists it
        try:
            trees = contents(repository, inventory(repository).trees, skipped)
            size = id_bytes(repository)
            for _, pieces in trees:
                try:
                    data = b"".join(pieces)
                except Torn:
                    continue
                for entry in tree_entries(data, size):
                    for hit in hits.find(entry.name):
                        yield repository.shown, printable(entry.name), hit.credential
        except IrkitError as error:
            skipped.append(Skipped(shown(repository.shown), f"{error.what}: names in it were not searched"))
