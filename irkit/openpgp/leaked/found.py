"""What leaked, as values."""

from __future__ import annotations

from dataclasses import dataclass

from irkit.model import OpenPgpKey
from irkit.openpgp.revocations import Revocation


@dataclass(frozen=True)
class LeakedKey:
    """One OpenPGP key of what leaked: its packets with what is known of each secret part, and the revocations that stand on it.

    `places` are where parts of it were found. `certificates` are places of revocation certificates of it that leaked as well.
    """

    key: OpenPgpKey
    revocations: tuple[Revocation, ...]
    places: tuple[str, ...]
    certificates: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Fingerprints of the keys and subkeys whose secret part is in what leaked, protected or not."""
        return tuple(one.fingerprint for one in self.key.keys if one.secret in ("cleartext", "protected"))


@dataclass(frozen=True)
class LooseSecret:
    """A key file of gpg-agent to which no public key is known: the fingerprint is not known either.

    `keygrip` is 40 digits, "" when unknown; the rest is as in `OpenPgpSubkey`.
    """

    keygrip: str
    algorithm: str
    secret: str
    protection: str
    place: str


@dataclass(frozen=True)
class Unread:
    """What could not be read, or is damaged, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Leaked:
    """All that was found in a blob or a folder. Nothing was imported and no signature was verified."""

    forms: tuple[str, ...]
    keys: tuple[LeakedKey, ...]
    loose: tuple[LooseSecret, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def with_secrets(self) -> tuple[LeakedKey, ...]:
        return tuple(one for one in self.keys if one.secrets)

    @property
    def public_only(self) -> bool:
        """Whether keys were found and no secret part among them: a ring of strangers' keys is no leak."""
        return not self.with_secrets and all(one.secret == "stub" for one in self.loose)  # noqa: S105  (a state, not a value)
