"""What is in a gpg home, from gpg's colon listing (GnuPG's doc/DETAILS), read as bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from irkit.errors import StepFailed
from irkit.openpgp.packets import HASHES
from irkit.openpgp.runner import Gpg

_ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{2})")
_CARD_NUMBER = re.compile(rb"[0-9A-Fa-f]{8,}")
_SELF = (b"10", b"11", b"12", b"13", b"18", b"1f", b"1F")  # certifications, a subkey's binding, on the key itself
_NO_PUBLIC_KEY, _NO_SECRET_KEY = 9, 17  # gpg-error codes, the low 16 bits
_FAMILIES = {"1": "rsa", "2": "rsa", "3": "rsa", "16": "elg", "17": "dsa", "20": "elg"}


@dataclass(frozen=True)
class RingKey:
    """One key of a listing. `usage` holds gpg's letters (c, s, e, a); `expires` is UTC, None for never.

    `secret`: its secret part can be used from that home, be it in a file or on a card; `card` is then the card's serial
    number, "" for a file. `algorithm` is written as gpg takes it: "ed25519", "rsa4096".
    """

    fingerprint: str
    validity: str
    usage: str
    expires: datetime | None
    secret: bool
    card: str = ""
    algorithm: str = ""
    created: datetime | None = None

    @property
    def revoked(self) -> bool:
        return self.validity == "r"

    @property
    def usable(self) -> bool:
        return self.validity not in ("r", "e", "i", "d", "n")


@dataclass
class RingEntry:
    """A primary key with its subkeys and user ids (bytes, as they stand in the key)."""

    primary: RingKey
    subkeys: list[RingKey] = field(default_factory=list)
    user_ids: list[bytes] = field(default_factory=list)

    def signing(self) -> RingKey | None:
        """The subkey, or primary, with a secret part here that may sign and lasts longest; None when there is none."""
        able = [key for key in (*self.subkeys, self.primary) if key.secret and key.usable and "s" in key.usage]
        forever = datetime.max.replace(tzinfo=UTC)
        return max(able, key=lambda key: key.expires or forever, default=None)


def list_ring(home: Path, which: str = "", *, secret: bool = False) -> tuple[RingEntry, ...]:
    """Keys of a home: all, or those that `which` (a fingerprint) names; with `secret` only those whose secret part is known there.

    Empty when there is none. StepFailed when gpg cannot read the ring.
    """
    args = ["--with-colons", "--fixed-list-mode", "--list-secret-keys" if secret else "--list-keys"]
    result = Gpg(home).run([*args, "--", which] if which else args)
    if result.returncode != 0:
        error = result.first("ERROR")
        code = int(error.fields[1]) & 0xFFFF if error and error.fields[1:2] and error.fields[1].isdigit() else 0
        if code not in (_NO_PUBLIC_KEY, _NO_SECRET_KEY):
            raise StepFailed("the key ring cannot be read", on=home, why=result.last_words())
    return parse_listing(result.stdout)


def parse_listing(listing: bytes) -> tuple[RingEntry, ...]:
    """A colon listing as entries. Pure."""
    entries: list[RingEntry] = []
    pending: list[bytes] = []
    for line in listing.split(b"\n"):
        fields = line.split(b":")
        kind = fields[0]
        if kind in (b"pub", b"sec", b"sub", b"ssb"):
            pending = fields
        elif kind == b"fpr" and pending:
            key = _ring_key(pending, fields[9].decode())
            if pending[0] in (b"pub", b"sec"):
                entries.append(RingEntry(key))
            elif entries:
                entries[-1].subkeys.append(key)
            pending = []
        elif kind == b"uid" and entries:
            entries[-1].user_ids.append(_ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), fields[9]))
    return tuple(entries)


def self_signature_hashes(home: Path, which: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By key and subkey, the digests of the self-signatures that gpg verifies and that are in force: one for each user id, the
    latest, and a subkey's binding. `which` are primary fingerprints. StepFailed when gpg cannot read the ring."""
    if not which:
        return {}
    args = ["--with-colons", "--fixed-list-mode", "--check-sigs", "--", *which]
    result = Gpg(home).must("the signatures of the key ring cannot be checked", args, on=home)
    return parse_self_signatures(result.stdout)


def parse_self_signatures(listing: bytes) -> dict[str, tuple[str, ...]]:
    """A colon listing with signatures (doc/DETAILS: field 2 "!" for good, 11 the class, 13 the issuer, 16 the digest). Pure."""
    primary, part, of_user_id = "", "", 0
    latest: dict[tuple[str, int], tuple[int, str]] = {}
    for line in listing.split(b"\n"):
        fields = line.split(b":")
        kind = fields[0]
        if kind in (b"pub", b"sub"):
            primary, part, of_user_id = ("" if kind == b"pub" else primary), "", 0
        elif kind == b"fpr" and not part:
            part = fields[9].decode()
            primary = primary or part
        elif kind == b"uid":
            of_user_id += 1
        elif kind == b"sig" and fields[1] == b"!" and fields[10][:2] in _SELF and fields[12].decode() == primary:
            made, digest = int(fields[5] or 0), HASHES.get(int(fields[15] or 0), "unknown")
            latest[part, of_user_id] = max(latest.get((part, of_user_id), (0, "")), (made, digest))
    found: dict[str, tuple[str, ...]] = {}
    for (name, _), (_, digest) in latest.items():
        found[name] = (*found.get(name, ()), digest)
    return found


def _ring_key(fields: list[bytes], fingerprint: str) -> RingKey:
    listed_as_secret = fields[0] in (b"sec", b"ssb")
    # In a secret listing field 15 is "#" for a stub, "+" for a file, and for a key on a card the card's number.
    token = fields[14] if listed_as_secret else b""
    letters = "".join(letter for letter in fields[11].decode() if letter.islower())  # capitals speak of the whole key
    return RingKey(
        fingerprint,
        fields[1].decode(),
        letters,
        _instant(fields[6]),
        listed_as_secret and token != b"#",
        token.decode().upper() if _CARD_NUMBER.fullmatch(token) else "",
        _algorithm(fields),
        _instant(fields[5]),
    )


def _instant(field: bytes) -> datetime | None:
    return datetime.fromtimestamp(int(field), UTC) if field.isdigit() else None


def _algorithm(fields: list[bytes]) -> str:
    """The curve where there is one (field 17), else the family with the size in bits (fields 4 and 3)."""
    curve = fields[16].decode() if len(fields) > 16 else ""
    number = fields[3].decode()
    return curve or f"{_FAMILIES.get(number, f'algorithm {number}, ')}{fields[2].decode()}"
