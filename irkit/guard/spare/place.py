"""Where the keeper of a spare scanner is met, and what both sides must agree on. Standard library and the scanner's door alone: the hook
imports it before each commit.

The folder is this user's alone, in the folder that the system gives a session (XDG_RUNTIME_DIR), else in memory or among temporary files.
What is sent, a line each: `take IDENTITY`, answered by `spare FOLDER` with the descriptor that holds the folder's lock, or by `stale`;
then `go`, answered by `ended CODE FILES BYTES`; or `end`, which ends the keeper.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
import struct
import sys
import tempfile
from pathlib import Path

from irkit import __version__
from irkit.sources import scanner
from irkit.sources.private import MEMORY

SOCKET, LOCK = "socket", "lock"
LAID, ASIDE = "laid", "aside"
LINE = 4096
_PEER = "3i"  # pid, uid, gid: https://man7.org/linux/man-pages/man7/unix.7.html, SO_PEERCRED


def folder() -> Path | None:
    """The folder, made where it is missing. None where another user could have a hand in it, or where the system does not tell who
    is at the other end of a socket."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    base = Path(given) if given.startswith("/") else MEMORY if MEMORY.is_dir() else Path(tempfile.gettempdir())
    here = base / f"irkit-guard-{os.geteuid()}"
    try:
        above = base.stat()
        if above.st_uid != os.geteuid() and not (above.st_uid == 0 and above.st_mode & stat.S_ISVTX):
            return None
        here.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return here if is_private(here) else None


def is_private(path: Path) -> bool:
    """Whether it is a folder that this user alone may enter."""
    try:
        about = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid() and not about.st_mode & 0o077


def is_ours(peer: socket.socket) -> bool:
    """Whether a process of this user is at the other end."""
    told = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(_PEER))
    uid: int = struct.unpack(_PEER, told)[1]
    return uid == os.geteuid()


def identity() -> str:
    """A digest of all that decides what a scanner finds: its program and version, how it is called, and this irkit. NotAvailable without
    a scanner."""
    called = scanner.command(Path(scanner.REPORT))
    files = (called[0], scanner.__file__, __file__, sys.executable)
    told = [(file, one.st_ino, one.st_size, one.st_mtime_ns) for file in files for one in (Path(file).stat(),)]
    return hashlib.sha256(
        json.dumps([__version__, called, told, sorted(scanner.environment(Path()).items())]).encode()
    ).hexdigest()
