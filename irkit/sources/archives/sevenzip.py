"""7z, through py7zr: unpacked into memory as a whole, for its files are compressed behind each other.

https://py7zr.readthedocs.io/en/stable/archive_format.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from irkit.errors import NotAvailable
from irkit.extras import how_to_get
from irkit.sources.archives.interface import HELD, Family, Member, Noted, Source, printable

_MOST = 4 * HELD


def _members(source: Source, note: Noted) -> Iterator[Member]:
    try:
        import py7zr
    except ImportError:
        raise NotAvailable("7z needs the package py7zr", do=f"{how_to_get('archives')}, and search again") from None
    try:
        archive = py7zr.SevenZipFile(source.file())
    except py7zr.PasswordRequired:
        note("", "encrypted, its names too, so it could not be read")
        return
    with archive:
        if archive.needs_password():
            note("", "encrypted, so it could not be read")
            return
        size = sum(one.uncompressed for one in archive.list())
        if size > _MOST:
            note("", f"it holds {size >> 20} MiB, more than is unpacked in memory; unpack it and give its path")
            return
        kept, failure = _extracted(archive)
    for name in list(kept):
        yield Member(printable(name), iter((bytes(kept.pop(name)),)))
    if failure:
        raise failure


def _extracted(archive: Any) -> tuple[dict[str, bytearray], Exception | None]:
    """What could be read, by name, and the error that ended it early."""
    from py7zr.io import Py7zIO, WriterFactory

    kept: dict[str, bytearray] = {}

    class Kept(Py7zIO):
        """py7zr's own way of reading without writing files."""

        def __init__(self, name: str) -> None:
            self._data = kept.setdefault(name, bytearray())

        def write(self, s: bytes | bytearray) -> int:
            if sum(map(len, kept.values())) + len(s) > _MOST:
                raise ValueError(f"it holds more than {_MOST >> 20} MiB")
            self._data += s
            return len(s)

        def read(self, size: int | None = None) -> bytes:
            return bytes(self._data[:size])

        def seek(self, offset: int, whence: int = 0) -> int:
            return offset if whence == 0 else len(self._data)

        def flush(self) -> None:
            return

        def size(self) -> int:
            return len(self._data)

    class Keeping(WriterFactory):
        def create(self, filename: str) -> Py7zIO:
            return Kept(filename)

    try:
        archive.extract(factory=Keeping())
    except Exception as error:  # what came before the damage is read first
        return kept, error
    return kept, None


SEVENZIP = Family("7z", lambda head: head[:6] == b"7z\xbc\xaf\x27\x1c", _members, seeks=True, hides_names=True)
