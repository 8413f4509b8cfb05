"""Who used the credential, what it begot, what stands out: from rows of logs to a report. Pure.

Kinds of match are kept apart: uses by the credential itself, by sessions derived from it, by keys it created, by the same
principal otherwise, and events that only mention it. They are never added together. All times are UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from irkit.exposure.usage.activity import Clockwork
from irkit.exposure.usage.baseline import baseline
from irkit.exposure.usage.descent import ACCESS_KEY, SESSION, Ended, Made, Used, descent
from irkit.exposure.usage.finding import Trace
from irkit.exposure.usage.places import CountryOf, no_country, principal_of
from irkit.exposure.usage.report import Created, Derived, Summary, UsageReport
from irkit.exposure.usage.strangers import strangers
from irkit.exposure.usage.watch import Watch
from irkit.model import MatchKind, Skipped, UsageEvent, Window

WHOSE = {MatchKind.DERIVED: "sessions", MatchKind.CREATED: "created"}


def summarise(
    events: Iterable[UsageEvent],
    *,
    credential: Mapping[str, Any],
    window: Window | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    skipped: Iterable[Skipped] = (),
    as_of: datetime | None = None,
    country_of: CountryOf = no_country,
    named: Iterable[UsageEvent] | None = None,
) -> UsageReport:
    """The report over `events`, taken once, in any order. `skipped` is read after them, so a reader may still be filling it.

    1. A copy of an event already seen (same source and event id) counts as a duplicate and as nothing else.
    2. `since` <= time < `until` are reported. An event without a usable time cannot be placed: it counts when neither is
       given, and is listed as skipped when one is.
    3. What an event begot is created or derived whether or not it was used; only what succeeded begets.
    4. A mention is no use, and an event of the same principal is none of the credential's. Findings look at uses by the
       credential and by all that descends from it; what was done before `since` still counts as known.
    5. What was begotten lives or is dead as of `as_of`. `named` are further events that name what was created, read after
       `events`: they tell who removed or used it, and count as nothing else. None: the logs were not searched for it.
    """
    count = _Count(Watch(window, since, country_of), window)
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
    for event in named or ():
        count.hear(event)
    return count.report(credential, (*skipped, *unplaced), as_of, sought=named is not None)


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
    ok_last: datetime | None = None
    addresses: Counter[str] = field(default_factory=Counter)
    agents: Counter[str] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def take(self, event: UsageEvent) -> None:
        times = event.repeated
        self.events += times
        self.writes += times if event.writes is True else 0
        if event.at:
            self.first = min(self.first or event.at, event.at)
            self.last = max(self.last or event.at, event.at)
            if event.outcome == "ok":
                self.ok_last = max(self.ok_last or event.at, event.at)
        self.actions[action_of(event)] += times
        counted = ((self.addresses, event.address), (self.agents, event.agent), (self.regions, event.region))
        for counter, value in (*counted, (self.errors, event.error)):
            if value:
                counter[value] += times

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

    def used(self) -> Used:
        return Used(self.events, self.first, self.last, self.ok_last)


def action_of(event: UsageEvent) -> str:
    """`source:name`, as the contract counts actions."""
    return f"{event.service or event.source}:{event.action}"


def _most_first(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


@dataclass
class _Count:
    watch: Watch
    window: Window | None
    own: _Tally = field(default_factory=_Tally)
    others: dict[str, _Tally] = field(default_factory=dict)
    same: _Tally | None = None
    acted: dict[str, _Tally] = field(default_factory=dict)
    parents: dict[str, tuple[MatchKind, str]] = field(default_factory=dict)
    made: dict[tuple[str, str], Made] = field(default_factory=dict)
    ended: dict[tuple[str, str], Ended] = field(default_factory=dict)
    again: dict[tuple[str, str], datetime] = field(default_factory=dict)
    mentions: Counter[str] = field(default_factory=Counter)
    matches: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    within: Counter[str] = field(default_factory=Counter)
    clockwork: Clockwork = field(default_factory=Clockwork)
    seen: dict[str, set[str]] = field(default_factory=dict)

    def take(self, event: UsageEvent) -> None:
        copy = self._seen_before(event)
        if event.match is MatchKind.MENTION_ONLY:
            self.mentions[event.parent] += not copy
            if not copy:
                self._end(event)
            return
        tally = self._tally(event)
        if copy:
            tally.duplicates += event.repeated
            return
        tally.take(event)
        for flag in event.flags:
            self.flags[flag] += 1
        if event.match is MatchKind.SAME_PRINCIPAL:
            self.watch.past.take(event)
            return
        self.watch.look(event)
        self._count_use(event)

    def _count_use(self, event: UsageEvent) -> None:
        whose = "itself" if event.match.is_use else WHOSE[event.match]
        self.outcomes[whose, action_of(event), event.outcome] += event.repeated
        self.clockwork.take(event, whose)
        if event.match.is_use:
            self.matches[event.match.value] += event.repeated
            if self.window:
                answer = self.window.contains(event.at) if event.at else None
                self.within[{True: "yes", False: "no", None: "unknown"}[answer]] += event.repeated
        else:
            self.parents[event.key] = (event.match, event.parent)
            self.acted.setdefault(principal_of(event.principal), _Tally()).take(event)
        self._end(event)
        for one in event.begot:
            kind, _, name = one.partition(":")
            self._beget(kind, name, event)

    def _tally(self, event: UsageEvent) -> _Tally:
        if event.match.is_use:
            return self.own
        if event.match is MatchKind.SAME_PRINCIPAL:
            self.same = self.same or _Tally()
            return self.same
        return self.others.setdefault(event.key, _Tally())

    def only_compare(self, event: UsageEvent) -> None:
        if not self._seen_before(event):
            self._end(event)
            if event.match is MatchKind.SAME_PRINCIPAL:
                self.watch.past.take(event)
            else:
                self.watch.know(event)

    def hear(self, event: UsageEvent) -> None:
        """An event found by the name of what was created: it may have removed it, or been done as it."""
        if not self._seen_before(event):
            self._end(event)
            self.acted.setdefault(principal_of(event.principal), _Tally()).take(event)

    def report(
        self, credential: Mapping[str, Any], skipped: Iterable[Skipped], as_of: datetime | None, *, sought: bool
    ) -> UsageReport:
        made = self._made()
        used = {key: tally.used() for key, tally in self.others.items()}
        acted = {who: tally.used() for who, tally in self.acted.items()}
        return UsageReport(
            credential=credential,
            by_key=self.own.summary(),
            derived=tuple(Derived(one.id, one.by, self._uses(one.id)) for one in made if one.kind == SESSION),
            created=tuple(
                Created(one.kind, one.id, one.at, one.by, self._uses(one.id) if one.kind == ACCESS_KEY else None)
                for one in made
                if one.kind != SESSION
            ),
            mentions=sum(number for parent, number in self.mentions.items() if parent not in self._begotten_keys(made)),
            findings=self.watch.findings(),
            skipped=tuple(dict.fromkeys(skipped)),
            within=dict(self.within),
            matches=_most_first(self.matches),
            same_principal=self.same.summary() if self.same else None,
            descent=descent(made, self.ended, used, acted, as_of=as_of, sought=sought),
            outcomes=tuple((*place, number) for place, number in sorted(self.outcomes.items())),
            as_of=as_of,
            activity=self.clockwork.activity(self.watch.past),
            strangers=tuple(strangers(self.watch.past)),
            flags=_most_first(self.flags),
            baseline=baseline(self.watch.past),
        )

    def _made(self) -> list[Made]:
        """Everything begotten, in order of time; a key whose making was not read is known by its uses."""
        known = [replace(one, again=self.again.get(name, one.at)) for name, one in self.made.items()]
        made = sorted(known, key=lambda one: (one.at is None, one.at.timestamp() if one.at else 0.0))
        for key, (match, parent) in self.parents.items():
            kind = SESSION if match is MatchKind.DERIVED else ACCESS_KEY
            if (kind, key) not in self.made:
                made.append(Made(kind, key, parent, again=self.again.get((kind, key))))
        return made

    @staticmethod
    def _begotten_keys(made: Iterable[Made]) -> frozenset[str]:
        return frozenset(one.id for one in made if one.kind in (SESSION, ACCESS_KEY))

    def _seen_before(self, event: UsageEvent) -> bool:
        seen = self.seen.setdefault(event.source, set())
        if not event.event_id or event.event_id not in seen:
            seen.add(event.event_id)
            return False
        return True

    def _beget(self, kind: str, name: str, event: UsageEvent) -> None:
        known = self.made.get((kind, name))
        if known is None or (event.at and known.at and event.at < known.at):
            owner = event.target if event.target != name else ""
            self.made[kind, name] = Made(
                kind,
                name,
                event.key,
                event.at,
                event.action,
                owner,
                event.begot_until,
                event.event_id,
                Trace.of(event).where,
            )

    def _end(self, event: UsageEvent) -> None:
        """The latest removal counts, and the latest making: what was made again, or let in again, after a removal is not removed by it."""
        for one in event.ended:
            kind, _, name = one.partition(":")
            known = self.ended.get((kind, name))
            if known is None or (event.at and (known.at is None or event.at > known.at)):
                by = principal_of(event.principal) or event.key
                self.ended[kind, name] = Ended(event.at, event.action, by, Trace.of(event).where)
        for one in (*event.begot, *event.revived):
            kind, _, name = one.partition(":")
            if event.at:
                self.again[kind, name] = max(event.at, self.again.get((kind, name), event.at))

    def _uses(self, key: str) -> Summary:
        return self.others.get(key, _Tally()).summary()
