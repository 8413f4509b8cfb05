"""Revocation certificates made with a key and kept apart from it: on a stick, in a safe, wherever the key is not.

Two for each primary: *compromised* (hard: whoever honours revocations rejects everything it ever signed) and *superseded* (soft:
signatures that are dated before still count). Each is proven to revoke before the one that gpg left beside the key is removed:
whoever gets hold of the home must not get the means to revoke along with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, OutcomeUnknown, StepFailed
from irkit.model import Secret
from irkit.network.native.file import Refused, clear_away, content, replace_file
from irkit.openpgp.keyblock import COMPROMISED, revocations
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.keys import SUPERSEDED, checked_fingerprint, export_public, put_aside_by_gpg, revocation_certificate
from irkit.openpgp.runner import Gpg, throwaway_home

_WHEN = {COMPROMISED: "compromised", SUPERSEDED: "superseded"}
_WORDS = {
    COMPROMISED: "Use it when the private key, or anything that could be it, is in the wrong hands.",
    SUPERSEDED: "Use it when another key has taken its place and the private key is safe. Never after a leak.",
}


@dataclass(frozen=True)
class Kept:
    """Where the two certificates of one key stand; `made` is False when they were there already."""

    compromised: Path
    superseded: Path
    made: bool


def checked_place(apart: Path, homes: tuple[Path, ...]) -> Path:
    """The folder, when certificates may be kept there. BadInput when it is missing, lies with a key, or in a git work tree."""
    place = apart.expanduser()
    if not place.is_dir():
        raise BadInput(
            "there is no such folder to keep revocation certificates in", on=apart,
            why="a stick that is not mounted is not replaced by a folder of this disk", do="mount it, or make the folder",
        )  # fmt: skip
    place = place.resolve()
    for home in homes:
        if place.is_relative_to(home.expanduser().resolve()):
            raise BadInput(
                "revocation certificates are kept apart from the key", on=apart, why=f"it lies in the gpg home {home}",
                do="name a folder that whoever gets the home does not get",
            )  # fmt: skip
    tree = next((one for one in (place, *place.parents) if (one / ".git").exists()), None)
    if tree is not None:
        raise BadInput(
            "revocation certificates do not belong into a git work tree", on=apart, why=f"{tree} is one: what is pushed is read",
            do="name a folder outside of it",
        )  # fmt: skip
    return place


def keep_apart(home: Path, fingerprint: str, apart: Path, passphrase: Secret | None = None) -> Kept:
    """Make the two certificates in `apart`/FINGERPRINT (files 0600, folder 0700), prove each, and remove gpg's own from the home.

    One that is there already is proven and left. BadInput for a place that will not do, StepFailed when one cannot be made, or
    something else has its name; nothing is overwritten.
    """
    fingerprint = checked_fingerprint(fingerprint)
    folder = checked_place(apart, (home,)) / fingerprint
    paths = {reason: folder / f"{word}.asc" for reason, word in _WHEN.items()}
    made = False
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        for reason, path in paths.items():
            clear_away(path)
            if not path.exists():
                certificate = revocation_certificate(home, fingerprint, reason, passphrase=passphrase)
                replace_file(path, (_preface(fingerprint, reason) + certificate).encode(), private=True)
                made = True
            path.chmod(0o600)
            _prove(home, fingerprint, path, reason)
    except (OSError, Refused) as error:
        why = error.strerror or "" if isinstance(error, OSError) else str(error)
        raise StepFailed(
            "revocation certificates cannot be kept there", on=folder, why=why, do="name another folder"
        ) from None
    put_aside_by_gpg(home, fingerprint).unlink(missing_ok=True)
    return Kept(paths[COMPROMISED], paths[SUPERSEDED], made)


def _preface(fingerprint: str, reason: int) -> str:
    """Lines before the armor, which readers pass over: on the day it is needed nobody remembers what the file is."""
    return (
        f"This certificate revokes the OpenPGP key {fingerprint} as {_WHEN[reason]}.\n{_WORDS[reason]}\n"
        "gpg --import it where the public key is, then publish the public key. There is no way back.\n\n"
    )


def _prove(home: Path, fingerprint: str, path: Path, reason: int) -> None:
    """The file says this key and this reason, and a home that imports it holds the key for revoked."""
    certificate = content(path)
    reasons = [one.reason for one in revocations(certificate, fingerprint)] if b"-----BEGIN PGP" in certificate else []
    if reasons != [reason]:
        raise StepFailed(
            "another file has the place of a revocation certificate", on=path,
            why=f"it does not revoke {fingerprint} as {_WHEN[reason]}", do="move it aside and go on",
        )  # fmt: skip
    with throwaway_home(agent=False) as scratch:
        Gpg(scratch).must(
            "the public key could not be imported", ["--import"], stdin=export_public(home, fingerprint).encode()
        )
        Gpg(scratch).run(["--import"], stdin=certificate)
        if not all(entry.primary.revoked for entry in list_ring(scratch, fingerprint)):
            raise OutcomeUnknown(
                "a revocation certificate does not revoke its key", on=path, why="gpg does not hold the key for revoked",
                do="move the file aside and go on: another one is made",
            )  # fmt: skip
