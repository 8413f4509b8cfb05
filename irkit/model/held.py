"""A credential that a team holds, as its issuer lists it or its own machines show it; and what could not be asked about. No value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

When = datetime | Literal["never"] | None
"""A time in UTC, "never" where the issuer says so, None where nobody could say."""

Holder = Literal["automation", "person", "unknown"]

Fact = Literal["yes", "no", "unknown"]

RuleName = Literal[
    "age", "no-expiry", "never-used", "unused", "wider-than-use",
    "shared", "long-lived", "no-escrow", "stale-publication", "nobody-approves",
]  # fmt: skip
"""What a team's policy may ask of what it holds (`irkit.readiness.rules`)."""


NAMED_ONLY = ("CI secret", "CI variable")
"""Kinds of which a CI tells the name alone: whose credential stands in one, nobody says."""


@dataclass(frozen=True)
class Held:
    """One credential. `id` is what its issuer calls it (a key id, a fingerprint, a name), `kind` what it is in the issuer's words.

    `owner` answers for it, "" where nobody knows. `holder` follows from the rule that `holder_by` names. `scope` is what it may do in
    the issuer's words, `uses` what it was seen doing in the same words; None where it is not told. `created` is the issuer's time;
    where it tells none, `there_since` is a time at which it was there already. `short_lived`: what opens anything lives for hours at
    most (an app's tokens, a lease). `last_used` "never": the issuer says that it was never used. `stored` are places that hold it,
    `consumers` what takes it from there, None where nobody looked. `listed_by` is the question that told of it, `tested` how that
    question is known to work ("unverified" where nothing shows it).
    """

    issuer: str
    kind: str
    id: str
    name: str = ""
    owner: str = ""
    holder: Holder = "unknown"
    holder_by: str = ""
    scope: tuple[str, ...] | None = None
    uses: tuple[str, ...] | None = None
    created: When = None
    there_since: datetime | None = None
    last_used: When = None
    expires: When = None
    active: bool | None = None
    short_lived: bool = False
    stored: tuple[str, ...] = ()
    consumers: tuple[str, ...] | None = None
    also: tuple[Holder, ...] = ()  # of whom else there is a sign that they use it
    escrow: Fact | None = (
        None  # an OpenPGP key's revocation certificate, apart from the key; None where the question does not arise
    )
    published: tuple[tuple[str, str, str], ...] | None = None  # place, "current", "stale" or "unknown", and why
    revoked: bool = False  # for good, by its owner
    principal: str = ""  # as whom it acts at its issuer, where that is another name (an ARN)
    listed_by: str = ""
    listed_at: tuple[str, ...] = ()  # of what that was asked: a server with an account, a repository, a gpg home
    tested: str = "unverified"

    @property
    def key(self) -> str:
        """The same from run to run, and of one credential only."""
        return f"{self.issuer}:{self.kind}:{self.id}"


@dataclass(frozen=True)
class Unasked:
    """A list that did not come, or not the whole of it: whose, what of, and why. It is never shown as an empty one."""

    issuer: str
    what: str
    why: str
