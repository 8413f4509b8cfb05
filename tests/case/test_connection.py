"""While the files of a case are read as files, this process has its database not open, by a journal that nobody uses any more either."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from irkit.case import disk
from irkit.case.connection import set_aside
from irkit.case.journal import Journal
from irkit.model import Kind

NOTE = {"section": "summary", "text": "a note"}
_COMES_AND_GOES = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("SELECT count(*) FROM journal").fetchall()
db.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    if not disk.is_local(tmp_path):
        pytest.skip("the temporary folder is on a shared disk: no write-ahead log is kept there")
    path = tmp_path / "case" / "journal.sqlite"
    path.parent.mkdir()
    Journal.create(path).append(Kind.NOTE, NOTE, "carol")
    gc.collect()
    gc.disable()  # garbage may be collected at any time, or much later
    yield path
    gc.enable()


def another_comes_and_goes(path: Path) -> bool:
    """Whether that found itself alone: whoever closes a database last folds the write-ahead log in and removes it."""
    subprocess.run([sys.executable, "-c", _COMES_AND_GOES, str(path)], check=True, timeout=120)
    return not path.with_name("journal.sqlite-wal").exists()


def read_as_files(folder: Path) -> None:
    for file in folder.iterdir():
        file.read_bytes()


def test_a_journal_in_use_is_closed_meanwhile_and_opened_again(path: Path) -> None:
    journal = Journal(path)
    journal.append(Kind.NOTE, NOTE, "carol")
    assert not another_comes_and_goes(path)
    with set_aside(path.parent):
        assert another_comes_and_goes(path)
    journal.append(Kind.NOTE, NOTE, "carol")
    assert len(journal.records()) == 3


def test_a_journal_that_was_dropped_gives_up_its_database_at_once(path: Path) -> None:
    Journal(path).append(Kind.NOTE, NOTE, "carol")
    assert another_comes_and_goes(path)


def test_one_that_garbage_still_holds_is_closed_too(path: Path) -> None:
    journal = Journal(path)
    journal.append(Kind.NOTE, NOTE, "carol")
    holds_itself = [journal]
    holds_itself.append(holds_itself)
    del journal, holds_itself
    assert not another_comes_and_goes(path)
    with set_aside(path.parent):
        assert another_comes_and_goes(path)


def test_reading_a_case_as_files_costs_no_record_of_anybody(path: Path) -> None:
    """As it went wrong: a dropped journal, the files read, another program that came and went, and what was written or read then."""
    for number in range(1, 4):
        Journal(path).append(Kind.NOTE, NOTE, "carol")
        with set_aside(path.parent):
            read_as_files(path.parent)
        another_comes_and_goes(path)
        other = Journal(path)
        other.append(Kind.NOTE, NOTE, "dana")
        assert other.broken_link() is None
        assert len(other.records()) == 1 + 2 * number
