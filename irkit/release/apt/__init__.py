"""What a key signed in an apt repository: releases, the packages they vouch for, and signed source files. Nothing is changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from irkit.errors import BadInput, IrkitError
from irkit.model import Artifact, OpenPgpKey, Skipped
from irkit.openpgp import moving
from irkit.openpgp.cleartext import looks_clear_signed
from irkit.openpgp.keyblock import detached_signatures, read_signatures
from irkit.openpgp.packets import SignatureInfo
from irkit.release import rows
from irkit.release.apt import index, repository
from irkit.release.apt.repository import Release
from irkit.release.inventory import Inventory

__all__ = ["in_apt"]

_SIGNED_FILES = {".dsc": "apt-dsc", ".changes": "apt-changes", ".buildinfo": "apt-buildinfo"}
_PACKAGES = (".deb", ".udeb", ".ddeb")


@dataclass
class _Reading:
    """One repository while it is read. Every file is hashed once."""

    root: Path
    key: OpenPgpKey | None
    rows: list[Artifact] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    digests: dict[str, str | None] = field(default_factory=dict)

    def digest(self, name: str) -> str | None:
        """SHA-256; None when there is no such file. IrkitError when it cannot be read or leads out of the root."""
        if name not in self.digests:
            self.digests[name] = moving.sha256_of(moving.inside(self.root, name))
        return self.digests[name]


def in_apt(folder: Path, key: OpenPgpKey | None) -> Inventory:
    """Every release below `folder` (`dists/...`, or a flat repository) and all that it reaches. BadInput without such a folder.

    Kinds: "apt-release" (Release with Release.gpg), "apt-inrelease"; "apt-package" and "apt-source" (what an index lists:
    `signature_path` is the release's signature and the verdict "listed", "listed, digest differs", "listed, missing" or, of a
    package that nothing lists, "in no index"); "apt-index" (only where it is not the one that its release names); "apt-dsc",
    "apt-changes", "apt-buildinfo". Signatures are read, not verified. Copies kept from an earlier signing (`InRelease.KEYID`) are
    history and not listed; symbolic links are not followed.
    """
    if not folder.is_dir():
        raise BadInput("there is no such folder", on=folder, do="give the root of the repository, which holds dists")
    reading = _Reading(folder, key)
    files = repository.walk(folder, reading.skipped)
    reading.skipped += [Skipped(name, "a symbolic link, not followed") for name in files.links]
    for at in repository.release_folders(files):
        try:
            _release(reading, at)
        except IrkitError as error:
            reading.skipped.append(Skipped(at, str(error)))
    for name in files.regular:
        suffix = name[name.rfind(".") :]
        try:
            if suffix in _SIGNED_FILES:
                reading.rows += _signed_file(reading, name, _SIGNED_FILES[suffix])
            elif suffix in _PACKAGES and name not in reading.reached:
                reading.rows.append(
                    Artifact(name, reading.digest(name), None, None, None, "in no index", "apt-package")
                )
        except IrkitError as error:
            reading.skipped.append(Skipped(name, str(error)))
    ordered = sorted(reading.rows, key=lambda row: (row.path, row.kind, row.signature_path or "", row.issuer or ""))
    return Inventory(tuple(ordered), (), tuple(reading.skipped))


def _release(reading: _Reading, at: str) -> None:
    within = "" if at == "." else f"{at}/"
    plain, inline = f"{within}Release", f"{within}InRelease"
    release = repository.read_release(reading.root, at)
    differs = "" if release.agree else f", {rows.APART}"
    vouching: tuple[str, Sequence[SignatureInfo]] = ("", ())
    if reading.digest(plain) is not None:
        detached = f"{plain}.gpg"
        packets = _packets(reading, detached, clear=False)
        content = (("apt-release", reading.digest(plain) or ""),)
        missing = None if packets is None else detached
        reading.rows += _rows(reading, plain, missing, packets or (), "apt-release", differs, content)
        vouching = (detached, packets or ())
    if reading.digest(inline) is not None:
        packets = _packets(reading, inline, clear=True) or ()
        content = (("apt-release", hashlib.sha256(release.text).hexdigest()),)
        reading.rows += _rows(reading, inline, inline, packets, "apt-inrelease", differs, content)
        vouching = (inline, packets)
    _reached(reading, release, vouching)


def _reached(reading: _Reading, release: Release, vouching: tuple[str, Sequence[SignatureInfo]]) -> None:
    """What the release names, and what its indexes list."""
    within = "" if release.at == "." else f"{release.at}/"
    if not release.named():
        reading.skipped.append(
            Skipped(release.at, "its Release file names nothing by SHA-256: what it lists is not compared")
        )
    for path, stands in repository.holders(reading.root, release):
        if stands == "differs":
            name = f"{within}{path}"
            reading.rows.append(_vouched(reading, name, vouching, rows.DIFFERS, "apt-index"))
        elif stands not in ("as named", "missing"):
            reading.skipped.append(Skipped(f"{within}{path}", stands))
    seen: set[tuple[str, str]] = set()
    for stem in repository.stems(release):
        content = repository.index_of(reading.root, release, stem)
        if content is None:
            reading.skipped.append(
                Skipped(f"{within}{stem}", "no file of this index is the one that the release names")
            )
            continue
        for one in index.listed(content):
            if (one.path, one.sha256) not in seen:
                seen.add((one.path, one.sha256))
                _package(reading, release, one, vouching)


def _package(
    reading: _Reading, release: Release, one: index.Listed, vouching: tuple[str, Sequence[SignatureInfo]]
) -> None:
    name = repository.pool_path(reading.root, release, one.path)
    reading.reached.add(name)
    try:
        digest = reading.digest(name)
    except IrkitError as error:
        reading.skipped.append(Skipped(name, f"listed in {release.at}: {error}"))
        return
    verdict = "listed"
    if digest is None:
        verdict = rows.MISSING
    elif not one.sha256:
        verdict = "listed, without a SHA-256"
    elif digest != one.sha256:
        verdict = rows.DIFFERS
    reading.rows.append(
        _vouched(reading, name, vouching, verdict, "apt-package" if one.kind == "deb" else "apt-source")
    )


def _vouched(
    reading: _Reading, name: str, vouching: tuple[str, Sequence[SignatureInfo]], verdict: str, kind: str
) -> Artifact:
    """A row for what a release vouches for: the signature is the release's, the asked key's where there are several."""
    signature, packets = vouching
    key = reading.key
    own = [packet for packet in packets if key and rows.names(packet, key)]
    packet = next(iter([*own, *packets]), None)
    row = Artifact(name, _digest(reading, name), signature if packet else None, None, None, verdict, kind)
    return rows.claimed(row, packet, key) if packet else row


def _signed_file(reading: _Reading, name: str, kind: str) -> Iterator[Artifact]:
    with (reading.root / name).open("rb") as stream:
        clear = looks_clear_signed(stream.read(64))
    packets = _packets(reading, name, clear=True) if clear else None
    yield from _rows(reading, name, name if clear else None, packets or (), kind, "", ())


def _rows(
    reading: _Reading, name: str, signature: str | None, packets: Sequence[SignatureInfo], kind: str, more: str,
    content: tuple[tuple[str, str], ...],
) -> Iterator[Artifact]:  # fmt: skip
    row = Artifact(name, reading.digest(name), signature, None, None, rows.NOT_VERIFIED, kind, content=content)
    for packet in packets:
        yield rows.signed(row, packet, reading.key, more)
    if not packets:
        yield replace(row, verdict=f"{rows.UNREADABLE if signature else rows.NO_SIGNATURE}{more}")


def _packets(reading: _Reading, name: str, *, clear: bool) -> tuple[SignatureInfo, ...] | None:
    """None when there is no such file, empty when it holds no signature that can be read."""
    try:
        data = (reading.root / name).read_bytes()
        return read_signatures(data) if clear else detached_signatures(data)
    except FileNotFoundError:
        return None
    except (OSError, IrkitError) as error:
        reading.skipped.append(Skipped(name, str(error)))
        return ()


def _digest(reading: _Reading, name: str) -> str | None:
    try:
        return reading.digest(name)
    except IrkitError:
        return None
