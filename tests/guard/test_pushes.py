"""A push to a bare repository with irkit's pre-receive hook, by a contributor without any hook: real git over file://."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.guard.coverage import record
from irkit.guard.coverage.looking import look
from irkit.guard.hooks.installing import install_receiving, uninstall_receiving
from irkit.guard.hooks.receiving import received
from irkit.guard.scanning.baseline import BASELINE
from irkit.guard.scanning.search import Wanted, scan_push
from irkit.guard.unknown import fingerprint
from tests.guard.known import known_file
from tests.guard.repositories import Repo, cloned, repository
from tests.guard.test_unknown import never_issued, scans


@pytest.fixture
def bare(tmp_path: Path) -> Repo:
    return repository(tmp_path / "origin.git", "--bare")


@pytest.fixture
def work(bare: Repo, tmp_path: Path) -> Repo:
    made = cloned(bare.folder, tmp_path / "work")
    made.put("README", "harmless\n")
    made.commit("first")
    made.git("push", "-q", "origin", "HEAD:refs/heads/main")
    return made


def planted(work: Repo, token: str) -> tuple[str, ...]:
    """Secrets in a file that is removed again, in messages of a commit and a tag, in a merge alone; what a refusal must name."""
    work.put("deep/a.env", f"x\nTOKEN={token}\n")
    brought = work.commit("two")
    work.git("rm", "-q", "-r", "deep")
    told = work.commit(f"three\n\n{token}")
    work.git("tag", "-a", "v1", "-m", f"release {token}")
    work.git("checkout", "-q", "-b", "side", "HEAD~2")
    work.put("side", "x\n")
    work.commit("side")
    work.git("merge", "-q", "--no-commit", "main", check=False)
    work.put("merged.env", f"TOKEN={token}\n")
    work.commit("evil merge")
    return (
        f"deep/a.env, line 2, commit {brought[:12]}",
        f"(commit message), line 3, commit {told[:12]}",
        "(message of tag",
        "merged.env, line 1",
    )


@scans
def test_a_push_with_secrets_is_refused_and_says_where_and_what_to_do(bare: Repo, work: Repo) -> None:
    install_receiving(bare.folder)
    token = never_issued()
    work.git("branch", "-M", "main", check=False)
    places = planted(work, token)
    assert not (hooks := [one.name for one in (work.folder / ".git" / "hooks").iterdir() if one.suffix != ".sample"]), (
        hooks
    )
    before, record = bare.git("rev-parse", "main").stdout, work.git("rev-list", "--all", "--objects").stdout
    ended = work.git("push", "origin", "main", "side", "v1", check=False)
    assert ended.returncode != 0
    assert [place for place in places if place not in ended.stderr] == []
    assert "take it out of the commits that are named" in ended.stderr
    assert "revoke it" in ended.stderr.lower()
    for shown in (token, base64.b64encode(token.encode()).decode(), token.encode().hex(), token[8:24]):
        assert shown not in ended.stdout + ended.stderr
    assert bare.git("tag").stdout == ""
    assert bare.git("rev-parse", "main").stdout == before
    assert bare.git("log", "--oneline", "main").stdout.count("\n") == 1
    brought = [line.split()[0] for line in record.splitlines()]
    taken = bare.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").stdout.split()
    assert len(set(brought) - set(taken)) > 5  # nothing of the push was kept, which nobody could take back
    for name in taken:
        assert token not in bare.git("cat-file", "-p", name, check=False).stdout


@scans
def test_what_brings_nothing_new_passes_and_a_forced_push_is_searched(bare: Repo, work: Repo) -> None:
    install_receiving(bare.folder)
    work.git("push", "-q", "origin", "HEAD:refs/heads/other")
    work.git("push", "-q", "origin", ":refs/heads/other")
    work.git("commit", "-q", "--amend", "-m", "rewritten")
    work.git("push", "-q", "--force", "origin", "HEAD:main")
    work.put("a.env", f"TOKEN={never_issued()}\n")
    work.git("commit", "-q", "--amend", "-m", "rewritten again")
    assert "a.env, line 1" in work.git("push", "--force", "origin", "HEAD:main", check=False).stderr


@scans
def test_nobody_accepts_a_secret_with_the_push_that_brings_it(bare: Repo, work: Repo) -> None:
    token = never_issued()
    until = datetime.now(UTC).date() + timedelta(days=30)
    entry = f'[[accepted]]\nfinding = "{fingerprint(token.encode())}"\nreason = "an example"\nuntil = {until}\n'
    work.put("a.env", f"TOKEN={token}\n")
    work.put(BASELINE, entry)
    tip = work.commit()
    work.git("push", "-q", "origin", "HEAD:refs/heads/side")  # without a hook, so that the objects are there
    bare.git("update-ref", "-d", "refs/heads/side")
    assert scan_push(bare.folder, (tip,), Wanted()).clean is False
    bare.git("update-ref", "refs/heads/main", _list_alone(work))
    scanned = scan_push(bare.folder, (tip,), Wanted())
    assert scanned.clean is True
    assert [one.accepted.reason for one in scanned.findings if one.accepted] == ["an example"]


def _list_alone(work: Repo) -> str:
    """A commit of the list alone, as a push of its own would have brought it."""
    work.git("rm", "-q", "--cached", "a.env")
    made = work.git("commit-tree", "-m", "x", work.git("write-tree").stdout.strip()).stdout.strip()
    work.git("push", "-q", "origin", f"{made}:refs/heads/list")
    return made


def test_a_hook_that_was_there_runs_after_it_with_the_same_lines(
    bare: Repo, work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = bare.folder / "hooks" / "pre-receive"
    hook.write_text('#!/bin/sh\nwhile read old new ref; do echo "mine $ref" >&2; done\nexit 3\n')
    hook.chmod(0o755)
    file, secret = known_file(tmp_path, monkeypatch)
    options = ("--no-rules", "--known", str(file), "--known-key", "env:TEAM_KEY")
    assert install_receiving(bare.folder, options) == (hook, True)
    work.git("commit", "-q", "--allow-empty", "-m", "harmless")
    assert "mine refs/heads/main" in work.git("push", "origin", "HEAD:main", check=False).stderr
    work.put("a", secret)
    work.commit()
    refused = work.git("push", "origin", "HEAD:main", check=False).stderr
    assert "our own deploy token" in refused
    assert "mine" not in refused
    assert secret not in refused
    assert uninstall_receiving(bare.folder) == (hook, True)
    assert "mine" in hook.read_text()


@scans
def test_what_stands_in_another_branch_is_searched_again(bare: Repo, work: Repo) -> None:
    """Nobody may have searched it there: it was pushed while no hook was in force, and that branch is gone tomorrow."""
    work.git("checkout", "-q", "-b", "past")
    work.put("a.env", f"TOKEN={never_issued()}\n")
    work.commit("past the hook")
    work.git("tag", "-a", "-m", f"TOKEN={never_issued()}", "told")
    work.git("push", "-q", "origin", "past", "told")
    install_receiving(bare.folder)
    work.git("checkout", "-q", "-b", "squashed", "HEAD~1")
    work.git("checkout", "-q", "past", "--", "a.env")
    made = work.commit("the same content, as a commit of its own")
    refused = work.git("push", "origin", "squashed", check=False)
    assert (refused.returncode, f"a.env, line 1, commit {made[:12]}" in refused.stderr) == (1, True)
    again = work.git("push", "origin", "told:refs/tags/again", check=False)
    assert (again.returncode, "(message of tag" in again.stderr) == (1, True)


@scans
def test_a_list_that_is_broken_accepts_nothing_and_the_push_that_mends_it_is_taken(bare: Repo, work: Repo) -> None:
    install_receiving(bare.folder)
    for number, broken in enumerate(("[[accepted]\n", '[[accepted]]\nfinding = "a value"\n')):
        work.put(BASELINE, broken)
        work.put("guard-allow.txt", "no fingerprint\n")
        work.commit()
        work.git("push", "-q", "origin", "HEAD:main")
        work.put("a.env", f"TOKEN={never_issued()}\n")
        work.commit()
        refused = work.git("push", "origin", "HEAD:main", check=False).stderr
        assert "a.env, line 1" in refused
        assert "nothing is accepted by it" in refused
        work.git("reset", "-q", "--hard", "HEAD~1")
        work.put(BASELINE, f"# mended {number}\n")
        work.put("guard-allow.txt", "")
        work.commit()
        work.git("push", "-q", "origin", "HEAD:main")


@scans
def test_a_hook_that_reads_the_lines_first_does_not_let_everything_pass(bare: Repo, work: Repo) -> None:
    install_receiving(bare.folder)
    hook = bare.folder / "hooks" / "pre-receive"
    hook.rename(ours := hook.with_name("irkit"))
    hook.write_text(f'#!/bin/sh\nwhile read old new ref; do :; done\nexec "{ours}"\n')
    hook.chmod(0o755)
    work.commit()
    refused = work.git("push", "origin", "HEAD:main", check=False)
    assert (refused.returncode, "whatever ran before this has read it" in refused.stderr) == (1, True)


@scans
def test_a_submodule_that_is_new_is_listed_and_the_push_counts(bare: Repo, work: Repo) -> None:
    install_receiving(bare.folder)
    for number, warned in ((1, True), (1, False), (2, True)):
        work.git("update-index", "--add", "--cacheinfo", f"160000,{str(number) * 40},sub")
        work.commit()
        said = work.git("push", "origin", "HEAD:main").stderr
        assert ("sub: not searched: a submodule" in said) is warned
    assert [one.counts for one in record.read(bare.folder).entries if one.kind == "push"] == [True] * 3


@scans
def test_a_repository_of_the_other_hash_is_guarded_as_well(tmp_path: Path) -> None:
    bare = repository(tmp_path / "a.git", "--bare", "--object-format=sha256")
    work = repository(tmp_path / "w", "--object-format=sha256")
    work.git("remote", "add", "origin", f"file://{bare.folder}")
    install_receiving(bare.folder)
    work.put("a", "x\n")
    work.put("deep/b", "x\n")
    work.commit()
    work.git("push", "-q", "origin", "HEAD:refs/heads/main")
    assert look([str(bare.folder)]).covered is True
    work.put("deep/a.env", f"TOKEN={never_issued()}\n")
    made = work.commit()
    refused = work.git("push", "origin", "HEAD:refs/heads/main", check=False)
    assert f"deep/a.env, line 1, commit {made[:12]}" in refused.stderr


@scans
def test_of_refs_that_go_together_one_bad_one_keeps_all_out(bare: Repo, work: Repo) -> None:
    install_receiving(bare.folder)
    work.commit("good")
    work.git("branch", "good")
    work.put("a.env", f"TOKEN={never_issued()}\n")
    work.commit("bad")
    for options in (("--atomic",), ()):
        assert work.git("push", *options, "origin", "good", "HEAD:bad", check=False).returncode == 1
        assert bare.git("for-each-ref", "--format=%(refname)").stdout.split() == ["refs/heads/main"]


def test_lines_that_git_did_not_write_are_refused(bare: Repo, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("hello\n")
    with (tmp_path / "lines").open("rb") as lines, pytest.raises(BadInput, match="line 1"):
        received(bare.folder, lines, Wanted())
