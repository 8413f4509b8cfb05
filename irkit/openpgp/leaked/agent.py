"""Key files of gpg-agent (`private-keys-v1.d/<KEYGRIP>.key`), read without an agent. Pure.

GnuPG's agent/keyformat.txt: a private, protected or shadowed key as an S-expression, either canonical on its own or after
`Key:` in name-value lines. Such a file names no OpenPGP key: its public numbers say to which key packet it belongs.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from irkit.errors import BadInput
from irkit.openpgp.leaked.sexpression import Expression, atom, named, parse

_KINDS = {
    b"private-key": "cleartext",
    b"protected-private-key": "protected",
    b"shadowed-private-key": "stub",
}
_CANONICAL = re.compile(rb"\((?:11:private-key|21:protected-private-key|20:shadowed-private-key)")
_KEY_LINE = re.compile(rb"^Key:[ \t]*(\(.*?)(?=^[A-Za-z]|\Z)", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_NAMES = {b"rsa": "RSA", b"dsa": "DSA", b"elg": "Elgamal", b"ecc": "ECC", b"ecdsa": "ECDSA", b"ecdh": "ECDH"}
_MODES = {
    b"openpgp-s2k3-ocb-aes": "AES-128 OCB",
    b"openpgp-s2k3-sha1-aes-cbc": "AES-128",
    b"openpgp-s2k3-sha1-aes256-cbc": "AES-256",
}
_HEADERS = 2048  # bytes in front of `Key:` within which it must stand


@dataclass(frozen=True)
class AgentKey:
    """One key file. `secret` and `protection` are as in `OpenPgpSubkey`; `number` is public, and what a key packet is matched by.

    `keygrip` is computed where the public numbers suffice (RSA, Ed25519, Curve25519), "" otherwise.
    """

    algorithm: str
    secret: str
    protection: str
    number: bytes
    keygrip: str


def looks_like_agent_key(data: bytes) -> bool:
    """Whether these bytes begin like such a file. Never raises."""
    return bool(_CANONICAL.match(data) or _KEY_LINE.search(data[:_HEADERS]))


def agent_key(data: bytes) -> AgentKey:
    """The key in such a file. BadInput when it is damaged or of a kind that is not read."""
    match = None if _CANONICAL.match(data) else _KEY_LINE.search(data)
    whole = parse(match[1] if match else data)
    kind = atom(whole) if isinstance(whole, tuple) else b""
    if kind not in _KINDS:
        raise BadInput("this is no key file of gpg-agent", do="look into it with: gpg-agent's tools, or export the key")
    secret = _KINDS[kind]
    inner: Expression = whole[1] if isinstance(whole, tuple) and len(whole) > 1 else ()
    algorithm = atom(inner) if isinstance(inner, tuple) else b""
    curve = atom(named(inner, b"curve"))
    number = atom(named(inner, b"n")) or atom(named(inner, b"q") if curve else named(inner, b"y"))
    if not number:
        raise BadInput("a key file of gpg-agent holds no public number that is read", why=_word(algorithm))
    protection = _protection(named(inner, b"protected")) if kind == b"protected-private-key" else ""
    if secret == "stub":  # noqa: S105  (a state, not a value)
        protection = "on a smart card"
    name = _name(algorithm, curve, number)
    return AgentKey(name, secret, protection, plain(number), keygrip(algorithm, curve, number))


def plain(number: bytes) -> bytes:
    """A public number without what one format puts in front of it: zeros, or the 0x40 of a point on Curve25519 or Ed25519."""
    bare = number.lstrip(b"\0")
    return bare[1:] if len(bare) == 33 and bare[0] == 0x40 else bare


def packet_number(body: bytes) -> bytes:
    """The same number from the body of a key packet (RFC 9580 5.5.5); b"" where it is cut off or not read."""
    version, algorithm = body[:1], body[5:6]
    at = 6 if version == b"\x04" else 10
    if not algorithm:
        return b""
    kind = algorithm[0]
    if kind in (25, 26, 27, 28):
        return plain(body[at : at + {25: 32, 26: 56, 27: 32, 28: 57}[kind]])
    if kind in (18, 19, 22):
        at += 1 + (body[at] if at < len(body) else 0)
    index = {16: 2, 20: 2, 17: 3}.get(kind, 0)
    number = b""
    for _ in range(index + 1):
        size = (int.from_bytes(body[at : at + 2], "big") + 7) // 8
        number = body[at + 2 : at + 2 + size]
        at += 2 + size
    return plain(number)


_25519 = (
    ("p", "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"),
    ("n", "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed"),
)
_CURVES = {
    b"Ed25519": {
        "a": "01", "b": "2dfc9311d490018c7338bf8688861767ff8ff5b2bebe27548a14b235eca6874a",
        "g": "04216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a"
             "6666666666666666666666666666666666666666666666666666666666666658",
    },
    b"Curve25519": {
        "a": "01db41", "b": "01",
        "g": "040000000000000000000000000000000000000000000000000000000000000009"
             "20ae19a1b8a086b4e01edd2c7748d14c923d4d7e6d7c61b229e9c5a27eced3d9",
    },
}  # fmt: skip


def keygrip(algorithm: bytes, curve: bytes, number: bytes) -> str:
    """SHA-1 of the public numbers as libgcrypt's gcry_pk_get_keygrip takes it; "" for kinds whose numbers do not suffice."""
    if algorithm == b"rsa":
        return hashlib.sha1(number, usedforsecurity=False).hexdigest().upper()
    if curve not in _CURVES:
        return ""
    values = {name: bytes.fromhex(digits) for name, digits in (*_25519, *_CURVES[curve].items())} | {"q": plain(number)}
    text = b"".join(b"(1:%s%d:%s)" % (name.encode(), len(values[name]), values[name]) for name in "pabgnq")
    return hashlib.sha1(text, usedforsecurity=False).hexdigest().upper()


