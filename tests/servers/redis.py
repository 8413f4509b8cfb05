"""A Redis server of the test's own, with an administrator, whose users stand in an ACL file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import authority
from tests.servers.programs import folder, free_port, running

ADMIN = "visibly-fake-admin-password"


@dataclass(frozen=True)
class Cache:
    """`at` is HOST:PORT; `tls` another port of it that speaks TLS, with a certificate of `ca_file`."""

    at: str
    port: int
    tls: str
    ca_file: str
    place: Path


@contextmanager
def place_for_redis() -> Iterator[Cache]:
    with folder() as place:
        ca, _, _ = authority(place)
        (place / "users.acl").write_text(f"user default off\nuser admin on >{ADMIN} ~* &* +@all\n")
        port, tls = free_port(), free_port()
        yield Cache(f"127.0.0.1:{port}", port, f"127.0.0.1:{tls}", str(ca), place)


@contextmanager
def redis_server(at: Cache, *more: str, acl_file: bool = True) -> Iterator[Cache]:
    """It may be started again at the same place, and reads its users there."""
    place = at.place
    users = (
        ["--aclfile", str(place / "users.acl")]
        if acl_file
        else ["--user", "admin", "on", f">{ADMIN}", "~*", "&*", "+@all"]
    )
    command = [
        "redis-server", "--port", str(at.port), "--bind", "127.0.0.1", "--dir", str(place), "--save", "", "--appendonly", "no",
        "--tls-port", at.tls.rpartition(":")[2], "--tls-cert-file", str(place / "server.pem"),
        "--tls-key-file", str(place / "server.key"), "--tls-ca-cert-file", at.ca_file, "--tls-auth-clients", "no",
        *users, *more,
    ]  # fmt: skip
    with running(command, at.port, place / "log"):
        yield at
