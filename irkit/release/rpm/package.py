"""One rpm file: what is signed in it and by whom, read from its bytes, without rpm. Nothing is unpacked.

Layout (https://rpm-software-management.github.io/rpm/manual/format_v4.html): a lead of 96 bytes; the signature header, filled up to
8 bytes; the header; the payload to the end. Both headers: magic 8e ad e8 01 and four bytes, number of entries and size of the
store (big-endian, 4 bytes each), entries of 16 bytes (tag, type, offset, count), the store. Tag numbers: rpm's lib/rpmtag.h.

Signatures lie in the signature header alone: over the header (RSA, DSA, OPENPGP), or in packages of old over header and payload
(PGP, GPG). The header holds the payload's digest. So signing anew changes the file, and neither header nor payload.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from irkit.errors import BadInput, IrkitError
from irkit.openpgp.keyblock import read_signatures
from irkit.openpgp.packets import SignatureInfo

_LEAD_MAGIC, _LEAD_BYTES = b"\xed\xab\xee\xdb", 96
_HEADER_MAGIC = b"\x8e\xad\xe8\x01"
_MOST_ENTRIES, _MOST_STORE = 0xFFFF, 256 << 20  # rpm's own limits: HEADER_TAGS_MAX, HEADER_DATA_MAX
_STRING, _BIN, _STRING_ARRAY = 6, 7, 8

_SIG_DSA, _SIG_RSA, _SIG_SHA256, _SIG_OPENPGP, _SIG_PGP, _SIG_GPG = 267, 268, 273, 278, 1002, 1005
_SIG_SIZE = 1000
_OVER_HEADER = frozenset({_SIG_DSA, _SIG_RSA, _SIG_OPENPGP})
_NAME, _VERSION, _RELEASE, _ARCHITECTURE = 1000, 1001, 1002, 1022
_PAYLOAD_DIGEST, _PAYLOAD_DIGEST_ALGORITHM = 5092, 5093
_DIGESTS = {8: "sha256", 9: "sha384", 10: "sha512"}  # numbers as in RFC 9580 9.5


@dataclass(frozen=True)
class RpmSignature:
    """One signature packet; `whole` when it is over header and payload, else it is over the header."""

    packet: SignatureInfo
    whole: bool


@dataclass(frozen=True)
class Rpm:
    """SHA-256 in hex of the file, of its header and of its payload, computed from the bytes; `header_at` is in bytes.

    `header_as_told` and `payload_as_told`: whether the digest written in the file is the one computed; None when none is written.
    """

    name: str
    sha256: str
    header: str
    payload: str
    header_at: int
    payload_at: int
    signatures: tuple[RpmSignature, ...]
    header_as_told: bool | None
    payload_as_told: bool | None

    @property
    def content(self) -> tuple[tuple[str, str], ...]:
        """What signing again leaves as it is."""
        return (("rpm-header", self.header), ("rpm-payload", self.payload))


@dataclass(frozen=True)
class _Header:
    raw: bytes
    entries: tuple[tuple[int, int, int, int], ...]
    store: bytes

    def values(self, tag: int) -> Iterator[bytes]:
        """The values of a tag that holds text or bytes; nothing for other types."""
        for number, kind, at, count in self.entries:
            if number != tag:
                continue
            if kind == _BIN:
                yield self.store[at : at + count]
            elif kind in (_STRING, _STRING_ARRAY):
                yield from self.store[at:].split(b"\0", count)[:count]

    def text(self, tag: int) -> str:
        return next(self.values(tag), b"").decode("utf-8", "backslashreplace")

    def number(self, tag: int) -> int:
        found = next((self.store[at : at + 4] for one, _kind, at, _count in self.entries if one == tag), b"")
        return int.from_bytes(found, "big")


def read_rpm(path: Path) -> Rpm:
    """Read it to its end. BadInput for what is no rpm or is cut off; OSError when it cannot be read."""
    whole, payload = hashlib.sha256(), hashlib.sha256()
    with path.open("rb") as stream:
        start, told, header = _front(stream)
        whole.update(start + header.raw)
        name = _DIGESTS.get(header.number(_PAYLOAD_DIGEST_ALGORITHM), "sha256")
        recorded = hashlib.new(name)
        while chunk := stream.read(1 << 20):
            for digest in (whole, payload) if name == "sha256" else (whole, payload, recorded):
                digest.update(chunk)
        size = stream.tell() - len(start)
    told_size = told.number(_SIG_SIZE)
    if size < told_size:
        raise BadInput("this rpm is cut off", why=f"{size} bytes of header and payload, it says {told_size}")
    computed = payload.hexdigest() if name == "sha256" else recorded.hexdigest()
    header_digest = hashlib.sha256(header.raw).hexdigest()
    parts = (header.text(tag) for tag in (_NAME, _VERSION, _RELEASE))
    return Rpm(
        f"{'-'.join(parts)}.{header.text(_ARCHITECTURE)}",
        whole.hexdigest(),
        header_digest,
        payload.hexdigest(),
        len(start),
        len(start) + len(header.raw),
        _signatures(told),
        _same(told.text(_SIG_SHA256), header_digest),
        _same(header.text(_PAYLOAD_DIGEST), computed),
    )


def front_of(path: Path) -> tuple[bytes, bytes]:
    """(lead with signature header, header), the bytes in front of the payload. BadInput as `read_rpm`."""
    with path.open("rb") as stream:
        start, _told, header = _front(stream)
    return start, header.raw


def _front(stream: BinaryIO) -> tuple[bytes, _Header, _Header]:
    lead = stream.read(_LEAD_BYTES)
    if lead[:4] != _LEAD_MAGIC:
        raise BadInput("this is not an rpm", why="it does not begin as one")
    if len(lead) < _LEAD_BYTES:
        raise _cut_off()
    told = _header(stream)
    fill = _exactly(stream, -len(told.raw) % 8)  # the lead is a multiple of 8 itself
    return lead + told.raw + fill, told, _header(stream)


def _header(stream: BinaryIO) -> _Header:
    intro = _exactly(stream, 16)
    if intro[:4] != _HEADER_MAGIC:
        raise BadInput("this rpm cannot be read", why="a header does not begin where one should")
    count, size = struct.unpack(">II", intro[8:])
    if count > _MOST_ENTRIES or size > _MOST_STORE:
        raise BadInput("this rpm cannot be read", why="a header is larger than rpm allows")
    index, store = _exactly(stream, 16 * count), _exactly(stream, size)
    entries = tuple(struct.iter_unpack(">IIII", index))
    if any(at >= size for _tag, _kind, at, _count in entries):
        raise BadInput("this rpm cannot be read", why="an entry of a header points past its end")
    return _Header(intro + index + store, entries, store)


def _signatures(told: _Header) -> tuple[RpmSignature, ...]:
    """Every signature packet. BadInput when one is there and cannot be read."""
    found = []
    for tag in (_SIG_RSA, _SIG_DSA, _SIG_OPENPGP, _SIG_PGP, _SIG_GPG):
        for value in told.values(tag):
            try:
                data = base64.b64decode(value, validate=True) if tag == _SIG_OPENPGP else value
                found += [RpmSignature(one, tag not in _OVER_HEADER) for one in read_signatures(data)]
            except (binascii.Error, IrkitError) as error:
                raise BadInput("a signature in this rpm cannot be read", why=str(error)) from None
    return tuple(found)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise _cut_off()
    return data


def _cut_off() -> BadInput:
    return BadInput("this rpm is cut off", why="it ends inside a header")


def _same(written: str, computed: str) -> bool | None:
    return written == computed if written else None
