"""The process that keeps one scanner waiting: `python -m irkit.guard.spare.keeper`, started by the hook that found none.

Kingfisher reads a list (of accounts whose findings are not validated; nothing here is) after its rules and before its files. That list
is a pipe which the keeper holds open and writes nothing to: kingfisher waits there with its rules compiled, and goes on when the pipe
is closed, also when the keeper dies. Files of a commit are laid by the hook itself; the keeper sees none of their content, no reference
and no key. It ends after half an hour without a commit, and when kingfisher or irkit is another one than it was.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

from irkit.errors import IrkitError
from irkit.guard.memory import no_core_dumps
from irkit.guard.spare import place
from irkit.sources import scanner
from irkit.sources.private import locked_folder

IDLE_S = 1800.0
_LOOK_S = 15.0
_ANSWER_S = 5.0
_MOST_TOLD = 1 << 20


class Spare:
    """A scanner that waits in a private folder. Whoever closes it ends it and removes the folder."""

    def __init__(self, stack: ExitStack) -> None:
        self.folder, self.lock = stack.enter_context(locked_folder())
        aside = self.folder / place.ASIDE
        for name in (place.LAID, place.ASIDE):
            (self.folder / name).mkdir(mode=0o700)
        self.process = subprocess.Popen(
            scanner.command(aside / scanner.REPORT, (".",), "--skip-aws-account-file", "/dev/stdin"),
            cwd=self.folder / place.LAID,
            env=scanner.environment(aside),
            stdin=subprocess.PIPE,  # the list: closed with this process, however that ends
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it may name what it found
        )
        stack.callback(self._end)

    def go(self) -> None:
        """Have it read what lies in its folder."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def _end(self) -> None:
        self.go()
        self.process.kill()
        self.process.wait()


def main() -> None:
    no_core_dumps()
    here = place.folder()
    if here is None:
        return
    with suppress(IrkitError, OSError), _alone(here) as listener:
        signal.signal(signal.SIGTERM, _stop)
        keep(listener, place.identity())


def keep(listener: socket.socket, identity: str) -> None:
    """One spare after another, until nobody wants one."""
    while True:
        with ExitStack() as stack:
            if not _served(listener, Spare(stack), identity):
                return


def _served(listener: socket.socket, spare: Spare, identity: str) -> bool:
    """Wait for a commit and serve it. False when this is over."""
    until = time.monotonic() + IDLE_S
    met = Path(listener.getsockname()).stat()
    while time.monotonic() < until:
        readable, _, _ = select.select([listener], [], [], _LOOK_S)
        if readable:
            peer, _ = listener.accept()
            with peer:
                asked = _line(peer) if place.is_ours(peer) else ""
                if asked == f"take {identity}":
                    if _gave(peer, spare):
                        return True
                elif asked:
                    with suppress(OSError):
                        peer.sendall(b"stale\n")
                    return False
        if spare.process.poll() is not None or not _is_as_it_was(listener, met, identity):
            return False
    return False


def _gave(peer: socket.socket, spare: Spare) -> bool:
    """Give it away; when the one who took it is done or gone, it is used up. False when nobody was there to take it."""
    try:
        socket.send_fds(peer, [f"spare {spare.folder}\n".encode()], [spare.lock])
    except OSError:
        return False
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the folder is another's now, who removes it
    with suppress(OSError):
        if _line(peer, None) == "go":
            spare.go()
            if (told := _summary(peer, spare)) is not None:
                code = spare.process.wait()
                peer.sendall(f"ended {code} {told[0]} {told[1]}\n".encode())
                _line(peer, None)  # until it has read the report
    signal.signal(signal.SIGTERM, _stop)
    return True


def _summary(peer: socket.socket, spare: Spare) -> tuple[int, int] | None:
    """Files and bytes that it says it read. None when the one who waits is gone, or it said nothing."""
    assert spare.process.stdout is not None
    out, said = spare.process.stdout.fileno(), b""
    while len(said) < _MOST_TOLD:
        readable, _, _ = select.select([out, peer.fileno()], [], [])
        if peer.fileno() in readable:
            return None
        piece = os.read(out, 1 << 16)
        if not piece:
            break
        said += piece
    try:
        told = json.loads(said)
        return int(told["blobs_scanned"]), int(told["bytes_scanned"])
    except (ValueError, KeyError, TypeError):
        return 0, 0


def _is_as_it_was(listener: socket.socket, met: os.stat_result, identity: str) -> bool:
    try:
        now = Path(listener.getsockname()).stat()
        return (now.st_ino, now.st_dev) == (met.st_ino, met.st_dev) and place.identity() == identity
    except (OSError, IrkitError):
        return False


def _line(peer: socket.socket, patience_s: float | None = _ANSWER_S) -> str:
    """A line; "" when there is none."""
    peer.settimeout(patience_s)
    said = b""
    try:
        while not said.endswith(b"\n") and len(said) < place.LINE:
            piece = peer.recv(place.LINE)
            if not piece:
                return ""
            said += piece
    except OSError:
        return ""
    return said.decode("ascii", "replace").rstrip("\n")


@contextmanager
def _alone(here: Path) -> Iterator[socket.socket]:
    """The socket at which the one keeper of this user is met. OSError where there is one already."""
    handle = os.open(here / place.LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _locked(handle)
        met = here / place.SOCKET
        met.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            before = os.umask(0o177)
            listener.bind(str(met))
            os.umask(before)
            listener.listen(8)
            try:
                yield listener
            finally:
                met.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _locked(handle: int) -> None:
    """One that is about to end, because it is stale, is waited for; BlockingIOError when it does not."""
    until = time.monotonic() + _ANSWER_S
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
