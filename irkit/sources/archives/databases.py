"""SQLite, cell by cell: text that overflow pages cut apart is whole here. Deleted rows are found in the raw pages.

Only the tables are read, in memory or from a file that is never written to; nothing that its schema says is run, and the work is
bounded. https://www.sqlite.org/fileformat2.html, https://www.sqlite.org/security.html
"""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Iterator
from urllib.parse import quote

from irkit.sources.archives.interface import Family, Kind, Member, Noted, Source, printable

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
    if source.path is not None:
        where = quote(os.path.abspath(os.fsencode(source.path)))  # noqa: PTH100  (names of any bytes)
        return sqlite3.connect(f"file:{where}?mode=ro&immutable=1", uri=True)
    data = bytearray(source.whole())
    if data[18:20] == b"\2\2":
        data[18:20] = b"\1\1"  # kept with a write-ahead log: without the log beside it SQLite would refuse to open it
    connection = sqlite3.connect(":memory:")
    connection.deserialize(bytes(data))
    return connection


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
