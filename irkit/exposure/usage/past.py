"""The principal's own past, and what it never did in it: addresses, countries, agents, regions, actions. Pure.

The past is what lies before the earliest moment the credential could have been exposed. Without one, nothing is called
new: the finding says that it cannot be told. Times are UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from irkit.exposure.usage.finding import MOST_EVIDENCE, Confidence, Finding, Severity, Trace, finding
from irkit.exposure.usage.places import CountryOf, agent_of, is_address, network_of, no_country, principal_of
from irkit.model import MatchKind, UsageEvent

THIN_EVENTS, THIN_DAYS = 20, 2
"""A past of fewer uses, or on fewer days, proves little: what is new against it is less sure."""

MOST_VALUES = 20
"""Values named under one finding."""

LATE_STRANGER, LONG_PAST = timedelta(days=1), timedelta(days=7)
"""Who turns up so shortly before the window opens, after so long a past without them, may be the intruder already."""

_OWNER = "the owner's own ordinary use; else the window opens too late and its evidence is wrong"
_FACETS: tuple[tuple[str, tuple[str, str], Severity, str, str], ...] = (
    ("country", ("country", "countries"), "medium", "T1078.004", "somebody travelling, or a VPN exit abroad"),
    ("agent", ("kind of client", "kinds of client"), "low", "T1078.004", "a new tool or another language of your own"),
    ("region", ("region", "regions"), "medium", "T1535", "a new deployment; for a log of people, somebody travelling"),
    ("action", ("action", "actions"), "low", "T1078.004", "a new job of your own, or one that runs once a month"),
    (
        "repository",
        ("repository", "repositories"),
        "medium",
        "T1213.003",
        "a new project that the credential's owner works with",
    ),
)


@dataclass
class Seen:
    """How often something was met before the opening and from it on, and some of the latter's events."""

    before: int = 0
    after: int = 0
    first_before: datetime | None = None
    traces: list[Trace] = field(default_factory=list)

    def take(self, event: UsageEvent, *, before: bool) -> None:
        if before:
            self.before += event.repeated
            if event.at:
                self.first_before = min(self.first_before or event.at, event.at)
            return
        self.after += event.repeated
        if len(self.traces) < MOST_EVIDENCE:
            self.traces.append(Trace.of(event))


@dataclass
class Met(Seen):
    """An address as well: from the opening on, when it was first and last met."""

    first: datetime | None = None
    last: datetime | None = None

    def take(self, event: UsageEvent, *, before: bool) -> None:
        super().take(event, before=before)
        if not before and event.at:
            self.first = event.at if self.first is None or event.at < self.first else self.first
            self.last = event.at if self.last is None or event.at > self.last else self.last


@dataclass
class _Life:
    """One principal: its past and its facets. `own` is False when only keys that the credential created act as it."""

    before: int = 0
    after: int = 0
    days: set[int] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None
    own: bool = False
    traces: list[Trace] = field(default_factory=list)
    addresses: defaultdict[str, Met] = field(default_factory=lambda: defaultdict(Met))
    facets: defaultdict[tuple[str, str], Seen] = field(default_factory=lambda: defaultdict(Seen))


