"""Revocation certificates that are kept apart from the keys: what claims to revoke one counts once gpg takes it for that."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from irkit.errors import IrkitError
from irkit.model import Fact, Unasked
from irkit.openpgp.keyblock import revocations
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.keys import export_public
from irkit.openpgp.publishing.rings import binary, firmly_revoked
from irkit.openpgp.runner import Gpg, throwaway_home

_MOST_FILES, _LARGEST = 2000, 1 << 16
_BEGIN = b"-----BEGIN PGP"
_NAMES = (".asc", ".rev", ".gpg", ".pgp", ".txt")
_WITH_KEYS = "private-keys-v1.d"
_SOFT = "it revokes as superseded or retired: what a thief dates earlier would still count, so it is none for a leak"


class Escrow:
    """Files below the folders that are named, and not with a key. `unasked`: what could not be read, or does not count, and why."""

    def __init__(self, folders: Sequence[Path], homes: Sequence[Path]) -> None:
        self.unasked: list[Unasked] = []
        self._named, self._whole = bool(folders), True
        self._homes = tuple(home.resolve() for home in homes)
        self._files: list[tuple[Path, bytes]] = []
        for folder in folders:
            self._below(folder)

    def holds(self, certificate: bytes, fingerprint: str) -> Fact:
        """Whether one of them revokes the key of this public certificate (binary) for good."""
        soft: list[Path] = []
        for file, data in self._files:
            answer = _revokes(certificate, fingerprint, data)
            if answer == "yes":
                return "yes"
            soft += [file] if answer == "soft" else []
        for file in soft:
            self._tell(file.name, f"of {fingerprint}: {_SOFT}")
        return "no" if self._named and self._whole else "unknown"

    def _below(self, folder: Path) -> None:
        place = folder.expanduser()
        if not place.is_dir():
            self._missing(str(folder), "it is not there, or not mounted")
            return
        for home in self._homes:
            if place.resolve().is_relative_to(home):
                self._tell(str(folder), f"it lies in the gpg home {home}, with the key")
                return
        with_keys: set[Path] = set()
        for at, folders, names in os.walk(
            place, onerror=lambda error: self._missing(str(error.filename), error.strerror or "")
        ):
            folders.sort()
            for name in sorted(names):
                file = Path(at, name)
                if file.suffix.lower() in _NAMES and file.is_file():
                    self._file(file, place, with_keys)
        for home in sorted(with_keys):
            self._tell(str(home), "it lies with private keys, and whoever gets those gets it")

    def _file(self, file: Path, place: Path, with_keys: set[Path]) -> None:
        true = file.resolve()
        if home := next((one for one in (*true.parents,) if one in self._homes or (one / _WITH_KEYS).is_dir()), None):
            with_keys.add(home)
        elif len(self._files) >= _MOST_FILES:
            self._missing(str(place), f"only {_MOST_FILES} files were read")
        else:
            try:
                with file.open("rb") as stream:
                    self._files.append((file, stream.read(_LARGEST)))
            except OSError as error:
                self._missing(str(file), error.strerror or "it cannot be read")

    def _missing(self, what: str, why: str) -> None:
        """That there is none cannot be said any more."""
        self._whole = False
        self._tell(what, why)

    def _tell(self, what: str, why: str) -> None:
        told = Unasked("openpgp", f"revocation certificates in {what}", why)
        if told not in self.unasked:
            self.unasked.append(told)


def _revokes(certificate: bytes, fingerprint: str, data: bytes) -> str:
    """ "yes", "soft" (revoked as superseded or retired) or "no"."""
    claimed = data[max(data.find(_BEGIN), 0) :]
    try:
        if not revocations(claimed, fingerprint):
            return "no"
        with throwaway_home(agent=False) as scratch:
            gpg = Gpg(scratch)
            gpg.must("the public key could not be imported", ["--import"], stdin=certificate)
            gpg.run(["--import"], stdin=claimed)
            found = list_ring(scratch, fingerprint)
            if not found or not all(entry.primary.revoked for entry in found):
                return "no"
            firmly = firmly_revoked(binary(export_public(scratch, fingerprint).encode()), fingerprint)
            return "yes" if firmly else "soft"
    except IrkitError:
        return "no"
