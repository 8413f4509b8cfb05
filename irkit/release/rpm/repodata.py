"""The index of an rpm repository: `repodata/repomd.xml` names the metadata, `primary` among them names the packages.

Format: https://github.com/rpm-software-management/createrepo_c and librepo. A document type is refused: metadata needs none,
and entities are made of it that expand without end.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast
from urllib.parse import unquote
from xml.etree import ElementTree

from defusedxml.ElementTree import fromstring, iterparse  # type: ignore[import-untyped]

from irkit.errors import BadInput, IrkitError, NotAvailable
from irkit.extras import how_to_get
from irkit.openpgp import moving

_REPO = "{http://linux.duke.edu/metadata/repo}"
_COMMON = "{http://linux.duke.edu/metadata/common}"


@dataclass(frozen=True)
class Metadata:
    """One `data` of repomd.xml: its type ("primary", "updateinfo", ...), where it is (below the repository), its checksum."""

    kind: str
    path: str
    algorithm: str
    digest: str


@dataclass(frozen=True)
class Listed:
    """A package that primary.xml names: where (below the repository), with which checksum."""

    path: str
    algorithm: str
    digest: str


def read_repomd(data: bytes) -> tuple[Metadata, ...]:
    """What repomd.xml names. BadInput when it is none. Pure."""
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # the latter: of an encoding that is not read
        raise BadInput("this is not a repomd.xml", why=str(error)) from None
    found = []
    for one in root.iter(f"{_REPO}data"):
        checksum, location = one.find(f"{_REPO}checksum"), one.find(f"{_REPO}location")
        if checksum is not None and location is not None:
            found.append(
                Metadata(
                    one.get("type", ""),
                    unquote(location.get("href", "")),
                    _algorithm(checksum),
                    (checksum.text or "").strip(),
                )
            )
    return tuple(found)


def read_primary(path: Path) -> Iterator[Listed]:
    """The packages of a primary.xml, however it is compressed. BadInput when it cannot be read; NotAvailable for zstd without its extra."""
    try:
        with _opened(path) as stream:
            for _event, element in iterparse(stream, forbid_dtd=True):
                if element.tag == f"{_COMMON}package":
                    checksum, location = element.find(f"{_COMMON}checksum"), element.find(f"{_COMMON}location")
                    if checksum is not None and location is not None:
                        yield Listed(
                            unquote(location.get("href", "")), _algorithm(checksum), (checksum.text or "").strip()
                        )
                    element.clear()
    except IrkitError:
        raise
    except Exception as error:  # evidence may be anything, and a library may raise anything on it
        raise BadInput("this metadata cannot be read", on=path, why=str(error)) from None


def listed_packages(repository: Path) -> tuple[Listed, ...]:
    """What the repository's index lists, every file on the way checked against the digest that names it. BadInput when one differs."""
    found: list[Listed] = []
    for one in read_repomd((repository / "repodata" / "repomd.xml").read_bytes()):
        if one.kind == "primary":
            path = moving.inside(repository, one.path)
            if digest_of(path, one.algorithm) != one.digest:
                raise BadInput(
                    "this metadata is not the one that repomd.xml names", on=path, why="its checksum differs"
                )
            found += read_primary(path)
    return tuple(found)


def digest_of(path: Path, algorithm: str) -> str | None:
    """Hex; None when there is no such file. BadInput for an algorithm that nobody knows."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, algorithm).hexdigest()
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):  # the second: of one whose length is to be chosen
        raise BadInput("a checksum of an unknown kind", on=path, why=algorithm[:40]) from None


def readable(repository: Path) -> str:
    """Why the index cannot be read, "" when it can."""
    try:
        listed_packages(repository)
    except (IrkitError, OSError) as error:
        return str(error)
    return ""


def _algorithm(checksum: ElementTree.Element) -> str:
    name = checksum.get("type", "").lower()
    return {"sha": "sha1"}.get(name, name)


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        first = stream.read(6)
    if first[:2] == b"\x1f\x8b":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if first == b"\xfd7zXZ\0":
        return lzma.open(path, "rb")
    if first[:3] == b"BZh":
        return bz2.open(path, "rb")
    if first[:4] == b"\x28\xb5\x2f\xfd":
        try:
            import zstandard
        except ImportError:
            raise NotAvailable(
                "metadata compressed with zstd cannot be read", on=path, do=how_to_get("archives")
            ) from None
        opened: IO[bytes] = zstandard.open(path, "rb")
        return opened
    return path.open("rb")
