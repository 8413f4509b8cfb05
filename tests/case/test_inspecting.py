"""`irkit keys inspect` says what leaked, what must be revoked and how urgent it is, for people and for programs, and shows no secret."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from irkit.case.oneoff import inspected
from irkit.errors import BadInput
from irkit.openpgp.revoking import revoke
from tests.owners import Owner


def secrets_in(home: Path) -> list[str]:
    """The secret numbers of the agent's files in hexadecimal."""
    texts = [path.read_text() for path in (home / "private-keys-v1.d").glob("*.key")]
    return ["".join(text.split("(d")[1].split("#")[1].split()) for text in texts]


def test_neither_view_nor_document_holds_a_secret(owner: Owner) -> None:
    found = inspected(f"file:{owner.home}")
    said = (found.view().text() + found.view().html() + json.dumps(found.document()) + repr(found)).lower()
    secrets = secrets_in(owner.home)
    assert len(secrets) == 2
    assert not [secret for secret in secrets if secret.lower() in said]


def test_the_document_says_what_must_be_revoked_and_how_urgent_it_is(owner: Owner, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.asc"
    bundle.write_bytes(owner.gpg("--armor", "--export-secret-subkeys", f"{owner.key.signing}!"))
    document = inspected(f"file:{bundle}").document()
    (key,) = document["keys"]
    assert (key["fingerprint"], key["primary_leaked"], key["grade"]) == (owner.key.primary, False, "compromised-now")
    assert (key["scope"]["whole"], key["scope"]["subkeys"]) == (False, [owner.key.signing])
    assert [packet["grade"] for packet in key["packets"]] == ["not-in-it", "compromised-now"]
    assert (document["public_only"], document["skipped"]) == (False, [])


def test_a_home_shows_its_revocations_and_the_certificate_that_leaked_with_it(owner: Owner) -> None:
    revoke(owner.home, owner.key.primary, text="CI log")
    found = inspected(f"file:{owner.home}")
    (key,) = found.document()["keys"]
    (revocation,) = key["revocations"]
    assert (revocation["what"], revocation["reason"], revocation["hard"], revocation["text"]) == (
        "key",
        2,
        True,
        "CI log",
    )
    assert revocation["created"].endswith("Z")
    assert key["revocation_certificates"] == [f"openpgp-revocs.d/{owner.key.primary}.rev"]
    text = " ".join(found.view().text().split())
    assert "compromised (0x02)" in text
    assert "anybody can revoke the key" in text
    assert "none was verified" in text


def test_a_ring_of_strangers_is_called_public(owner: Owner, tmp_path: Path) -> None:
    ring = tmp_path / "ring.gpg"
    ring.write_bytes(owner.gpg("--export"))
    found = inspected(f"file:{ring}")
    assert "Public keys only" in found.view().text()
    assert "Critical" not in found.view().text()
    assert found.document()["keys"][0]["scope"] is None


def test_a_fingerprint_alone_leaves_everything_unknown() -> None:
    found = inspected("gpg:" + "A" * 40)
    assert (found.document()["keys"][0]["primary_leaked"], found.document()["keys"][0]["grade"]) == (None, "unknown")
    assert found.document()["public_only"] is None
    assert "cannot be told" in found.view().text()


def test_what_is_damaged_is_said(owner: Owner, tmp_path: Path) -> None:
    blob = tmp_path / "cut.asc"
    blob.write_bytes(owner.gpg("--armor", "--export-secret-keys")[:300])
    found = inspected(f"file:{blob}")
    assert found.skipped
    assert "damaged" in found.view().text()
    assert owner.key.primary in found.view().text()


def test_the_command_gives_one_json_document(owner: Owner) -> None:
    command = [sys.executable, "-m", "irkit", "keys", "inspect", f"file:{owner.home}", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["keys"][0]["fingerprint"] == owner.key.primary


@pytest.mark.parametrize("ref", ["id:something", "file:/nowhere/at/all"])
def test_what_points_at_no_key_is_bad_input(ref: str) -> None:
    with pytest.raises(BadInput):
        inspected(ref)
