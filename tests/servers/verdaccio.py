"""An npm registry (verdaccio) in a process of its own, with one user and two tokens of theirs."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.needs import NODE_MODULES
from tests.servers.programs import free_port

PASSWORD = "visibly-fake-password"
_CONFIG = """
storage: {folder}/storage
auth:
  htpasswd:
    file: {folder}/htpasswd
uplinks: {{}}
packages:
  '**': {{access: $all, publish: $authenticated}}
log: {{type: stdout, format: pretty, level: fatal}}
"""


@dataclass(frozen=True)
class Registry:
    """`leaked` and `other` are tokens of "alice", with the keys under which the registry lists them; `login` is that of `npm login`."""

    url: str
    login: str
    leaked: str
    leaked_key: str
    other: str
    other_key: str


@contextmanager
def verdaccio() -> Iterator[Registry]:
    with tempfile.TemporaryDirectory(prefix="irk-v-") as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(_CONFIG.format(folder=folder))
        port = free_port()
        command = [
            "node",
            str(NODE_MODULES / "verdaccio/bin/verdaccio"),
            "--config",
            str(config),
            "--listen",
            f"127.0.0.1:{port}",
        ]
        environment = {**os.environ, "HOME": folder, "XDG_DATA_HOME": folder}
        server = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield _with_a_user(f"http://127.0.0.1:{port}", server)
        finally:
            server.terminate()
            server.wait(60)


def _with_a_user(url: str, server: subprocess.Popen[bytes]) -> Registry:
    _wait(url, server)
    user = {"name": "alice", "password": PASSWORD, "_id": "org.couchdb.user:alice", "type": "user", "roles": []}
    made = requests.put(f"{url}/-/user/org.couchdb.user:alice", json=user, timeout=20)
    assert made.status_code == 201, made.text
    login = str(made.json()["token"])
    first, second = (_token(url, login) for _ in range(2))
    return Registry(url, login, first["token"], first["key"], second["token"], second["key"])


def _token(url: str, login: str) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {login}"}
    made = requests.post(f"{url}/-/npm/v1/tokens", json={"password": PASSWORD}, headers=headers, timeout=20)
    assert made.status_code == 200, made.text
    document: dict[str, str] = json.loads(made.text)
    return document


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError("verdaccio ended before it listened")
        try:
            requests.get(f"{url}/-/ping", timeout=5)
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError("verdaccio did not listen within a minute")
