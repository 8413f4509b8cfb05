"""Everything an apt repository vouches for is listed, and what does not fit together is said."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.model import Artifact, OpenPgpKey, SecretRef
from irkit.openpgp import read_key
from irkit.release.apt import in_apt, index
from tests.needs import needs
from tests.owners import Owner
from tests.release import worlds

pytestmark = needs(*worlds.APT)


@pytest.fixture
def repository(tmp_path: Path, owner: Owner) -> Path:
    return worlds.apt_repository(tmp_path / "apt", owner.home, owner.key.primary, packages=2)


def leaked(owner: Owner) -> OpenPgpKey:
    return read_key(owner.gpg("--export", owner.key.primary), SecretRef("file:x"), None)


def rows(folder: Path, owner: Owner) -> dict[tuple[str, str], Artifact]:
    return {(one.kind, one.path): one for one in in_apt(folder, leaked(owner)).artifacts}


def verdicts(folder: Path, owner: Owner) -> dict[tuple[str, str], str]:
    return {at: one.verdict for at, one in rows(folder, owner).items()}


def test_a_release_and_every_package_that_it_reaches_are_listed(repository: Path, owner: Owner) -> None:
    first, second = worlds.deb_names(2)
    assert verdicts(repository, owner) == {
        ("apt-inrelease", "dists/stable/InRelease"): "not verified, names the key",
        ("apt-release", "dists/stable/Release"): "not verified, names the key",
        ("apt-package", first): "listed",
        ("apt-package", second): "listed",
    }
    found = rows(repository, owner)
    assert {one.primary for one in found.values()} == {owner.key.primary}
    assert {one.issuer for one in found.values()} == {owner.key.signing}
    assert found["apt-package", first].signature_path == "dists/stable/InRelease"
    assert found["apt-release", "dists/stable/Release"].signature_path == "dists/stable/Release.gpg"
    assert in_apt(repository, None).skipped == ()


def test_both_signatures_of_a_release_have_the_digest_of_one_text(repository: Path, owner: Owner) -> None:
    found = rows(repository, owner)
    plain, inline = found["apt-release", "dists/stable/Release"], found["apt-inrelease", "dists/stable/InRelease"]
    assert plain.content == inline.content == (("apt-release", plain.sha256),)
    assert inline.sha256 != plain.sha256


def test_a_package_that_was_altered_or_is_gone_or_is_in_no_index_is_told(repository: Path, owner: Owner) -> None:
    first, second = worlds.deb_names(2)
    (repository / first).write_bytes(b"another")
    (repository / second).rename(repository / "pool/stray.deb")
    said = verdicts(repository, owner)
    assert said["apt-package", first] == "listed, digest differs"
    assert said["apt-package", second] == "listed, missing"
    assert said["apt-package", "pool/stray.deb"] == "in no index"


def test_an_index_that_its_release_does_not_name_vouches_for_nothing(repository: Path, owner: Owner) -> None:
    binary = repository / "dists/stable/main/binary-amd64"
    forged = (binary / "Packages").read_bytes().replace(b"demo0", b"demoX")
    (binary / "Packages").write_bytes(forged)
    (binary / "Packages.gz").write_bytes(gzip.compress(forged))
    said = verdicts(repository, owner)
    assert said["apt-index", "dists/stable/main/binary-amd64/Packages"] == "listed, digest differs"
    assert said["apt-package", worlds.deb_names(1)[0]] == "listed"  # by the .xz, which is as named
    (binary / "Packages.xz").unlink()
    found = in_apt(repository, leaked(owner))
    assert {one.verdict for one in found.artifacts if one.kind == "apt-package"} == {"in no index"}
    assert any("the release names" in one.why for one in found.skipped)


def test_an_inrelease_that_says_other_than_release_is_told(repository: Path, owner: Owner) -> None:
    release = repository / "dists/stable/Release"
    release.write_bytes(release.read_bytes().replace(b"Origin: Demo", b"Origin: Demp"))
    assert "differ" in verdicts(repository, owner)["apt-release", "dists/stable/Release"]


def test_text_before_a_clear_signed_release_makes_it_unreadable(repository: Path, owner: Owner) -> None:
    inline = repository / "dists/stable/InRelease"
    inline.write_bytes(b"Origin: Forged\n" + inline.read_bytes())
    assert any("clear-signed" in one.why for one in in_apt(repository, leaked(owner)).skipped)


def test_signed_source_files_are_listed(repository: Path, owner: Owner) -> None:
    for name in ("demo_1.dsc", "demo_1.changes", "demo_1.buildinfo"):
        (repository / "text").write_text(f"Source: demo\nVersion: 1\nX: {name}\n")
        out = str(repository / "pool" / name)
        owner.gpg("--local-user", owner.key.primary, "-o", out, "--clear-sign", str(repository / "text"))
    (repository / "pool/plain_1.dsc").write_text("Source: plain\n")
    said = verdicts(repository, owner)
    assert said["apt-dsc", "pool/demo_1.dsc"] == "not verified, names the key"
    assert said["apt-changes", "pool/demo_1.changes"] == "not verified, names the key"
    assert said["apt-buildinfo", "pool/demo_1.buildinfo"] == "not verified, names the key"
    assert said["apt-dsc", "pool/plain_1.dsc"] == "no signature"


def test_a_source_package_is_reached_through_its_index(tmp_path: Path, owner: Owner) -> None:
    folder = tmp_path / "flat"
    folder.mkdir()
    (folder / "demo_1.tar.xz").write_bytes(b"source")
    (folder / "demo_1.dsc").write_text(
        "Format: 3.0 (native)\nSource: demo\nVersion: 1\nArchitecture: all\nMaintainer: D <d@example.test>\nFiles:\n"
        " 36cd38f49b9afa08222c0dc9ebfe35eb 6 demo_1.tar.xz\n"
    )
    (folder / "Sources").write_text(worlds.run("apt-ftparchive", "sources", ".", cwd=folder))
    (folder / "Release").write_text(worlds.run("apt-ftparchive", "release", ".", cwd=folder))
    worlds.sign_release(folder, owner.home, owner.key.primary)
    said = verdicts(folder, owner)
    assert said["apt-inrelease", "InRelease"] == "not verified, names the key"
    assert said["apt-source", "demo_1.dsc"] == "listed"
    assert said["apt-source", "demo_1.tar.xz"] in ("listed", "listed, without a SHA-256")


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\x0b", "\x1c"], ids=["NEL", "LS", "VT", "FS"])
def test_a_description_cannot_name_a_file(mark: str) -> None:
    text = f"Package: demo\nDescription: x{mark}Filename: pool/other.deb\nFilename: pool/demo.deb\nSHA256: {'a' * 64}\n"
    assert [one.path for one in index.listed(f"{text}Comment: x{mark}Filename: pool/other.deb\n".encode())] == [
        "pool/demo.deb"
    ]


def test_paths_that_lead_out_and_links_are_not_followed(repository: Path, owner: Owner, tmp_path: Path) -> None:
    (tmp_path / "secret.deb").write_text("elsewhere")
    binary = repository / "dists/stable/main/binary-amd64"
    listing = (binary / "Packages").read_text().replace(worlds.deb_names(1)[0], "../secret.deb")
    for name in ("Packages.gz", "Packages.xz"):
        (binary / name).unlink()
    (binary / "Packages").write_text(listing)
    release = repository / "dists/stable"
    (release / "InRelease").unlink()
    (release / "Release.gpg").unlink()
    (release / "Release").write_text(worlds.run("apt-ftparchive", "release", "dists/stable", cwd=repository))
    worlds.sign_release(release, owner.home, owner.key.primary)
    (repository / "dists/testing").symlink_to("stable")
    found = in_apt(repository, leaked(owner))
    assert not any("secret" in one.path for one in found.artifacts)
    assert any("leads out" in one.why and "secret" in one.what for one in found.skipped)
    assert any(one.what == "dists/testing" and "link" in one.why for one in found.skipped)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        in_apt(tmp_path / "none", None)


def test_a_folder_without_a_repository_is_empty(tmp_path: Path) -> None:
    assert in_apt(tmp_path, None).artifacts == ()
