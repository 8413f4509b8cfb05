"""The operations that sign: by which name, what is kept of the old one, and that nothing happens twice."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from irkit.errors import BadInput, StepFailed
from irkit.openpgp import Gpg, verify_both, verify_clear
from irkit.openpgp.bulk import Failed
from irkit.openpgp.operations import OPERATIONS, Done, Hands
from irkit.openpgp.operations.signing import same_signer, sign_detached_many
from irkit.plan import GpgCommand
from tests.owners import Owner

TEXT = b"0" * 64 + b"  app.tar.gz\n- a note\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "release"
    made.mkdir()
    return made


def command(owner: Owner, other: Owner, folder: Path, name: str, **more: str) -> GpgCommand:
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    said = {"user_id": owner.key.user_id, "other_than": other.key.primary, "folder": str(folder), "artifact": name}
    said |= {"sha256": digest, **more}
    operation = "sign-detached" if "signature" in more else "sign-clear"
    return GpgCommand(operation, str(owner.home), arguments=tuple(said.items()))


def carry_out(given: GpgCommand) -> Done:
    return OPERATIONS[given.operation](given, Hands())


def released(other: Owner, folder: Path, name: str = "app.tar.gz") -> Path:
    artifact = folder / name
    artifact.write_bytes(b"the release")
    other.sign_with_gpg_alone(artifact, folder / f"{name}.asc")
    return artifact


def test_under_a_new_name_the_old_signature_stays_where_it_was(owner: Owner, other: Owner, folder: Path) -> None:
    artifact = released(other, folder)
    before = (folder / "app.tar.gz.asc").read_bytes()
    given = command(owner, other, folder, artifact.name, signature="app.tar.gz.asc", signature_name="new")
    done = carry_out(given)
    out = folder / f"app.tar.gz.{owner.key.primary[-16:]}.asc"
    assert dict(done.facts)["signature"] == str(out)
    assert "old_signature" not in dict(done.facts)
    assert [one.reason for one in verify_both(owner.certificate, artifact, out)] == ["good", "good"]
    assert (folder / "app.tar.gz.asc").read_bytes() == before
    assert carry_out(given).what == "app.tar.gz was signed already"
    assert len(list(folder.iterdir())) == 3


def test_another_way_to_name_it_is_refused(owner: Owner, other: Owner, folder: Path) -> None:
    artifact = released(other, folder)
    with pytest.raises(BadInput, match="no such way"):
        carry_out(command(owner, other, folder, artifact.name, signature="app.tar.gz.asc", signature_name="newest"))


def test_what_leads_out_of_the_folder_stops_no_other(owner: Owner, other: Owner, folder: Path) -> None:
    names = ["a", "b", "c"]
    for name in names:
        released(other, folder, name)
    commands = [command(owner, other, folder, name, signature=f"{name}.asc") for name in names]
    commands[1] = replace(commands[1], arguments=(*commands[1].arguments, ("signature", "../b.asc")))
    answers = list(sign_detached_many(commands[0], commands, Hands()))
    assert [type(one) for one in answers] == [Done, Failed, Done]
    answers = list(sign_detached_many(commands[1], commands[1:2], Hands()))
    assert [type(one) for one in answers] == [Failed]
    assert same_signer(commands[0], commands[2])
    assert not same_signer(commands[0], replace(commands[2], key=owner.key.primary))


def clear_signed(other: Owner, folder: Path) -> Path:
    path, plain = folder / "SHA256SUMS", folder / "plain"
    plain.write_bytes(TEXT)
    other.gpg("--local-user", other.key.primary, "--output", str(path), "--clear-sign", str(plain))
    plain.unlink()
    return path


def test_a_clear_signed_file_is_signed_anew_in_its_place(owner: Owner, other: Owner, folder: Path) -> None:
    path = clear_signed(other, folder)
    before = path.read_bytes()
    given = command(owner, other, folder, path.name)
    done = carry_out(given)
    kept = folder / f"SHA256SUMS.{other.key.primary[-16:]}"
    assert kept.read_bytes() == before
    assert dict(done.facts)["old_signature"] == str(kept)
    assert dict(done.facts)["proven_by"] == "gpg, sequoia"
    assert [(one.program, one.reason) for one in verify_clear(owner.certificate, path)] == [
        ("gpg", "good"), ("sequoia", "good"),
    ]  # fmt: skip
    shown = Gpg(owner.home).run(["--output", "-", "--decrypt", str(path)]).stdout
    assert shown == TEXT
    fresh = path.read_bytes()
    assert carry_out(given).what == "SHA256SUMS was signed already"
    assert path.read_bytes() == fresh


def test_killed_after_the_old_file_was_kept_it_goes_on(owner: Owner, other: Owner, folder: Path) -> None:
    path = clear_signed(other, folder)
    given = command(owner, other, folder, path.name)
    (folder / f"SHA256SUMS.{other.key.primary[-16:]}").write_bytes(path.read_bytes())
    (folder / ".SHA256SUMS.irkit-part").write_bytes(b"half")
    assert carry_out(given).what.startswith("SHA256SUMS was signed with")
    assert sorted(one.name for one in folder.iterdir()) == ["SHA256SUMS", f"SHA256SUMS.{other.key.primary[-16:]}"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_text_that_changed_since_it_was_judged_is_not_signed(
    owner: Owner, other: Owner, folder: Path, when: str
) -> None:
    path = clear_signed(other, folder)
    given = command(owner, other, folder, path.name)
    if when == "after":
        carry_out(given)
    path.write_bytes(path.read_bytes().replace(b"app", b"pap"))
    spoilt = path.read_bytes()
    with pytest.raises(StepFailed, match="not the one that was judged"):
        carry_out(given)
    assert path.read_bytes() == spoilt


def test_what_is_no_clear_signed_text_stays_as_it_is(owner: Owner, other: Owner, folder: Path) -> None:
    path = folder / "SHA256SUMS"
    path.write_bytes(TEXT)
    with pytest.raises(BadInput, match="not one clear-signed text"):
        carry_out(command(owner, other, folder, path.name))
    assert path.read_bytes() == TEXT
    assert len(list(folder.iterdir())) == 1
