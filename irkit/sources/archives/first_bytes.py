"""Which first bytes make it worth opening something: for readers that would rather not look at everything.

Never a miss of what a family recognises by bytes that few texts begin with, and sometimes too many: the family has the last word.
Other readings of plain text (web pages, notebooks, build logs, colours of a terminal) are not told by their first bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.sources.archives.closed import FIRST

LOOKED_AT = 1024
"""Bytes that are looked at: a PDF may have this much in front of it (ISO 32000-1, annex H, note 13)."""

PREFIXES = (
    b"\x1f\x8b\x08",  # gzip
    b"BZh",
    b"]\0\0",  # lzma
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",  # zstd
    b"PK\3\4",
    b"PK\5\6",
    b"PK\7\x08",
    b"7z\xbc\xaf\x27\x1c",
    b"\xed\xab\xee\xdb",  # rpm
    b"!<arch>\n",  # ar, deb
    b"070701",  # cpio
    b"070702",
    b"07070X",
    b"SQLite format 3\0",
    b"PACK\0\0\0",
    b"# v2 git bundle\n",
    b"# v3 git bundle\n",
    b"\xff\xfe",  # UTF-16 and UTF-32
    b"\xfe\xff",
    b"\0\0\xfe\xff",
    b"000000",  # a hex dump
    b'{"version',  # a recording of asciinema
    b"Script started on ",  # one of script(1)
    b"version https://git-lfs",  # a pointer of Git LFS
    *FIRST,
)
"""Eight bytes of each are looked at."""

_ZSTD_SKIPPED = bytes.fromhex("f0ffffff00000000"), bytes.fromhex("502a4d1800000000")
_UTF_16 = tuple((bytes(mask), bytes(8)) for mask in ((0, 255) * 4, (255, 0) * 4))

RULES: tuple[tuple[bytes, bytes], ...] = (
    *((b"\xff" * len(one[:8]) + bytes(8 - len(one[:8])), one[:8].ljust(8, b"\0")) for one in PREFIXES),
    _ZSTD_SKIPPED,
    *_UTF_16,
)
"""Mask and value of the first eight bytes."""

_NUMBERS = tuple((int.from_bytes(mask, "little"), int.from_bytes(value, "little")) for mask, value in RULES)
_TAR, _USTAR_AT, _SUM_AT = 512, 257, 148
_SUM = re.compile(rb"[0-7 \0]{8}")
_ZIP = b"PK\3\4"
PROGRAMS = (b"#!", b"MZ", b"\x7fELF")
"""Behind these a zip may stand."""


def may_open(head: bytes) -> bool:
    """Whether something with these first bytes (`LOOKED_AT`, or all of it) may be a container."""
    if len(head) >= 8:
        word = int.from_bytes(head[:8], "little")
        if any(word & mask == value for mask, value in _NUMBERS) or _zlib(head):
            return True
    return (len(head) >= _TAR and _tar(head)) or b"%PDF-" in head[:LOOKED_AT]


def _zlib(head: bytes) -> bool:
    """RFC 1950, 2.2: deflate with a window of 32 KiB, and a check over both bytes."""
    return head[0] == 0x78 and (head[0] << 8 | head[1]) % 31 == 0


def _tar(head: bytes) -> bool:
    """`ustar`, or for the format that was before it a checksum as tars write it."""
    if head[_USTAR_AT : _USTAR_AT + 5] == b"ustar":
        return True
    field = head[_SUM_AT : _SUM_AT + 8]
    return bool(head[0] and _SUM.fullmatch(field) and sum(byte in b"01234567" for byte in field) >= 3)


class FirstBytes:
    """Pieces on their way to somebody else; when they have passed, `may_open` tells whether all of them may be a container."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._head, self._last, self._zip = b"", b"", False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        if len(self._head) < LOOKED_AT:
            self._head += piece[: LOOKED_AT - len(self._head)]
        if self._head.startswith(PROGRAMS):
            self._zip = self._zip or _ZIP in self._last + piece
            self._last = piece[-3:]
        return piece

    def may_open(self) -> bool:
        """By its first bytes, or as a program behind which a zip stands."""
        return self._zip or may_open(self._head)
