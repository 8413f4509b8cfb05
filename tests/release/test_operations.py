"""Each command of a plan is carried out once: a second run finds it done, and one that was killed midway is finished."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from irkit.errors import BadInput, StepFailed
from irkit.model import Secret, SecretRef
from irkit.openpgp import (
    Gpg,
    export_public,
    generate,
    import_public,
    read_signatures,
    revoke,
    verify_both,
)
from irkit.openpgp.keyring import list_ring
from irkit.plan import GpgCommand, document
from irkit.release.operations import Done, Hands, carry_out
from tests.owners import Owner, forget_passphrases

NEW = "New Releases <releases@example.test>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "release" / "sub").mkdir(parents=True)
    (tmp_path / "release" / "sub" / "app.tar").write_bytes(b"the release")
    return tmp_path / "release"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def facts(done: Done) -> dict[str, str]:
    return dict(done.facts)


def sign_command(new_home: Path, folder: Path, old: Owner, signature: str = "sub/app.tar.asc") -> GpgCommand:
    said = (
        ("user_id", NEW), ("other_than", old.key.primary), ("folder", str(folder)), ("artifact", "sub/app.tar"),
        ("sha256", sha256(b"the release")), ("signature", signature),
    )  # fmt: skip
    return GpgCommand("sign-detached", str(new_home), arguments=said)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_revoking_is_done_once(owner: Owner) -> None:
    command = GpgCommand("revoke-key", str(owner.home), owner.key.primary, (("text", "leaked"),))
    first, second = carry_out(command), carry_out(command)
    assert facts(first) == facts(second)
    assert facts(first)["on_the_wire"].startswith("0x02")
    assert (first.what.endswith("as compromised"), second.what.endswith("already")) == (True, True)
    assert read_signatures(first.certificate.encode()) == read_signatures(second.certificate.encode())


def test_a_lost_key_is_revoked_by_the_certificate_made_earlier(owner: Owner, gpg_home: Path, tmp_path: Path) -> None:
    import_public(gpg_home, owner.certificate)
    (tmp_path / "kept.rev").write_text(owner.key.revocation_certificate)
    done = carry_out(
        GpgCommand("revoke-key", str(gpg_home), owner.key.primary, (("certificate", str(tmp_path / "kept.rev")),))
    )
    assert facts(done)["on_the_wire"] == "0x00"
    assert list_ring(gpg_home)[0].primary.revoked


def test_a_key_is_made_once(tmp_path: Path, make_gpg_home: Callable[[], Path]) -> None:
    command = GpgCommand("generate-key", str(make_gpg_home()), arguments=(("user_id", NEW), ("signing_expires", "30d")))
    first, second = carry_out(command), carry_out(command)
    assert facts(first) == facts(second)
    assert "already" in second.what
    assert "BEGIN PGP PUBLIC KEY BLOCK" in facts(first)["certificate"]
    assert "PRIVATE" not in repr(first)


def test_a_key_begun_before_a_kill_is_finished(gpg_home: Path) -> None:
    Gpg(gpg_home).must("killed after the primary", ["--quick-gen-key", NEW, "ed25519", "cert", "2y"])
    done = carry_out(GpgCommand("generate-key", str(gpg_home), arguments=(("user_id", NEW),)))
    assert "begun" in done.what
    assert facts(done)["primary"] == list_ring(gpg_home)[0].primary.fingerprint


def test_a_passphrase_is_resolved_at_the_moment_of_use(gpg_home: Path) -> None:
    ref = SecretRef("env:TEST_PASSPHRASE")
    command = GpgCommand("generate-key", str(gpg_home), arguments=(("user_id", NEW),), passphrase=ref)
    with pytest.raises(BadInput, match="resolver"):
        carry_out(command)
    done = carry_out(command, Hands(lambda _ref: Secret("test-passphrase-not-real")))
    forget_passphrases(gpg_home)
    revocation = GpgCommand("revoke-key", str(gpg_home), facts(done)["primary"], (("text", "x"),))
    with pytest.raises(StepFailed, match="passphrase"):
        carry_out(revocation, Hands(lambda _ref: Secret("test-passphrase-not-real")))
    carry_out(replace(revocation, passphrase=ref), Hands(lambda _ref: Secret("test-passphrase-not-real")))


def test_an_artifact_is_signed_once_and_the_old_signature_kept(owner: Owner, gpg_home: Path, folder: Path) -> None:
    artifact, signature = folder / "sub/app.tar", folder / "sub/app.tar.asc"
    owner.sign_with_gpg_alone(artifact, signature)
    old = signature.read_bytes()
    new = generate(gpg_home, NEW)
    command = sign_command(gpg_home, folder, owner)
    first = carry_out(command)
    kept = folder / f"sub/app.tar.{owner.key.primary[-16:]}.asc"
    assert kept.read_bytes() == old
    assert {one.issuer for one in verify_both(Owner(gpg_home, new).certificate, artifact, signature) if one.good} == {
        new.signing
    }
    assert facts(first)["proven_by"] == "gpg, sequoia"
    assert facts(first)["path"] == "sub/app.tar"
    before = snapshot(folder)
    second = carry_out(command)
    assert "already" in second.what
    assert snapshot(folder) == before


def test_killed_after_the_old_signature_was_kept_it_goes_on(owner: Owner, gpg_home: Path, folder: Path) -> None:
    artifact, signature = folder / "sub/app.tar", folder / "sub/app.tar.asc"
    owner.sign_with_gpg_alone(artifact, signature)
    (folder / f"sub/app.tar.{owner.key.primary[-16:]}.asc").write_bytes(signature.read_bytes())
    generate(gpg_home, NEW)
    assert "was signed with" in carry_out(sign_command(gpg_home, folder, owner)).what


def test_nothing_kept_is_overwritten(owner: Owner, gpg_home: Path, folder: Path) -> None:
    owner.sign_with_gpg_alone(folder / "sub/app.tar", folder / "sub/app.tar.asc")
    (folder / f"sub/app.tar.{owner.key.primary[-16:]}.asc").write_text("another")
    generate(gpg_home, NEW)
    with pytest.raises(StepFailed, match="in the way"):
        carry_out(sign_command(gpg_home, folder, owner))


def test_a_binary_signature_is_replaced_by_a_binary_one(owner: Owner, gpg_home: Path, folder: Path) -> None:
    owner.gpg(
        "--local-user",
        owner.key.primary,
        "--output",
        str(folder / "sub/app.tar.sig"),
        "--detach-sign",
        str(folder / "sub/app.tar"),
    )
    generate(gpg_home, NEW)
    carry_out(sign_command(gpg_home, folder, owner, "sub/app.tar.sig"))
    assert (folder / "sub/app.tar.sig").read_bytes()[0] & 0x80


@pytest.mark.parametrize("now", [b"The release", None])
def test_an_artifact_that_changed_since_it_was_judged_is_not_signed(
    now: bytes | None, owner: Owner, gpg_home: Path, folder: Path
) -> None:
    artifact, signature = folder / "sub/app.tar", folder / "sub/app.tar.asc"
    owner.sign_with_gpg_alone(artifact, signature)
    artifact.unlink()
    if now:
        artifact.write_bytes(now)
    generate(gpg_home, NEW)
    before = snapshot(folder)
    with pytest.raises(StepFailed, match="not the one that was judged"):
        carry_out(sign_command(gpg_home, folder, owner))
    assert snapshot(folder) == before


def test_an_artifact_signed_before_and_changed_since_is_not_found_done(
    owner: Owner, gpg_home: Path, folder: Path
) -> None:
    generate(gpg_home, NEW)
    carry_out(sign_command(gpg_home, folder, owner))
    (folder / "sub/app.tar").write_bytes(b"implant")
    with pytest.raises(StepFailed, match="not the one that was judged"):
        carry_out(sign_command(gpg_home, folder, owner))


def test_without_the_new_key_nothing_is_signed_with_another(owner: Owner, folder: Path) -> None:
    with pytest.raises(StepFailed, match="not there yet"):
        carry_out(sign_command(owner.home, folder, owner))
    same_name = replace(
        sign_command(owner.home, folder, owner),
        arguments=(("user_id", owner.key.user_id), ("other_than", owner.key.primary)),
    )
    with pytest.raises(StepFailed, match="not there yet"):
        carry_out(same_name)


def quarantine_command(
    folder: Path, artifact: str = "sub/app.tar", planned: str = sha256(b"the release")
) -> GpgCommand:
    said = (("folder", str(folder)), ("artifact", artifact), ("sha256", planned), ("signature", f"{artifact}.asc"),
            ("quarantine", str(folder.parent / "quarantine")), ("why", "altered: it differs"))  # fmt: skip
    return GpgCommand("quarantine", "", arguments=said)


def test_quarantine_moves_file_and_signature_and_says_why(folder: Path) -> None:
    (folder / "sub/app.tar.asc").write_text("signature")
    first = carry_out(quarantine_command(folder))
    room = folder.parent / "quarantine"
    assert snapshot(folder) == {}
    kept = snapshot(room)
    assert kept["sub/app.tar"] == b"the release"
    assert kept["sub/app.tar.asc"] == b"signature"
    assert b"altered: it differs" in kept["sub/app.tar.why"]
    assert facts(first)["kept_at"] == str(room / "sub/app.tar")
    second = carry_out(quarantine_command(folder))
    assert ("was moved" in first.what, "already" in second.what) == (True, True)
    assert facts(first) == facts(second)
    assert snapshot(room) == kept


def test_killed_between_file_and_signature_the_rest_follows(folder: Path) -> None:
    (folder / "sub/app.tar.asc").write_text("signature")
    target = folder.parent / "quarantine" / "sub" / "app.tar"
    target.parent.mkdir(parents=True)
    (folder / "sub/app.tar").rename(target)
    assert "was moved" in carry_out(quarantine_command(folder)).what
    assert snapshot(folder) == {}


def test_a_file_that_changed_since_it_was_judged_goes_aside_all_the_same(folder: Path) -> None:
    (folder / "sub/app.tar").write_bytes(b"worse")
    (folder / "sub/app.tar.asc").write_text("signature")
    done = carry_out(quarantine_command(folder))
    assert facts(done)["sha256"] == sha256(b"worse")
    assert "had changed since" in facts(done)["why"]


def test_a_signature_without_its_file_goes_aside_alone(folder: Path) -> None:
    (folder / "gone.tar.asc").write_text("signature")
    done = carry_out(quarantine_command(folder, "gone.tar", ""))
    assert facts(done)["kept_at"].endswith("gone.tar.asc")
    assert (folder.parent / "quarantine" / "gone.tar.asc").read_text() == "signature"


def test_what_is_already_in_quarantine_is_never_overwritten(folder: Path) -> None:
    room = folder.parent / "quarantine" / "sub"
    room.mkdir(parents=True)
    (room / "app.tar").write_text("another")
    with pytest.raises(StepFailed, match="has that place"):
        carry_out(quarantine_command(folder))
    assert (folder / "sub/app.tar").exists()


def test_a_file_that_is_at_neither_place_is_a_sentence(folder: Path) -> None:
    (folder / "sub/app.tar").unlink()
    with pytest.raises(StepFailed, match="is gone"):
        carry_out(quarantine_command(folder))


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "sub/../../x", ""])
def test_no_path_leads_out_of_the_folder(name: str, folder: Path) -> None:
    with pytest.raises(BadInput, match="out of its folder"):
        carry_out(quarantine_command(folder, name))


def test_no_link_leads_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "app.tar").write_bytes(b"the release")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "app.tar").symlink_to(tmp_path / "elsewhere" / "app.tar")
    for name in ("linked/app.tar", "app.tar"):
        with pytest.raises(BadInput, match="symbolic link"):
            carry_out(quarantine_command(folder, name))


def test_a_public_key_is_written_once(owner: Owner, tmp_path: Path) -> None:
    out = tmp_path / "site" / "old.asc"
    command = GpgCommand("export-public", str(owner.home), owner.key.primary, (("out", str(out)),))
    first, second = carry_out(command), carry_out(command)
    assert ("written to" in first.what, "already" in second.what) == (True, True)
    revoke(owner.home, owner.key.primary, text="leaked")
    carry_out(command)
    assert out.read_text() == owner.certificate


CHILD = """
import json, os, signal, sys
from irkit.release.operations import Done, Hands, carry_out
from irkit.plan import GpgCommand, read

