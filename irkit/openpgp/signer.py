"""One artifact signed: read once, drafted, and checked by a second implementation. Nothing is put in place here."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from time import time

from irkit.errors import IrkitError, StepFailed
from irkit.openpgp.arithmetic import PublicNumbers
from irkit.openpgp.detached import DOCUMENT, Draft, algorithm_number, body_of
from irkit.openpgp.keyblock import as_packet, detached_signatures, read_keys
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.keys import checked_fingerprint, export_public
from irkit.openpgp.packets import SignatureInfo
from irkit.openpgp.signatures import Sequoia
from irkit.openpgp.verdicts import Verdict

from irkit.model import SecretRef  # isort: skip

WHOLE = 1 << 20
"""Bytes up to which an artifact is held in memory between hashing and verifying. Such ones are signed with SHA-512, larger ones
with SHA-256: the digest that was judged is that already, and two hashes would take three times as long."""
LARGE = 256 << 20
"""Bytes from which an artifact is read once only."""
_CHUNK = 1 << 18


class NotJudged(StepFailed):
    """The artifact is not the one that was judged: signing it is no question of trying again."""


@dataclass
class Content:
    """The bytes of an artifact as they were read: its SHA-256, what goes on to be signed, and how the file looked meanwhile."""

    path: Path
    sha256: str
    taken: hashlib._Hash
    data: bytes | None
    state: tuple[int, int, int, int]

    def unchanged(self) -> None:
        """StepFailed when the file is another one by now."""
        try:
            now = _state(self.path.stat())
        except OSError:
            now = None
        if now != self.state:
            raise StepFailed(
                "the artifact changed while it was signed", on=self.path, do="see who writes to it and try again"
            )

    def forget(self) -> None:
        """The bytes are not needed any more."""
        self.data = None

    @property
    def mode(self) -> int:
        return self.state[3] & 0o666


def read_content(path: Path, sha256: str = "") -> Content:
    """One pass over a file. NotJudged when it has not the digest given, or is gone; StepFailed when it cannot be read."""
    try:
        stream = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            before = _state(os.fstat(stream))
            data = _all_of(stream, before[1]) if before[1] <= WHOLE else None
            if data is not None:
                judged, taken = hashlib.sha256(data), hashlib.sha512(data)
            else:
                judged = taken = _streamed(stream)
            after = _state(os.fstat(stream))
        finally:
            os.close(stream)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and sha256:
            raise _not_judged(path, "none: it is gone", sha256) from None
        raise StepFailed(
            "a file cannot be read", on=path, why=error.strerror or "", do="look at its permissions"
        ) from None
    found = judged.hexdigest()
    if sha256 and found != sha256:
        raise _not_judged(path, found, sha256)
    content = Content(path, found, taken, data, before)
    if after != before:
        content.unchanged()
    return content


@dataclass(frozen=True)
class Signer:
    """A key that can sign, its certificate read once."""

    fingerprint: str
    primary: str
    algorithm: int
    certificate: str
    sequoia: Sequoia
    numbers: PublicNumbers

    @classmethod
    def of(cls, home: Path, signing: str) -> Signer:
        """StepFailed when the key is not there, cannot sign now, or is of an algorithm or version that is not signed with here."""
        signing = checked_fingerprint(signing)
        found = [
            (entry, key)
            for entry in list_ring(home, signing, secret=True)
            for key in (entry.primary, *entry.subkeys)
            if key.fingerprint == signing
        ]
        if not found:
            raise _cannot(signing, f"its secret part is not in {home}", "name the gpg home that holds the private key")
        entry, key = found[0]
        if not (key.secret and key.usable and entry.primary.usable and "s" in key.usage):
            raise _cannot(signing, "it is revoked, has expired, or is not for signing", "sign with a key in force")
        certificate = export_public(home, entry.primary.fingerprint)
        names = {
            sub.fingerprint: sub.algorithm
            for one in read_keys(certificate.encode(), SecretRef("id:certificate"))
            for sub in one.keys
        }
        algorithm = algorithm_number(names.get(signing, ""))
        if algorithm is None or len(signing) != 40:
            raise _cannot(signing, f"an algorithm that is not signed with: {names.get(signing)}", "make an ed25519 key")
        return cls(
            signing, entry.primary.fingerprint, algorithm, certificate,
            Sequoia([certificate]), PublicNumbers(certificate, signing),
        )  # fmt: skip

    def draft(self, content: Content) -> Draft:
        return Draft(self.fingerprint, self.algorithm, content.taken.name, int(time()))

    def verdicts(self, packet: bytes, content: Content) -> tuple[Verdict, ...]:
        """What a second implementation says of a fresh signature. StepFailed when it is not good, or is another key's."""
        # What the packet says of itself is for Sequoia to read; these fields are for the verdict.
        info = SignatureInfo(self.fingerprint, None, content.taken.name.upper(), DOCUMENT, packet=body_of(packet))
        if content.data is not None:
            verdict = self.sequoia.verdict(info, content.data)
        elif content.state[1] < LARGE or not self.numbers.can:
            verdict = self.sequoia.verdict(info, content.path)
        else:
            verdict = self._by_digest(info, content)
        return must_be_good((verdict,), self.fingerprint, content.path)

    def stands(self, old: bytes, content: Content) -> tuple[Verdict, ...]:
        """Sequoia's verdicts on the signatures that stand there, when all are this key's and good; else nothing."""
        try:
            found = detached_signatures(old) if old else ()
        except IrkitError:
            return ()  # whatever it is, it is kept beside and replaced
        own = self.sequoia.pinned[self.primary]
        if not found or not all(any(one.made_by(key) for key in own) for one in found):
            return ()
        where = content.path if content.data is None else content.data
        verdicts = tuple(self.sequoia.verdict(one, where) for one in found)
        return verdicts if all(one.good for one in verdicts) else ()

    def _by_digest(self, info: SignatureInfo, content: Content) -> Verdict:
        """Sequoia reads the packet, OpenSSL does the mathematics over the digest of the bytes that were read."""
        import pysequoia

        try:
            named = str(pysequoia.Sig.from_bytes(as_packet(info)).issuer_fingerprint or "").upper()
        except Exception as error:  # the library raises bare RuntimeError
            return Verdict(False, info.issuer, "", "error", info.created, "openssl", str(error).partition("\n")[0])
        good = named == self.fingerprint and self.numbers.hold_for_good(info.packet, content.taken)
        return Verdict(good, named, self.primary, "good" if good else "bad", info.created, "openssl")


