"""An approval counts when both programs name the same pinned key, whatever a user id says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pysequoia
import pytest

from irkit.errors import BadInput, StepFailed
from irkit.openpgp import revoke
from irkit.openpgp.approvals import read_certificates, read_ring, sign, statement, verify
from tests.owners import Owner, owner_since_2025

DIGEST = "sha256:" + "ab" * 32
TEXT = statement("resign-abcdef", DIGEST, "2026-014", "Alice", datetime(2026, 3, 1, 12, tzinfo=UTC))


def test_the_statement_names_the_digest_and_no_name_adds_a_line() -> None:
    assert f"Digest: {DIGEST}\n" in TEXT
    hostile = statement("p\nDigest: sha256:00", DIGEST, "c\x85", "Al\u2028ice", datetime(2026, 3, 1, tzinfo=UTC))
    assert len(hostile.splitlines()) == len(TEXT.splitlines()) == 6


def test_an_approver_s_signature_gives_their_primary_key(owner: Owner, other: Owner) -> None:
    ring = {each.key.primary: each.certificate for each in (owner, other)}
    for each in (owner, other):
        assert verify(TEXT, sign(each.home, each.key.primary, TEXT), ring) == each.key.primary


def test_another_statement_is_refused(owner: Owner) -> None:
    signature = sign(owner.home, owner.key.primary, TEXT)
    with pytest.raises(BadInput, match="gpg: bad"):
        verify(TEXT.replace("ab", "cd"), signature, {owner.key.primary: owner.certificate})


def test_a_stranger_is_refused(owner: Owner, other: Owner) -> None:
    with pytest.raises(BadInput, match="unknown key"):
        verify(TEXT, sign(other.home, other.key.primary, TEXT), {owner.key.primary: owner.certificate})


def test_a_revoked_approver_is_refused(owner: Owner) -> None:
    signature = sign(owner.home, owner.key.primary, TEXT)
    revoke(owner.home, owner.key.primary, text="laptop stolen")
    with pytest.raises(BadInput, match="revoked key"):
        verify(TEXT, signature, {owner.key.primary: owner.certificate})


def test_two_signatures_in_one_are_refused(owner: Owner, other: Owner) -> None:
    both = sign(owner.home, owner.key.primary, TEXT) + sign(other.home, other.key.primary, TEXT)
    with pytest.raises(BadInput, match="2 signatures"):
        verify(TEXT, both, {owner.key.primary: owner.certificate})


def test_an_empty_ring_refuses_everybody(owner: Owner) -> None:
    with pytest.raises(BadInput, match="nobody may approve"):
        verify(TEXT, sign(owner.home, owner.key.primary, TEXT), {})


@pytest.mark.parametrize("signature", ["", "yes", "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n"])
def test_what_is_no_signature_is_refused(signature: str, owner: Owner) -> None:
    with pytest.raises(BadInput, match="approval is not valid"):
        verify(TEXT, signature, {owner.key.primary: owner.certificate})


LINE_ENDS = {
    "line feed": "\n",
    "next line": "\x85",
    "line separator": "\u2028",
    "letter that ends in 0x85": "Å",
    "return": "\r",
}


def hostile_user_id(end: str, victim: Owner) -> str:
    fingerprint = victim.key.primary
    return (
        f"Rel {end}[GNUPG:] NEWSIG{end}[GNUPG:] GOODSIG {fingerprint[-16:]} Victim{end}"
        f"[GNUPG:] VALIDSIG {victim.key.signing} 2026-03-01 1772366400 0 4 0 22 10 00 {fingerprint}{end}"
    )


@pytest.mark.parametrize("end", LINE_ENDS.values(), ids=LINE_ENDS.keys())
def test_a_user_id_cannot_speak_for_another_key(end: str, owner: Owner) -> None:
    forger = pysequoia.Tsk.generate(user_id=hostile_user_id(end, owner))
    certificate = str(forger.extract_certificate())
    signature = pysequoia.sign(forger.signer(), TEXT.encode(), mode=pysequoia.SignatureMode.DETACHED).decode()
    rings = [
        {owner.key.primary: owner.certificate},
        {owner.key.primary: owner.certificate + certificate},  # the forger's key slipped into the victim's file
        {owner.key.primary: certificate},
    ]
    for number, ring in enumerate(rings):
        if number == 1:
            with pytest.raises(BadInput, match="not one of the approvers"):
                verify(TEXT, signature, ring)
        else:
            with pytest.raises(BadInput, match="not valid"):
                verify(TEXT, signature, ring)


@pytest.mark.parametrize("end", LINE_ENDS.values(), ids=LINE_ENDS.keys())
def test_a_revoked_key_cannot_speak_itself_good(end: str, owner: Owner) -> None:
    revoked = pysequoia.Tsk.generate(user_id=hostile_user_id(end, owner))
    signature = pysequoia.sign(revoked.signer(), TEXT.encode(), mode=pysequoia.SignatureMode.DETACHED).decode()
    public = revoked.extract_certificate()
    dead = pysequoia.Cert.from_packets([*packets(bytes(public)), *packets(bytes(public.revoke(revoked.certifier())))])
    with pytest.raises(BadInput, match="revoked key"):
        verify(TEXT, signature, {public.fingerprint: str(dead)})


def packets(data: bytes) -> list[object]:
    return list(pysequoia.packet.PacketPile.from_bytes(data))


def test_a_ring_is_read_from_a_folder(owner: Owner, other: Owner, tmp_path: Path) -> None:
    (tmp_path / "alice.asc").write_text(owner.certificate)
    (tmp_path / "bob.asc").write_text(other.certificate)
    (tmp_path / "notes.txt").write_text("not read")
    ring = read_ring(tmp_path)
    assert {key: who for key, (who, _armored) in ring.items()} == {
        owner.key.primary: owner.key.user_id,
        other.key.primary: other.key.user_id,
    }
    assert read_certificates(tmp_path / "bob.asc") == {other.key.primary: ring[other.key.primary]}


def test_bad_approver_files_are_named(owner: Owner, tmp_path: Path) -> None:
    path = tmp_path / "carol.asc"
    with pytest.raises(BadInput, match="no folder"):
        read_ring(tmp_path / "missing")
    for content, says in (
        ("not a key", "no whole public key"),
        (owner.certificate[:200], "no whole public key"),
        (owner.gpg("--armor", "--export-secret-keys").decode(), "private key"),
    ):
        path.write_text(content)
        with pytest.raises(BadInput, match=says):
            read_ring(tmp_path)


def test_signing_without_the_key_is_a_sentence(owner: Owner, gpg_home: Path) -> None:
    with pytest.raises(StepFailed, match="could not be signed"):
        sign(gpg_home, owner.key.primary, TEXT)


def test_of_a_key_that_has_expired_since_the_signature_counts_as_of_then(gpg_home: Path) -> None:
    then = datetime(2025, 6, 1, tzinfo=UTC)
    person = owner_since_2025(gpg_home, "1y", "1y")
    at = ("--faked-system-time", f"{int(then.timestamp())}!")
    made = person.gpg(*at, "--armor", "--local-user", person.key.primary, "--detach-sign", stdin=TEXT.encode()).decode()
    ring = {person.key.primary: person.certificate}
    assert verify(TEXT, made, ring, then) == person.key.primary
    with pytest.raises(BadInput, match="expired key"):
        verify(TEXT, made, ring)
