"""GitHub's published API description, served by prism: requests are held against it, answers are its examples."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.needs import NODE_MODULES
from tests.servers.programs import free_port

STARTS_WITHIN_S = 120
"""The description has twelve megabytes: prism reads it for some twenty seconds before it listens."""


@contextmanager
def prism(document: str) -> Iterator[str]:
    """The address of a mock server of `document`, a file of @octokit/openapi. It has no memory."""
    port = free_port()
    file = NODE_MODULES / "@octokit/openapi/generated" / document
    command = ["node", str(NODE_MODULES / "@stoplight/prism-cli/dist/index.js")]
    command += ["mock", "-h", "127.0.0.1", "-p", str(port), str(file)]
    # It watches its document, and ends where the system has no watcher left; every gpg-agent takes one.
    polling = os.environ | {"CHOKIDAR_USEPOLLING": "1", "CHOKIDAR_INTERVAL": "3600000"}
    with subprocess.Popen(command, env=polling, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _listening(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _listening(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        assert server.poll() is None, "prism ended before it listened"
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.2)  # nothing says when it listens
        else:
            return
    raise AssertionError("prism did not listen in time")
