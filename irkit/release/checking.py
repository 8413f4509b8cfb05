"""Whether signatures are good, many at a time: by Sequoia in this process, and by gpg for whatever that does not hold for good.

Sequoia refuses signatures by algorithms that are weak today, and certificates that are bound by them, as old keys are; and it accepts a
signature dated before its key was retired or ran out. gpg has a word for each of these. So what Sequoia refuses, and whatever a
revoked or expired certificate signed, is told as gpg tells it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from irkit.errors import BadInput, IrkitError, NotAvailable
from irkit.model import SecretRef
from irkit.openpgp.keyblock import KEY_REVOCATION, SUBKEY_REVOCATION, as_packet, read_keys
from irkit.openpgp.packets import KEY_TAGS, SIGNATURE, SignatureInfo, all_packets, key_packet, signature_packet
from irkit.openpgp.runner import Gpg, Status, throwaway_home

GOOD, BAD, UNKNOWN, REFUSED, NOT_CHECKED = "good", "bad", "unknown key", "refused", "could not be checked"
WEAK = "good by gpg, refused by Sequoia"
_AGAINST = {
    "BADSIG": BAD, "REVKEYSIG": "revoked key", "KEYREVOKED": "revoked key", "EXPKEYSIG": "expired key",
    "EXPSIG": "expired signature",
}  # fmt: skip
_AT_ONCE = 29
"""Messages for one gpg: each stands within the one before, and gpg 2.2 follows 32 levels (g10/mainproc.c, MAX_NESTING_DEPTH)."""
_SMALL = 1 << 20
_FOR_GPG = ["--trust-model", "always", "--no-auto-check-trustdb", "--no-auto-key-retrieve"]


class Asked(NamedTuple):
    """A signature, and what it is over: the bytes, or the file that holds them."""

    signature: SignatureInfo
    data: bytes | Path


class Answer(NamedTuple):
    """The verdict in words; fingerprints of the (sub)key that signed and of its primary, "" where no certificate is at hand."""

    verdict: str
    issuer: str = ""
    primary: str = ""


class _Held(NamedTuple):
    """A certificate at hand. `plain`: nothing in it is revoked or has run out, so that Sequoia's word is enough."""

    primary: str
    names: tuple[str, ...]
    sequoia: Any
    plain: bool


def check(asked: Sequence[Asked], certificates: Iterable[bytes]) -> list[Answer]:
    """One answer for each signature, by these certificates (binary or armored) and no other. BadInput when one cannot be read."""
    given = list(certificates)
    held = [one for certificate in given for one in _read(certificate)]
    answers = [_by_sequoia(one, held) for one in asked]
    unclear = [at for at, answer in enumerate(answers) if answer.verdict == REFUSED or answer.issuer in _dated(held)]
    if unclear:
        for at, verdict in zip(unclear, _by_gpg([asked[at] for at in unclear], given), strict=True):
            answers[at] = _settled(answers[at], verdict)
    return answers


def _settled(sequoia: Answer, gpg: str) -> Answer:
    if gpg == GOOD and sequoia.verdict != GOOD:
        return sequoia._replace(verdict=WEAK)
    if gpg in (UNKNOWN, NOT_CHECKED, REFUSED):  # gpg does not know what Sequoia knows, or has no answer
        return sequoia
    return sequoia._replace(verdict=gpg)


def _dated(held: Iterable[_Held]) -> set[str]:
    return {name for one in held if not one.plain for name in one.names}


def _read(certificate: bytes) -> Iterator[_Held]:
    import pysequoia

    keys = {key.openpgp: key for key in read_keys(certificate, SecretRef("id:certificate"))}
    try:
        found = [(cert.fingerprint.upper(), cert) for cert in pysequoia.Cert.split_bytes(certificate)]
    except Exception as error:  # the library raises bare RuntimeError
        why = (str(error).splitlines() or [""])[0]
        raise BadInput(
            "a certificate cannot be read", why=why, do="export it again: gpg --export FINGERPRINT"
        ) from None
    if not found:
        raise BadInput("there is no certificate in this", do="give a public key, as gpg --export writes it")
    for primary, cert in found:
        names = tuple(sub.fingerprint for sub in keys[primary].keys) if primary in keys else (primary,)
        yield _Held(primary, names, cert, _plain(bytes(cert)))


def _plain(certificate: bytes) -> bool:
    """Whether no packet of it speaks of a revocation, and no key of it has run out by its latest self-signature."""

    now, created, primary = datetime.now(UTC), datetime.now(UTC), ""
    latest: dict[str, tuple[datetime, bool]] = {}
    current = ""
    for tag, body in all_packets(certificate):
        if tag in KEY_TAGS:
            key = key_packet(tag, body)
            current, created = key.fingerprint, key.created
            primary = primary or current
        elif tag == SIGNATURE:
            signature = signature_packet(body)
            if signature.kind in (KEY_REVOCATION, SUBKEY_REVOCATION):
                return False
            if not signature.made_by(primary) or signature.created is None:
                continue
            if current not in latest or latest[current][0] <= signature.created:
                period = _period(signature)
                latest[current] = signature.created, period is not None and created + period < now
    return not any(over for _at, over in latest.values())


def _period(signature: SignatureInfo) -> timedelta | None:
    """How long after it was made the key is valid by this self-signature; None for ever."""
    import pysequoia

    try:
        period: timedelta | None = pysequoia.Sig.from_bytes(as_packet(signature)).key_validity_period
    except Exception:  # likewise: what Sequoia cannot read binds nothing for it
        return None
    return period


