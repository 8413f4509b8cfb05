"""Base64 that stands in the lines of a log: a time or other words before each piece, one piece or many. Pure.

What was printed by `base64` (lines of 76), by `gpg --armor` (64) or on one line is found by how it begins; lines of another
length between its pieces are passed over.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator

from irkit.openpgp.leaked.agent import looks_like_agent_key
from irkit.openpgp.leaked.keybox import looks_like_keybox
from irkit.openpgp.packets import ALGORITHMS

_SHORTEST = 40
_RUN = re.compile(rb"[A-Za-z0-9+/]{%d,}={0,2}" % _SHORTEST)
_TAIL = re.compile(rb"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{2,}={0,2}(?![A-Za-z0-9+/=])")
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_GAP = 8  # lines of somebody else between two pieces
_TAILS = 4  # words at the end of a line that may be the last piece
_MOST_PIECES = 400_000


def begins_like_a_key(data: bytes) -> bool:
    """Whether binary data begins as a key packet, armor, a keybox or a key file of the agent does."""
    if data.startswith(b"-----BEGIN PGP ") or looks_like_agent_key(data) or looks_like_keybox(data):
        return True
    first = data[:1]
    if not first or not first[0] & 0x80:
        return False
    new = first[0] & 0x40
    tag = first[0] & 0x3F if new else (first[0] >> 2) & 0xF
    one = data[1:2]
    at = 1 + ((1 if one < b"\xc0" else 2 if one < b"\xe0" else 5) if new else (1 << (first[0] & 3)) % 8)
    return tag in (5, 6) and data[at : at + 1] in (b"\x04", b"\x05", b"\x06") and data[at + 5 : at + 6] in _KNOWN


_KNOWN = {bytes([number]) for number in ALGORITHMS}


def in_lines(data: bytes, whole: Callable[[bytes], bool]) -> Iterator[tuple[int, bytes]]:
    """(line, decoded) of every key that stands in `data` as base64, lines counted from 1. `whole` says whether nothing is missing."""
    lines = [_COLOUR.sub(b"", line) for line in data.split(b"\n")]
    at = 0
    while at < len(lines):
        run = next((one for one in _RUN.findall(lines[at]) if begins_like_a_key(_decoded(one[: _SHORTEST * 2]))), None)
        if run is None:
            at += 1
            continue
        text, after = _collected(lines, at, run, whole)
        yield at + 1, text
        at = after


def _collected(lines: list[bytes], first: int, run: bytes, whole: Callable[[bytes], bool]) -> tuple[bytes, int]:
    """The pieces of the same length that follow, and the shorter one that makes it whole; with the line after the last."""
    pieces, at, last = [run], first + 1, first
    while at < len(lines) and at - last <= _GAP and len(pieces) < _MOST_PIECES and not run.endswith(b"="):
        piece = next((one for one in _RUN.findall(lines[at]) if len(one) == len(run)), None)
        if piece is not None:
            pieces.append(piece)
            last = at
        at += 1
    body = b"".join(pieces)
    if whole(_decoded(body)):
        return _decoded(body), last + 1
    for number in range(last + 1, min(last + 1 + _GAP, len(lines))):
        for tail in _TAIL.findall(lines[number])[-_TAILS:]:
            if len(tail) < len(run) and whole(_decoded(body + tail)):
                return _decoded(body + tail), number + 1
    return _decoded(body), last + 1


def _decoded(text: bytes) -> bytes:
    text = text.rstrip(b"=")
    text = text[:-1] if len(text) % 4 == 1 else text
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""
