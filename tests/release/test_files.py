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
