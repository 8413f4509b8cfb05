"""Tags signed anew: the same tag under another signature, in a repository that may be hostile, whenever it is killed."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import BadInput, StepFailed
from irkit.openpgp import generate
from irkit.plan import GpgCommand, document
from irkit.release.operations import Done, carry_out
from irkit.release.tags import tag_parts
from tests.owners import Owner
from tests.release.test_operations import CHILD

NEW = "New Releases <releases@example.test>"
ADA = {
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.test", "GIT_AUTHOR_DATE": "2025-03-01T10:00:00+0200",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.test", "GIT_COMMITTER_DATE": "2025-03-01T10:00:00+0200",
}  # fmt: skip


class Repo:
    """A repository whose tags `owner` signs with git's own commands."""

    def __init__(self, path: Path, owner: Owner, *options: str) -> None:
        self.path, self.owner = path, owner
        path.mkdir()
        self.git("init", "-q", "-b", "main", *options)
        self.git("config", "user.signingkey", owner.key.primary)
        (path / "README").write_text("content\n")
        self.git("add", "README")
        self.git("commit", "-q", "-m", "first")

    def git(self, *args: str, home: Path | None = None, given: bytes = b"", check: bool = True) -> str:
        environment = {**os.environ, **ADA, "GNUPGHOME": str(home or self.owner.home)}
        ran = subprocess.run(
            ["git", "-C", str(self.path), *args], env=environment, input=given, capture_output=True, check=False
        )
        assert ran.returncode == 0 or not check, ran.stderr.decode()
        return ran.stdout.decode().strip()

    def tag(self, name: str, target: str = "HEAD", message: str = "Release\n\nWith notes.") -> str:
        self.git("tag", "-s", "-m", message, name, target)
        return self.git("rev-parse", f"refs/tags/{name}")

    def raw(self, oid: str) -> bytes:
        return subprocess.run(
            ["git", "-C", str(self.path), "cat-file", "tag", oid], capture_output=True, check=True
        ).stdout

    def refs(self) -> dict[str, str]:
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split(" ") for line in lines)

    def command(self, new: Path, *names: str) -> GpgCommand:
        said = [("user_id", NEW), ("other_than", self.owner.key.primary), ("repository", str(self.path))]
        for name in names:
            tag = self.git("rev-parse", f"refs/tags/{name}")
            target = self.raw(tag).split(b"\n")[0].removeprefix(b"object ").decode()
            said += [("ref", f"refs/tags/{name}"), ("tag", tag), ("target", target)]
        return GpgCommand("sign-tag", str(new), arguments=tuple(said))


@pytest.fixture
def repo(tmp_path: Path, owner: Owner) -> Repo:
    return Repo(tmp_path / "repo", owner)


@pytest.fixture
def new(make_gpg_home: Callable[[], Path]) -> Owner:
    home = make_gpg_home()
    return Owner(home, generate(home, NEW))


def facts(done: Done) -> dict[str, str]:
    return dict(done.facts)


def test_a_tag_is_signed_anew_and_nothing_else_of_it_changes(repo: Repo, new: Owner) -> None:
    old = repo.tag("v1")
    done = carry_out(repo.command(new.home, "v1"))
    fresh = repo.git("rev-parse", "refs/tags/v1")
    assert fresh != old
    assert tag_parts(repo.raw(fresh)).payload == tag_parts(repo.raw(old)).payload
    assert tag_parts(repo.raw(fresh)).payload.endswith(b"With notes.\n")
    assert repo.refs()["refs/resign/old/tags/v1"] == old
    assert repo.git("verify-tag", "v1", home=new.home) == ""
    assert (facts(done)["old_tag"], facts(done)["new_tag"]) == (old, fresh)
    logs = repo.path / ".git" / "logs" / "refs"
    assert old in (logs / "resign" / "old" / "tags" / "v1").read_text()
    assert f"tag signed anew with {new.key.primary}" in (logs / "tags" / "v1").read_text()


def test_a_second_run_finds_it_done(repo: Repo, new: Owner) -> None:
    repo.tag("v1")
    command = repo.command(new.home, "v1")
    first, refs = carry_out(command), repo.refs()
    second = carry_out(command)
    assert ("was signed with" in first.what, "already" in second.what) == (True, True)
    assert (first.facts, repo.refs()) == (second.facts, refs)


