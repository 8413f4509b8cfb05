"""Detached signatures, checked by two implementations: GnuPG and Sequoia."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from irkit.errors import BadInput
from irkit.model import SecretRef
from irkit.openpgp.keyblock import as_packet, detached_signatures, read_keys
from irkit.openpgp.packets import SignatureInfo
from irkit.openpgp.runner import Gpg, GpgResult, throwaway_home
from irkit.openpgp.verdicts import Reason, Verdict, read_verdicts

Certificates = Sequence[str | bytes]
"""Public keys, armored or binary."""
_FOR_GPG = ("--trust-model", "always", "--no-auto-check-trustdb", "--no-auto-key-retrieve")
_BYTES_PER_SECOND = 10_000_000


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


def check_with_gpg(
    certificates: Certificates, data: bytes | Path, signatures: Sequence[SignatureInfo], at: datetime | None = None
) -> tuple[Verdict, ...]:
    """Verify over these bytes, or those of a file, in a throw-away home that holds these certificates alone.

    With `at` (UTC) as of then: a key that has expired since was in force.
    """
    with gpg_with(certificates) as ring:
        return ring.verdicts(data, signatures, at)


@dataclass(frozen=True)
class GpgRing:
    """gpg in a home that holds some certificates alone, for any number of signatures. Several threads may use it."""

    gpg: Gpg
    pinned: Mapping[str, tuple[str, ...]]

    def ask(self, args: Sequence[str], *, stdin: bytes | Iterable[bytes] = b"", timeout_s: float = 60) -> GpgResult:
        return self.gpg.run([*_FOR_GPG, *args], stdin=stdin, timeout_s=timeout_s)

    def verdicts(
        self, data: bytes | Path, signatures: Sequence[SignatureInfo], at: datetime | None = None
    ) -> tuple[Verdict, ...]:
        """On detached signatures; gpg is given the very packets that were read. BadInput when the file cannot be read."""
        with tempfile.NamedTemporaryFile(dir=self.gpg.home, suffix=".pgp") as packets:
            packets.write(b"".join(map(as_packet, signatures)))
            packets.flush()
            place, stdin = ("-", data) if isinstance(data, bytes) else (str(data.absolute()), b"")
            then = ["--faked-system-time", f"{int(at.timestamp())}!"] if at else []
            result = self.ask([*then, "--verify", "--", packets.name, place], stdin=stdin, timeout_s=_patience(data))
        return read_verdicts(result, signatures, self.pinned)


@contextlib.contextmanager
def gpg_with(certificates: Certificates) -> Iterator[GpgRing]:
    """A throw-away home that these certificates were imported into. BadInput when none can be read."""
    pinned = _pinned(certificates)
    with throwaway_home(agent=False) as home:
        gpg = Gpg(home)
        for certificate in certificates:
            gpg.run(["--import"], stdin=as_bytes(certificate))  # one that it refuses shows as an unknown key
        yield GpgRing(gpg, pinned)


def check_with_sequoia(
    certificates: Certificates, data: bytes | Path, signatures: Sequence[SignatureInfo]
) -> tuple[Verdict, ...]:
    """Each signature by itself, so that a good one cannot stand in for another."""
    sequoia = Sequoia(certificates)
    return tuple(sequoia.verdict(one, data) for one in signatures)


class Sequoia:
    """Sequoia with certificates that were read once, for any number of signatures. BadInput when none of them can be read."""

    def __init__(self, certificates: Certificates) -> None:
        import pysequoia

        self.pinned = _pinned(certificates)
        self.fault = ""
        """Why it knows no certificate, "" when it does."""
        self._known: dict[str, list[Any]] = {}
        try:
            for held in (held for one in certificates for held in pysequoia.Cert.split_bytes(as_bytes(one))):
                self._known.setdefault(held.fingerprint.upper(), []).append(held)
        except Exception as error:  # the library raises bare RuntimeError
            self.fault = _first_line(error)

    def verdict(self, one: SignatureInfo, data: bytes | Path) -> Verdict:
        """On one signature over these bytes, or those of a file. While it works no other thread of Python does."""
        import pysequoia

        if self.fault:
            return Verdict(False, one.issuer, "", "error", one.created, "sequoia", self.fault)
        where = {"bytes": data} if isinstance(data, bytes) else {"file": str(data.absolute())}
        try:
            packet = pysequoia.Sig.from_bytes(as_packet(one))
            valid = pysequoia.verify(store=self._store(one), signature=packet, **where).valid_sigs
        except Exception as error:  # likewise
            return self._against(one, _first_line(error))
        return self._judged(one, valid)

    def clear_verdict(self, one: SignatureInfo, data: bytes) -> Verdict:
        """On a clear-signed text that bears this one signature."""
        import pysequoia

        try:
            valid = pysequoia.verify(bytes=data, store=self._store(one)).valid_sigs
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

    def _named(self, one: SignatureInfo) -> list[tuple[str, str]]:
        """(primary, fingerprint) of the keys that the packet may mean."""
        return [(key, name) for key, names in self.pinned.items() for name in names if one.made_by(name)]

    def _store(self, one: SignatureInfo) -> Callable[[object], list[Any]]:
        meant = dict.fromkeys(primary for primary, _name in self._named(one))
        return lambda _ids: [held for primary in meant for held in self._known.get(primary, ())]

    def _against(self, one: SignatureInfo, why: str) -> Verdict:
        primary, name = next(iter(self._named(one)), ("", ""))
        if not primary:
            return Verdict(False, one.issuer, "", "unknown key", one.created, "sequoia", why)
        revoked = any(held.is_revoked for held in self._known.get(primary, ()))
        reason: Reason = "revoked key" if revoked else "refused"
        return Verdict(False, name, primary, reason, one.created, "sequoia", why)


def _pinned(certificates: Certificates) -> dict[str, tuple[str, ...]]:
    """Primary fingerprints with all fingerprints under each. BadInput when a certificate cannot be read."""
    keys = [key for one in certificates for key in read_keys(as_bytes(one), SecretRef("id:certificate"))]
    if not keys:
        raise BadInput("there is no certificate to verify with", do="give the armored public key")
    return {key.openpgp: tuple(sub.fingerprint for sub in key.keys) for key in keys}


def as_bytes(certificate: str | bytes) -> bytes:
    return certificate.encode() if isinstance(certificate, str) else certificate


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


def _patience(data: bytes | Path) -> float:
    """Seconds to wait for one pass over it, far beyond what a slow disk takes."""
    size = len(data) if isinstance(data, bytes) else readable(data).stat().st_size
    return 60 + size / _BYTES_PER_SECOND


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
