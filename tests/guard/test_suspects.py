"""What looks like a secret in a parameter, and what only looks random to a careless eye."""

from __future__ import annotations

import base64
import hashlib
import secrets
import string
import uuid
from pathlib import Path

import pytest

from irkit.errors import WouldLeak
from irkit.guard.suspects import refuse, suspicion
from irkit.redact import Redactor
from tests.guard.canary import make_canary, redactor_of


def drawn(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


SECRET = {
    "a GitHub token by its shape": "ghp_" + "irkitFAKEirkitFAKEirkitFAKE00000000"[:36].ljust(36, "0"),
    "a private key": "-----BEGIN OPENSSH PRIVATE KEY-----\nirkitFAKE",
    "a JSON Web Token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJpcmtpdCJ9.",
    "an address with a password": "https://robot:irkitFAKE@git.example/x.git",
    "forty letters and digits": drawn(string.ascii_letters + string.digits, 60),
    "base64 of 48 bytes": base64.b64encode(secrets.token_bytes(48)).decode(),
    "URL-safe base64": secrets.token_urlsafe(48),
    "among words": "use " + drawn(string.ascii_letters + string.digits, 60) + " for it",
}

NO_SECRET = {
    "an environment variable": "env:GITHUB_TOKEN",
    "a file": "file:/run/secrets/irkit-Token-9xY2",
    "a keyring entry": "keyring:github/alice",
    "a public identifier": "id:AKIAIOSFODNN7EXAMPLE",
    "a fingerprint of a case": "fp:" + secrets.token_hex(8),
    "a commit": secrets.token_hex(20),
    "a short commit": secrets.token_hex(4),
    "a SHA-256": hashlib.sha256(b"").hexdigest(),
    "a labelled digest": "sha256:" + hashlib.sha256(b"").hexdigest(),
    "an SSH fingerprint": "SHA256:" + base64.b64encode(hashlib.sha256(b"").digest()).decode(),
    "an OpenPGP fingerprint": secrets.token_hex(20).upper(),
    "an OpenPGP fingerprint as gpg prints it": "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567",
    "a UUID": str(uuid.uuid4()),
    "an instant": "2026-11-23T10:11:12.123456Z",
    "an absolute path": "/tmp/pytest-of-root/pytest-32/test_aB3dE5fG7hI9jK1lM3nO5pQ/case",
    "a relative path": "notebooks/working/01_exposure_of_the_release_signing_key.ipynb",
    "an address": "https://git.example.org/team/release-signing-2026/-/blob/main/README.md",
    "a person": "Alice Example <alice.example@incident-response.example.org>",
    "a slug": "release-signing-key-2026-11-incident-response",
    "a class name": "ExposureWindowNotebookParameterTable2",
    "a region": "eu-central-1",
    "nothing": "",
}


@pytest.mark.parametrize("what", SECRET)
def test_a_secret_is_suspected_and_not_repeated(what: str) -> None:
    why = suspicion(SECRET[what])
    assert why
    assert SECRET[what] not in why


@pytest.mark.parametrize("what", NO_SECRET)
def test_a_reference_a_digest_or_a_name_is_let_through(what: str) -> None:
    assert suspicion(NO_SECRET[what]) == ""


@pytest.mark.parametrize(
    "name", ["token", "github_token", "password", "api_key", "apikeys", "signing_passphrase", "private_key"]
)
def test_a_value_under_a_telling_name_is_suspected_unless_it_is_a_reference(name: str) -> None:
    assert "named as a secret" in suspicion(secrets.token_hex(20), name=name)
    assert suspicion("env:X", name=name) == suspicion("", name=name) == ""


@pytest.mark.parametrize("name", ["token_id", "key", "secretary", "credential", "repository"])
def test_a_harmless_name_is_no_reason(name: str) -> None:
    assert suspicion("main-branch", name=name) == ""


@pytest.mark.parametrize(
    "nest", [lambda v: v, lambda v: ["a", v], lambda v: {"x": {v: 1}}, lambda v: (Path("/x") / v,)]
)
def test_what_the_case_knows_is_found_however_deep(nest: object) -> None:
    canary = make_canary()
    with pytest.raises(WouldLeak, match="credential of this case") as refusal:
        refuse({"harmless": 1, "note": nest(canary)}, redactor_of(canary))  # type: ignore[operator]
    assert "(note)" in str(refusal.value)
    assert "env:NAME" in str(refusal.value)
    assert canary not in str(refusal.value)


def test_numbers_and_nothing_pass() -> None:
    refuse({"many": 12345678901234567890, "on": True, "none": None, "token": ""}, Redactor())
