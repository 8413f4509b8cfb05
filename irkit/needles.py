"""Every form in which a secret may stand. What the finder seeks, the redactor hides. Pure.

Forms: raw, base64 (three alignments, standard and URL-safe alphabet), hex (both cases), percent-encoded,
JSON-escaped, HTML-escaped, UTF-16 (both byte orders) and SHA-256 as audit logs keep it. For an OpenPGP private key the
needles are its secret key material, so that any armor, keyring or re-wrapped copy is found.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

from irkit.errors import BadInput

MIN_BYTES = 8
"""A shorter secret would match everywhere; it is refused rather than searched."""

_HALF = 20
"""Characters of base64 that must stand unbroken when a longer run was wrapped over lines (120 bits)."""


@dataclass(frozen=True)
class Needle:
    """A byte string that betrays a secret. `weak` needles say that it was named (its hash, its id), not that it stands there."""

    form: str
    pattern: bytes = field(repr=False)
    weak: bool = False


def token_needles(value: bytes) -> tuple[Needle, ...]:
    """All forms of a token. BadInput when it is too short to be searched for."""
    _long_enough(value)
    found = [Needle("raw", value), *_base64_forms(value), *_hex_forms(value), *_utf16_forms(value), *_html_forms(value)]
    found += [
        Needle("percent-encoded", quote_from_bytes(value, safe="").encode()),
        Needle("json-escaped", json.dumps(value.decode("utf-8", "replace"))[1:-1].encode()),
        Needle("sha256-hex", hashlib.sha256(value).hexdigest().encode(), weak=True),
        Needle("sha256-base64", base64.b64encode(hashlib.sha256(value).digest()), weak=True),
    ]
    return _distinct(found)


def key_needles(material: Iterable[bytes]) -> tuple[Needle, ...]:
    """Forms of a private key, from the secret material of its packets (`irkit.openpgp` reads them out).

    Base64 in armor is wrapped at 64 characters or wherever somebody re-wrapped it: the two halves of each
    run are needles as well, one of which stands unbroken when there is one line break.
    """
    found: list[Needle] = []
    for secret in material:
        if len(secret) < 16:
            continue
        found.append(Needle("binary", secret))
        found += _hex_forms(secret)
        for needle in _base64_forms(secret):
            text = needle.pattern
            for start in range(0, max(1, len(text) - _HALF + 1), _HALF):
                found.append(Needle("armor", text[start : start + _HALF]))
    if not found:
        raise BadInput("this key holds no secret material", do="give the reference to the private key that leaked")
    return _distinct(found)


def id_needles(public_id: str) -> tuple[Needle, ...]:
    """The identifying part alone (an AWS key id, a token id): a weaker hit."""
    return (Needle("id", public_id.encode(), weak=True),) if len(public_id) >= MIN_BYTES else ()


def _long_enough(value: bytes) -> None:
    if len(value) < MIN_BYTES:
        raise BadInput(
            "this credential is too short to search for",
            on=f"{len(value)} bytes",
            why=f"under {MIN_BYTES} bytes it would match everywhere",
            do="check that the reference points at the whole value",
        )


def _base64_forms(value: bytes) -> list[Needle]:
    """Base64 of `value` inside any longer text: the characters that do not depend on its neighbours, at each alignment."""
    forms = []
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + value)
        start = (0, 2, 3)[shift]
        # The last characters depend on what follows unless the group is full.
        whole = (len(value) + shift) * 8 // 6
        stable = text[start:whole]
        forms.append(Needle("base64", stable))
        forms.append(Needle("base64url", stable.translate(bytes.maketrans(b"+/", b"-_"))))
    return forms


def _hex_forms(value: bytes) -> list[Needle]:
    text = value.hex().encode()
    return [Needle("hex", text), Needle("hex", text.upper())]


def _utf16_forms(value: bytes) -> list[Needle]:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return []
    return [Needle("utf-16le", text.encode("utf-16-le")), Needle("utf-16be", text.encode("utf-16-be"))]


def _html_forms(value: bytes) -> list[Needle]:
    """As markup writes it: a password with `&`, `<` or a quote looks different in a table cell."""
    text = value.decode("utf-8", "replace")
    return [Needle("html-escaped", html.escape(text, quote=quote).encode()) for quote in (False, True)]


def _distinct(needles: Iterable[Needle]) -> tuple[Needle, ...]:
    """First form wins where two are the same bytes: a plain token is its own percent-encoding."""
    seen: dict[bytes, Needle] = {}
    for needle in needles:
        if len(needle.pattern) >= MIN_BYTES:
            seen.setdefault(needle.pattern, needle)
    return tuple(seen.values())
