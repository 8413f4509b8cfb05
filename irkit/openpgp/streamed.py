"""Many detached signatures verified by one gpg: each is sent as a message signed in one piece, with what it is over within it.

A message is read within the one before it, and gpg 2.2 answers from the innermost outwards. Which end an answer is from is shown by a
marker that is sent first: a signature by a key that nobody has.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from irkit.errors import IrkitError
from irkit.openpgp.keyblock import as_packet
from irkit.openpgp.packets import COMPRESSED, LITERAL, ONE_PASS, SignatureInfo, framed
from irkit.openpgp.runner import Status
from irkit.openpgp.signatures import GpgRing
from irkit.openpgp.verdicts import Verdict, read_block, signature_blocks

AT_ONCE = 29
"""Messages for one gpg: each stands within the one before, and gpg 2.2 follows 32 levels (g10/mainproc.c, MAX_NESTING_DEPTH)."""
SMALL = 1 << 20
"""Bytes up to which a message is sent along with others."""


class Asked(NamedTuple):
    """A signature, and what it is over: the bytes, or the file that holds them."""

    signature: SignatureInfo
    data: bytes | Path


def told_at_once(ring: GpgRing, asked: Sequence[Asked]) -> list[Verdict | None]:
    """gpg's verdict on each that can be sent together with others; None for what is to be asked about alone.

    So is all of a batch in which one was not answered: gpg stops at the first bad one, for one.
    """
    told: list[Verdict | None] = [None] * len(asked)
    fit = [at for at, one in enumerate(asked) if _fits(one)]
    for start in range(0, len(fit), AT_ONCE):
        batch = fit[start : start + AT_ONCE]
        if len(batch) > 1:
            for at, verdict in zip(batch, _told(ring, [asked[at] for at in batch]), strict=False):
                told[at] = verdict
    return told


def _told(ring: GpgRing, asked: Sequence[Asked]) -> list[Verdict]:
    """One verdict for each, in order; none at all when it cannot be told which is whose."""
    mark = os.urandom(8)
    try:
        result = ring.ask(["--allow-multiple-messages", "--verify"], stdin=_messages([_marker(mark), *asked]))
    except IrkitError:
        return []
    blocks = _in_order(signature_blocks(result.status), mark.hex().upper())
    if len(blocks) != len(asked):
        return []
    told = [read_block(block, ring.pinned, one.signature) for block, one in zip(blocks, asked, strict=True)]
    return told if all(map(_own, asked, told)) else []


def _own(asked: Asked, verdict: Verdict) -> bool:
    """Whether the answer names the key and the date of the question; an answer without a key tells neither."""
    same = asked.signature.made_by(verdict.issuer) and verdict.signed_at == asked.signature.created
    return same or not verdict.primary


def _marker(mark: bytes) -> Asked:
    packet = b"\3\5\0" + bytes(4) + mark + b"\1\x08" + bytes(2) + b"\0\1\1"  # version 3, RFC 9580 5.2.2
    return Asked(SignatureInfo(mark.hex().upper(), None, "SHA256", 0, packet=packet), b"")


def _in_order(blocks: list[list[Status]], mark: str) -> list[list[Status]]:
    """The answers in the order of the questions; none when that cannot be told."""
    for ordered in (blocks, blocks[::-1]):
        if ordered and Status("NO_PUBKEY", (mark,)) in ordered[0]:
            return ordered[1:]
    return []


def _fits(asked: Asked) -> bool:
    signature, data = asked
    return (
        isinstance(data, bytes)
        and len(data) <= SMALL
        and signature.kind == 0
        and signature.packet[:1] in (b"\3", b"\4")
        and len(signature.issuer) in (16, 40)
    )


def _messages(asked: Sequence[Asked]) -> Iterator[bytes]:
    """Signed messages one after another (RFC 9580, 10.3 and 5.4), each in a compressed packet that compresses nothing (5.6).

    Within one packet after another gpg begins anew; side by side it would hash them all together.
    """
    for signature, data in asked:
        yield framed(COMPRESSED, b"\0" + _message(signature, bytes(data)))


def _message(signature: SignatureInfo, data: bytes) -> bytes:
    body = signature.packet
    digest, algorithm = (body[16], body[15]) if body[0] == 3 else (body[3], body[2])
    head = bytes((3, signature.kind, digest, algorithm)) + bytes.fromhex(signature.issuer[-16:]) + b"\1"
    return framed(ONE_PASS, head) + framed(LITERAL, b"b\0\0\0\0\0" + data) + as_packet(signature)