def _by_sequoia(asked: Asked, held: Sequence[_Held]) -> Answer:
    """Each signature by itself, so that a good one cannot stand in for another."""
    import pysequoia

    signature, data = asked
    named = [(one, name) for one in held for name in one.names if signature.made_by(name)]
    if not named:
        return Answer(UNKNOWN)
    claimed = Answer(REFUSED, named[0][1], named[0][0].primary)
    where: dict[str, Any] = {"bytes": data} if isinstance(data, bytes) else {"file": str(data.absolute())}
    store: Callable[[Any], list[Any]] = lambda _ids: [one.sequoia for one, _name in named]  # noqa: E731
    try:
        packet = pysequoia.Sig.from_bytes(as_packet(signature))
        valid = pysequoia.verify(store=store, signature=packet, **where).valid_sigs
    except Exception:  # bare RuntimeError for every reason there is
        return claimed
    if len(valid) != 1:
        return claimed
    return Answer(GOOD, valid[0].signing_key.upper(), valid[0].certificate.upper())


def _by_gpg(asked: Sequence[Asked], certificates: Sequence[bytes]) -> list[str]:
    """gpg's verdicts in a throw-away home that holds these certificates alone; "could not be checked" where there is no gpg."""
    with ExitStack() as opened:
        home = opened.enter_context(throwaway_home())
        gpg = Gpg(home)
        try:
            for certificate in certificates:
                gpg.run(["--import"], stdin=certificate)  # one that it refuses shows as an unknown key
        except NotAvailable:
            return [NOT_CHECKED] * len(asked)
        pool = opened.enter_context(ThreadPoolExecutor(min(4, os.cpu_count() or 1)))
        batches = [asked[at : at + _AT_ONCE] for at in range(0, len(asked), _AT_ONCE)]
        return [verdict for found in pool.map(lambda batch: _batch(gpg, batch), batches) for verdict in found]


def _batch(gpg: Gpg, asked: Sequence[Asked]) -> list[str]:
    """All of them through one gpg where that is possible, and they are all answered; one by one otherwise."""
    if all(map(_streamable, asked)):
        mark = os.urandom(8)
        result = gpg.run([*_FOR_GPG, "--allow-multiple-messages", "--verify"], stdin=_stream((_marker(mark), *asked)))
        blocks = _in_order(_blocks(result.status), mark.hex().upper())
        if len(blocks) == len(asked):
            return [_word(block) for block in blocks]
    return [_alone(gpg, one) for one in asked]  # gpg stops at the first bad one, for one


def _marker(mark: bytes) -> Asked:
    """A signature by a key that nobody has, to be sent first: it shows from which end gpg answers."""
    packet = b"\3\5\0" + bytes(4) + mark + b"\1\x08" + bytes(2) + b"\0\1\1"  # version 3, RFC 9580 5.2.2
    return Asked(SignatureInfo(mark.hex().upper(), None, "SHA256", 0, packet=packet), b"")


def _in_order(blocks: list[list[Status]], mark: str) -> list[list[Status]]:
    """The answers in the order of the questions; none when that cannot be told. gpg 2.2 begins with the innermost message."""
    for ordered in (blocks, blocks[::-1]):
        if ordered and Status("NO_PUBKEY", (mark,)) in ordered[0]:
            return ordered[1:]
    return []


def _alone(gpg: Gpg, asked: Asked) -> str:
    signature = gpg.home / f"{os.urandom(8).hex()}.sig"
    signature.write_bytes(as_packet(asked.signature))
    data = asked.data
    size = len(data) if isinstance(data, bytes) else data.stat().st_size
    place, stdin = ("-", data) if isinstance(data, bytes) else (str(data.absolute()), b"")
    try:
        result = gpg.run([*_FOR_GPG, "--verify", "--", str(signature), place], stdin=stdin, timeout_s=60 + size / 1e7)
    except IrkitError:
        return NOT_CHECKED
    finally:
        signature.unlink()
    blocks = _blocks(result.status)
    return _word(blocks[0]) if len(blocks) == 1 else NOT_CHECKED


def _streamable(asked: Asked) -> bool:
    signature, data = asked
    return (
        isinstance(data, bytes)
        and len(data) < _SMALL
        and signature.kind == 0
        and signature.packet[:1] in (b"\3", b"\4")
        and len(signature.issuer) in (16, 40)
    )


def _stream(asked: Sequence[Asked]) -> bytes:
    """Signed messages one after another (RFC 9580, 10.3 and 5.4), each in a compressed packet that compresses nothing (5.6).

    Within one packet after another gpg begins anew; side by side it would hash them all together.
    """
    return b"".join(_packet(8, b"\0" + _message(one.signature, bytes(one.data))) for one in asked)


def _message(signature: SignatureInfo, data: bytes) -> bytes:
    body = signature.packet
    digest, algorithm = (body[16], body[15]) if body[0] == 3 else (body[3], body[2])
    head = bytes((3, signature.kind, digest, algorithm)) + bytes.fromhex(signature.issuer[-16:]) + b"\1"
    return _packet(4, head) + _packet(11, b"b\0\0\0\0\0" + data) + as_packet(signature)


def _packet(tag: int, body: bytes) -> bytes:
    return bytes((0xC0 | tag, 0xFF)) + struct.pack(">I", len(body)) + body


def _blocks(status: Sequence[Status]) -> list[list[Status]]:
    blocks: list[list[Status]] = []
    for one in status:
        if one.keyword == "NEWSIG":
            blocks.append([])
        elif blocks:
            blocks[-1].append(one)
    return blocks


def _word(block: Sequence[Status]) -> str:
    keywords = {one.keyword for one in block}
    for keyword, verdict in _AGAINST.items():
        if keyword in keywords:
            return verdict
    if {"GOODSIG", "VALIDSIG"} <= keywords:
        return GOOD
    return UNKNOWN if "NO_PUBKEY" in keywords else REFUSED
