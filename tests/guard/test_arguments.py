"""What is typed behind `irkit`: a secret is refused before anything runs, and nothing that only looks odd is."""

from __future__ import annotations

import base64
import json
import os
import secrets
import string
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from irkit.errors import BadInput, IrkitError, WouldLeak
from irkit.guard.suspects import refuse_arguments
from irkit.providers import PROVIDERS


def never_issued(provider: str, shape: str) -> str:
    made = PROVIDERS[provider].shape_named(shape).look_alike
    assert made is not None
    return made()


def drawn(length: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


GITHUB, GITLAB, NPM, SLACK = (
    never_issued("github", "ghp"),
    never_issued("gitlab", "glpat"),
    never_issued("npm", "npm-token"),
    never_issued("slack", "slack-bot"),
)
AWS = never_issued("aws", "access-key")
AWS_ID, AWS_SECRET = AWS.split(":")
JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJpcmtpdCJ9."
KEY = "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nirkitFAKE"
RANDOM = drawn(60)
FPR = secrets.token_hex(20).upper()
SHA = "sha256:" + secrets.token_hex(32)
SSH = "SHA256:" + base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")

ITSELF: dict[str, list[str]] = {  # exit code 2: a reference belongs here
    "a token as REF": ["locate", GITHUB, "."],
    "a GitLab token as REF": ["identify", GITLAB],
    "an npm token": ["identify", NPM],
    "a Slack token": ["identify", SLACK],
    "a token as a credential": ["new", "case", "--credential", GITHUB],
    "a token as a responder's": ["locate", "--responder", GITLAB],
    "a passphrase": ["approve", "case", "plan", "--passphrase", "irkitFAKE"],
    "a random value": ["identify", RANDOM],
    "URL-safe base64": ["identify", secrets.token_urlsafe(48)],
    "a JSON Web Token": ["identify", JWT],
}
WITHIN: dict[str, list[str]] = {  # exit code 4
    "a parameter": ["run", "book", "case", "-p", f"x={GITHUB}"],
    "a parameter of a telling name": ["run", "book", "case", "-p", "password=irkitFAKE"],
    "a parameter of a telling name with dashes": ["run", "book", "case", "-p", "api-key=irkitFAKE"],
    "a random parameter": ["run", "book", "case", "-p", f"x={RANDOM}"],
    "a list of parameters": ["run", "book", "case", "-p", f"x=a,{GITHUB},b"],
    "an option with an equals sign": ["new", "case", f"--credential={GITHUB}"],
    "a title": ["new", "case", "--title", f"the token {GITHUB} leaked"],
    "what was done": ["done", "case", "one", "--text", f"I took out {GITLAB}."],
    "an address, as the user": ["locate", "env:X", f"https://{GITHUB}@git.example/x.git"],
    "an address, as the password": ["locate", "env:X", f"https://user:{GITHUB}@git.example/x.git"],
    "an address with any password": ["locate", "env:X", "https://user:irkitFAKE@git.example/x.git"],
    "an address, as a query": ["locate", "env:X", f"https://git.example/?private_token={GITLAB}"],
    "an address, in a path": ["locate", "env:X", f"https://git.example/{SLACK}/x"],
    "an address of a database": ["usage", "env:X", "postgresql://user:irkitFAKE@db.example/x"],
    "an AWS pair": ["identify", AWS],
    "an AWS secret after its id": ["identify", f"id:{AWS_ID}:{AWS_SECRET}"],
    "a token behind id:": ["identify", f"id:{GITHUB}"],
    "a token behind env:": ["identify", f"env:{GITHUB}"],
    "a token behind prompt:": ["identify", f"prompt:{GITLAB}"],
    "a token in a keyring's name": ["identify", f"keyring:github/{GITHUB}"],
    "a private key": ["identify", KEY],
    "a private key behind id:": ["identify", f"id:{KEY}"],
    "a private key in base64": ["identify", f"x={base64.b64encode(KEY.encode()).decode()}"],
    "a token in JSON": ["run", "book", "case", "-p", f"x={json.dumps({'t': GITHUB})}"],
    "a token in quotes": ["new", "case", "--title", f"'{GITHUB}'"],
    "a token in a file's name": ["locate", "env:X", f"/tmp/{GITHUB}.txt"],
    "base64 with a slash": ["run", "book", "case", "-p", "x=" + "wJ4lrXU9nF/mI7K2DENG+bPxR8fiCY5zirkit0FA"],
    "a header": ["new", "case", "--title", f"Authorization: Bearer {JWT}"],
}
HARMLESS: dict[str, list[str]] = {
    "nothing": [],
    "help": ["--help"],
    "an environment variable": ["locate", "env:GITHUB_TOKEN", "."],
    "a file": ["locate", "file:/run/secrets/irkit-Token-9xY2", "."],
    "a relative file": ["locate", "file:secrets/token.txt", "."],
    "a descriptor": ["identify", "fd:3"],
    "a prompt": ["identify", "prompt:the leaked token"],
    "a keyring entry": ["identify", "keyring:github/alice"],
    "an AWS key id": ["usage", f"id:{AWS_ID}", "."],
    "an AWS key id in a sentence": ["new", "case", "--title", f"the key {AWS_ID} leaked"],
    "a number as an id": ["usage", "id:123456789012", "."],
    "a token's hash as an id": ["usage", f"id:{base64.b64encode(secrets.token_bytes(32)).decode()}", "."],
    "a deploy key's path": ["identify", "id:repos/acme/shop/keys/4711"],
    "an OpenPGP key": ["identify", f"gpg:{FPR}"],
    "a fingerprint": ["approve", "case", "plan", "--key", FPR],
    "a fingerprint as gpg prints it": [
        "approve",
        "case",
        "plan",
        "--key",
        "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567",
    ],
    "a long key id": ["keys", "inventory", ".", "--key", "0x" + FPR[-16:]],
    "a digest": ["evidence", "open", "case", SHA],
    "a digest without its label": ["evidence", "open", "case", SHA[7:]],
    "an SSH fingerprint": ["new", "case", "--title", SSH],
    "an SSH fingerprint in a sentence": ["new", "case", "--title", f"the key {SSH} leaked"],
    "an integrity value": ["new", "case", "--title", "sha512-" + base64.b64encode(secrets.token_bytes(64)).decode()],
    "a git id": ["run", "book", "case", "-p", f"commit={secrets.token_hex(20)}"],
    "a git range": ["run", "book", "case", "-p", f"range={secrets.token_hex(20)}..{secrets.token_hex(20)}"],
    "a UUID": ["usage", f"id:{uuid.uuid4()}", "."],
    "a UUID as a parameter": ["run", "book", "case", "-p", f"tenant={uuid.uuid4()}"],
    "a plan": ["carry-out", "case", "revoke-0fe1529d32c0"],
    "an instant": ["usage", "id:x", ".", "--since", "2026-11-23T10:11:12.123456Z"],
    "an instant with a zone": ["new", "case", "--aware-at", "2026-11-23T10:11:12+01:00"],
    "a mail address": ["keys", "check", "alice.example-2026@incident-response.example.org"],
    "a person": ["new", "case", "--title", "Alice Example <alice.example@incident-response.example.org>"],
    "an absolute path": ["show", "/tmp/pytest-of-root/pytest-32/test_aB3dE5fG7hI9jK1lM3nO5pQ/case"],
    "a relative path": ["locate", "env:X", "notebooks/working/01_exposure_of_the_release_signing_key.ipynb"],
    "a public key's file": ["add-approver", "case", "people/alice_rsa4096_2026.pub.asc"],
    "a log's name": ["usage", "id:x", "123456789012_CloudTrail_eu-central-1_20261120T1005Z_aB3dE5fG.json.gz"],
    "an address": ["locate", "env:X", "https://git.example.org/team/release-signing-2026/-/blob/main/README.md"],
    "an address with a user": ["locate", "env:X", "ssh://git@git.example.org:2222/team/x.git"],
    "a short address": ["locate", "env:X", "git@github.com:acme/shop.git"],
    "an address of an API": ["locate", "env:X", "--base", "https://api.github.example/api/v3"],
    "a role's name": ["usage", "id:x", ".", "--also", "arn:aws:iam::123456789012:role/exporter-2026"],
    "a class name": ["run", "book", "case", "-p", "x=ExposureWindowNotebookParameterTable2"],
    "a store": ["new", "case", "--store", "keyring:incident-2026-11"],
    "a store's address": ["run", "book", "case", "-p", "into=github:acme/shop/NPM_TOKEN"],
    "a parameter by reference": ["run", "book", "case", "-p", "token=env:GITHUB_TOKEN"],
    "a passphrase by reference": ["approve", "case", "plan", "--passphrase", "env:PHRASE"],
    "a port": ["lab", "case", "--port", "8888"],
    "many paths": ["run", "book", "case", "-p", "logs=/var/log/auth.log,/var/log/nginx/access.log.2.gz"],
    "a sentence": ["done", "case", "one", "--text", "Rotated in the console at 10:42 UTC, ticket INC-2026-00417."],
    "a list of scopes": ["usage", "env:X", ".", "--scopes", "repo,read:org,write:packages,admin:public_key"],
    "a placeholder": ["run", "book", "case", "-p", "x=[redacted fp:0123456789abcdef]"],
}


def test_the_table_is_large_enough() -> None:
    assert len(ITSELF) + len(WITHIN) + len(HARMLESS) >= 60


@pytest.mark.parametrize("what", [*ITSELF, *WITHIN])
def test_a_secret_is_refused_and_not_repeated(what: str) -> None:
    arguments = ITSELF.get(what) or WITHIN[what]
    with pytest.raises(BadInput if what in ITSELF else WouldLeak) as refusal:
        refuse_arguments(arguments)
    said = str(refusal.value)
    assert "env:NAME" in said
    assert "argument " in said
    assert not any(secret in said for secret in (GITHUB, GITLAB, NPM, SLACK, AWS_SECRET, JWT, RANDOM, "irkitFAKE"))


@pytest.mark.parametrize("what", HARMLESS)
def test_what_is_no_secret_passes(what: str) -> None:
    refuse_arguments(HARMLESS[what])


def test_a_path_that_exists_passes_however_random_its_name_is(tmp_path: Path) -> None:
    (tmp_path / RANDOM).touch()
    refuse_arguments(["locate", "env:X", os.path.relpath(tmp_path / RANDOM)])
    with pytest.raises(IrkitError):
        refuse_arguments(["locate", "env:X", RANDOM])


@pytest.mark.parametrize(
    "shape", [(p.name, s.name) for p in PROVIDERS.values() for s in p.shapes if s.look_alike and not s.opaque]
)
def test_every_shape_that_an_issuer_hands_out_is_refused(shape: tuple[str, str]) -> None:
    value = never_issued(*shape)
    found = PROVIDERS[shape[0]].public_id
    if found and found(value) == value:
        refuse_arguments(["identify", f"id:{value}"])
        return
    with pytest.raises(IrkitError) as refusal:
        refuse_arguments(["identify", value])
    assert value not in str(refusal.value)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["locate", GITHUB, "."], 2),
        (["new", "case", "--credential", "env:HOME", "--title", f"token {GITHUB}"], 4),
        (["version", f"https://user:{GITLAB}@host.example"], 4),
    ],
    ids=["itself", "within a title", "within an address"],
)
def test_nothing_was_started(tmp_path: Path, arguments: list[str], code: int) -> None:
    command = [sys.executable, "-m", "irkit", *arguments]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == code
    assert [one.name for one in tmp_path.iterdir()] == ["home"]
    assert GITHUB not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
