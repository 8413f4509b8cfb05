"""The journal keeps everything, in order, and shows any change."""

import contextlib
import hashlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from irkit.case.journal import Journal
from irkit.errors import BadInput, StepFailed
from irkit.model import Kind


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal.create(tmp_path / "journal.sqlite")
    for number in range(5):
        made.append(Kind.NOTE, {"section": "summary", "text": f"note {number} é"}, "carol")
    return made


def test_records_come_back_in_order_and_the_chain_is_whole(journal):
    records = journal.records()
    assert [record.seq for record in records] == [1, 2, 3, 4, 5]
    assert [record.previous for record in records[1:]] == [record.digest for record in records[:-1]]
    assert journal.head() == records[-1].digest
    assert journal.broken_link() is None


@pytest.mark.parametrize(
    "statement", ["UPDATE journal SET body = '{}' WHERE seq = 2", "DELETE FROM journal WHERE seq = 2"]
)
def test_the_database_itself_refuses_to_change_a_record(journal, statement):
    with sqlite3.connect(journal.path) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE journal SET body = replace(body, 'note 1', 'note 9') WHERE seq = 2", "record 2 (note) was changed"),
        ("UPDATE journal SET actor = 'mallory' WHERE seq = 4", "record 4 (note) was changed"),
        ("UPDATE journal SET at = '2020-01-01T00:00:00Z' WHERE seq = 1", "record 1 (note) was changed"),
        ("DELETE FROM journal WHERE seq = 3", "record 3 is missing"),
        ("DELETE FROM journal WHERE seq = 1", "record 1 is missing"),
    ],
)
def test_whoever_gets_past_the_triggers_is_seen(journal, statement, said):
    with sqlite3.connect(journal.path) as db:
        db.executescript("DROP TRIGGER journal_is_append_only_update; DROP TRIGGER journal_is_append_only_delete;")
        db.execute(statement)
    assert said in str(journal.broken_link())


def test_a_third_person_can_check_the_chain_with_sqlite_and_sha256_alone(journal):
    with sqlite3.connect(journal.path) as db:
        rows = db.execute("SELECT previous, seq, at, kind, actor, body, digest FROM journal ORDER BY seq").fetchall()
    for *fields, digest in rows:
        assert hashlib.sha256("\n".join(map(str, fields)).encode()).hexdigest() == digest


def test_two_processes_at_once_lose_nothing(tmp_path):
    path = tmp_path / "journal.sqlite"
    Journal.create(path)
    writer = (
        "import sys; from pathlib import Path; from irkit.case.journal import Journal; from irkit.model import Kind\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "for number in range(60): journal.append(Kind.NOTE, {'section': sys.argv[2], 'text': str(number)}, sys.argv[2])\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", writer, str(path), name]) for name in ("alice", "bob")]
    assert [process.wait(timeout=120) for process in writers] == [0, 0]
    journal = Journal(path)
    assert journal.broken_link() is None
    for name in ("alice", "bob"):
        assert [record.body["text"] for record in journal.records() if record.actor == name] == [
            str(n) for n in range(60)
        ]


def test_a_file_that_is_no_database_is_a_sentence(tmp_path):
    (tmp_path / "journal.sqlite").write_bytes(b"this is not sqlite, not at all, whatever it is called" * 20)
    with pytest.raises(StepFailed, match=r"journal could not be read"):
        Journal(tmp_path / "journal.sqlite").records()


def test_a_journal_of_a_newer_irkit_is_left_alone(journal):
    with sqlite3.connect(journal.path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(BadInput, match="newer irkit"):
        journal.append(Kind.NOTE, {}, "carol")


def test_several_records_are_written_together_and_chained_as_if_one_by_one(journal):
    before = journal.records()
    made = journal.append_many([(Kind.NOTE, {"text": f"one of many {number}"}) for number in range(300)], "carol")
    assert [one.seq for one in made] == list(range(6, 306))
    assert journal.records() == (*before, *made)
    assert journal.broken_link() is None
    assert journal.append_many([], "carol") == ()
    assert Journal(journal.path).records() == journal.records()


def test_of_several_records_all_are_written_or_none(journal):
    with pytest.raises(TypeError):
        journal.append_many([(Kind.NOTE, {"text": "good"}), (Kind.NOTE, {"text": object()})], "carol")
    with sqlite3.connect(journal.path) as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON journal WHEN new.seq = 8 BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(StepFailed, match="full"):
        journal.append_many([(Kind.NOTE, {"text": str(number)}) for number in range(5)], "carol")
    assert [one.seq for one in journal.records()] == [1, 2, 3, 4, 5]
    assert journal.append(Kind.NOTE, {"text": "after"}, "carol").seq == 6
    assert journal.broken_link() is None


def test_a_record_without_its_time_is_damage_and_told_as_that(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "journal.sqlite")
    journal.append(Kind.NOTE, {"section": "summary", "text": "one"}, "carol")
    journal.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)) as db:
        db.execute("DROP TRIGGER journal_is_append_only_update")
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET sql = replace(sql, 'TEXT NOT NULL', 'TEXT') WHERE name = 'journal'")
    with contextlib.closing(sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)) as db:
        db.execute("UPDATE journal SET at = NULL")
    with pytest.raises(BadInput, match=r"record 1.*it is damaged"):
        Journal(tmp_path / "journal.sqlite").records()
    assert Journal(tmp_path / "journal.sqlite").broken_link() == "record 1 is not of the form that records have"
