"""Key blocks: which key this is, what of it leaked, and the bytes by which copies of it are found. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from irkit.errors import BadInput, IrkitError
from irkit.model import Fingerprint, OpenPgpKey, OpenPgpSubkey, SecretRef, iso
from irkit.openpgp.armor import PRIVATE_HEADER, blocks
from irkit.openpgp.packets import (
    KEY_TAGS,
    SECRET_KEY,
    SECRET_SUBKEY,
    SIGNATURE,
    USER_ID,
    KeyPacket,
    SignatureInfo,
    all_packets,
    framed,
    key_packet,
    packets,
    signature_packet,
)

_CERTIFICATIONS = range(0x10, 0x14)
_SUBKEY_BINDING, _DIRECT_KEY = 0x18, 0x1F
KEY_REVOCATION, SUBKEY_REVOCATION = 0x20, 0x28
COMPROMISED = 0x02
"""The reason on the wire (RFC 9580 5.2.3.31). Menus of programs number it otherwise."""


@dataclass
class _Block:
    """A primary key with what follows it, while it is being read."""

    keys: list[tuple[KeyPacket, list[SignatureInfo]]] = field(default_factory=list)
    user_ids: list[str] = field(default_factory=list)


def read_key(data: bytes, ref: SecretRef, fingerprint: Fingerprint | None) -> OpenPgpKey:
    """The one key in `data`, public or private. BadInput when there is none, or more than one primary."""
    found = read_keys(data, ref, fingerprint)
    if len(found) != 1:
        raise BadInput(
            "this holds several OpenPGP keys" if found else "this holds no OpenPGP key",
            on=", ".join(key.openpgp for key in found) or str(ref),
            do="give one key at a time: gpg --export FINGERPRINT, or --export-secret-keys for a private one"
            if found
            else "check what the reference points at",
        )
    return found[0]


def read_keys(data: bytes, ref: SecretRef, fingerprint: Fingerprint | None = None) -> tuple[OpenPgpKey, ...]:
    """Every key in `data`, in order. Nothing is imported and nothing is verified: usage is what the key claims of itself."""
    return tuple(_key(block, ref, fingerprint) for block in _split(data))


def secret_material(data: bytes) -> tuple[bytes, ...]:
    """Secret numbers of cleartext packets, encrypted bytes of protected ones: what `irkit.needles.key_needles` is made of.

    A copy in any armor or keyring holds the same bytes; one encrypted anew with another passphrase or salt does not.
    """
    found = [key_packet(tag, body).material for tag, body in all_packets(data) if tag in (SECRET_KEY, SECRET_SUBKEY)]
    return tuple(dict.fromkeys(value for material in found for value in material if len(value) >= 16))


def looks_like_private_key(data: bytes) -> bool:
    """True for an OpenPGP private key in any wrapping, a damaged armored one included. Never raises."""
    if PRIVATE_HEADER in data:
        return True
    try:
        for label, block in blocks(data):
            if label == "PGP PRIVATE KEY BLOCK":
                return True
            for tag, body in packets(block):
                if tag in (SECRET_KEY, SECRET_SUBKEY):
                    return bool(key_packet(tag, body).fingerprint)
    except IrkitError:
        return False
    return False


def read_signatures(data: bytes) -> tuple[SignatureInfo, ...]:
    """Every signature packet in `data`: detached, in armor, or at the end of a clear-signed text. BadInput when there is none."""
    found = tuple(signature_packet(body) for tag, body in all_packets(data) if tag == SIGNATURE)
    if not found:
        raise BadInput(
            "this holds no OpenPGP signature", do="check that the file is a signature and not a key or a message"
        )
    return found


def detached_signatures(data: bytes) -> tuple[SignatureInfo, ...]:
    """The signatures of a detached signature file. BadInput when it holds anything else, such as a message signed in one piece."""
    tags = {tag for tag, _body in all_packets(data)}
    if tags != {SIGNATURE}:
        raise BadInput("this is not a detached signature", why=f"it holds packets of kind {sorted(tags - {SIGNATURE})}")
    return read_signatures(data)


def as_packet(signature: SignatureInfo) -> bytes:
    """One signature as a binary file of its own."""
    return framed(SIGNATURE, signature.packet)


def shown(text: str | bytes) -> str:
    """A user id or any stranger's text on one line: what does not print (line ends, NEL, direction marks) is escaped."""
    words = text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in words)


def _split(data: bytes) -> list[_Block]:
    found: list[_Block] = []
    for tag, body in all_packets(data):
        if tag in KEY_TAGS:
            packet = key_packet(tag, body)
            if packet.primary:
                found.append(_Block())
            elif not found:
                raise BadInput("a subkey without its primary key", on=packet.fingerprint, do="export the whole key")
            found[-1].keys.append((packet, []))
        elif found and tag == USER_ID:
            found[-1].user_ids.append(shown(body))
        elif found and tag == SIGNATURE:
            found[-1].keys[-1][1].append(signature_packet(body))
    return found


def _key(block: _Block, ref: SecretRef, fingerprint: Fingerprint | None) -> OpenPgpKey:
    primary = block.keys[0][0].fingerprint
    keys = tuple(
        OpenPgpSubkey(
            packet.fingerprint,
            packet.algorithm,
            iso(packet.created),
            packet.secret,
            packet.primary,
            _usage(packet, signatures, primary),
            packet.protection,
        )
        for packet, signatures in block.keys
    )
    return OpenPgpKey(ref, primary, fingerprint, tuple(block.user_ids), keys)


def _usage(packet: KeyPacket, signatures: list[SignatureInfo], primary: str) -> tuple[str, ...] | None:
    """Flags of the latest self-signature that carries any; None when there is none (a bare export)."""
    kinds = {*_CERTIFICATIONS, _DIRECT_KEY} if packet.primary else {_SUBKEY_BINDING}
    own = [one for one in signatures if one.kind in kinds and one.usage is not None and one.made_by(primary)]
    latest = max(own, key=lambda one: one.created.timestamp() if one.created else 0.0, default=None)
    return latest.usage if latest else None


def revocations(data: bytes, fingerprint: str) -> tuple[SignatureInfo, ...]:
    """Revocations of the primary key `fingerprint` in a key block or a revocation certificate, as claimed by their packets."""
    signatures = [signature_packet(body) for tag, body in all_packets(data) if tag == SIGNATURE]
    return tuple(one for one in signatures if one.kind == KEY_REVOCATION and one.made_by(fingerprint))
