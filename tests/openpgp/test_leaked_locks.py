"""How a secret part is locked is read from every form in which GnuPG and RFC 9580 write it, and graded."""

from __future__ import annotations

import pytest

from irkit.model import SecretRef
from irkit.openpgp.leaked import leaked
from irkit.resign.strength import grade

REF = SecretRef("file:found.txt")

RSA = "(3:rsa(1:n4:\x00\xaa\xbb\xcc)(1:e3:\x01\x00\x01)"
AGENT_FILES = {
    "in the open": (f"(11:private-key{RSA}(1:d2:hi)))", "cleartext", ""),
    "on a card": (f"(20:shadowed-private-key{RSA}(8:shadowed5:t1-v1(4:card9:OPENPGP.1))))", "stub", "on a smart card"),
    "locked, count in full": (
        f"(21:protected-private-key{RSA}(9:protected25:openpgp-s2k3-sha1-aes-cbc((4:sha18:saltsalt8:65011712)2:iv)2:xx)))",
        "protected", "iterated and salted SHA1, 65011712 bytes hashed, AES-128",
    ),
    "locked, count as an octet": (
        f"(21:protected-private-key{RSA}(9:protected25:openpgp-s2k3-sha1-aes-cbc((4:sha18:saltsalt2:96)2:iv)2:xx)))",
        "protected", "iterated and salted SHA1, 65536 bytes hashed, AES-128",
    ),
    "locked as in OpenPGP": (
        'Key: (protected-private-key (rsa (n #00AABBCC#)(e #010001#)(protected openpgp-native (openpgp-private-key (version 4)'
        "\n  (algo rsa)(skey _ #00AABBCC# _ #010001# e #99#)(protection sha1 aes #AABB# 3 sha1 #2596F93E85F41E53# 3:190)))))\n",
        "protected", "iterated and salted SHA1, 3932160 bytes hashed, AES",
    ),
    "locked with one hash": (
        "Key: (protected-private-key (rsa (n #00AABBCC#)(e #010001#)(protected openpgp-native (openpgp-private-key (version 4)"
        "(algo rsa)(skey _ #00AABBCC#)(protection sum cast5 #AABB# 1 sha1 #2596# 0)))))",
        "protected", "salted single SHA1, CAST5, checked by a 16-bit sum only",
    ),
    "locked in a way of tomorrow": (
        f"(21:protected-private-key{RSA}(9:protected9:openpgp-92:xx)))", "protected", "mode openpgp-9",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", AGENT_FILES)
def test_each_form_of_the_agents_files_is_read(name: str) -> None:
    text, secret, protection = AGENT_FILES[name]
    (one,) = leaked(text.encode("latin-1"), REF).loose
    assert (one.secret, one.protection) == (secret, protection)


def test_a_card_alone_is_no_leak() -> None:
    assert leaked(AGENT_FILES["on a card"][0].encode("latin-1"), REF).public_only


ED25519 = b"\x04\x60\x00\x00\x00\x1b" + bytes(range(32))  # a version 4 key, RFC 9580 5.5.5.9
ARGON2 = b"\x04" + bytes(16) + b"\x03\x04\x10"
SALT = bytes(8)
LOCKS = {
    "AEAD and Argon2": (
        b"\xfd\x09\x02" + ARGON2 + bytes(15 + 48),
        "Argon2, 3 passes, 4 lanes, 2^16 KiB, AES-256 OCB", "compromised-on-a-clock",
    ),
    "AEAD and many hashes": (
        b"\xfd\x09\x03\x03\x08" + SALT + b"\xff" + bytes(12 + 48),
        "iterated and salted SHA256, 65011712 bytes hashed, AES-256 GCM", "compromised-on-a-clock",
    ),
    "few hashes": (
        b"\xfe\x07\x03\x02" + SALT + b"\x60" + bytes(16 + 52),
        "iterated and salted SHA1, 65536 bytes hashed, AES-128", "compromised-now",
    ),
    "one salted hash": (
        b"\xff\x03\x01\x02" + SALT + bytes(8 + 34),
        "salted single SHA1, CAST5, checked by a 16-bit sum only", "compromised-now",
    ),
    "one hash": (b"\xfe\x09\x00\x08" + bytes(16 + 52), "unsalted single SHA256, AES-256", "compromised-now"),
    "a smart card": (b"\xff\x00\x65\x00GNU\x02\x10" + bytes(16), "on a smart card", "not-in-it"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOCKS)
def test_each_lock_of_rfc_9580_is_told_and_graded(name: str) -> None:
    secret, protection, strength = LOCKS[name]
    body = ED25519 + secret
    (one,) = leaked(b"\xc5\xff" + len(body).to_bytes(4, "big") + body, REF).keys
    (packet,) = one.key.keys
    assert packet.protection == protection
    assert grade(packet.secret, packet.protection).strength.value == strength
