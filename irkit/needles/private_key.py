"""Private keys are known by their numbers, not by their text: any armor, keyring, encoding or wrapping holds the same ones.

OpenPGP packets are read by `irkit.openpgp`; here PEM (PKCS#1, PKCS#8, SEC 1, OpenSSH) and DER, by the `cryptography`
library, and PuTTY's files. A key under a passphrase is known by its encrypted bytes: another encryption of it is not found.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from irkit.errors import BadInput
from irkit.needles.escapes import byte_array
from irkit.needles.model import Needle, distinct
from irkit.needles.nested import block_forms, nested_forms
from irkit.needles.putty import putty_material
from irkit.needles.token import base64_forms, hex_forms

_PIECE = 20
"""Characters of base64 that must stand unbroken when a longer run was wrapped over lines (120 bits)."""

_STEP = (5, 10)
"""Characters from one such piece to the next where the whole is encoded once more: of an elliptic key, and of one with long numbers,
whose many pieces would slow the search."""

_WINDOW = 44
"""Characters of base64 in base64 that tell a key: no line ends within more than one third of them."""

_SMALLEST = 16
"""Bytes of a number that tells one key from any other."""

_PEM = re.compile(rb"-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----(.*?)-----END \1-----", re.DOTALL)
_HEADERS = re.compile(rb"^[A-Za-z-]+: .*$", re.MULTILINE)
_ENVELOPE = 128
"""The most bytes that name the cipher in front of an encrypted PKCS#8 key (RFC 5958, RFC 8018)."""


def key_needles(material: Iterable[bytes]) -> tuple[Needle, ...]:
    """Forms of a private key, from its secret numbers: "binary" (DER, packets, agent files), "hex", and "armor" (any base64);
    "armor-base64" is any of that in base64 again, and an armored block in base64 of base64.

    Base64 is wrapped at 64 or 70 characters or wherever somebody re-wrapped it: each run is a needle that splits, and its
    parts of `_PIECE` characters are needles as well, so that half a block is found too. BadInput when there is no material.
    """
    secrets = tuple(dict.fromkeys(chain.from_iterable(map(_orders, material))))
    found: list[Needle] = []
    for secret in secrets:
        found += [Needle("binary", secret), Needle("reversed", secret[::-1]), *hex_forms(secret)]
        found += [Needle("byte-array", text) for text in byte_array(secret)]
        for needle in base64_forms(secret, "armor"):
            text = needle.pattern
            found.append(needle)
            found += (Needle("armor", text[at : at + _PIECE]) for at in range(0, len(text) - _PIECE + 1, _PIECE))
            found += _otherwise_written(text)
    if not found:
        raise BadInput("this key holds no secret material", do="give the reference to the private key that leaked")
    once = [distinct(base64_forms(secret, "armor")) for secret in secrets if not _is_prime(secret, secrets)]
    for forms in once:
        found += nested_forms(forms, "armor-base64", window=_WINDOW)
    found += block_forms(
        b"-----BEGIN ", [replace(one, pattern=one.pattern[:_WINDOW]) for forms in once for one in forms], "armor-base64"
    )
    return distinct(found)


def _orders(secret: bytes) -> tuple[bytes, ...]:
    """A number without leading zeros, and a scalar of Curve25519 in either order of its bytes; () for what is too short.

    PKCS#8 has the scalar from its lowest byte on (RFC 8410, RFC 7748), OpenPGP from its highest (RFC 9580, 5.5.5.6.1.1). By both
    its lowest three bits are 0 and its highest are 01.
    """
    plain = secret.lstrip(b"\0")
    if len(plain) < _SMALLEST:
        return ()
    low_first = len(secret) == 32 and secret[0] % 8 == 0 and secret[31] >> 6 == 1
    high_first = len(secret) == 32 and secret[31] % 8 == 0 and secret[0] >> 6 == 1
    return (secret if low_first else plain, secret[::-1]) if low_first or high_first else (plain,)


def _otherwise_written(text: bytes) -> Iterator[Needle]:
    """Armor that was encoded once more, letter by letter: pieces so close together that a line's end leaves next to nothing."""
    for at in range(0, len(text) - _PIECE + 1, _STEP[len(text) > 2 * _WINDOW]):
        piece = text[at : at + _PIECE]
        yield Needle("armor-utf-16", piece.decode().encode("utf-16-le")[:-1])  # in either order of bytes
        yield from (Needle("armor-hex", digits.encode()) for digits in (piece.hex(), piece.hex().upper()))
        yield Needle("armor-reversed", piece[::-1])
        for plus, slash in ((b"%2B", b"%2F"), (b"%2b", b"%2f"), (b"+", b"\\/")):
            escaped = piece.replace(b"+", plus).replace(b"/", slash)
            if escaped != piece:
                yield Needle("armor-escaped", escaped)


