"""What came to a repository by another way than a push, what went away again, and what no branch leads to: real git, and the real hook."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from irkit.guard.coverage import record
from irkit.guard.coverage.looking import look
from irkit.guard.coverage.report import Repository
from irkit.guard.hooks.installing import install_receiving
from irkit.guard.hooks.receiving import received_before
from irkit.guard.scanning.search import Wanted
from tests.guard.repositories import Repo, cloned, repository
from tests.guard.test_unknown import scans

pytestmark = scans


@dataclass(frozen=True)
class Guarded:
    """A repository whose hook took everything so far, and a clone of it."""

    bare: Repo
    work: Repo

    def look(self) -> Repository:
        (found,) = look([str(self.bare.folder)]).repositories
        return found

    @property
    def findings(self) -> list[str]:
        return [one.what for one in self.look().gaps]

    def past(self, ref: str, what: str = "HEAD") -> None:
        """On the server itself, as whoever may write there does it: no hook is run."""
        self.bare.git("fetch", "-q", str(self.work.folder), f"+{what}:{ref}")


@pytest.fixture
def guarded(tmp_path: Path) -> Guarded:
    bare = repository(tmp_path / "a.git", "--bare")
    install_receiving(bare.folder)
    work = cloned(bare.folder, tmp_path / "work")
    work.put("a", "x\n")
    work.commit("first")
    work.git("tag", "-a", "-m", "release", "v1")
    work.git("push", "-q", "origin", "HEAD:refs/heads/main", "v1")
    return Guarded(bare, work)


def test_tags_and_other_refs_are_asked_about_as_well(guarded: Guarded) -> None:
    found = guarded.look()
    assert found.covered is True
    assert [(one.name, one.commits, one.missed) for one in found.branches] == [
        ("refs/heads/main", 1, 0),
        ("1 tags and other refs", 1, 0),
    ]
    guarded.work.git("tag", "-a", "-m", "nobody searched this", "v2")
    guarded.past("refs/tags/v2", "v2")
    found = guarded.look()
    tag = guarded.work.git("rev-parse", "v2").stdout.strip()
    assert found.covered is False
    assert [(one.commit, one.ref) for one in found.missed] == [(tag, "refs/tags/v2")]
    assert "1 ref never searched" in [one.what for one in found.gaps]
    assert "refs/tags/v2 moved past the hook" in [one.what for one in found.gaps]
    made = guarded.work.commit("in no branch")
    blob = guarded.work.git("hash-object", "-w", "a").stdout.strip()
    guarded.past("refs/notes/commits")
    guarded.bare.git("update-ref", "refs/tags/content", blob)
    found = guarded.look()
    assert {one.commit for one in found.missed} == {tag, made, blob}
    assert look([str(guarded.bare.folder)], branches=("main",)).repositories[0].branches[0].covered is True


def test_a_branch_that_came_past_the_hook_and_went_through_it_leaves_a_finding(guarded: Guarded) -> None:
    guarded.work.commit("for an hour")
    guarded.past("refs/heads/hour")
    guarded.work.git("push", "-q", "origin", ":hour")
    assert guarded.findings == ["refs/heads/hour moved past the hook"]
    searched_whole(guarded.bare)
    assert guarded.findings == ["refs/heads/hour moved past the hook"], "what is gone was never searched"


def searched_whole(bare: Repo) -> None:
    assert received_before(bare.folder, Wanted())


def test_a_branch_that_was_made_on_the_server_is_a_finding_although_its_commits_were_searched(guarded: Guarded) -> None:
    guarded.bare.git("branch", "theirs", "main")
    assert guarded.findings == ["refs/heads/theirs moved past the hook"]
    assert guarded.look().covered is False
    searched_whole(guarded.bare)
    assert guarded.look().covered is True


def test_deleted_and_made_again_through_the_hook_is_no_finding(guarded: Guarded) -> None:
    work = guarded.work
    work.git("checkout", "-q", "-b", "side")
    work.put("b", "x\n")
    work.commit("side")
    work.git("push", "-q", "origin", "side")
    work.git("push", "-q", "origin", ":side", ":v1")
    work.git("commit", "-q", "--amend", "-m", "side again")
    work.git("push", "-q", "--mirror", "origin")
    assert guarded.look().gaps == ()
    assert guarded.look().covered is True


def test_a_push_while_the_history_is_searched_is_no_finding_later(guarded: Guarded) -> None:
    log = record.read(guarded.bare.folder)
    seen = record.standing_refs(guarded.bare.folder)  # before the push, written after it
    span = record.spanned(guarded.bare.folder, [one.new for one in seen])
    guarded.work.commit("meanwhile")
    guarded.work.git("push", "-q", "origin", "HEAD:main", "HEAD:refs/heads/new")
    record.append(
        guarded.bare.folder, replace(record.searched("history", None, span, changes=seen), at=log.entries[0].at)
    )
    guarded.work.commit("after")
    guarded.work.git("push", "-q", "origin", "HEAD:main", "HEAD:refs/heads/new")
    assert guarded.look().gaps == ()


def test_of_two_pushes_at_once_the_one_that_git_did_not_take_is_no_finding(guarded: Guarded, tmp_path: Path) -> None:
    """The second push is taken and recorded while the search of the first has not begun."""
    faster = cloned(guarded.bare.folder, tmp_path / "faster")
    faster.git("checkout", "-q", "main")
    faster.put("b", "x\n")
    taken = faster.commit("faster")
    hook = guarded.bare.folder / "hooks" / "pre-receive"
    hook.rename(ours := hook.with_name("irkit"))
    hook.write_text(
        f"""#!/bin/sh
