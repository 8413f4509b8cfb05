"""What is to be done to one release of an apt repository."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from irkit.openpgp.signer import Signer

FILES = ("InRelease", "Release.gpg", "Release")


@dataclass(frozen=True)
class Job:
    """`at` is the release's folder below `root`, `sha256` of its judged text, `withdrawn` paths as its indexes name them."""

    root: Path
    at: str
    sha256: str
    withdrawn: frozenset[str]
    signer: Signer
    config: Path
    codename: str

    @property
    def kept(self) -> str:
        """The end of the names of kept copies: ".KEYID"."""
        return f".{self.signer.former_id}"

    @property
    def folder(self) -> Path:
        return self.root / self.at
