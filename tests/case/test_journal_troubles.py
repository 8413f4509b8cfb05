"""What else happens to a journal: a full disk, a clock set back, a folder that is read-only, two people at once, another irkit."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from irkit import __version__
from irkit.case import Case, database, lock
from irkit.case.journal import Journal
from irkit.case.lock import exclusive, holder
from irkit.errors import BadInput, StepFailed, Waiting
from irkit.model import Kind, SecretRef
from tests.needs import needs

TOKEN = "unknown-service_FAKE_FAKE_FAKE_0123456789"
KEPT = Path(__file__).parent / "kept"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    return Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], settings={"responder": "carol"})


def irkit(*args: str | Path, **how: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "irkit", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **how)  # type: ignore[call-overload, no-any-return]


# The disk is full


def test_on_a_full_disk_nothing_half_is_written_and_it_goes_on_later(case: Case) -> None:
    case.note("summary", "before")
    case.journal.close()
    size = sum(path.stat().st_size for path in case.folder.glob("journal.sqlite*"))
    script = (
        "import sys; from irkit.case import Case; from irkit.cli.common import run_guarded\n"
        "case = Case.open(sys.argv[1])\n"
        "run_guarded(lambda: case.note('summary', 'x' * 3_000_000))\n"
    )

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 500_000, size + 500_000))

    told = subprocess.run(
        [sys.executable, "-c", script, str(case.folder)], capture_output=True, text=True, check=False, preexec_fn=full
    )  # fmt: skip
    assert told.returncode == 1
    assert "nothing of it was written" in told.stderr
    assert told.stderr.count("\n") == 1
    assert case.journal.broken_link() is None
    assert [one.body["text"] for one in case.journal.records(Kind.NOTE)] == ["before"]
    case.note("summary", "after")
    assert case.journal.broken_link() is None


def test_a_full_database_is_said_to_be_full(case: Case) -> None:
    with case.journal._connection() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StepFailed, match="the disk is full; nothing of it was written"):
        case.journal.append_many([(Kind.NOTE, {"section": "summary", "text": "x" * 900})] * 50, "carol")
    assert case.journal.records(Kind.NOTE) == ()
    case.note("summary", "after")
    assert case.journal.broken_link() is None


def test_a_case_on_a_full_disk_can_be_looked_at(case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """SQLite keeps a file beside an open database: where there is no room for it, a copy elsewhere is read."""
    case.note("summary", "before")
    case.journal.close()

    def full(path: Path) -> sqlite3.Connection:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR | 19 << 8  # SQLITE_IOERR_SHMSIZE
        raise error

    opened = Case.open(case.folder)
    with monkeypatch.context() as patch:
        patch.setattr(database, "_for_writing", full)
        opened.journal.close()
        assert "unbroken" in opened.verify().text()
        assert opened.export("md", tmp_path / "out.md").is_file()
        with pytest.raises(StepFailed, match=r"no room.*Make room.*irkit export --out"):
            opened.note("summary", "lost")
    opened.note("summary", "after")
    assert [one.body["text"] for one in opened.journal.records(Kind.NOTE)] == ["before", "after"]


def test_evidence_that_finds_no_room_is_a_sentence_and_no_record_names_it(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    before = len(case.journal.records())
    with monkeypatch.context() as patch:
        patch.setattr("irkit.case.disk.os.fsync", full)
        with pytest.raises(StepFailed, match=r"evidence could not be kept.*No space left"):
            case.keep({"seen": 1}, "what was seen", "a log")
    assert len(case.journal.records()) == before
    assert not list((case.folder / "evidence").glob("*")) + list((case.folder / "evidence").glob(".*"))


def test_an_interrupt_in_the_middle_of_writing_takes_it_back(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("irkit.case.journal.parse_instant", stopped)
        with pytest.raises(KeyboardInterrupt):
            case.journal.append_many([(Kind.NOTE, {"section": "summary", "text": "half"})] * 2, "carol")
    case.note("summary", "whole")
    assert [one.body["text"] for one in case.journal.records(Kind.NOTE)] == ["whole"]


# The clock


def test_a_clock_that_went_back_is_a_notice_and_both_times_stay(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(hours=1)

    case.note("summary", "first")
    with monkeypatch.context() as patch:
        patch.setattr("irkit.case.journal.datetime", Earlier)
        case.note("summary", "second")
    first, second = case.journal.records(Kind.NOTE)
    assert second.at < first.at <= datetime.now(UTC)
    assert second.seq == first.seq + 1
    said = case.verify().text()
    assert f"The clock went back 3{'599' if '3599' in said else '600'}." in said
    assert f"before record {second.seq} (note)" in said


# The folder is read-only


def without_rights() -> list[str]:
    """In front of a command: root without the capability to write what its mode forbids; anybody else has none to begin with."""
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


@needs(*(["setpriv"] if os.geteuid() == 0 else []))
@pytest.mark.parametrize("left", ["closed well", "killed, with a write-ahead log beside it"])
def test_a_read_only_case_can_be_looked_at_and_says_in_one_sentence_that_nothing_can_be_written(
    case: Case, tmp_path: Path, left: str
) -> None:
    if left != "closed well":
        keeper = sqlite3.connect(case.folder / "journal.sqlite")
        keeper.execute("SELECT count(*) FROM journal").fetchone()
        case.note("summary", "only in the log")
        shutil.copytree(case.folder, tmp_path / "killed" / "case")
        (tmp_path / "killed" / "case" / "journal.sqlite-shm").unlink()
        folder = tmp_path / "killed" / "case"
    else:
        case.journal.close()
        folder = case.folder
    count = len(case.journal.records())
    case.journal.close()
    out = tmp_path / "out"
    out.mkdir()
    script = (
        "import sys; from pathlib import Path\n"
        "from irkit.case import Case; from irkit.errors import IrkitError\n"
        "case = Case.open(Path(sys.argv[1]))\n"
        "print(len(case.journal.records()), 'records')\n"
        "print(case.status().text())\n"
        "print(case.verify().text())\n"
        "print(case.export('md', Path(sys.argv[2]) / 'postmortem.md'))\n"
        "for act in (lambda: case.note('summary', 'no'), lambda: case.exclusively().__enter__(), lambda: case.export('md')):\n"
        "    try: act(); print('WRITTEN')\n"
        "    except IrkitError as error: print('REFUSED', error.exit_code, str(error).replace(chr(10), ' '))\n"
    )
    environment = os.environ | {"HOME": str(out), "TMPDIR": str(out), "PYTHONPATH": os.pathsep.join(sys.path)}
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    for path in before | {folder: 0}:
        path.chmod(0o500 if path.is_dir() else 0o400)
    command = [*without_rights(), sys.executable, "-c", script, str(folder), str(out)]
    told = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert told.returncode == 0, told.stderr
    assert f"{count} records" in told.stdout
    assert "unbroken" in told.stdout
    assert (out / "postmortem.md").read_text().startswith("# ")
    refused = [line for line in told.stdout.splitlines() if line.startswith(("REFUSED", "WRITTEN"))]
    assert len(refused) == 3
    assert refused[0].startswith("REFUSED 1 nothing can be written into this case")
    assert all(line.startswith("REFUSED 1") for line in refused)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    for path in before | {folder: 0}:
        path.chmod(0o700)


# Two at once


@pytest.mark.parametrize("shared", [False, True], ids=["this machine's disk", "a shared disk"])
def test_threads_and_processes_at_once_lose_nothing_and_keep_the_chain(tmp_path: Path, shared: bool) -> None:
    path = tmp_path / "journal.sqlite"
    script = (
        "import sys, threading; from pathlib import Path; from irkit.case import database\n"
        f"database.is_local = lambda path: {not shared}\n"
        "from irkit.case.journal import Journal; from irkit.model import Kind\n"
        "path = Path(sys.argv[1])\n"
        "if sys.argv[2] == 'create': Journal.create(path); sys.exit()\n"
        "journal = Journal(path)\n"
        "def write(name):\n"
        "    for number in range(12): journal.append(Kind.NOTE, {'section': name, 'text': str(number)}, sys.argv[2])\n"
        "threads = [threading.Thread(target=write, args=(f'{sys.argv[2]}-{n}',)) for n in range(4)]\n"
        "[one.start() for one in threads]; [one.join() for one in threads]\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path), "create"], check=True)
    people = [subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in ("alice", "bob", "carol")]
    assert [process.wait(timeout=240) for process in people] == [0, 0, 0]
    assert path.read_bytes()[18:20] == (b"\x01\x01" if shared else path.read_bytes()[18:20])
    journal = Journal(path)
    assert journal.broken_link() is None
    for name in ("alice", "bob", "carol"):
        for number in range(4):
            written = [one.body["text"] for one in journal.records() if one.body["section"] == f"{name}-{number}"]
            assert written == [str(n) for n in range(12)]


def test_whoever_waits_is_told_who_holds_the_case_and_since_when(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive(path):
        held = holder(path)
        assert held is not None
        assert (held.pid, held.host) == (os.getpid(), lock._HOST())
        assert path.stat().st_mode & 0o777 == 0o600
        with (
            pytest.raises(Waiting, match=f"process {os.getpid()} on .*, since 20.*Let it finish"),
            exclusive(path, 0.2),
        ):
            pass
    assert holder(path) is None
    with exclusive(path, 0):
        pass


def test_what_a_killed_process_of_this_machine_left_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = (
        "import os, signal, sys; from pathlib import Path; from irkit.case.lock import exclusive\n"
        "with exclusive(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == -9
    assert holder(path) is not None
    with exclusive(path, 0):
        held = holder(path)
        assert held is not None
        assert held.pid == os.getpid()


@pytest.mark.parametrize("local", [True, False], ids=["this machine's disk", "a shared disk"])
def test_what_another_machine_left_on_a_shared_disk_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local: bool
) -> None:
    monkeypatch.setattr(lock, "is_local", lambda _path: local)
    path = tmp_path / "lock"
    path.write_text(json.dumps({"pid": 4711, "host": "bobs-laptop.example", "since": "2026-03-01T12:00:00Z"}))
    if local:  # another name for this very machine, a container: the kernel knows that nobody holds it
        with exclusive(path, 0):
            return
    with (
        pytest.raises(Waiting, match=r"process 4711 on bobs-laptop.example, since 2026-03-01T12:00:00Z.*remove"),
        exclusive(path, 0),
    ):
        pass
    path.unlink()
    with exclusive(path, 0):
        pass


def test_a_lock_that_a_person_removed_meanwhile_does_not_count(tmp_path: Path) -> None:
    path, got = tmp_path / "lock", threading.Event()

    def wait() -> None:
        with exclusive(path, 30):
            got.set()

    with exclusive(path):
        waiting = threading.Thread(target=wait)
        waiting.start()
        path.unlink()
    waiting.join()
    assert got.is_set()
    assert path.exists()


# Another irkit


def form_1(path: Path) -> None:
    """The database as irkit made it before it kept which irkit made it."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("DROP TABLE form; PRAGMA user_version = 1")
    db.close()


