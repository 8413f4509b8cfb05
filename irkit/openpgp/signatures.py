"""Detached signatures, checked by two implementations: GnuPG and Sequoia.

The rule for gpg: exactly one status block for each signature in the file, each with GOODSIG and VALIDSIG, by the pinned
primary key, and nothing said of a revoked or expired key. Its return code is not asked: it is 0 for a good
signature by a revoked key.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from irkit.errors import BadInput
from irkit.model import SecretRef
from irkit.openpgp.keyblock import as_packet, detached_signatures, read_keys
from irkit.openpgp.packets import SignatureInfo
from irkit.openpgp.runner import Gpg, GpgResult, Status, throwaway_home

Reason = Literal[
    "good", "bad", "revoked key", "expired key", "expired signature", "unknown key", "another key", "refused", "error"
]
"""Why a verdict is what it is. "refused": Sequoia holds it for invalid and does not say why; "error": it could not be checked."""

_AGAINST: dict[str, Reason] = {
    "BADSIG": "bad",
    "REVKEYSIG": "revoked key",
    "KEYREVOKED": "revoked key",
    "EXPKEYSIG": "expired key",
    "EXPSIG": "expired signature",
}
_NO_PUBLIC_KEY = "9"
_BYTES_PER_SECOND = 10_000_000


@dataclass(frozen=True)
class Verdict:
    """What one program says of one signature. `signed_at` is UTC and was chosen by the signer; it is no evidence."""

    good: bool
    issuer: str
    primary: str
    reason: Reason
    signed_at: datetime | None
    program: str  # "gpg", "sequoia", or "openssl" (the mathematics over a known digest)
    detail: str = ""


def verify_both(certificate: str, artifact: Path, signature: Path) -> tuple[Verdict, ...]:
    """The verdicts of both programs."""
    return (*verify_detached(certificate, artifact, signature), *verify_with_sequoia(certificate, artifact, signature))


def verify_detached(certificate: str, artifact: Path, signature: Path) -> tuple[Verdict, ...]:
    """gpg's verdict on each signature of a detached signature file, by the keys of `certificate` and no other.

    BadInput when a file cannot be read or is no detached signature.
    """
    return check_with_gpg([certificate], readable(artifact), signatures_of(signature))


def verify_with_sequoia(certificate: str, artifact: Path, signature: Path) -> tuple[Verdict, ...]:
    """Sequoia's verdict on each signature, likewise. It holds a signature by an expired key for good when it is dated before."""
    return check_with_sequoia([certificate], readable(artifact), signatures_of(signature))


def check_with_gpg(certificates: Sequence[str], data: Path, signatures: Sequence[SignatureInfo]) -> tuple[Verdict, ...]:
    """Verify in a throw-away home that holds these certificates alone. gpg is given the very packets that were read."""
    with gpg_with(certificates) as check:
        return check(data, signatures)


GpgCheck = Callable[[Path, Sequence[SignatureInfo]], tuple[Verdict, ...]]


@contextlib.contextmanager
def gpg_with(certificates: Sequence[str]) -> Iterator[GpgCheck]:
    """`check_with_gpg` for many files: one throw-away home, imported into once. Several threads may use it."""
    pinned = _pinned(certificates)
    with throwaway_home(agent=False) as home:
        gpg = Gpg(home)
        for certificate in certificates:
            gpg.run(["--import"], stdin=certificate.encode())  # one that it refuses shows as an unknown key

        def check(data: Path, signatures: Sequence[SignatureInfo]) -> tuple[Verdict, ...]:
            with tempfile.NamedTemporaryFile(dir=home, suffix=".pgp") as packets:
                packets.write(b"".join(map(as_packet, signatures)))
                packets.flush()
                args = ["--no-auto-check-trustdb", "--verify", "--", packets.name, str(data.absolute())]
                result = gpg.run(args, timeout_s=_patience(data))
            return read_verdicts(result, signatures, pinned)

        yield check


def armored(packets: bytes) -> bytes:
    """Signature packets in armor with its checksum (RFC 9580 6.1): older readers want it."""
    import pysequoia

    return str(pysequoia.armor(packets, pysequoia.ArmorKind.Signature)).encode()


def read_verdicts(
    result: GpgResult, signatures: Sequence[SignatureInfo], pinned: Mapping[str, tuple[str, ...]]
) -> tuple[Verdict, ...]:
    """gpg's answer to `--verify` as one verdict for each signature; `pinned` are fingerprints by primary."""
    blocks = _blocks(result.status)
    if len(blocks) != len(signatures):
        why = f"{len(signatures)} signatures, {len(blocks)} answers: {result.last_words()}"
        return tuple(Verdict(False, one.issuer, "", "error", one.created, "gpg", why) for one in signatures)
    return tuple(_read_block(block, one, pinned) for block, one in zip(blocks, signatures, strict=True))


def check_with_sequoia(
    certificates: Sequence[str], data: Path, signatures: Sequence[SignatureInfo]
) -> tuple[Verdict, ...]:
    """Each signature by itself, so that a good one cannot stand in for another."""
    sequoia = Sequoia(certificates)
    return tuple(sequoia.verdict(one, data) for one in signatures)


