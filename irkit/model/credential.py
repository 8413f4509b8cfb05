"""What leaked: an API token or an OpenPGP key, known by a reference and a fingerprint; and whether it lives."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from irkit.model.clock import Instant
from irkit.model.secret import Fingerprint, SecretRef


@dataclass(frozen=True)
class ApiToken:
    """A token of some provider. `public_id` is what its provider's logs and consoles call it, where it has one."""

    ref: SecretRef
    provider: str
    shape: str
    fingerprint: Fingerprint | None
    public_id: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    kind: str = "token"

    @property
    def name(self) -> str:
        """How people and documents speak of it: never the value."""
        return self.public_id or (self.fingerprint.short if self.fingerprint else str(self.ref))


@dataclass(frozen=True)
class OpenPgpSubkey:
    """One key packet of an OpenPGP key. `usage` is a set of "certify", "sign", "encrypt", "authenticate" or unknown (None).

    `protection` says how a protected secret part is locked: kind of key derivation, its cost, the cipher.
    """

    fingerprint: str
    algorithm: str
    created: str
    secret: str  # "absent", "cleartext", "protected", "stub"
    primary: bool = False
    usage: tuple[str, ...] | None = None
    protection: str = ""


@dataclass(frozen=True)
class OpenPgpKey:
    """An OpenPGP key: `openpgp` is the 40 (v4) or 64 (v6) digit fingerprint of its primary, upper case."""

    ref: SecretRef
    openpgp: str
    fingerprint: Fingerprint | None
    user_ids: tuple[str, ...] = ()
    keys: tuple[OpenPgpSubkey, ...] = ()
    kind: str = "openpgp"

    @property
    def name(self) -> str:
        return self.openpgp

    @property
    def provider(self) -> str:
        return "openpgp"

    @property
    def primary_leaked(self) -> bool | None:
        """Whether the primary's secret part was in what leaked; None when only a public identifier is known."""
        primaries = [key for key in self.keys if key.primary]
        return primaries[0].secret in ("cleartext", "protected") if primaries else None


Credential = ApiToken | OpenPgpKey


class State(StrEnum):
    """Three answers, never two."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Standing:
    """Whether a credential works, as asked once: the answer, why it was read so, when, and on what evidence."""

    state: State
    why: str
    at: Instant
    evidence: str = ""


Purpose = Literal["incident", "rotation", "readiness"]
"""What a folder is for: one leak, a credential that is replaced although nothing leaked, or a team's own state before the next leak."""


@dataclass(frozen=True)
class Incident:
    """What a case is about. `aware` is when the team learned of the leak; None when nobody has said.

    A folder of `purpose` "readiness" is about a team before anything leaked: it holds no credential. Records of irkits that knew
    no purpose are of incidents.
    """

    case_id: str
    title: str
    credentials: tuple[Credential, ...]
    opened: Instant
    aware: Instant | None = None
    responder: str = ""
    labels: tuple[str, ...] = field(default=())
    purpose: Purpose = "incident"
