"""How a path is shown, and what on disk is no file to read. Light: every reader of files imports it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

SPECIAL: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, "a named pipe, not read"),
    (stat.S_ISSOCK, "a socket, not read"),
    (stat.S_ISCHR, "a character device, not read"),
    (stat.S_ISBLK, "a block device, not read"),
)
"""What is neither a file nor a folder: how it is told, and why it is not read."""


def shown(path: str | os.PathLike[str]) -> str:
    """A path as text that can always be printed: bytes that are no UTF-8 stand as `\\xNN`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
