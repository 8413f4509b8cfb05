"""What package repositories hold: Release files and indexes of apt, repomd.xml and primary.xml of rpm, rpm packages."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from irkit.release.apt import index
from irkit.release.rpm.package import front_of, read_rpm
from irkit.release.rpm.repodata import listed_packages, read_primary, read_repomd
from tests.fuzz.target import Target, folder, from_file
from tests.fuzz.targets.records import DIGEST, PACKAGES, PRIMARY, RELEASE
from tests.sources.archives import builders as b

REPOMD = (
    '<?xml version="1.0"?><repomd xmlns="http://linux.duke.edu/metadata/repo"><data type="primary">'
    '<checksum type="{kind}">{digest}</checksum><location href="{place}"/></data></repomd>'
)


def _release(data: bytes) -> None:
    for section in index.HASHES:
        index.named(data, section)


def _index(data: bytes) -> None:
    found = list(index.listed(data))
    index.without(data, frozenset(one.path for one in found[:1]))


def _unpacked(data: bytes) -> None:
    for path in ("Packages.gz", "Packages.xz", "Packages.bz2", "Packages.lzma", "Packages.zst"):
        index.uncompressed(path, data)


def _repository(data: bytes) -> None:
    """The bytes as repomd.xml, beside a primary.xml that is sound."""
    (folder() / "repodata").mkdir(exist_ok=True)
    (folder() / "repodata" / "primary.xml").write_text(PRIMARY)
    (folder() / "repodata" / "repomd.xml").write_bytes(data)
    with suppress(OSError):  # whoever asks for it takes that in: a named file that is a folder, or cannot be opened
        listed_packages(folder())


def _primary(path: Path) -> None:
    list(read_primary(path))


def seeds() -> Iterator[bytes]:
    yield RELEASE.encode()
    yield PACKAGES.encode()
    for pack in (gzip.compress, lzma.compress, bz2.compress):
        yield pack(PACKAGES.encode())
        yield pack(PRIMARY.encode())
    yield PRIMARY.encode()
    yield PRIMARY.encode("utf-16")
    sound = hashlib.sha256(PRIMARY.encode()).hexdigest()
    for kind, digest, place in (
        ("sha256", sound, "repodata/primary.xml"),
        ("sha512", DIGEST, "repodata/primary.xml"),
        ("sha", "fa" * 20, "../a%2e%00"),
    ):
        yield REPOMD.format(kind=kind, digest=digest, place=place).encode()
    yield b.rpm({"key.env": b.TEXT})


TARGET = Target(
    readers=(
        _release,
        _unpacked,
        _repository,
        read_repomd,
        from_file(_primary, "primary"),
        from_file(read_rpm, "a.rpm"),
        from_file(front_of, "b.rpm"),
    ),
    never_refuse=(_index, lambda data: index.is_index(data.decode("utf-8", "replace"))),
    seeds=seeds,
)
