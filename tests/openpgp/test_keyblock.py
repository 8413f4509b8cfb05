"""Private keys are read from any wrapping without being imported; bad input is a sentence."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable
from pathlib import Path

import pysequoia
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irkit.errors import BadInput
from irkit.model import Secret, SecretRef
from irkit.needles import key_needles
from irkit.openpgp import (
    Gpg,
    generate,
    looks_like_private_key,
    read_key,
    read_keys,
    read_signatures,
    secret_material,
)
from irkit.openpgp.keyblock import shown
from irkit.redact import Hidden, Redactor
from tests.owners import Owner

REF = SecretRef("file:leaked.asc")


@pytest.fixture(scope="module")
def sequoia_key() -> pysequoia.Tsk:
    return pysequoia.Tsk.generate(user_id="Example <a@example.test>")


WRAPPINGS: dict[str, Callable[[pysequoia.Tsk], bytes]] = {
    "binary": lambda key: bytes(key),
    "armor": lambda key: str(key).encode(),
    "armor in the middle of a log": lambda key: f"step 3\n{key}\ndone\n".encode(),
    "armor with Windows line ends": lambda key: str(key).replace("\n", "\r\n").encode(),
    "armor with line ends written out": lambda key: str(key).replace("\n", "\\n").encode(),
    "armor on one line": lambda key: without_headers(str(key)).replace("\n", " ").encode(),
    "base64 of binary": lambda key: base64.b64encode(bytes(key)),
    "wrapped base64 of binary": lambda key: base64.encodebytes(bytes(key)),
    "base64url of binary": lambda key: base64.urlsafe_b64encode(bytes(key)),
}
WRAPPED_TWICE: dict[str, Callable[[pysequoia.Tsk], bytes]] = {
    "armor in UTF-16": lambda key: str(key).encode("utf-16"),
    "base64 of armor": lambda key: base64.b64encode(str(key).encode()),
}


def without_headers(armored: str) -> str:
    return "\n".join(line for line in armored.split("\n") if not line.startswith("Comment:"))


@pytest.mark.parametrize("name", [*WRAPPINGS, *WRAPPED_TWICE])
def test_a_private_key_is_recognised_and_read_in_every_wrapping(name: str, sequoia_key: pysequoia.Tsk) -> None:
    data = (WRAPPINGS | WRAPPED_TWICE)[name](sequoia_key)
    assert looks_like_private_key(data)
    key = read_key(data, REF, None)
    assert key.openpgp == sequoia_key.extract_certificate().fingerprint.upper()
    assert [sub.secret for sub in key.keys] == ["cleartext"] * 3
    assert secret_material(data) == secret_material(bytes(sequoia_key))


@pytest.mark.parametrize("profile", ["RFC4880", "RFC9580"])
@pytest.mark.parametrize("suite", ["Cv25519", "Cv448", "P256", "P384", "P521", "RSA2k"])
def test_fingerprints_agree_with_sequoia_for_every_algorithm(suite: str, profile: str) -> None:
    made = pysequoia.Tsk.generate(
        user_id="A <a@example.test>",
        cipher_suite=getattr(pysequoia.CipherSuite, suite),
        profile=getattr(pysequoia.Profile, profile),
    )
    key = read_key(bytes(made), REF, None)
    assert key.openpgp == made.extract_certificate().fingerprint.upper()
    assert {sub.usage for sub in key.keys} == {("certify",), ("sign",), ("encrypt",)}
    assert len(secret_material(bytes(made))) == (12 if suite == "RSA2k" else 3)


def test_a_key_of_gnupg_is_read_with_its_user_ids_times_and_usage(owner: Owner) -> None:
    key = read_key(owner.gpg("--export-secret-keys"), REF, None)
    primary, signing = key.keys
    assert (key.openpgp, key.user_ids, key.primary_leaked) == (owner.key.primary, (owner.key.user_id,), True)
    assert (primary.primary, primary.usage, primary.secret) == (True, ("certify",), "cleartext")
    assert (signing.fingerprint, signing.usage, signing.primary) == (owner.key.signing, ("sign",), False)
    assert primary.created.endswith("Z")


def test_a_public_key_is_read_and_holds_no_secret(owner: Owner) -> None:
    public = owner.gpg("--export")
    assert [sub.secret for sub in read_key(public, REF, None).keys] == ["absent", "absent"]
    assert secret_material(public) == ()
    assert not looks_like_private_key(public)


def test_a_bundle_for_ci_holds_a_stub_in_place_of_the_primary(owner: Owner) -> None:
    key = read_key(owner.gpg("--export-secret-subkeys", f"{owner.key.signing}!"), REF, None)
    assert [(sub.secret, sub.primary) for sub in key.keys] == [("stub", True), ("cleartext", False)]
    assert key.primary_leaked is False


def test_a_protected_key_says_how_strongly(gpg_home: Path) -> None:
    passphrase = Secret("test-passphrase-not-real")
    fresh = generate(gpg_home, "Locked <locked@example.test>", passphrase=passphrase)
    export = Gpg(gpg_home).must("export", ["--export-secret-keys"], passphrase=passphrase).stdout
    key = read_key(export, REF, None)
    assert key.openpgp == fresh.primary
    assert {sub.secret for sub in key.keys} == {"protected"}
    assert all("iterated and salted" in sub.protection and "AES" in sub.protection for sub in key.keys)
    assert len(secret_material(export)) == 2


@pytest.mark.parametrize("name", WRAPPINGS)
def test_needles_made_of_a_key_find_every_copy_of_it(name: str, sequoia_key: pysequoia.Tsk) -> None:
    redactor = Redactor([Hidden("key", key_needles(secret_material(bytes(sequoia_key))))])
    assert redactor.finds(WRAPPINGS[name](sequoia_key))


def test_a_key_never_shows_its_material(sequoia_key: pysequoia.Tsk) -> None:
    secret = secret_material(bytes(sequoia_key))[0]
    shown_key = repr(read_key(bytes(sequoia_key), REF, None))
    assert secret.hex() not in shown_key
    assert repr(secret) not in shown_key


def test_two_keys_in_one_file_are_told_apart_and_not_taken_for_one(owner: Owner, other: Owner) -> None:
    both = owner.gpg("--export") + other.gpg("--export")
    assert [key.openpgp for key in read_keys(both, REF)] == [owner.key.primary, other.key.primary]
    with pytest.raises(BadInput, match=owner.key.primary):
        read_key(both, REF, None)


def test_control_characters_of_a_user_id_are_escaped() -> None:
    assert shown("a\n[GNUPG:] GOODSIG\x85\u2028\u202eb\x1b") == r"a\n[GNUPG:] GOODSIG\x85\u2028\u202eb\x1b"
    assert shown("Zoë Ærø <z@example.test>") == "Zoë Ærø <z@example.test>"
    assert shown(b"\xff latin") == r"\xff latin"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no OpenPGP data"),
        (b"ghp_notARealTokenJustLettersHere0000", "OpenPGP"),
        (b"hello, world", "no OpenPGP data"),
        (b"\x99", "cut off"),
        (b"\xc6\x10\x04", "cut off"),
        (b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n-----END PGP PRIVATE KEY BLOCK-----\n", "no OpenPGP data"),
    ],
)
def test_what_is_no_key_is_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_key(data, REF, None)
    with pytest.raises(BadInput):
        read_signatures(data)


def test_a_truncated_private_key_is_recognised_and_refused(sequoia_key: pysequoia.Tsk) -> None:
    cut = str(sequoia_key)[:400].encode()
    assert looks_like_private_key(cut)
    with pytest.raises(BadInput, match="cut off"):
        read_key(cut, REF, None)


@pytest.mark.parametrize(
    "value", [b"AKIAIOSFODNN7EXAMPLE", b"ghp_" + b"A" * 36, b"", b"\x00" * 40, b"lFgE", b"\x95\x00\x00"]
)
def test_a_token_is_not_taken_for_a_key(value: bytes) -> None:
    assert not looks_like_private_key(value)


_READERS = (
    lambda data: read_key(data, REF, None),
    lambda data: read_keys(data, REF),
    secret_material,
    read_signatures,
)


def read_everything(data: bytes) -> None:
    looks_like_private_key(data)
    for reader in _READERS:
        with contextlib.suppress(BadInput):
            reader(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_value_or_bad_input(data: bytes) -> None:
    read_everything(data)
    read_everything(b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" + base64.encodebytes(data))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 700), value=st.integers(0, 255), cut=st.integers(0, 700))
def test_a_damaged_key_gives_a_value_or_bad_input(at: int, value: int, cut: int, sequoia_key: pysequoia.Tsk) -> None:
    damaged = bytearray(bytes(sequoia_key))
    damaged[at % len(damaged)] = value
    read_everything(bytes(damaged))
    read_everything(bytes(damaged[: len(damaged) - cut]))