class Sequoia:
    """Sequoia with certificates that were read once, for any number of signatures. BadInput when none of them can be read."""

    def __init__(self, certificates: Sequence[str]) -> None:
        import pysequoia

        self.pinned = _pinned(certificates)
        self._fault = ""
        self._known: list[Any] = []
        try:
            self._known = [held for one in certificates for held in pysequoia.Cert.split_bytes(one.encode())]
        except Exception as error:  # the library raises bare RuntimeError
            self._fault = _first_line(error)

    def verdict(self, one: SignatureInfo, data: bytes | Path) -> Verdict:
        """On one signature over these bytes, or those of a file. While it works no other thread of Python does."""
        import pysequoia

        if self._fault:
            return Verdict(False, one.issuer, "", "error", one.created, "sequoia", self._fault)
        where = {"bytes": data} if isinstance(data, bytes) else {"file": str(data.absolute())}
        try:
            packet = pysequoia.Sig.from_bytes(as_packet(one))
            valid = pysequoia.verify(store=self._all, signature=packet, **where).valid_sigs
        except Exception as error:  # likewise
            return self._against(one, _first_line(error))
        return self._judged(one, valid)

    def clear_verdict(self, one: SignatureInfo, data: bytes) -> Verdict:
        """On a clear-signed text that bears this one signature."""
        import pysequoia

        try:
            valid = pysequoia.verify(bytes=data, store=self._all).valid_sigs
        except Exception as error:  # likewise
            return self._against(one, _first_line(error))
        return self._judged(one, valid)

    def _judged(self, one: SignatureInfo, valid: Sequence[Any]) -> Verdict:
        if len(valid) != 1:
            why = f"{len(valid)} answers to one signature"
            return Verdict(False, one.issuer, "", "error", one.created, "sequoia", why)
        primary, issuer = valid[0].certificate.upper(), valid[0].signing_key.upper()
        good = primary in self.pinned
        return Verdict(good, issuer, primary, "good" if good else "another key", one.created, "sequoia")

    def _all(self, _ids: object) -> list[Any]:
        return self._known

    def _against(self, one: SignatureInfo, why: str) -> Verdict:
        own = (key for key, all_keys in self.pinned.items() if any(one.made_by(each) for each in all_keys))
        primary = next(own, "")
        if not primary:
            return Verdict(False, one.issuer, "", "unknown key", one.created, "sequoia", why)
        revoked = any(held.is_revoked for held in self._known if held.fingerprint.upper() == primary)
        reason: Reason = "revoked key" if revoked else "refused"
        return Verdict(False, one.issuer, primary, reason, one.created, "sequoia", why)


def _pinned(certificates: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Primary fingerprints with all fingerprints under each. BadInput when a certificate cannot be read."""
    keys = [key for one in certificates for key in read_keys(one.encode(), SecretRef("id:certificate"))]
    if not keys:
        raise BadInput("there is no certificate to verify with", do="give the armored public key")
    return {key.openpgp: tuple(sub.fingerprint for sub in key.keys) for key in keys}


def _blocks(status: Sequence[Status]) -> list[list[Status]]:
    blocks: list[list[Status]] = []
    for one in status:
        if one.keyword == "NEWSIG":
            blocks.append([])
        elif blocks:
            blocks[-1].append(one)
    return blocks


def _read_block(block: Sequence[Status], signature: SignatureInfo, pinned: Mapping[str, tuple[str, ...]]) -> Verdict:
    keywords = [one.keyword for one in block]
    valid = [one.fields for one in block if one.keyword == "VALIDSIG" and len(one.fields) >= 10]
    issuer, primary = (valid[0][0], valid[0][9]) if valid else (signature.issuer, "")
    at = datetime.fromtimestamp(int(valid[0][2]), UTC) if valid and valid[0][2].isdigit() else signature.created
    against = next((reason for keyword, reason in _AGAINST.items() if keyword in keywords), None)
    failed = next((one.fields for one in block if one.keyword == "ERRSIG"), None)
    reason: Reason = "error"
    if against:
        reason = against
    elif failed is not None:
        reason = "unknown key" if failed[5:6] == (_NO_PUBLIC_KEY,) else "error"
    elif keywords.count("GOODSIG") == 1 and len(valid) == 1:
        reason = "good" if primary in pinned else "another key"
    return Verdict(reason == "good", issuer, primary, reason, at, "gpg")


def signatures_of(path: Path) -> tuple[SignatureInfo, ...]:
    """The packets of a detached signature file. BadInput when it cannot be read or is none."""
    return detached_signatures(readable(path).read_bytes())


def readable(path: Path) -> Path:
    """The path, when it can be read. BadInput otherwise."""
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise BadInput("a file cannot be read", on=path, why=error.strerror or "", do="check the path") from None


def _patience(path: Path) -> float:
    """Seconds to wait for one pass over the file, far beyond what a slow disk takes."""
    return 60 + readable(path).stat().st_size / _BYTES_PER_SECOND


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
