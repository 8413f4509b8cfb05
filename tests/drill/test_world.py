"""The world holds what its truth says, is the same from the same seed, and keeps its secrets where they belong."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN, RELEASE_KEY, Place
from irkit.drill.world import World, build
from irkit.errors import BadInput
from irkit.needles import token_needles
from irkit.plan import document
from irkit.redact import Hidden, Redactor
from tests.drill.conftest import NOW, value_of


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    # A deep folder: the gpg homes must not stand under it, their sockets would not fit.
    folder = tmp_path_factory.mktemp("drill") / ("deep" * 12) / ("deeper" * 12)
    built = build(folder, now=NOW)
    yield built
    built.cleanup()


def masked(world: World) -> str:
    """The truth without what is hashed over fresh secrets and keys: commits, blobs, fingerprints, key ids, hashes."""
    plain = document(world.truth)
    for place in plain["places"]:
        place["path"] = "OID" if place["place"] == "git-commit" else place["path"]
    plain["places"].sort(key=lambda place: (place["credential"], place["path"], place["live"]))
    text = json.dumps(plain, sort_keys=True)
    for fresh in (world.truth.github_hash, world.truth.aws_key_id, world.truth.aws_responder_id):
        text = text.replace(fresh, "FRESH")
    return re.sub(r"\b([0-9a-f]{64}|[0-9a-f]{40}|[0-9A-F]{40})\b", "OID", text)


def test_the_same_seed_builds_the_same_truth_but_for_what_must_be_fresh(world: World, again: World) -> None:
    assert masked(world) == masked(again)
    assert value_of(world, "github-token") != value_of(again, "github-token")
    assert world.truth.release_key != again.truth.release_key


def test_the_archives_and_the_mirrors_list_depend_on_the_seed_alone(world: World, again: World) -> None:
    assert world.digest_list.read_bytes() == again.digest_list.read_bytes()


def test_another_seed_builds_another_world(world: World, tmp_path: Path) -> None:
    other = build(tmp_path / "w", seed=2, now=NOW)
    try:
        assert other.digest_list.read_bytes() != world.digest_list.read_bytes()
    finally:
        other.cleanup()


def test_a_built_world_can_be_loaded(world: World) -> None:
    assert World.load(world.folder) == world


def test_the_vault_is_closed_to_others(world: World) -> None:
    vault = world.folder / "vault"
    assert vault.stat().st_mode & 0o777 == 0o700
    kept = {path.name: path.stat().st_mode & 0o777 for path in vault.iterdir()}
    assert kept == dict.fromkeys(("github-token", "aws-key", "aws-responder", "release-key.asc"), 0o600)
    assert all(
        Path(ref.rest).is_file() for ref in (world.github_token, world.aws_key, world.aws_responder, world.release_key)
    )


def test_no_secret_stands_outside_the_vault_the_repository_the_copies_and_the_gpg_homes(world: World) -> None:
    values = [value_of(world, "github-token")]
    for name in ("aws-key", "aws-responder"):
        values += [value_of(world, name), value_of(world, name).partition(":")[2]]
    armor = value_of(world, "release-key.asc").splitlines()
    values += [armor[0], *(line for line in armor[2:-2] if len(line) >= 32)]
    hidden = [Hidden(str(number), token_needles(value.encode())) for number, value in enumerate(values)]
    redactor = Redactor(hidden)
    places = (world.folder / "vault", world.repository, world.backup, world.copies)
    looked_at = 0
    for path in world.folder.rglob("*"):
        if path.is_file() and not any(path.is_relative_to(place) for place in places):
            data = path.read_bytes()
            looked_at += 1
            if path.suffix == ".gz":
                data += subprocess.run(["gzip", "-dc", str(path)], capture_output=True, check=True).stdout
            assert not redactor.finds(data), path
    assert looked_at > 100


# The repository, as git itself sees it.


def git(world: World, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(world.repository), *arguments], capture_output=True, text=True, check=True
    ).stdout


def in_repository(world: World) -> list[Place]:
    return [place for place in world.truth.places if place.place.startswith("git")]


def planted(world: World, credential: str, form: str) -> str:
    token = value_of(world, "github-token")
    return {
        (GITHUB_TOKEN, "raw"): token,
        (GITHUB_TOKEN, "base64"): base64.b64encode(token.encode()).decode(),
        (AWS_KEY, "raw"): value_of(world, "aws-key").partition(":")[2],
        (RELEASE_KEY, "armor"): value_of(world, "release-key.asc"),
    }[credential, form]


def test_git_finds_no_fault_with_the_repository(world: World) -> None:
    checked = subprocess.run(
        ["git", "-C", str(world.repository), "fsck", "--full", "--strict"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0
    assert "error" not in checked.stdout + checked.stderr
    assert 60 <= int(git(world, "rev-list", "--all", "--count")) <= 120
    assert len(git(world, "shortlog", "-sn", "--all").splitlines()) >= 4


def test_every_place_holds_what_the_truth_says_in_that_line(world: World) -> None:
    for place in in_repository(world):
        value = planted(world, place.credential, place.form)
        if place.place == "git-commit":
            assert value in git(world, "log", "-1", "--format=%B", place.blob)
            continue
        if place.place == "git-tag":
            assert value in git(world, "cat-file", "tag", place.path)
            continue
        lines = git(world, "cat-file", "blob", place.blob)
        assert value in (lines.splitlines()[place.line - 1] if place.line else lines), place.path


def test_refs_tags_and_commit_counts_are_those_that_git_has(world: World) -> None:
    everywhere = {
        line.split()[0]
        for line in git(world, "cat-file", "--batch-all-objects", "--batch-check").splitlines()
        if " commit " in line
    }
    trees = {commit: git(world, "ls-tree", "-r", commit) for commit in everywhere}
    reachable = set(git(world, "rev-list", "--all").split())
    refs = dict(line.split() for line in git(world, "for-each-ref", "--format=%(refname) %(objectname)").splitlines())
    peeled = {ref: git(world, "rev-parse", f"{ref}^{{commit}}").strip() for ref in refs}
    for place in in_repository(world):
        if place.place == "git-commit":
            leading = set(git(world, "for-each-ref", "--format=%(refname)", "--contains", place.blob).split())
            assert leading == {*place.refs, *place.tags}
            continue
        if place.place == "git-tag":
            assert place.tags == (f"refs/tags/{place.path}",)
            continue
        line = f"100644 blob {place.blob}\t{place.path}"
        holders = {commit for commit, tree in trees.items() if line in tree.splitlines()}
        held = {ref for ref, commit in peeled.items() if commit in holders}
        assert len(holders) == place.commits, place
        assert bool(holders & reachable) == place.reachable, place
        assert held == {*place.refs, *place.tags}, place
        assert set(place.added) <= holders
        assert not set(place.removed) & holders


def test_the_backup_holds_what_the_truth_says_and_never_the_release_key(world: World) -> None:
    """Unpacked by other means: unzip and tar, json, sqlite3."""
    token, aws = value_of(world, "github-token"), value_of(world, "aws-key").partition(":")[2]
    with zipfile.ZipFile(world.backup / "ops-box.zip") as box:
        home = subprocess.run(["tar", "-xzO"], input=box.read("home.tar.gz"), capture_output=True, check=True).stdout
    text = (world.backup / ".ipynb_checkpoints" / "carrier-costs-checkpoint.ipynb").read_text()
    history = sqlite3.connect(world.backup / "ipython" / "history.sqlite")
    typed = history.execute("SELECT source FROM history").fetchall()
    history.close()
    assert (token in home.decode(), aws in home.decode()) == (True, True)
    assert aws in json.loads(text)["cells"][0]["outputs"][0]["text"][1]
    assert token in typed[1][0]
    assert {place.credential for place in world.truth.places if place.place in ("file", "archive")} == {
        GITHUB_TOKEN,
        AWS_KEY,
    }


def test_the_copies_hold_what_the_truth_says_read_by_other_means(world: World, tmp_path: Path) -> None:
    token, aws = value_of(world, "github-token"), value_of(world, "aws-key").partition(":")[2]
    copies = world.copies
    assert token in (copies / "settings.reg").read_text("utf-16")
    assert bytes.fromhex((copies / "token.hex").read_text()).decode() == token
    address = (copies / "upload.sh").read_text()
    assert aws not in address
    assert aws in unquote(address)
    said = subprocess.run(
        [sys.executable, "-c", f"{(copies / 'settings.py').read_text()}\nprint(RATE_TOKEN)"], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    assert said.strip() == token
    assert token.encode() in base64.b64decode((copies / "netrc.log").read_text().split()[-1])
    state = (copies / "state.json").read_text()
    assert aws not in state
    assert json.loads(json.loads(state)["body"])["secret"] == aws
    with tarfile.open(copies / "image.tar") as image:
        [manifest] = json.loads(image.extractfile("manifest.json").read())  # type: ignore[union-attr]
        layers = [image.extractfile(name).read() for name in manifest["Layers"]]  # type: ignore[union-attr]
    first, second = (
        subprocess.run(["tar", "-xO"], input=one, capture_output=True, check=True).stdout for one in layers
    )
    assert aws in first.decode()
    assert second == b""
    assert b"srv/app/.wh..env" in layers[1]
    page = (copies / "rates.pdf").read_bytes().partition(b"stream\n")[2].partition(b"\nendstream")[0]
    assert token in zlib.decompress(page).decode()
    packed = subprocess.run(["tar", "-xJOf", str(copies / "bundle.tar.xz")], capture_output=True, check=True).stdout
    assert token in packed.decode()
    planted = {
        place.path.partition("!")[0].removeprefix("copies/")
        for place in world.truth.places
        if place.path.startswith("copies/")
    }
    assert planted == {path.name for path in copies.iterdir()}


FORMS = {
    "raw", "base64", "hex", "utf-16le", "percent-encoded", "json-escaped", "raw-split", "basic-auth", "armor",
}  # fmt: skip
WRAPPED = (".zip!", ".tar.gz!", ".tar.xz!", "image.tar!layer:", ".ipynb!", ".sqlite!", ".pdf!")


def test_every_writing_and_every_wrapping_is_planted(world: World) -> None:
    assert {place.form for place in world.truth.places} == FORMS
    assert {place.place for place in world.truth.places} == {"git", "git-commit", "git-tag", "file", "archive"}
    paths = [place.path for place in world.truth.places]
    assert [kind for kind in WRAPPED if not any(kind in path for path in paths)] == []
    assert "scripts/rates_local.py" in [place.path for place in world.truth.places if place.refs == ("refs/stash",)]


def test_one_place_is_in_no_branch_any_more(world: World) -> None:
    assert [place.path for place in in_repository(world) if not place.reachable] == ["scripts/try_sync.sh"]


def test_the_tip_of_main_looks_clean_at_the_file_that_was_fixed_and_is_not_elsewhere(world: World) -> None:
    token = value_of(world, "github-token")
    assert token not in git(world, "show", "main:config/carriers.yaml")
    assert token in git(world, "show", "release/2.3:config/carriers.yaml")
    assert token in git(world, "show", "v2.3.0:config/carriers.yaml")


# What cannot be built.


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine").write_text("keep")
    with pytest.raises(BadInput, match="empty folder"):
        build(taken, now=NOW)
    assert [path.name for path in taken.iterdir()] == ["mine"]


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="zone"):
        build(tmp_path / "w", now=NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no drill here"),
        ("{", "cannot be read"),
        ("{}", "cannot be read"),
        ('{"homes": "/x", "truth": 3}', "Truth"),
    ],
)
def test_what_is_no_drill_is_not_loaded(tmp_path: Path, content: str | None, says: str) -> None:
    if content is not None:
        (tmp_path / "truth.json").write_text(content)
    with pytest.raises(BadInput, match=says):
        World.load(tmp_path)


def test_cleaning_up_removes_the_homes_and_may_be_done_twice(tmp_path: Path) -> None:
    built = build(tmp_path / "w", now=NOW)
    assert all(home.is_dir() for home in built.homes.all())
    built.cleanup()
    built.cleanup()
    assert not built.homes.base.exists()
    assert World.load(tmp_path / "w") == built
