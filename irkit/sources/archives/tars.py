"""tar: POSIX, GNU, pax and the old ones, read onward; links, devices and folders hold nothing.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import IO, cast

from irkit.sources.archives.interface import PIECE, Family, Member, Noted, Source, printable

_ZEROS = 1 << 20  # zeros behind the end that are looked through for a second archive


def _members(source: Source, note: Noted) -> Iterator[Member]:
    forward = source.forward()
    with tarfile.open(fileobj=cast("IO[bytes]", forward), mode="r:", ignore_zeros=True, errorlevel=1) as tar:
        before = 0
        while (info := tar.next()) is not None:
            vars(tar)["members"].clear()  # otherwise every header stays in memory
            if info.offset - before > _ZEROS:
                note("", f"{info.offset - before} bytes before offset {info.offset} are no part of it")
            before = info.offset_data + info.size
            if not info.isreg() or not info.size:
                continue
            yield _member(tar, info)


def _member(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    span = None if info.issparse() else (info.offset_data, info.offset_data + info.size)
    return Member(printable(info.name), _content(tar, info), span)


def _content(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    file = tar.extractfile(info)
    left = info.size
    while file and left > 0:
        piece = file.read(min(PIECE, left))
        if not piece:
            raise EOFError("it ends in the middle")
        left -= len(piece)
        yield piece


def _is_one(head: bytes) -> bool:
    """A first header whose checksum is right (the old format has no magic), or the magic alone: then it is damaged."""
    if len(head) < 262:
        return False
    if head[257:262] == b"ustar":
        return True
    try:
        stated = int(head[148:156].strip(b" \0"), 8)
    except ValueError:
        return False
    return len(head) >= 512 and head[0] != 0 and sum(head[:148]) + 256 + sum(head[156:512]) == stated


TAR = Family("tar", _is_one, _members)
