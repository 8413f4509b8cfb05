"""What a case folder stands on: files that are whole or not there, and whether the disk is this machine's own."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_LOCAL = frozenset(
    ["bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "reiserfs", "tmpfs", "xfs", "zfs"]
)
_ESCAPED = re.compile(r"\\([0-7]{3})")


def write_whole(path: Path, content: bytes) -> None:
    """Put a file of mode 0600 at `path`: written beside, on the disk for good, then renamed, and the folder's entry too.

    A kill or a power cut at any moment leaves what was there before or the whole file. OSError when the disk refuses.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync(path: Path) -> None:
    """Have a file that is there on the disk for good, and its name. OSError when the disk refuses."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk for good: a renamed file is safe from a power cut only then (fsync(2))."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_local(path: Path) -> bool:
    """Whether the path lies on a disk of this machine alone. What is not known to be one is held to be shared.

    The last mount point above the path in /proc/self/mountinfo (proc(5)); elsewhere than on Linux nothing is known.
    """
    try:
        lines = _MOUNTS.read_text(errors="replace").splitlines()
    except OSError:
        return False
    return _type_of(path.resolve(), lines) in _LOCAL


def _type_of(path: Path, mounts: list[str]) -> str:
    found, length = "", -1
    for line in mounts:
        fields, _, told = line.partition(" - ")
        point = Path(_ESCAPED.sub(lambda match: chr(int(match[1], 8)), fields.split(" ")[4]))
        if path.is_relative_to(point) and len(point.parts) >= length:
            found, length = told.split(" ")[0], len(point.parts)
    return found
