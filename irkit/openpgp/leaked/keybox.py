"""Keybox files (`pubring.kbx`), read without gpg. Pure.

GnuPG's kbx/keybox-blob.c: blobs, each with its length, a type and, for OpenPGP, where the packets stand in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from irkit.errors import BadInput

_HEADER, _OPENPGP = 1, 2
_SMALLEST = 16


def looks_like_keybox(data: bytes) -> bool:
    return data[4:5] == b"\x01" and data[8:12] == b"KBXf"


def key_blocks(data: bytes) -> Iterator[bytes]:
    """The packets of each OpenPGP blob, binary. BadInput at a blob that is cut off or damaged; what stood before it was given."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < _SMALLEST or at + size > len(data):
            raise BadInput("a keybox is cut off or damaged", why=f"at byte {at}", do="get the whole file")
        blob = data[at : at + size]
        at += size
        if blob[4] != _OPENPGP:
            continue
        start, length = int.from_bytes(blob[8:12], "big"), int.from_bytes(blob[12:16], "big")
        if start + length > size:
            raise BadInput("a keybox is cut off or damaged", why=f"in the blob that ends at byte {at}")
        yield blob[start : start + length]
