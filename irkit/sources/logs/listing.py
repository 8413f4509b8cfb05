"""The files under some paths, as batches of about equal bytes: the portions in which logs are read.

Names stay strings, joined per folder: a folder with a million files costs some sixty bytes for each of them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from irkit.model import Skipped
from irkit.model.regions import regions_named
from irkit.sources.names import SPECIAL, shown

BATCH_BYTES = 1 << 20
"""As the files stand on disk; a larger file is a batch of its own."""
BATCH_FILES = 512
_SEPARATOR = "\0"  # the one character that no name holds, beside the slash


@dataclass(frozen=True)
class Batch:
    """Files that are read together. `first` is the number of its first file among all; `size` in bytes on disk."""

    first: int
    folders: tuple[tuple[str, str], ...]
    size: int

    def files(self) -> Iterator[str]:
        for folder, names in self.folders:
            for name in names.split(_SEPARATOR):
                yield os.path.join(folder, name)  # noqa: PTH118 - a million of them


def regions_of(several: Iterable[Batch]) -> frozenset[str]:
    """The regions of AWS whose CloudTrail lies there, as the names of folders and files tell."""
    pairs = ((folder, names) for batch in several for folder, names in batch.folders)
    return frozenset(region for folder, names in pairs for region in regions_named(folder, names))


@dataclass
class _Packing:
    """Batches as they fill."""

    done: list[Batch] = field(default_factory=list)
    files: int = 0
    first: int = 0
    size: int = 0
    folders: list[tuple[str, list[str]]] = field(default_factory=list)

    def add(self, folder: str, name: str, size: int) -> None:
        if self.folders and (self.size + size > BATCH_BYTES or self.files - self.first >= BATCH_FILES):
            self.close()
        if not self.folders or self.folders[-1][0] != folder:
            self.folders.append((folder, []))
        self.folders[-1][1].append(name)
        self.files += 1
        self.size += size

    def close(self) -> None:
        if self.folders:
            folders = tuple((folder, _SEPARATOR.join(names)) for folder, names in self.folders)
            self.done.append(Batch(self.first, folders, self.size))
        self.first, self.size, self.folders = self.files, 0, []


def batches(paths: Sequence[Path], skipped: list[Skipped]) -> list[Batch]:
    """Every regular file at and under the paths, in order of name, each once; what is none goes to `skipped`.

    Symbolic links are followed when they are given, never below: one that leads out of the folder is said.
    """
    packing = _Packing()
    for path in _distinct(paths):
        if path.is_dir():
            _walk(str(path), packing, skipped)
        elif why := _special(path.stat().st_mode):
            skipped.append(Skipped(shown(path), why))
        else:
            packing.add(str(path.parent), path.name, path.stat().st_size)
    packing.close()
    return packing.done


def _distinct(paths: Sequence[Path]) -> Iterator[Path]:
    """Those that are not below another one, nor the same."""
    real = [path.resolve() for path in paths]
    for number, (path, here) in enumerate(zip(paths, real, strict=True)):
        if not any(other != here and here.is_relative_to(other) for other in real) and here not in real[:number]:
            yield path


def _walk(root: str, packing: _Packing, skipped: list[Skipped]) -> None:
    top, stack = Path(root).resolve(), [root]
    while stack:  # not recursive: a folder may be nested deeper than Python's stack
        folder = stack.pop()
        names: list[str] = []
        below: list[str] = []
        try:
            for entry in os.scandir(folder):
                if entry.is_symlink():
                    skipped.extend(_link(Path(entry.path), top))
                elif entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    names.append(entry.name)
                else:
                    why = _special(entry.stat(follow_symlinks=False).st_mode)
                    skipped.append(Skipped(shown(entry.path), why or "neither a file nor a folder"))
        except OSError as error:
            skipped.append(Skipped(shown(folder), f"this folder cannot be read: {error.strerror}"))
        for name, size in _sized(folder, sorted(names)):
            packing.add(folder, name, size)
        stack += sorted(below, reverse=True)


def _sized(folder: str, names: Iterable[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        try:
            yield name, os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118
        except OSError:
            yield name, 0  # reading it will say why


def _special(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    return next((why for is_kind, why in SPECIAL if is_kind(mode)), "")


def _link(path: Path, top: Path) -> Iterator[Skipped]:
    try:
        inside = path.resolve(strict=True).is_relative_to(top)
    except (OSError, RuntimeError):
        yield Skipped(shown(path), "a symbolic link that leads nowhere, or round in a circle")
        return
    if not inside:
        yield Skipped(shown(path), "a symbolic link out of this folder, not followed")
