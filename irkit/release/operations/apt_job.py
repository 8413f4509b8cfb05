"""What is to be done to one release of an apt repository."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from irkit.model import Secret

FILES = ("InRelease", "Release.gpg", "Release")


@dataclass(frozen=True)
class Job:
    """`at` is the release's folder below `root`, `sha256` of its judged text, `withdrawn` paths as its indexes name them.

    `kept` is the end of the names of kept copies (".KEYID"); `primary` and `signing` are fingerprints of the new key.
    """

    root: Path
    at: str
    sha256: str
    withdrawn: frozenset[str]
    kept: str
    home: Path
    primary: str
    signing: str
    certificate: str
    passphrase: Secret | None
    config: Path
    codename: str

    @property
    def folder(self) -> Path:
        return self.root / self.at
