"""Where a repository's objects lie: its object folder and its alternates, their packs and loose objects.

https://git-scm.com/docs/gitrepository-layout, https://git-scm.com/docs/gitformat-pack
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from irkit.sources.git.paths import named
from irkit.sources.git.run import Repository

_PAIR, _REST = re.compile(r"[0-9a-f]{2}"), re.compile(r"[0-9a-f]{38}|[0-9a-f]{62}")
_DEEPEST = 5
"""git follows alternates of alternates this far."""


def object_folders(repository: Repository) -> list[Path]:
    """The repository's own object folder first, then its alternates, each once."""
    found: list[Path] = []
    _follow(repository.common / "objects", found, 0)
    return found


def pack_files(folder: Path) -> list[Path]:
    """The packs git would use: those with an index beside them."""
    return [pack for pack in named(folder, "pack/pack-*.pack") if pack.is_file() and pack.with_suffix(".idx").is_file()]


def pack_bytes(repository: Repository) -> int:
    return sum(pack.stat().st_size for folder in object_folders(repository) for pack in pack_files(folder))


def loose_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Id and path of every loose object."""
    try:
        pairs = sorted(entry.name for entry in os.scandir(folder) if _PAIR.fullmatch(entry.name))
    except OSError:
        return
    for pair in pairs:
        try:
            names = sorted(entry.name for entry in os.scandir(folder / pair) if _REST.fullmatch(entry.name))
        except OSError:
            continue
        for name in names:
            yield pair + name, f"{folder}/{pair}/{name}"


def _follow(folder: Path, found: list[Path], depth: int) -> None:
    resolved = Path(os.path.realpath(folder))
    if resolved in found or not resolved.is_dir():
        return
    found.append(resolved)
    if depth >= _DEEPEST:
        return
    for one in alternates(resolved):
        _follow(one, found, depth + 1)


def alternates(folder: Path) -> list[Path]:
    """The object folders that this one names as holding more of its objects, whether they are there or not."""
    try:
        # Of a named pipe nobody would ever hear the end.
        file = folder / "info" / "alternates"
        lines = file.read_bytes().split(b"\n") if file.is_file() else []
    except OSError:
        return []
    paths = [
        Path(os.fsdecode(_unquoted(line))) for line in lines if line and not line.startswith(b"#") and b"\0" not in line
    ]
    return [one if one.is_absolute() else folder / one for one in paths]


def _unquoted(line: bytes) -> bytes:
    """A path in double quotes is written as in C."""
    if not (line.startswith(b'"') and line.endswith(b'"') and len(line) > 1):
        return line
    return re.sub(rb"\\([0-7]{3}|.)", _character, line[1:-1])


def _character(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if len(code) == 3:
        return bytes([int(code, 8) & 255])
    return {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}.get(code, code)
