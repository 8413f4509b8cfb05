"""Keys are made, revoked as compromised on the wire, exported without their primary; a second run changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import BadInput, StepFailed, WouldLeak
from irkit.model import Secret, SecretRef
from irkit.openpgp import (
    Gpg,
    export_public,
    export_signing_subkeys,
    generate,
    has_secret,
    import_public,
    read_key,
    read_signatures,
    revoke,
    revoke_with_certificate,
)
from irkit.openpgp.keyblock import KEY_REVOCATION
from irkit.openpgp.keyring import list_ring, parse_listing
from tests.owners import Owner, forget_passphrases

USER_ID = "Example Releases <releases@example.test>"


def test_a_fresh_key_certifies_only_and_signs_with_a_subkey_that_lapses(owner: Owner) -> None:
    (entry,) = list_ring(owner.home, owner.key.primary, secret=True)
    assert entry.primary.usage == "c"
    assert [key.usage for key in entry.subkeys] == ["s"]
    assert entry.subkeys[0].fingerprint == owner.key.signing
    assert owner.key.expires < owner.key.primary_expires
    assert owner.key.expires.endswith("Z")


def test_making_a_key_again_gives_the_same_key(owner: Owner) -> None:
    assert generate(owner.home, owner.key.user_id) == owner.key
    assert len(list_ring(owner.home)) == 1


def test_a_key_begun_and_not_finished_is_finished(gpg_home: Path) -> None:
    Gpg(gpg_home).must("half a key", ["--quick-gen-key", USER_ID, "ed25519", "cert", "2y"])
    (begun,) = list_ring(gpg_home)
    fresh = generate(gpg_home, USER_ID)
    assert fresh.primary == begun.primary.fingerprint
    assert has_secret(gpg_home, fresh.signing)


def test_the_leaked_key_is_never_taken_for_the_new_one(owner: Owner) -> None:
    fresh = generate(owner.home, owner.key.user_id, other_than=[owner.key.primary])
    assert fresh.primary != owner.key.primary
    assert generate(owner.home, owner.key.user_id, other_than=[owner.key.primary]) == fresh


def test_a_strangers_key_of_the_same_name_is_not_used(gpg_home: Path) -> None:
    Gpg(gpg_home).must("a signing primary", ["--quick-gen-key", USER_ID, "ed25519", "sign", "2y"])
    with pytest.raises(StepFailed, match="another key bears this user id"):
        generate(gpg_home, USER_ID)


@pytest.mark.parametrize("user_id", ["", "  ", "two\nlines <a@example.test>", "bell\x07 <a@example.test>"])
def test_a_user_id_is_one_printable_line(user_id: str, gpg_home: Path) -> None:
    with pytest.raises(BadInput, match="user id"):
        generate(gpg_home, user_id)


def test_the_revocation_says_compromised_on_the_wire_and_holds(owner: Owner) -> None:
    certificate = revoke(owner.home, owner.key.primary, text="CI log\nwas public")
    (signature,) = read_signatures(certificate.encode())
    assert (signature.kind, signature.reason) == (KEY_REVOCATION, 0x02)
    assert signature.made_by(owner.key.primary)
    assert b"CI log was public" in signature.packet
    assert list_ring(owner.home)[0].primary.revoked


def test_revoking_twice_gives_the_same_revocation(owner: Owner) -> None:
    first = revoke(owner.home, owner.key.primary, text="leaked")
    second = revoke(owner.home, owner.key.primary, text="leaked again")
    assert read_signatures(second.encode()) == read_signatures(first.encode())
    exported = read_signatures(export_public(owner.home, owner.key.primary).encode())
    assert sum(one.kind == KEY_REVOCATION for one in exported) == 1


def test_a_key_revoked_as_superseded_is_revoked_as_compromised_too(owner: Owner) -> None:
    soft = (
        Gpg(owner.home).run(["--armor", "--gen-revoke", owner.key.primary], stdin=b"y\n2\n\ny\n", dialogue=True).stdout
    )
    assert read_signatures(soft)[0].reason == 0x01
    owner.gpg("--import", stdin=soft)
    assert read_signatures(revoke(owner.home, owner.key.primary, text="leaked").encode())[0].reason == 0x02


def test_a_key_with_a_passphrase_is_revoked_with_it_alone(gpg_home: Path) -> None:
    passphrase = Secret("test-passphrase-not-real")
    fresh = generate(gpg_home, USER_ID, passphrase=passphrase)
    forget_passphrases(gpg_home)
    with pytest.raises(StepFailed, match="passphrase"):
        revoke(gpg_home, fresh.primary, text="leaked")
    assert not list_ring(gpg_home)[0].primary.revoked
    revoke(gpg_home, fresh.primary, text="leaked", passphrase=passphrase)
    assert list_ring(gpg_home)[0].primary.revoked


def test_the_certificate_made_with_the_key_revokes_where_the_key_is_lost(owner: Owner, gpg_home: Path) -> None:
    import_public(gpg_home, owner.certificate)
    with pytest.raises(StepFailed, match="cannot be revoked from here"):
        revoke(gpg_home, owner.key.primary, text="leaked")
    assert revoke_with_certificate(gpg_home, owner.key.revocation_certificate) == owner.key.primary
    assert list_ring(gpg_home)[0].primary.revoked


def test_the_file_gnupg_puts_aside_works_with_its_colon(owner: Owner) -> None:
    path = owner.home / "openpgp-revocs.d" / f"{owner.key.primary}.rev"
    assert revoke_with_certificate(owner.home, path.read_text()) == owner.key.primary


def test_a_certificate_of_another_key_is_refused(owner: Owner, other: Owner) -> None:
    with pytest.raises(BadInput, match="revokes no key"):
        revoke_with_certificate(owner.home, other.key.revocation_certificate)


def test_what_goes_to_ci_can_sign_and_holds_no_primary(owner: Owner) -> None:
    bundle = export_signing_subkeys(owner.home, owner.key.signing)
    assert "BEGIN" not in repr(bundle)
    key = read_key(bundle.reveal(), SecretRef("id:x"), None)
    assert [sub.secret for sub in key.keys] == ["stub", "cleartext"]
    with pytest.raises(WouldLeak):
        export_signing_subkeys(owner.home, owner.key.primary)


def test_a_public_key_travels_and_a_private_one_does_not(owner: Owner, gpg_home: Path) -> None:
    assert import_public(gpg_home, owner.certificate) == (owner.key.primary,)
    assert (has_secret(owner.home, owner.key.primary), has_secret(gpg_home, owner.key.primary)) == (True, False)
    with pytest.raises(BadInput, match="private key"):
        import_public(gpg_home, owner.gpg("--armor", "--export-secret-keys").decode())


@pytest.mark.parametrize("name", ["DEADBEEF", "releases@example.test", "0123456789ABCDEF", "", "--delete-keys"])
def test_a_key_is_named_by_its_whole_fingerprint(name: str, gpg_home: Path) -> None:
    with pytest.raises(BadInput, match="whole fingerprint"):
        revoke(gpg_home, name, text="")


def test_a_key_that_is_not_there_is_a_sentence(gpg_home: Path) -> None:
    for act in (lambda: revoke(gpg_home, "0" * 40, text=""), lambda: export_public(gpg_home, "0" * 40)):
        with pytest.raises(StepFailed, match="not in the gpg home"):
            act()
    assert not has_secret(gpg_home, "0" * 40)


def test_a_listing_is_split_at_line_feeds_alone() -> None:
    listing = (
        b"pub:u:255:22:0470C22E782E4225:1795462997:1858534997::-:::c:::::ed25519:::0:\n"
        b"fpr:::::::::A00A49A258B0421ADA0A8BE10470C22E782E4225:\n"
        b"uid:u::::1795462997::AB::Rel \xc3\x85fpr:::::::::FF\\x3a\\x0apub:r:::::::::0:\n"
    )
    (entry,) = parse_listing(listing)
    assert entry.primary.fingerprint.startswith("A00A")
    assert not entry.primary.revoked
    assert entry.user_ids == [b"Rel \xc3\x85fpr"]


def test_user_ids_are_compared_as_they_stand_in_the_key(make_owner: Callable[[str], Owner]) -> None:
    odd = "Åse: Å\\B (50 %) <a@example.test>"
    owner = make_owner(odd)
    assert generate(owner.home, odd) == owner.key
