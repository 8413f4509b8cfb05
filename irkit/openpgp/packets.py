"""OpenPGP packets as they stand on the wire, read without importing anything. Pure.

RFC 9580: packet framing (4.2), keys (5.5), S2K (3.7), signatures and their subpackets (5.2); GNU extensions to S2K
(stubs and smart cards) as in GnuPG's doc/DETAILS. Nothing is verified here: flags and dates are what the packets
claim, and whoever wrote them chose them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from irkit.errors import BadInput
from irkit.openpgp.armor import blocks

SIGNATURE, SECRET_KEY, PUBLIC_KEY, SECRET_SUBKEY, USER_ID, PUBLIC_SUBKEY = 2, 5, 6, 7, 13, 14
ONE_PASS, COMPRESSED, LITERAL = 4, 8, 11
KEY_TAGS = frozenset({SECRET_KEY, PUBLIC_KEY, SECRET_SUBKEY, PUBLIC_SUBKEY})

ALGORITHMS = {
    1: "RSA", 2: "RSA", 3: "RSA", 16: "Elgamal", 17: "DSA", 18: "ECDH", 19: "ECDSA", 20: "Elgamal", 22: "EdDSA",
    25: "X25519", 26: "X448", 27: "Ed25519", 28: "Ed448",
}  # fmt: skip
CURVES = {
    "2b06010401da470f01": "Ed25519", "2b060104019755010501": "Curve25519", "2a8648ce3d030107": "NIST P-256",
    "2b81040022": "NIST P-384", "2b81040023": "NIST P-521", "2b8104000a": "secp256k1",
    "2b2403030208010107": "brainpoolP256r1", "2b240303020801010b": "brainpoolP384r1",
    "2b240303020801010d": "brainpoolP512r1",
}  # fmt: skip
HASHES = {
    1: "MD5", 2: "SHA1", 3: "RIPEMD160", 8: "SHA256", 9: "SHA384", 10: "SHA512", 11: "SHA224",
    12: "SHA3-256", 14: "SHA3-512",
}  # fmt: skip
CIPHERS = {
    1: "IDEA", 2: "TripleDES", 3: "CAST5", 4: "Blowfish", 7: "AES-128", 8: "AES-192", 9: "AES-256", 10: "Twofish",
    11: "Camellia-128", 12: "Camellia-192", 13: "Camellia-256",
}  # fmt: skip
AEADS = {1: "EAX", 2: "OCB", 3: "GCM"}
BLOCK_BYTES = {1: 8, 2: 8, 3: 8, 4: 8}  # every other cipher has 16
FLAGS = ((0x01, "certify"), (0x02, "sign"), (0x0C, "encrypt"), (0x20, "authenticate"))
_PUBLIC_NUMBERS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4, 20: 3}
_SECRET_NUMBERS = {1: 4, 2: 4, 3: 4}
_FIXED = {25: (32, 32), 26: (56, 56), 27: (32, 32), 28: (57, 57)}  # public and secret bytes, RFC 9580 5.5.5


@dataclass(frozen=True)
class KeyPacket:
    """One key packet. `secret` is "absent", "cleartext", "protected" or "stub"; `material` is never shown."""

    fingerprint: str
    version: int
    created: datetime
    algorithm: str
    primary: bool
    secret: str
    protection: str
    material: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"<key packet {self.fingerprint}, secret {self.secret}>"


@dataclass(frozen=True)
class SignatureInfo:
    """One signature packet, unverified.

    `issuer` is a fingerprint (40 or 64 digits) or a long key id (16), "" when the packet names none; `created` is UTC
    and was chosen by the signer, None when absent; `kind` is the class (0x00 data, 0x20 key revocation, ...);
    `reason` is the revocation reason on the wire (2: compromised), None when there is none.
    """

    issuer: str
    created: datetime | None
    hash_algorithm: str
    kind: int
    reason: int | None = None
    usage: tuple[str, ...] | None = None
    packet: bytes = b""

    def made_by(self, fingerprint: str) -> bool:
        """Whether the packet names this key as its issuer (a v4 key id is the end of its fingerprint, a v6 one its start)."""
        if not self.issuer:
            return False
        return fingerprint.endswith(self.issuer) if len(fingerprint) == 40 else fingerprint.startswith(self.issuer)


def packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, body) of every packet of a binary block. BadInput at the first that is cut off or is none."""
    read = _Reader(data)
    while read.left:
        first = read.byte()
        if not first & 0x80:
            raise _broken("a packet does not begin where one should")
        if first & 0x40:
            yield first & 0x3F, _new_body(read)
        else:
            kind = first & 3
            size = read.left if kind == 3 else read.number(1 << kind)
            yield (first >> 2) & 0xF, read.take(size)


