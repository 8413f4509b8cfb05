"""What a leaked key can do is taken back, proved on the wire; a second run changes nothing; where there is no way, that is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import BadInput, StepFailed
from irkit.model import Secret, SecretRef
from irkit.openpgp import Gpg, export_public, generate, import_public, read_signatures
from irkit.openpgp.certifications import certifications_by
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.operations import OPERATIONS, Done, Hands
from irkit.openpgp.packets import joined, packets
from irkit.openpgp.revocations import revocations_in
from irkit.openpgp.revoking import compromised_already, revoke
from irkit.openpgp.ways import Way, ways_to_revoke
from irkit.plan import GpgCommand
from tests.owners import Owner, forget_passphrases, owner_since_2025

SECOND_ID = "Second <second@example.test>"


def carry_out(operation: str, home: Path, key: str, **arguments: str) -> Done:
    command = GpgCommand(operation, str(home), key, tuple(arguments.items()))  # type: ignore[arg-type]
    return OPERATIONS[operation](command, Hands())


def standing(home: Path, key: str, what: str) -> list[tuple[str, int | None, str]]:
    """(of, reason on the wire, text) of the revocations of one kind on the key."""
    found = revocations_in(export_public(home, key).encode())
    return [(one.of, one.reason, one.text) for one in found if one.what == what and one.by_itself]


def revoke_subkey_with_gpg_alone(owner: Owner, menu: str) -> None:
    answers = f"key {owner.key.signing}\nrevkey\ny\n{menu}\n\ny\nsave\n".encode()
    Gpg(owner.home).run(["--edit-key", owner.key.primary], stdin=answers, dialogue=True)


def name_as_revoker(owner: Owner, revoker: Owner) -> None:
    import_public(owner.home, revoker.certificate)
    answers = f"addrevoker\n{revoker.key.primary}\ny\nsave\n".encode()
    Gpg(owner.home).run(["--edit-key", owner.key.primary], stdin=answers, dialogue=True)


def way(ways: tuple[Way, ...], name: str) -> Way:
    return next(one for one in ways if one.name == name)


@pytest.fixture
def public_only(owner: Owner, make_gpg_home: Callable[[], Path]) -> Path:
    """A home that knows the key and has lost its secret part."""
    home = make_gpg_home()
    import_public(home, owner.certificate)
    return home


@pytest.fixture
def named_revoker(owner: Owner, other: Owner, public_only: Path) -> Path:
    """As `public_only`, of a key that names `other` as its revoker."""
    name_as_revoker(owner, other)
    import_public(public_only, owner.certificate)
    return public_only


# keys


def test_a_key_is_revoked_as_compromised_and_then_found_so(owner: Owner) -> None:
    done = carry_out("revoke-key", owner.home, owner.key.primary, text="leaked")
    assert dict(done.facts)["on_the_wire"].startswith("0x02")
    assert standing(owner.home, owner.key.primary, "key") == [(owner.key.primary, 0x02, "leaked")]
    assert "already" in carry_out("revoke-key", owner.home, owner.key.primary, text="again").what
    assert len(standing(owner.home, owner.key.primary, "key")) == 1


def test_a_key_that_did_not_leak_is_superseded_and_can_still_be_revoked_as_compromised(owner: Owner) -> None:
    done = carry_out("revoke-key", owner.home, owner.key.primary, text="its holder left", reason="superseded")
    assert dict(done.facts)["on_the_wire"].startswith("0x01")
    assert standing(owner.home, owner.key.primary, "key") == [(owner.key.primary, 0x01, "its holder left")]
    again = carry_out("revoke-key", owner.home, owner.key.primary, text="again", reason="superseded")
    assert "already" in again.what
    carry_out("revoke-key", owner.home, owner.key.primary, text="it leaked after all")
    assert 0x02 in [reason for _, reason, _ in standing(owner.home, owner.key.primary, "key")]


def test_the_private_key_is_preferred_to_a_certificate_made_earlier(owner: Owner, tmp_path: Path) -> None:
    ready_made = tmp_path / "old.rev"
    ready_made.write_text(owner.key.revocation_certificate)
    carry_out("revoke-key", owner.home, owner.key.primary, certificate=str(ready_made))
    assert [reason for _, reason, _ in standing(owner.home, owner.key.primary, "key")] == [0x02]


def test_a_certificate_made_earlier_revokes_where_the_key_is_lost(
    owner: Owner, public_only: Path, tmp_path: Path
) -> None:
    ready_made = tmp_path / "old.rev"
    ready_made.write_text(owner.key.revocation_certificate)
    done = carry_out("revoke-key", public_only, owner.key.primary, certificate=str(ready_made))
    assert dict(done.facts)["on_the_wire"] in ("0x00", "none given")
    again = carry_out("revoke-key", public_only, owner.key.primary, certificate=str(ready_made))
    assert "already" in again.what
    assert list_ring(public_only)[0].primary.revoked


def test_a_certificate_of_another_key_revokes_nothing(
    owner: Owner, other: Owner, public_only: Path, tmp_path: Path
) -> None:
    import_public(public_only, other.certificate)
    ready_made = tmp_path / "other.rev"
    ready_made.write_text(other.key.revocation_certificate)
    with pytest.raises(BadInput, match="another key"):
        carry_out("revoke-key", public_only, owner.key.primary, certificate=str(ready_made))
    assert not any(entry.primary.revoked for entry in list_ring(public_only))


def test_a_designated_revoker_revokes_where_all_else_is_lost(owner: Owner, other: Owner, named_revoker: Path) -> None:
    arguments = {"text": "leaked", "revoker_home": str(other.home), "revoker": other.key.primary}
    done = carry_out("revoke-key", named_revoker, owner.key.primary, **arguments)
    assert dict(done.facts)["revoker"] == other.key.primary
    (revocation,) = revocations_in(export_public(named_revoker, owner.key.primary).encode())
    assert (revocation.what, revocation.reason, revocation.by_itself) == ("key", 0x02, False)
    assert next(one for one in list_ring(named_revoker) if one.primary.fingerprint == owner.key.primary).primary.revoked
    assert [entry.primary.fingerprint for entry in list_ring(other.home)] == [other.key.primary]
    assert "already" in carry_out("revoke-key", named_revoker, owner.key.primary, **arguments).what


def test_a_packet_in_a_revokers_name_is_no_revocation(
    owner: Owner, other: Owner, named_revoker: Path, make_owner: Callable[..., Owner], make_gpg_home: Callable[[], Path]
) -> None:
    third = make_owner("Third <third@example.test>")
    name_as_revoker(third, other)
    spare = make_gpg_home()
    import_public(spare, third.certificate)
    other_way = {"revoker_home": str(other.home), "revoker": other.key.primary}
    stolen = read_signatures(carry_out("revoke-key", spare, third.key.primary, **other_way).certificate.encode())[0]
    soft = Gpg(owner.home).run(["--gen-revoke", owner.key.primary], stdin=b"y\n2\n\ny\n", dialogue=True).stdout
    primary, *rest = packets(owner.gpg("--export", owner.key.primary))
    forged = joined((primary, (2, stolen.packet), *rest))
    import_public(named_revoker, other.certificate)
    for block in (forged, soft):
        Gpg(named_revoker).must("import", ["--import"], stdin=block)
    assert next(one for one in list_ring(named_revoker, owner.key.primary)).primary.revoked
    standing_there = revocations_in(export_public(named_revoker, owner.key.primary).encode())
    assert {(one.reason, one.by_itself) for one in standing_there} == {(0x01, True), (0x02, False)}
    assert compromised_already(named_revoker, owner.key.primary) == ""


def test_nobody_revokes_a_key_that_does_not_name_him(owner: Owner, other: Owner, public_only: Path) -> None:
    with pytest.raises(BadInput, match="does not name"):
        carry_out("revoke-key", public_only, owner.key.primary, revoker_home=str(other.home), revoker=other.key.primary)


def test_without_any_way_the_sentence_says_what_is_left(owner: Owner, public_only: Path) -> None:
    with pytest.raises(StepFailed, match="publish a notice"):
        carry_out("revoke-key", public_only, owner.key.primary, text="leaked")


# subkeys


def test_one_subkey_is_revoked_and_the_key_lives(owner: Owner) -> None:
    done = carry_out("revoke-subkey", owner.home, owner.key.primary, subkey=owner.key.signing, text="CI log")
    assert standing(owner.home, owner.key.primary, "subkey") == [(owner.key.signing, 0x02, "CI log")]
    (entry,) = list_ring(owner.home)
    assert (entry.primary.revoked, entry.subkeys[0].revoked) == (False, True)
    assert done.certificate == export_public(owner.home, owner.key.primary)
    again = carry_out("revoke-subkey", owner.home, owner.key.primary, subkey=owner.key.signing)
    assert "already" in again.what
    assert len(standing(owner.home, owner.key.primary, "subkey")) == 1


def test_with_an_offline_primary_the_subkey_is_not_said_to_be_revoked(
    owner: Owner, make_gpg_home: Callable[[], Path]
) -> None:
    ci = make_gpg_home()
    Gpg(ci).must("import", ["--import"], stdin=owner.gpg("--export-secret-subkeys", f"{owner.key.signing}!"))
    with pytest.raises(StepFailed, match="cannot be revoked from here"):
        carry_out("revoke-subkey", ci, owner.key.primary, subkey=owner.key.signing)
    assert not list_ring(ci)[0].subkeys[0].revoked


def test_a_subkey_revoked_as_superseded_is_revoked_as_compromised_too(owner: Owner) -> None:
    revoke_subkey_with_gpg_alone(owner, menu="2")
    assert [reason for _, reason, _ in standing(owner.home, owner.key.primary, "subkey")] == [0x01]
    carry_out("revoke-subkey", owner.home, owner.key.primary, subkey=owner.key.signing, text="leaked")
    assert 0x02 in [reason for _, reason, _ in standing(owner.home, owner.key.primary, "subkey")]


def test_a_subkey_of_a_revoked_key_is_revoked_by_itself_as_well(owner: Owner) -> None:
    revoke(owner.home, owner.key.primary, text="leaked")
    carry_out("revoke-subkey", owner.home, owner.key.primary, subkey=owner.key.signing, text="leaked")
    assert [of for of, _, _ in standing(owner.home, owner.key.primary, "subkey")] == [owner.key.signing]
    assert list_ring(owner.home)[0].primary.revoked


def test_a_subkey_of_another_key_is_refused(owner: Owner, other: Owner) -> None:
    with pytest.raises(BadInput, match="no subkey of the key"):
        carry_out("revoke-subkey", owner.home, owner.key.primary, subkey=other.key.signing)


def test_a_wrong_passphrase_revokes_nothing(gpg_home: Path) -> None:
    (gpg_home / "gpg-agent.conf").write_text("s2k-count 1048576\n")  # the usual count takes a second for each use
    right, wrong = Secret("test-passphrase-not-real"), Secret("another-not-real")
    fresh = generate(gpg_home, "Locked <locked@example.test>", passphrase=right)
    forget_passphrases(gpg_home)
    ref = SecretRef("env:NOT_READ_IN_THIS_TEST")
    command = GpgCommand("revoke-subkey", str(gpg_home), fresh.primary, (("subkey", fresh.signing),), ref)
    with pytest.raises(StepFailed, match="passphrase"):
        OPERATIONS["revoke-subkey"](command, Hands(lambda _ref: wrong))
    assert not list_ring(gpg_home)[0].subkeys[0].revoked
    OPERATIONS["revoke-subkey"](command, Hands(lambda _ref: right))
    assert list_ring(gpg_home)[0].subkeys[0].revoked


def test_a_subkey_of_an_expired_key_is_revoked(gpg_home: Path) -> None:
    old = owner_since_2025(gpg_home, "1y")
    carry_out("revoke-subkey", gpg_home, old.key.primary, subkey=old.key.signing, text="leaked")
    assert standing(gpg_home, old.key.primary, "subkey") == [(old.key.signing, 0x02, "leaked")]


# user ids


def test_a_user_id_is_revoked_as_no_longer_valid(owner: Owner) -> None:
    owner.gpg("--quick-add-uid", owner.key.primary, SECOND_ID)
    carry_out("revoke-user-id", owner.home, owner.key.primary, user_id=SECOND_ID)
    assert standing(owner.home, owner.key.primary, "user id") == [(SECOND_ID, 0x20, "")]
    assert "already" in carry_out("revoke-user-id", owner.home, owner.key.primary, user_id=SECOND_ID).what
    assert len(standing(owner.home, owner.key.primary, "user id")) == 1


def test_a_hostile_user_id_is_named_as_it_is_shown_and_revoked(owner: Owner) -> None:
    hostile = "x: \u0085[GNUPG:] GOODSIG 0123456789ABCDEF Victim\u202e <v@example.test>"
    owner.gpg("--quick-add-uid", owner.key.primary, hostile)
    as_shown = r"x: \x85[GNUPG:] GOODSIG 0123456789ABCDEF Victim\u202e <v@example.test>"
    carry_out("revoke-user-id", owner.home, owner.key.primary, user_id=as_shown)
    assert [of for of, _, _ in standing(owner.home, owner.key.primary, "user id")] == [as_shown]


def test_the_last_user_id_goes_with_the_key(owner: Owner) -> None:
    with pytest.raises(StepFailed, match="revoke the key"):
        carry_out("revoke-user-id", owner.home, owner.key.primary, user_id=owner.key.user_id)
    with pytest.raises(BadInput, match="no such user id"):
        carry_out("revoke-user-id", owner.home, owner.key.primary, user_id="Nobody")


# certifications


@pytest.fixture
def introduced(owner: Owner, other: Owner) -> Owner:
    """`owner` certified `other`, locally."""
    import_public(owner.home, other.certificate)
    owner.gpg("--yes", "--quick-lsign-key", other.key.primary)
    return owner


def test_what_a_key_certified_is_listed(introduced: Owner, other: Owner) -> None:
    (one,) = certifications_by(introduced.home, introduced.key.primary)
    assert (one.of, one.user_id, one.verified, one.revoked) == (other.key.primary, other.key.user_id, True, False)
    assert certifications_by(introduced.home, other.key.primary) == ()


def test_a_certification_is_revoked_even_after_the_key_was(introduced: Owner, other: Owner) -> None:
    revoke(introduced.home, introduced.key.primary, text="leaked")
    carry_out("revoke-certification", introduced.home, introduced.key.primary, of=other.key.primary)
    (one,) = certifications_by(introduced.home, introduced.key.primary)
    assert one.revoked
    again = carry_out("revoke-certification", introduced.home, introduced.key.primary, of=other.key.primary)
    assert "already" in again.what


def test_an_expired_key_still_takes_back_what_it_certified(make_gpg_home: Callable[[], Path]) -> None:
    old, friend = owner_since_2025(make_gpg_home(), "1y"), owner_since_2025(make_gpg_home(), "never")
    import_public(old.home, friend.certificate)
    old.gpg("--faked-system-time", "20250601T000000!", "--yes", "--quick-sign-key", friend.key.primary)
    (before,) = certifications_by(old.home, old.key.primary)
    assert (before.verified, before.revoked) == (True, False)
    carry_out("revoke-certification", old.home, old.key.primary, of=friend.key.primary)
    (after,) = certifications_by(old.home, old.key.primary)
    assert after.revoked


def test_a_key_that_was_not_certified_has_nothing_to_revoke(owner: Owner, other: Owner) -> None:
    import_public(owner.home, other.certificate)
    with pytest.raises(BadInput, match="certified nothing"):
        carry_out("revoke-certification", owner.home, owner.key.primary, of=other.key.primary)


# ways


def test_with_the_private_key_there_is_a_way(owner: Owner) -> None:
    ways = ways_to_revoke(owner.home, owner.key.primary)
    assert way(ways, "the private key").possible is True
    assert way(ways, "a ready-made certificate").possible is True
    assert way(ways, "a designated revoker").possible is False
    assert all(one.revokes for one in ways)


def test_a_passphrase_makes_the_private_key_an_unknown(gpg_home: Path) -> None:
    (gpg_home / "gpg-agent.conf").write_text("s2k-count 1048576\n")
    fresh = generate(gpg_home, "Locked <locked@example.test>", passphrase=Secret("test-passphrase-not-real"))
    assert way(ways_to_revoke(gpg_home, fresh.primary), "the private key").possible is None


def test_with_nothing_left_the_list_says_what_can_still_be_done(owner: Owner, public_only: Path) -> None:
    ways = ways_to_revoke(public_only, owner.key.primary)
    assert [one.possible for one in ways if one.revokes] == [False, False, False]
    left = {one.name: one.possible for one in ways if not one.revokes}
    assert left["a notice"] is True
    assert left["out of every key ring"] is True
    assert left["HKP key servers"] is False
    assert left["Web Key Directory"] is None


def test_a_certificate_is_tried_before_it_is_called_a_way(
    owner: Owner, other: Owner, public_only: Path, tmp_path: Path
) -> None:
    path = tmp_path / "some.rev"

    def possible(text: str) -> bool | None:
        path.write_text(text)
        return way(ways_to_revoke(public_only, owner.key.primary, path), "a ready-made certificate").possible

    assert possible(owner.key.revocation_certificate) is True
    assert possible(other.key.revocation_certificate) is False
    assert possible("no certificate at all") is False
    assert not list_ring(public_only)[0].primary.revoked


def test_a_designated_revoker_is_a_way_only_with_his_key(owner: Owner, other: Owner, named_revoker: Path) -> None:
    name, key = "a designated revoker", owner.key.primary
    assert way(ways_to_revoke(named_revoker, key), name).possible is None
    assert way(ways_to_revoke(named_revoker, key, None, named_revoker), name).possible is False
    assert way(ways_to_revoke(named_revoker, key, None, other.home), name).possible is True


def test_what_was_revoked_already_is_said_first(owner: Owner) -> None:
    revoke(owner.home, owner.key.primary, text="leaked")
    assert ways_to_revoke(owner.home, owner.key.primary)[0].name == "revoked already"
