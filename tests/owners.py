"""Keys for tests: fresh ones in throw-away homes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from irkit.openpgp import FreshKey, Gpg, generate
from irkit.openpgp.keys import export_public


@dataclass(frozen=True)
class Owner:
    """A key and the home that holds its secret parts."""

    home: Path
    key: FreshKey

    @property
    def certificate(self) -> str:
        return export_public(self.home, self.key.primary)

    def gpg(self, *args: str, stdin: bytes = b"") -> bytes:
        return Gpg(self.home).must("a test's gpg command failed", list(args), stdin=stdin).stdout

    def sign_with_gpg_alone(self, artifact: Path, out: Path, *options: str) -> None:
        self.gpg(
            *options,
            "--armor",
            "--yes",
            "--local-user",
            self.key.primary,
            "--output",
            str(out),
            "--detach-sign",
            str(artifact),
        )


@pytest.fixture
def make_owner(make_gpg_home: Callable[[], Path]) -> Callable[[str], Owner]:
    def make(user_id: str = "Example Releases <releases@example.test>") -> Owner:
        home = make_gpg_home()
        return Owner(home, generate(home, user_id))

    return make


@pytest.fixture
def owner(make_owner: Callable[..., Owner]) -> Owner:
    return make_owner()


@pytest.fixture
def other(make_owner: Callable[..., Owner]) -> Owner:
    return make_owner("Somebody Else <else@example.test>")


def forget_passphrases(home: Path) -> None:
    """The agent keeps a passphrase for a while; a test of a wrong one stops it first."""
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], capture_output=True, check=True)


def hash_quickly(home: Path) -> None:
    """A passphrase of this home is hashed a few times only: an agent takes a while to find out how often it could."""
    (home / "gpg-agent.conf").write_text("s2k-count 65536\n")


def owner_since_2025(home: Path, expires: str, signing_expires: str = "never") -> Owner:
    """A key made on 2025-01-01, as far as it says itself."""
    gpg, then = Gpg(home), ["--faked-system-time", "20250101T000000!"]
    made = gpg.must("a test's key", [*then, "--quick-gen-key", "Old <old@example.test>", "ed25519", "cert", expires])
    primary = made.status[-1].fields[1]
    sub = (
        gpg.must("a test's subkey", [*then, "--quick-add-key", primary, "ed25519", "sign", signing_expires])
        .status[-1]
        .fields[1]
    )
    return Owner(home, FreshKey(primary, sub, "Old <old@example.test>", signing_expires, "", expires))
