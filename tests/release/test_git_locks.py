"""git's locks after a kill: those of a run of ours are taken away, any other is left and named."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from irkit.errors import StepFailed
from irkit.release import git_locks
from irkit.release.git_locks import NOTE, Move
from irkit.release.git_writing import move, opened, refs_now

TAG, OTHER = "refs/tags/v1", "refs/tags/v2"

CHILD = """
import json, os, sys
from pathlib import Path
from irkit.release.git_locks import Move, noted
from irkit.release.git_writing import opened

repository = opened(Path(sys.argv[1]))
moves = [Move(*each) for each in json.loads(sys.argv[2])]
with noted(repository, moves) as note:
    os.set_inheritable(note.handle, True)
    given, write = os.pipe()
    os.dup2(given, 0)
    lines = ["start"] + [f"update {one.ref} {one.new or '0' * 40} {one.old or '0' * 40}" for one in moves] + ["prepare"]
    os.write(write, "".join(f"{line}\\n" for line in lines).encode())
    os.set_inheritable(write, True)
    os.execvp("git", ["git", f"--git-dir={repository.common}", "update-ref", "--stdin"])
"""
"""Becomes a git that has set its locks and waits to be told to commit; a kill then leaves just what a kill leaves."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "source.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)
    return folder


@pytest.fixture
def ids(repository: Path) -> tuple[str, str]:
    return blob(repository, b"one"), blob(repository, b"two")


def blob(repository: Path, data: bytes) -> str:
    command = ["git", f"--git-dir={repository}", "hash-object", "-w", "--stdin"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode().strip()


def killed(repository: Path, *moves: Move) -> None:
    """A run that dies when git holds the locks of these moves."""
    given = json.dumps([[one.ref, one.new, one.old] for one in moves])
    process = subprocess.Popen([sys.executable, "-c", CHILD, str(repository), given], stdout=subprocess.PIPE)
    assert process.stdout
    assert [process.stdout.readline() for _ in range(2)] == [b"start: ok\n", b"prepare: ok\n"]
    process.kill()
    process.communicate()


def locks(repository: Path) -> list[str]:
    return sorted(path.name for path in repository.rglob("*.lock"))


def test_moved_without_ado_no_note_is_left(repository: Path, ids: tuple[str, str]) -> None:
    move(opened(repository), [Move(TAG, ids[0])], "why")
    assert refs_now(opened(repository), [TAG]) == {TAG: ids[0]}
    assert not (repository / NOTE).exists()


def test_a_lock_of_a_killed_run_is_no_obstacle(repository: Path, ids: tuple[str, str]) -> None:
    killed(repository, Move(TAG, ids[0]))
    assert locks(repository) == ["v1.lock"]
    move(opened(repository), [Move(TAG, ids[1])], "why")
    assert refs_now(opened(repository), [TAG]) == {TAG: ids[1]}
    assert locks(repository) == []
    assert not (repository / NOTE).exists()


@pytest.mark.parametrize("packed", [False, True])
def test_nor_are_those_of_a_withdrawal(packed: bool, repository: Path, ids: tuple[str, str]) -> None:
    move(opened(repository), [Move(TAG, ids[0])], "why")
    if packed:
        subprocess.run(["git", f"--git-dir={repository}", "pack-refs", "--all"], check=True)
    kept = "refs/resign/withdrawn/tags/v1"
    killed(repository, Move(kept, ids[0]), Move(TAG, "", ids[0]))
    assert locks(repository) == ["packed-refs.lock", "v1.lock", "v1.lock"] if packed else ["v1.lock", "v1.lock"]
    move(opened(repository), [Move(kept, ids[0]), Move(TAG, "", ids[0])], "why")
    assert refs_now(opened(repository), [TAG, kept]) == {kept: ids[0]}
    assert locks(repository) == []


def test_what_is_moved_first_does_not_forget_the_other_locks(repository: Path, ids: tuple[str, str]) -> None:
    killed(repository, Move(TAG, ids[0]))
    move(opened(repository), [Move(OTHER, ids[0])], "why")
    assert locks(repository) == ["v1.lock"]
    move(opened(repository), [Move(TAG, ids[0])], "why")
    assert locks(repository) == []


@pytest.fixture
def foreign(repository: Path) -> Iterator[Path]:
    lock = repository / f"{TAG}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    yield lock
    assert lock.exists()


def test_a_lock_of_somebody_else_is_left_and_named(repository: Path, ids: tuple[str, str], foreign: Path) -> None:
    with pytest.raises(StepFailed, match=r"irkit did not set it.*remove the file") as told:
        move(opened(repository), [Move(TAG, ids[0])], "why")
    assert told.value.on == str(foreign)
    assert not (repository / NOTE).exists()


def test_so_is_one_that_was_there_before_the_killed_run(repository: Path, ids: tuple[str, str], foreign: Path) -> None:
    os.utime(foreign)
    killed(repository, Move(OTHER, ids[0]))
    with pytest.raises(StepFailed, match="irkit did not set it"):
        move(opened(repository), [Move(TAG, ids[0])], "why")


def test_and_one_that_holds_another_id(repository: Path, ids: tuple[str, str], foreign: Path) -> None:
    foreign.unlink()
    killed(repository, Move(TAG, ids[0]))
    foreign.write_text(f"{ids[1]}\n")
    with pytest.raises(StepFailed, match="irkit did not set it"):
        move(opened(repository), [Move(TAG, ids[0])], "why")


def test_a_git_that_outlived_its_run_is_waited_for(
    repository: Path, ids: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_locks, "_PATIENCE_S", 0.0)
    holder = os.open(repository / NOTE, os.O_RDWR | os.O_CREAT)
    fcntl.flock(holder, fcntl.LOCK_EX)
    with pytest.raises(StepFailed, match="another run is moving refs"):
        move(opened(repository), [Move(TAG, ids[0])], "why")
    os.close(holder)
    move(opened(repository), [Move(TAG, ids[0])], "why")
