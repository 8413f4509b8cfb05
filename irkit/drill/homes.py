"""The gpg homes of a drill: who holds which key. They stand under a short path, since an agent's socket path has 108 characters at most."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from irkit.errors import NotAvailable, StepFailed


@dataclass(frozen=True)
class Homes:
    """`release`: where the release team keeps the old signing key; `new`: empty, for the fresh key; one for each approver."""

    base: Path

    @classmethod
    def make(cls) -> Homes:
        homes = cls(Path(tempfile.mkdtemp(prefix="irk-", dir="/tmp" if os.access("/tmp", os.W_OK) else None)))  # noqa: S108  (a 0700 folder)
        for home in homes.all():
            home.mkdir(mode=0o700)
        return homes

    @property
    def release(self) -> Path:
        return self.base / "release"

    @property
    def new(self) -> Path:
        return self.base / "new"

    @property
    def alice(self) -> Path:
        return self.base / "alice"

    @property
    def bob(self) -> Path:
        return self.base / "bob"

    def all(self) -> tuple[Path, ...]:
        return self.release, self.new, self.alice, self.bob

    def remove(self) -> None:
        """Stops the agents and removes the homes; nothing happens when they are gone already."""
        for home in self.all():
            if home.is_dir():
                subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], capture_output=True, check=False)
        shutil.rmtree(self.base, ignore_errors=True)


def gpg(home: Path, *arguments: str, at: datetime | None = None, data: bytes | None = None) -> bytes:
    """Standard output of one gpg run in `home`; `at` is the time gpg believes it is. NotAvailable, StepFailed."""
    command = [
        "gpg",
        "--homedir",
        str(home),
        "--batch",
        "--no-tty",
        "--yes",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
    ]
    if at is not None:
        command += ["--faked-system-time", at.astimezone(UTC).strftime("%Y%m%dT%H%M%S!")]
    try:
        done = subprocess.run(
            [*command, *arguments], input=data, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except FileNotFoundError:
        raise NotAvailable("gpg is not here", do="install GnuPG (apt-get install gnupg)") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StepFailed("gpg refused", on=arguments[0], why=said[-1] if said else "", do="run irkit doctor")
    return done.stdout


def generate(home: Path, user_id: str, at: datetime) -> str:
    """A fresh ed25519 signing key dated `at`; gives its fingerprint."""
    status = gpg(home, "--status-fd", "1", "--quick-gen-key", user_id, "ed25519", "sign", "never", at=at)
    return next(line.split()[3] for line in status.decode().splitlines() if " KEY_CREATED " in line)
