"""Who signs the samples: the real key through the agent that holds it, or a stand-in made like it. No secret is ever exported."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from irkit.errors import IrkitError, NotAvailable, StepFailed
from irkit.model import OpenPgpKey, OpenPgpSubkey, Secret, SecretRef, parse_instant
from irkit.openpgp.consumers.certificates import before_revocation, binary, revoked_keys
from irkit.openpgp.keyblock import COMPROMISED, read_key
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.runner import Gpg, throwaway_home

_USER_ID = "irkit consumer test, stand-in <stand-in@example.invalid>"
_MENU = {0: "0", 1: "2", 2: "1", 3: "3"}
"""gpg's menu of reasons for a revocation, by the reason on the wire."""
_ALGORITHMS = {
    "EdDSA Ed25519": "ed25519", "ECDSA NIST P-256": "nistp256", "ECDSA NIST P-384": "nistp384", "ECDSA NIST P-521": "nistp521",
    "ECDSA brainpoolP256r1": "brainpoolP256r1", "ECDSA brainpoolP384r1": "brainpoolP384r1",
    "ECDSA brainpoolP512r1": "brainpoolP512r1", "ECDSA secp256k1": "secp256k1",
}  # fmt: skip


@dataclass(frozen=True)
class TestedKey:
    """A key whose signatures are tested. `certificate` is the public key as published, armored; "" when it is not known.

    `home` is a gpg home whose agent may sign with it, None when there is none; `like` describes the key for a stand-in.
    """

    __test__ = False

    certificate: str = ""
    home: Path | None = None
    passphrase: Secret | None = None
    like: OpenPgpKey | None = None


@dataclass(frozen=True)
class Signer:
    """Signs with one key of a gpg home. `at` is what its signatures say of the time (UTC); None: the truth."""

    home: Path
    signing: str
    passphrase: Secret | None = None
    at: datetime | None = None

    @property
    def options(self) -> list[str]:
        """gpg options by which a signature gets its date. No agent is started: the one of the home is there, or borrowed."""
        return ["--no-autostart", *(["--faked-system-time", f"{self.at:%Y%m%dT%H%M%S}!"] if self.at else [])]

    def detached(self, data: bytes) -> bytes:
        """An armored detached signature."""
        return self._sign("--detach-sign", data)

    def clear(self, data: bytes) -> bytes:
        """The text with its signature around it."""
        return self._sign("--clear-sign", data)

    def dated(self, at: datetime | None) -> Signer:
        return replace(self, at=at)

    def _sign(self, how: str, data: bytes) -> bytes:
        args = [*self.options, "--armor", "--digest-algo", "SHA512", "--local-user", f"{self.signing}!", how]
        result = Gpg(self.home).must(
            "a sample could not be signed", args, on=self.signing, passphrase=self.passphrase, stdin=data
        )
        return result.stdout


@dataclass(frozen=True)
class Party:
    """One side of the test: who signs; its certificate before and after the revocation; which keys of it are revoked.

    `created` is when its signing key was made (UTC); `stand_in` says why it is not the real key, "" when it is.
    """

    signer: Signer
    primary: str
    before: bytes
    after: bytes
    revoked: frozenset[str]
    created: datetime
    stand_in: str = ""