def _new_body(read: _Reader) -> bytes:
    """The body after a header of the new format; partial lengths (4.2.1.4) are joined."""
    body = b""
    while True:
        one = read.byte()
        if one < 192:
            return body + read.take(one)
        if one < 224:
            return body + read.take(((one - 192) << 8) + read.byte() + 192)
        if one == 255:
            return body + read.take(read.number(4))
        body += read.take(1 << (one & 0x1F))


def framed(tag: int, body: bytes) -> bytes:
    """A packet with a header of the new format and a length of five bytes (4.2.1)."""
    return bytes((0xC0 | tag, 0xFF)) + len(body).to_bytes(4, "big") + body


def joined(found: Iterable[tuple[int, bytes]]) -> bytes:
    """Packets as one binary block."""
    return b"".join(framed(tag, body) for tag, body in found)


def all_packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Packets of every block in `data`, whatever it was wrapped in. BadInput when there is no block at all."""
    found = blocks(data)
    if not found:
        raise BadInput(
            "this is no OpenPGP data",
            on=f"{len(data)} bytes, not shown",
            do="give armor, binary packets, or base64 of either",
        )
    for _label, block in found:
        yield from packets(block)


def key_packet(tag: int, body: bytes) -> KeyPacket:
    """A packet of tag 5, 6, 7 or 14. BadInput for versions before 4 and for algorithms whose numbers cannot be told apart."""
    read = _Reader(body)
    version = read.byte()
    if version not in (4, 5, 6):
        raise BadInput(
            "a key of a version that is not read", on=f"version {version}", do="inspect it with gpg --list-packets"
        )
    created = datetime.fromtimestamp(read.number(4), UTC)
    algorithm = read.byte()
    is_secret = tag in (SECRET_KEY, SECRET_SUBKEY)
    end = 10 + read.number(4) if version > 4 else 0
    name = _public_numbers(read, algorithm) if is_secret or algorithm in ALGORITHMS else f"algorithm {algorithm}"
    public = body[: end or read.at] if is_secret else body
    if end:
        read.at = min(end, len(body))
    state, protection, material = _secret(read, version, algorithm) if is_secret else ("absent", "", ())
    primary = tag in (SECRET_KEY, PUBLIC_KEY)
    return KeyPacket(_fingerprint(version, public), version, created, name, primary, state, protection, material)


def _fingerprint(version: int, public: bytes) -> str:
    """RFC 9580 5.5.4 for v4 and v6; v5 as in LibrePGP."""
    size = len(public)
    if version == 4 and size > 0xFFFF:
        raise _broken("a key of version 4 has at most 65535 bytes")
    if version == 4:
        return hashlib.sha1(b"\x99" + size.to_bytes(2, "big") + public, usedforsecurity=False).hexdigest().upper()
    mark = b"\x9b" if version == 6 else b"\x9a"
    return hashlib.sha256(mark + size.to_bytes(4, "big") + public).hexdigest().upper()


def _public_numbers(read: _Reader, algorithm: int) -> str:
    """Pass over the public part and name the algorithm with its size or curve."""
    name = ALGORITHMS.get(algorithm, "")
    if algorithm in _PUBLIC_NUMBERS:
        bits = [read.mpi()[0] for _ in range(_PUBLIC_NUMBERS[algorithm])]
        return f"{name} {bits[0]}"
    if algorithm in (18, 19, 22):
        curve = read.take(read.byte()).hex()
        read.mpi()
        if algorithm == 18:
            read.take(read.byte())
        return f"{name} {CURVES.get(curve, 'on an unknown curve')}"
    if algorithm in _FIXED:
        read.take(_FIXED[algorithm][0])
        return name
    raise BadInput(
        "a key of an algorithm that is not read", on=f"algorithm {algorithm}", do="inspect it with gpg --list-packets"
    )


def _secret(read: _Reader, version: int, algorithm: int) -> tuple[str, str, tuple[bytes, ...]]:
    """State, protection in words, and the material by which a copy is recognised."""
    usage = read.byte()
    if usage == 0:
        if version == 5:
            read.number(4)
        return "cleartext", "", _secret_numbers(read, algorithm)
    if version > 4:
        read.byte()  # how long the next fields are together; they are read one by one
    if usage not in (253, 254, 255):  # the octet is the cipher itself: passphrase hashed once with MD5
        read.take(BLOCK_BYTES.get(usage, 16))
        return "protected", f"unsalted single MD5, {CIPHERS.get(usage, f'cipher {usage}')}", (read.rest(),)
    cipher = read.byte()
    aead = read.byte() if usage == 253 else 0
    if version == 6:
        read.byte()
    kind, strength = _s2k(read)
    if kind == "stub":
        return "stub", strength, ()
    read.take({0: BLOCK_BYTES.get(cipher, 16), 1: 16, 2: 15, 3: 12}.get(aead, 16))
    if version == 5:
        read.number(4)
    check = "" if usage != 255 else ", checked by a 16-bit sum only"
    mode = f" {AEADS.get(aead, f'AEAD {aead}')}" if usage == 253 else ""
    return "protected", f"{strength}, {CIPHERS.get(cipher, f'cipher {cipher}')}{mode}{check}", (read.rest(),)


def _s2k(read: _Reader) -> tuple[str, str]:
    """How a passphrase becomes a key: the whole strength of a protected secret key."""
    kind = read.byte()
    if kind == 4:
        read.take(16)
        passes, lanes, memory = read.byte(), read.byte(), read.byte()
        return "argon2", f"Argon2, {passes} passes, {lanes} lanes, 2^{memory} KiB"
    digest = read.byte()
    name = HASHES.get(digest, f"hash {digest}")
    if kind == 0:
        return "simple", f"unsalted single {name}"
    if kind == 1:
        read.take(8)
        return "salted", f"salted single {name}"
    if kind == 3:
        read.take(8)
        coded = read.byte()
        return "iterated", f"iterated and salted {name}, {(16 + (coded & 15)) << ((coded >> 4) + 6)} bytes hashed"
    if kind == 101 and read.take(3) == b"GNU":
        return "stub", "on a smart card" if read.byte() == 2 else "secret part left out"
    raise BadInput(
        "a private key protected in a way that is not read", on=f"S2K {kind}", do="inspect it with gpg --list-packets"
    )


def _secret_numbers(read: _Reader, algorithm: int) -> tuple[bytes, ...]:
    if algorithm in _FIXED:
        return (read.take(_FIXED[algorithm][1]),)
    values = [read.mpi()[1] for _ in range(_SECRET_NUMBERS.get(algorithm, 1))]
    return tuple(value for value in values if len(value) >= 16)


def signature_packet(body: bytes) -> SignatureInfo:
    """A packet of tag 2, versions 3 to 6. Subpackets that are hashed win over those that are not."""
    read = _Reader(body)
    version = read.byte()
    if version == 3:
        read.byte()
        kind, created, issuer = read.byte(), read.number(4), read.take(8).hex().upper()
        read.byte()
        return SignatureInfo(issuer, _when(created), _hash(read.byte()), kind, packet=body)
    if version not in (4, 5, 6):
        raise BadInput("a signature of a version that is not read", on=f"version {version}")
    kind, _key_algorithm, digest = read.byte(), read.byte(), read.byte()
    size = 4 if version == 6 else 2
    hashed = dict(_subpackets(read.take(read.number(size))))
    claimed = dict(_subpackets(read.take(read.number(size)))) | hashed
    issuer = claimed[33][1:].hex() if 33 in claimed else claimed.get(16, b"").hex()
    made, flags, reason = hashed.get(2), hashed.get(27), hashed.get(29)
    return SignatureInfo(
        issuer.upper(),
        _when(int.from_bytes(made, "big")) if made and len(made) == 4 else None,
        _hash(digest),
        kind,
        reason[0] if reason else None,
        tuple(word for bits, word in FLAGS if flags[0] & bits) if flags else None,
        body,
    )


def hashed_subpackets(body: bytes) -> tuple[tuple[int, bytes], ...]:
    """(type, body) of the subpackets that a signature packet of version 4 to 6 covers, in order; a type may repeat. Empty for version 3."""
    read = _Reader(body)
    version = read.byte()
    if version not in (4, 5, 6):
        return ()
    read.take(3)
    return tuple(_subpackets(read.take(read.number(4 if version == 6 else 2))))


def _subpackets(area: bytes) -> Iterator[tuple[int, bytes]]:
    read = _Reader(area)
    while read.left:
        size = read.byte()
        if size == 255:
            size = read.number(4)
        elif size >= 192:
            size = ((size - 192) << 8) + read.byte() + 192
        body = read.take(size)
        if body:
            yield body[0] & 0x7F, body[1:]


def _when(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _hash(number: int) -> str:
    return HASHES.get(number, f"hash {number}")


class _Reader:
    """Takes bytes from the front; BadInput instead of reading past the end."""

    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    @property
    def left(self) -> int:
        return len(self._data) - self.at

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise _broken(f"{size - self.left} bytes are missing")
        self.at += size
        return self._data[self.at - size : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def mpi(self) -> tuple[int, bytes]:
        bits = self.number(2)
        return bits, self.take((bits + 7) // 8)

    def rest(self) -> bytes:
        return self.take(self.left)


def _broken(why: str) -> BadInput:
    return BadInput(
        "OpenPGP data is cut off or damaged", why=why, do="get the whole block, from its first line to its last"
    )