def test_many_tags_go_in_one_step_and_those_already_done_are_left(repo: Repo, new: Owner) -> None:
    names = [f"v1.{number}" for number in range(8)]
    for name in names:
        repo.tag(name)
    command = repo.command(new.home, *names)
    carry_out(repo.command(new.home, "v1.3"))
    between = repo.git("rev-parse", "refs/tags/v1.3")
    done = carry_out(command)
    assert "8 tags" in done.what
    assert repo.git("rev-parse", "refs/tags/v1.3") == between
    assert repo.git("verify-tag", *names, home=new.home) == ""
    assert len([ref for ref in repo.refs() if ref.startswith("refs/resign/old/tags/")]) == 8


def test_the_printed_commands_publish_both_where_the_remote_has_what_was_judged(
    repo: Repo, new: Owner, tmp_path: Path
) -> None:
    old = repo.tag("v1")
    repo.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    repo.git("push", "-q", "origin", "main", "v1")
    said = facts(carry_out(repo.command(new.home, "v1")))
    for name in ("push_old", "push"):
        subprocess.run(shlex.split(said[name]), capture_output=True, check=True)
    remote = repo.git("ls-remote", "origin")
    assert f"{said['new_tag']}\trefs/tags/v1" in remote
    assert f"{old}\trefs/resign/old/tags/v1" in remote


def test_a_tag_that_moved_since_it_was_judged_is_refused(repo: Repo, new: Owner) -> None:
    repo.tag("v1")
    command = repo.command(new.home, "v1")
    repo.git("tag", "-f", "-s", "-m", "another", "v1")
    before = repo.refs()
    with pytest.raises(StepFailed, match="not the one that was judged"):
        carry_out(command)
    repo.git("tag", "-d", "v1")
    with pytest.raises(StepFailed, match="gone"):
        carry_out(command)
    assert "refs/resign/old/tags/v1" not in before


def test_the_same_tag_signed_by_a_third_key_is_refused(repo: Repo, new: Owner, other: Owner) -> None:
    old = repo.tag("v1")
    command = repo.command(new.home, "v1")
    payload = tag_parts(repo.raw(old)).payload
    forged = payload + other.gpg("--armor", "--detach-sign", stdin=payload)
    oid = repo.git("hash-object", "-t", "tag", "-w", "--stdin", given=forged)
    repo.git("update-ref", "refs/tags/v1", oid)
    with pytest.raises(StepFailed, match="not the one that was judged"):
        carry_out(command)


@pytest.mark.parametrize("what", ["HEAD^{tree}", "HEAD:README", "inner"])
def test_tags_of_trees_files_and_tags_are_signed_too(what: str, repo: Repo, new: Owner) -> None:
    repo.tag("inner")
    old = repo.tag("odd", what)
    carry_out(repo.command(new.home, "odd"))
    fresh = repo.git("rev-parse", "refs/tags/odd")
    assert tag_parts(repo.raw(fresh)).payload == tag_parts(repo.raw(old)).payload
    repo.git("verify-tag", "odd", home=new.home)


def test_the_target_may_be_told_by_what_a_chain_of_tags_ends_at(repo: Repo, new: Owner) -> None:
    repo.tag("inner")
    repo.tag("outer", "inner")
    command = repo.command(new.home, "outer")
    ends_at = repo.git("rev-parse", "HEAD")
    said = tuple((name, ends_at if name == "target" else value) for name, value in command.arguments)
    carry_out(GpgCommand("sign-tag", str(new.home), arguments=said))
    wrong = tuple((name, "0" * 40 if name == "target" else value) for name, value in said)
    with pytest.raises(StepFailed, match="something else"):
        carry_out(GpgCommand("sign-tag", str(new.home), arguments=wrong))


def test_a_repository_of_long_ids_is_like_another(tmp_path: Path, owner: Owner, new: Owner) -> None:
    repo = Repo(tmp_path / "long", owner, "--object-format=sha256")
    repo.tag("v1")
    carry_out(repo.command(new.home, "v1"))
    repo.git("verify-tag", "v1", home=new.home)


def test_packed_refs_and_a_linked_work_tree_change_nothing(repo: Repo, new: Owner, tmp_path: Path) -> None:
    repo.tag("v1")
    repo.git("pack-refs", "--all")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    command = repo.command(new.home, "v1")
    said = tuple(
        (name, str(tmp_path / "linked") if name == "repository" else value) for name, value in command.arguments
    )
    carry_out(GpgCommand("sign-tag", str(new.home), arguments=said))
    repo.git("verify-tag", "v1", home=new.home)


