"""Sealing: content that only the holders of given keys can read again. It passes through memory and gpg's pipes, never a file.

An OpenPGP message encrypted to several keys begins with one packet for each of them (RFC 9580, 10.3.2 and 5.1). The packets tell
to which subkeys it was encrypted, and to how many; whose they are is for the reader to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, StepFailed
from irkit.model import Secret
from irkit.openpgp.armor import blocks
from irkit.openpgp.keyring import RingKey, list_ring
from irkit.openpgp.packets import packets
from irkit.openpgp.runner import Gpg, throwaway_home

TO_A_KEY, TO_A_PASSPHRASE = 1, 3
_CIPHERTEXT = frozenset({18, 20})  # with a digest or a tag over it; tag 9 has neither and is not taken for sealed
_KEY_ID = {3: slice(1, 9)}  # where the key id stands in a packet of that version
_PATIENCE_S = 600.0


@dataclass(frozen=True)
class SealedMessage:
    """A binary OpenPGP message, and by primary fingerprint the subkey it was encrypted to."""

    data: bytes
    subkeys: Mapping[str, str]


def seal(content: bytes, certificates: Mapping[str, str]) -> SealedMessage:
    """Encrypt to every one of `certificates` (primary fingerprint to armored certificate), and to nobody else.

    BadInput when one of them has no key that can encrypt; StepFailed when gpg does not, or not to exactly these.
    """
    with throwaway_home() as home:
        subkeys = {fingerprint: _encrypting(home, fingerprint, text) for fingerprint, text in certificates.items()}
        to = [word for subkey in subkeys.values() for word in ("--recipient", f"{subkey}!")]
        how = ["--no-encrypt-to", "--no-default-recipient", "--trust-model", "always", "--cipher-algo", "AES256"]
        result = Gpg(home).run([*how, *to, "--encrypt"], stdin=content, timeout_s=_PATIENCE_S)
    if result.returncode != 0 or result.first("END_ENCRYPTION") is None:
        raise StepFailed("the evidence could not be sealed", why=result.last_words(), do="check the people's keys")
    wanted = sorted(subkey[-16:] for subkey in subkeys.values())
    if sorted(recipients(result.stdout) or ()) != wanted:
        raise StepFailed(
            "gpg encrypted to other keys than it was told to",
            do="look for encrypt-to or group in its system-wide configuration (/etc/gnupg/gpg.conf)",
        )
    return SealedMessage(result.stdout, subkeys)


def unseal(home: Path, data: bytes, passphrase: Secret | None = None) -> bytes:
    """The content, by a key of `home`. StepFailed when no key there opens it, or when it was changed."""
    result = Gpg(home).run(["--decrypt"], stdin=data, passphrase=passphrase, timeout_s=_PATIENCE_S)
    if result.returncode != 0 or result.first("DECRYPTION_OKAY") is None or result.first("GOODMDC") is None:
        raise StepFailed("the sealed evidence could not be opened", on=home, why=result.last_words(), do=_advice(data))
    return result.stdout


def recipients(data: bytes) -> tuple[str, ...] | None:
    """Long key ids to which an encrypted message was made ("passphrase" for one); None when `data` is no such message, and only that.

    Sixteen zeros stand for a key that is not named.
    """
    found: list[str] = []
    try:
        tags = []
        for tag, body in packets(data):
            tags.append(tag)
            if tag == TO_A_KEY:
                where = _KEY_ID.get(body[0]) if body else None
                found.append(body[where].hex().upper() if where else "unknown")
            elif tag == TO_A_PASSPHRASE:
                found.append("passphrase")
    except BadInput:
        return None
    whole = len(tags) == len(found) + 1 and tags[-1] in _CIPHERTEXT and bool(found)
    return tuple(found) if whole else None


def is_encrypted(head: bytes) -> bool:
    """Whether a file that begins so could be an encrypted message, binary or armored: a cheap look before a whole one."""
    if head.lstrip()[:27] == b"-----BEGIN PGP MESSAGE-----":
        return True
    first = head[:1]
    return bool(first) and bool(first[0] & 0x80) and _tag(first[0]) in (TO_A_KEY, TO_A_PASSPHRASE)


def binary(data: bytes) -> bytes:
    """A message without its armor, where it has one."""
    if not data.lstrip().startswith(b"-----BEGIN PGP MESSAGE-----"):
        return data
    found = blocks(data)
    return found[0][1] if len(found) == 1 else b""


def _tag(first: int) -> int:
    return first & 0x3F if first & 0x40 else (first >> 2) & 0xF


def _encrypting(home: Path, fingerprint: str, certificate: str) -> str:
    """Import one certificate and choose the latest of its keys that can encrypt."""
    Gpg(home).must("a person's key cannot be read", ["--import"], on=fingerprint, stdin=certificate.encode())
    able = [
        key
        for entry in list_ring(home, fingerprint)
        if entry.primary.usable
        for key in (*entry.subkeys, entry.primary)
        if key.usable and "e" in key.usage
    ]
    if not able:
        raise BadInput(
            "this person's key cannot encrypt",
            on=fingerprint,
            why="it has no valid encryption subkey",
            do=f"have them add one (gpg --quick-add-key {fingerprint} cv25519 encr) and give the key again with "
            "irkit add-approver",
        )
    return max(able, key=_made).fingerprint


def _made(key: RingKey) -> float:
    return key.created.timestamp() if key.created else 0.0


def _advice(data: bytes) -> str:
    return f"name the gpg home of one of the keys {', '.join(recipients(data) or ('unknown',))}, and its passphrase if it has one"
