"""The journal's database file: how it is opened, what form it has, and how an older form becomes today's.

On a disk of this machine it keeps a write-ahead log, which costs one fsync an entry. A write-ahead log needs memory that all
writers share (https://sqlite.org/wal.html, "Disadvantages"), so that on any other disk it keeps a rollback journal; a case that
once lay on such a disk stays with that. Either way what was committed survives a power cut (`synchronous=EXTRA`).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from irkit import __version__
from irkit.case.disk import is_local, sync_folder
from irkit.errors import BadInput, StepFailed
from irkit.model import iso

VERSION = 2
"""1: the records. 2: and which irkit gave the database each of its forms."""
WAIT_S = 30.0

_REFUSED = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN})
_WRITE_AHEAD = b"\x02\x02"  # bytes 18 and 19 of the header: https://sqlite.org/fileformat2.html#the_database_header
_RECORDS = """
CREATE TABLE journal (
  seq      INTEGER PRIMARY KEY,
  at       TEXT NOT NULL,
  kind     TEXT NOT NULL,
  actor    TEXT NOT NULL,
  body     TEXT NOT NULL,
  previous TEXT NOT NULL,
  digest   TEXT NOT NULL UNIQUE
);
CREATE TRIGGER journal_is_append_only_update BEFORE UPDATE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_append_only_delete BEFORE DELETE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""
_FORMS = "CREATE TABLE form (version INTEGER PRIMARY KEY, irkit TEXT NOT NULL, at TEXT NOT NULL)"
TRIGGERS = frozenset({"journal_is_append_only_update", "journal_is_append_only_delete"})


def create(path: Path) -> None:
    """A new, empty database for its owner alone, made at once. BadInput when there is one; sqlite3.Error as it comes."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise BadInput("there is a journal already", on=path, do="open the case instead of making it again") from None
    db = _connect(path, "rw")
    with contextlib.closing(db):
        db.execute(f"PRAGMA journal_mode = {'WAL' if is_local(path) else 'DELETE'}")
        db.execute("PRAGMA synchronous = EXTRA")
        db.executescript(f"BEGIN IMMEDIATE; {_RECORDS} {_FORMS}; {_now_of(VERSION)} COMMIT;")
    sync_folder(path.parent)


def connect(path: Path) -> tuple[sqlite3.Connection, bool]:
    """The database, in today's form where it can be written, and whether it can.

    One that cannot be written, since it may not be or the disk has no room for the files that stand beside an open one, is read as it is;
    where even reading would need a file beside it, a copy in memory is read.
    BadInput for a newer form; StepFailed for a file that was never finished; sqlite3.Error as it comes.
    """
    if may_be_written(path):
        with contextlib.suppress(_NoRoom):
            return _opened(path, _for_writing), True
    return _opened(path, _for_reading), False


def may_be_written(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


class _NoRoom(Exception):
    """The disk refused what SQLite keeps beside an open database."""


def _opened(path: Path, how: Callable[[Path], sqlite3.Connection]) -> sqlite3.Connection:
    try:
        db = how(path)
        try:
            version = check(db, path)
            if how is _for_writing and version < VERSION:
                _migrate(db, path)
        except BaseException:
            db.close()
            raise
    except sqlite3.OperationalError as error:
        if how is _for_writing and error.sqlite_errorcode & 0xFF in _REFUSED:
            raise _NoRoom from error
        raise
    return db


def check(db: sqlite3.Connection, path: Path) -> int:
    """The form the database has. BadInput for a newer one than this irkit knows, naming the irkit that does."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version == 0:
        raise StepFailed("the journal was never finished", on=path, why="it has no form", do="make the case again")
    if version > VERSION:
        needed = _maker(db, version)
        raise BadInput(
            "this case was written by a newer irkit", on=path,
            why=f"its journal has form {version}, and irkit {__version__} knows {VERSION}",
            do=f"upgrade irkit to {needed} or newer to read it" if needed else "upgrade irkit to read it",
        )  # fmt: skip
    return version


def _maker(db: sqlite3.Connection, version: int) -> str:
    with contextlib.suppress(sqlite3.Error):
        row = db.execute("SELECT irkit FROM form WHERE version = ?", (version,)).fetchone()
        if row and re.fullmatch(r"[0-9][0-9A-Za-z.+-]{0,30}", str(row[0])):
            return str(row[0])
    return ""


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=WAIT_S, isolation_level=None, check_same_thread=False)


def _for_writing(path: Path) -> sqlite3.Connection:
    db = _connect(path, "rw")
    try:
        if not is_local(path) and _keeps_write_ahead_log(path):
            _leave_write_ahead_log(db, path)
        db.execute("PRAGMA synchronous = EXTRA")
    except BaseException:
        db.close()
        raise
    return db


def _keeps_write_ahead_log(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(20)[18:20] == _WRITE_AHEAD


def _leave_write_ahead_log(db: sqlite3.Connection, path: Path) -> None:
    """Before anything is read: alone on the file no shared memory is needed (https://sqlite.org/wal.html#noshm)."""
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA locking_mode = NORMAL")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()  # lets the lock go
    except sqlite3.OperationalError as error:
        raise StepFailed(
            "the case is open on the machine whose disk this is", on=path, why=str(error),
            do="end irkit and its notebooks there once; then both can work on the case",
        ) from None  # fmt: skip


def _for_reading(path: Path) -> sqlite3.Connection:
    db = _connect(path, "ro")
    try:
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return db
    except sqlite3.OperationalError:
        db.close()
    with tempfile.TemporaryDirectory(prefix="irkit-") as folder:
        for name in (path.name, f"{path.name}-wal", f"{path.name}-journal"):
            if (path.parent / name).exists():
                shutil.copyfile(path.parent / name, Path(folder) / name)
        memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        with contextlib.closing(_connect(Path(folder) / path.name, "rw")) as copied:
            copied.backup(memory)
        return memory


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    """Form 1 to 2, in one transaction; the database as it was stays beside it. The records are not touched."""
    db.execute("BEGIN IMMEDIATE")
    if check(db, path) < VERSION:  # another process may have been first
        _keep_copy(path, path.with_name(f"{path.name}.form-1"))
        db.execute(_FORMS)
        for statement in _now_of(VERSION).split(";"):
            db.execute(statement)
    db.execute("COMMIT")


def _keep_copy(path: Path, kept: Path) -> None:
    part = kept.with_name(f".{kept.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with contextlib.closing(_connect(path, "ro")) as source, contextlib.closing(_connect(part, "rw")) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(kept)
    sync_folder(kept.parent)


def _now_of(version: int) -> str:
    at = iso(datetime.now(UTC).replace(microsecond=0))
    return f"INSERT INTO form VALUES ({version}, '{__version__}', '{at}'); PRAGMA user_version = {version};"  # noqa: S608  (made of our own constants)
