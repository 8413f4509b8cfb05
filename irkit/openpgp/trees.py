"""Key blocks as trees: which subkeys and user ids hang on a primary, who certified them, what is revoked, what expires. Pure.

RFC 9580: certifications (5.2.1, types 0x10 to 0x13), their revocation (0x30), key expiration time (5.2.3.13). Nothing is verified:
anybody can put a certification or a revocation into a block. Whether one stands is gpg's to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from irkit.model.key_tree import Certifier, KeyTree, TreeKey, TreeUserId
from irkit.openpgp.keyblock import KEY_REVOCATION, SUBKEY_REVOCATION, shown
from irkit.openpgp.packets import (
    KEY_TAGS,
    SIGNATURE,
    USER_ID,
    KeyPacket,
    SignatureInfo,
    all_packets,
    hashed_subpackets,
    key_packet,
    signature_packet,
)
from irkit.openpgp.revocations import CERTIFICATION_REVOCATION, DIRECT_KEY, REASONS

_CERTIFICATIONS = range(0x10, 0x14)
_SUBKEY_BINDING = 0x18
_KEY_EXPIRATION = 9
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class _Hanging:
    """A key or user id with the signatures that follow it, while a block is read."""

    key: KeyPacket | None = None
    text: str = ""
    signatures: list[SignatureInfo] = field(default_factory=list)


def key_trees(data: bytes) -> tuple[KeyTree, ...]:
    """Every key in `data`, public or private, in order. BadInput when it is no OpenPGP data or is damaged."""
    blocks: list[list[_Hanging]] = []
    for tag, body in all_packets(data):
        if tag in KEY_TAGS:
            packet = key_packet(tag, body)
            if packet.primary:
                blocks.append([])
            if blocks:
                blocks[-1].append(_Hanging(key=packet))
        elif blocks and tag == USER_ID:
            blocks[-1].append(_Hanging(text=shown(body)))
        elif blocks and tag == SIGNATURE:
            blocks[-1][-1].signatures.append(signature_packet(body))
    return tuple(_tree(block) for block in blocks)


def _tree(block: Sequence[_Hanging]) -> KeyTree:
    keys = [one for one in block if one.key]
    user_ids = [one for one in block if not one.key]
    primary = keys[0].key.fingerprint if keys[0].key else ""
    about_primary = [*keys[0].signatures, *(signature for one in user_ids for signature in one.signatures)]
    return KeyTree(
        _key(keys[0], about_primary, primary),
        tuple(_key(one, one.signatures, primary) for one in keys[1:]),
        tuple(_user_id(one, primary) for one in user_ids),
    )


def _key(one: _Hanging, signatures: Sequence[SignatureInfo], primary: str) -> TreeKey:
    packet = one.key
    assert packet is not None
    kinds = {*_CERTIFICATIONS, DIRECT_KEY} if packet.primary else {_SUBKEY_BINDING}
    own = [each for each in signatures if each.kind in kinds and each.made_by(primary)]
    revoked = [each for each in one.signatures if each.kind in (KEY_REVOCATION, SUBKEY_REVOCATION)]
    flagged = _latest([each for each in own if each.usage is not None])
    return TreeKey(
        packet.fingerprint,
        packet.algorithm,
        packet.created,
        flagged.usage if flagged else None,
        REASONS.get(revoked[0].reason or 0, "for another reason") if revoked else "",
        _expires(packet, _latest(own)),
        expiry_known=bool(own),
    )


def _expires(packet: KeyPacket, latest: SignatureInfo | None) -> datetime | None:
    """Seconds after the key's making, by its latest self-signature; None for never."""
    for number, body in hashed_subpackets(latest.packet) if latest else ():
        seconds = int.from_bytes(body, "big")
        if number == _KEY_EXPIRATION and len(body) == 4 and seconds:
            return packet.created + timedelta(seconds=seconds)
    return None


def _user_id(one: _Hanging, primary: str) -> TreeUserId:
    own = [each for each in one.signatures if each.made_by(primary)]
    others = [each for each in one.signatures if each not in own]
    made = _latest([each for each in own if each.kind in _CERTIFICATIONS])
    gone = _latest([each for each in own if each.kind == CERTIFICATION_REVOCATION])
    certified = {each.issuer: each for each in sorted(others, key=_when) if each.kind in _CERTIFICATIONS}
    taken_back = {each.issuer: _when(each) for each in others if each.kind == CERTIFICATION_REVOCATION}
    return TreeUserId(
        one.text,
        gone is not None and (made is None or _when(gone) >= _when(made)),
        tuple(
            Certifier(issuer, each.created, issuer in taken_back and taken_back[issuer] >= _when(each))
            for issuer, each in certified.items()
        ),
    )


def _latest(signatures: Sequence[SignatureInfo]) -> SignatureInfo | None:
    return max(signatures, key=_when, default=None)


def _when(signature: SignatureInfo) -> datetime:
    return signature.created or _LONG_AGO
