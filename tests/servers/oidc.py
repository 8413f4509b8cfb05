"""An authorization server (oidc-provider) in a process of its own, with a token issued to one client and another that may act on it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.needs import NODE_MODULES


@dataclass(frozen=True)
class Issued:
    """`token` belongs to the client "app"; `responder` is `CLIENT:SECRET` of the one that may introspect and revoke it."""

    issuer: str
    token: str
    responder: str


@contextmanager
def authorization_server() -> Iterator[Issued]:
    import requests

    app, responder = "visibly-fake-app-secret", "visibly-fake-responder-secret"
    environment = {**os.environ, "SECRET_APP": app, "SECRET_RESPONDER": responder}
    command = ["node", str(Path(__file__).with_name("oidc.mjs")), str(NODE_MODULES)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            issuer = server.stdout.readline().strip()
            assert issuer.startswith("http://127.0.0.1:")
            form = {"grant_type": "client_credentials"}
            reply = requests.post(f"{issuer}/token", data=form, auth=("app", app), timeout=20)
            yield Issued(issuer, reply.json()["access_token"], f"responder:{responder}")
        finally:
            server.terminate()
