"""An sshd of the test's own, with the keys it lets in and those it refuses in files of its own."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.programs import ROOT, folder, free_port, running, until

USER = "nobody" if ROOT else getpass.getuser()
"""Whom the leaked key lets in as: root's own processes look otherwise than those of anybody else."""
RESPONDER = getpass.getuser()


@dataclass(frozen=True)
class Host:
    """`at` is HOST:PORT, `host_key` the line of its public key, `leaked` and `responder` paths of private keys it lets in."""

    at: str
    port: int
    host_key: str
    place: Path
    leaked: Path
    responder: Path

    @property
    def authorized(self) -> Path:
        return self.place / "authorized_keys"

    @property
    def revoked(self) -> Path:
        return self.place / "revoked_keys"

    def logged(self) -> str:
        return (self.place / "log").read_text(errors="replace")


def key_pair(path: Path, *more: str) -> Path:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path), *more]
    subprocess.run(command, check=True, capture_output=True)
    return path


@contextmanager
def ssh_server(*settings: str, revokes: bool = True) -> Iterator[Host]:
    """`settings` are further lines of its configuration; without `revokes` it looks at no file of refused keys."""
    if ROOT:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd wants to be while nobody has signed in
    with folder() as place:
        leaked, responder, own = (key_pair(place / name) for name in ("leaked", "responder", "host"))
        host = Host("", free_port(), (place / "host.pub").read_text(), place, leaked, responder)
        lines = [(path.with_suffix(".pub")).read_text() for path in (leaked, responder)]
        host.authorized.write_text("# who may\n" + "".join(lines))
        host.revoked.write_text("")
        told = {
            "Port": host.port, "ListenAddress": "127.0.0.1", "HostKey": own, "AuthorizedKeysFile": host.authorized,
            "StrictModes": "no", "UsePAM": "no", "PasswordAuthentication": "no", "KbdInteractiveAuthentication": "no",
            "PidFile": "none", "PermitRootLogin": "prohibit-password", "MaxStartups": "100",
            **({"RevokedKeys": host.revoked} if revokes else {}),
        }  # fmt: skip
        config = place / "sshd_config"
        config.write_text(
            "\n".join([*settings, *(f"{name} {value}" for name, value in told.items())]) + "\n"
        )  # the first counts
        with running(["/usr/sbin/sshd", "-D", "-e", "-f", str(config)], host.port, place / "log"):
            yield Host(f"127.0.0.1:{host.port}", host.port, host.host_key, place, leaked, responder)


@contextmanager
def session(host: Host) -> Iterator[subprocess.Popen[bytes]]:
    """A connection that the leaked key has opened and that stays open."""
    known = host.place / "known_hosts"
    known.write_text(f"[127.0.0.1]:{host.port} {host.host_key}")
    log = host.place / "session"
    log.unlink(missing_ok=True)
    command = [
        "ssh", "-F", "none", "-E", str(log), "-v", "-N", "-i", str(host.leaked), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
        "-o", f"UserKnownHostsFile={known}", "-o", "IdentityAgent=none", "-l", USER, "-p", str(host.port), "127.0.0.1",
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as client:
        try:
            until(lambda: log.exists() and "Entering interactive session" in log.read_text(), "a session")
            yield client
        finally:
            client.terminate()
