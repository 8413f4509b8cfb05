"""Repositories as they come: empty, damaged, cut, hostile, somebody else's."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import BadInput, NotAvailable
from irkit.sources.git import locate_in_repository
from tests.sources.git.conftest import HUNTED, TOKEN, Repo

SECRET = TOKEN.decode()


def paths(repo: Path) -> list[str]:
    return sorted(one.path for one in locate_in_repository(repo, HUNTED).occurrences)


def loose(repo: Repo, oid: str) -> Path:
    return repo.path / ".git" / "objects" / oid[:2] / oid[2:]


def test_an_empty_repository_holds_nothing(repo: Repo) -> None:
    found = locate_in_repository(repo.path, HUNTED)
    assert (found.occurrences, found.skipped) == ((), ())


def test_a_folder_that_is_no_repository_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a git repository"):
        locate_in_repository(tmp_path, HUNTED)


def test_without_git_the_error_says_how_to_go_on(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotAvailable, match="nstall git"):
        locate_in_repository(repo.path, HUNTED)


@pytest.mark.parametrize("damage", [b"", b"junk", None], ids=["empty", "junk", "cut in the middle"])
def test_a_damaged_blob_is_listed_and_the_rest_is_read(repo: Repo, damage: bytes | None) -> None:
    repo.commit("add", {f"{name}.env": f"{name} {SECRET}" for name in "abc"} | {"bulk": os.urandom(40_000).hex()})
    for name in ("b.env", "bulk"):
        oid = repo.git("rev-parse", f"HEAD:{name}")
        file = loose(repo, oid)
        file.chmod(0o600)
        file.write_bytes(file.read_bytes()[: len(file.read_bytes()) // 2] if damage is None else damage)
    found = locate_in_repository(repo.path, HUNTED)
    assert {"a.env", "c.env"} <= {one.path for one in found.occurrences}
    skipped = [one for one in found.skipped if repo.git("ls-tree", "HEAD", "bulk").split()[2] in one.what]
    assert len(skipped) == 1
    assert skipped[0].why


def test_a_damaged_tree_leaves_no_false_removal(repo: Repo) -> None:
    repo.commit("add", {"key.env": SECRET, "other": "1"})
    repo.commit("change", {"other": "2"})
    file = loose(repo, repo.git("rev-parse", "HEAD^{tree}"))
    file.chmod(0o600)
    file.write_bytes(b"junk")
    found = locate_in_repository(repo.path, HUNTED)
    [one] = found.occurrences
    assert one.git is not None
    assert (len(one.git.added), one.git.removed, one.git.commits) == (1, (), 1)
    assert any("not fully known" in skipped.why for skipped in found.skipped)


def test_a_pack_cut_short_is_listed_and_everything_outside_of_it_is_read(repo: Repo) -> None:
    repo.commit("packed", {"packed.env": SECRET, "bulk": os.urandom(60_000).hex()})
    repo.git("repack", "-q", "-a", "-d")
    repo.commit("loose", {"loose.env": f"{SECRET} too"})
    [pack] = (repo.path / ".git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o600)
    pack.write_bytes(pack.read_bytes()[:500])
    found = locate_in_repository(repo.path, HUNTED)
    assert [one.path for one in found.occurrences] == ["loose.env"]
    assert any(pack.name in one.why for one in found.skipped)
    assert sum(" object " in one.what for one in found.skipped) == 4


def test_a_shallow_clone_says_that_history_is_missing_and_claims_no_first_commit(repo: Repo, tmp_path: Path) -> None:
    repo.commit("add", {"key.env": SECRET})
    repo.commit("more", {"x": "y"})
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    found = locate_in_repository(tmp_path / "shallow", HUNTED)
    [one] = found.occurrences
    assert one.git is not None
    assert (one.git.added, one.git.commits) == ((), 1)
    assert any("shallow" in skipped.why for skipped in found.skipped)


def test_a_partial_clone_is_not_fetched_and_says_so(repo: Repo, tmp_path: Path) -> None:
    repo.commit("add", {"key.env": SECRET})
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{repo.path}", str(tmp_path / "partial"))
    found = locate_in_repository(tmp_path / "partial", HUNTED)
    assert found.occurrences == ()
    assert any("partial clone" in skipped.why for skipped in found.skipped)


def test_nothing_that_the_repository_configures_is_run(repo: Repo, tmp_path: Path) -> None:
    repo.commit("add", {"key.env": SECRET, ".gitattributes": "* filter=evil diff=evil\n"})
    trace = tmp_path / "ran"
    command = f"touch {trace}"
    for key in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "filter.evil.smudge",
        "diff.evil.textconv",
        "core.editor",
    ):
        repo.git("config", key, command)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / hook).write_text(f"#!/bin/sh\n{command}\n")
        (hooks / hook).chmod(0o700)
    repo.git("config", "core.hooksPath", str(hooks))
    assert paths(repo.path) == ["key.env"]
    assert not trace.exists()


def test_a_replace_ref_does_not_hide_an_object(repo: Repo) -> None:
    repo.commit("add", {"key.env": SECRET})
    clean = repo.git("hash-object", "-w", "--stdin", stdin="clean")
    repo.git("replace", repo.git("rev-parse", "HEAD:key.env"), clean)
    assert paths(repo.path) == ["key.env"]


def test_a_repository_of_somebody_else_is_read(repo: Repo) -> None:
    repo.commit("add", {"key.env": SECRET})
    for folder, _, names in os.walk(repo.path) if os.geteuid() == 0 else ():  # only root can give files away
        for one in (folder, *(os.path.join(folder, name) for name in names)):  # noqa: PTH118
            os.chown(one, 12345, 12345)
    assert paths(repo.path) == ["key.env"]


@pytest.mark.parametrize(
    "name", ["with space.env", 'quote".env', "ümlaut.env", "40000 trick/40000 x.env", "new\nline.env"]
)
def test_odd_names_are_read_exactly(repo: Repo, name: str) -> None:
    repo.commit("add", {name: SECRET})
    assert paths(repo.path) == [name]


def test_a_name_that_is_no_utf_8_can_still_be_printed(repo: Repo) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=SECRET)
    tree = repo.git("mktree", "-z", stdin=f"100644 blob {blob}\t".encode() + b"caf\xe9\0")
    repo.git("commit-tree", "-m", "odd", tree)
    assert paths(repo.path) == ["caf\\xe9"]


def test_a_blob_larger_than_one_piece_is_read(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("irkit.sources.git.objects.CHUNK", 1000)
    repo.commit("add", {"big": b"x" * 985 + TOKEN + b"y" * 5000})
    [one] = locate_in_repository(repo.path, HUNTED).occurrences
    assert one.offset == 985


def test_author_and_commit_times_are_utc_and_kept_apart(make_repo: Callable[..., Repo]) -> None:
    repo = make_repo()
    tree = repo.git("mktree", stdin=f"100644 blob {repo.git('hash-object', '-w', '--stdin', stdin=SECRET)}\tk\n")
    text = f"tree {tree}\nauthor A <a@b> 1700000000 +0530\ncommitter C <c@d> 1700003600 -0800\n\nm\n"
    repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text)
    [one] = locate_in_repository(repo.path, HUNTED).occurrences
    assert one.git is not None
    assert [(m["author_time"], m["commit_time"]) for m in one.git.document()["added"]] == [
        ("2023-11-14T22:13:20Z", "2023-11-14T23:13:20Z")
    ]


def test_a_date_that_is_no_date_is_said(repo: Repo) -> None:
    tree = repo.git("mktree", stdin=f"100644 blob {repo.git('hash-object', '-w', '--stdin', stdin=SECRET)}\tk\n")
    text = f"tree {tree}\nauthor A <a@b> 99999999999999999 +0000\ncommitter C <c@d> 1700003600 +0000\n\nm\n"
    repo.git("hash-object", "--literally", "-t", "commit", "-w", "--stdin", stdin=text)
    found = locate_in_repository(repo.path, HUNTED)
    assert len(found.occurrences) == 1
    assert any("is no date" in skipped.why for skipped in found.skipped)


def test_progress_ends_at_the_number_of_objects(repo: Repo) -> None:
    repo.commit("add", {"key.env": SECRET})
    told: list[tuple[str, int, int | None]] = []
    locate_in_repository(repo.path, HUNTED, lambda what, done, total: told.append((what, done, total)))
    assert (f"objects of {repo.path}", 2, 2) in told
