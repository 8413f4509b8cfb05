"""The new key at work: it signs bytes, and two programs judge what it signed before that replaces anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import IrkitError, StepFailed
from irkit.model import Secret
from irkit.openpgp import Gpg
from irkit.openpgp.keyblock import detached_signatures
from irkit.openpgp.keyring import RingEntry
from irkit.openpgp.keys import export_public
from irkit.openpgp.operations import Hands
from irkit.openpgp.operations.keys import other_than, signer
from irkit.openpgp.signatures import check_with_gpg, check_with_sequoia
from irkit.openpgp.verdicts import against
from irkit.plan import GpgCommand


@dataclass(frozen=True)
class Signer:
    """A key that signs: `signing` is its subkey in force, `certificate` its armored public key, `former` the keys it follows."""

    home: Path
    primary: str
    signing: str
    certificate: str
    former: tuple[str, ...] = ()
    passphrase: Secret | None = None

    @classmethod
    def of(cls, command: GpgCommand, hands: Hands) -> Signer:
        """The key that a command names, or the one that generate-key made. StepFailed when it cannot sign."""
        home, entry = Path(command.home), signer(command)
        made = _signing(entry)
        certificate = export_public(home, entry.primary.fingerprint)
        passphrase = hands.passphrase(command)
        return cls(home, entry.primary.fingerprint, made, certificate, other_than(command), passphrase)

    @property
    def suffix(self) -> str:
        """What a signature of the key before is told by in a file name: its long key id."""
        return (self.former[0] if self.former else "old")[-16:]

    def facts(self) -> tuple[tuple[str, str], ...]:
        return (("key", self.primary), ("signing", self.signing))

    def detached(self, data: bytes, *, armored: bool = True) -> bytes:
        """A detached signature over `data`, as gpg made it and not verified yet."""
        return self._sign(data, [*(["--armor"] if armored else []), "--detach-sign"])

    def clear(self, text: bytes) -> bytes:
        """A clear-signed text, as gpg made it and not verified yet."""
        return self._sign(text, ["--clear-sign"])

    def wrong(self, data: bytes, signature: bytes, *, by_gpg: bool = True) -> str:
        """Why a detached signature over `data` is not a good one by this key for both programs; "" when it is."""
        return wrong(data, signature, self.certificate, self.primary, by_gpg=by_gpg)

    def _sign(self, data: bytes, how: Sequence[str]) -> bytes:
        args = ["--digest-algo", "SHA512", "--local-user", f"{self.signing}!", *how]
        result = Gpg(self.home).run(args, stdin=data, passphrase=self.passphrase)
        made = result.first("SIG_CREATED")
        if result.returncode != 0 or made is None or made.fields[-1:] != (self.signing,):
            raise StepFailed(
                "the new key could not sign",
                on=self.signing,
                why=result.last_words(),
                do="check the key, its home and its passphrase",
            )
        return result.stdout


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


def _signing(entry: RingEntry) -> str:
    made = entry.signing()
    if made is None:
        raise StepFailed(
            "the new key cannot sign",
            on=entry.primary.fingerprint,
            why="no signing subkey in force",
            do="make one, or a new key",
        )
    return made.fingerprint
