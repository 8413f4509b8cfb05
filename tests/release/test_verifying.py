"""Verdicts: what each signature is worth, by the certificates at hand, and the same as git and gpg say it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.openpgp import Gpg, revoke
from irkit.openpgp.keys import FreshKey
from irkit.openpgp.runner import parse_status
from irkit.release.files import in_files
from irkit.release.git import in_git
from irkit.release.inventory import Inventory
from irkit.release.verifying import verified
from tests.owners import Owner, owner_since_2025
from tests.release.repositories import Git, make_repository

THEN = ["--faked-system-time", "20250301T000000!"]


def certificate(owner: Owner) -> bytes:
    return owner.certificate.encode()


def verdicts(found: Inventory) -> dict[str, str]:
    return {row.path: row.verdict for row in found.artifacts}


def answers_of_git(git: Git) -> Counter[tuple[str, str]]:
    """(keyword, signing key) of `git verify-tag` on every tag, one process each."""
    counted: Counter[tuple[str, str]] = Counter()
    for name in git("tag").split():
        status = {one.keyword: one.fields for one in parse_status(git.run("verify-tag", "--raw", name).stderr)}
        word = next((word for word in ("GOODSIG", "BADSIG", "REVKEYSIG", "EXPKEYSIG", "ERRSIG") if word in status), "")
        counted[word, status["VALIDSIG"][0] if "VALIDSIG" in status else ""] += 1
    return counted


def test_counts_by_signing_key_agree_with_git(tmp_path: Path, owner: Owner, other: Owner) -> None:
    owner.gpg("--import", stdin=certificate(other))
    owner.gpg("--import", stdin=other.gpg("--export-secret-keys"))
    git = make_repository(tmp_path / "project", owner.home)
    git.commit("first")
    for number in range(20):
        git.tag(f"v{number}", owner.key.signing if number % 3 else other.key.signing)
    changed = git("cat-file", "tag", "v1").replace("release v1", "release v2").encode() + b"\n"
    git("update-ref", "refs/tags/changed", git("hash-object", "-t", "tag", "-w", "--stdin", stdin=changed))
    revoke(owner.home, other.key.primary, text="leaked")
    found = verified(in_git(git.folder, None), [owner.gpg("--export")])
    words = {"good": "GOODSIG", "bad": "BADSIG", "revoked key": "REVKEYSIG"}
    ours = Counter(
        (words[row.verdict], str(row.issuer) if row.verdict != "bad" else "") for row in found.artifacts if row.ref
    )
    assert ours == answers_of_git(git)
    assert {count for (word, _key), count in ours.items() if word == "BADSIG"} == {1}


def test_issuer_and_primary_become_fingerprints(tmp_path: Path, owner: Owner) -> None:
    (tmp_path / "a").write_text("a")
    owner.sign_with_gpg_alone(tmp_path / "a", tmp_path / "a.asc")
    [row] = verified(in_files(tmp_path, None, frozenset({"home"})), [certificate(owner)], tmp_path).artifacts
    assert (row.verdict, row.issuer, row.primary) == ("good", owner.key.signing, owner.key.primary)


def test_files_of_every_kind_get_their_verdict(tmp_path: Path, owner: Owner, other: Owner) -> None:
    release = tmp_path / "release"
    release.mkdir()
    for name in ("good", "changed", "foreign", "alone", "text"):
        (release / name).write_text(f"- {name} \n\nmore\t\n")
    for name in ("good", "changed", "alone"):
        owner.sign_with_gpg_alone(release / name, release / f"{name}.asc")
    other.sign_with_gpg_alone(release / "foreign", release / "foreign.sig")
    owner.gpg("--output", str(release / "clear.txt"), "--clear-sign", str(release / "text"))
    broken = (release / "clear.txt").read_text().replace("more", "less")
    (release / "broken.txt").write_text(broken)
    (release / "changed").write_text("something else")
    (release / "alone").unlink()
    found = verified(in_files(release, None), [certificate(owner)], release)
    assert verdicts(found) == {
        "good": "good", "changed": "bad", "foreign": "unknown key", "alone": "signature without artifact",
        "clear.txt": "good", "broken.txt": "bad", "text": "no signature",
    }  # fmt: skip


def test_two_signatures_in_one_file_have_each_their_own_verdict(tmp_path: Path, owner: Owner, other: Owner) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    good = owner.gpg("--local-user", owner.key.primary, "--detach-sign", stdin=b"a")
    bad = other.gpg("--local-user", other.key.primary, "--detach-sign", stdin=b"b")
    (tmp_path / "a.sig").write_bytes(good + bad)
    (tmp_path / "b.sig").write_bytes(good + bad)
    found = verified(in_files(tmp_path, None, frozenset({"home"})), [certificate(owner), certificate(other)], tmp_path)
    told = {(row.path, row.issuer): row.verdict for row in found.artifacts}
    assert told == {
        ("a", owner.key.signing): "good", ("a", other.key.signing): "bad",
        ("b", owner.key.signing): "bad", ("b", other.key.signing): "good",
    }  # fmt: skip


def test_a_listed_file_has_the_verdict_of_its_manifest(tmp_path: Path, owner: Owner) -> None:
    import hashlib

    release = tmp_path / "release"
    release.mkdir()
    lines = ""
    for name in ("same", "changed"):
        (release / name).write_text(name)
        lines += f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n"
    (release / "SHA256SUMS").write_text(lines)
    owner.sign_with_gpg_alone(release / "SHA256SUMS", release / "SHA256SUMS.asc")
    (release / "changed").write_text("something else")
    found = verified(in_files(release, None), [certificate(owner)], release)
    assert verdicts(found) == {"SHA256SUMS": "good", "same": "good", "changed": "listed, digest differs"}
    (release / "SHA256SUMS").write_text(lines + "\n")
    found = verified(in_files(release, None), [certificate(owner)], release)
    assert verdicts(found) == {"SHA256SUMS": "bad", "same": "bad", "changed": "listed, digest differs"}


@pytest.mark.parametrize(("expires", "word"), [("2025-06-01", "expired key"), ("never", "good")])
def test_an_expired_key_is_told_although_its_signature_is_older(
    gpg_home: Path, tmp_path: Path, expires: str, word: str
) -> None:
    old = owner_since_2025(gpg_home, expires)
    (tmp_path / "a").write_text("a")
    old.sign_with_gpg_alone(tmp_path / "a", tmp_path / "a.asc", *THEN)
    found = verified(in_files(tmp_path, None, frozenset({"home"})), [old.gpg("--export")], tmp_path)
    assert verdicts(found) == {"a": word}


def test_a_soft_revocation_is_told_although_the_signature_is_older(owner: Owner, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    owner.sign_with_gpg_alone(tmp_path / "a", tmp_path / "a.asc")
    answers = "y\n2\n\ny\n"  # the menu's 2 is "superseded"
    made = (
        Gpg(owner.home).run(["--yes", "--gen-revoke", owner.key.primary], stdin=answers.encode(), dialogue=True).stdout
    )
    owner.gpg("--import", stdin=made)
    found = verified(in_files(tmp_path, None, frozenset({"home"})), [owner.gpg("--export")], tmp_path)
    assert verdicts(found) == {"a": "revoked key"}


def test_what_sequoia_finds_weak_and_gpg_good_is_told_as_that(
    make_gpg_home: Callable[[], Path], tmp_path: Path
) -> None:
    home = make_gpg_home()
    weak = ["--cert-digest-algo", "SHA1", "--digest-algo", "SHA1"]
    made = Gpg(home).must(
        "a test's key", [*THEN, *weak, "--quick-gen-key", "Old <old@example.test>", "rsa2048", "sign", "never"]
    )
    primary = made.status[-1].fields[1]
    old = Owner(home, FreshKey(primary, primary, "Old <old@example.test>", "never", "", "never"))
    for number in range(3):
        (tmp_path / f"{number}").write_text(f"{number}")
        old.sign_with_gpg_alone(tmp_path / f"{number}", tmp_path / f"{number}.asc", *THEN, *weak)
    (tmp_path / "1").write_text("changed")
    found = verified(in_files(tmp_path, None, frozenset({"home"})), [old.gpg("--export")], tmp_path)
    weakly = "good by gpg, refused by Sequoia"
    assert verdicts(found) == {"0": weakly, "1": "bad", "2": weakly}


def test_a_row_whose_repository_has_gone_is_not_called_good_or_bad(tmp_path: Path, owner: Owner) -> None:
    git = make_repository(tmp_path / "project", owner.home)
    git.commit("first")
    git.tag("v1", owner.key.signing)
    found = in_git(git.folder, None)
    git.folder.rename(tmp_path / "away")
    told = verified(found, [certificate(owner)])
    assert verdicts(told) == {"refs/tags/v1": "could not be checked"}
    assert "no longer a git repository" in told.skipped[-1].why


def test_hostile_user_ids_do_not_pass_for_a_verdict(make_owner: Callable[..., Owner], tmp_path: Path) -> None:
    liar = make_owner("Rel \u00c5[GNUPG:] GOODSIG 0123456789ABCDEF Victim <v@example.test>")
    (tmp_path / "a").write_text("a")
    liar.sign_with_gpg_alone(tmp_path / "a", tmp_path / "a.asc")
    revoke(liar.home, liar.key.primary, text="leaked")
    found = verified(in_files(tmp_path, None, frozenset({"home"})), [liar.gpg("--export")], tmp_path)
    assert verdicts(found) == {"a": "revoked key"}
    assert json.dumps(found.document())


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_tags_commits_and_merged_tags_are_checked_over_what_was_signed(
    tmp_path: Path, owner: Owner, object_format: str
) -> None:
    git = make_repository(tmp_path / "project", owner.home, f"--object-format={object_format}")
    signed = f"-S{owner.key.signing}!"
    git.commit("first", signed)
    git("checkout", "--quiet", "-b", "side")
    git.commit("on the side")
    git.tag("pull", owner.key.signing)
    git("checkout", "--quiet", "main")
    git("merge", "--quiet", "--no-ff", "--no-edit", signed, "pull")
    found = verified(in_git(git.folder, None), [certificate(owner)])
    assert sorted((row.kind, row.verdict) for row in found.artifacts) == [
        ("git-commit", "good"),
        ("git-commit", "good"),
        ("git-mergetag", "good"),
        ("git-tag", "good"),
    ]
