"""How long a leaked secret part stays secret is told by its lock, and what is not understood is unknown."""

from __future__ import annotations

import pytest

from irkit.model import OpenPgpSubkey
from irkit.resign.strength import Strength, grade, worst

LOCKED = "protected"


@pytest.mark.parametrize(
    ("secret", "protection", "strength"),
    [
        ("cleartext", "", Strength.NOW),
        (LOCKED, "unsalted single MD5, IDEA", Strength.NOW),
        (LOCKED, "unsalted single SHA1, CAST5", Strength.NOW),
        (LOCKED, "salted single SHA256, AES-256", Strength.NOW),
        (LOCKED, "iterated and salted SHA1, 65536 bytes hashed, CAST5", Strength.NOW),
        (LOCKED, "iterated and salted SHA1, 64999999 bytes hashed, AES-128", Strength.NOW),
        (LOCKED, "iterated and salted SHA1, 65011712 bytes hashed, AES-128", Strength.CLOCK),
        (LOCKED, "iterated and salted SHA256, 65011712 bytes hashed, AES-256 OCB", Strength.CLOCK),
        (LOCKED, "iterated and salted SHA1, an unknown number of bytes hashed, AES-128", Strength.UNKNOWN),
        (LOCKED, "Argon2, 3 passes, 4 lanes, 2^16 KiB, AES-256 OCB", Strength.CLOCK),
        (LOCKED, "Argon2, 1 passes, 4 lanes, 2^21 KiB, AES-256 OCB", Strength.CLOCK),
        (LOCKED, "Argon2, 1 passes, 1 lanes, 2^10 KiB, AES-256 OCB", Strength.NOW),
        (LOCKED, "mode openpgp-s9", Strength.UNKNOWN),
        (LOCKED, "", Strength.UNKNOWN),
        ("stub", "on a smart card", Strength.NOT_IN),
        ("stub", "secret part left out", Strength.NOT_IN),
        ("absent", "", Strength.NOT_IN),
        ("a state of tomorrow", "", Strength.UNKNOWN),
    ],
)
def test_the_lock_decides(secret: str, protection: str, strength: Strength) -> None:
    assert grade(secret, protection).strength is strength


@pytest.mark.parametrize(
    ("protection", "says"),
    [
        ("iterated and salted SHA1, 65011712 bytes hashed, AES-128 OCB", "AEAD does not slow"),
        ("iterated and salted SHA1, 65536 bytes hashed, CAST5", "65,536"),
        ("salted single SHA1, CAST5", "with a salt"),
    ],
)
def test_the_reason_is_in_words(protection: str, says: str) -> None:
    assert says in grade(LOCKED, protection).why


def test_a_smart_card_is_told_from_a_part_left_out() -> None:
    assert "smart card" in grade("stub", "on a smart card").why
    assert "left out" in grade("stub", "secret part left out").why


@pytest.mark.parametrize(
    ("states", "strength"),
    [
        (("stub", "cleartext"), Strength.NOW),
        (("absent", "absent"), Strength.NOT_IN),
        (("absent", "a state of tomorrow"), Strength.UNKNOWN),
        ((), Strength.UNKNOWN),
    ],
)
def test_one_part_in_the_open_decides_for_the_key(states: tuple[str, ...], strength: Strength) -> None:
    packets = [OpenPgpSubkey("A" * 40, "Ed25519", "2025-01-01T00:00:00Z", state) for state in states]
    assert worst(packets).strength is strength
