"""Release files and the indexes they name, as bytes and paragraphs. Pure.

Formats: deb822(5) (fields, paragraphs), https://wiki.debian.org/DebianRepository/Format (Release, Packages, Sources, by-hash).
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

from irkit.errors import BadInput, NotAvailable
from irkit.extras import how_to_get
from irkit.release.unpacking import whole

HASHES = {"MD5Sum": "md5", "SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}
"""Sections of a Release file and the algorithms of their digests."""

_WORD = re.compile(r"[^ \t\r]+")
_SIZE = re.compile(r"[0-9]{1,19}")
_STEM = re.compile(r"(?:.*/)?(?:Packages|Sources)\Z")


@dataclass(frozen=True)
class Named:
    """A file that a Release file names, below its folder. `size` is in bytes."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True)
class Listed:
    """A file that an index names, below the root of the repository: part of a package ("deb") or of a source package ("source")."""

    path: str
    sha256: str
    kind: str
    package: str = ""
    version: str = ""
    architecture: str = ""


def fields(paragraph: bytes) -> dict[str, str]:
    """Field names, in lower case, with their values; lines of a folded value are joined by `\\n`.

    Lines end at `\\n` alone: what else Python takes for a line end may stand in a description, and would make fields of it.
    """
    found: dict[str, list[str]] = {}
    name = ""
    for line in paragraph.decode("utf-8", "replace").split("\n"):
        if line[:1] in (" ", "\t"):
            if name:
                found[name].append(line[1:])
        elif ":" in line and line[:1] != "#":
            name, _, value = line.partition(":")
            name = name.strip().lower()
            found[name] = [value.strip()]
    return {name: "\n".join(lines) for name, lines in found.items()}


def paragraphs(data: bytes) -> Iterator[bytes]:
    """The paragraphs of an index, each as it stands, without the blank line after it."""
    for one in data.split(b"\n\n"):
        if kept := one.strip(b"\n"):
            yield kept


def named(release: bytes, section: str = "SHA256") -> tuple[Named, ...]:
    """What a Release file names under one of its hash sections. Pool files are never here. BadInput when a line is none."""
    rows = []
    for line in fields(release).get(section.lower(), "").split("\n"):
        parts = _words(line)
        if not parts:
            continue
        if len(parts) != 3 or not _SIZE.fullmatch(parts[1]):
            raise BadInput("this Release file cannot be read", why=f"a line under {section} is none: {line[:80]!r}")
        rows.append(Named(parts[2], int(parts[1]), parts[0].lower()))
    return tuple(rows)


def is_index(path: str) -> bool:
    """Whether it lists packages: `.../Packages` or `.../Sources`, in any compression."""
    return bool(_STEM.match(stem(path)))


def stem(path: str) -> str:
    """The name without its compression."""
    base, dot, suffix = path.rpartition(".")
    return base if dot and f".{suffix}" in COMPRESSIONS else path


def listed(index: bytes) -> Iterator[Listed]:
    """The files that a Packages or Sources index names."""
    for paragraph in paragraphs(index):
        yield from listed_in(paragraph)


def listed_in(paragraph: bytes) -> Iterator[Listed]:
    """The files that one paragraph of an index names. A file without a SHA-256 has "" there."""
    said = fields(paragraph)
    who = (said.get("package", ""), said.get("version", ""))
    if "filename" in said:
        path = said["filename"].removeprefix("./")
        yield Listed(path, said.get("sha256", "").lower(), "deb", *who, said.get("architecture", ""))
        return
    folder = said.get("directory", "").removeprefix("./").strip("/")
    digests = {parts[2]: parts[0].lower() for parts in _triples(said.get("checksums-sha256", ""))}
    for name in dict.fromkeys([*digests, *(parts[2] for parts in _triples(said.get("files", "")))]):
        path = f"{folder}/{name}" if folder not in ("", ".") else name
        yield Listed(path, digests.get(name, ""), "source", *who, "source")


def without(index: bytes, withdrawn: frozenset[str]) -> bytes:
    """The index without each paragraph that names one of these files; the others stand as they stood, byte for byte."""
    kept = [one for one in paragraphs(index) if not any(file.path in withdrawn for file in listed_in(one))]
    return b"".join(one + b"\n\n" for one in kept)


def uncompressed(path: str, data: bytes) -> bytes:
    """What a compressed index holds, by the end of its name. BadInput when it does not hold it; NotAvailable without an extra."""
    suffix = path[len(stem(path)) :]
    try:
        return COMPRESSIONS[suffix][1](data) if suffix else data
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error) as error:
        raise BadInput("this index cannot be unpacked", on=path, why=str(error)) from None


def compressed(path: str, data: bytes) -> bytes:
    """The same, the other way."""
    suffix = path[len(stem(path)) :]
    return COMPRESSIONS[suffix][0](data) if suffix else data


def _triples(text: str) -> Iterator[list[str]]:
    yield from (parts for parts in map(_words, text.split("\n")) if len(parts) == 3)


def _words(line: str) -> list[str]:
    return _WORD.findall(line)


def _zstd(data: bytes, *, pack: bool) -> bytes:
    try:
        import zstandard
    except ImportError:
        raise NotAvailable("an index compressed with zstd cannot be read", do=how_to_get("archives")) from None
    try:
        if pack:
            return bytes(zstandard.ZstdCompressor(19).compress(data))
        return whole(zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True))
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None


def _lzma(data: bytes) -> lzma.LZMAFile:
    return lzma.LZMAFile(BytesIO(data))


COMPRESSIONS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".gz": (lambda data: gzip.compress(data, 9, mtime=0), lambda data: whole(gzip.GzipFile(fileobj=BytesIO(data)))),
    ".xz": (lzma.compress, lambda data: whole(_lzma(data))),
    ".bz2": (bz2.compress, lambda data: whole(bz2.BZ2File(BytesIO(data)))),
    ".lzma": (lambda data: lzma.compress(data, lzma.FORMAT_ALONE), lambda data: whole(_lzma(data))),
    ".zst": (lambda data: _zstd(data, pack=True), lambda data: _zstd(data, pack=False)),
}
"""By the end of the name: how it is packed and unpacked."""
