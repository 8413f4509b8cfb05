"""One call over folders, repositories and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.sources import locate
from tests.sources.git.conftest import HUNTED, TOKEN, Repo

SECRET = TOKEN.decode()


def test_a_folder_of_repositories_and_files_is_read_whole(tmp_path: Path) -> None:
    one = Repo(tmp_path / "all" / "one")
    one.commit("add", {"key.env": SECRET})
    one.commit("remove", {"key.env": None})
    two = Repo(tmp_path / "all" / "group" / "two")
    two.commit("add", {"live.env": SECRET})
    (tmp_path / "all" / "notes.txt").write_text(SECRET)
    found = locate([tmp_path / "all"], HUNTED)
    root = str(tmp_path / "all")
    assert {(o.place, o.path, o.git.repository if o.git else "", o.live) for o in found.occurrences} == {
        ("git", "key.env", f"{root}/one", False),
        ("git", "live.env", f"{root}/group/two", True),
        ("file", f"{root}/group/two/live.env", "", True),
        ("file", f"{root}/notes.txt", "", True),
    }
    assert not found.skipped


def test_worktrees_and_bare_clones_are_repositories(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "main")
    repo.commit("add", {"key.env": SECRET})
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    tree = locate([tmp_path / "tree"], HUNTED)
    assert {(o.place, o.git.refs if o.git else ()) for o in tree.occurrences} == {
        ("git", ("refs/heads/main", "worktrees/tree/HEAD")),
        ("file", ()),
    }
    bare = locate([tmp_path / "bare.git"], HUNTED)
    assert [(o.place, o.path, o.live) for o in bare.occurrences] == [("git", "key.env", True)]


def test_a_repository_shared_by_two_worktrees_is_read_once(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "all" / "main")
    repo.commit("add", {"key.env": SECRET})
    repo.git("worktree", "add", "-q", "-b", "b", str(tmp_path / "all" / "tree"))
    found = locate([tmp_path / "all"], HUNTED)
    assert sorted(o.place for o in found.occurrences) == ["file", "file", "git"]


def test_a_submodule_without_a_work_tree_is_read(tmp_path: Path) -> None:
    library = Repo(tmp_path / "library")
    library.commit("add", {"key.env": SECRET})
    outer = Repo(tmp_path / "outer")
    outer.commit("root")
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.path), "lib")
    outer.commit("submodule")
    outer.git("submodule", "deinit", "-q", "-f", "lib")
    assert [(o.place, o.path) for o in locate([outer.path], HUNTED).occurrences] == [("git", "key.env")]


def test_a_git_directory_that_is_broken_is_said_and_its_files_and_loose_objects_are_read(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit("add", {"key.env": SECRET})
    blob = repo.git("hash-object", "key.env")
    (repo.path / ".git" / "HEAD").unlink()
    found = locate([repo.path], HUNTED)
    loose = repo.path / ".git" / "objects" / blob[:2] / blob[2:]
    assert {(o.place, o.path) for o in found.occurrences} == {
        ("file", str(repo.path / "key.env")),
        ("archive", f"{loose}!blob"),
    }
    assert [s.what for s in found.skipped] == [str(repo.path)]
    assert "no history could be read" in found.skipped[0].why


def test_the_same_path_twice_gives_each_occurrence_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(SECRET)
    assert len(locate([tmp_path / "a", tmp_path], HUNTED).occurrences) == 1


def test_a_path_that_is_not_there_is_bad_input_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing at this path"):
        locate([tmp_path, tmp_path / "missing"], HUNTED)
