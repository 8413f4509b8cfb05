"""From whatever a key was pasted as to OpenPGP packets: binary, ASCII armor, base64 of either; and from packets to armor. Pure.

Armor is RFC 9580, section 6. Its checksum is not required (6.1): a key that leaked through a log is read even
when the log has damaged a line, and the packets themselves say whether they are whole.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

_ARMOR = re.compile(
    rb"-----BEGIN (PGP [A-Z ]{3,40}?)-----(.*?)(?:-----END \1-----|(?=-----BEGIN PGP )|\Z)",
    re.DOTALL,
)
_HEADER = re.compile(rb"^[A-Za-z][A-Za-z0-9-]{0,20}: .*$", re.MULTILINE)
_CHECKSUM = re.compile(rb"=[A-Za-z0-9+/]{4}\Z")
_BASE64_TEXT = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_SPACE = re.compile(rb"\s+")

_LINE = 64

PUBLIC_KEY, SIGNATURE = "PGP PUBLIC KEY BLOCK", "PGP SIGNATURE"
PRIVATE_HEADER = b"-----BEGIN PGP PRIVATE KEY BLOCK-----"


def blocks(data: bytes) -> tuple[tuple[str, bytes], ...]:
    """Every OpenPGP block in `data` as (label, binary packets); the label is "" where there was no armor.

    Text around armored blocks is passed over. Nothing here raises: what is no OpenPGP gives an empty tuple, and
    whether the packets are whole is for their reader to say.
    """
    data = _as_bytes(data)
    found = tuple(_armored(data))
    if found:
        return found
    if data[:1] and data[0] & 0x80:
        return (("", data),)
    if b"-----BEGIN PGP " in data:
        return ()
    inner = _unbase64(_SPACE.sub(b"", data))
    if not inner:
        return ()
    return tuple(_armored(inner)) or ((("", inner),) if inner[0] & 0x80 else ())


def armored(packets: bytes, label: str = SIGNATURE) -> bytes:
    """ASCII armor with its checksum: older readers want it."""
    text = base64.b64encode(packets).decode()
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    check = base64.b64encode(crc24(packets).to_bytes(3, "big")).decode()
    return "\n".join([f"-----BEGIN {label}-----", "", *lines, f"={check}", f"-----END {label}-----", ""]).encode()


def crc24(data: bytes) -> int:
    """The checksum of armor, RFC 9580 6.1.1."""
    crc = 0xB704CE
    for byte in data:
        crc = ((crc << 8) & 0xFFFFFF) ^ _CRC24[(crc >> 16) ^ byte]
    return crc


def _crc24_of(byte: int) -> int:
    crc = byte << 16
    for _ in range(8):
        crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
    return crc & 0xFFFFFF


_CRC24 = tuple(map(_crc24_of, range(256)))


def is_armored(data: bytes) -> bool:
    """Whether a signature is written in armor: binary packets begin with a byte past ASCII. True for an empty file."""
    return data[:1].isascii()


def _armored(data: bytes) -> Iterator[tuple[str, bytes]]:
    # A key kept in an environment variable or in JSON often has its line ends written as \n.
    if b"-----BEGIN PGP " in data and b"\\n" in data:
        data = data.replace(b"\\r", b"").replace(b"\\n", b"\n")
    for match in _ARMOR.finditer(data):
        label = match[1].decode()
        if label == "PGP SIGNED MESSAGE":
            continue  # its signature follows in a block of its own
        body = _SPACE.sub(b"", _HEADER.sub(b"", match[2]))
        packets = _unbase64(_CHECKSUM.sub(b"", body))
        if packets:
            yield label, packets


def _unbase64(text: bytes) -> bytes:
    if not _BASE64_TEXT.fullmatch(text):
        return b""
    text = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    if len(text) % 4 == 1:
        text = text[:-1]  # cut off in the middle of a group: keep what can be read
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def _as_bytes(data: bytes) -> bytes:
    """UTF-16 (a Windows shell's `>`) as UTF-8; anything else as it is."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
        if text.startswith("-----BEGIN PGP"):
            return text.encode()
    return data
