"""SQLite, cell by cell: text that overflow pages cut apart is whole here, and what is only in a log beside it is too.

Deleted rows are found in the raw pages. Only the tables are read, in memory or from a file that is never written to; nothing that
its schema says is run, and the work is bounded. https://www.sqlite.org/fileformat2.html, https://www.sqlite.org/security.html
"""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from urllib.parse import quote

from irkit.sources.archives.interface import HELD, Family, Kind, Member, Noted, Source, printable

_STEPS = 1_000_000
_MOST_STEPS = 400  # times _STEPS virtual machine instructions


def _members(source: Source, note: Noted) -> Iterator[Member]:
    missing = _stated_size(source.head) - source.file().seek(0, io.SEEK_END)
    if missing > 0:
        note("", f"cut short: the last {missing} bytes are missing")
    connection = _opened(source)
    try:
        _tame(connection)
        tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name"
        for (table,) in connection.execute(tables).fetchall():
            try:
                yield from _rows(connection, table)
            except sqlite3.Error as error:
                note(_text(table), f"this table is damaged: {error}")
    finally:
        connection.close()


def _opened(source: Source) -> sqlite3.Connection:
    """From where it is on disk, said to be unchanging so that nothing is written beside it; otherwise from memory."""
    log = _log_beside(source)
    if source.path is not None and not log:
        where = quote(os.path.abspath(os.fsencode(source.path)))  # noqa: PTH100  (names of any bytes)
        return sqlite3.connect(f"file:{where}?mode=ro&immutable=1", uri=True)
    data = bytearray(source.whole())
    _carry_out(data, log)
    if data[18:20] == b"\2\2":
        data[18:20] = b"\1\1"  # kept with a write-ahead log: without the log beside it SQLite would refuse to open it
    connection = sqlite3.connect(":memory:")
    connection.deserialize(bytes(data))
    return connection


def _log_beside(source: Source) -> bytes:
    """The write-ahead log that lies beside a file on disk."""
    if source.path is None:
        return b""
    beside = Path(os.fsdecode(source.path) + "-wal")
    try:
        return beside.read_bytes() if beside.is_file() and 32 < beside.stat().st_size <= HELD else b""
    except OSError:
        return b""


def _carry_out(data: bytearray, log: bytes) -> None:
    """Puts the pages of a write-ahead log in their places, up to its last commit (section 4 of the format)."""
    page, salts = int.from_bytes(log[8:12], "big"), log[16:24]
    if log[:4] not in (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83") or not 512 <= page <= 65536:
        return
    frames = range(32, len(log) - 24 - page + 1, 24 + page)
    valid = list(takewhile(lambda at: log[at + 8 : at + 16] == salts, frames))
    commits = [number for number, at in enumerate(valid) if log[at + 4 : at + 8] != bytes(4)]
    for at in valid[: commits[-1] + 1] if commits else ():
        place = (int.from_bytes(log[at : at + 4], "big") - 1) * page
        if 0 <= place <= 2 * HELD:
            data.extend(bytes(max(0, place + page - len(data))))
            data[place : place + page] = log[at + 24 : at + 24 + page]


def _stated_size(data: bytes) -> int:
    """Pages times their size, as the header has it; 0 when the header does not know (section 1.3.7 of the format)."""
    page = int.from_bytes(data[16:18], "big")
    known = data[24:28] == data[92:96]
    return int.from_bytes(data[28:32], "big") * (65536 if page == 1 else page) if known else 0


def _tame(connection: sqlite3.Connection) -> None:
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "query_only=ON", "mmap_size=0"):
        connection.execute(f"PRAGMA {pragma}")
    connection.text_factory = bytes
    steps = iter(range(_MOST_STEPS))
    connection.set_progress_handler(lambda: next(steps, None) is None, _STEPS)


def _rows(connection: sqlite3.Connection, table: bytes | str) -> Iterator[Member]:
    name = _text(table)
    quoted = name.replace('"', '""')
    cursor = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  (a name cannot be a parameter; it is quoted)
    columns = [_text(column[0]) for column in cursor.description]
    for number, row in enumerate(cursor, 1):
        for column, value in zip(columns, row, strict=True):
            if isinstance(value, bytes) and len(value) >= 8:  # a shorter one holds no secret that is sought
                yield Member(printable(f"{name}.{column} row {number}"), iter((value,)))


def _text(name: bytes | str) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name


SQLITE = Family("SQLite database", lambda head: head[:16] == b"SQLite format 3\0", _members, Kind.NAMED, seeks=True)
