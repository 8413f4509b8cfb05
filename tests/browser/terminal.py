"""A program in a terminal of its own, as a person has one: what it shows is read, keys are pressed."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Terminal:
    """`shown` is all that was shown so far."""

    process: subprocess.Popen[bytes]
    end: int
    shown: str = ""
    _bytes: bytearray = field(default_factory=bytearray)

    def until(self, text: str, within_s: float = 300) -> str:
        """Read until `text` was shown."""
        deadline = time.monotonic() + within_s
        while text not in self.shown:
            assert self._read(max(0.0, deadline - time.monotonic())), f"{text!r} was never shown: {self.shown}"
        return self.shown

    def press(self, keys: str) -> None:
        os.write(self.end, keys.encode())

    def ended(self, within_s: float = 300) -> int:
        """Read until it ended; its exit code."""
        deadline = time.monotonic() + within_s
        while self._read(max(0.0, deadline - time.monotonic())):
            pass
        return self.process.wait(max(1.0, deadline - time.monotonic()))

    def _read(self, within_s: float) -> bool:
        """False at the end, or when nothing came."""
        if not select.select([self.end], [], [], within_s)[0]:
            return False
        try:
            piece = os.read(self.end, 65536)
        except OSError:  # nobody holds the other end any more
            return False
        self._bytes += piece
        self.shown = self._bytes.decode(errors="replace").replace("\r\n", "\n")
        return bool(piece)


@contextmanager
def terminal(command: Sequence[str], env: Mapping[str, str]) -> Iterator[Terminal]:
    """`command` with the terminal as its own: Ctrl-C there reaches it. Killed afterwards when it still runs."""
    end, its = os.openpty()
    process = subprocess.Popen(
        command,
        stdin=its,
        stdout=its,
        stderr=its,
        env=dict(env),
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # a system call, and nothing else
    )
    os.close(its)
    try:
        yield Terminal(process, end)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        os.close(end)
