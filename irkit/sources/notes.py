"""What a search may write down while it runs, so that the same search, stopped and started again, goes on where it was."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from irkit.sources.hunt import Found

LARGE = 16 << 20
"""Bytes from which on what was found in a file is noted: smaller ones are read again as fast."""


class Notes(Protocol):
    """Remembers what was read for as long as `state` says the same."""

    def once(self, state: Callable[[], str], read: Callable[[], Found]) -> Found:
        """What is noted under the present state, else what `read` finds. A `state` of "" is never noted."""
        ...


class NoNotes:
    """Remembers nothing."""

    def once(self, state: Callable[[], str], read: Callable[[], Found]) -> Found:  # noqa: ARG002  (as Notes has it)
        return read()


def git_state(folders: Iterable[Path]) -> str:
    """A digest that changes with any file of these git directories and of the object stores they borrow from; "" when unreadable."""
    digest, seen, waiting = hashlib.sha256(), set[Path](), list(folders)
    while waiting:
        root = waiting.pop(0).resolve()
        if root in seen:
            continue
        seen.add(root)
        digest.update(f"{root}\n".encode("utf-8", "surrogateescape"))
        try:
            for folder, below, files in os.walk(root):
                below.sort()
                for name in sorted(files):
                    digest.update(_stat(Path(folder) / name))
            waiting += _borrowed(root)
        except OSError:
            return ""
    return digest.hexdigest()


def file_state(path: Path) -> str:
    """A digest that changes with the file (size, times, inode); "" for one too small to note, or unreadable."""
    try:
        if path.stat().st_size < LARGE:
            return ""
        return hashlib.sha256(_stat(path.resolve())).hexdigest()
    except OSError:
        return ""


def _stat(path: Path) -> bytes:
    stat = path.lstat()
    told = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    return f"{path} {told}\n".encode("utf-8", "surrogateescape")


def _borrowed(root: Path) -> list[Path]:
    """Object stores that git reads beside its own: https://git-scm.com/docs/gitrepository-layout (objects/info/alternates)."""
    objects = root / "objects" if (root / "objects").is_dir() else root
    try:
        lines = (objects / "info" / "alternates").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    return [objects / line for line in lines if line and not line.startswith("#") and (objects / line).is_dir()]
