"""An etcd member of the test's own, with authentication on and a root user; asked over HTTP, as its JSON gateway takes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.programs import folder, free_port, running

ROOT_PASSWORD = "visibly-fake-root-password"


@dataclass(frozen=True)
class Member:
    base: str
    place: Path

    def ask(self, path: str, body: dict[str, Any], token: str = "") -> tuple[int, dict[str, Any]]:
        import requests

        headers = {"Authorization": token} if token else {}
        reply = requests.post(f"{self.base}/v3/{path}", json=body, headers=headers, timeout=10)
        return reply.status_code, reply.json()

    def token(self, user: str, password: str) -> str:
        status, document = self.ask("auth/authenticate", {"name": user, "password": password})
        assert status == 200, document
        return str(document["token"])

    def as_root(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        status, document = self.ask(path, body, self.token("root", ROOT_PASSWORD))
        assert status == 200, document
        return document


@contextmanager
def place_for_etcd() -> Iterator[Member]:
    with folder() as place:
        yield Member(f"http://127.0.0.1:{free_port()}", place)


@contextmanager
def etcd_member(at: Member, tokens: str = "simple", fresh: bool = True) -> Iterator[Member]:
    """`tokens` is "simple" or "jwt". It may be started again at the same place, with `fresh` False."""
    peer = f"http://127.0.0.1:{free_port()}"
    more = []
    if tokens == "jwt":
        more = ["--auth-token", f"jwt,{_jwt_keys(at.place)},sign-method=RS256,ttl=10m"]
    command = [
        "etcd", "--data-dir", str(at.place / "data"), "--listen-client-urls", at.base, "--advertise-client-urls", at.base,
        "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}", *more,
    ]  # fmt: skip
    with running(command, int(at.base.rpartition(":")[2]), at.place / "log"):
        if fresh:
            _with_root(at)
        yield at


def _with_root(at: Member) -> None:
    for path, body in (
        ("auth/user/add", {"name": "root", "password": ROOT_PASSWORD}),
        ("auth/role/add", {"name": "root"}),
        ("auth/user/grant", {"user": "root", "role": "root"}),
        ("auth/enable", {}),
    ):
        status, document = at.ask(path, body)
        assert status == 200, document


def _jwt_keys(place: Path) -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    pem = serialization.Encoding.PEM
    (place / "jwt.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    )
    (place / "jwt.pub").write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    return f"pub-key={place / 'jwt.pub'},priv-key={place / 'jwt.key'}"
