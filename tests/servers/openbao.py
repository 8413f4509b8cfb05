"""A real OpenBao in a process of its own, in memory, with its KV engine (version 2) at `secret/`."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.programs import free_port


@dataclass(frozen=True)
class OpenBao:
    url: str
    root: str


def program() -> str:
    beside = Path(sys.executable).with_name("bao")
    return str(beside) if beside.exists() else shutil.which("bao") or "bao"


@contextmanager
def openbao(home: Path) -> Iterator[OpenBao]:
    port, other = free_port(), free_port()
    root = f"visibly-fake-root-{secrets.token_hex(8)}"
    command = [program(), "server", "-dev", f"-dev-root-token-id={root}", f"-dev-listen-address=127.0.0.1:{port}"]
    environment = {**os.environ, "HOME": str(home), "BAO_CLUSTER_ADDR": f"http://127.0.0.1:{other}"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/v1/sys/health", server)
        yield OpenBao(url, root)
    finally:
        server.terminate()
        server.wait(60)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError("OpenBao ended before it listened")
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310  (loopback)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("OpenBao did not listen within a minute")
