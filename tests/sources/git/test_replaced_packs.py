"""Packs that are replaced between the moment git looks for them and the moment it opens them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from irkit.sources.git import objects
from irkit.sources.git.run import Repository, repository_at
from tests.sources.git.conftest import Repo

Listing = tuple[bool, list[bytes], bytes]


def replaced(monkeypatch: pytest.MonkeyPatch, repo: Repo, when: Callable[[int], bool]) -> None:
    """Real git replaces every pack during a listing, which then names nothing, as of a git that found the old packs gone."""
    listed, calls = objects._listed, []

    def beside(repository: Repository, asked: str) -> Listing:
        calls.append(asked)
        if not when(len(calls)):
            return listed(repository, asked)
        repo.commit(f"meanwhile {len(calls)}", {"more.txt": str(len(calls))})
        repo.git("repack", "-adq")
        return True, [], b""

    monkeypatch.setattr(objects, "_listed", beside)


def opened(repo: Repo) -> Repository:
    repository = repository_at(repo.path)
    assert repository is not None
    return repository


def test_what_a_replaced_pack_held_is_listed_after_all(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    first = repo.commit("first", {"a.txt": "a"})
    repo.git("repack", "-adq")
    replaced(monkeypatch, repo, lambda call: call <= 2)
    found = objects.inventory(opened(repo))
    assert first in found.commits
    assert found.skipped == []


def test_packs_that_never_rest_are_said(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("first", {"a.txt": "a"})
    replaced(monkeypatch, repo, lambda _call: True)
    found = objects.inventory(opened(repo))
    assert [one.why for one in found.skipped if "may be missing" in one.why]
