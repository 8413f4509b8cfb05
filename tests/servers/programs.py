"""A server's own program, started for a test and stopped after it, on a port that was free."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = os.geteuid() == 0
_LOWEST_PORT = 10_000


def free_port() -> int:
    """A port that nothing has, not to be had by a client either until the server takes it, which may be half a minute later: the
    system gives clients any of a range, and this one is below that range, drawn so that two workers hardly meet."""
    below = range(_LOWEST_PORT, _for_clients())
    for port in (*random.SystemRandom().sample(below, min(len(below), 100)), 0):
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return int(one.getsockname()[1])
    raise AssertionError("no port is free")


def _for_clients() -> int:
    """The lowest port that the system gives to whoever connects (Linux; elsewhere what IANA says)."""
    told = Path("/proc/sys/net/ipv4/ip_local_port_range")
    return int(told.read_text().split()[0]) if told.exists() else 49_152


@contextmanager
def folder() -> Iterator[Path]:
    """Under a short path, because some servers put a socket there, and open to the user a server runs as."""
    made = Path(tempfile.mkdtemp(prefix="irk-s-", dir="/tmp"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
        return True
    return False


def until(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.02)


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    log: Path,
    environment: Mapping[str, str] | None = None,
    stop: int = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """The program, from when its port answers until it is told to stop."""
    with log.open("ab") as out:
        server = subprocess.Popen(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
        )
    try:
        until(lambda: server.poll() is not None or listens(port), command[0])
        assert server.poll() is None, log.read_text()[-2000:]
        yield server
    finally:
        server.send_signal(stop)
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
