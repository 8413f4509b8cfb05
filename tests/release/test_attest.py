"""Commits keep their ids: a signed text says which of them are known from before, and every one of them leads to it."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import BadInput, StepFailed
from irkit.openpgp import Gpg, generate
from irkit.plan import GpgCommand
from irkit.release.attestations import NOTES, check_attestation
from irkit.release.operations import carry_out
from tests.owners import Owner
from tests.release.test_git_tags import NEW, Repo


@pytest.fixture
def repo(tmp_path: Path, owner: Owner) -> Repo:
    made = Repo(tmp_path / "repo", owner)
    for number in range(3):
        made.git("commit", "-q", "-S", "--allow-empty", "-m", f"change {number}")
    return made


@pytest.fixture
def new(make_gpg_home: Callable[[], Path]) -> Owner:
    home = make_gpg_home()
    return Owner(home, generate(home, NEW))


def commits(repo: Repo, *which: str) -> list[str]:
    return repo.git("rev-list", *(which or ("HEAD",))).split()


def command(repo: Repo, new: Owner, oids: list[str]) -> GpgCommand:
    said = [("user_id", NEW), ("other_than", repo.owner.key.primary), ("repository", str(repo.path))]
    said += [("commit", oid) for oid in oids] + [("because", "they stand in three mirrors since January.")]
    return GpgCommand("attest-commits", str(new.home), arguments=tuple(said))


def test_every_attested_commit_leads_to_the_signed_text(repo: Repo, new: Owner) -> None:
    oids, head = commits(repo), repo.git("rev-parse", "HEAD")
    carry_out(command(repo, new, oids))
    assert repo.git("rev-parse", "HEAD") == head
    for oid in oids:
        text = repo.git("notes", "--ref=resign", "show", oid).encode()
        assert oid.encode() in text
        assert b"three mirrors" in text
        assert Gpg(new.home).run(["--verify"], stdin=text).first("GOODSIG") is not None
    read = check_attestation(repo.path, new.certificate)
    assert [oid for oid, _tree in read.commits] == sorted(oids)
    assert dict(read.commits)[head] == repo.git("rev-parse", "HEAD^{tree}")
    assert read.against == ()


def test_a_second_run_finds_it_done_and_more_commits_are_added(repo: Repo, new: Owner) -> None:
    oids = commits(repo)
    first = carry_out(command(repo, new, oids[1:]))
    notes = repo.git("rev-parse", NOTES)
    second = carry_out(command(repo, new, oids[1:]))
    assert ("attested by" in first.what, "already" in second.what) == (True, True)
    assert first.facts == second.facts
    assert repo.git("rev-parse", NOTES) == notes
    carry_out(command(repo, new, oids))
    assert repo.git("rev-parse", f"{NOTES}^") == notes
    assert len(check_attestation(repo.path, new.certificate).commits) == len(oids)


def test_notes_that_were_there_stay(repo: Repo, new: Owner) -> None:
    head = repo.git("rev-parse", "HEAD")
    repo.git("notes", "--ref=resign", "add", "-m", "reviewed by Ada", "HEAD")
    repo.git("notes", "--ref=resign", "add", "-m", "on another", "HEAD~2")
    carry_out(command(repo, new, [head]))
    assert repo.git("notes", "--ref=resign", "show", "HEAD").startswith("reviewed by Ada")
    assert repo.git("notes", "--ref=resign", "show", "HEAD~2") == "on another"
    assert [oid for oid, _ in check_attestation(repo.path, new.certificate).commits] == [head]


def test_another_key_attests_nothing_under_this_one(repo: Repo, new: Owner, other: Owner) -> None:
    head = repo.git("rev-parse", "HEAD")
    carry_out(command(repo, new, [head]))
    read = check_attestation(repo.path, other.certificate)
    assert read.commits == ()
    assert dict(read.against)[head].startswith("sequoia")


def test_a_text_changed_afterwards_counts_for_nothing(repo: Repo, new: Owner) -> None:
    head, before = commits(repo)[:2]
    carry_out(command(repo, new, [before]))
    text = repo.git("notes", "--ref=resign", "show", before)
    repo.git("notes", "--ref=resign", "add", "-f", "-m", text.replace(before, head), "HEAD")
    read = check_attestation(repo.path, new.certificate)
    assert [oid for oid, _ in read.commits] == [before]
    assert head in dict(read.against)
    around = f"Attestation of commits, version 1\n\ncommit {head} tree {'0' * 40}\n\n{text}"
    repo.git("notes", "--ref=resign", "add", "-f", "-m", around, "HEAD")
    assert [oid for oid, _ in check_attestation(repo.path, new.certificate).commits] == [before]


def test_thousands_of_commits_are_one_text(repo: Repo, new: Owner) -> None:
    stream = "".join(
        f"commit refs/heads/long\ncommitter A <a@example.test> {1700000000 + n} +0000\ndata 2\nx\n" for n in range(1000)
    )
    repo.git("fast-import", "--quiet", given=stream.encode())
    oids = commits(repo, "long")
    carry_out(command(repo, new, oids))
    assert len(check_attestation(repo.path, new.certificate).commits) == 1000
    assert oids[500] in repo.git("notes", "--ref=resign", "show", oids[500])
    blobs = repo.git("ls-tree", "-r", "--format=%(objectname)", NOTES).split()
    assert (len(blobs), len(set(blobs))) == (1000, 1)


@pytest.mark.parametrize("oid", ["abc123", "HEAD", "0" * 40, ""])
def test_what_is_no_whole_id_of_a_commit_here_is_bad_input(oid: str, repo: Repo, new: Owner) -> None:
    with pytest.raises(BadInput, match="commit"):
        carry_out(command(repo, new, [oid]))
    assert NOTES not in repo.refs()


def test_a_repository_of_long_ids_is_like_another(tmp_path: Path, owner: Owner, new: Owner) -> None:
    made = Repo(tmp_path / "long", owner, "--object-format=sha256")
    carry_out(command(made, new, commits(made)))
    assert len(check_attestation(made.path, new.certificate).commits) == 1


def test_a_bare_repository_is_attested_too(repo: Repo, new: Owner, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    oids = commits(repo)
    said = tuple((name, str(tmp_path / "bare.git") if name == "repository" else value)
                 for name, value in command(repo, new, oids).arguments)  # fmt: skip
    carry_out(GpgCommand("attest-commits", str(new.home), arguments=said))
    assert len(check_attestation(tmp_path / "bare.git", new.certificate).commits) == len(oids)


def test_the_printed_command_publishes_the_notes(repo: Repo, new: Owner, tmp_path: Path) -> None:
    repo.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    repo.git("push", "-q", "origin", "main")
    said = dict(carry_out(command(repo, new, commits(repo))).facts)
    subprocess.run(shlex.split(said["push"]), env={**os.environ}, capture_output=True, check=True)
    assert NOTES in repo.git("ls-remote", "origin")
    assert len(check_attestation(tmp_path / "remote.git", new.certificate).commits) == 4


def test_notes_that_move_meanwhile_are_not_overwritten(repo: Repo, new: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    from irkit.release import attestations

    made = attestations.commit_tree

    def late(*args: str) -> str:
        repo.git("notes", "--ref=resign", "add", "-m", "in between", "HEAD")
        return made(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(attestations, "commit_tree", late)
    with pytest.raises(StepFailed, match="update-ref"):
        carry_out(command(repo, new, commits(repo)))
    assert repo.git("notes", "--ref=resign", "show", "HEAD") == "in between"
