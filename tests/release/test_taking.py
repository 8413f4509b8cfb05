"""Several places of any kind make one inventory."""

from __future__ import annotations

from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.model import Artifact
from irkit.release import taking
from irkit.release.inventory import Inventory, signers
from irkit.release.taking import Reader, take
from tests.owners import Owner
from tests.release.repositories import make_repository


@pytest.fixture
def world(tmp_path: Path, owner: Owner) -> Path:
    """A release folder, a repository beside it, and a mirror of that within the release folder."""
    release = tmp_path / "world" / "release"
    release.mkdir(parents=True)
    (release / "a.tar").write_text("a")
    owner.sign_with_gpg_alone(release / "a.tar", release / "a.tar.asc")
    git = make_repository(tmp_path / "world" / "project", owner.home)
    (git.folder / "file.txt").write_text("of the work tree")
    git.commit("first")
    git.tag("v1", owner.key.signing)
    git("clone", "--quiet", "--mirror", str(git.folder), str(release / "mirror.git"))
    return tmp_path / "world"


def places(found: Inventory) -> list[tuple[str, str, str | None]]:
    return [(row.kind, row.path, row.repository) for row in found.artifacts]


def test_one_folder_is_read_as_what_it_is(world: Path) -> None:
    project = world / "project"
    assert places(take([project], None)) == [("git-tag", "refs/tags/v1", str(project))]
    assert places(take([world / "release"], None)) == [
        ("git-tag", "refs/tags/v1", str(world / "release" / "mirror.git")),
        ("detached", "a.tar", None),
    ]


def test_of_several_paths_files_are_told_with_theirs(world: Path) -> None:
    release, project = world / "release", world / "project"
    found = take([project, release], None)
    assert ("detached", f"{release}/a.tar", None) in places(found)
    assert ("git-tag", "refs/tags/v1", str(project)) in places(found)
    assert next(row for row in found.artifacts if row.kind == "detached").signature_path == f"{release}/a.tar.asc"


def test_with_a_certificate_everything_has_its_verdict(world: Path, owner: Owner) -> None:
    certificate = [owner.certificate.encode()]
    assert {row.verdict for row in take([world], None, certificate).artifacts} == {"good"}
    both = take([world / "release", world / "project"], None, certificate)
    assert {row.verdict for row in both.artifacts} == {"good"}


def test_what_a_reader_told_is_not_told_as_a_file_again(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = world / "release" / "repo" / "dists"
    index.mkdir(parents=True)
    for name in ("Release", "Release.gpg", "other"):
        (index / name).write_text(name)

    def read(folder: Path, _key: object) -> Inventory:
        return Inventory((Artifact("dists/Release", None, "dists/Release.gpg", None, None, "listed", "apt-release"),))

    apt = Reader("apt", lambda folder: (folder / "dists").is_dir(), read)
    monkeypatch.setattr(taking, "READERS", (*(one for one in taking.READERS if one.name != "apt"), apt))
    found = take([world / "release"], None)
    assert ("apt-release", "repo/dists/Release", None) in places(found)
    files = {row.path for row in found.artifacts if row.kind == "detached"}
    assert files == {"a.tar", "repo/dists/other"}


def test_a_part_that_cannot_be_read_costs_no_other(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(folder: Path, _key: object) -> Inventory:
        raise BadInput("broken", on=folder)

    monkeypatch.setattr(taking, "READERS", (Reader("apt", lambda folder: folder.name == "release", read),))
    found = take([world / "release"], None)
    assert "a.tar" in {row.path for row in found.artifacts}
    assert any("apt: broken" in one.why for one in found.skipped)


def test_a_path_that_is_not_there_is_said(world: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        take([world / "release", world / "nowhere"], None)


def test_signatures_are_counted_by_the_key_that_made_them(world: Path, owner: Owner) -> None:
    [one] = signers(take([world], None, [owner.certificate.encode()]).artifacts)
    assert (one.issuer, one.primary, one.count) == (owner.key.signing, owner.key.primary, 3)
    assert dict(one.kinds) == {"git-tag": 2, "detached": 1}
    assert one.first is not None
    assert one.last is not None
    assert one.first <= one.last


def test_a_long_key_id_counts_with_the_fingerprint_it_ends() -> None:
    name = "0A" * 20
    rows = [Artifact("a", None, "a.sig", issuer, None, "not verified") for issuer in (name, name[-16:], "1B" * 8)]
    assert [(one.issuer, one.count) for one in signers(rows)] == [(name, 2), ("1B" * 8, 1)]
