"""Which bytes may hold an identifier, asked before anything is parsed.

Whatever way a log escapes `+`, `/` and `=` (JSON, percent signs), letters and digits stand as they are: the longest run
of them in an identifier must stand wherever the identifier does. A hash may stand in base64 or hex, hex in either case.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from array import array
from collections.abc import Callable, Collection, Iterable

_AWS = re.compile(r"A[KS]IA[A-Z0-9]{16,}")
_AWS_HEADS = (b"AKIA", b"ASIA", b"AKIAKIA", b"AKIASIA", b"ASIAKIA", b"ASIASIA")
_OVERLAPPING = 2  # from here on a head stands upon another one
_AWS_LENGTH = 20
_HEX = re.compile(r"[0-9A-Fa-f:-]{8,}")
_SHA256 = 32
_AWS_ANYWHERE = re.compile(rb"(?=(A[KS]IA.{16}))", re.DOTALL)
_FEW = 2
_ENOUGH = 8

Text = bytes | bytearray


class Seeker:
    """Whether one of the identifiers, or of the `raw` bytes, may stand in some bytes.

    When all of them are ids of AWS keys, it can note on the way which such ids stand in what it was asked about, so that a
    later search for another one knows where not to look; `noted` gives them, and forgets.
    """

    def __init__(self, identifiers: Collection[str], raw: Collection[bytes] = (), *, note: bool = False) -> None:
        named = {_run(writing) for one in identifiers for writing in _writings(one)}
        runs = sorted(run.encode() for run in named | {_run(one.decode("latin-1")) for one in raw})
        self.notes = note and not raw and all(map(_AWS.fullmatch, identifiers))
        self._noted: set[bytes] = set()
        self._all = True
        self._ids = frozenset(run[:_AWS_LENGTH] for run in runs)
        self._heads: Callable[[Text], list[tuple[int, int, int]]] = _finder(_AWS_HEADS) if self.notes else _nothing
        self._runs = runs
        self._one = runs[0] if len(runs) == 1 else b""
        self._many: Callable[[Text], list[tuple[int, int, int]]] = _finder(runs) if len(runs) > _FEW else _nothing

    def __call__(self, data: Text) -> bool:
        if self._one:
            return self._one in data
        if len(self._runs) <= _FEW:
            return any(run in data for run in self._runs)
        return bool(self._many(data))

    def noting(self, data: Text) -> bool:
        """The same of a part of the file that is asked about once."""
        if not self.notes:
            return self(data)
        found = self._heads(data)
        if not found:
            return False
        which, starts, _ = zip(*found, strict=True)
        if max(which) >= _OVERLAPPING:
            ids = {bytes(one[1]) for one in _AWS_ANYWHERE.finditer(data)}
        elif isinstance(data, bytes):
            ids = {data[at : at + _AWS_LENGTH] for at in starts}
        else:
            ids = {bytes(data[at : at + _AWS_LENGTH]) for at in starts}
        self._noted |= ids
        return not ids.isdisjoint(self._ids)

    def missed(self) -> None:
        """Something of the file is not asked about in whole."""
        self._all = False

    def noted(self) -> frozenset[int] | None:
        """Checksums of the ids that stood in what was asked about since; None when that cannot be said."""
        found = frozenset(map(zlib.crc32, self._noted)) if self.notes and self._all else None
        self._noted, self._all = set(), True
        return found


def _writings(identifier: str) -> set[str]:
    """The ways in which logs may write it, but for what is escaped."""
    found = {identifier}
    if _HEX.fullmatch(identifier):
        found |= {identifier.lower(), identifier.upper()}
    try:
        digest = base64.b64decode(identifier, validate=True)
    except (binascii.Error, ValueError):
        return found
    return found | {digest.hex(), digest.hex().upper()} if len(digest) == _SHA256 else found


def _run(text: str) -> str:
    """What of it is never escaped: its longest run of letters and digits, or with `.:_-` when those are short (MD5 in colons)."""
    run = max(re.findall(r"[A-Za-z0-9]+", text), key=len, default="")
    return run if len(run) >= _ENOUGH else max(re.findall(r"[A-Za-z0-9.:_-]+", text), key=len, default="") or text


def _finder(patterns: Iterable[bytes]) -> Callable[[Text], list[tuple[int, int, int]]]:
    import ahocorasick_rs

    kind = ahocorasick_rs.MatchKind.LeftmostLongest
    return ahocorasick_rs.BytesAhoCorasick(list(patterns), kind).find_matches_as_indexes


def _nothing(_data: Text) -> list[tuple[int, int, int]]:
    return []


class Notes:
    """Which ids of AWS keys stand in the files of one batch, as checksums: small, and wrong only towards reading too much."""

    def __init__(self) -> None:
        self._ids = array("Q")
        self._unknown: set[int] = set()

    def add(self, file: int, ids: Collection[int] | None) -> None:
        """None: it has to be looked into again, whatever is sought."""
        if ids is None:
            self._unknown.add(file)
        else:
            self._ids.extend(file << 32 | one for one in ids)

    def may_hold(self, identifiers: Collection[str]) -> set[int] | None:
        """The files that may hold one of them; None when nothing can be said."""
        if not all(map(_AWS.fullmatch, identifiers)):
            return None
        sought = {zlib.crc32(one[:_AWS_LENGTH].encode()) for one in identifiers}
        return {one >> 32 for one in self._ids if one & 0xFFFFFFFF in sought} | self._unknown