def _name(algorithm: bytes, curve: bytes, number: bytes) -> str:
    if curve:
        return _word(curve)
    return f"{_NAMES.get(algorithm, _word(algorithm))} {len(plain(number)) * 8}"


def _protection(said: tuple[Expression, ...]) -> str:
    """`mode ((hash salt count) nonce) octets`, in the words of `OpenPgpSubkey.protection`."""
    mode = atom(said)
    if mode == b"openpgp-native":
        return _native(named(said, b"protection"))
    if mode in _MODES and len(said) > 1 and isinstance(said[1], tuple) and said[1] and isinstance(said[1][0], tuple):
        derived = said[1][0]
        return _iterated(atom(derived), atom(derived, 2), _MODES[mode])
    return f"mode {_word(mode)}"


def _native(said: tuple[Expression, ...]) -> str:
    """`prottype algorithm iv mode hash salt count`, as in the OpenPGP private key transfer format."""
    cipher, mode, digest, count = _word(atom(said, 1)).upper(), atom(said, 3), atom(said, 4), atom(said, 6)
    check = ", checked by a 16-bit sum only" if atom(said) == b"sum" else ""
    if mode == b"3":
        return _iterated(digest, count, cipher) + check
    salted = {b"0": "unsalted", b"1": "salted"}.get(mode)
    return f"{salted} single {_word(digest).upper()}, {cipher}{check}" if salted else f"mode {_word(mode)}"


def _iterated(digest: bytes, count: bytes, cipher: str) -> str:
    if not count.isdigit():
        return f"iterated and salted {_word(digest).upper()}, an unknown number of bytes hashed, {cipher}"
    number = int(count)
    if number < 256:  # the octet of RFC 9580 3.7.1.3, which older agents kept
        number = (16 + (number & 15)) << ((number >> 4) + 6)
    return f"iterated and salted {_word(digest).upper()}, {number} bytes hashed, {cipher}"


def _word(text: bytes) -> str:
    return re.sub(r"[^A-Za-z0-9 ._-]", "?", text.decode("ascii", "replace"))[:40] or "unknown"
