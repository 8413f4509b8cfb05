"""Stored code is run only when it is what was stored, in a folder nobody else can write."""

from __future__ import annotations

from pathlib import Path

import pytest

from irkit.sources.git.pack import Engine, native
from tests.needs import needs
from tests.sources.git.conftest import TOKEN, Repo
from tests.sources.git.pack.conftest import opened
from tests.sources.git.test_presence import tangle

pytestmark = needs("python:numba")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    place = native._place()
    assert place is not None
    return place


def test_what_was_stored_is_read_back(cache: Path) -> None:
    native._write(cache, b"names\ncode")
    assert native._read(cache) == b"names\ncode"
    assert native.stored()


@pytest.mark.parametrize(
    "changed",
    [b"", b"short", b"\0" * 32 + b"names\ncode"],
    ids=["an empty file", "a full disk", "other code under the digest of nothing"],
)
def test_what_was_not_stored_so_is_built_anew(cache: Path, changed: bytes) -> None:
    cache.write_bytes(changed)
    assert native._read(cache) is None


def test_a_cache_folder_that_others_may_write_is_not_used(cache: Path) -> None:
    cache.parent.chmod(0o777)
    assert native._place() is None


def test_a_cache_folder_that_is_a_link_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "irkit").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert native._place() is None


def test_presence_can_be_asked_without_a_search_before(repo: Repo) -> None:
    tangle(repo)
    repo.git("repack", "-q", "-d")
    repo.commit("loose", {"deep/loose.env": TOKEN.decode()})
    searched = opened(repo.path, Engine.KERNEL)
    blobs = sorted({match.oid for match in searched.search([TOKEN]) if match.kind == "blob"})
    assert opened(repo.path, Engine.KERNEL).presence(blobs) == searched.presence(blobs)
    assert opened(repo.path, Engine.GIT).presence(blobs) == searched.presence(blobs)
