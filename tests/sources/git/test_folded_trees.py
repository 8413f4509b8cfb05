"""Trees that stand for more paths than anybody can list: named again and again, or within themselves."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.sources.git import presence
from irkit.sources.git.pack import Engine
from irkit.sources.hunt import Found
from tests.needs import needs
from tests.sources.git.conftest import TOKEN, Repo
from tests.sources.git.packs import header, oid_of, packed

Ask = Callable[[Path, Engine], Found]
both = pytest.mark.parametrize("engine", [Engine.GIT, pytest.param(Engine.KERNEL, marks=needs("python:numba"))])


def entry(kind: int, content: bytes) -> bytes:
    return header(kind, len(content)) + zlib.compress(content)


def folded(repo: Repo, levels: int, wide: int) -> str:
    """A commit of a tree that holds one file `wide ** levels` times, made of so many small trees."""
    blob = repo.git("hash-object", "-w", "--stdin", stdin=TOKEN.decode())
    tree = repo.git("mktree", stdin=f"100644 blob {blob}\tf\n")
    for _ in range(levels):
        tree = repo.git("mktree", stdin="".join(f"040000 tree {tree}\t{number}\n" for number in range(wide)))
    commit = repo.git("commit-tree", "-m", "folded", tree)
    repo.git("update-ref", "refs/heads/main", commit)
    repo.git("repack", "-q", "-ad")
    return commit


@both
def test_a_tree_of_many_places_is_listed_in_full(repo: Repo, ask: Ask, engine: Engine) -> None:
    folded(repo, 3, 10)
    found = ask(repo.path, engine)
    assert len({one.path for one in found.occurrences}) == 1000
    assert not found.skipped


@both
def test_of_more_places_than_can_be_listed_some_are_and_it_is_said(
    repo: Repo, ask: Ask, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("presence", "pack.graph"):
        monkeypatch.setattr(f"irkit.sources.git.{module}.MOST_PLACES", 50)
    monkeypatch.setattr(presence, "MOST_PLACES", 50)
    commit = folded(repo, 30, 10)
    found = ask(repo.path, engine)
    places = {one.path for one in found.occurrences}
    assert len(places) == 50
    assert all(len(path.split("/")) == 31 for path in places)
    assert [one.why for one in found.skipped if "1 commits" in one.why]
    assert {one.git.commits for one in found.occurrences if one.git} == {1}
    assert commit


@both
def test_a_tree_within_itself_ends_the_search_of_it_alone(repo: Repo, ask: Ask, engine: Engine) -> None:
    repo.commit("good", {"good.env": TOKEN.decode()})
    repo.git("repack", "-q", "-ad")
    tree = b"100644 f\0" + oid_of(3) + b"40000 sub\0" + oid_of(1)
    other = b"40000 up\0" + oid_of(1) + b"40000 round\0" + oid_of(5)
    back = b"40000 round\0" + oid_of(4) + b"100644 g\0" + oid_of(3)
    objects = [(1, 2, tree), (3, 3, b"key=" + TOKEN), (4, 2, other), (5, 2, back)]
    packed(
        repo.path / ".git/objects/pack", [(oid_of(number), entry(kind, content)) for number, kind, content in objects]
    )
    found = ask(repo.path, engine)
    assert "good.env" in {one.path for one in found.occurrences}
    assert {one.git.blob for one in found.occurrences if one.git} >= {oid_of(3).hex()}
