"""Manifests: a signed list of digests signs every file that it lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from irkit.resign.records import Record, sums

_NAMED = re.compile(r"sums?(?:\.txt)?\Z|checksums?\b|\.sha(?:256|512)(?:sum)?\Z|digests?(?:\.txt)?\Z", re.IGNORECASE)
_MOST = 64 << 20


class Line(NamedTuple):
    """One file that a manifest lists, by its path in the release."""

    path: str
    digest: str
    algorithm: str


def may_be_manifest(name: str) -> bool:
    """By its name: SHA256SUMS, app_1.0_SHA512SUMS, checksums.txt, app.tar.gz.sha256, with or without `.asc` behind."""
    return bool(_NAMED.search(PurePosixPath(name).name.removesuffix(".asc")))


def read_manifest(path: str) -> Record | None:
    """What a file lists; None when it lists nothing, or is none."""
    try:
        with Path(path).open("rb") as stream:
            found = sums.read(stream.read(_MOST).decode())
    except (OSError, UnicodeDecodeError):
        return None
    return found if found.entries else None


def lines_of(manifest: str, record: Record) -> Iterator[Line]:
    """Paths in a manifest are relative to the folder it is in."""
    folder = PurePosixPath(manifest).parent
    for one in record.entries:
        yield Line((folder / one.path).as_posix(), one.digest, one.algorithm)