@dataclass
class Past:
    """Takes uses in any order. `opening` is when the past ends; `sure` whether that is the earliest bound of the window."""

    opening: datetime | None
    sure: bool = True
    country_of: CountryOf = no_country
    lives: defaultdict[str, _Life] = field(default_factory=lambda: defaultdict(_Life))

    def is_before(self, event: UsageEvent) -> bool:
        return self.opening is not None and event.at is not None and event.at < self.opening

    def take(self, event: UsageEvent) -> None:
        if self.opening is None or event.at is None:
            return
        life, before = self.lives[who(event)], self.is_before(event)
        life.own |= event.match is not MatchKind.CREATED
        life.last = max(life.last or event.at, event.at)
        if before:
            life.before += event.repeated
            life.days.add(event.at.toordinal())
            life.first = min(life.first or event.at, event.at)
        else:
            life.after += event.repeated
            if len(life.traces) < MOST_EVIDENCE:
                life.traces.append(Trace.of(event))
        if event.address:
            life.addresses[event.address].take(event, before=before)
        for facet, value in self._facets(event):
            if value:
                life.facets[facet, value].take(event, before=before)

    def _facets(self, event: UsageEvent) -> tuple[tuple[str, str], ...]:
        country = self.country_of(event.address) if event.address else ""
        action = _action(event)
        repository = event.target if event.source.startswith(("github", "gitlab")) else ""
        return (
            ("country", country), ("agent", agent_of(event.agent)), ("region", event.region), ("action", action),
            ("repository", repository),
        )  # fmt: skip

    def has(self, principal: str) -> bool:
        """Whether there is a past of that principal to compare with."""
        return principal in self.lives and self.lives[principal].before > 0

    def did(self, event: UsageEvent) -> bool:
        """Whether this principal did this before, and from this network."""
        life = self.lives.get(who(event))
        if life is None:
            return False
        action = life.facets.get(("action", _action(event)))
        return bool(action and action.before) and self.knows_network(who(event), event.address)

    def knows_network(self, principal: str, address: str) -> bool:
        return network_of(address) in self.networks(principal)

    def networks(self, principal: str) -> frozenset[str]:
        """The networks it was used from before the opening."""
        life = self.lives.get(principal)
        return (
            frozenset(network_of(one) for one, seen in life.addresses.items() if seen.before) if life else frozenset()
        )

    def confidence(self, principal: str) -> Confidence:
        """How sure "never before" is: by the bound, and by how much of a past there is."""
        life = self.lives[principal]
        if not life.before:
            return "unknown"
        if life.before < THIN_EVENTS or len(life.days) < THIN_DAYS:
            return "medium" if self.sure else "low"
        return "high" if self.sure else "medium"

    def findings(self) -> Iterator[Finding]:
        if self.opening is None:
            return
        for principal, life in sorted(self.lives.items()):
            if life.before:
                yield from self._strangers(principal, life)
                yield from self._unusual(principal, life)
                yield from self._early_strangers(principal, life)
        yield from self._without_past()

    def _strangers(self, principal: str, life: _Life) -> Iterator[Finding]:
        """One finding a new address; of several in one new network, one for the network."""
        known = self.networks(principal)
        by_network: defaultdict[str, list[str]] = defaultdict(list)
        for address, seen in sorted(life.addresses.items()):
            if not seen.before:
                by_network[network_of(address)].append(address)
        benign = "a new office, VPN exit, build machine or cloud address of your own"
        for network, addresses in by_network.items():
            uses = sum(life.addresses[one].after for one in addresses)
            traces = [trace for one in addresses for trace in life.addresses[one].traces]
            name = addresses[0] if len(addresses) == 1 else f"{network} ({len(addresses)} addresses)"
            near = network in known
            detail = (
                f"others of its network {network} used it before" if near else f"nothing of {network} used it before"
            )
            title = f"{name} used {principal} {uses} times and never before the window"
            severity: Severity = "low" if near else "medium"
            yield finding(title, severity, self.confidence(principal), "T1078.004", traces, benign, detail)

    def _unusual(self, principal: str, life: _Life) -> Iterator[Finding]:
        for facet, words, severity, attack, benign in _FACETS:
            mine = {value: seen for (name, value), seen in life.facets.items() if name == facet}
            new = sorted(value for value, seen in mine.items() if not seen.before)
            if new and any(seen.before for seen in mine.values()):
                named = ", ".join(new[:MOST_VALUES]) + (
                    f" and {len(new) - MOST_VALUES} more" if len(new) > MOST_VALUES else ""
                )
                traces = [trace for value in new for trace in mine[value].traces[:5]]
                title = f"{len(new)} {words[len(new) > 1]} that {principal} never used before the window"
                yield finding(title, severity, self.confidence(principal), attack, traces, benign, named)

    def _early_strangers(self, principal: str, life: _Life) -> Iterator[Finding]:
        if self.opening is None or life.first is None or self.opening - life.first < LONG_PAST:
            return
        for address, seen in sorted(life.addresses.items()):
            if seen.first_before and seen.after and self.opening - seen.first_before <= LATE_STRANGER:
                title = f"{address} first used {principal} shortly before the window opens, and goes on in it"
                detail = "the window may open too late: an earlier exposure would make these uses an intruder's"
                benign = "a build machine or office that happened to be new that day"
                yield finding(title, "medium", "low", "T1078.004", seen.traces, benign, detail)

    def _without_past(self) -> Iterator[Finding]:
        lonely = {name: life for name, life in self.lives.items() if life.own and not life.before and life.after}
        if lonely:
            names = sorted(lonely)
            title = f"No use before the window was read of {', '.join(names[:3])}" + (
                f" and {len(names) - 3} more" if len(names) > 3 else ""
            )
            detail = "whether its addresses, agents, regions and actions are new is unknown: read logs from before the window"
            traces = [trace for life in lonely.values() for trace in life.traces[:5]]
            benign = "the logs begin later than the credential's own life"
            yield finding(title, "info", "unknown", "T1078.004", traces, benign, detail)


def _action(event: UsageEvent) -> str:
    return f"{(event.service or event.source).removesuffix('.amazonaws.com')}:{event.action}"


def who(event: UsageEvent) -> str:
    return principal_of(event.principal) or event.key


def real_address(event: UsageEvent) -> str:
    """The address when it is one; "" for a service's name and the like."""
    return event.address if is_address(event.address) else ""


EARLY_BENIGN = _OWNER
