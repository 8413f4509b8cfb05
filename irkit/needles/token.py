"""Every form of a token: encodings, escapes, and the digest as audit logs keep it. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

from irkit.needles import escapes
from irkit.needles.model import MIN_BYTES, SPLIT_BYTES, Needle, distinct, long_enough
from irkit.needles.nested import nested_forms, stable_base64

_BASE64 = (base64.b64encode, base64.urlsafe_b64encode)
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def token_needles(value: bytes) -> tuple[Needle, ...]:
    """All forms of a token. BadInput when it is too short to be searched for.

    Forms: raw, base64 and base64url (three alignments, so inside a Basic pair or a JWT too), hex, utf-16le, utf-16be,
    base64-utf-16le (PowerShell), base64-base64, percent-encoded, json-escaped, yaml-escaped, shell-escaped, c-escaped, html-escaped,
    byte-array, reversed; by its letters also quoted-printable; of one that is a hexadecimal number or a UUID also other-case, with or
    without its dashes, since many who issue such a one take it so; and weak: sha256-hex, sha256-base64.
    """
    long_enough(value)
    digest = hashlib.sha256(value)
    found = [Needle("raw", value, splits=len(value) >= SPLIT_BYTES, letters=value)]
    found += [Needle("other-case", one, splits=len(one) >= SPLIT_BYTES, letters=one) for one in _as_number(value)]
    found += (once := base64_forms(value))
    found += hex_forms(value)
    found += [Needle("percent-encoded", one, letters=value) for one in escapes.percent(value)]
    found += _text_forms(value)
    found += [Needle("c-escaped", one, letters=value) for one in escapes.c_string(value)]
    found += [Needle("byte-array", one, letters=value) for one in escapes.byte_array(value)]
    found.append(Needle("reversed", value[::-1]))
    found += nested_forms(distinct(once), "base64-base64")
    found += [
        Needle("sha256-hex", digest.hexdigest().encode(), weak=True),
        Needle("sha256-hex", digest.hexdigest().upper().encode(), weak=True),
        *(Needle("sha256-base64", one(digest.digest()).rstrip(b"="), weak=True) for one in _BASE64),
    ]
    return distinct(found)


_HEX = re.compile(rb"[0-9a-f-]{16,}|[0-9A-F-]{16,}")
_UUID = re.compile(rb"(.{8})-?(.{4})-?(.{4})-?(.{4})-?(.{12})")


def _as_number(value: bytes) -> list[bytes]:
    """The same number in other writings; none for what is no hexadecimal number."""
    if not _HEX.fullmatch(value):
        return []
    uuid = _UUID.fullmatch(value)
    forms = [b"".join(uuid.groups()), b"-".join(uuid.groups())] if uuid else [value]
    return [case for one in forms for case in (one.lower(), one.upper()) if case != value]


def id_needles(public_id: str) -> tuple[Needle, ...]:
    """The identifying part alone (an AWS key id, a token id): a weaker hit."""
    return (Needle("id", public_id.encode(), weak=True),) if len(public_id) >= MIN_BYTES else ()


def base64_forms(value: bytes, form: str = "base64", *, splits: bool = True) -> list[Needle]:
    """Base64 of `value` inside any longer text: the characters that do not depend on its neighbours, at each alignment."""
    forms = []
    for _, stable in stable_base64(value):
        cut = splits and len(stable) >= SPLIT_BYTES
        for name, text in ((form, stable), ("base64url" if form == "base64" else form, stable.translate(_URL_SAFE))):
            forms.append(Needle(name, text, splits=cut, letters=text if form == "base64" else b""))
    return forms


def hex_forms(value: bytes) -> list[Needle]:
    """One run of digits, or pairs set apart by a space or a colon, in either case."""
    found = []
    for text in (value.hex(), value.hex(" "), value.hex(":")):
        found += [Needle("hex", one.encode(), splits=len(one) >= SPLIT_BYTES) for one in (text, text.upper())]
    return found


def _text_forms(value: bytes) -> Iterator[Needle]:
    """Forms that only text has. A value that is no UTF-8 stands in no JSON, YAML, markup or UTF-16."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return
    wide = text.encode("utf-16-le")
    yield Needle("utf-16le", wide)
    yield Needle("utf-16be", text.encode("utf-16-be"))
    yield from base64_forms(wide, "base64-utf-16le", splits=False)
    for form, writings in (
        ("json-escaped", escapes.json_string(text)),
        ("html-escaped", escapes.markup(text)),
        ("shell-escaped", escapes.shell_word(text)),
        ("yaml-escaped", escapes.yaml_scalar(text)),
    ):
        yield from (Needle(form, one, letters=value) for one in writings)