def test_a_hostile_repository_runs_nothing(repo: Repo, new: Owner, tmp_path: Path) -> None:
    repo.tag("v1")
    command = repo.command(new.home, "v1")
    mark = tmp_path / "ran"
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\necho ran >> {mark}\nexit 0\n")
    evil.chmod(0o755)
    for hook in ("reference-transaction", "update", "post-rewrite", "post-update"):
        (repo.path / ".git" / "hooks" / hook).write_text(evil.read_text())
        (repo.path / ".git" / "hooks" / hook).chmod(0o755)
    for name in ("gpg.program", "gpg.openpgp.program", "core.fsmonitor", "core.pager", "core.editor", "alias.mktag"):
        repo.git("config", name, str(evil))
    repo.git("config", "core.hooksPath", str(repo.path / ".git" / "hooks"))
    repo.git("config", "gpg.minTrustLevel", "ultimate")
    (repo.path / ".gitattributes").write_text("* filter=evil\n")
    repo.git("config", "filter.evil.clean", str(evil))
    mark.unlink(missing_ok=True)
    carry_out(command)
    assert not mark.exists()


def test_a_ref_that_stands_for_a_branch_is_refused(repo: Repo, new: Owner) -> None:
    repo.tag("v1")
    command = repo.command(new.home, "v1")
    repo.git("tag", "-d", "v1")
    repo.git("symbolic-ref", "refs/tags/v1", "refs/heads/main")
    head = repo.git("rev-parse", "refs/heads/main")
    with pytest.raises(StepFailed, match="stands for another"):
        carry_out(command)
    assert repo.git("rev-parse", "refs/heads/main") == head


def test_a_lightweight_tag_holds_no_signature(repo: Repo, new: Owner) -> None:
    repo.git("tag", "light")
    head = repo.git("rev-parse", "HEAD")
    said = (
        ("user_id", NEW),
        ("repository", str(repo.path)),
        ("ref", "refs/tags/light"),
        ("tag", head),
        ("target", head),
    )
    with pytest.raises(StepFailed, match="no annotated tag"):
        carry_out(GpgCommand("sign-tag", str(new.home), arguments=said))


@pytest.mark.parametrize(
    "ref", ["v1", "refs/heads/main", "refs/tags/../heads/main", "refs/tags/a\nb", "refs/tags/x.lock"]
)
def test_a_name_that_is_none_of_a_tag_is_bad_input(ref: str, repo: Repo, new: Owner) -> None:
    said = (("user_id", NEW), ("repository", str(repo.path)), ("ref", ref), ("tag", "0" * 40), ("target", "0" * 40))
    with pytest.raises(BadInput):
        carry_out(GpgCommand("sign-tag", str(new.home), arguments=said))


def test_the_old_tag_of_an_earlier_time_stays_kept(repo: Repo, new: Owner, make_gpg_home: Callable[[], Path]) -> None:
    first = repo.tag("v1")
    carry_out(repo.command(new.home, "v1"))
    third = make_gpg_home()
    generate(third, NEW)
    done = facts(carry_out(repo.command(third, "v1")))
    refs = repo.refs()
    assert refs["refs/resign/old/tags/v1"] == first
    assert refs[done["kept_at"]] == done["old_tag"]


@pytest.mark.slow
def test_killed_before_every_program_it_comes_to_the_same_end(repo: Repo, new: Owner) -> None:
    old = {name: repo.tag(name) for name in ("v1", "v2")}
    listed = repo.path / "commands.json"
    listed.write_text(json.dumps([document(repo.command(new.home, "v1", "v2"))]))
    point = 1
    while (
        subprocess.run([sys.executable, "-c", CHILD, str(listed), str(point)], check=False).returncode
        == -signal.SIGKILL
    ):
        point += 3
        for name in old:  # at every moment the tag has one of the two valid signatures
            assert _verifies(repo, name, new.home) or _verifies(repo, name, repo.owner.home)
    assert point > 20
    assert repo.git("verify-tag", "v1", "v2", home=new.home) == ""
    refs = repo.refs()
    assert {name: refs[f"refs/resign/old/tags/{name}"] for name in old} == old
    assert len([ref for ref in refs if ref.startswith("refs/resign/")]) == 2


def _verifies(repo: Repo, name: str, home: Path) -> bool:
    environment = {**os.environ, "GNUPGHOME": str(home)}
    command = ["git", "-C", str(repo.path), "verify-tag", name]
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
