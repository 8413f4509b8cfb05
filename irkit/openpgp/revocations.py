"""Revocations as they stand in a key block: of keys, subkeys, user ids and certifications, with their reason on the wire. Pure.

RFC 9580: signature types 0x20, 0x28 and 0x30 (5.2.1), the reason for revocation (5.2.3.31), the revocation key (RFC 4880,
5.2.3.15). Nothing is verified: a packet says what its writer chose, and anybody can put one into a block. Whether one
stands is gpg's to say, once the key is in a ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from irkit.errors import IrkitError
from irkit.openpgp.keyblock import KEY_REVOCATION, SUBKEY_REVOCATION, shown
from irkit.openpgp.packets import (
    KEY_TAGS,
    PUBLIC_SUBKEY,
    SECRET_SUBKEY,
    SIGNATURE,
    USER_ID,
    KeyPacket,
    SignatureInfo,
    all_packets,
    hashed_subpackets,
    key_packet,
    signature_packet,
)

CERTIFICATION_REVOCATION, DIRECT_KEY = 0x30, 0x1F
_CERTIFICATIONS = range(0x10, 0x14)
_USER_ATTRIBUTE = 17
_REASON, _REVOCATION_KEY = 29, 12

REASONS = {
    0x00: "no reason",
    0x01: "superseded",
    0x02: "compromised",
    0x03: "retired",
    0x20: "user id no longer valid",
}
SOFT = frozenset({0x01, 0x03, 0x20})
"""After these, signatures dated earlier still count for many readers. All others, an absent reason included, are hard."""


@dataclass(frozen=True)
class Revocation:
    """One revocation, unverified.

    `of` is the fingerprint of the key or subkey, or the user id (escaped, safe to show). `reason` is the number on the wire,
    None when the packet has none. `created` is UTC and was chosen by the signer; `text` is escaped. `issuer` is a fingerprint
    or long key id, "" when the packet names none; `by_itself` says that it names the key that it stands on.
    """

    what: Literal["key", "subkey", "user id", "certification"]
    key: str
    of: str
    reason: int | None
    created: datetime | None
    text: str
    issuer: str
    by_itself: bool

    @property
    def word(self) -> str:
        if self.reason is None:
            return "none given"
        return REASONS.get(self.reason, f"reason 0x{self.reason:02x}")

    @property
    def hard(self) -> bool:
        """Whether it undoes what was signed before it too: only superseded and retired keys leave that valid (RFC 9580 5.2.3.31)."""
        return self.reason not in SOFT

    @property
    def on_the_wire(self) -> str:
        return "none" if self.reason is None else f"0x{self.reason:02x}"


def revocations_in(data: bytes) -> tuple[Revocation, ...]:
    """Every revocation in a block of keys, in order. BadInput when `data` is no OpenPGP data or is damaged."""
    return revocations_of(all_packets(data))


def revocations_of(packets: Iterable[tuple[int, bytes]]) -> tuple[Revocation, ...]:
    """The same of packets already taken apart. A packet that cannot be read is passed over with what hangs on it."""
    found: list[Revocation] = []
    primary: KeyPacket | None = None
    target = ""
    for tag, body in packets:
        try:
            if tag in KEY_TAGS:
                packet = key_packet(tag, body)
                primary = packet if packet.primary else primary
                target = packet.fingerprint
            elif tag == USER_ID:
                target = shown(body)
            elif tag == _USER_ATTRIBUTE:
                target = "a picture or other attribute"
            elif tag == SIGNATURE and primary is not None:
                found += _revocation(signature_packet(body), primary, target)
        except IrkitError:
            if tag in KEY_TAGS:
                target = ""
                primary = primary if tag in (SECRET_SUBKEY, PUBLIC_SUBKEY) else None
    return tuple(found)


def _revocation(signature: SignatureInfo, primary: KeyPacket, target: str) -> list[Revocation]:
    key = primary.fingerprint
    own = signature.made_by(key)
    what: Literal["key", "subkey", "user id", "certification"]
    if signature.kind == KEY_REVOCATION:
        what, target = "key", key
    elif signature.kind == SUBKEY_REVOCATION:
        what = "subkey"
    elif signature.kind == CERTIFICATION_REVOCATION:
        what = "user id" if own else "certification"
    else:
        return []
    text = reason_text(signature)
    return [Revocation(what, key, target, signature.reason, signature.created, text, signature.issuer, own)]


def reason_text(signature: SignatureInfo) -> str:
    """The comment in a revocation, escaped; "" when there is none."""
    for number, body in hashed_subpackets(signature.packet):
        if number == _REASON:
            return shown(body[1:])
    return ""


def certifications_in(data: bytes) -> Iterator[tuple[str, bytes, SignatureInfo]]:
    """(primary, user id, signature) of every certification of a user id and of every revocation of one, in order."""
    here, user_id = "", None
    for tag, body in all_packets(data):
        if tag in KEY_TAGS:
            packet = key_packet(tag, body)
            here, user_id = (packet.fingerprint if packet.primary else here), None
        elif tag in (USER_ID, _USER_ATTRIBUTE):
            user_id = body
        elif tag == SIGNATURE and user_id is not None:
            signature = signature_packet(body)
            if signature.kind in _CERTIFICATIONS or signature.kind == CERTIFICATION_REVOCATION:
                yield here, user_id, signature


def when(signature: SignatureInfo) -> datetime:
    """The date a signature gives, UTC; 1970 where it gives none."""
    return signature.created or datetime.fromtimestamp(0, UTC)


def designated_revokers(data: bytes, fingerprint: str) -> tuple[str, ...]:
    """Fingerprints of the keys that the key `fingerprint` says may revoke it, as claimed by signatures in its own name."""
    found: dict[str, None] = {}
    here = ""
    for tag, body in all_packets(data):
        if tag in KEY_TAGS:
            packet = key_packet(tag, body)
            here = packet.fingerprint if packet.primary else here
        elif tag == SIGNATURE and here == fingerprint:
            signature = signature_packet(body)
            if signature.made_by(fingerprint):
                named = (value for number, value in hashed_subpackets(body) if number == _REVOCATION_KEY)
                found |= {
                    value[2:].hex().upper(): None for value in named if len(value) in (22, 34) and value[0] & 0x80
                }
    return tuple(found)
