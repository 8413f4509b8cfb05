"""What a key signed in a release folder: every file with the signatures beside it, read and hashed, nothing changed."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from irkit.errors import BadInput, IrkitError
from irkit.model import Artifact, OpenPgpKey, Skipped
from irkit.openpgp.keyblock import detached_signatures, read_signatures
from irkit.openpgp.packets import SignatureInfo
from irkit.release.inventory import Inventory

SUFFIXES = (".asc", ".sig", ".sign", ".gpg")
_KEPT = re.compile(r"\.[0-9A-F]{16}\Z")
"""A signature kept beside a newer one: `NAME.KEYID.asc` belongs to NAME."""
_CLEARSIGNED = b"-----BEGIN PGP SIGNED MESSAGE-----"
_MOST_SIGNATURE_BYTES = 1 << 20


def in_files(folder: Path, key: OpenPgpKey | None) -> Inventory:
    """Walk a release folder and pair X with X.asc, X.sig, X.sign and X.gpg. BadInput when there is no such folder.

    Signatures are read, not verified; with `key` each says whether it names that key. Symbolic links are not followed.
    """
    if not folder.is_dir():
        raise BadInput("there is no such release folder", on=folder, do="give the folder that holds the released files")
    skipped: list[Skipped] = []
    files = dict(_files(folder, skipped))
    rows: list[Artifact] = []
    paired: set[str] = set()
    signatures: set[str] = set()
    for name, path in files.items():
        found = _detached(name, path, files, skipped)
        if found is None:
            continue
        owner, packets = found
        signatures.add(name)
        digest = _digest(owner, files, skipped)
        paired.add(owner)
        rows += [_row(owner, digest, name, packet, key, "detached", owner in files) for packet in packets]
        if not packets:
            rows.append(Artifact(owner, digest, name, None, None, "unreadable signature"))
    for name, path in files.items():
        if name in signatures or name in paired:
            continue
        digest = _digest(name, files, skipped)
        packets = _clearsigned(name, path, skipped)
        rows += [_row(name, digest, name, packet, key, "clearsigned") for packet in packets]
        if not packets:
            rows.append(Artifact(name, digest, None, None, None, "no signature"))
    ordered = sorted(rows, key=lambda row: (row.path, row.signature_path or "", row.issuer or ""))
    return Inventory(tuple(ordered), (), tuple(skipped))


def _files(folder: Path, skipped: list[Skipped]) -> Iterator[tuple[str, Path]]:
    """Regular files by relative path with `/`, sorted; what is none is skipped with its reason."""

    def refused(error: OSError) -> None:
        skipped.append(Skipped(str(error.filename), f"the folder cannot be read: {error.strerror}"))

    found = []
    for where, folders, names in os.walk(folder, onerror=refused):
        here = Path(where)
        links = [name for name in folders if (here / name).is_symlink()]
        for name in [*names, *links]:
            path = here / name
            relative = path.relative_to(folder).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                found.append((relative, path))
            else:
                kind = "a symbolic link, not followed" if stat.S_ISLNK(mode) else "not a regular file"
                skipped.append(Skipped(relative, kind))
    yield from sorted(found)


def _detached(
    name: str, path: Path, files: dict[str, Path], skipped: list[Skipped]
) -> tuple[str, tuple[SignatureInfo, ...]] | None:
    """(artifact's name, signatures) when the file is a detached signature; no signatures when it should be one and is not."""
    suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix) and len(name) > len(suffix)), None)
    if suffix is None:
        return None
    owner = name.removesuffix(suffix)
    if owner not in files and _KEPT.search(owner):
        owner = _KEPT.sub("", owner)
    try:
        if path.stat().st_size > _MOST_SIGNATURE_BYTES:
            return None
        return owner, detached_signatures(path.read_bytes())
    except OSError as error:
        skipped.append(Skipped(name, f"cannot be read: {error.strerror}"))
    except IrkitError as error:
        if owner in files:
            skipped.append(Skipped(name, str(error)))
    return (owner, ()) if owner in files else None


def _clearsigned(name: str, path: Path, skipped: list[Skipped]) -> tuple[SignatureInfo, ...]:
    try:
        with path.open("rb") as stream:
            if stream.read(len(_CLEARSIGNED)) != _CLEARSIGNED:
                return ()
            return read_signatures(stream.read())
    except OSError:
        return ()  # hashing has said so already
    except IrkitError as error:
        skipped.append(Skipped(name, f"clear-signed, but: {error}"))
        return ()


def _digest(name: str, files: dict[str, Path], skipped: list[Skipped]) -> str | None:
    """SHA-256 of a file of the folder; None when there is none of that name or it cannot be read."""
    if name not in files:
        return None
    try:
        with files[name].open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        skipped.append(Skipped(name, f"cannot be read: {error.strerror}"))
        return None


def _row(
    owner: str,
    digest: str | None,
    signature: str,
    packet: SignatureInfo,
    key: OpenPgpKey | None,
    kind: str,
    there: bool = True,
) -> Artifact:
    verdict = "not verified" if there else "signature without artifact"
    own = _names(packet, key) if key else None
    if key:
        verdict += {
            True: ", names the key",
            False: ", names another key",
            None: ", cannot be told whether it names the key",
        }[own]
    primary = key.openpgp if key and own else None
    return Artifact(
        owner, digest, signature, packet.issuer or None, packet.created, verdict, kind, primary, packet.hash_algorithm
    )


def _names(packet: SignatureInfo, key: OpenPgpKey) -> bool | None:
    """Whether the signature names this key. None: it names nobody, or the key's subkeys are not known."""
    if any(packet.made_by(name) for name in (key.openpgp, *(sub.fingerprint for sub in key.keys))):
        return True
    return False if packet.issuer and key.keys else None
