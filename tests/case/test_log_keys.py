"""Names of a credential in logs, against the tools that make them: openssl, ssh-keygen, and Vault's documented answer."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from irkit.case.credentials import recognise
from irkit.case.exposure.log_keys import (
    ask_audit_hash,
    log_keys,
    names_of,
    read_audit_hash,
    sha256_name,
    vault_hmac,
    vault_name,
    wanted,
)
from irkit.errors import BadInput, NotAvailable
from irkit.model import MatchKind, Resolver, Secret, SecretRef
from irkit.network import Door
from irkit.providers.interface import Reply
from irkit.redact import Redactor
from tests.servers.loopback import Answer, Asked, serving

TOKEN = b"hvs.visibly-fake-token-0001"
SALT = b"00000000-fake-4000-8000-000000000000"
REF = SecretRef("env:TOKEN")
CASE_KEY = b"k" * 32


def resolver(values: dict[str, bytes]) -> Resolver:
    return lambda ref: Secret(values[str(ref)])


def run(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(arguments, input=given, capture_output=True, check=True, timeout=60).stdout


def jwt(**claims: Any) -> bytes:
    parts = ({"alg": "none", "kid": "fake-kid-0001"}, claims)
    return b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts) + b".ZmFrZQ"


def kinds(value: bytes) -> dict[str, MatchKind]:
    return dict(names_of(value))


needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
needs_ssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs ssh-keygen")


@needs_openssl
def test_the_hash_is_what_githubs_documented_command_prints() -> None:
    printed = base64.b64encode(run("openssl", "dgst", "-sha256", "-binary", given=TOKEN)).decode()
    assert sha256_name(TOKEN) == printed
    assert kinds(TOKEN + b"\n") == {printed: MatchKind.HASH}


@needs_openssl
def test_the_hmac_of_a_vault_token_is_what_openssl_computes_with_the_salt() -> None:
    printed = run("openssl", "dgst", "-sha256", "-hmac", SALT.decode(), given=TOKEN).decode().split()[-1]
    assert vault_hmac(TOKEN, SALT) == f"hmac-sha256:{printed}"


@needs_ssh
@pytest.mark.parametrize("arguments", [
    ["-t", "ed25519", "-N", ""], ["-t", "ed25519", "-N", "visibly-fake"], ["-t", "rsa", "-b", "2048", "-N", ""],
    ["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""], ["-t", "ecdsa", "-m", "PKCS8", "-N", ""], ["-t", "ecdsa", "-b",
        "384", "-N", ""],
])  # fmt: skip
def test_a_private_key_is_known_by_the_fingerprints_that_ssh_keygen_prints(
    tmp_path: Path, arguments: list[str]
) -> None:
    key = tmp_path / "key"
    run("ssh-keygen", "-q", "-f", str(key), "-C", "fake", *arguments)
    sha, md5 = (
        run("ssh-keygen", "-l", "-E", kind, "-f", f"{key}.pub").decode().split()[1] for kind in ("sha256", "md5")
    )
    expected = {sha: MatchKind.FINGERPRINT, md5.removeprefix("MD5:"): MatchKind.FINGERPRINT}
    assert kinds(key.read_bytes()) == expected
    assert kinds(key.read_bytes().replace(b"\n", b"\\n")) == expected
    assert kinds(Path(f"{key}.pub").read_bytes()) == expected


def certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fake")])
    now = datetime(2026, 3, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM), made.public_bytes(serialization.Encoding.DER)


@needs_openssl
def test_a_client_certificate_is_known_to_kubernetes_and_entra_by_its_digests(tmp_path: Path) -> None:
    pem, der = certificate()
    (tmp_path / "c.pem").write_bytes(pem)
    sha, thumbprint = (
        run("openssl", "x509", "-in", str(tmp_path / "c.pem"), "-noout", "-fingerprint", f"-{kind}")
        .decode()
        .strip()
        .split("=")[1]
        .replace(":", "")
        for kind in ("sha256", "sha1")
    )
    assert kinds(pem) == {f"X509SHA256={sha.lower()}": MatchKind.FINGERPRINT, thumbprint: MatchKind.FINGERPRINT}
    assert hashlib.sha256(der).hexdigest() == sha.lower()


def test_a_kubeconfig_is_known_by_the_certificates_and_tokens_of_its_users() -> None:
    pem, der = certificate()
    token = jwt(jti="fake-jti-1", **{"kubernetes.io": {}}).decode()
    config = (
        f"apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    client-certificate-data: {base64.b64encode(pem).decode()}\n"
        f"- name: b\n  user:\n    token: {token}\n- name: c\n"
    ).encode()
    assert {f"X509SHA256={hashlib.sha256(der).hexdigest()}", "JTI=fake-jti-1"} <= kinds(config).keys()


@pytest.mark.parametrize(("claims", "expected"), [
    ({"jti": "fake-jti-1"}, {"fake-jti-1": MatchKind.EXACT_ID}),
    ({"jti": "fake-jti-1", "kubernetes.io": {}, "sub": "system:serviceaccount:a:b"},
     {"fake-jti-1": MatchKind.EXACT_ID, "JTI=fake-jti-1": MatchKind.EXACT_ID}),
    ({"uti": "FAKEuti", "appid": "00000000-0000-4000-8000-000000000001", "oid": "00000000-0000-4000-8000-000000000002"},
     {"FAKEuti": MatchKind.EXACT_ID, "00000000-0000-4000-8000-000000000001": MatchKind.SAME_PRINCIPAL,
      "00000000-0000-4000-8000-000000000002": MatchKind.SAME_PRINCIPAL}),
    ({"iss": "fake@x.iam.gserviceaccount.com", "sub": "fake@x.iam.gserviceaccount.com"},
        {"fake-kid-0001": MatchKind.SAME_PRINCIPAL}),
    ({"iss": "https://issuer.example", "sub": "fake@example.com"}, {}),
    ({"jti": 7, "sub": ["odd"]}, {}),
])  # fmt: skip
def test_a_json_web_token_is_known_by_its_ids(claims: dict[str, Any], expected: dict[str, MatchKind]) -> None:
    token = jwt(**claims)
    assert kinds(token) == expected | {sha256_name(token): MatchKind.HASH}


@pytest.mark.parametrize(("value", "expected"), [
    (json.dumps({"type": "service_account", "private_key_id": "fa" * 20, "private_key": "x"}, indent=2).encode(),
        {"fa" * 20: MatchKind.EXACT_ID}),
    (b'{"private_key_id": 7}', {}), (b"{broken-json", {sha256_name(b"{broken-json"): MatchKind.HASH}), (b"", {}), (b"\xff\x00 binary",
        {}),
    (b"short", {}), (b"two words here", {}), (b"users:\n- {", {}),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", {}),
    (b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----", {}), (b"ssh-ed25519 A x", {}),
])  # fmt: skip
def test_what_other_values_are_known_by(value: bytes, expected: dict[str, MatchKind]) -> None:
    assert kinds(value) == expected


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_no_value_makes_it_crash(value: bytes) -> None:
    wrapped = b"-----BEGIN PRIVATE KEY-----\n" + value + b"\n-----END PRIVATE KEY-----"
    for one in (
        value,
        wrapped,
        wrapped.replace(b"PRIVATE", b"OPENSSH PRIVATE"),
        b"eyJ." + value,
        b"client-certificate-data" + value,
    ):
        assert all(name and isinstance(kind, MatchKind) for name, kind in names_of(one))


@pytest.mark.parametrize(("ref", "value", "keys", "raw"), [
    ("id:AKIAFAKEFAKEFAKE0001", b"", {"AKIAFAKEFAKEFAKE0001": MatchKind.EXACT_ID}, 0),
    ("id:7", b"", {"7": MatchKind.EXACT_ID}, 0),
    ("id:JTI=fake", b"", {"JTI=fake": MatchKind.EXACT_ID}, 0),
    ("id:PersonalAccessToken:7", b"", {"PersonalAccessToken:7": MatchKind.EXACT_ID}, 0),
    ("id:00TFAKE00001", b"", {"00TFAKE00001": MatchKind.EXACT_ID}, 0),
    ("env:TOKEN", b"AKIAFAKEFAKEFAKE0001:" + b"FAKE" * 10, {"AKIAFAKEFAKEFAKE0001": MatchKind.EXACT_ID}, 0),
    ("env:TOKEN", b"ghp_" + b"FAKE" * 9, {sha256_name(b"ghp_" + b"FAKE" * 9): MatchKind.HASH}, 1),
    ("env:TOKEN", TOKEN, {sha256_name(TOKEN): MatchKind.HASH, vault_hmac(TOKEN, SALT): MatchKind.HMAC}, 1),
])  # fmt: skip
def test_what_is_sought_for_a_credential(ref: str, value: bytes, keys: dict[str, MatchKind], raw: int) -> None:
    resolve = resolver({"env:TOKEN": value, "env:SALT": SALT + b"\n"})
    credential = recognise(SecretRef(ref), resolve, CASE_KEY)
    salts = [SecretRef("env:SALT")] if any(kind is MatchKind.HMAC for kind in keys.values()) else []
    found = wanted(credential, resolve, salts=salts)
    assert found is not None
    assert dict(found.keys) == keys
    assert len(found.raw) == raw
    assert value == b"" or value.decode() not in repr(found)


def test_a_credential_that_logs_know_by_no_name_is_sought_by_none() -> None:
    resolve = resolver({"env:TOKEN": b"two words here"})
    assert log_keys(recognise(REF, resolve, CASE_KEY), resolve) == ()


def test_names_from_elsewhere_are_sought_beside_the_others() -> None:
    resolve = resolver({"env:TOKEN": TOKEN})
    found = wanted(recognise(REF, resolve, CASE_KEY), resolve, also=["hmac-sha256:" + "ab" * 32])
    assert found is not None
    assert dict(found.keys)["hmac-sha256:" + "ab" * 32] is MatchKind.HMAC


def vault(answer: Callable[[Asked], Answer]) -> str:
    """What Vault answers for the token, through the real network door."""
    values = {"env:TOKEN": TOKEN, "env:MINE": b"hvs.fake-responder"}
    with serving(answer) as server:
        door = Door(resolver(values), Redactor())
        name = vault_name(door.send, server.url, "file", REF, SecretRef("env:MINE"))
        [asked] = server.asked
        assert (asked.method, asked.path, asked.headers["x-vault-token"]) == (
            "POST",
            "/v1/sys/audit-hash/file",
            "hvs.fake-responder",
        )
        assert json.loads(asked.body) == {"input": TOKEN.decode()}
    return name


def test_vault_says_itself_what_its_log_calls_the_token() -> None:
    """The fake does what Vault documents: HMAC with the salt of the device."""

    def answer(asked: Asked) -> Answer:
        name = vault_hmac(json.loads(asked.body)["input"].encode(), SALT)
        return Answer(body=json.dumps({"hash": name, "data": {"hash": name}}).encode())

    assert vault(answer) == vault_hmac(TOKEN, SALT)


@pytest.mark.parametrize("reply", [
    Reply(403, {}, '{"errors": ["permission denied"]}'), Reply(200, {}, "<html>"), Reply(200, {}, '{"hash": "plain"}'),
        Reply(200, {}, "[]"),
    Reply(200, {}, '{"data": null}'), Reply(404, {}, '{"errors": ["unknown audit backend"]}'), Reply(None, sent=False,
        failure="refused"),
])  # fmt: skip
def test_what_vault_does_not_say_is_not_guessed(reply: Reply) -> None:
    with pytest.raises(NotAvailable, match="did not say"):
        read_audit_hash(reply)


@pytest.mark.parametrize("device", ["", "a?b", "../x y", "a//b", "#"])
def test_a_path_that_is_none_is_bad_input(device: str) -> None:
    with pytest.raises(BadInput):
        ask_audit_hash("https://vault.example", device, REF, REF)
