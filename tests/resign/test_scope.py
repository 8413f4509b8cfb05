"""The whole key is revoked, unless it is known that only subkeys leaked."""

from __future__ import annotations

import pytest

from irkit.model import OpenPgpKey, OpenPgpSubkey, SecretRef
from irkit.resign.scope import scope_of

PRIMARY, SIGNING, READING = "A" * 40, "B" * 40, "C" * 40


def packet(name: str, secret: str, usage: tuple[str, ...] | None = ("sign",), protection: str = "") -> OpenPgpSubkey:
    return OpenPgpSubkey(name, "Ed25519", "2025-01-01T00:00:00Z", secret, name == PRIMARY, usage, protection)


def key(*packets: OpenPgpSubkey) -> OpenPgpKey:
    return OpenPgpKey(SecretRef("file:leaked.asc"), PRIMARY, None, (), packets)


@pytest.mark.parametrize("secret", ["cleartext", "protected"])
def test_a_leaked_primary_takes_the_whole_key_with_it(secret: str) -> None:
    scope = scope_of(key(packet(PRIMARY, secret), packet(SIGNING, "absent")))
    assert (scope.whole, scope.subkeys) == (True, ())
    assert "primary's secret part leaked" in scope.why[0]


@pytest.mark.parametrize("state", ["stub", "absent"])
def test_only_the_leaked_subkeys_are_revoked_where_the_primary_was_left_out(state: str) -> None:
    scope = scope_of(key(packet(PRIMARY, state), packet(SIGNING, "cleartext"), packet(READING, "absent")))
    assert (scope.whole, scope.subkeys) == (False, (SIGNING,))
    assert "revoking them is enough" in scope.why[0]


def test_a_primary_on_a_smart_card_did_not_leak() -> None:
    scope = scope_of(key(packet(PRIMARY, "stub", protection="on a smart card"), packet(SIGNING, "protected")))
    assert scope.subkeys == (SIGNING,)
    assert "smart card" in scope.why[0]


@pytest.mark.parametrize(
    "unknown",
    [
        key(),
        key(packet(PRIMARY, "absent"), packet(SIGNING, "absent")),
        key(packet(PRIMARY, "unreadable"), packet(SIGNING, "cleartext")),
        key(packet(SIGNING, "cleartext")),
    ],
    ids=["a fingerprint alone", "no secret part", "an unread primary", "no primary"],
)
def test_what_is_not_known_is_taken_for_the_worst(unknown: OpenPgpKey) -> None:
    scope = scope_of(unknown)
    assert scope.whole
    assert "know" in scope.why[0] or "cannot be read" in scope.why[0]


def test_a_subkey_that_may_certify_takes_the_whole_key_with_it() -> None:
    assert scope_of(key(packet(PRIMARY, "stub"), packet(SIGNING, "cleartext", ("certify", "sign")))).whole


@pytest.mark.parametrize(
    ("usage", "says"),
    [(("encrypt",), "can be read"), (("authenticate",), "authorized_keys"), (None, "not known")],
)
def test_what_revoking_a_subkey_does_not_undo_is_said(usage: tuple[str, ...] | None, says: str) -> None:
    assert says in " ".join(scope_of(key(packet(PRIMARY, "stub"), packet(READING, "cleartext", usage))).why)