@contextmanager
def party(key: TestedKey, *, leaked: bool) -> Iterator[Party]:
    """The real key where it can sign here, else a stand-in. A leaked one is revoked as the real one is; else as compromised."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(_real(key, leaked=leaked))
        except IrkitError as error:
            found = stack.enter_context(_stand_in(key, error.why or error.what, leaked=leaked))
        yield found


@contextmanager
def _real(key: TestedKey, *, leaked: bool) -> Iterator[Party]:
    """The key itself, proved to sign. NotAvailable or StepFailed, with `why`, when it cannot."""
    if not key.certificate:
        raise NotAvailable("the key cannot sign here", why="its public key is not known here")
    after = binary(key.certificate)
    if key.home is None or not key.home.is_dir():
        raise NotAvailable("the key cannot sign here", why="no gpg home with its secret part was given")
    revoked = frozenset(revoked_keys(after))
    before = before_revocation(after) if leaked else after
    with borrowed(key.home, before) as home:
        signing = _may_sign(home, revoked if leaked else frozenset())
        described = read_key(after, SecretRef("id:tested"), None)
        signer = Signer(home, signing, key.passphrase)
        signer.detached(b"irkit consumer test")
        yield Party(signer, described.openpgp, before, after, revoked, _made(described, signing))


@contextmanager
def borrowed(lender: Path, certificate: bytes) -> Iterator[Path]:
    """A throw-away home that holds this certificate and signs through the lender's agent: the lender's key ring stays as it is.

    gpg reads where the agent is from a file in the socket's place (Assuan manual, "Socket wrappers", `%Assuan%`).
    """
    with throwaway_home() as home:
        socket = _agent_socket(home)
        apart = socket.parent != home
        try:
            if apart:
                socket.parent.mkdir(mode=0o700, exist_ok=True)
            subprocess.run(
                ["gpgconf", "--homedir", str(lender), "--launch", "gpg-agent"], capture_output=True, check=False
            )
            socket.write_text(f"%Assuan%\nsocket={_agent_socket(lender)}\n")
            Gpg(home).run(["--no-autostart", "--import"], stdin=certificate)
            yield home
        finally:
            # To stop this home's agent is done when it is left; while the file is there that would be the lender's.
            socket.unlink(missing_ok=True)
            if apart:
                with suppress(OSError):
                    socket.parent.rmdir()


def _agent_socket(home: Path) -> Path:
    found = subprocess.run(
        ["gpgconf", "--homedir", str(home.absolute()), "--list-dirs", "agent-socket"], capture_output=True, check=False
    )
    if found.returncode != 0 or not found.stdout.strip():
        raise NotAvailable("the agent of a gpg home cannot be found", on=home, why="gpgconf does not say where it is")
    return Path(found.stdout.decode().strip().replace("%3a", ":").replace("%25", "%"))


def _may_sign(home: Path, among: frozenset[str]) -> str:
    """The (sub)key with a secret part that may sign: one of those revoked, where only subkeys are."""
    entries = list_ring(home, secret=True)
    able = [key for one in entries for key in (*reversed(one.subkeys), one.primary) if key.secret and "s" in key.usage]
    primaries = {one.primary.fingerprint for one in entries}
    if among and not among & primaries:
        able = [key for key in able if key.fingerprint in among]
    if not able:
        raise StepFailed("the key cannot sign here", why="its secret part is not in the gpg home that was given")
    return max(able, key=lambda key: key.usable).fingerprint


def _made(key: OpenPgpKey, signing: str) -> datetime:
    return parse_instant(next(sub.created for sub in key.keys if sub.fingerprint == signing))


@contextmanager
def _stand_in(key: TestedKey, why: str, *, leaked: bool) -> Iterator[Party]:
    """A key of the same algorithms and age, in a home that is gone afterwards."""
    like = read_key(binary(key.certificate), SecretRef("id:like"), None) if key.certificate else key.like
    primary, signing = _roles(like)
    created = max(
        (parse_instant(sub.created) for sub in (primary, signing) if sub and sub.created),
        default=datetime.now(UTC) - timedelta(days=365),
    )
    then = ["--faked-system-time", f"{created:%Y%m%dT%H%M%S}!"]
    with throwaway_home() as home:
        gpg = Gpg(home)
        usage = "cert" if signing else "cert,sign"
        made = gpg.must(
            "no stand-in could be made", [*then, "--quick-gen-key", "--", _USER_ID, _algorithm(primary), usage, "never"]
        )
        status = made.first("KEY_CREATED")
        fingerprint = status.fields[1] if status else ""
        if signing:
            gpg.must(
                "no stand-in could be made",
                [*then, "--quick-add-key", "--", fingerprint, _algorithm(signing), "sign", "never"],
            )
        before = gpg.must("no stand-in could be made", ["--export", "--", fingerprint]).stdout
        signer = Signer(home, _may_sign(home, frozenset()))
        # It is revoked in another home: gpg signs nothing with a key that its own ring holds for revoked.
        after = _revoked(home, before, fingerprint, signer.signing, _how_revoked(key)) if leaked else before
        yield Party(signer, fingerprint, before, after, frozenset(revoked_keys(after)), created, why)


def _roles(like: OpenPgpKey | None) -> tuple[OpenPgpSubkey | None, OpenPgpSubkey | None]:
    """The primary and the subkey that signs; None for a subkey where the primary signs itself."""
    if like is None or not like.keys:
        return None, OpenPgpSubkey("", "EdDSA Ed25519", "", "absent")
    primary = next((sub for sub in like.keys if sub.primary), None)
    subkeys = [sub for sub in like.keys if not sub.primary and "sign" in (sub.usage or ())]
    return primary, subkeys[-1] if subkeys else None


def _algorithm(key: OpenPgpSubkey | None) -> str:
    """As gpg names it for a new key; ed25519 for what it cannot make."""
    name = key.algorithm if key else ""
    kind, _, bits = name.partition(" ")
    return f"{kind.lower()}{bits}" if kind in ("RSA", "DSA") and bits.isdigit() else _ALGORITHMS.get(name, "ed25519")


def _how_revoked(key: TestedKey) -> tuple[bool, int]:
    """Whether the whole key is revoked, and the reason on the wire; the whole key as compromised where nothing says otherwise."""
    certificate = binary(key.certificate) if key.certificate else b""
    revoked = revoked_keys(certificate) if certificate else {}
    if not revoked:
        return True, COMPROMISED
    primary = read_key(certificate, SecretRef("id:like"), None).openpgp
    return primary in revoked, revoked.get(primary, next(iter(revoked.values())))


def _revoked(home: Path, certificate: bytes, primary: str, signing: str, how: tuple[bool, int]) -> bytes:
    """gpg revokes in a dialogue only, and ends with 0 when it did not: the certificate is looked at."""
    whole, reason = how
    menu = _MENU.get(reason, "0")
    with borrowed(home, certificate) as apart:
        gpg = Gpg(apart)
        if whole:
            made = gpg.run(["--yes", "--gen-revoke", "--", primary], stdin=f"y\n{menu}\n\ny\n".encode(), dialogue=True)
            gpg.must("the stand-in could not be revoked", ["--import"], stdin=made.stdout)
        else:
            said = f"key {signing}\nrevkey\ny\n{menu}\n\ny\nsave\n"
            gpg.run(["--yes", "--edit-key", "--", primary], stdin=said.encode(), dialogue=True)
        after = gpg.must("no stand-in could be made", ["--export", "--", primary]).stdout
    if (primary if whole else signing) not in revoked_keys(after):
        raise StepFailed("the stand-in could not be revoked", on=primary)
    return after
