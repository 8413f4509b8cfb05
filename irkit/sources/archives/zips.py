"""zip, and what is one under another name: jar, whl, apk, docx, odt; a script or program with a zip behind it.

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from irkit.sources.archives.interface import PIECE, Family, Member, Noted, Source, printable

_ENCRYPTED = 0x1


def _members(source: Source, note: Noted) -> Iterator[Member]:
    file = source.file()
    if _is_program(source.head) and not zipfile.is_zipfile(file):
        return  # nothing behind it
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            name = printable(info.filename)
            if info.is_dir() or not (info.file_size or info.compress_size):
                continue
            if info.flag_bits & _ENCRYPTED:
                note(name, "encrypted, so it could not be read")
                continue
            yield Member(name, _content(archive, info), _span(file, info))


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as file:
        while piece := file.read(PIECE):
            yield piece


def _span(file: BinaryIO, info: zipfile.ZipInfo) -> tuple[int, int] | None:
    """Where a member that is only stored stands: behind its local header."""
    if info.compress_type != zipfile.ZIP_STORED:
        return None
    file.seek(info.header_offset)
    header = file.read(30)
    if len(header) < 30:
        return None
    name, extra = struct.unpack("<HH", header[26:30])
    start = info.header_offset + 30 + name + extra
    return start, start + info.compress_size


def _is_program(head: bytes) -> bool:
    return head[:2] in (b"#!", b"MZ") or head[:4] == b"\x7fELF"


ZIP = Family("zip", lambda head: head[:4] in (b"PK\3\4", b"PK\5\6", b"PK\7\x08"), _members, seeks=True)
PROGRAM = Family("program", _is_program, _members, seeks=True)