def test_an_older_database_is_brought_to_todays_form_with_a_copy_beside_and_the_same_chain(case: Case) -> None:
    case.note("summary", "written by the older one")
    case.journal.close()
    form_1(case.folder / "journal.sqlite")
    before = Journal(case.folder / "journal.sqlite").records()
    again = Case.open(case.folder)
    again.note("summary", "written by this one")
    assert again.journal.records()[: len(before)] == before
    again.verify()
    copy = case.folder / "journal.sqlite.form-1"
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM journal").fetchone() == (len(before),)
    with sqlite3.connect(case.folder / "journal.sqlite") as db:
        assert db.execute("PRAGMA user_version").fetchone() == (database.VERSION,)
        assert db.execute("SELECT version, irkit FROM form").fetchall() == [(2, __version__)]


def test_a_kill_while_it_is_brought_to_todays_form_leaves_the_older_one(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.journal.close()
    path = case.folder / "journal.sqlite"
    form_1(path)
    with monkeypatch.context() as patch:
        patch.setattr(database, "_now_of", lambda _version: "SELECT no_such_thing")
        with pytest.raises(StepFailed):
            Journal(path).records()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT name FROM sqlite_master WHERE name = 'form'").fetchone() is None
    db.close()
    assert Journal(path).records()
    assert Journal(path).broken_link() is None


@pytest.mark.parametrize(
    ("maker", "said"),
    [
        ("0.9.0", "Upgrade irkit to 0.9.0 or newer"),
        ("$(rm)\x1b[2J", "Upgrade irkit to read it"),
        (None, "Upgrade irkit"),
    ],
)
def test_a_newer_database_is_left_alone_and_says_which_irkit_reads_it(case: Case, maker: str | None, said: str) -> None:
    case.journal.close()
    with sqlite3.connect(case.folder / "journal.sqlite") as db:
        if maker is None:
            db.execute("DROP TABLE form")
        else:
            db.execute("INSERT INTO form VALUES (99, ?, '2027-01-01T00:00:00Z')", (maker,))
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = (case.folder / "journal.sqlite").read_bytes()
    told = irkit("show", case.folder)
    assert told.returncode == 2
    assert said in told.stderr
    assert "written by a newer irkit" in told.stderr
    assert "\x1b" not in told.stderr
    assert (case.folder / "journal.sqlite").read_bytes() == before


def test_a_record_of_a_kind_that_this_irkit_does_not_know_says_so(case: Case) -> None:
    case.note("summary", "of a newer kind")
    case.journal.close()
    with sqlite3.connect(case.folder / "journal.sqlite") as db:
        db.execute("DROP TRIGGER journal_is_append_only_update")
        db.execute("UPDATE journal SET kind = 'from-the-future' WHERE kind = 'note'")
    db.close()
    with pytest.raises(BadInput, match=r"record 2.*knows no record of its kind.*Upgrade irkit"):
        Journal(case.folder / "journal.sqlite").records()
