"""A power cut at any byte: what was committed is there, what was not is not, and the journal goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.case import database, disk
from irkit.case.evidence import Evidence
from irkit.case.journal import Journal
from irkit.errors import StepFailed
from irkit.model import Kind

PAGE = 4096
HEADER, FRAME = 32, 24 + PAGE  # https://sqlite.org/fileformat2.html#walformat


def after_the_cut(whole: Path, folder: Path, log: bytes) -> Path:
    folder.mkdir()
    shutil.copyfile(whole / "journal.sqlite", folder / "journal.sqlite")
    (folder / "journal.sqlite-wal").write_bytes(log)
    return folder / "journal.sqlite"


def notes(journal: Journal) -> list[str]:
    return [record.body["text"] for record in journal.records(Kind.NOTE)]


def goes_on(path: Path) -> list[str]:
    """What the journal still holds; its chain must be whole, and another record must find its place."""
    journal = Journal(path)
    assert journal.broken_link() is None
    held = notes(journal)
    journal.append(Kind.NOTE, {"section": "summary", "text": "after the cut"}, "carol")
    assert notes(Journal(path)) == [*held, "after the cut"]
    assert Journal(path).broken_link() is None
    return held


def positions(size: int) -> list[int]:
    """Around every boundary of a frame and of its header, and in between."""
    edges = {HEADER + number * FRAME + more for number in range(size // FRAME + 1) for more in (0, 24)}
    near = {edge + by for edge in edges for by in (-1, 0, 1)}
    return sorted({0, 1, HEADER - 1, *near, *range(0, size, 1499), size} & set(range(size + 1)))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """A journal with eight commits, seven of them in its write-ahead log alone; and how long the log was after each of these."""
    folder = tmp_path_factory.mktemp("written")
    if not disk.is_local(folder):
        pytest.skip("the temporary folder is on a shared disk: no write-ahead log is kept there")
    Journal.create(folder / "journal.sqlite").append(Kind.NOTE, {"section": "summary", "text": "note 0"}, "carol")
    keeper = sqlite3.connect(folder / "journal.sqlite")  # as long as somebody reads, the log stays
    keeper.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    journal, lengths, log = Journal(folder / "journal.sqlite"), [0], folder / "journal.sqlite-wal"
    for number in range(1, 8):
        text = f"note {number}" + "x" * (number % 3) * 3000  # some take more than one page
        journal.append_many([(Kind.NOTE, {"section": "summary", "text": text})] * (1 + number % 2), "carol")
        lengths.append(log.stat().st_size)
    for name in ("journal.sqlite", "journal.sqlite-wal"):
        (folder / "cut").mkdir(exist_ok=True)
        shutil.copyfile(folder / name, folder / "cut" / name)
    keeper.close()
    return folder / "cut", lengths


def test_a_write_ahead_log_cut_anywhere_loses_no_commit_that_was_on_the_disk(
    written: tuple[Path, list[int]], tmp_path: Path
) -> None:
    whole, lengths = written
    log = (whole / "journal.sqlite-wal").read_bytes()
    counts = [1, *(1 + sum(1 + number % 2 for number in range(1, last + 1)) for last in range(1, 8))]
    for cut in positions(len(log)):
        path = after_the_cut(whole, tmp_path / str(cut), log[:cut])
        committed = sum(length <= cut for length in lengths) - 1
        assert len(goes_on(path)) == counts[committed], cut


@pytest.mark.parametrize("fill", [b"\0", b"\xff", b"old"], ids=["zeros", "ones", "what was there"])
def test_blocks_of_the_log_that_never_reached_the_disk_cost_only_what_was_not_committed(
    written: tuple[Path, list[int]], tmp_path: Path, fill: bytes
) -> None:
    whole, lengths = written
    log = (whole / "journal.sqlite-wal").read_bytes()
    for start in range(lengths[-2], len(log), 512):  # the last commit was under way: any sector of it may be missing
        sector = (fill * 512)[: min(512, len(log) - start)]
        held = Journal(after_the_cut(whole, tmp_path / str(start), log[:start] + sector + log[start + 512 :]))
        assert held.broken_link() is None
        assert len(notes(held)) >= 10


def test_a_checkpoint_cut_between_any_two_pages_loses_nothing(written: tuple[Path, list[int]], tmp_path: Path) -> None:
    whole, _ = written
    path = tmp_path / "done" / "journal.sqlite"
    shutil.copytree(whole, path.parent)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    db.close()
    before, after = (whole / "journal.sqlite").read_bytes(), path.read_bytes()
    for cut in range(0, len(after) + 1, PAGE // 2):  # half pages too
        folder = tmp_path / f"cut-{cut}"
        shutil.copytree(whole, folder)
        (folder / "journal.sqlite").write_bytes(after[:cut] + before[cut:] if cut < len(before) else after[:cut])
        assert len(goes_on(folder / "journal.sqlite")) == 12


def test_on_a_shared_disk_a_rollback_journal_takes_back_what_was_not_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "is_local", lambda _path: False)
    path = tmp_path / "journal.sqlite"
    Journal.create(path).append(Kind.NOTE, {"section": "summary", "text": "note 0"}, "carol")
    before = path.read_bytes()
    pages = len(before) // PAGE
    after = bytes(byte ^ 0x55 for byte in before)  # whatever the commit was writing when the power went
    rollback = hot_journal(before)
    for cut in [*range(0, len(rollback), 997), len(rollback)]:
        # SQLite writes no page of the database before the whole rollback journal is on the disk.
        torn = [0] if cut < len(rollback) else range(0, pages * PAGE + 1, PAGE // 4)
        for done in torn:
            path.write_bytes(after[:done] + before[done:])
            (tmp_path / "journal.sqlite-journal").write_bytes(rollback[:cut])
            assert goes_on(path) == ["note 0"]


def hot_journal(database_file: bytes) -> bytes:
    """The rollback journal of a commit that changes every page: https://sqlite.org/fileformat2.html#the_rollback_journal."""
    nonce, pages = 7, len(database_file) // PAGE
    numbers = (0xD9D505F9, 0x20A163D7, pages, nonce, pages, 512, PAGE)
    head = b"".join(number.to_bytes(4, "big") for number in numbers).ljust(512, b"\0")
    for number in range(pages):
        page = database_file[number * PAGE : (number + 1) * PAGE]
        check = (
            nonce + sum(page[PAGE - 200 :: -200][:-1] if PAGE % 200 == 0 else page[PAGE - 200 : 0 : -200])
        ) & 0xFFFFFFFF
        head += (number + 1).to_bytes(4, "big") + page + check.to_bytes(4, "big")
    return head


