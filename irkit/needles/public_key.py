"""A public key is known by its fingerprint, which stands in no keyring: it is computed from the key packets found there.

Read are binary keyrings ("keyring"), base64 of one in any wrapping ("armored-keyring"), base64 of such an armor
("armored-keyring-base64"), and in text the fingerprint in any spacing and case ("fingerprint"), its long id ("long-id") and its
short id ("short-id"). All are weak: they name the key.
A private key begins with its public part: "private-key" and "armored-private-key" are no weak hits, the secret stands there.
Packets and fingerprints are RFC 9580, 4.2, 5.5.2 and 5.5.4.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from irkit.needles.model import Needle
from irkit.needles.nested import stable_base64

_ALGORITHMS = rb"[\x01-\x03\x10-\x13\x16\x19-\x1c]"
_VERSION_TIME_ALGORITHM = rb"[\x04\x06].{4}[\x01-\x03\x10-\x13\x16\x19-\x1c]"
_TWO_OCTETS = rb"(?P<two>[\x00-\x0f].)"
_NEW_LENGTH = rb"(?:(?P<one>[\x08-\xbf])|(?P<middle>[\xc0-\xcf].)|\xff(?P<four>\0\0[\x00-\x0f].))"
# One expression for each first byte: `re` finds a single byte ten times as fast as one of a set.
_PACKETS = tuple(
    re.compile(re.escape(first) + length + _VERSION_TIME_ALGORITHM, re.DOTALL)
    for first, length in (
        *((first, b"(?P<one>.)") for first in (b"\x94", b"\x98", b"\x9c", b"\xb8")),
        *((first, _TWO_OCTETS) for first in (b"\x95", b"\x99", b"\x9d", b"\xb9")),
        *((first, _NEW_LENGTH) for first in (b"\xc5", b"\xc6", b"\xc7", b"\xce")),
    )
)
_PRIVATE = b"\x94\x95\x9c\x9d\xc5\xc7"
_NUMBERS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4, 20: 3}
_FIXED = {25: 32, 26: 56, 27: 32, 28: 57}
_SMALLEST = 10
"""Bytes of a key packet: version, time, algorithm, and a number at least. Shorter ones only look like one."""

_LARGEST = 20_000
"""Bytes of a private key packet: RSA of 32768 bits."""

# What the first bytes of the packet of a primary key become in base64.
_BASE64 = (
    re.compile(rb"l(?:Q[A-Za-z0-9+/]{2}B[A-Pg-v]|[A-P][A-Za-z0-9+/][EG])[A-Za-z0-9+/]{12}"),
    re.compile(rb"m(?:Q[A-Za-z0-9+/]{2}B[A-Pg-v]|[A-P][A-Za-z0-9+/][EG])[A-Za-z0-9+/]{12}"),
    re.compile(rb"x(?:[g-v][A-Za-z0-9+/][EG]|[st][A-Za-z0-9+/]{2}B[A-Pg-v])[A-Za-z0-9+/]{12}"),
)
_ARMOR_IN_BASE64 = tuple((phase, re.compile(re.escape(mark))) for phase, mark in stable_base64(b"-----BEGIN PGP P"))
_WITHIN = re.compile(rb"[A-Za-z0-9+/_=-]\Z")
"""In front of base64 it says that this is the middle of it, unless it is the end of a written `\\n`."""

_RUN = re.compile(rb"[A-Za-z0-9+/\s\\\"',>|#*]*")
_NOISE = b" \t\r\n\\\"',>|#*"
_LARGEST_RUN = 1 << 20

_SEPARATORS = b" \t\r\n:.-\xa0\xc2"
_BETWEEN = b"[ \\t\\r\\n:.\\xa0\\xc2-]{0,4}"
_LOWER = bytes.maketrans(b"ABCDEF", b"abcdef")
_TEXT_REACH = 64 * 5


@dataclass(frozen=True)
class Named:
    """A place where a public key stands or is named."""

    fingerprint: str
    form: str
    start: int
    end: int


def public_key_needles(fingerprint: str) -> tuple[Needle, ...]:
    """The needle of a public key, by its fingerprint of 40 (v4) or 64 (v6) digits; () for anything else."""
    digits = re.sub(r"\s", "", fingerprint).upper().removeprefix("0X")
    if not re.fullmatch(r"[0-9A-F]{40}|[0-9A-F]{64}", digits):
        return ()
    return (Needle("fingerprint", digits.encode(), weak=True, structural=True),)


class PublicKeys:
    """Seeks public keys, by fingerprint (upper case), in data that comes in pieces."""

    def __init__(self, fingerprints: Iterable[str]) -> None:
        self._fingerprints = frozenset(fingerprints)
        self._texts = [(one, *_text_patterns(one)) for one in sorted(self._fingerprints)]

    def __bool__(self) -> bool:
        return bool(self._fingerprints)

    def look(self, data: bytes, start: int, last: bool) -> tuple[list[Named], int]:
        """What begins in `data` from `start` on, and from where on it must be looked at again with what follows."""
        stop = len(data) if last else max(start, len(data) - _LARGEST - _TEXT_REACH)
        found = [*self._in_text(data, start), *self._in_packets(data, start)]
        for match in _all(_BASE64, data, start):
            front = data[max(0, match.start() - 2) : match.start()]
            if _WITHIN.search(front) and front != b"\\n":
                continue
            run = _RUN.match(data, match.start(), match.start() + _LARGEST_RUN)
            if run is None:
                continue
            if run.end() == len(data) and not last:
                stop = min(stop, match.start())
                continue
            inside = {(one.fingerprint, f"armored-{one.form}") for one in self._in_packets(_decoded(run[0]), 0)}
            found += [Named(name, form, run.start(), run.end()) for name, form in sorted(inside)]
        for phase, pattern in _ARMOR_IN_BASE64:
            for match in pattern.finditer(data, start):
                run = _RUN.match(data, match.start(), match.start() + _LARGEST_RUN)
                if run and run.end() == len(data) and not last:
                    stop = min(stop, match.start())
                elif run:
                    armor = _decoded(b"A" * phase + run[0])
                    within = {(one.fingerprint, one.form) for one in self.look(armor, 0, True)[0]}
                    found += [Named(name, f"{form}-base64", run.start(), run.end()) for name, form in sorted(within)]
        return sorted((one for one in found if one.start < stop), key=lambda one: (one.start, one.form)), stop

    def _in_packets(self, data: bytes, start: int) -> Iterator[Named]:
        for match in _all(_PACKETS, data, start):
            body_at = match.end() - 6
            end = body_at + _size(match)
            if end > len(data) or end - body_at < _SMALLEST:
                continue
            body = data[body_at:end]
            public = _public_part(body) if data[match.start()] in _PRIVATE else body
            if (name := _fingerprint(public)) in self._fingerprints:
                # A stub (GnuPG's doc/DETAILS) stands in the place of a secret part that was left out.
                private = len(public) < len(body) and body[len(public) + 4 : len(public) + 7] != b"GNU"
                yield Named(name, "private-key" if private else "keyring", match.start(), end)

    def _in_text(self, data: bytes, start: int) -> Iterator[Named]:
        if not self._texts:
            return
        squeezed = data[max(0, start - 1) :].translate(_LOWER, _SEPARATORS)
        for name, marks, pattern in self._texts:
            if any(mark in squeezed for mark in marks):
                for match in pattern.finditer(data, start):
                    yield Named(name, (match.lastgroup or "").replace("_", "-"), match.start(), match.end())


def _all(patterns: Iterable[re.Pattern[bytes]], data: bytes, start: int) -> Iterator[re.Match[bytes]]:
    return chain.from_iterable(pattern.finditer(data, start) for pattern in patterns)


def _text_patterns(fingerprint: str) -> tuple[tuple[bytes, ...], re.Pattern[bytes]]:
    """Digits that stand in every writing of the name, and the writings. A v4 id is the end of the fingerprint, a v6 one its start."""
    digits = fingerprint.encode()
    long_id, short_id = (digits[-16:], digits[-8:]) if len(digits) == 40 else (digits[:16], b"")
    groups = [b"(?P<fingerprint>%s)" % _spaced(digits), b"(?P<long_id>%s)" % _spaced(long_id)]
    if short_id:
        groups.append(b"(?:(?<=0x)|(?<![0-9A-Za-z_-]))(?P<short_id>%s)(?![0-9A-Za-z_-])" % short_id)
    pattern = b"(?<![0-9A-F])(?:0x)?(?:%s)(?![0-9A-F])" % b"|".join(groups)
    return ((short_id or long_id).lower(),), re.compile(pattern, re.IGNORECASE)


def _spaced(digits: bytes) -> bytes:
    return _BETWEEN.join(digits[at : at + 1] for at in range(len(digits)))


def _size(match: re.Match[bytes]) -> int:
    kind = match.lastgroup or ""
    octets = match[kind]
    if kind == "middle":
        return ((octets[0] - 192) << 8) + octets[1] + 192
    return int.from_bytes(octets, "big")


def _public_part(body: bytes) -> bytes:
    """What of a private key packet its fingerprint is made of: everything in front of the octet that tells its protection."""
    if body[0] != 4:
        return body[: 10 + int.from_bytes(body[6:10], "big")]
    algorithm, at = body[5], 6
    if algorithm in _FIXED:
        return body[: at + _FIXED[algorithm]]
    if algorithm in (18, 19, 22):
        at = _past_number(body, at + 1 + body[at])
        return body[: at + 1 + body[at]] if algorithm == 18 and at < len(body) else body[:at]
    for _ in range(_NUMBERS.get(algorithm, 0)):
        at = _past_number(body, at)
    return body[:at]


def _past_number(body: bytes, at: int) -> int:
    return at + 2 + (int.from_bytes(body[at : at + 2], "big") + 7) // 8


def _fingerprint(body: bytes) -> str:
    size = len(body)
    if body[:1] == b"\x04":
        return hashlib.sha1(b"\x99" + size.to_bytes(2, "big") + body, usedforsecurity=False).hexdigest().upper()
    return hashlib.sha256(b"\x9b" + size.to_bytes(4, "big") + body).hexdigest().upper()


def _decoded(run: bytes) -> bytes:
    text = run.replace(b"\\r", b"").replace(b"\\n", b"").translate(None, _NOISE)
    return base64.b64decode(text[: len(text) - len(text) % 4])
