"""A clear-signed text is what its frame holds, the same after it was signed anew, and good for every program."""

from __future__ import annotations

from pathlib import Path

import pytest

from irkit.errors import BadInput, StepFailed
from irkit.openpgp import revoke
from irkit.openpgp.clear import sign_again, sign_clear, verify_clear, wrong_clear
from irkit.openpgp.cleartext import frames, hashed, text_of, whole
from irkit.openpgp.signer import Signer
from tests.needs import needs
from tests.owners import Owner

FOOT = b"-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n"
TEXTS = [
    b"", b"\n", b"one line", b"one line\n", b"- a dash\n-- two\nFrom here\n", b"blanks at the end  \t\n\n\n",
    b"-----BEGIN PGP SIGNATURE-----\n", b"\xc3\x85 not ASCII\n", b"0" * 64 + b"  app.tar.gz\n" + b"1" * 64 + b" *b\n",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_clear_signed_text_is_the_same_text_afterwards(owner: Owner, tmp_path: Path, text: bytes) -> None:
    path, kept = tmp_path / "Release", tmp_path / "Release.old"
    plain = tmp_path / "plain"
    plain.write_bytes(text)
    owner.gpg("--local-user", owner.key.primary, "--output", str(path), "--clear-sign", str(plain))
    before = path.read_bytes()
    shown = owner.gpg("--output", "-", "--decrypt", str(path))
    sign_again(Signer.of(owner.home, owner.key.signing), path, kept)
    assert kept.read_bytes() == before != path.read_bytes()
    assert owner.gpg("--output", "-", "--decrypt", str(path)) == shown
    assert [(one.program, one.reason) for one in verify_clear(owner.certificate, path)] == [
        ("gpg", "good"),
        ("sequoia", "good"),
    ]
    path.write_bytes(path.read_bytes().replace(b"\n\n", b"\n\nAn added line\n", 1))
    assert [(one.program, one.good) for one in verify_clear(owner.certificate, path)] == [
        ("gpg", False),
        ("sequoia", False),
    ]


def test_what_is_hashed_of_a_text() -> None:
    assert hashed(b"a \t\nb\r\n\nc\n") == b"a\r\nb\r\n\r\nc"


HEAD = b"-----BEGIN PGP SIGNED MESSAGE-----\n"


@pytest.mark.parametrize(
    "data",
    [
        b"no text",
        HEAD + b"Hash: SHA512\n\nno signature\n",
        HEAD + b"\nx\n-----BEGIN PGP SIGNATURE-----\n",
        HEAD + b"NotDashEscaped: yes\n\nx\n" + FOOT,
        HEAD + b"Hash: SHA512\nx\n" + FOOT,
        HEAD + b"\nx\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n" + FOOT,
        HEAD + b"\nx\n" + FOOT + FOOT,
        b"before\n" + HEAD + b"\nx\n" + FOOT,
        HEAD + b"\nx\n" + FOOT + b"behind\n",
    ],
)
def test_what_is_no_clear_signed_text_is_a_sentence(data: bytes) -> None:
    with pytest.raises(BadInput, match="not one clear-signed text"):
        text_of(data)


def test_a_file_that_was_turned_to_crlf_has_the_same_text() -> None:
    data = HEAD + b"Hash: SHA512\n\na\n- -b\n" + FOOT
    assert text_of(data) == text_of(data.replace(b"\n", b"\r\n")) == b"a\n-b\n"
    assert text_of(HEAD + b"\na\r\n" + FOOT) == b"a\r\n"


def test_what_stands_around_a_frame_is_not_in_it() -> None:
    one, two = HEAD + b"\none\n" + FOOT, HEAD + b"\ntwo\n" + FOOT
    assert [frame.text for frame in frames(b"a\n" + one + b"b\n" + two + b"c")] == [b"one\n", b"two\n"]


@needs("gpgv")
def test_a_text_is_put_in_place_once_three_programs_hold_it_for_good(owner: Owner, tmp_path: Path) -> None:
    path, by = tmp_path / "InRelease", Signer.of(owner.home, owner.key.signing)
    sign_clear(by, b"Suite: stable\n- x \n", path, gpgv=True)
    assert text_of(path.read_bytes()) == b"Suite: stable\n- x \n"
    told = verify_clear(owner.certificate, path, gpgv=True)
    assert [(one.program, one.reason, one.primary) for one in told] == [
        (program, "good", owner.key.primary) for program in ("gpg", "gpgv", "sequoia")
    ]
    revoke(owner.home, owner.key.primary, text="leaked")
    told = verify_clear(owner.certificate, path, gpgv=True)
    assert {(one.program, one.reason) for one in told} == {
        (program, "revoked key") for program in ("gpg", "gpgv", "sequoia")
    }


def test_a_text_that_would_be_another_one_replaces_nothing(owner: Owner, tmp_path: Path) -> None:
    path = tmp_path / "InRelease"
    path.write_text("what stood here")
    with pytest.raises(StepFailed, match="would change the text"):
        sign_clear(Signer.of(owner.home, owner.key.signing), b"no end", path)
    assert [path.read_text(), *tmp_path.glob(".*")] == ["what stood here"]


def test_it_is_said_what_is_wrong_with_a_file(owner: Owner, other: Owner, tmp_path: Path) -> None:
    path = tmp_path / "InRelease"
    assert "cannot be read" in wrong_clear(owner.certificate, path, owner.key.primary)
    sign_clear(Signer.of(owner.home, owner.key.signing), b"x\n", path)
    assert wrong_clear(owner.certificate, path, owner.key.primary) == ""
    assert wrong_clear(owner.certificate, path, other.key.primary)
    assert wrong_clear(other.certificate, path, other.key.primary).startswith("gpg: unknown key; sequoia: unknown key")
    path.write_bytes(path.read_bytes() + b"behind\n")
    assert "not one clear-signed text" in wrong_clear(owner.certificate, path, owner.key.primary)


def test_each_of_two_signatures_in_one_frame_is_judged(owner: Owner, other: Owner, tmp_path: Path) -> None:
    path = tmp_path / "InRelease"
    owner.gpg("--import", stdin=other.gpg("--export-secret-keys"))
    users = ["--local-user", owner.key.primary, "--local-user", other.key.primary]
    path.write_bytes(owner.gpg(*users, "--clear-sign", stdin=b"x\n"))
    told = verify_clear(owner.certificate, path)
    assert sorted((one.program, one.reason) for one in told) == [
        ("gpg", "good"), ("gpg", "unknown key"), ("sequoia", "good"), ("sequoia", "unknown key"),
    ]  # fmt: skip


def test_a_clear_signed_text_is_read_as_it_was_signed() -> None:
    head, foot = HEAD + b"Hash: SHA512\n\n", FOOT
    read = whole(head + b"- - a \r\n\nb\t\n" + foot)
    assert read is not None
    assert read.signed == b"- a\r\n\r\nb"
    assert whole(head) is None
    assert whole(2 * (head + b"a\n" + foot)) is None


def test_a_frame_in_a_frame_is_none() -> None:
    assert frames(b"-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\ny\n"
                  b"-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n") == ()  # fmt: skip
