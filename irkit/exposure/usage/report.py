"""What is reported of the uses of one credential: the values, and the document of the command line's contract. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from irkit.exposure.usage.activity import Activity
from irkit.exposure.usage.baseline import Baseline
from irkit.exposure.usage.descent import Begotten
from irkit.exposure.usage.finding import Finding
from irkit.exposure.usage.strangers import Stranger
from irkit.model import Skipped, iso


@dataclass(frozen=True)
class Summary:
    """The uses of one key. Maps go from value to number of events, most frequent first.

    `events` counts each event once, and a line that stands for several as that many; `duplicates` is how many further
    copies of them the logs held. `errors` counts by the provider's code; `writes` the events that were not read-only,
    refused ones included.
    """

    events: int
    duplicates: int
    first: datetime | None
    last: datetime | None
    addresses: Mapping[str, int]
    agents: Mapping[str, int]
    regions: Mapping[str, int]
    actions: Mapping[str, int]
    errors: Mapping[str, int]
    writes: int

    def document(self) -> dict[str, Any]:
        """S of the command line's contract (DESIGN, command line)."""
        return {
            "events": self.events,
            "duplicates": self.duplicates,
            "first": iso(self.first) if self.first else None,
            "last": iso(self.last) if self.last else None,
            "addresses": dict(self.addresses),
            "agents": dict(self.agents),
            "regions": dict(self.regions),
            "actions": dict(self.actions),
            "errors": dict(self.errors),
            "writes": self.writes,
        }


@dataclass(frozen=True)
class Derived:
    """A session that was made with the credential, or with something it begot, and its uses (none may be known)."""

    key: str
    parent: str
    uses: Summary

    def document(self) -> dict[str, Any]:
        return {"key": self.key, "parent": self.parent, **self.uses.document()}


@dataclass(frozen=True)
class Created:
    """What the credential brought into being: `by` is the key that did it; `uses` is there for keys only."""

    kind: str
    id: str
    at: datetime | None
    by: str
    uses: Summary | None = None

    def document(self) -> dict[str, Any]:
        row = {"kind": self.kind, "id": self.id, "at": iso(self.at) if self.at else None, "by": self.by}
        return row | ({"uses": self.uses.document()} if self.uses else {})


@dataclass(frozen=True)
class UsageReport:
    """Everything known of the uses of one credential. `within` counts its own uses that fall into the exposure window:
    "yes", "no", and "unknown" where the window's bounds do not tell; empty when no window was given.

    `matches` counts its own uses by how they were tied to it, `same_principal` the events of the same principal that are not
    tied to the credential. `outcomes` counts, by whose key ("itself", "sessions", "created"), action and outcome. `as_of` is
    the instant for which `descent` tells life from death. `flags` counts what readers warned of. `regions_read` are those of AWS
    whose CloudTrail was read; () when none was.
    """

    credential: Mapping[str, Any]
    by_key: Summary
    derived: tuple[Derived, ...] = ()
    created: tuple[Created, ...] = ()
    mentions: int = 0
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    within: Mapping[str, int] = field(default_factory=dict)
    matches: Mapping[str, int] = field(default_factory=dict)
    same_principal: Summary | None = None
    descent: tuple[Begotten, ...] = ()
    outcomes: tuple[tuple[str, str, str, int], ...] = ()
    as_of: datetime | None = None
    activity: Activity = field(default_factory=Activity)
    flags: Mapping[str, int] = field(default_factory=dict)
    strangers: tuple[Stranger, ...] = ()
    baseline: Baseline = field(default_factory=Baseline)
    regions_read: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The document that `irkit usage --format json` prints (DESIGN, command line)."""
        return {
            "credential": dict(self.credential),
            "by_key": self.by_key.document(),
            "derived": [one.document() for one in self.derived],
            "created": [one.document() for one in self.created],
            "mentions": self.mentions,
            "findings": [one.document() for one in self.findings],
            "skipped": [one.document() for one in self.skipped],
            "within": dict(self.within),
            "matches": dict(self.matches),
            "same_principal": self.same_principal.document() if self.same_principal else None,
            "descent": [one.document() for one in self.descent],
            "as_of": iso(self.as_of) if self.as_of else None,
            "flags": dict(self.flags),
            "strangers": [one.document() for one in self.strangers],
            "regions_read": list(self.regions_read),
        }
