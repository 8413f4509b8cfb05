"""A spare scanner, as the hook takes it: a folder to lay files in, and an answer soon after. Where there is none, or it is not what it
should be, the answer is None, and whoever asked starts a scanner as ever.

What it says counts only when it says that it read as many files and bytes as were laid: a scanner that looked too early looked at
nothing.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from irkit.errors import IrkitError
from irkit.guard.spare import place
from irkit.sources import scanner

if TYPE_CHECKING:
    from irkit.sources.alerts import Alert

_MEET_S = 0.5
_PATIENCE_S = 120.0
_KEPT = ("PATH", "LD_LIBRARY_PATH", "HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "TMPDIR", "PYTHONPATH")
_started: list[subprocess.Popen[bytes]] = []  # or Python says, when one is forgotten, that it still runs


class Taken:
    """A spare that is ours alone. Its folder is removed when the block ends, whatever became of its keeper."""

    def __init__(self, peer: socket.socket, folder: Path, lock: int) -> None:
        self._peer, self._folder, self._lock = peer, folder, lock
        self.laid, self.aside = folder / place.LAID, folder / place.ASIDE

    def scan(self, files: int, size: int) -> tuple[Alert, ...] | None:
        """What stands in the files that were laid, `files` of them and `size` bytes. None when it has not read all of them: nothing is
        known then."""
        try:
            self._peer.settimeout(_PATIENCE_S)
            self._peer.sendall(b"go\n")
            word, code, read, seen = _line(self._peer)[0].split()
            if word != "ended" or int(read) < files or int(seen) < size:
                return None
            return scanner.told(int(code), self.aside / scanner.REPORT)
        except (OSError, ValueError, IrkitError):
            return None

    def __enter__(self) -> Taken:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._peer.close()
        os.close(self._lock)


def take() -> Taken | None:
    """The spare of this user, if one waits that is as a scanner started now would be."""
    here = place.folder()
    if here is None:
        return None
    peer = _met(here)
    if peer is None:
        return None
    try:
        peer.sendall(f"take {place.identity()}\n".encode())
        said, handles = _line(peer)
        word, _, named = said.partition(" ")
        folder = Path(named)
        if word == "spare" and len(handles) == 1 and place.is_private(folder) and (folder / place.LAID).is_dir():
            return Taken(peer, folder, handles[0])
        for handle in handles:
            os.close(handle)
    except (OSError, IrkitError):
        pass
    peer.close()
    return None


def start() -> None:
    """Have one kept for the next commit; not in a build, which should leave no process behind. Of this process's environment nothing goes
    with it that may be a secret."""
    if os.environ.get("CI"):
        return
    with suppress(OSError):
        started = subprocess.Popen(
            [sys.executable, "-P", "-m", "irkit.guard.spare.keeper"],
            cwd="/",
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _started.append(started)


def stop() -> None:
    """End the keeper of this user, when there is one and it is not at work."""
    here = place.folder()
    peer = _met(here) if here else None
    if peer:
        with peer, suppress(OSError):
            peer.sendall(b"end\n")
            _line(peer)


def _met(here: Path) -> socket.socket | None:
    peer = socket.socket(socket.AF_UNIX)
    try:
        peer.settimeout(_MEET_S)
        peer.connect(str(here / place.SOCKET))
        if place.is_ours(peer):
            return peer
    except OSError:
        pass
    peer.close()
    return None


def _line(peer: socket.socket) -> tuple[str, list[int]]:
    """A line, and the descriptors that came with it."""
    said, handles = b"", []
    while not said.endswith(b"\n") and len(said) < place.LINE:
        piece, given, _, _ = socket.recv_fds(peer, place.LINE, 1)
        handles += given
        if not piece:
            break
        said += piece
    for handle in handles:
        os.set_inheritable(handle, False)
    return os.fsdecode(said.rstrip(b"\n")), handles
