"""What stands inside blobs, and in what git keeps beside its objects."""

from __future__ import annotations

import gzip

from irkit.sources import locate
from irkit.sources.git import locate_in_repository
from tests.sources.archives.builders import HUNTED, SECRET, TEXT, TOKEN, notebook, tarred, zipped
from tests.sources.git.conftest import Repo, make_repo, repo

__all__ = ["make_repo", "repo"]


def test_an_archive_in_a_commit_is_opened_and_keeps_its_history(repo: Repo) -> None:
    added = repo.commit("add", {"dist/x.zip": zipped({"t": gzip.compress(tarred({"in/a.env": TEXT}))})})
    removed = repo.commit("remove", {"dist/x.zip": None})
    [one] = locate_in_repository(repo.path, HUNTED).occurrences
    assert (one.place, one.path, one.line, one.offset, one.live) == ("archive", "dist/x.zip!t!in/a.env", 2, 10, False)
    assert one.git is not None
    assert [mark.commit for mark in one.git.added] == [added]
    assert [mark.commit for mark in one.git.removed] == [removed]
    assert one.git.blob == repo.git("rev-parse", f"{added}:dist/x.zip")


def test_a_notebook_in_git_is_told_once_for_each_place_in_it(repo: Repo) -> None:
    repo.commit("add", {"plain.ipynb": notebook(broken_up=False), "cut.ipynb": notebook(broken_up=True)})
    found = locate_in_repository(repo.path, HUNTED).occurrences
    assert [one.path.partition("!")[0] for one in found] == ["cut.ipynb"] * 2 + ["plain.ipynb"] * 2
    assert {one.place for one in found if one.path == "plain.ipynb"} == {"git"}


def test_a_remote_with_a_token_a_reflog_and_left_over_messages_are_read(repo: Repo) -> None:
    repo.commit("root")
    repo.git("remote", "add", "origin", f"https://x:{SECRET}@git.example/x.git")
    repo.git("update-ref", "-m", f"clone: from https://{SECRET}@git.example", "--create-reflog", "refs/heads/b", "HEAD")
    (repo.path / ".git" / "FETCH_HEAD").write_text(f"not-for-merge {SECRET}\n")
    found = locate([repo.path], HUNTED).occurrences
    own = f"{repo.path}/.git/"
    assert {(one.place, one.path.removeprefix(own)) for one in found} == {
        ("file", "config"),
        ("file", "logs/refs/heads/b"),
        ("file", "FETCH_HEAD"),
    }


def test_a_note_and_a_submodule_address_are_blobs(repo: Repo) -> None:
    head = repo.commit("root", {".gitmodules": f'[submodule "a"]\n\turl = https://{SECRET}@git.example/a\n'})
    repo.git("notes", "add", "-m", f"key {SECRET}", "HEAD")
    found = locate_in_repository(repo.path, HUNTED).occurrences
    assert sorted((one.path, one.line) for one in found) == sorted([(".gitmodules", 2), (head, 1)])


def test_a_branch_named_after_the_token_is_said_without_its_name(repo: Repo) -> None:
    head = repo.commit("root")
    repo.git("branch", f"try-{SECRET}")
    [one] = locate_in_repository(repo.path, HUNTED).occurrences
    assert (one.place, one.path) == ("git-ref", f"{repo.path}!name of a ref to {head[:12]}")


def test_what_git_lfs_keeps_elsewhere_is_said_and_read_where_it_is_here(repo: Repo) -> None:
    for digit in "ab":
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digit * 64}\nsize 42\n"
        repo.commit("add", {f"{digit}.bin": pointer})
    kept = repo.path / ".git" / "lfs" / "objects" / "aa" / "aa"
    kept.mkdir(parents=True)
    (kept / ("a" * 64)).write_bytes(TOKEN)
    found = locate([repo.path], HUNTED)
    assert [one.path for one in found.occurrences] == [str(kept / ("a" * 64))]
    assert [one.what for one in found.skipped] == [f"{repo.path} LFS object {'b' * 64}"]


def test_a_broken_archive_in_a_blob_is_listed(repo: Repo) -> None:
    repo.commit("add", {"x.gz": gzip.compress(TEXT * 50)[:-20], "fine": TEXT})
    found = locate_in_repository(repo.path, HUNTED)
    assert [one.path for one in found.occurrences if one.place == "git"] == ["fine"]
    [skipped] = found.skipped
    assert repo.git("rev-parse", "HEAD:x.gz") in skipped.what
    assert "ends in the middle" in skipped.why