def _is_prime(secret: bytes, secrets: tuple[bytes, ...]) -> bool:
    """Whether it is half of an RSA key, by its size: wherever it stands the private exponent stands too."""
    return any(abs(len(one) - 2 * len(secret)) <= 2 for one in secrets)


def private_material(data: bytes) -> tuple[bytes, ...]:
    """The secret numbers of every PEM, OpenSSH, PuTTY or DER private key in `data`; () when there is none.

    Base64 of such a file, and PEM with its line ends written as `\\n`, are read too. Never raises.
    """
    found = dict.fromkeys(
        number for one in (*_keys(data), *putty_material(data)) for number in one if len(number) >= _SMALLEST
    )
    return tuple(found)


def _keys(data: bytes) -> Iterator[tuple[bytes, ...]]:
    text = data.replace(b"\\r", b"").replace(b"\\n", b"\n")
    blocks = list(_PEM.finditer(text))
    if not blocks and data[:1] != b"\x30" and (inner := _unbase64(data)):
        blocks, data = list(_PEM.finditer(inner)), inner
    for block in blocks:
        yield _pem(block[1], block[0], block[2])
    if not blocks and data[:1] == b"\x30":
        yield _der(data)


def _pem(label: bytes, block: bytes, body: bytes) -> tuple[bytes, ...]:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    load = load_ssh_private_key if label == b"OPENSSH PRIVATE KEY" else load_pem_private_key
    lines = b"\n".join(line.strip() for line in block.splitlines()) + b"\n"
    try:
        return _numbers(load(lines, None))
    except Exception:  # a passphrase, a kind that is not known, damage: the library has no common error
        return _as_it_stands(label, _unbase64(_HEADERS.sub(b"", body)))


def _der(data: bytes) -> tuple[bytes, ...]:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        return _numbers(load_der_private_key(data, None))
    except TypeError:  # the library's word for "a passphrase is needed"
        return _as_it_stands(b"ENCRYPTED PRIVATE KEY", data)
    except Exception:  # any other DER: a certificate, say
        return ()


def _as_it_stands(label: bytes, body: bytes) -> tuple[bytes, ...]:
    """The secret part of a key that could not be opened: what follows the public part or the name of the cipher."""
    if label == b"OPENSSH PRIVATE KEY":
        return (_last_string(body),)
    if label == b"ENCRYPTED PRIVATE KEY":
        return (body[-max(48, len(body) - _ENVELOPE) :],)
    return (body[-max(64, len(body) * 3 // 4) :],)


def _last_string(body: bytes) -> bytes:
    """The private section of openssh-key-v1 (OpenSSH's PROTOCOL.key): the string that ends with the file."""
    for at in range(15, len(body) - 4):
        size = int.from_bytes(body[at : at + 4], "big")
        if size >= 64 and at + 4 + size <= len(body) <= at + 4 + size + 32:
            return body[at + 4 : at + 4 + size]
    return body[-64:]


def _numbers(key: Any) -> tuple[bytes, ...]:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa, x25519

    if isinstance(key, rsa.RSAPrivateKey):
        rsa_key = key.private_numbers()
        return tuple(map(_bytes, (rsa_key.d, rsa_key.p, rsa_key.q, rsa_key.dmp1, rsa_key.dmq1, rsa_key.iqmp)))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return (_bytes(key.private_numbers().private_value),)
    if isinstance(key, dsa.DSAPrivateKey):
        return (_bytes(key.private_numbers().x),)
    raw = bytes(key.private_bytes_raw())
    return (_clamped(raw),) if isinstance(key, x25519.X25519PrivateKey) else (raw,)


def _clamped(scalar: bytes) -> bytes:
    """What of it is used, and kept by OpenPGP (RFC 7748, section 5): most programs write no other bits in the first place."""
    return bytes((scalar[0] & 248, *scalar[1:31], scalar[31] & 127 | 64))


def _bytes(number: int) -> bytes:
    """Without leading zeros: encodings disagree about those."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _unbase64(text: bytes) -> bytes:
    squeezed = b"".join(text.split())
    try:
        return base64.b64decode(squeezed + b"=" * (-len(squeezed) % 4), validate=True)
    except binascii.Error:
        return b""
