"""From bytes of any kind to OpenPGP packets and agent keys, damaged ones included. Pure.

Nothing here raises for bad input: what could not be read is said beside what could.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from irkit.errors import BadInput, IrkitError
from irkit.openpgp.armor import blocks, crc24
from irkit.openpgp.leaked.agent import AgentKey, agent_key, looks_like_agent_key
from irkit.openpgp.leaked.keybox import key_blocks, looks_like_keybox
from irkit.openpgp.leaked.lines import begins_like_a_key, in_lines
from irkit.openpgp.packets import KEY_TAGS, SIGNATURE, key_packet, packets, signature_packet

Packet = tuple[int, bytes]

_ARMORED = re.compile(
    rb"-----BEGIN (PGP [A-Z ]{3,40}?)-----(.*?)(?:(-----END \1-----)|(?=-----BEGIN PGP )|\Z)", re.DOTALL
)
_SUM = re.compile(rb"^=([A-Za-z0-9+/]{4})\s*\Z", re.MULTILINE)
_KEY_LABELS = frozenset({"", "PGP PRIVATE KEY BLOCK", "PGP PUBLIC KEY BLOCK", "PGP SECRET KEY BLOCK"})
_DEEPEST = 3  # armor in base64 in base64 is as far as people go
_LONGEST = 70_000  # bytes; no key packet is longer


@dataclass(frozen=True)
class Piece:
    """One thing that was found: `form` in words, its packets or its agent key, and what is wrong with it."""

    form: str
    packets: tuple[Packet, ...] = ()
    agent: AgentKey | None = None
    faults: tuple[str, ...] = ()


def pieces(data: bytes, depth: int = 0) -> tuple[Piece, ...]:
    """Everything in `data` that is, or was, a key. Empty when there is nothing of the kind."""
    data = _as_utf8(data)
    if looks_like_keybox(data):
        return (_keybox(data),)
    if looks_like_agent_key(data):
        return (_agent(data),)
    if data[:1] >= b"\x80":
        return tuple(_blocks(data))
    found = tuple(_blocks(data))
    read = {piece.packets for piece in found}
    logged = (
        (piece for piece in _logged(data, depth) if piece.agent or piece.packets not in read)
        if depth < _DEEPEST
        else ()
    )
    # Armor whose lines bear a prefix is found twice: once as a block that holds nothing, once by its lines.
    return (*(piece for piece in found if piece.packets or not read - {()}), *logged) or tuple(
        _inside_base64(data, depth)
    )


def _keybox(data: bytes) -> Piece:
    found: list[Packet] = []
    faults: list[str] = []
    try:
        for block in key_blocks(data):
            read, wrong = walk(block)
            found += read
            faults += wrong
    except BadInput as error:
        faults.append(str(error))
    return Piece("keybox", tuple(found), faults=tuple(faults))


def _agent(data: bytes) -> Piece:
    try:
        return Piece("key file of gpg-agent", agent=agent_key(data))
    except BadInput as error:
        return Piece("key file of gpg-agent", faults=(str(error),))


def _logged(data: bytes, depth: int) -> Iterator[Piece]:
    for line, inner in in_lines(data, lambda text: _is_whole(text, depth + 1)):
        for piece in pieces(inner, depth + 1):
            if not (piece.packets or piece.agent):
                continue  # a digest that begins like a key, most likely
            form = f"base64 in lines of text, from line {line}: {piece.form}"
            yield Piece(form, piece.packets, piece.agent, piece.faults)


def _inside_base64(data: bytes, depth: int) -> Iterator[Piece]:
    """A keybox or an agent's key file as one base64 text."""
    try:
        inner = base64.b64decode(b"".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return
    if depth < _DEEPEST and (looks_like_keybox(inner) or looks_like_agent_key(inner)):
        for piece in pieces(inner, depth + 1):
            yield Piece(f"base64: {piece.form}", piece.packets, piece.agent, piece.faults)


def _blocks(data: bytes) -> Iterator[Piece]:
    damage = tuple(_armor_faults(data))
    for label, block in blocks(data):
        # Without armor only its beginning tells a key from noise: text without spaces is base64 of something too.
        if label not in _KEY_LABELS or not (label or begins_like_a_key(block)):
            continue
        found, faults = walk(block)
        form = f"armor ({label})" if label else "binary packets" if data.startswith(block[:16]) else "base64"
        yield Piece(form, found, faults=(*damage, *faults))
        damage = ()
    if damage:
        yield Piece("armor", faults=damage)


def _armor_faults(data: bytes) -> Iterator[str]:
    """What can be told of damage before a packet is read: no end, or a checksum (RFC 9580 6.1) that differs."""
    if b"\\n" in data:
        data = data.replace(b"\\r", b"").replace(b"\\n", b"\n")
    for match in _ARMORED.finditer(data):
        if b"KEY BLOCK" not in match[1]:
            continue
        if match[3] is None:
            yield "the armor has no end: the rest of the block is missing"
        said = _SUM.search(match[2].replace(b"\r", b"").rstrip())
        inner = dict(blocks(match[0])).get(match[1].decode(), b"") if said else b""
        if said and base64.b64decode(said[1]) != crc24(inner).to_bytes(3, "big"):
            yield "the armor's checksum is wrong: letters of it were changed or lost, so what is read here may be wrong too"


def _is_whole(data: bytes, depth: int) -> bool:
    found = pieces(data, depth)
    return bool(found) and not any(piece.faults for piece in found)


def walk(block: bytes) -> tuple[tuple[Packet, ...], tuple[str, ...]]:
    """The packets of a binary block that can be read, and what is wrong with the others.

    A key packet that is cut off in its secret part is kept, since its public part still says which key it is.
    """
    found: list[Packet] = []
    faults: list[str] = []
    read = 0
    try:
        for tag, body in packets(block):
            read += 1
            try:
                _check(tag, body)
                found.append((tag, body))
            except IrkitError as error:
                faults.append(f"packet {read}: {error}")
    except IrkitError as error:
        faults.append(f"after packet {read}: {error}")
        rest = _cut_off(block, read)
        if rest is not None:
            found.append(rest)
    return tuple(found), tuple(faults)


def _check(tag: int, body: bytes) -> None:
    if tag in KEY_TAGS:
        key_packet(tag, body)
    elif tag == SIGNATURE:
        signature_packet(body)


def _cut_off(block: bytes, read: int) -> Packet | None:
    """The last key packet, filled up, when the cut went through its secret part: two ways of filling give the same public part."""
    filled = []
    try:
        for filler in (b"\0", b"\xff"):
            tag, body = next(islice(packets(block + filler * _LONGEST), read, None), (0, b""))
            filled.append((tag, body, key_packet(tag, body) if tag in KEY_TAGS else None))
    except IrkitError:
        return None
    (tag, body, zeros), (_tag, _body, ones) = filled
    if zeros is None or ones is None or (zeros.fingerprint, zeros.secret) != (ones.fingerprint, ones.secret):
        return None
    return (tag, body) if zeros.secret != "absent" else None  # noqa: S105  (a state, not a value)


def _as_utf8(data: bytes) -> bytes:
    """A log of a Windows shell is UTF-16."""
    return data.decode("utf-16", "replace").encode() if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data
