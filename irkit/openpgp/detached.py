"""Detached signature packets, version 4, put together around a digest that somebody else signs. Pure.

RFC 9580: the packet (5.2.3), what is hashed (5.2.4), subpackets (5.2.3.7). EdDSA stands in its older
form (algorithm 22), as GnuPG 2.2 makes keys and as every reader knows it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from irkit.errors import BadInput, StepFailed

DOCUMENT, TEXT = 0x00, 0x01
RSA, ECDSA, EDDSA = 1, 19, 22
ALGORITHMS = {"RSA": RSA, "ECDSA": ECDSA, "EdDSA": EDDSA}
"""By the first word of `OpenPgpSubkey.algorithm`."""
HASHES = {"sha256": 8, "sha384": 9, "sha512": 10}
_CREATED, _ISSUER, _ISSUER_FINGERPRINT = 2, 16, 33
_NAMES = {RSA: (b"rsa", (b"s",)), ECDSA: (b"ecdsa", (b"r", b"s")), EDDSA: (b"eddsa", (b"r", b"s"))}


@dataclass(frozen=True)
class Draft:
    """A signature before it is made: by which key, how, and when (seconds since 1970, UTC)."""

    fingerprint: str
    algorithm: int
    hash_name: str
    created: int
    kind: int = DOCUMENT

    def __post_init__(self) -> None:
        if len(self.fingerprint) != 40:
            raise BadInput("only keys of version 4 are signed with", on=self.fingerprint, do="sign it with gpg")

    @cached_property
    def head(self) -> bytes:
        """Up to the end of the hashed subpackets."""
        hashed = _subpacket(_ISSUER_FINGERPRINT, b"\x04" + bytes.fromhex(self.fingerprint))
        hashed += _subpacket(_CREATED, self.created.to_bytes(4, "big"))
        start = bytes((4, self.kind, self.algorithm, HASHES[self.hash_name]))
        return start + len(hashed).to_bytes(2, "big") + hashed

    def digest(self, content: hashlib._Hash) -> bytes:
        """What is signed; `content` has taken in the bytes of the artifact and is not changed."""
        whole = content.copy()
        whole.update(trailed(self.head))
        return whole.digest()

    def packet(self, digest: bytes, answer: bytes) -> bytes:
        """The finished packet, binary. `answer` is the agent's S-expression."""
        unhashed = _subpacket(_ISSUER, bytes.fromhex(self.fingerprint)[-8:])
        body = self.head + len(unhashed).to_bytes(2, "big") + unhashed + digest[:2]
        body += b"".join(mpi(number) for number in numbers(answer, self.algorithm))
        return b"\xc2" + _length(len(body)) + body


def body_of(packet: bytes) -> bytes:
    """A packet of `Draft.packet` without its header."""
    return packet[2 if packet[1] < 192 else 3 if packet[1] < 224 else 6 :]


def algorithm_number(name: str) -> int | None:
    """The algorithm of a key by its name ("EdDSA Ed25519", "RSA 4096"); None for one whose signatures are not made here."""
    return ALGORITHMS.get(name.split(" ", 1)[0])


def trailed(head: bytes) -> bytes:
    """What is hashed after the content: the head and its length (RFC 9580 5.2.4)."""
    return head + b"\x04\xff" + len(head).to_bytes(4, "big")


def numbers(answer: bytes, algorithm: int) -> tuple[bytes, ...]:
    """The numbers of a signature from libgcrypt's canonical S-expression `(sig-val(ALGORITHM(NAME VALUE)...))`.

    StepFailed when it is the answer of another algorithm, or is none.
    """
    name, wanted = _NAMES[algorithm]
    try:
        tokens = list(_tokens(answer))
    except (ValueError, IndexError):
        tokens = []
    if tokens[:4] != [b"(", b":sig-val", b"(", b":" + name]:
        raise StepFailed("gpg-agent gave no signature", why=f"not of the algorithm {name.decode()}", do="sign with gpg")
    found = {
        tokens[at + 1][1:]: tokens[at + 2][1:]
        for at in range(4, len(tokens) - 2)
        if tokens[at] == b"(" and tokens[at + 1][:1] == b":" and tokens[at + 2][:1] == b":"
    }
    if not set(wanted) <= found.keys():
        raise StepFailed("gpg-agent gave no whole signature", do="sign with gpg")
    return tuple(found[one] for one in wanted)


def mpi(number: bytes) -> bytes:
    """RFC 9580 3.2: bits, then the bytes without leading zeros."""
    value = int.from_bytes(number, "big")
    return value.bit_length().to_bytes(2, "big") + value.to_bytes((value.bit_length() + 7) // 8, "big")


def _tokens(answer: bytes) -> list[bytes]:
    """Brackets, and values with a colon before them: lengths say where a value ends, whatever stands in it."""
    found, at = [], 0
    while at < len(answer):
        if answer[at : at + 1] in (b"(", b")"):
            found.append(answer[at : at + 1])
            at += 1
        else:
            colon = answer.index(b":", at)
            end = colon + 1 + int(answer[at:colon])
            found.append(b":" + answer[colon + 1 : end])
            at = end
    return found


def _subpacket(kind: int, body: bytes) -> bytes:
    return bytes((len(body) + 1, kind)) + body


def _length(size: int) -> bytes:
    if size < 192:
        return bytes((size,))
    return bytes((((size - 192) >> 8) + 192, (size - 192) & 0xFF)) if size < 8384 else b"\xff" + size.to_bytes(4, "big")