lines="$(cat)"
if [ ! -e {tmp_path}/began ]; then
  touch {tmp_path}/began
  env -i PATH="$PATH" HOME="$HOME" PYTHONPATH="$PYTHONPATH" XDG_CACHE_HOME="$XDG_CACHE_HOME" \\
    git -C {faster.folder} push -q origin HEAD:main || exit 9
fi
printf "%s\\n" "$lines" | {ours}
"""
    )
    hook.chmod(0o755)
    guarded.work.put("c", "x\n")
    guarded.work.commit("slower")
    refused = guarded.work.git("push", "origin", "HEAD:main", check=False)
    assert refused.returncode == 1
    assert "pre-receive hook declined" not in refused.stderr, refused.stderr
    assert guarded.bare.git("rev-parse", "main").stdout.strip() == taken
    pushes = [one for one in record.read(guarded.bare.folder).entries if one.kind == "push"]
    assert [one.changes[0].old == taken for one in pushes] == [False] * 3
    ours.replace(hook)
    assert (guarded.findings, guarded.look().covered) == ([], True)


def test_what_the_reflog_saw_and_no_ref_leads_to_is_a_finding(guarded: Guarded) -> None:
    guarded.bare.git("config", "core.logAllRefUpdates", "true")
    before = guarded.bare.git("rev-parse", "main").stdout.strip()
    made = guarded.work.commit("for a moment")
    guarded.past("refs/heads/main")
    guarded.bare.git("update-ref", "refs/heads/main", before)
    (gap,) = guarded.look().gaps
    assert (gap.what, made[:12] in gap.why) == ("something was here for a while", True)
    assert guarded.look().covered is None


def test_an_earlier_report_that_does_not_name_the_repository_holds_nothing(guarded: Guarded, tmp_path: Path) -> None:
    report = tmp_path / "earlier.json"
    whole = look([str(guarded.bare.folder)]).document()
    report.write_text(json.dumps(whole))
    log = guarded.bare.folder / record.LOG
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    moved = guarded.bare.folder.rename(tmp_path / "b.git")
    for name, what in (
        ("b.git", "no earlier report of this record"),
        ("a.git", "the guard's record was cut or replaced"),
    ):
        moved = moved.rename(tmp_path / name)
        (found,) = look([f"{tmp_path}/./{name}"], earlier=report).repositories  # however the path is written
        assert what in [one.what for one in found.gaps]
    for broken in ('{"repositories": [1]}', '{"repositories": [{"repository": "a", "record": []}]}', "[]"):
        report.write_text(broken)
        with pytest.raises(Exception, match="this is no earlier report"):
            look([str(moved)], earlier=report)


def test_a_submodule_is_a_finding_until_its_repository_is_looked_at_too(guarded: Guarded, tmp_path: Path) -> None:
    inner = repository(tmp_path / "inner.git", "--bare")
    install_receiving(inner.folder)
    made = cloned(inner.folder, tmp_path / "inner")
    made.put("b", "x\n")
    commit = made.commit()
    made.git("push", "-q", "origin", "HEAD:refs/heads/main")
    guarded.work.put(".gitmodules", '[submodule "sub"]\n\tpath = sub\n\turl = ../inner.git\n')
    guarded.work.git("update-index", "--add", "--cacheinfo", f"160000,{commit},sub")
    guarded.work.commit("with a submodule")
    guarded.work.git("push", "-q", "origin", "HEAD:main")
    assert guarded.findings == ["1 submodules have their content elsewhere"]
    assert guarded.look().covered is None
    assert look([str(guarded.bare.folder), str(inner.folder)]).covered is True


def test_in_a_hook_of_another_repository_the_named_one_is_looked_at(
    guarded: Guarded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git tells a hook where its repository is, and every git that the hook runs."""
    left_out = repository(tmp_path / "left-out.git", "--bare")
    left_out.git("fetch", "-q", str(guarded.bare.folder), "main:refs/heads/main")
    monkeypatch.setenv("GIT_DIR", str(guarded.bare.folder))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(guarded.bare.folder / "hooks"))
    (found,) = look([str(left_out.folder)]).repositories
    assert (found.covered, found.branches[0].missed) == (False, 1)
    hook, _ = install_receiving(left_out.folder)
    assert hook.parent == left_out.folder / "hooks"
    searched_whole(left_out)
    monkeypatch.undo()
    assert look([str(left_out.folder)]).covered is True


