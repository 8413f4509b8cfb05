"""`irkit keys inventory`: one document, one table, and a sentence for what is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from irkit.cli import main
from tests.owners import Owner
from tests.release.repositories import make_repository


@pytest.fixture
def release(tmp_path: Path, owner: Owner, other: Owner) -> Path:
    folder = tmp_path / "release"
    folder.mkdir()
    for name, who in (("mine.tar", owner), ("theirs.tar", other)):
        (folder / name).write_text(name)
        who.sign_with_gpg_alone(folder / name, folder / f"{name}.asc")
    (folder / "bare.tar").write_text("unsigned")
    git = make_repository(folder / "project.git", owner.home)
    git.commit("first")
    git.tag("v1", owner.key.signing)
    (tmp_path / "mine.pgp").write_bytes(owner.gpg("--export"))
    return folder


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *args: object) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["irkit", "keys", "inventory", *map(str, args)])
    with pytest.raises(SystemExit) as ended:
        main()
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


def test_the_document_is_as_scripts_expect_it(release: Path, owner: Owner, capsys, monkeypatch) -> None:
    code, out, err = run(capsys, monkeypatch, release, "--keyring", release.parent / "mine.pgp", "--format", "json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert set(document) == {"artifacts", "trusted_in", "skipped"}
    told = {row["path"]: (row["kind"], row["verdict"]) for row in document["artifacts"]}
    assert told == {
        "refs/tags/v1": ("git-tag", "good"), "mine.tar": ("detached", "good"), "theirs.tar": ("detached", "unknown key"),
        "bare.tar": ("detached", "no signature"),
    }  # fmt: skip
    tag = next(row for row in document["artifacts"] if row["kind"] == "git-tag")
    assert (tag["ref"], tag["issuer"], tag["primary"]) == ("refs/tags/v1", owner.key.signing, owner.key.primary)
    assert tag["repository"].endswith("project.git")
    assert tag["signed_at"].endswith("Z")


def test_a_key_narrows_to_what_it_signed(release: Path, owner: Owner, capsys, monkeypatch) -> None:
    ring = release.parent / "mine.pgp"
    for more in (
        ["--key", ring],
        ["--key", owner.key.primary, "--keyring", ring],
        ["--key", owner.key.signing.lower(), "--keyring", ring],
    ):
        _code, out, _err = run(capsys, monkeypatch, release, *more, "--format", "json")
        assert {row["path"] for row in json.loads(out)["artifacts"]} == {"refs/tags/v1", "mine.tar"}


def test_of_a_bare_fingerprint_what_may_be_its_subkeys_is_kept_and_said(
    release: Path, owner: Owner, capsys, monkeypatch
) -> None:
    _code, out, _err = run(capsys, monkeypatch, release, "--key", owner.key.primary)
    assert "theirs.tar" in out
    assert "Only the fingerprint is known" in out


def test_the_table_counts_by_signing_key_first(release: Path, owner: Owner, capsys, monkeypatch) -> None:
    _code, out, _err = run(capsys, monkeypatch, release, "--keyring", release.parent / "mine.pgp")
    assert out.index(owner.key.signing) < out.index("mine.tar")
    assert "2 good" in out


def test_a_private_key_is_no_keyring_and_names_its_key_all_the_same(
    release: Path, owner: Owner, capsys, monkeypatch
) -> None:
    leaked = release.parent / "leaked.pgp"
    leaked.write_bytes(owner.gpg("--export-secret-keys"))
    code, _out, err = run(capsys, monkeypatch, release, "--keyring", leaked)
    assert code == 2
    assert "holds a private key" in err
    _code, out, _err = run(capsys, monkeypatch, release, "--key", leaked, "--format", "json")
    told = {row["path"]: row["verdict"] for row in json.loads(out)["artifacts"]}
    assert told == dict.fromkeys(("refs/tags/v1", "mine.tar"), "not verified, names the key")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nowhere"], "no such folder"),
        ([".", "--keyring", "nowhere"], "a keyring cannot be read"),
        ([".", "--key", "nowhere"], "a keyring cannot be read"),
    ],
)
def test_bad_input_is_a_sentence(args: list[str], says: str, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, monkeypatch, *args)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_names_that_are_no_text_or_would_steer_a_terminal_are_shown_escaped(
    tmp_path: Path, capsys, monkeypatch
) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    for name in (b"caf\xe9.tar", "red\x9b31m.tar".encode()):
        (folder / os.fsdecode(name)).write_text("a")
    _code, out, _err = run(capsys, monkeypatch, folder)
    assert "\\udce9" in out
    assert "\\x9b31m" in out
    _code, out, _err = run(capsys, monkeypatch, folder, "--format", "json")
    assert len(json.loads(out)["artifacts"]) == 2
