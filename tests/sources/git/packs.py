"""Packs of any nonsense, with an index that agrees with it. https://git-scm.com/docs/gitformat-pack"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path


def header(kind: int, size: int) -> bytes:
    first, rest = size & 15, size >> 4
    out = [kind << 4 | first]
    while rest:
        out[-1] |= 128
        out.append(rest & 127)
        rest >>= 7
    return bytes(out)


def packed(folder: Path, objects: list[tuple[bytes, bytes]], version: int = 2) -> None:
    """A pack of (id, entry bytes) with an index that agrees with it, whatever nonsense the entries are."""
    body, offsets = b"PACK" + struct.pack(">II", 2, len(objects)), {}
    for oid, entry in objects:
        offsets[oid] = len(body)
        body += entry
    checksum = hashlib.sha1(body).digest()  # noqa: S324 - the format's own checksum
    ids = sorted(offsets)
    fan = b"".join(struct.pack(">I", sum(oid[0] <= first for oid in ids)) for first in range(256))
    places = [struct.pack(">I", offsets[oid]) for oid in ids]
    if version == 1:
        index = fan + b"".join(place + oid for place, oid in zip(places, ids, strict=True)) + checksum
    else:
        index = b"\xfftOc\0\0\0\2" + fan + b"".join(ids) + bytes(4 * len(ids)) + b"".join(places) + checksum
    name = f"pack-{checksum.hex()}"
    (folder / f"{name}.pack").write_bytes(body + checksum)
    (folder / f"{name}.idx").write_bytes(index + hashlib.sha1(index).digest())  # noqa: S324


def oid_of(number: int) -> bytes:
    return bytes([number]) * 20


DELTA = bytes([4, 4, 0x90, 4])
