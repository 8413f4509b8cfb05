"""Submodules that the tips name and that are not here: each is a repository of its own, with a history of its own.

https://git-scm.com/docs/gitmodules, https://git-scm.com/docs/gitsubmodules
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from irkit.errors import IrkitError
from irkit.model import Skipped
from irkit.sources.git.run import Repository, git

_SECTION = re.compile(r'\[submodule "((?:[^"\\]|\\.)*)"\]')
_PATH = re.compile(r"path\s*=\s*(.+)")
_LARGEST = 1 << 20
_SHOWN = 3


def elsewhere(repository: Repository, refs: Mapping[str, str]) -> list[Skipped]:
    """One line for all of them; none for what stands in the work tree or in git's own folder of modules, where it is searched."""
    missing = sorted({path for name, path in _named(repository, refs.values()) if not _is_here(repository, name, path)})
    if not missing:
        return []
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    why = (
        f"submodules that are not here: {', '.join(missing[:_SHOWN])}{more}; their repositories were not searched from here: "
        "fetch them (git submodule update --init), or name them as well"
    )
    return [Skipped(str(repository.shown), why)]


def _named(repository: Repository, tips: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and path of each, as `.gitmodules` of every tip has it."""
    asked = "".join(f"{oid}:.gitmodules\n" for oid in dict.fromkeys(tips))
    try:
        kinds = git(repository, "cat-file", "--batch-check", apart=True, given=asked.encode())
        blobs = dict.fromkeys(
            line.split()[0].decode()
            for line in kinds.splitlines()
            if len(line.split()) == 3 and line.split()[1] == b"blob" and int(line.split()[2]) <= _LARGEST
        )
        texts = [git(repository, "cat-file", "blob", oid, apart=True) for oid in blobs]
    except (IrkitError, ValueError):
        return  # the reading of the objects says what is wrong with them
    for text in texts:
        name = ""
        for line in text.decode("utf-8", "backslashreplace").splitlines():
            if found := _SECTION.match(line.strip()):
                name = found[1]
            elif name and (found := _PATH.fullmatch(line.strip())):
                yield name, found[1].strip('"')


def _is_here(repository: Repository, name: str, path: str) -> bool:
    """Whoever wrote the names could choose them: what leads out of the repository, or to itself, is none of its submodules."""
    try:
        return (_inside(path) and (repository.shown / path / ".git").exists()) or (
            _inside(name) and (repository.common / "modules" / name / "HEAD").exists()
        )
    except (OSError, ValueError):
        return False


def _inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and ".." not in parts and not Path(path).is_absolute()
