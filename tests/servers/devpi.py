"""A package index (devpi-server with devpi-tokens) in a process of its own, with a user, an index and two tokens."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.servers.programs import free_port

PASSWORD = "visibly-fake-password"


@dataclass(frozen=True)
class Index:
    """Tokens of "alice": `leaked` may upload to and read alice/dev for an hour, `other` may upload everywhere for a year."""

    url: str
    leaked: str
    other: str
    expires: int  # of `leaked`, Unix seconds


@contextmanager
def devpi() -> Iterator[Index]:
    with tempfile.TemporaryDirectory(prefix="irk-d-") as folder:
        environment = {**os.environ, "HOME": folder}
        programs, data = Path(sys.executable).parent, f"{folder}/server"
        subprocess.run(
            [str(programs / "devpi-init"), "--serverdir", data, "--root-passwd", PASSWORD, "--no-root-pypi"],
            env=environment, check=True, capture_output=True,
        )  # fmt: skip
        port = free_port()
        command = [
            str(programs / "devpi-server"),
            "--serverdir",
            data,
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--threads",
            "4",
        ]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield _with_a_user(f"http://127.0.0.1:{port}", server)
        finally:
            server.terminate()
            server.wait(60)


def _with_a_user(url: str, server: subprocess.Popen[bytes]) -> Index:
    _wait(url, server)
    root, alice = ("root", PASSWORD), ("alice", PASSWORD)
    _done(requests.put(f"{url}/alice", json={"password": PASSWORD}, auth=root, timeout=120))
    _done(requests.put(f"{url}/alice/dev", json={"bases": []}, auth=alice, timeout=120))
    expires = int(time.time()) + 3600
    narrow = {"expires": expires, "allowed": ["upload", "pkg_read"], "indexes": ["alice/dev"]}
    made = [
        _done(requests.post(f"{url}/alice/+token-create", json=wanted, auth=alice, timeout=120))["result"]["token"]
        for wanted in (narrow, {"allowed": ["upload"]})
    ]
    return Index(url, made[0], made[1], expires)


def _done(reply: requests.Response) -> Any:
    assert reply.status_code in (200, 201), reply.text
    return reply.json()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300  # it derives a key at start, which takes half a minute on a busy machine
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError("devpi-server ended before it listened")
        try:
            requests.get(f"{url}/+api", timeout=5)
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError("devpi-server did not listen within five minutes")
