"""Who used the credential, what it begot, what stands out: from rows of logs to a report. Pure.

Kinds of match are kept apart: uses by the credential itself, by sessions derived from it, by keys it created, and
events that only mention it. They are never added together. All times are UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from irkit.exposure.findings import Finding, Watch
from irkit.model import MatchKind, Skipped, UsageEvent, Window, iso

_SESSION = "session"
_ACCESS_KEY = "access-key"


@dataclass(frozen=True)
class Summary:
    """The uses of one key. Maps go from value to number of events, most frequent first.

    `events` counts each event once; `duplicates` is how many further copies of them the logs held. `errors` counts by
    the provider's code; `writes` the events that were not read-only, refused ones included.
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
    "yes", "no", and "unknown" where the window's bounds do not tell; empty when no window was given."""

    credential: Mapping[str, Any]
    by_key: Summary
    derived: tuple[Derived, ...] = ()
    created: tuple[Created, ...] = ()
    mentions: int = 0
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    within: Mapping[str, int] = field(default_factory=dict)

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
        }


def summarise(
    events: Iterable[UsageEvent],
    *,
    credential: Mapping[str, Any],
    window: Window | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    skipped: Iterable[Skipped] = (),
) -> UsageReport:
    """The report over `events`, taken once, in any order. `skipped` is read after them, so a reader may still be filling it.

    1. A copy of an event already seen (same source and event id) counts as a duplicate and as nothing else.
    2. `since` <= time < `until` are reported. An event without a usable time cannot be placed: it counts when neither is
       given, and is listed as skipped when one is.
    3. What an event begot is created or derived whether or not it was used; only what succeeded begets.
    4. A mention is no use. Findings look at uses by the credential and by all that descends from it; addresses seen before
       `since` still count as known.
    """
    count = _Count(Watch(window), window)
    unplaced: list[Skipped] = []
    for event in events:
        inside = _inside(event.at, since, until)
        if inside is None:
            where = f"{event.file}:{event.line}" if event.line else event.file
            unplaced.append(Skipped(where, f"event {event.event_id} has no usable time: {event.time_text!r}"))
        elif inside:
            count.take(event)
        elif event.match is not MatchKind.MENTION_ONLY:
            count.only_compare(event)
    return count.report(credential, (*skipped, *unplaced))


def _inside(at: datetime | None, since: datetime | None, until: datetime | None) -> bool | None:
    if since is None and until is None:
        return True
    if at is None:
        return None
    return (since is None or at >= since) and (until is None or at < until)


@dataclass
class _Tally:
    """A Summary while it is being counted."""

    events: int = 0
    duplicates: int = 0
    writes: int = 0
    first: datetime | None = None
    last: datetime | None = None
    addresses: Counter[str] = field(default_factory=Counter)
    agents: Counter[str] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def take(self, event: UsageEvent) -> None:
        self.events += 1
        self.writes += event.writes is True
        if event.at:
            self.first = min(self.first or event.at, event.at)
            self.last = max(self.last or event.at, event.at)
        self.actions[f"{event.service or event.source}:{event.action}"] += 1
        counted = ((self.addresses, event.address), (self.agents, event.agent), (self.regions, event.region))
        for counter, value in (*counted, (self.errors, event.error)):
            if value:
                counter[value] += 1

    def summary(self) -> Summary:
        return Summary(
            events=self.events,
            duplicates=self.duplicates,
            first=self.first,
            last=self.last,
            addresses=_most_first(self.addresses),
            agents=_most_first(self.agents),
            regions=_most_first(self.regions),
            actions=_most_first(self.actions),
            errors=_most_first(self.errors),
            writes=self.writes,
        )


def _most_first(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


@dataclass
class _Count:
    watch: Watch
    window: Window | None
    own: _Tally = field(default_factory=_Tally)
    others: dict[str, _Tally] = field(default_factory=dict)
    parents: dict[str, tuple[MatchKind, str]] = field(default_factory=dict)
    begot: dict[tuple[str, str], tuple[datetime | None, str]] = field(default_factory=dict)
    mentions: int = 0
    within: Counter[str] = field(default_factory=Counter)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def take(self, event: UsageEvent) -> None:
        repeated = self._seen_before(event)
        if event.match is MatchKind.MENTION_ONLY:
            self.mentions += not repeated
            return
        tally = self.own if event.match.is_use else self.others.setdefault(event.key, _Tally())
        if repeated:
            tally.duplicates += 1
            return
        tally.take(event)
        self.watch.look(event)
        if event.match.is_use and self.window:
            answer = self.window.contains(event.at) if event.at else None
            self.within[{True: "yes", False: "no", None: "unknown"}[answer]] += 1
        if not event.match.is_use:
            self.parents[event.key] = (event.match, event.parent)
        for one in event.begot:
            kind, _, name = one.partition(":")
            self._beget(kind, name, event)

    def only_compare(self, event: UsageEvent) -> None:
        if not self._seen_before(event):
            self.watch.know(event)

    def report(self, credential: Mapping[str, Any], skipped: Iterable[Skipped]) -> UsageReport:
        sessions = {name: by for (kind, name), (_, by) in self._begot_by_time() if kind == _SESSION}
        sessions |= {key: parent for key, (match, parent) in self.parents.items() if match is MatchKind.DERIVED}
        created = {place: made for place, made in self._begot_by_time() if place[0] != _SESSION}
        for key, (match, parent) in self.parents.items():
            if match is MatchKind.CREATED:
                created.setdefault((_ACCESS_KEY, key), (None, parent))
        return UsageReport(
            credential=credential,
            by_key=self.own.summary(),
            derived=tuple(Derived(key, parent, self._uses(key)) for key, parent in sessions.items()),
            created=tuple(
                Created(kind, name, at, by, self._uses(name) if kind == _ACCESS_KEY else None)
                for (kind, name), (at, by) in created.items()
            ),
            mentions=self.mentions,
            findings=self.watch.findings(),
            skipped=tuple(dict.fromkeys(skipped)),
            within=dict(self.within),
        )

    def _begot_by_time(self) -> list[tuple[tuple[str, str], tuple[datetime | None, str]]]:
        return sorted(self.begot.items(), key=lambda item: (item[1][0] is None, item[1][0] and item[1][0].timestamp()))

    def _seen_before(self, event: UsageEvent) -> bool:
        name = (event.source, event.event_id)
        if not event.event_id or name not in self.seen:
            self.seen.add(name)
            return False
        return True

    def _beget(self, kind: str, name: str, event: UsageEvent) -> None:
        known = self.begot.get((kind, name))
        if known is None or (event.at and known[0] and event.at < known[0]):
            self.begot[kind, name] = (event.at, event.key)

    def _uses(self, key: str) -> Summary:
        return self.others.get(key, _Tally()).summary()
