"""The journal: append-only, hash-chained, in SQLite.

Each record's digest is SHA-256 over seven lines (previous digest, seq, at, kind, actor, body), so the chain can be checked
with sqlite3 and sha256sum alone. Triggers refuse update and delete; WAL with `synchronous=FULL` fsyncs every entry before
`append` returns. Writers of several processes queue on SQLite's own lock.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit.errors import BadInput, StepFailed
from irkit.model import Kind, Record, iso, parse_instant
from irkit.plan import canonical

SCHEMA_VERSION = 1
GENESIS = "0" * 64
_WAIT_S = 30.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
  seq      INTEGER PRIMARY KEY,
  at       TEXT NOT NULL,
  kind     TEXT NOT NULL,
  actor    TEXT NOT NULL,
  body     TEXT NOT NULL,
  previous TEXT NOT NULL,
  digest   TEXT NOT NULL UNIQUE
);
CREATE TRIGGER IF NOT EXISTS journal_is_append_only_update BEFORE UPDATE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS journal_is_append_only_delete BEFORE DELETE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""


class Journal:
    """The record of one case. No lock and no transaction is held between calls, so a kill leaves nothing behind.

    One connection a process serves all threads in turn; a fork opens its own.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: list[Record] = []  # what was read before: the journal only grows
        self._turn = threading.RLock()  # threads of one process queue here, not in SQLite's polling
        self._open: tuple[int, sqlite3.Connection] | None = None

    @classmethod
    def create(cls, path: Path) -> Journal:
        if path.exists():
            raise BadInput("there is a journal already", on=path, do="open the case instead of making it again")
        path.touch(mode=0o600)
        journal = cls(path)
        with journal._connection() as db:
            db.executescript(_SCHEMA)
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        return journal

    def append(self, kind: Kind, body: Mapping[str, Any], actor: str) -> Record:
        """Write one record and return it once it is on disk. `body` must be plain JSON types, already redacted."""
        return self.append_many([(kind, body)], actor)[0]

    def append_many(self, entries: Iterable[tuple[Kind, Mapping[str, Any]]], actor: str) -> tuple[Record, ...]:
        """Write several records, all or none, and return them once they are on disk."""
        texts = [(kind, canonical(dict(body)).decode()) for kind, body in entries]
        made: list[Record] = []
        with self._connection() as db:
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
            rows = db.execute(
                "SELECT seq, at, kind, actor, body, previous, digest FROM journal WHERE seq > ? ORDER BY seq", (last,)
            ).fetchall()
            self._read += map(_record, rows)
            return tuple(one for one in self._read if not kinds or one.kind in kinds)

    def head(self) -> str:
        """Digest of the last record: naming it pins everything before it."""
        with self._connection() as db:
            row = db.execute("SELECT digest FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        return str(row[0]) if row else GENESIS

    def broken_link(self) -> str | None:
        """The first record whose place in the chain is wrong, in words; None when the chain is whole."""
        with self._connection() as db:
            health = db.execute("PRAGMA integrity_check").fetchone()[0]
            rows = db.execute(
                "SELECT seq, at, kind, actor, body, previous, digest FROM journal ORDER BY seq"
            ).fetchall()
        if health != "ok":
            return f"the database is damaged: {health}"
        previous = GENESIS
        for expected, (seq, at, kind, actor, body, named, digest) in enumerate(rows, start=1):
            if seq != expected:
                return f"record {expected} is missing"
            if named != previous:
                return f"record {seq} ({kind}) does not follow the record before it"
            if chained(previous, seq, at, kind, actor, body) != digest:
                return f"record {seq} ({kind}) was changed after it was written"
            previous = digest
        return None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            try:
                db = self._connected()
                if db.execute("PRAGMA user_version").fetchone()[0] > SCHEMA_VERSION:
                    self._close()
                    raise BadInput(
                        "this case was written by a newer irkit", on=self.path, do="upgrade irkit to read it"
                    )
                yield db
            except sqlite3.Error as error:
                self._close()
                raise StepFailed(
                    "the journal could not be read or written",
                    on=self.path,
                    why=str(error),
                    do="check disk space and rights",
                ) from None

    def _connected(self) -> sqlite3.Connection:
        if self._open and self._open[0] == os.getpid():
            return self._open[1]
        db = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        self._open = (os.getpid(), db)
        return db

    def _close(self) -> None:
        """What was open may be in the middle of a transaction: closing takes it back."""
        if self._open and self._open[0] == os.getpid():
            self._open[1].close()
        self._open = None


def chained(previous: str, seq: int, at: str, kind: str, actor: str, body: str) -> str:
    """SHA-256 of the six values joined by line feeds, in hexadecimal."""
    lines = "\n".join((previous, str(seq), at, kind, actor, body))
    return hashlib.sha256(lines.encode()).hexdigest()


def _record(row: tuple[Any, ...]) -> Record:
    seq, at, kind, actor, body, previous, digest = row
    return Record(seq, parse_instant(at), Kind(kind), actor, json.loads(body), previous, digest)
