"""What took its place stays there after a power cut: the folder is forced to the disk after the name has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.case.journal import Journal
from irkit.model import Kind
from irkit.openpgp import moving
from irkit.sources.git.run import git
from tests.owners import Owner
from tests.signed_release import signed_release
from tests.sources.git.conftest import Repo


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """In order: which file or folder was forced to the disk, which got its place, and which record was written."""
    found: list[str] = []
    fsync, replace, sync, append = os.fsync, Path.replace, os.sync, Journal.append_many

    def forced(handle: int) -> None:
        found.append(f"forced {Path(f'/proc/self/fd/{handle}').readlink().name}")
        fsync(handle)

    def placed(path: Path, target: Path) -> Path:
        found.append(f"placed {target.name}")
        return replace(path, target)

    def all_forced() -> None:
        found.append("forced all")
        sync()

    def appended(journal: Journal, entries: object, actor: str) -> object:
        listed = list(entries)  # type: ignore[call-overload]
        found.extend(f"journalled {kind.value}" for kind, _ in listed)
        return append(journal, listed, actor)

    monkeypatch.setattr(os, "fsync", forced)
    monkeypatch.setattr(os, "sync", all_forced)
    monkeypatch.setattr(Path, "replace", placed)
    monkeypatch.setattr(Journal, "append_many", appended)
    return found


def test_a_new_file_in_new_folders(tmp_path: Path, told: list[str]) -> None:
    moving.write(tmp_path / "above" / "below" / "file", b"content")
    assert told == [
        f"forced {tmp_path.name}", "forced above", "forced .file.irkit-part", "placed file", "forced below",
    ]  # fmt: skip


def test_a_file_that_is_moved_is_at_its_new_place_before_it_has_left_the_old_one(
    tmp_path: Path, told: list[str]
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "file").write_bytes(b"content")
    assert moving.move(tmp_path / "here" / "file", tmp_path / "there" / "file")
    assert told == [f"forced {tmp_path.name}", "placed file", "forced there", "forced here"]


def test_a_fresh_key_is_on_the_disk_before_the_journal_tells_of_it(
    tmp_path: Path, make_owner: Callable[..., Owner], gpg_home: Path, told: list[str]
) -> None:
    whole = signed_release(tmp_path, make_owner, gpg_home, 1)
    told.clear()
    whole.case.carry_out(whole.plan.name)
    steps = [one for one in told if one == "forced all" or one.startswith("journalled")]
    for kind in (Kind.KEY_GENERATED, Kind.KEY_REVOKED):
        assert steps[steps.index(f"journalled {kind.value}") - 1] == "forced all"


def test_git_is_told_to_wait_for_objects_and_refs(tmp_path: Path) -> None:
    from irkit.sources.git.run import repository_at

    repository = repository_at(Repo(tmp_path / "repository").path)
    assert repository is not None
    assert git(repository, "config", "core.fsync") == b"loose-object,reference\n"
