"""What of a repository is not here, or not so that git reads it: nobody can search that, so it is said.

https://git-scm.com/docs/gitrepository-layout, https://git-scm.com/docs/partial-clone
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from irkit.model import Skipped
from irkit.sources.git.folders import alternates, object_folders
from irkit.sources.git.paths import named
from irkit.sources.git.run import Repository

_PARTIAL = re.compile(rb"^[ \t]*(?:partialclone[ \t]*=|promisor[ \t]*=[ \t]*true)", re.IGNORECASE | re.MULTILINE)


def absent(repository: Repository) -> list[Skipped]:
    """A shallow or partial clone, alternates that are gone, packs without an index, and what a killed git left half written."""
    return [*_cut(repository), *(note for folder in object_folders(repository) for note in _unread(folder))]


def _cut(repository: Repository) -> Iterator[Skipped]:
    shown = str(repository.shown)
    if (repository.common / "shallow").is_file():
        why = "a shallow clone: earlier history is not here, and when its first commits came about cannot be told"
        yield Skipped(shown, why)
    if named(repository.common, "objects/pack/*.promisor") or _PARTIAL.search(_config(repository)):
        why = "a partial clone: objects that were never fetched could not be searched; use a full clone"
        yield Skipped(shown, why)


def _unread(folder: Path) -> Iterator[Skipped]:
    for gone in alternates(folder):
        if not gone.is_dir():
            why = "objects of this repository are kept there, and it is not here: bring it, or search the repository it belongs to"
            yield Skipped(str(gone), why)
    for pack in named(folder, "pack/*.pack"):
        if not pack.with_suffix(".idx").exists():
            yield Skipped(
                str(pack), "a pack without its index, which git does not read: copy it and give the copy to be searched"
            )
    for half in [*named(folder, "pack/tmp_*"), *named(folder, "*/tmp_obj_*")]:
        yield Skipped(
            str(half), "git was stopped while it wrote this, and does not read it: its content was not searched"
        )


def _config(repository: Repository) -> bytes:
    config = repository.common / "config"
    try:
        return config.read_bytes() if config.is_file() else b""
    except OSError:
        return b""
