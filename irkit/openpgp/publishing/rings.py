"""Key rings and key files cut into keys, with every byte in its place. Pure.

RFC 9580: packet headers (4.2), transferable public keys (10.1). What `irkit.openpgp.packets` reads, this takes apart and puts
together again; bodies of partial length, which the RFC allows for data packets alone (4.2.1.4), are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from irkit.errors import BadInput, IrkitError
from irkit.openpgp.armor import PRIVATE_HEADER, blocks
from irkit.openpgp.keyblock import KEY_REVOCATION, SUBKEY_REVOCATION
from irkit.openpgp.packets import (
    PUBLIC_KEY,
    PUBLIC_SUBKEY,
    SECRET_KEY,
    SECRET_SUBKEY,
    SIGNATURE,
    USER_ID,
    key_packet,
    signature_packet,
)

_BLOCK = re.compile(
    rb"^-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?$.*?^-----END PGP PUBLIC KEY BLOCK-----[ \t]*(?:\r?\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
_HARD = (None, 0x00, 0x02)
"""Reasons after which no signature counts, whatever its date: none given, no reason, compromised (RFC 9580 5.2.3.31)."""


@dataclass(frozen=True)
class Packet:
    """One packet: its body, and `raw`, the body with its header as it stood."""

    tag: int
    body: bytes
    raw: bytes


@dataclass(frozen=True)
class RingPart:
    """A key with all that follows it, as it stood. `primary` is "" for what stands before the first key, or is no key that is read."""

    primary: str
    raw: bytes


@dataclass(frozen=True)
class Section:
    """Part of a text file: an armored block, with the keys in it, or the text between two."""

    raw: bytes
    parts: tuple[RingPart, ...] = ()


def each_packet(data: bytes) -> Iterator[Packet]:
    """Packets of a binary block, headers kept. BadInput where it is cut off or is none."""
    at = 0
    while at < len(data):
        start, first = at, data[at]
        if not first & 0x80:
            raise _broken("a packet does not begin where one should")
        if first & 0x40:
            tag, (size, at) = first & 0x3F, _new_length(data, at + 1)
        elif first & 3 == 3:
            tag, size, at = (first >> 2) & 0xF, len(data) - at - 1, at + 1
        else:
            width = 1 << (first & 3)
            tag, size, at = (first >> 2) & 0xF, int.from_bytes(data[at + 1 : at + 1 + width], "big"), at + 1 + width
        if at + size > len(data):
            raise _broken(f"{at + size - len(data)} bytes are missing")
        yield Packet(tag, data[at : at + size], data[start : at + size])
        at += size


def ring_parts(data: bytes) -> tuple[RingPart, ...]:
    """A binary key ring as its keys, in order; together they are all of its bytes. BadInput for private keys."""
    found: list[tuple[str, list[bytes]]] = []
    for packet in each_packet(data):
        if packet.tag in (SECRET_KEY, SECRET_SUBKEY):
            raise BadInput(
                "this holds a private key", on="its bytes are not shown", do="take it out of what is published at once"
            )
        if packet.tag == PUBLIC_KEY:
            found.append((_fingerprint(packet), []))
        elif not found:
            found.append(("", []))
        found[-1][1].append(packet.raw)
    return tuple(RingPart(primary, b"".join(raws)) for primary, raws in found)


def sections(data: bytes) -> tuple[Section, ...]:
    """A text file as armored blocks and what stands between them; together they are all of its bytes.

    BadInput for a block that cannot be read, since what it holds is not known, and for private keys.
    """
    if PRIVATE_HEADER in data:
        raise BadInput(
            "this holds a private key", on="its text is not shown", do="take it out of what is published at once"
        )
    found: list[Section] = []
    at = 0
    for number, match in enumerate(_BLOCK.finditer(data), 1):
        if match.start() > at:
            found.append(Section(data[at : match.start()]))
        inside = blocks(match[0])
        if not inside:
            raise BadInput("an armored block cannot be read", on=f"block {number}", do="repair it, or take it out")
        found.append(Section(match[0], ring_parts(inside[0][1])))
        at = match.end()
    if b"-----BEGIN PGP PUBLIC KEY BLOCK-----" in data[at:]:
        raise BadInput("an armored block has no end", do="repair it, or take it out")
    return (*found, Section(data[at:])) if at < len(data) else tuple(found)


def binary(block: bytes) -> bytes:
    """The packets of an armored or binary key block, without armor. BadInput when there are none."""
    found = blocks(block)
    if not found:
        raise BadInput("this holds no OpenPGP key", on=f"{len(block)} bytes, not shown")
    return b"".join(inner for _label, inner in found)


def primaries(block: bytes) -> tuple[str, ...]:
    """Fingerprints of the primary keys in a block, in order; empty for what is none."""
    try:
        return tuple(part.primary for part in ring_parts(binary(block)) if part.primary) if block else ()
    except IrkitError:
        return ()


def has_user_id(block: bytes) -> bool:
    return any(packet.tag == USER_ID for packet in each_packet(binary(block)))


def without_revocations(certificate: bytes) -> bytes:
    """The certificate as clients hold it that have not heard yet: no key or subkey is revoked in it."""
    revoking = (KEY_REVOCATION, SUBKEY_REVOCATION)
    kept = (
        packet.raw
        for packet in each_packet(certificate)
        if packet.tag != SIGNATURE or signature_packet(packet.body).kind not in revoking
    )
    return b"".join(kept)


def firmly_revoked(certificate: bytes, fingerprint: str) -> bool:
    """Whether the key or subkey, or the primary above it, bears a revocation after which no signature counts, whatever its date.

    Packets are taken at their word: ask of a block that gpg has exported, since it keeps none that is not valid.
    """
    holder = primary = ""
    for packet in each_packet(certificate):
        if packet.tag in (PUBLIC_KEY, PUBLIC_SUBKEY):
            holder = _fingerprint(packet)
            primary = holder if packet.tag == PUBLIC_KEY else primary
        elif packet.tag == SIGNATURE and holder in (fingerprint, primary):
            signature = signature_packet(packet.body)
            if signature.kind in (KEY_REVOCATION, SUBKEY_REVOCATION) and signature.reason in _HARD:
                return True
    return False


def join(parts: Sequence[RingPart]) -> bytes:
    return b"".join(part.raw for part in parts)


def _fingerprint(packet: Packet) -> str:
    try:
        return key_packet(packet.tag, packet.body).fingerprint
    except BadInput:
        return ""  # a key of another time: left as it is


def _new_length(data: bytes, at: int) -> tuple[int, int]:
    """Body length and where the body starts (RFC 9580 4.2.1)."""
    one = data[at] if at < len(data) else 0
    if one < 192:
        return one, at + 1
    if one < 224:
        second = data[at + 1] if at + 1 < len(data) else 0
        return ((one - 192) << 8) + second + 192, at + 2
    if one == 255:
        return int.from_bytes(data[at + 1 : at + 5], "big"), at + 5
    raise _broken("a packet in pieces, which no key has")


def _broken(why: str) -> BadInput:
    return BadInput("this OpenPGP block is damaged", why=why, do="get a whole copy of it")
