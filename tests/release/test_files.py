"""Every file of a release folder is listed with its signatures; nothing is dropped silently."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.model import OpenPgpKey, SecretRef
from irkit.openpgp import read_key
from irkit.release.files import in_files
from tests.owners import Owner


@pytest.fixture
def release(tmp_path: Path, owner: Owner, other: Owner) -> Path:
    """One file for each way in which a file and a signature can stand together."""
    folder = tmp_path / "release"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.tar", "b.tar", "sub/a.tar", "plain.txt", "torn.tar", "withdrawn.tar", "foreign.tar"):
        (folder / name).write_text(name)
    for signature in ("a.tar.asc", "b.tar.sig", "sub/a.tar.sign", "withdrawn.tar.asc"):
        owner.sign_with_gpg_alone(folder / signature.rpartition(".")[0], folder / signature)
    owner.sign_with_gpg_alone(folder / "a.tar", folder / f"a.tar.{'0A' * 8}.asc")
    (folder / "withdrawn.tar").unlink()
    other.sign_with_gpg_alone(folder / "foreign.tar", folder / "foreign.tar.asc")
    (folder / "torn.tar.asc").write_text((folder / "a.tar.asc").read_text()[:60])
    (folder / "KEYS.asc").write_text(owner.certificate)
    owner.gpg(
        "--local-user",
        owner.key.primary,
        "--output",
        str(folder / "InRelease"),
        "--clear-sign",
        str(folder / "plain.txt"),
    )
    (folder / "link.tar").symlink_to(folder / "a.tar")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    return folder


def leaked(owner: Owner) -> OpenPgpKey:
    return read_key(owner.gpg("--export"), SecretRef("file:x"), None)


def test_files_and_signatures_are_paired(release: Path, owner: Owner) -> None:
    found = in_files(release, leaked(owner))
    rows = [(row.path, row.signature_path, row.kind, row.verdict, row.primary is not None) for row in found.artifacts]
    mine, foreign = "not verified, names the key", "not verified, names another key"
    assert rows == [
        ("InRelease", "InRelease", "clearsigned", mine, True),
        ("KEYS.asc", None, "detached", "no signature", False),
        ("a.tar", f"a.tar.{'0A' * 8}.asc", "detached", mine, True),
        ("a.tar", "a.tar.asc", "detached", mine, True),
        ("b.tar", "b.tar.sig", "detached", mine, True),
        ("foreign.tar", "foreign.tar.asc", "detached", foreign, False),
        ("plain.txt", None, "detached", "no signature", False),
        ("sub/a.tar", "sub/a.tar.sign", "detached", mine, True),
        ("torn.tar", "torn.tar.asc", "detached", "unreadable signature", False),
        ("withdrawn.tar", "withdrawn.tar.asc", "detached", "signature without artifact, names the key", True),
    ]  # fmt: skip


def test_what_is_no_regular_file_is_listed_as_skipped(release: Path) -> None:
    skipped = {item.what: item.why for item in in_files(release, None).skipped}
    assert skipped["link.tar"] == skipped["loop"] == "a symbolic link, not followed"
    assert skipped["pipe"] == "not a regular file"
    assert "torn.tar.asc" in skipped


def test_digests_issuers_and_dates_are_read(release: Path, owner: Owner) -> None:
    row = next(row for row in in_files(release, leaked(owner)).artifacts if row.path == "b.tar")
    assert row.sha256 == hashlib.sha256(b"b.tar").hexdigest()
    assert row.issuer == owner.key.signing
    assert row.signed_at is not None
    document = row.document()
    assert (document["primary"], document["signature"]) == (owner.key.primary, "b.tar.sig")
    assert str(document["signed_at"]).endswith("Z")


def test_a_key_known_by_its_fingerprint_alone_does_not_tell_its_subkeys_signatures(release: Path, owner: Owner) -> None:
    key = OpenPgpKey(SecretRef(f"gpg:{owner.key.primary}"), owner.key.primary, None)
    row = next(row for row in in_files(release, key).artifacts if row.path == "b.tar")
    assert row.verdict == "not verified, cannot be told whether it names the key"


def test_nothing_is_changed(release: Path) -> None:
    before = sorted(path.name for path in release.rglob("*"))
    in_files(release, None)
    assert sorted(path.name for path in release.rglob("*")) == before


def test_an_empty_folder_and_a_missing_one_are_different_answers(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert in_files(tmp_path / "empty", None).artifacts == ()
    with pytest.raises(BadInput, match="no such release folder"):
        in_files(tmp_path / "missing", None)


def clear_sign(owner: Owner, text: Path, out: Path) -> None:
    owner.gpg("--local-user", owner.key.primary, "--output", str(out), "--clear-sign", str(text))


def sums(folder: Path, *names: str, algorithm: str = "sha256") -> str:
    return "".join(f"{hashlib.new(algorithm, (folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)


@pytest.mark.parametrize("name", ["SHA256SUMS", "checksums.txt", "app_1.0_SHA512SUMS"])
def test_a_signed_manifest_signs_what_it_lists(tmp_path: Path, owner: Owner, name: str) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    for file in ("a.zip", "b.zip", "c.zip", "d.zip"):
        (folder / file).write_text(file)
    (folder / name).write_text(
        sums(folder, "a.zip", "b.zip", "d.zip", algorithm="sha512" if "512" in name else "sha256")
    )
    (folder / "b.zip").write_text("something else")
    (folder / "d.zip").unlink()
    owner.sign_with_gpg_alone(folder / name, folder / f"{name}.72D7468F.sig")
    found = in_files(folder, leaked(owner))
    rows = {(row.path, row.kind): (row.verdict, row.signature_path, row.issuer) for row in found.artifacts}
    signature = (f"{name}.72D7468F.sig", owner.key.signing)
    assert rows == {
        (name, "manifest"): ("not verified, names the key", *signature),
        ("a.zip", "listed"): ("not verified, names the key", *signature),
        ("b.zip", "listed"): ("listed, digest differs", *signature),
        ("d.zip", "listed"): ("listed, missing", *signature),
        ("c.zip", "detached"): ("no signature", None, None),
    }
    assert [(one.what, one.why) for one in found.skipped] == [(name, "1 of the files that it lists are not here")]


def test_a_clear_signed_manifest_signs_what_it_lists(tmp_path: Path, owner: Owner) -> None:
    folder = tmp_path / "release"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.zip").write_text("a")
    (tmp_path / "list").write_text(sums(folder / "sub", "a.zip"))
    clear_sign(owner, tmp_path / "list", folder / "sub" / "sha256sums.asc")
    rows = [(row.path, row.kind, row.signature_path) for row in in_files(folder, None).artifacts]
    assert rows == [
        ("sub/a.zip", "listed", "sub/sha256sums.asc"),
        ("sub/sha256sums.asc", "manifest", "sub/sha256sums.asc"),
    ]


def test_an_unsigned_manifest_signs_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "a.zip").write_text("a")
    (folder / "SHA256SUMS").write_text(sums(folder, "a.zip"))
    rows = [(row.path, row.kind, row.verdict) for row in in_files(folder, None).artifacts]
    assert rows == [("SHA256SUMS", "manifest", "no signature"), ("a.zip", "detached", "no signature")]


def test_maven_and_python_files_are_told_as_such(tmp_path: Path, owner: Owner) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    python = ["pkg_a-1.0-py3-none-any.whl", "pkg_a-1.0.tar.gz"]
    maven = ["lib-1.0.jar", "lib-1.0.pom", "lib-1.0-sources.jar"]
    other = ["hello-2.12.tar.gz"]
    for name in (*python, *maven, *other):
        (folder / name).write_text(name)
        owner.sign_with_gpg_alone(folder / name, folder / f"{name}.asc")
        for suffix in ("md5", "sha1"):
            (folder / f"{name}.{suffix}").write_text("0" * 32)
            (folder / f"{name}.asc.{suffix}").write_text("0" * 32)
    rows = {row.path: row.kind for row in in_files(folder, None).artifacts}
    assert rows == (dict.fromkeys(python, "python") | dict.fromkeys(maven, "maven") | dict.fromkeys(other, "detached"))


def test_two_signatures_in_one_file_are_two_rows(tmp_path: Path, owner: Owner, other: Owner) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "a").write_text("a")
    both = [one.gpg("--local-user", one.key.primary, "--detach-sign", stdin=b"a") for one in (owner, other)]
    (folder / "a.sig").write_bytes(b"".join(both))
    rows = {(row.path, row.issuer, row.verdict) for row in in_files(folder, leaked(owner)).artifacts}
    assert rows == {
        ("a", owner.key.signing, "not verified, names the key"),
        ("a", other.key.signing, "not verified, names another key"),
    }


def test_what_another_reader_has_told_of_is_left_out(release: Path) -> None:
    but = frozenset({"a.tar", "a.tar.asc", f"a.tar.{'0A' * 8}.asc", "sub"})
    paths = {row.path for row in in_files(release, None, but).artifacts}
    assert paths == {row.path for row in in_files(release, None).artifacts} - {"a.tar", "sub/a.tar"}


def test_a_further_digest_is_taken_where_it_is_asked_for(release: Path) -> None:
    row = next(row for row in in_files(release, None, also=["sha512"]).artifacts if row.path == "plain.txt")
    assert row.content == (("sha512", hashlib.sha512(b"plain.txt").hexdigest()),)


def test_a_file_larger_than_one_reading_is_hashed_whole(tmp_path: Path) -> None:
    data = bytes(range(256)) * 8193
    (tmp_path / "large.asc").write_bytes(data)
    (tmp_path / "exact").write_bytes(data[: 1 << 20])
    digests = {row.path: row.sha256 for row in in_files(tmp_path, None).artifacts}
    assert digests == {
        "large.asc": hashlib.sha256(data).hexdigest(),
        "exact": hashlib.sha256(data[: 1 << 20]).hexdigest(),
    }


def test_a_long_clear_signed_manifest_is_read_whole(tmp_path: Path, owner: Owner) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "a.zip").write_text("a")
    listed = "".join(f"{'ab' * 32}  elsewhere-{number}.zip\n" for number in range(12_000)) + sums(folder, "a.zip")
    (tmp_path / "list").write_text(listed)
    clear_sign(owner, tmp_path / "list", folder / "SHA256SUMS.asc")
    rows = [(row.path, row.kind, row.verdict) for row in in_files(folder, leaked(owner)).artifacts]
    mine = "not verified, names the key"
    assert rows[:2] == [("SHA256SUMS.asc", "manifest", mine), ("a.zip", "listed", mine)]
    assert len({path for path, _, verdict in rows[2:] if verdict == "listed, missing"}) == 12_000
