"""What betrays that a key is trusted: its packets, its names, its addresses. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from irkit.errors import IrkitError
from irkit.model import OpenPgpKey, SecretRef
from irkit.needles import MIN_BYTES, Needle, public_key_needles, token_needles
from irkit.openpgp.keyblock import read_keys
from irkit.openpgp.packets import KEY_TAGS, all_packets, key_packet

RPM, ADDRESS, MAIL, FILE = "rpm-package", "key-address", "mail-address", "key-file"
"""Forms of the needles below, beside those of `irkit.needles.public_key`."""

_MAIL = re.compile(r"<?([^\s<>@]+@[^\s<>@]+\.[^\s<>@]+)>?\Z")
_LONGEST_MAIL = 330  # letters: 64, "@" and 255 (RFC 5321 4.5.3.1), and what stands around them
_BEGINNING = 48
"""Bytes of a key packet by which it is known: version, time, algorithm, and over thirty bytes of its numbers."""

_PACKET_FORMS = frozenset({"raw", "base64", "base64url", "base64-base64"})
_ZBASE32 = "ybndrfg8ejkmcpqxot1uwisza345h769"
_BEFORE_MAIL = (
    *(f"-{word}{between}" for word in ("keys", "key", "user") for between in (" ", "=", " '", ' "')),
    "signingkey = ", "signingkey ", "signingKey ",
)  # fmt: skip
"""What stands in front of an address where it names a key. The address alone stands in every commit of its owner."""

_COMMON_NAMES = frozenset(
    (
        "pubring.gpg", "pubring.kbx", "pubring.asc", "trusted.gpg", "trustdb.gpg", "keyring.gpg", "keyring.kbx", "public.key",
        "public.asc", "public.gpg", "archive.key", "release.key", "release.gpg", "readme.md", "dockerfile", "install.sh",
    )
)  # fmt: skip
"""Names that many keys have; a path that ends in one says nothing by itself."""


@dataclass(frozen=True)
class Names:
    """A key as it may be named: `primary` and all `fingerprints` (upper case, the primary first), and `mails` of its user ids."""

    primary: str
    fingerprints: tuple[str, ...]
    mails: tuple[str, ...]


def names_of(key: OpenPgpKey, certificate: bytes | None) -> Names:
    """What is known of the key, and what its certificate adds: subkeys and user ids."""
    known = [key]
    if certificate:
        try:
            read = read_keys(certificate, SecretRef("id:certificate"))
        except IrkitError:
            read = ()
        known += [one for one in read if one.openpgp == key.openpgp]
    fingerprints = dict.fromkeys([key.openpgp, *(sub.fingerprint for one in known for sub in one.keys)])
    found = (_MAIL.search(user_id[-_LONGEST_MAIL:]) for one in known for user_id in one.user_ids)
    return Names(key.openpgp, tuple(fingerprints), tuple(dict.fromkeys(match[1].lower() for match in found if match)))


def needles_of(names: Names, addresses: Iterable[str]) -> dict[str, tuple[Needle, ...]]:
    """Needles by fingerprint; what names the whole key is found as its primary."""
    sought = {one: list(public_key_needles(one)) for one in names.fingerprints}
    for one in names.fingerprints:
        if len(one) == 40:  # rpm's package of an imported key: gpg-pubkey-SHORTID-CREATED
            sought[one].append(_plain(RPM, f"gpg-pubkey-{one[-8:].lower()}"))
    for mail in names.mails:
        local, _, _domain = mail.partition("@")
        sought[names.primary] += [_plain(MAIL, f"{before}{mail}") for before in _BEFORE_MAIL]
        sought[names.primary].append(_plain(ADDRESS, f"/hu/{wkd_hash(local)}"))
    sought[names.primary] += [_plain(ADDRESS, one) for one in addresses if len(one) >= MIN_BYTES]
    return {one: tuple(needles) for one, needles in sought.items()}


def quick_needles(names: Names, certificate: bytes, addresses: Iterable[str]) -> dict[str, tuple[Needle, ...]]:
    """Byte strings one of which stands where `needles_of` find something: eight digits in the usual spellings, the beginning of each
    key packet as it is and in base64, and the names that are no digits. {} when the certificate does not hold the whole key."""
    try:
        packets = [(key_packet(tag, body), body) for tag, body in all_packets(certificate) if tag in KEY_TAGS]
    except IrkitError:
        return {}
    bodies = {packet.fingerprint: body for packet, body in packets}
    if not set(names.fingerprints) <= bodies.keys():
        return {}
    found: dict[str, tuple[Needle, ...]] = {}
    for one, others in needles_of(names, addresses).items():
        digits = one[-8:] if len(one) == 40 else one[:8]
        pairs = [digits[at : at + 2] for at in range(0, 8, 2)]
        spelled = [digits, f"{digits[:4]} {digits[4:]}", *(between.join(pairs) for between in (" ", ":", "-", "."))]
        texts = [_plain("digits", each) for text in spelled for each in dict.fromkeys((text, text.lower()))]
        packet = [needle for needle in token_needles(bodies[one][:_BEGINNING]) if needle.form in _PACKET_FORMS]
        found[one] = (*texts, *packet, *(needle for needle in others if not needle.structural))
    return found


def file_needles(paths: Sequence[str]) -> tuple[Needle, ...]:
    """Needles of the names of files that hold the key, by which scripts and configuration lead to them; short and common ones not."""
    names = {re.split(r"[/!]", path)[-1] for path in paths}
    telling = sorted(name for name in names if name.lower() not in _COMMON_NAMES and len(name) >= MIN_BYTES)
    return tuple(_plain(FILE, name) for name in telling if name.isprintable())


def wkd_hash(local: str) -> str:
    """The local part of a mail address as the Web Key Directory names it: z-base-32 of SHA-1 (draft-koch-openpgp-webkey-service, 3.1)."""
    number = int.from_bytes(hashlib.sha1(local.lower().encode(), usedforsecurity=False).digest(), "big")
    return "".join(_ZBASE32[(number >> shift) & 31] for shift in range(155, -1, -5))


def _plain(form: str, text: str) -> Needle:
    return Needle(form, text.encode(), weak=True)