def test_who_may_write_the_configuration_may_turn_the_hook_off(guarded: Guarded) -> None:
    (guarded.bare.folder / "config").chmod(0o664)
    assert guarded.findings == ["contributors may write what is evidence here"]


def test_a_work_tree_that_was_pushed_to_stays_one_when_its_hook_is_gone(guarded: Guarded, tmp_path: Path) -> None:
    place = cloned(guarded.bare.folder, tmp_path / "place")
    place.git("config", "receive.denyCurrentBranch", "updateInstead")
    install_receiving(place.folder)
    guarded.work.commit("pushed there")
    guarded.work.git("push", "-q", str(place.folder), "HEAD:main")
    (place.folder / ".git/hooks/pre-receive").unlink()
    (found,) = look([str(place.folder)]).repositories
    assert (found.kind, found.gaps[0].what) == ("pushed to", "pushes are not searched now")


def test_remote_user_is_said_beside_the_account_that_ran_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever pushes over a file says in their environment what they like."""
    made = repository(tmp_path / "a.git", "--bare")
    mine = record.mark(made.folder, "installed").account
    monkeypatch.setenv("REMOTE_USER", "alice")
    assert record.mark(made.folder, "removed").account == f"{mine} for alice"


def test_a_record_of_another_repository_covers_nothing_here(guarded: Guarded, tmp_path: Path) -> None:
    other = repository(tmp_path / "other.git", "--bare")
    work = cloned(other.folder, tmp_path / "other")
    work.put("b", "x\n")
    made = work.commit("never searched")
    work.git("push", "-q", "origin", "HEAD:refs/heads/main")
    install_receiving(other.folder)
    (other.folder / record.LOG).write_bytes((guarded.bare.folder / record.LOG).read_bytes())
    (found,) = look([str(other.folder)]).repositories
    assert found.covered is False
    assert [one.commit for one in found.missed] == [made]
    subprocess.run(["git", "-C", other.folder, "gc", "-q"], check=True)
    assert look([str(other.folder)]).covered is False
