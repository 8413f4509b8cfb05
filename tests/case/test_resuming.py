"""A long search that is interrupted goes on where it was: real repositories with work trees, a real SIGINT, a second process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.progress import Bars
from irkit.model import Kind, SecretRef
from irkit.sources.fleet.memory import Memory
from irkit.sources.hunt import Found
from irkit.sources.notes import file_state, git_state
from tests.sources.git.conftest import HUNTED, Repo

FAKE = "ghp_" + "FAKE" * 9
NAMES = ("api", "docs", "shop", "site")

# Tells what it reads, and waits for the signal when it comes to the third repository for the first time.
SEARCH = """
import importlib, os, signal, sys
from pathlib import Path
from irkit.case import Case
from irkit.sources import files

locate = importlib.import_module("irkit.sources.everywhere")
read = locate.locate_in_repository

def reading(path, hunted, progress, *more):
    with open(os.environ["READ"], "a") as file:
        file.write(Path(path).name + "\\n")
    if Path(path).name == "shop" and os.environ.get("WAIT"):
        Path(os.environ["MARK"]).touch()
        signal.pause()
    return read(path, hunted, progress, *more)

search_file = files.search_file

def searching(hits, file, name, chunk):
    if name.endswith("large.bin"):
        with open(os.environ["READ"], "a") as log:
            log.write("large.bin\\n")
    return search_file(hits, file, name, chunk)

locate.locate_in_repository, files.search_file = reading, searching
Case.open(sys.argv[1]).locate(*sys.argv[2:])
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FAKE_TOKEN", FAKE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in NAMES:
        Repo(tmp_path / "work" / name).commit("leak", {"key.env": FAKE})
    (tmp_path / "work" / "api" / "large.bin").write_bytes(b"\0" * (17 << 20) + FAKE.encode())
    Case.create(tmp_path / "case", [SecretRef.parse("env:FAKE_TOKEN")])
    return tmp_path


def start(folder: Path, log: str, *paths: Path, wait: bool = False) -> subprocess.Popen[bytes]:
    (folder / "search.py").write_text(SEARCH)
    environment = os.environ | {"READ": str(folder / log), "MARK": str(folder / "mark"), "PYTHONPATH": str(Path.cwd())}
    return subprocess.Popen(
        [sys.executable, str(folder / "search.py"), str(folder / "case"), *map(str, paths)],
        env=environment | ({"WAIT": "1"} if wait else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_after_an_interrupt_a_search_reads_only_what_it_had_not_finished_and_finds_the_same(folder: Path) -> None:
    paths = [folder / "work" / name for name in NAMES]
    running = start(folder, "first", folder / "work", wait=True)
    while not (folder / "mark").exists():
        assert running.poll() is None, running.communicate()
        os.sched_yield()
    running.send_signal(signal.SIGINT)
    _, complaints = running.communicate(timeout=60)
    assert b"KeyboardInterrupt" in complaints
    assert (folder / "first").read_text().split() == ["api", "docs", "shop"]
    assert not Case.open(folder / "case").journal.records(Kind.LOCATED)
    kept = [path.read_bytes() for path in (folder / "cache").rglob("*.json")]
    assert len(kept) == 2
    assert not [note for note in kept if FAKE.encode() in note]

    again = start(folder, "second", folder / "work")
    _, complaints = again.communicate(timeout=60)
    assert again.returncode == 0, complaints
    assert (folder / "second").read_text().split() == ["shop", "site", "large.bin"]
    case = Case.open(folder / "case")
    [located] = case.journal.records(Kind.LOCATED)
    in_git = [
        row["repository"]
        for row in case.evidence.document(located.body["evidence"])["occurrences"]
        if "repository" in row
    ]
    assert sorted(in_git) == sorted(map(str, paths))
    assert not list((folder / "cache" / "irkit" / "unfinished").iterdir())


def test_what_changed_meanwhile_is_read_again(folder: Path) -> None:
    repo, notes = folder / "work" / "api", Memory(["x"], HUNTED)
    read: list[str] = []

    def state() -> str:
        return git_state([repo / ".git"])

    def reading() -> Found:
        read.append("once")
        return Found()

    notes.once(state, reading)
    notes.once(state, reading)
    assert len(read) == 1
    Repo(repo).commit("more", {"b.txt": "b"})
    notes.once(state, reading)
    assert len(read) == 2


def test_what_changes_while_it_is_read_is_not_noted(folder: Path) -> None:
    repo, notes = folder / "work" / "api", Memory(["x"], HUNTED)

    def pushed_to() -> Found:
        Repo(repo).commit("more", {"b.txt": "b"})
        return Found()

    notes.once(lambda: git_state([repo / ".git"]), pushed_to)
    assert not list((folder / "cache").rglob("*.json"))


def test_a_store_that_others_are_borrowed_from_belongs_to_the_state(folder: Path) -> None:
    main, fork = Repo(folder / "work" / "api"), folder / "fork.git"
    main.git("clone", "-q", "--bare", "--shared", ".", str(fork))
    before = git_state([fork])
    main.commit("more", {"b.txt": "b"})
    assert git_state([fork]) != before


def test_a_large_file_is_noted_and_a_small_one_is_read_again(folder: Path) -> None:
    large = folder / "work" / "api" / "large.bin"
    before = file_state(large)
    assert (before != "", file_state(folder / "work" / "api" / "key.env"), file_state(folder / "gone")) == (
        True,
        "",
        "",
    )
    with large.open("ab") as file:
        file.write(b"x")
    assert file_state(large) != before


def test_the_bar_says_how_fast_and_how_long_it_will_take(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = Bars()
    bars._watched = True
    monkeypatch.setattr("irkit.case.progress._QUIET_S", 0)
    monkeypatch.setattr("time.time", iter(range(1000, 2000)).__next__)
    for done in (0, 1 << 20, 2 << 20):
        bars("bytes of files under work", done, 4 << 20)
    said = str(bars._bars["bytes of files under work"])
    assert "2.00M/4.00M" in said
    assert "<00:0" in said  # what is left, in minutes and seconds
    assert "B/s" in said
