"""Refs that go into packed-refs between the moment git reads the one place and the moment it reads the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from irkit.model import Skipped
from irkit.sources.git import refs
from irkit.sources.git.run import Repository, repository_at
from tests.sources.git.conftest import Repo


def packed(monkeypatch: pytest.MonkeyPatch, repo: Repo, when: Callable[[int], bool]) -> None:
    """Real git packs the refs during a listing, which then names none, as of a git that looked where they no longer were."""
    listed, calls = refs._listed, []

    def beside(repository: Repository, notes: list[Skipped]) -> dict[str, str]:
        calls.append(repository)
        if not when(len(calls)):
            return listed(repository, notes)
        repo.commit(f"meanwhile {len(calls)}", {"more.txt": str(len(calls))})
        repo.git("pack-refs", "--all", "--prune")
        return {}

    monkeypatch.setattr(refs, "_listed", beside)


def asked(repo: Repo) -> tuple[dict[str, str], list[str]]:
    repository, notes = repository_at(repo.path), list[Skipped]()
    assert repository is not None
    return refs.refs(repository, notes), [one.why for one in notes]


def test_a_ref_that_is_packed_meanwhile_is_listed_after_all(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("first", {"a.txt": "a"})
    packed(monkeypatch, repo, lambda call: call <= 2)
    named, notes = asked(repo)
    assert named == {"refs/heads/main": repo.git("rev-parse", "HEAD")}
    assert notes == []


def test_refs_that_never_rest_are_said(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("first", {"a.txt": "a"})
    packed(monkeypatch, repo, lambda _call: True)
    _, notes = asked(repo)
    assert [why for why in notes if "may be missing" in why]
