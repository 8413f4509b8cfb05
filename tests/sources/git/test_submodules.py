"""A submodule is a repository of its own: what is not here is said, and what is here is searched."""

from __future__ import annotations

from pathlib import Path

import pytest

from irkit.sources import locate
from irkit.sources.git import locate_in_repository
from tests.sources.git.conftest import HUNTED, TOKEN, Repo

_ALLOWED = ("-c", "protocol.file.allow=always")


@pytest.fixture
def outer(repo: Repo, tmp_path: Path) -> Repo:
    """A repository whose submodule holds the token."""
    repo.commit("inner", {"key.env": TOKEN.decode()})
    made = Repo(tmp_path / "outer")
    made.git(*_ALLOWED, "submodule", "--quiet", "add", str(repo.path), "vendor/inner")
    made.commit("outer", {"readme": "nothing here"})
    return made


def test_one_that_was_never_fetched_is_not_read_rather_than_nowhere(outer: Repo, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    outer.git("clone", "--quiet", str(outer.path), str(clone))
    found = locate([clone], HUNTED)
    assert found.occurrences == ()
    [said] = found.skipped
    assert "submodules that are not here: vendor/inner" in said.why


def test_one_that_is_here_is_searched_and_not_complained_of(outer: Repo) -> None:
    found = locate([outer.path], HUNTED)
    assert "key.env" in {one.path for one in found.occurrences if one.git}
    assert not found.skipped
    outer.git("submodule", "--quiet", "deinit", "-f", "vendor/inner")  # git keeps it in its folder of modules
    assert "key.env" in {one.path for one in locate([outer.path], HUNTED).occurrences if one.git}
    assert not locate_in_repository(outer.path, HUNTED).skipped


@pytest.mark.parametrize("path", [".", "../outer", "/"])
def test_a_path_that_leads_to_something_else_does_not_hide_one(repo: Repo, path: str) -> None:
    repo.commit("claims", {".gitmodules": f'[submodule "{path}"]\n\tpath = {path}\n\turl = ./x\n'})
    [said] = locate_in_repository(repo.path, HUNTED).skipped
    assert "not here" in said.why
