"""A packed stream as one byte string, up to what an index or a record of any size comes to: some bytes may stand for terabytes."""

from __future__ import annotations

from io import BufferedIOBase
from typing import IO

MOST = 1 << 30
"""Bytes. The largest index of Debian has less than a tenth."""
_PIECE = 1 << 20


def whole(stream: IO[bytes] | BufferedIOBase, most: int = MOST) -> bytes:
    """All of it. ValueError when there is more; damage is told as the stream's library does."""
    pieces: list[bytes] = []
    size = 0
    with stream:
        while piece := stream.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise ValueError(f"it unpacks to more than {most >> 20} MiB")
    return b"".join(pieces)
