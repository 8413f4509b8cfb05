"""What a key signed among rpm packages: every package, and the index of every repository. Read without rpm, nothing changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from irkit.errors import BadInput, IrkitError
from irkit.model import Artifact, OpenPgpKey, Skipped
from irkit.openpgp import moving
from irkit.openpgp.keyblock import detached_signatures
from irkit.release import rows
from irkit.release.inventory import Inventory
from irkit.release.rpm.package import Rpm, read_rpm
from irkit.release.rpm.repodata import Listed, digest_of, listed_packages

__all__ = ["in_rpm"]

_REPOMD = "repodata/repomd.xml"


def in_rpm(folder: Path, key: OpenPgpKey | None) -> Inventory:
    """Every `.rpm` and every `repodata/repomd.xml` below `folder`. BadInput when there is no such folder.

    Kinds: "rpm" (one row for each maker of a signature in it; `signature_path` is the rpm itself) and "rpm-repomd". Signatures are
    read, not verified. Where an index names a package with another checksum or one that is not there, a row "rpm-listed" says so.
    """
    if not folder.is_dir():
        raise BadInput("there is no such folder", on=folder, do="give the folder that holds the rpm packages")
    found: list[Artifact] = []
    skipped: list[Skipped] = []
    read: dict[str, Rpm] = {}
    for name in _files(folder, skipped):
        if name.endswith(".rpm"):
            try:
                read[name] = read_rpm(folder / name)
                found += _package(name, read[name], key)
            except OSError as error:
                skipped.append(Skipped(name, f"cannot be read: {error.strerror}"))
            except IrkitError as error:
                skipped.append(Skipped(name, str(error)))
        elif name == _REPOMD or name.endswith(f"/{_REPOMD}"):
            found += _repomd(folder, name, key, skipped)
    indexes = [row.path for row in found if row.kind == "rpm-repomd"]
    for name in dict.fromkeys(indexes):
        found += _listed(folder, name, read, skipped)
    return Inventory(tuple(sorted(found, key=lambda row: (row.path, row.kind, row.issuer or ""))), (), tuple(skipped))


def _files(folder: Path, skipped: list[Skipped]) -> Iterator[str]:
    """Relative paths with `/`, sorted. Symbolic links are not followed; to an rpm they are told."""

    def refused(error: OSError) -> None:
        skipped.append(Skipped(str(error.filename), f"the folder cannot be read: {error.strerror}"))

    found = []
    for where, _folders, names in os.walk(folder, onerror=refused):
        for name in names:
            path = Path(where, name)
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink() or not path.is_file():
                if name.endswith(".rpm"):
                    skipped.append(
                        Skipped(relative, "a symbolic link, not followed" if path.is_symlink() else "not a file")
                    )
            elif not name.startswith("."):  # what a killed run left, or a file being uploaded
                found.append(relative)
    yield from sorted(found)


def _package(name: str, rpm: Rpm, key: OpenPgpKey | None) -> Iterator[Artifact]:
    differs = ", the header is not the one it was built with" if rpm.header_as_told is False else ""
    differs += {False: f", {rows.OTHER_PAYLOAD}", None: f", {rows.UNNAMED_PAYLOAD}"}.get(rpm.payload_as_told, "")
    # A package of old bears one signature over the header and one over all of it, by the same hand at the same time.
    packets = {(one.packet.issuer, one.packet.created, one.packet.hash_algorithm): one.packet for one in rpm.signatures}
    row = Artifact(name, rpm.sha256, name, None, None, rows.NOT_VERIFIED, "rpm", content=rpm.content)
    for packet in packets.values():
        yield rows.signed(row, packet, key, differs)
    if not packets:
        yield replace(row, signature_path=None, verdict=f"{rows.NO_SIGNATURE}{differs}")


def _repomd(folder: Path, name: str, key: OpenPgpKey | None, skipped: list[Skipped]) -> Iterator[Artifact]:
    digest, signature = moving.sha256_of(folder / name), f"{name}.asc"
    content = (("rpm-repomd", digest or ""),)
    row = Artifact(name, digest, signature, None, None, rows.NOT_VERIFIED, "rpm-repomd", content=content)
    try:
        packets = detached_signatures((folder / signature).read_bytes())
    except FileNotFoundError:
        yield replace(row, signature_path=None, verdict=rows.NO_SIGNATURE)
        return
    except (OSError, IrkitError) as error:
        skipped.append(Skipped(signature, str(error)))
        yield replace(row, verdict=rows.UNREADABLE)
        return
    for packet in packets:
        yield rows.signed(row, packet, key)


def _listed(folder: Path, name: str, read: dict[str, Rpm], skipped: list[Skipped]) -> Iterator[Artifact]:
    """A row for each package of the index that is not what it names."""
    base = Path(name).parent.parent
    try:
        listed = listed_packages(folder / base)
    except (OSError, IrkitError) as error:
        skipped.append(Skipped(name, f"what it lists is not compared: {error}"))
        return
    for one in listed:
        path = (base / one.path).as_posix()
        try:
            verdict, digest = _compared(folder, path, one, read)
        except (OSError, IrkitError) as error:
            skipped.append(Skipped(path, f"listed in {name}, not compared: {error}"))
            continue
        if verdict:
            yield Artifact(path, digest, f"{name}.asc", None, None, verdict, "rpm-listed")


def _compared(folder: Path, path: str, listed: Listed, read: dict[str, Rpm]) -> tuple[str, str | None]:
    """(verdict, SHA-256 on disk); "" when the package is as listed."""
    known = read.get(path)
    if known and listed.algorithm == "sha256":
        actual: str | None = known.sha256
    else:
        actual = digest_of(moving.inside(folder, path), listed.algorithm)
    if actual is None:
        return rows.MISSING, None
    return ("" if actual == listed.digest else rows.DIFFERS), known.sha256 if known else None
