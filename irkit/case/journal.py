"""The journal: append-only, hash-chained, in SQLite.

Each record's digest is SHA-256 over six lines (previous digest, seq, at, kind, actor, body), so the chain can be checked
with sqlite3 and sha256sum alone (docs/verify-by-hand.md). Triggers refuse update and delete; every entry is on the disk before
`append` returns. Writers of several threads, processes and machines queue on SQLite's own lock.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit.case import database
from irkit.case.connection import Connection
from irkit.case.verifying.chain import GENESIS, Row, chained, first_fault
from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Kind, Record, iso, parse_instant
from irkit.plan import canonical

_COLUMNS = "seq, at, kind, actor, body, previous, digest"
_WHY = {
    sqlite3.SQLITE_FULL: ("the disk is full; nothing of it was written", "make room and run it again"),
    sqlite3.SQLITE_IOERR: ("the disk refused; nothing of it was written", "make room, or look at the disk, and run it again"),
    sqlite3.SQLITE_BUSY: (f"another process kept it for {database.WAIT_S:g} seconds", "let that finish and run it again"),
    sqlite3.SQLITE_READONLY: ("it cannot be written here", "work where the case folder can be written"),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened", "check the folder's rights"),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", "irkit verify CASE says how far it can be read; take a copy of the case"),
    sqlite3.SQLITE_NOTADB: ("the file is no database", "take a copy of the case"),
}  # fmt: skip


class Journal:
    """The record of one case. No lock and no transaction is held between calls, so a kill leaves nothing behind.

    Times are the writer's clock: the order is that of `seq`, and a clock that went back between two records shows in their times, which
    both stay.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: list[Record] = []  # what was read before: the journal only grows
        self._file = Connection(path, self)

    @classmethod
    def create(cls, path: Path) -> Journal:
        try:
            database.create(path)
        except sqlite3.Error as error:
            raise _failed(error, path) from None
        return cls(path)

    def append(self, kind: Kind, body: Mapping[str, Any], actor: str) -> Record:
        """Write one record and return it once it is on disk. `body` must be plain JSON types, already redacted."""
        return self.append_many([(kind, body)], actor)[0]

    def append_many(self, entries: Iterable[tuple[Kind, Mapping[str, Any]]], actor: str) -> tuple[Record, ...]:
        """Write several records, all or none, and return them once they are on disk. StepFailed when they could not be written."""
        texts = [(kind, canonical(dict(body)).decode()) for kind, body in entries]
        made: list[Record] = []
        with self._connection(write=True) as db:
            db.execute("BEGIN IMMEDIATE")
            row = db.execute("SELECT seq, digest FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
            seq, previous = (row[0], row[1]) if row else (0, GENESIS)
            for kind, text in texts:
                seq, at = seq + 1, iso(datetime.now(UTC))
                digest = chained(previous, seq, at, kind.value, actor, text)
                values = (seq, at, kind.value, actor, text, previous, digest)
                db.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", values)
                made.append(Record(seq, parse_instant(at), kind, actor, json.loads(text), previous, digest))
                previous = digest
            db.execute("COMMIT")
        return tuple(made)

    def records(self, *kinds: Kind) -> tuple[Record, ...]:
        """All records in order, or those of the given kinds."""
        with self._connection() as db:
            last = self._read[-1].seq if self._read else 0
            rows = db.execute(f"SELECT {_COLUMNS} FROM journal WHERE seq > ? ORDER BY seq", (last,)).fetchall()  # noqa: S608  (made of our own constants)
            self._read += [self._record(row) for row in rows]
            return tuple(one for one in self._read if not kinds or one.kind in kinds)

    def head(self) -> str:
        """Digest of the last record: naming it pins everything before it."""
        with self._connection() as db:
            row = db.execute("SELECT digest FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        return str(row[0]) if row else GENESIS

    @property
    def writable(self) -> bool:
        """Whether this process may write it: the file and its folder."""
        with self._connection():
            return self._file.get()[1]

    def broken_link(self) -> str | None:
        """The first record whose place in the chain is wrong, in words; None when the chain is whole."""
        with self._connection() as db:
            rows, damage = _readable(db)
        fault = first_fault(rows)
        if fault:
            return str(fault)
        if damage:
            return f"the database is damaged: {damage}; its records are whole up to {len(rows)}, and what came after cannot be read"
        return None

    def unguarded(self) -> bool:
        """True when the triggers that refuse every change are not there any more: somebody took them away."""
        with self._connection() as db:
            names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
        return not names >= database.TRIGGERS

    @contextmanager
    def _connection(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        with self._file.turn:
            try:
                db, writable = self._file.get()
                database.check(db, self.path)
                if write and not writable:
                    full = database.may_be_written(self.path)
                    raise StepFailed(
                        "nothing can be written into this case", on=self.path.parent,
                        why="its disk has no room, or refuses" if full else "its folder is read-only",
                        do=f"{'make room and run it again' if full else 'work where it can be written'}; "
                        "until then it can be looked at (irkit show, irkit verify, irkit export --out FILE)",
                    )  # fmt: skip
                yield db
            except sqlite3.Error as error:
                self._file.close()
                raise _failed(error, self.path) from None
            except BaseException:
                self._file.close()  # an interrupt may have come in the middle of a transaction
                raise

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        with self._file.turn:
            self._file.close()

    def _record(self, row: Row) -> Record:
        seq, at, kind, actor, body, previous, digest = row
        try:
            return Record(seq, parse_instant(at), Kind(kind), actor, json.loads(body), previous, digest)
        except (AttributeError, ValueError, TypeError, IrkitError):
            known = kind in set(Kind)
            raise BadInput(
                "a record of the journal cannot be read", on=f"record {seq}",
                why="it is damaged" if known else "this irkit knows no record of its kind: it was written by a newer irkit",
                do="irkit verify CASE" if known else "upgrade irkit",
            ) from None  # fmt: skip


def _readable(db: sqlite3.Connection) -> tuple[list[Row], str]:
    """All rows that can be read, in order, and what is wrong with the database, if anything is."""
    rows: list[Row] = []
    try:
        for row in db.execute(f"SELECT {_COLUMNS} FROM journal ORDER BY seq"):  # noqa: S608  (made of our own constants)
            rows.append(row)
        health = str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return rows, str(error)
    return rows, "" if health == "ok" else " ".join(health.split())


def _failed(error: sqlite3.Error, path: Path) -> StepFailed:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code: https://sqlite.org/rescode.html
    why, do = _WHY.get(code, (str(error), "check disk space and rights"))
    return StepFailed("the journal could not be read or written", on=path, why=f"{why} ({error})", do=do)
