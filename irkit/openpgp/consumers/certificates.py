"""Certificates cut to what a test needs: as they were before a revocation, without a subkey. Pure."""

from __future__ import annotations

from irkit.errors import BadInput
from irkit.openpgp.keyblock import KEY_REVOCATION, SUBKEY_REVOCATION
from irkit.openpgp.packets import (
    KEY_TAGS,
    PUBLIC_SUBKEY,
    SECRET_KEY,
    SECRET_SUBKEY,
    SIGNATURE,
    all_packets,
    joined,
    key_packet,
    signature_packet,
)

Packets = list[tuple[int, bytes]]


def binary(certificate: str | bytes) -> bytes:
    """Its packets, out of any wrapping. BadInput when it is no certificate, or holds anything secret."""
    data = certificate.encode() if isinstance(certificate, str) else certificate
    found = list(all_packets(data))
    if any(tag in (SECRET_KEY, SECRET_SUBKEY) for tag, _body in found):
        raise BadInput("this is a private key", do="give the public key: gpg --armor --export FINGERPRINT")
    return joined(found)


def revoked_keys(certificate: bytes) -> dict[str, int]:
    """Fingerprints that the certificate itself says are revoked, with the reason on the wire (0 for none), in its order."""
    found: dict[str, int] = {}
    current = ""
    for tag, body in all_packets(certificate):
        if tag in KEY_TAGS:
            current = key_packet(tag, body).fingerprint
        elif tag == SIGNATURE:
            signature = signature_packet(body)
            if signature.kind in (KEY_REVOCATION, SUBKEY_REVOCATION):
                found[current] = signature.reason or 0
    return found


def before_revocation(certificate: bytes) -> bytes:
    """The certificate as it was: without the primary's revocation, or, where only subkeys are revoked, without theirs."""
    found = list(all_packets(certificate))
    kinds = {signature_packet(body).kind for tag, body in found if tag == SIGNATURE}
    drop = KEY_REVOCATION if KEY_REVOCATION in kinds else SUBKEY_REVOCATION
    return joined([one for one in found if one[0] != SIGNATURE or signature_packet(one[1]).kind != drop])


def without_subkeys(certificate: bytes, fingerprints: frozenset[str]) -> bytes:
    """The certificate without these subkeys and what is bound to them."""
    kept: Packets = []
    inside = True
    for tag, body in all_packets(certificate):
        if tag in KEY_TAGS:
            inside = not (tag == PUBLIC_SUBKEY and key_packet(tag, body).fingerprint in fingerprints)
        if inside:
            kept.append((tag, body))
    return joined(kept)
