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
from irkit.guard.suspects import refuse, refuse_within, suspicion
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


def shaped() -> dict[str, str]:
    """Secrets of known issuers as they look, drawn anew: none was ever issued."""
    both, lower, upper = string.ascii_letters + string.digits, string.ascii_lowercase, string.ascii_uppercase
    digit, hexa, url = string.digits, "0123456789abcdef", string.ascii_letters + string.digits + "-_"
    key64 = base64.b64encode(secrets.token_bytes(64)).decode()
    slash = base64.b64encode(b"\xfc" + secrets.token_bytes(47) + b"\0").decode()
    return {
        "GitHub, classic": "ghp_" + drawn(both, 36),
        "GitHub, app": "ghs_" + drawn(both, 36),
        "GitHub, fine-grained": f"github_pat_{drawn(both, 22)}_{drawn(both, 59)}",
        "GitLab": "glpat-" + drawn(both, 20),
        "GitLab, routable": f"glpat-{drawn(both, 27)}.01.{drawn(lower + digit, 9)}",
        "GitLab runner": "glrt-" + drawn(both, 20),
        "npm": "npm_" + drawn(both, 36),
        "PyPI": "pypi-AgEIcHlwaS5vcmc" + drawn(url, 120),
        "Slack bot": f"xoxb-{drawn(digit, 12)}-{drawn(digit, 12)}-{drawn(both, 24)}",
        "Slack app": f"xapp-1-A{drawn(upper + digit, 10)}-{drawn(digit, 13)}-{drawn(hexa, 64)}",
        "Stripe": "sk_live_" + drawn(both, 48),
        "AWS secret": "w0" + drawn(both, 18) + "/" + drawn(both, 19),
        "Google refresh token": "1//0" + drawn(both, 60),
        "Azure storage key": key64,
        "Azure connection string": f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={key64};EndpointSuffix=core.example",
        "Azure address with a signature": f"https://x.blob.example/c?sv=2022-11-02&sig={drawn(both, 43)}%3D",
        "OpenAI": f"sk-proj-{drawn(both, 74)}T3BlbkFJ{drawn(both, 74)}",
        "Anthropic": f"sk-ant-api03-{drawn(both, 93)}AA",
        "SendGrid": f"SG.{drawn(both, 22)}.{drawn(both, 43)}",
        "DigitalOcean": "dop_v1_" + drawn(hexa, 64),
        "Vault": "hvs." + drawn(both, 90),
        "Terraform": f"{drawn(both, 14)}.atlasv1.{drawn(both, 67)}",
        "Shopify": "shpat_" + drawn(hexa, 32),
        "Telegram": f"{drawn('123456789', 9)}:AA{drawn(both, 33)}",
        "Grafana": f"glsa_{drawn(both, 32)}_{drawn(hexa, 8)}",
        "Databricks": "dapi" + secrets.token_hex(16),
        "Postman": f"PMAK-{drawn(hexa, 24)}-{drawn(hexa, 34)}",
        "Docker Hub": "dckr_pat_" + drawn(both, 27),
        "Tailscale": f"tskey-auth-{drawn(both, 12)}CNTRL-{drawn(both, 32)}",
        "age": "AGE-SECRET-KEY-1" + drawn("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
        "WireGuard": "aB3dE5" + base64.b64encode(secrets.token_bytes(27)).decode() + "1=",
        "basic authentication": "Basic " + base64.b64encode(b"robot:irkitFAKE-" + secrets.token_bytes(24)).decode(),
        "base64 that begins with a slash": slash,
        "bearer": "Bearer " + drawn(both, 60),
        "random words in pieces": "-".join(drawn(both, 9) for _ in range(6)),
        "a database's address": "redis://:irkitFAKE@h.example:6379/0",
        "a short password in an address": "ftp://a:b@h.example/",
        "a connection string": "jdbc:postgresql://h.example/db?user=a&password=irkitFAKE",
        "a query": "https://h.example/?access_token=irkitFAKE",
        "JSON": '{"user": "a", "password": "irkitFAKE"}',
        "an assignment in a text": "I set API_KEY=irkitFAKE there",
    }


@pytest.mark.parametrize("issuer", shaped())
def test_a_secret_of_a_known_issuer_is_suspected(issuer: str) -> None:
    value = shaped()[issuer]
    with pytest.raises(WouldLeak) as refusal:
        refuse({"x": value}, Redactor())
    assert value not in str(refusal.value)


def harmless() -> list[str]:
    some = secrets.token_hex
    return [
        f"shop-{some(20)}.tar.gz", f"https://github.com/acme/shop/commit/{some(20)}", f"https://h.example/archive/{some(20)}.zip",
        "nginx-deployment-7d9c6b8f5d-x2v9q", "arn:aws:iam::123456789012:user/alice", f"i-0{some(8)}", f"subnet-0{some(8)}",
        "arn:aws:sts::123456789012:assumed-role/exporter-2026/i-0abcd1234ef567890", f"ubuntu@sha256:{some(32)}",
        "projects/acme-prod-2026/serviceAccounts/ci-runner@acme-prod-2026.iam.gserviceaccount.com", "CVE-2026-12345",
        f"registry.example/x/y:1.2.3@sha256:{some(32)}", "refs/tags/v2.3.0-rc.1+build.20261120", f"tenant-{uuid.uuid4()}",
        "2026-11-23T10:11:12.123456+00:00/2026-11-24T00:00:00Z", "https://example.org/a?page=2&sort=desc", "GHSA-7x2v-9qf3-w4pc",
        "s3://audit-logs-2026/AWSLogs/123456789012/CloudTrail/eu-central-1/2026/11/20/x.json.gz", "C:\\Users\\alice\\audit\\x.log",
        "192.0.2.1,2001:db8::1", "linux-image-6.8.0-49-generic_6.8.0-49.49_amd64.deb", "T01234567/C0123ABCD", "U02ABCDEF12",
        "TLSv1.3 TLS_AES_256_GCM_SHA384", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
        "token=env:GITHUB_TOKEN", "password=prompt:the key", "the secret was in config/prod.env line 3", "my_token_file.txt",
        "password was rotated on Monday", "larkspur-fulfil-2.2.1.tar.gz.asc", "https://user@git.example/x.git", "tokens=", "a=b",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + base64.b64encode(secrets.token_bytes(32)).decode()[:43] + " alice@example.org",
        "age1" + drawn("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 58), "Python-3.11.7/Lib/test/test_asyncio/test_base_events.py",
    ]  # fmt: skip


@pytest.mark.parametrize("at", range(len(harmless())))
def test_what_an_incident_is_full_of_passes(at: int) -> None:
    assert suspicion(harmless()[at]) == ""


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"providers": {"x": {"options": {"client_secret": "irkitFAKE"}}}}, "providers.x.options.client_secret"),
        ({"providers": {"x": {"base": "https://a:irkitFAKE@h.example"}}}, "providers.x.base"),
        ({"replacements": [{"scopes": ["a", "ghp_" + "irkitFAKE" * 4]}]}, "replacements.scopes"),
        ({"options": {"glpat-irkitFAKEirkitFAKE12": ""}}, "options.(a name that is not shown)"),
    ],
)
def test_an_entry_of_a_document_is_named_and_not_repeated(document: dict[str, object], place: str) -> None:
    with pytest.raises(WouldLeak) as refusal:
        refuse_within(document, "case.toml")
    assert f"case.toml: {place}" in str(refusal.value)
    assert "irkitFAKE" not in str(refusal.value)


def test_numbers_and_nothing_pass() -> None:
    refuse({"many": 12345678901234567890, "on": True, "none": None, "token": ""}, Redactor())
