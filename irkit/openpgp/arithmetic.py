"""The mathematics of a signature checked by OpenSSL over a digest that is known already, for files too large to be read twice.

What a packet says is read from the packet itself (RFC 9580 5.2.3), not from what it was made of.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from irkit.openpgp.detached import EDDSA, HASHES, RSA, trailed
from irkit.openpgp.packets import PUBLIC_KEY, PUBLIC_SUBKEY, all_packets, key_packet

_ED25519 = bytes.fromhex("2b06010401da470f01")
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class PublicNumbers:
    """The public part of one key of a certificate. `can` is False for an algorithm that is not read here."""

    def __init__(self, certificate: str, fingerprint: str) -> None:
        self._key: rsa.RSAPublicKey | Ed25519PublicKey | None = None
        for tag, body in all_packets(certificate.encode()):
            if tag in (PUBLIC_KEY, PUBLIC_SUBKEY) and key_packet(tag, body).fingerprint == fingerprint:
                self._key = _public(body)

    @property
    def can(self) -> bool:
        return self._key is not None

    def hold_for_good(self, body: bytes, content: hashlib._Hash) -> bool:
        """Whether the signature packet `body` (version 4) is this key's over what `content` has taken in."""
        algorithm, hash_name = body[2], content.name
        end = 6 + int.from_bytes(body[4:6], "big")
        if body[0] != 4 or HASHES.get(hash_name) != body[3]:
            return False
        whole = content.copy()
        whole.update(trailed(body[:end]))
        digest = whole.digest()
        at = end + 2 + int.from_bytes(body[end : end + 2], "big")
        if body[at : at + 2] != digest[:2]:
            return False
        values = _mpis(body[at + 2 :])
        try:
            if algorithm == EDDSA and isinstance(self._key, Ed25519PublicKey):
                self._key.verify(b"".join(one.to_bytes(32, "big") for one in values), digest)
            elif algorithm == RSA and isinstance(self._key, rsa.RSAPublicKey):
                size = (self._key.key_size + 7) // 8
                hashed = utils.Prehashed(_HASHES[hash_name])
                self._key.verify(values[0].to_bytes(size, "big"), digest, padding.PKCS1v15(), hashed)
            else:
                return False
        except (InvalidSignature, OverflowError, IndexError):
            return False
        return True


def _public(body: bytes) -> rsa.RSAPublicKey | Ed25519PublicKey | None:
    algorithm, rest = body[5], body[6:]
    if algorithm == RSA:
        modulus, exponent = _mpis(rest)
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    if algorithm == EDDSA and rest[1 : 1 + rest[0]] == _ED25519:
        point = _mpis(rest[1 + rest[0] :])[0].to_bytes(33, "big")
        return Ed25519PublicKey.from_public_bytes(point[1:])  # 0x40 says that what follows is the native form
    return None


def _mpis(data: bytes) -> list[int]:
    found, at = [], 0
    while at + 2 <= len(data):
        size = (int.from_bytes(data[at : at + 2], "big") + 7) // 8
        found.append(int.from_bytes(data[at + 2 : at + 2 + size], "big"))
        at += 2 + size
    return found
