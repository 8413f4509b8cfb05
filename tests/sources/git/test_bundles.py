"""Bundles and packs by themselves are repositories that came as one file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.sources import locate
from irkit.sources.git import locate_in_repository
from tests.sources.git.conftest import HUNTED, TOKEN, Repo
from tests.sources.git.test_presence import tangle

SECRET = TOKEN.decode()


@pytest.mark.parametrize("id_format", ["sha1", "sha256"])
def test_a_bundle_tells_what_a_clone_of_it_would(
    make_repo: Callable[..., Repo], tmp_path: Path, id_format: str
) -> None:
    repo = make_repo("repo", f"--object-format={id_format}")
    tangle(repo)
    folder = tmp_path / "given"
    folder.mkdir()
    repo.git("bundle", "create", "-q", str(folder / "all.bundle"), "--all")
    repo.git("clone", "-q", "--mirror", str(folder / "all.bundle"), str(tmp_path / "clone"))
    found, cloned = locate([folder], HUNTED), locate_in_repository(tmp_path / "clone", HUNTED)

    def told(found_: object) -> set[tuple[object, ...]]:
        rows = set()
        for one in found_.occurrences:  # type: ignore[attr-defined]
            git = one.git
            marks = (git.commits, git.added, git.removed, git.refs, git.tags)
            rows.add((one.place, one.path, one.line, one.live, git.blob, *marks))
        return rows

    assert told(found) == told(cloned)
    assert {one.place for one in found.occurrences} == {"git", "git-commit", "git-tag"}
    assert {one.git.repository for one in found.occurrences if one.git} == {str(folder / "all.bundle")}
    assert not found.skipped


def test_a_bundle_that_builds_on_others_says_what_it_is_without(repo: Repo, tmp_path: Path) -> None:
    repo.commit("before", {"old.env": f"{SECRET} old"})
    repo.commit("after", {"new.env": f"{SECRET} new"})
    repo.git("bundle", "create", "-q", str(tmp_path / "some.bundle"), "main~1..main")
    found = locate([tmp_path / "some.bundle"], HUNTED)
    assert {(one.path, one.live) for one in found.occurrences} == {("new.env", True)}
    assert all(one.git.added == () for one in found.occurrences if one.git)
    assert any("builds on 1 commits that are not in it" in one.why for one in found.skipped)


def test_a_pack_by_itself_is_read(repo: Repo, tmp_path: Path) -> None:
    added = repo.commit("add", {"key.env": SECRET})
    repo.git("repack", "-q", "-ad")
    [pack] = (repo.path / ".git/objects/pack").glob("*.pack")
    shutil.copy(pack, tmp_path / "found.pack")
    found = locate([tmp_path / "found.pack"], HUNTED)
    [one] = found.occurrences
    assert one.git is not None
    assert (one.path, one.live, [mark.commit for mark in one.git.added]) == ("key.env", False, [added])
    assert not found.skipped


@pytest.mark.parametrize(
    "content",
    [b"# v2 git bundle\n", b"# v2 git bundle\n\n", b"# v2 git bundle\n" + b"1" * 40 + b" refs/heads/main\n\nPACK\0\0\0\2\xff\xff\xff\xff",
     b"PACK\0\0\0\2", b"# v3 git bundle\n@filter=blob:none\n\nPACK\0\0\0\2junk", b"# v2 git bundle\n" + b"x" * 200_000],
)  # fmt: skip
def test_a_broken_bundle_is_listed_and_its_neighbours_are_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.bundle").write_bytes(content)
    (tmp_path / "key.env").write_text(SECRET)
    found = locate([tmp_path], HUNTED)
    assert [one.path for one in found.occurrences] == [str(tmp_path / "key.env")]
    assert {one.what for one in found.skipped} == {str(tmp_path / "broken.bundle")}


def test_a_bundle_in_a_repository_is_said_not_to_have_been_opened(repo: Repo, tmp_path: Path) -> None:
    repo.commit("add", {"key.env": SECRET})
    repo.git("bundle", "create", "-q", str(tmp_path / "x"), "--all")
    repo.commit("keep it", {"backup.bundle": (tmp_path / "x").read_bytes()})
    found = locate_in_repository(repo.path, HUNTED)
    assert [one.what.split()[-1] for one in found.skipped] == [repo.git("rev-parse", "HEAD:backup.bundle")]