def must_be_good(verdicts: tuple[Verdict, ...], signing: str, artifact: Path) -> tuple[Verdict, ...]:
    """The verdicts, when all are good and of this key. StepFailed otherwise."""
    against = [one for one in verdicts if not one.good or one.issuer != signing]
    if against or not verdicts:
        why = "; ".join(f"{one.program}: {one.reason} {one.detail}".strip() for one in against)
        raise StepFailed(
            "the fresh signature does not verify",
            on=artifact,
            why=why,
            do="is the artifact being written to? try again",
        )
    return verdicts


def _all_of(stream: int, size: int) -> bytes:
    """What stands in a file that had this size when it was opened; the state of the file tells whether it grew meanwhile."""
    found = os.read(stream, size + 1)
    while len(found) < size and (more := os.read(stream, size - len(found))):
        found += more
    return found


def _streamed(stream: int) -> hashlib._Hash:
    taken, buffer = hashlib.sha256(), bytearray(_CHUNK)
    view = memoryview(buffer)
    while size := os.readv(stream, [buffer]):
        taken.update(view[:size])
    return taken


def _state(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode


def _not_judged(path: Path, found: str, planned: str) -> NotJudged:
    return NotJudged(
        "the artifact is not the one that was judged", on=path, why=f"SHA-256 is {found}, planned {planned}",
        do="do not sign it; judge the release again",
    )  # fmt: skip


def _cannot(signing: str, why: str, do: str) -> StepFailed:
    return StepFailed("artifacts could not be signed", on=signing, why=why, do=do)
