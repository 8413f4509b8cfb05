"""Everything signed in a repository is listed, whatever the repository is like and whoever may have made it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.model import OpenPgpKey, SecretRef
from irkit.openpgp import read_key
from irkit.release.git import in_git
from tests.needs import needs
from tests.owners import Owner
from tests.release.repositories import Git, make_repository


@pytest.fixture
def repository(tmp_path: Path, owner: Owner) -> Git:
    git = make_repository(tmp_path / "project", owner.home)
    git.commit("first")
    return git


def known(owner: Owner) -> OpenPgpKey:
    return read_key(owner.gpg("--export"), SecretRef("file:x"), None)


def rows(folder: Path, key: OpenPgpKey | None = None) -> dict[str, tuple[str, str]]:
    return {row.path: (row.kind, row.verdict) for row in in_git(folder, key).artifacts}


def test_tags_are_listed_signed_or_not(repository: Git, owner: Owner) -> None:
    head = repository("rev-parse", "HEAD")
    signed = repository.tag("v1", owner.key.signing)
    annotated = repository.tag("v2")
    repository("tag", "v3")
    found = in_git(repository.folder, known(owner)).artifacts
    assert [(row.ref, row.verdict, dict(row.content)) for row in found] == [
        ("refs/tags/v1", "not verified, names the key", {"git-tag": signed, "git-target": head}),
        ("refs/tags/v2", "no signature", {"git-tag": annotated, "git-target": head}),
        ("refs/tags/v3", "no signature", {"git-tag": head, "git-target": head}),
    ]
    one = found[0]
    assert (one.kind, one.path, one.repository) == ("git-tag", "refs/tags/v1", str(repository.folder))
    assert (one.issuer, one.primary, one.sha256) == (owner.key.signing, owner.key.primary, None)
    assert one.signed_at is not None
    assert one.digest_algorithm in ("SHA256", "SHA512")


def test_signed_commits_are_listed_and_others_are_not(repository: Git, owner: Owner) -> None:
    signed = repository.commit("second", f"-S{owner.key.signing}!")
    repository.commit("third")
    assert rows(repository.folder, known(owner)) == {signed: ("git-commit", "not verified, names the key")}


def test_a_signed_tag_that_a_merge_keeps_is_listed_with_the_id_it_had(repository: Git, owner: Owner) -> None:
    repository("checkout", "--quiet", "-b", "side")
    repository.commit("on the side")
    tag = repository.tag("pull", owner.key.signing)
    repository("checkout", "--quiet", "main")
    repository("merge", "--quiet", "--no-ff", "--no-edit", "pull")
    repository("tag", "--delete", "pull")
    merge = repository("rev-parse", "HEAD")
    kept = next(row for row in in_git(repository.folder, None).artifacts if row.kind == "git-mergetag")
    assert (kept.path, dict(kept.content)["git-tag"], dict(kept.content)["git-commit"]) == (merge, tag, merge)
    assert kept.issuer == owner.key.signing


def test_a_signed_tag_that_no_ref_names_any_more_is_listed_by_its_id(repository: Git, owner: Owner) -> None:
    tag = repository.tag("withdrawn", owner.key.signing)
    repository("tag", "--delete", "withdrawn")
    [row] = in_git(repository.folder, None).artifacts
    assert (row.path, row.ref, row.kind) == (tag, None, "git-tag")


def test_each_ref_to_one_tag_is_a_row(repository: Git, owner: Owner) -> None:
    tag = repository.tag("v1", owner.key.signing)
    repository("update-ref", "refs/tags/latest", tag)
    repository("update-ref", "refs/mirrors/v1", tag)
    assert set(rows(repository.folder)) == {"refs/tags/v1", "refs/tags/latest", "refs/mirrors/v1"}


@needs("ssh-keygen")
def test_an_ssh_signature_is_told_as_one_with_the_key_that_made_it(
    repository: Git, tmp_path: Path, owner: Owner
) -> None:
    key = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    ssh = {"gpg.format": "ssh", "user.signingkey": str(key)}
    repository("tag", "-s", "-m", "by ssh", "v1", settings=ssh)
    repository("commit", "--quiet", "--allow-empty", "-S", "-m", "by ssh", settings=ssh)
    shown = subprocess.run(["ssh-keygen", "-l", "-f", f"{key}.pub"], capture_output=True, text=True, check=True).stdout
    found = in_git(repository.folder, known(owner)).artifacts
    assert {(row.kind, row.verdict, row.issuer) for row in found} == {
        (kind, "ssh signature", shown.split()[1]) for kind in ("git-tag", "git-commit")
    }


def test_an_x509_signature_is_told_as_one(repository: Git) -> None:
    head = repository("rev-parse", "HEAD")
    body = f"object {head}\ntype commit\ntag v1\ntagger A Tester <a@example.test> 0 +0000\n\nrelease\n"
    armor = "-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----\n"
    oid = repository("hash-object", "-t", "tag", "-w", "--stdin", stdin=(body + armor).encode())
    repository("update-ref", "refs/tags/v1", oid)
    assert rows(repository.folder) == {"refs/tags/v1": ("git-tag", "x509 signature")}


def test_what_only_looks_like_a_signature_is_told_and_costs_no_other(repository: Git, owner: Owner) -> None:
    repository.tag("good", owner.key.signing)
    torn = repository("cat-file", "tag", "good").partition("iH")[0].encode() + b"iHUE\n-----END PGP SIGNATURE-----\n"
    repository("update-ref", "refs/tags/torn", repository("hash-object", "-t", "tag", "-w", "--stdin", stdin=torn))
    found = in_git(repository.folder, None)
    assert [(row.path, row.verdict) for row in found.artifacts] == [
        ("refs/tags/good", "not verified"),
        ("refs/tags/torn", "unreadable signature"),
    ]
    assert any("refs/tags/torn" in one.what for one in found.skipped)


def test_two_signatures_in_one_tag_are_two_rows(repository: Git, owner: Owner, other: Owner) -> None:
    repository.tag("v1", owner.key.signing)
    tag = repository("cat-file", "tag", "v1").encode() + b"\n"
    body = tag[: tag.index(b"-----BEGIN")]
    both = owner.gpg("--local-user", owner.key.signing, "--detach-sign", stdin=body) + other.gpg(
        "--local-user", other.key.signing, "--detach-sign", stdin=body
    )
    whole = body + owner.gpg("--enarmor", stdin=both).replace(b"ARMORED FILE", b"SIGNATURE")
    repository("update-ref", "refs/tags/v1", repository("hash-object", "-t", "tag", "-w", "--stdin", stdin=whole))
    named = [row.issuer for row in in_git(repository.folder, None).artifacts if row.ref]
    assert sorted(map(str, named)) == sorted([owner.key.signing, other.key.signing])


def test_a_sha256_repository_is_read(tmp_path: Path, owner: Owner) -> None:
    git = make_repository(tmp_path / "long", owner.home, "--object-format=sha256")
    commit = git.commit("first", f"-S{owner.key.signing}!")
    tag = git.tag("v1", owner.key.signing)
    assert len(tag) == 64
    assert set(rows(git.folder)) == {"refs/tags/v1", commit}


def test_bare_and_shared_repositories_and_worktrees_give_the_same(
    repository: Git, tmp_path: Path, owner: Owner
) -> None:
    repository.tag("v1", owner.key.signing)
    repository.commit("second", f"-S{owner.key.signing}!")
    expected = rows(repository.folder)
    repository("clone", "--quiet", "--mirror", str(repository.folder), str(tmp_path / "bare.git"))
    repository("clone", "--quiet", "--shared", str(repository.folder), str(tmp_path / "shared"))
    repository("worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))
    for folder in ("bare.git", "shared", "tree"):
        assert rows(tmp_path / folder) == expected


def test_packed_and_loose_give_the_same(repository: Git, owner: Owner) -> None:
    for number in range(3):
        repository.tag(f"v{number}", owner.key.signing)
    before = in_git(repository.folder, None)
    repository("gc", "--quiet")
    assert in_git(repository.folder, None).artifacts == before.artifacts


def test_nothing_of_a_hostile_repository_runs(repository: Git, tmp_path: Path, owner: Owner) -> None:
    repository.tag("v1", owner.key.signing)
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "gpg.program", "core.sshCommand", "core.pager", "core.hooksPath"):
        repository("config", name, str(trap))
    assert set(rows(repository.folder)) == {"refs/tags/v1"}
    assert not (tmp_path / "sprung").exists()


def test_a_hostile_name_stays_exact_in_the_row_and_is_escaped_where_it_is_told(repository: Git, owner: Owner) -> None:
    name = "refs/tags/v1\x9b31m\u202egood"
    tag = repository.tag("v1", owner.key.signing)
    repository("update-ref", name, tag)
    assert name in rows(repository.folder)
    torn = repository("cat-file", "tag", "v1").partition("iH")[0].encode() + b"iHUE\n-----END PGP SIGNATURE-----\n"
    repository("update-ref", name, repository("hash-object", "-t", "tag", "-w", "--stdin", stdin=torn))
    assert all(one.what.isprintable() for one in in_git(repository.folder, None).skipped)


def test_a_damaged_object_is_told_and_the_rest_is_read(repository: Git, owner: Owner) -> None:
    repository.tag("v1", owner.key.signing)
    gone = repository.tag("v2", owner.key.signing)
    path = repository.folder / ".git" / "objects" / gone[:2] / gone[2:]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:40])
    found = in_git(repository.folder, None)
    assert "refs/tags/v1" in {row.path for row in found.artifacts}
    assert any(gone in one.what for one in found.skipped)


def test_what_is_no_repository_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a git repository"):
        in_git(tmp_path, None)
