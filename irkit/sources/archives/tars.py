"""tar: POSIX, GNU, pax and the old ones, read onward; links, devices and folders hold nothing.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import IO, Any, Self, cast

from irkit.sources.archives.interface import PIECE, Family, Member, Noted, Source, printable


class _Header(tarfile.TarInfo):
    """A header that says when it is none: `tarfile` passes over damage without a word where it can go on behind it."""

    seen: list[str]

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.TarError as error:
            cls.seen.append(type(error).__name__)
            raise


def _members(source: Source, note: Noted) -> Iterator[Member]:
    seen: list[str] = []
    header = type("Header", (_Header,), {"seen": seen})
    stream = cast("IO[bytes]", source.forward())
    with tarfile.open(fileobj=stream, mode="r:", ignore_zeros=True, errorlevel=1, tarinfo=header) as tar:
        while (info := tar.next()) is not None:
            vars(tar)["members"].clear()  # otherwise every header stays in memory
            if info.isreg() and info.size:
                yield _member(tar, info)
            _told(seen, note, f"before {printable(info.name)}")
    if _told(seen, note, "at its end"):
        return
    if "EOFHeaderError" not in seen:
        note("", "its end mark is missing, so it may be cut short")


def _told(seen: list[str], note: Noted, where: str) -> bool:
    """Notes headers that were none, and forgets them."""
    broken = [name for name in seen if name != "EOFHeaderError" and name != "EmptyHeaderError"]
    if broken:
        note("", f"{len(broken)} blocks {where} are no header; what they described was not read")
    seen[:] = [name for name in seen if name == "EOFHeaderError"][:1]
    return bool(broken)


def _member(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    sparse: list[tuple[int, int]] | None = cast("Any", info).sparse
    stored = sum(size for _, size in sparse) if sparse else info.size
    return Member(printable(info.name), _content(tar, info), (info.offset_data, info.offset_data + stored))


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