def test_a_journal_that_once_lay_on_a_shared_disk_keeps_no_write_ahead_log_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.sqlite"
    here = Journal.create(path)
    here.append(Kind.NOTE, {"section": "summary", "text": "here"}, "carol")
    monkeypatch.setattr(database, "is_local", lambda _path: False)
    monkeypatch.setattr(database, "WAIT_S", 0.1)
    with pytest.raises(StepFailed, match="open on the machine whose disk this is"):
        Journal(path).append(Kind.NOTE, {"section": "summary", "text": "too early"}, "bob")
    here.close()
    Journal(path).append(Kind.NOTE, {"section": "summary", "text": "there"}, "bob")
    assert path.read_bytes()[18:20] == b"\x01\x01"
    monkeypatch.undo()
    Journal(path).append(Kind.NOTE, {"section": "summary", "text": "here again"}, "carol")
    assert path.read_bytes()[18:20] == b"\x01\x01"
    assert notes(Journal(path)) == ["here", "there", "here again"]


@pytest.mark.parametrize("step", ["open", "fsync", "replace", "fsync of the folder"])
def test_evidence_is_whole_or_not_there_and_its_name_is_on_the_disk_before_anybody_hears_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    done: list[str] = []

    def told(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **more: object) -> object:
            called = "fsync of the folder" if name == "fsync" and "replace" in done else name
            if called == step:
                raise KeyboardInterrupt  # the run ends here
            done.append(called)
            return real(*args, **more)

        return call

    evidence = Evidence(tmp_path / "evidence")
    evidence.folder.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(disk.tempfile, "mkstemp", told("open", disk.tempfile.mkstemp))
        patch.setattr(disk.os, "fsync", told("fsync", os.fsync))
        patch.setattr(Path, "replace", told("replace", Path.replace))
        with pytest.raises(KeyboardInterrupt):
            evidence.put(b"what was seen")
    kept = [path.read_bytes() for path in evidence.folder.iterdir()]
    assert kept == ([b"what was seen"] if step == "fsync of the folder" else [])
    assert evidence.get(evidence.put(b"what was seen")) == b"what was seen"
    assert evidence.changed() == ()
