"""A signature is put in place once gpg and Sequoia have both verified it; each verdict names its reason."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from irkit.errors import BadInput, StepFailed
from irkit.model import Secret
from irkit.openpgp import (
    Verdict,
    generate,
    read_signatures,
    revoke,
    sign_detached,
    verify_both,
    verify_detached,
    verify_with_sequoia,
)
from tests.owners import Owner, forget_passphrases, owner_since_2025


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = tmp_path / "app-1.0.tar.gz"
    path.write_bytes(b"the release")
    return path


@pytest.fixture
def signature(artifact: Path) -> Path:
    return artifact.with_name(f"{artifact.name}.asc")


def reasons(verdicts: tuple[Verdict, ...]) -> dict[str, str]:
    return {one.program: one.reason for one in verdicts}


@pytest.mark.parametrize("size", [0, 1, 5_000_000])
def test_a_file_of_any_size_is_signed_whole(size: int, owner: Owner, artifact: Path, signature: Path) -> None:
    artifact.write_bytes(os.urandom(size))
    signed = sign_detached(owner.home, owner.key.signing, artifact, signature)
    assert signed.sha256 == hashlib.sha256(artifact.read_bytes()).hexdigest()
    assert [(one.program, one.good, one.issuer, one.primary) for one in signed.verdicts] == [
        ("gpg", True, owner.key.signing, owner.key.primary),
        ("sequoia", True, owner.key.signing, owner.key.primary),
    ]
    assert signature.read_text().startswith("-----BEGIN PGP SIGNATURE-----")
    assert read_signatures(signature.read_bytes())[0].hash_algorithm == ("SHA512" if size <= 1 << 20 else "SHA256")
    assert [path.name for path in signature.parent.glob(".*")] == []


def test_a_binary_signature_can_be_had(owner: Owner, artifact: Path, signature: Path) -> None:
    sign_detached(owner.home, owner.key.signing, artifact, signature, armored=False)
    assert signature.read_bytes()[0] & 0x80
    assert reasons(verify_both(owner.certificate, artifact, signature)) == {"gpg": "good", "sequoia": "good"}


def test_one_byte_changed_is_bad(owner: Owner, artifact: Path, signature: Path) -> None:
    sign_detached(owner.home, owner.key.signing, artifact, signature)
    artifact.write_bytes(b"The release")
    assert reasons(verify_both(owner.certificate, artifact, signature)) == {"gpg": "bad", "sequoia": "refused"}


def test_a_revoked_key_is_told_though_gpg_ends_with_zero(owner: Owner, artifact: Path, signature: Path) -> None:
    owner.sign_with_gpg_alone(artifact, signature)
    revoke(owner.home, owner.key.primary, text="leaked")
    assert reasons(verify_both(owner.certificate, artifact, signature)) == {
        "gpg": "revoked key",
        "sequoia": "revoked key",
    }


def test_a_signature_dated_back_fares_no_better(
    make_gpg_home: Callable[[], Path], artifact: Path, signature: Path
) -> None:
    owner = owner_since_2025(make_gpg_home(), "never")
    owner.sign_with_gpg_alone(artifact, signature, "--faked-system-time", "20250201T000000!")
    assert reasons(verify_both(owner.certificate, artifact, signature)) == {"gpg": "good", "sequoia": "good"}
    revoke(owner.home, owner.key.primary, text="leaked")
    verdicts = verify_both(owner.certificate, artifact, signature)
    assert reasons(verdicts) == {"gpg": "revoked key", "sequoia": "revoked key"}
    assert {one.signed_at for one in verdicts} == {datetime(2025, 2, 1, tzinfo=UTC)}


def test_an_expired_key_is_told_by_gpg_and_let_pass_by_sequoia(
    make_gpg_home: Callable[[], Path], artifact: Path, signature: Path
) -> None:
    owner = owner_since_2025(make_gpg_home(), "never", "30d")
    owner.sign_with_gpg_alone(artifact, signature, "--faked-system-time", "20250115T000000!")
    assert reasons(verify_both(owner.certificate, artifact, signature)) == {"gpg": "expired key", "sequoia": "good"}


def test_a_stranger_is_unknown(owner: Owner, other: Owner, artifact: Path, signature: Path) -> None:
    other.sign_with_gpg_alone(artifact, signature)
    verdicts = verify_both(owner.certificate, artifact, signature)
    assert reasons(verdicts) == {"gpg": "unknown key", "sequoia": "unknown key"}
    assert {one.issuer for one in verdicts} == {other.key.signing}


def test_each_signature_of_a_file_has_its_own_verdict(
    owner: Owner, other: Owner, artifact: Path, signature: Path
) -> None:
    files = [artifact.with_name("one"), artifact.with_name("two")]
    for each, file in zip((owner, other), files, strict=True):
        each.gpg("--local-user", each.key.primary, "--output", str(file), "--detach-sign", str(artifact))
    for order in (files, files[::-1]):
        signature.write_bytes(b"".join(file.read_bytes() for file in order))
        for verify in (verify_detached, verify_with_sequoia):
            verdicts = verify(owner.certificate, artifact, signature)
            assert sorted((one.good, one.reason) for one in verdicts) == [(False, "unknown key"), (True, "good")]


@pytest.mark.parametrize(
    "text", ["", "no signature", "-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n"]
)
def test_what_is_no_signature_is_a_sentence(text: str, owner: Owner, artifact: Path, signature: Path) -> None:
    signature.write_text(text)
    for verify in (verify_detached, verify_with_sequoia):
        with pytest.raises(BadInput):
            verify(owner.certificate, artifact, signature)


def test_a_message_signed_in_one_piece_says_nothing_of_another_file(
    owner: Owner, artifact: Path, signature: Path
) -> None:
    owner.gpg("--local-user", owner.key.primary, "--output", str(signature), "--sign", str(artifact))
    with pytest.raises(BadInput, match="not a detached signature"):
        verify_detached(owner.certificate, artifact, signature)


def test_missing_files_are_named(owner: Owner, artifact: Path, signature: Path) -> None:
    with pytest.raises(BadInput, match=signature.name):
        verify_detached(owner.certificate, artifact, signature)
    with pytest.raises(StepFailed, match="gone"):
        sign_detached(owner.home, owner.key.signing, artifact.with_name("gone"), signature)


def test_only_the_bytes_that_were_judged_are_signed(owner: Owner, artifact: Path, signature: Path) -> None:
    signature.write_text("what stood here before")
    with pytest.raises(StepFailed, match="not the one that was judged"):
        sign_detached(owner.home, owner.key.signing, artifact, signature, sha256="0" * 64)
    assert signature.read_text() == "what stood here before"


@pytest.mark.parametrize("why", ["revoked", "absent", "locked"])
def test_a_key_that_cannot_sign_leaves_all_as_it_was(
    why: str, owner: Owner, gpg_home: Path, artifact: Path, signature: Path
) -> None:
    home, signing = owner.home, owner.key.signing
    if why == "revoked":
        revoke(home, owner.key.primary, text="leaked")
    elif why == "absent":
        home = gpg_home
    else:
        home = gpg_home
        signing = generate(home, "Locked <l@example.test>", passphrase=Secret("test-passphrase-not-real")).signing
        forget_passphrases(home)
    with pytest.raises(StepFailed, match="could not be signed"):
        sign_detached(home, signing, artifact, signature)
    assert not signature.exists()


def test_a_name_that_looks_like_an_option_is_a_file(
    owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    artifact = Path("--output=x")
    artifact.write_bytes(b"odd name")
    signed = sign_detached(owner.home, owner.key.signing, artifact, Path("-sig"))
    assert all(one.good for one in signed.verdicts)
