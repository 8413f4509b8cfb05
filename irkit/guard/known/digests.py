"""From a credential to keyed digests of the texts by which it is recognised. Pure.

A part is keyed BLAKE2b (RFC 7693, 128 bits) of one form of the value: raw, in base64, hexadecimal, percent-encoded or as JSON writes
it; of a private key, of each line of its armor. A form is digested from its first letter or digit to its last, and is sought where a
letter or digit begins and `length` bytes further one ends: so no byte of the value need be kept to know where to look.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from math import log2
from urllib.parse import quote_from_bytes

from irkit.errors import BadInput
from irkit.model import Secret

SHORTEST = 16
"""Bytes of the shortest part. What is shorter can be guessed by whoever has the key and the file."""

LONGEST = 4096
_BITS = 48.0  # of a value, estimated by the frequency of its bytes: 16 random hexadecimal digits have some 55
_CORE = re.compile(rb"[A-Za-z0-9](?:.*[A-Za-z0-9])?", re.DOTALL)
_BLANK = re.compile(rb"[\x00-\x20\x7f]")
_ARMOR = re.compile(rb"[A-Za-z0-9+/=]{32,}")
_PERCENT = re.compile(rb"%[0-9A-F]{2}")
_KEY_BYTES = 32
_PERSON = b"irkit known v1"


@dataclass(frozen=True)
class Key:
    """The team's key. Who has it can test guesses against the file, and read nothing out of it."""

    secret: Secret = field(repr=False)

    def __post_init__(self) -> None:
        value = self.secret.reveal()
        if len(value) < _KEY_BYTES or len(set(value)) < _KEY_BYTES // 4:
            raise BadInput(
                "the team's key is too weak",
                why=f"{_KEY_BYTES} bytes drawn at random are the least",
                do="make one with: irkit guard known key FILE",
            )

    def digest(self, text: bytes) -> bytes:
        return self.digester()(text)

    def digester(self) -> Callable[[bytes | memoryview], bytes]:
        """What digests, made once for many texts."""
        keyed = hashlib.blake2b(
            key=hashlib.sha512(_PERSON + self.secret.reveal()).digest(), person=_PERSON, digest_size=16
        )

        def digest(text: bytes | memoryview) -> bytes:
            one = keyed.copy()
            one.update(text)
            return one.digest()

        return digest

    @property
    def name(self) -> str:
        """By which a file knows its key: another key would find nothing, and that must not look like nothing found."""
        return self.digest(b"the name of this key").hex()[:16]


@dataclass(frozen=True)
class Part:
    """One text by which a credential is recognised: its form, its length in bytes, its digest."""

    form: str
    length: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.form} {self.length} {self.digest.hex()}"


def core(text: bytes) -> bytes:
    """From the first letter or digit to the last."""
    found = _CORE.search(text)
    return found[0] if found else b""


def parts(value: bytes, key: Key) -> tuple[Part, ...]:
    """Every part of a credential. BadInput when it is too short, too regular, or of words: it could be guessed, or not be found."""
    texts = list(_armor(value) if b"\n" in value.strip() else _forms(value.strip()))
    if not texts:
        raise BadInput(
            "this credential cannot be known by digests",
            why="no line of it is a run of 32 letters and digits",
            do="give a token, or a private key in armor",
        )
    made: dict[bytes, Part] = {}
    for form, text in texts:
        part = Part(form, len(text), key.digest(text))
        made.setdefault(part.digest, part)
    return tuple(made.values())


def _forms(value: bytes) -> Iterator[tuple[str, bytes]]:
    raw = core(value)
    if _BLANK.search(raw):
        raise _weak("it has blanks in it: a passphrase of words is guessed more easily than a token")
    if len(raw) < SHORTEST:
        raise _weak(f"it is under {SHORTEST} bytes")
    if _bits(raw) < _BITS:
        raise _weak("it is too regular")
    if len(raw) > LONGEST:
        raise BadInput(
            "this credential is too long for one token", why=f"over {LONGEST} bytes", do="correct the reference"
        )
    writings = [("raw", value), ("base64", b64encode(value)), ("base64url", b64encode(value, b"-_"))]
    writings += [("hex", value.hex().encode()), ("HEX", value.hex().upper().encode())]
    percent = quote_from_bytes(value, safe="").encode()
    writings.append(("percent-encoded", percent))
    writings.append(("percent-lower", _PERCENT.sub(lambda found: found[0].lower(), percent)))  # .NET
    with suppress(UnicodeDecodeError):
        escaped = json.dumps(value.decode())[1:-1].encode()
        writings += [("json-escaped", escaped), ("json-slash", escaped.replace(b"/", b"\\/"))]  # PHP
    for form, text in writings:
        yield form, core(text)


def _armor(value: bytes) -> Iterator[tuple[str, bytes]]:
    """Each line of an armored key but the headers and the first, which begins alike for every key of its kind; that one where it is all."""
    body = [line.strip() for line in value.splitlines() if not line.startswith(b"-----") and b": " not in line]
    lines = [(number, line) for number, line in enumerate((line for line in body if line), 1)]
    for number, line in lines[1:] or lines:
        text = core(line)
        if _ARMOR.fullmatch(line) and len(text) >= SHORTEST and _bits(text) >= _BITS:
            yield f"line-{number}", text


def _bits(text: bytes) -> float:
    """The Shannon entropy of the whole text: what its bytes would cost a code that knows how often each occurs."""
    return -sum(count * log2(count / len(text)) for count in Counter(text).values())


def _weak(why: str) -> BadInput:
    return BadInput(
        "this credential is too weak to be known by digests",
        why=f"{why}; whoever had the file and the key could guess it",
        do="replace it by a longer random one",
    )


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)