left = int(sys.argv[2])

def die(event, _args):
    global left
    if event in ("subprocess.Popen", "os.rename", "os.remove"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

commands = [read(GpgCommand, plain) for plain in json.load(open(sys.argv[1]))]
sys.addaudithook(die)
for command in commands:
    carry_out(command)
"""


@pytest.mark.slow
def test_killed_before_every_program_and_every_move_it_comes_to_the_same_end(
    owner: Owner, gpg_home: Path, folder: Path
) -> None:
    (folder / "evil.tar").write_bytes(b"implant")
    for name in ("sub/app.tar", "evil.tar"):
        owner.sign_with_gpg_alone(folder / name, folder / f"{name}.asc")
    old = (folder / "sub/app.tar.asc").read_bytes()
    commands = [
        GpgCommand("revoke-key", str(owner.home), owner.key.primary, (("text", "leaked"),)),
        GpgCommand("generate-key", str(gpg_home), arguments=(("user_id", NEW), ("other_than", owner.key.primary))),
        sign_command(gpg_home, folder, owner),
        quarantine_command(folder, "evil.tar", sha256(b"implant")),
    ]
    listed = folder.parent / "commands.json"
    listed.write_text(json.dumps([document(command) for command in commands]))
    killed = 0
    while (
        subprocess.run([sys.executable, "-c", CHILD, str(listed), str(killed + 1)], check=False).returncode
        == -signal.SIGKILL
    ):
        killed += 1
    assert killed > 15
    (entry,) = list_ring(gpg_home)
    assert len(entry.subkeys) == 1
    verdicts = verify_both(
        export_public(gpg_home, entry.primary.fingerprint), folder / "sub/app.tar", folder / "sub/app.tar.asc"
    )
    assert [one.reason for one in verdicts] == ["good", "good"]
    kept = f"sub/app.tar.{owner.key.primary[-16:]}.asc"
    assert sorted(snapshot(folder)) == sorted(["sub/app.tar", "sub/app.tar.asc", kept])
    assert snapshot(folder)[kept] == old
    assert sorted(snapshot(folder.parent / "quarantine")) == ["evil.tar", "evil.tar.asc", "evil.tar.why"]
    exported = read_signatures(export_public(owner.home, owner.key.primary).encode())
    assert [one.reason for one in exported if one.reason is not None] == [0x02]
