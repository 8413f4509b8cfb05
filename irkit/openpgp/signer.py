"""The key that signs: detached signatures and clear-signed texts by way of gpg-agent, and what two programs have against one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import time

from irkit.errors import IrkitError, StepFailed
from irkit.model import Secret, SecretRef
from irkit.openpgp.agent import Agent, Refused, keygrip
from irkit.openpgp.arithmetic import PublicNumbers
from irkit.openpgp.armor import armored
from irkit.openpgp.cleartext import clearsigned
from irkit.openpgp.content import Content
from irkit.openpgp.detached import DOCUMENT, TEXT, Draft, algorithm_number, body_of
from irkit.openpgp.keyblock import as_packet, detached_signatures, read_keys
from irkit.openpgp.keyring import RingEntry, list_ring
from irkit.openpgp.keys import checked_fingerprint, export_public
from irkit.openpgp.packets import SignatureInfo
from irkit.openpgp.signatures import Sequoia, check_with_gpg, check_with_sequoia
from irkit.openpgp.verdicts import Verdict, against

HASH = "sha512"


@dataclass(frozen=True)
class Signer:
    """A key that can sign. `signing` is the fingerprint of what signs, `primary` that of its primary key, `certificate` its armored
    public key, `former` are the keys that it follows."""

    home: Path
    signing: str
    primary: str
    certificate: str
    passphrase: Secret | None = None
    former: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, home: Path, signing: str, passphrase: Secret | None = None, former: tuple[str, ...] = (),
        entries: tuple[RingEntry, ...] | None = None,
    ) -> Signer:  # fmt: skip
        """StepFailed when the key is not there or cannot sign now. `entries` are those of the home, where they were listed already."""
        signing = checked_fingerprint(signing)
        found = [
            (entry, key)
            for entry in (list_ring(home, signing, secret=True) if entries is None else entries)
            for key in (entry.primary, *entry.subkeys)
            if key.fingerprint == signing
        ]
        if not found:
            raise _cannot(signing, f"its secret part is not in {home}", "name the gpg home that holds the private key")
        entry, key = found[0]
        if not (key.secret and key.usable and entry.primary.usable and "s" in key.usage):
            raise _cannot(signing, "it is revoked, has expired, or is not for signing", "sign with a key in force")
        primary = entry.primary.fingerprint
        return cls(home, signing, primary, export_public(home, primary), passphrase, former)

    @property
    def former_id(self) -> str:
        """What a signature of the key before is told by in a file name: its long key id."""
        return (self.former or ("old",))[0][-16:]

    def facts(self) -> tuple[tuple[str, str], ...]:
        return (("key", self.primary), ("signing", self.signing))

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The fingerprints of the primary key and of all its subkeys."""
        return self.sequoia.pinned[self.primary]

    @cached_property
    def algorithm(self) -> int:
        """Its number on the wire. StepFailed for one whose signatures are not made here."""
        keys = (sub for key in read_keys(self.certificate.encode(), SecretRef("id:certificate")) for sub in key.keys)
        name = next((sub.algorithm for sub in keys if sub.fingerprint == self.signing), "")
        number = algorithm_number(name)
        if number is None or len(self.signing) != 40:
            raise _cannot(self.signing, f"an algorithm that is not signed with: {name}", "make an ed25519 key")
        return number

    def can_sign(self) -> None:
        """StepFailed when its signatures are not made here."""
        _ = self.algorithm

    def agent(self, *, own: bool = False) -> Agent:
        """The home's agent, or one more; it holds the secret and signs digests."""
        return Agent(self.home, self._keygrip, self.passphrase, own=own)

    @cached_property
    def _keygrip(self) -> str:
        return keygrip(self.home, self.signing)

    @cached_property
    def sequoia(self) -> Sequoia:
        return Sequoia([self.certificate])

    @cached_property
    def _numbers(self) -> PublicNumbers:
        return PublicNumbers(self.certificate, self.signing)

    def detached(self, data: bytes, *, armor: bool = True) -> bytes:
        """A detached signature over `data`, not verified yet. StepFailed when the agent does not sign."""
        [packet] = self.sign([data])
        return armored(packet) if armor else packet

    def clear(self, text: bytes) -> bytes:
        """A clear-signed text, not verified yet; a last line without an end gets one."""
        return clearsigned(text, lambda hashed: armored(self.sign([hashed], TEXT)[0]), HASH.upper())

    def sign(self, data: Iterable[bytes], kind: int = DOCUMENT) -> list[bytes]:
        """A binary signature packet for each, as one agent makes them."""
        agent, made = self.agent(), []
        try:
            for one in data:
                draft = Draft(self.signing, self.algorithm, HASH, int(time()), kind)
                digest = draft.digest(hashlib.new(HASH, one))
                made.append(draft.packet(digest, agent.sign(HASH, digest, on=self.signing)))
        except Refused as error:
            raise StepFailed("the new key could not sign", on=self.signing, why=error.why, do=error.do) from None
        finally:
            agent.close()
        return made

    def wrong(self, data: bytes, signature: bytes, *, by_gpg: bool = True) -> str:
        """Why a detached signature over `data` is not a good one by this key for both programs; "" when it is."""
        return wrong(data, signature, self.certificate, self.primary, by_gpg=by_gpg)

    def draft(self, content: Content) -> Draft:
        return Draft(self.signing, self.algorithm, content.taken.name, int(time()))

    def verdicts(self, packet: bytes, content: Content) -> tuple[Verdict, ...]:
        """What a second implementation says of a fresh signature. StepFailed when it is not good, or is another key's."""
        # What the packet says of itself is for Sequoia to read; these fields are for the verdict.
        info = SignatureInfo(self.signing, None, content.taken.name.upper(), DOCUMENT, packet=body_of(packet))
        if content.data is not None:
            verdict = self.sequoia.verdict(info, content.data)
        elif not (content.large and self._numbers.can):
            verdict = self.sequoia.verdict(info, content.path)
        else:
            verdict = self._by_digest(info, content)
        return must_be_good((verdict,), self.signing, content.path)

    def stands(self, old: bytes, content: Content) -> tuple[Verdict, ...]:
        """Sequoia's verdicts on the signatures that stand there, when all are this key's and good; else nothing."""
        try:
            found = detached_signatures(old) if old else ()
        except IrkitError:
            return ()  # whatever it is, it is kept beside and replaced
        if not found or not all(any(one.made_by(key) for key in self.own) for one in found):
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
        good = named == self.signing and self._numbers.hold_for_good(info.packet, content.taken)
        return Verdict(good, named, self.primary, "good" if good else "bad", info.created, "openssl")


def wrong(data: bytes, signature: bytes, certificate: str, primary: str, *, by_gpg: bool = True) -> str:
    """Why a detached signature over `data` is not a good one by `primary`, a key of `certificate`, for both programs; "" when it is.

    Without `by_gpg` Sequoia alone is asked, where another program than gpg itself is the second one.
    """
    try:
        signatures = detached_signatures(signature)
    except IrkitError as error:
        return error.what
    why = against(check_with_sequoia([certificate], data, signatures), primary)
    return why if why or not by_gpg else against(check_with_gpg([certificate], data, signatures), primary)


def must_be_good(verdicts: tuple[Verdict, ...], signing: str, artifact: Path) -> tuple[Verdict, ...]:
    """The verdicts, when all are good and of this (sub)key. StepFailed otherwise."""
    if why := against(verdicts, signing):
        raise StepFailed(
            "the fresh signature does not verify", on=artifact, why=why,
            do="nothing was replaced; is the artifact being written to? try again",
        )  # fmt: skip
    return verdicts


def _cannot(signing: str, why: str, do: str) -> StepFailed:
    return StepFailed("artifacts could not be signed", on=signing, why=why, do=do)
