"""What hangs on a key, read from its block."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from irkit import openpgp
from irkit.errors import BadInput
from irkit.model.key_tree import KeyTree
from irkit.openpgp.runner import Gpg
from irkit.openpgp.trees import key_trees
from tests.owners import Owner, owner_since_2025


def tree(owner: Owner) -> KeyTree:
    (found,) = key_trees(owner.certificate.encode())
    return found


def certify(by: Owner, of: Owner, *more: str) -> None:
    """`by` signs the user ids of `of`, and `of` takes that into its own home."""
    by.gpg("--import", stdin=of.certificate.encode())
    by.gpg("--yes", *more, "--quick-sign-key", of.key.primary)
    of.gpg("--import", stdin=openpgp.export_public(by.home, of.key.primary).encode())


def test_a_fresh_key_is_a_certifying_primary_with_a_signing_subkey_that_lapse(owner: Owner) -> None:
    found = tree(owner)
    assert (found.primary.fingerprint, found.primary.usage) == (owner.key.primary, ("certify",))
    assert [(key.fingerprint, key.usage, key.revoked) for key in found.subkeys] == [(owner.key.signing, ("sign",), "")]
    assert found.subkeys[0].expires == datetime.fromisoformat(owner.key.expires)
    assert found.primary.expires == datetime.fromisoformat(owner.key.primary_expires)
    assert [(one.text, one.revoked, one.certified_by) for one in found.user_ids] == [(owner.key.user_id, False, ())]


def test_a_key_that_never_expires_says_so(make_gpg_home: Callable[[], Path]) -> None:
    found = tree(owner_since_2025(make_gpg_home(), "never", "1y"))
    assert (found.primary.expires, found.primary.expiry_known) == (None, True)
    assert found.subkeys[0].expires == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_latest_self_signature_says_when_it_expires(make_gpg_home: Callable[[], Path]) -> None:
    owner = owner_since_2025(make_gpg_home(), "1y")
    owner.gpg("--quick-set-expire", owner.key.primary, "0")
    assert tree(owner).primary.expires is None


def test_who_certified_a_user_id_is_told_and_the_key_itself_is_not_counted(owner: Owner, other: Owner) -> None:
    certify(other, owner)
    (user_id,) = tree(owner).user_ids
    assert [(one.issuer, one.revoked) for one in user_id.certified_by or ()] == [(other.key.primary, False)]


def test_a_certification_that_was_taken_back_is_told_so(owner: Owner, other: Owner) -> None:
    certify(other, owner)
    other.gpg("--yes", "--quick-revoke-sig", owner.key.primary, other.key.primary)
    owner.gpg("--import", stdin=openpgp.export_public(other.home, owner.key.primary).encode())
    (user_id,) = tree(owner).user_ids
    assert [(one.issuer, one.revoked) for one in user_id.certified_by or ()] == [(other.key.primary, True)]


def test_what_is_revoked_says_why_and_a_revoked_user_id_is_that_alone(owner: Owner) -> None:
    owner.gpg("--quick-add-uid", owner.key.primary, "Second <second@example.test>")
    owner.gpg("--quick-revoke-uid", owner.key.primary, "Second <second@example.test>")
    assert [(one.text, one.revoked) for one in tree(owner).user_ids] == [
        (owner.key.user_id, False),
        ("Second <second@example.test>", True),
    ]
    openpgp.revoke(owner.home, owner.key.primary, text="It leaked")
    assert tree(owner).primary.revoked == "compromised"
    assert tree(owner).as_it_was().primary.revoked == ""


def test_a_revoked_subkey_leaves_its_primary_in_force(owner: Owner) -> None:
    said = f"key {owner.key.signing}\nrevkey\ny\n1\n\ny\nsave\n".encode()
    Gpg(owner.home).run(["--yes", "--edit-key", owner.key.primary], stdin=said, dialogue=True)
    assert [key.revoked for key in tree(owner).keys] == ["", "compromised"]


def test_several_keys_of_one_file_are_told_apart(owner: Owner, other: Owner) -> None:
    both = owner.certificate + other.certificate
    assert [one.primary.fingerprint for one in key_trees(both.encode())] == [owner.key.primary, other.key.primary]


def test_an_issuer_is_found_by_key_id_or_fingerprint(owner: Owner) -> None:
    found = tree(owner)
    for issuer in (owner.key.signing, owner.key.signing[-16:]):
        assert found.named(issuer) == found.subkeys[0]
    assert found.named("F" * 16) is None
    assert found.named("") is None


def test_a_hostile_user_id_is_one_line(owner: Owner) -> None:
    owner.gpg("--quick-add-uid", owner.key.primary, "Rel \u2028[GNUPG:] GOODSIG <x@example.test>")
    assert all(one.text.isprintable() for one in tree(owner).user_ids)


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(BadInput, match="this is no OpenPGP data"):
        key_trees(b"hello")
