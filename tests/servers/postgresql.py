"""A PostgreSQL server of the test's own, with an administrator. It runs as nobody, because it refuses to run as root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.servers.certificates import authority
from tests.servers.programs import ROOT, folder, free_port, running, until

ADMIN = "visibly-fake-admin-password"


@dataclass(frozen=True)
class Database:
    """`at` is HOST:PORT/DATABASE. `ca_file` is the authority of its certificate, `log` what it wrote."""

    at: str
    port: int
    ca_file: str
    log: Path
    hba: Path
    process: int

    def logged(self) -> str:
        return self.log.read_text(errors="replace")


@cache
def programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda one: int(one.parts[-3]))
    return found[-1].parent if found else Path(shutil.which("postgres") or "postgres").resolve().parent


def _as(command: Sequence[str]) -> list[str]:
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command] if ROOT else list(command)


@contextmanager
def database_server(hba: str = "host all all 127.0.0.1/32 scram-sha-256\n") -> Iterator[Database]:
    """`hba` is its pg_hba.conf: who is let in from where, and how they prove who they are."""
    with folder() as place:
        data, port = place / "data", free_port()
        password = place / "admin"
        password.write_text(ADMIN)
        ca, certificate, key = authority(place)
        if ROOT:
            for path in (place, password, certificate, key):
                shutil.chown(path, "nobody")
        environment = {**os.environ, "LC_ALL": "C"}
        command = [str(programs() / "initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256", "--no-sync"]
        subprocess.run(
            _as([*command, f"--pwfile={password}"]), check=True, capture_output=True, env=environment, cwd="/"
        )
        (data / "pg_hba.conf").write_text(hba)
        settings = {
            "listen_addresses": "127.0.0.1", "unix_socket_directories": str(place), "fsync": "off", "ssl": "on",
            "ssl_cert_file": str(certificate), "ssl_key_file": str(key), "log_statement": "all", "max_connections": "12",
            "shared_buffers": "1MB",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = place / "log"
        start = _as([str(programs() / "postgres"), "-D", str(data), "-p", str(port), *options])
        with running(start, port, log, {"LC_ALL": "C"}, signal.SIGINT) as server:
            until(lambda: "ready to accept connections" in log.read_text(errors="replace"), "its readiness")
            yield Database(f"127.0.0.1:{port}/postgres", port, str(ca), log, data / "pg_hba.conf", server.pid)
