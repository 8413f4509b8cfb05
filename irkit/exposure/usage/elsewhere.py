"""One credential in two places: interleaved uses from far apart, and a machine's own keys used off the machine. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations

from irkit.exposure.usage.finding import Confidence, Finding, Severity, Trace, finding
from irkit.exposure.usage.past import Past, real_address, who
from irkit.exposure.usage.places import CountryOf, is_instance, network_of, no_country
from irkit.model import UsageEvent

OVERLAP_WITHIN = timedelta(minutes=10)
"""Uses from two places that take turns within such a span were not made by one person who travelled between them."""

_MOST_PLACES = 8  # a key used from more networks at once belongs to a fleet, and every pair of it would be told
_KEPT = 4


@dataclass
class _Stay:
    first: float
    last: float
    traces: list[Trace] = field(default_factory=list)


@dataclass
class Overlap:
    """Where each key was used from, by slots of ten minutes. With countries known, places are countries; else networks."""

    past: Past
    country_of: CountryOf = no_country
    stays: defaultdict[tuple[str, str, int, bool], dict[str, _Stay]] = field(default_factory=lambda: defaultdict(dict))

    def take(self, event: UsageEvent) -> None:
        address = real_address(event)
        if event.at is None or not address:
            return
        place = self.country_of(address) or network_of(address)
        second = event.at.timestamp()
        slot = self.stays[event.key, who(event), int(second // OVERLAP_WITHIN.seconds), self.past.is_before(event)]
        stay = slot.setdefault(place, _Stay(second, second))
        stay.first, stay.last = min(stay.first, second), max(stay.last, second)
        if len(stay.traces) < _KEPT:
            stay.traces.append(Trace.of(event))

    def findings(self) -> Iterator[Finding]:
        usual: set[tuple[str, str, str]] = set()
        found: defaultdict[tuple[str, str, str, str], list[Trace]] = defaultdict(list)
        for (key, principal, _, before), slot in self.stays.items():
            if len(slot) > _MOST_PLACES:
                continue
            for one, other in combinations(sorted(slot), 2):
                if _take_turns(slot[one], slot[other]):
                    if before:
                        usual.add((principal, one, other))
                    else:
                        found[key, principal, one, other] += [*slot[one].traces, *slot[other].traces]
        for (key, principal, one, other), traces in sorted(found.items()):
            if (principal, one, other) not in usual:
                yield self._finding(key, principal, one, other, traces)

    def _finding(self, key: str, principal: str, one: str, other: str, traces: list[Trace]) -> Finding:
        countries = all(len(place) == 2 and place.isalpha() for place in (one, other))
        minutes = OVERLAP_WITHIN.seconds // 60
        severity: Severity = "high" if countries else "medium"
        known = self.past.has(principal)
        sure: Confidence = "low" if not known else "high" if countries else "medium"
        detail = (
            "two countries" if countries else "two networks; without a GeoIP file how far apart they are is unknown"
        )
        if not known:
            detail += "; no past was read to compare with"
        title = f"{key} was used from {one} and from {other} in turns within {minutes} min"
        benign = "a fleet behind several exits, a VPN, or a CDN in front of you"
        return finding(title, severity, sure, "T1078.004", traces, benign, detail)


def _take_turns(one: _Stay, other: _Stay) -> bool:
    return (
        one.first <= other.last and other.first <= one.last and not (one.last <= other.first or other.last <= one.first)
    )


@dataclass
class OffBox:
    """Keys of machines' roles, by the networks they were used from. T1552.005: they are read from the metadata service.

    Whether an address is AWS's own cannot be told offline; what is compared is where the same machine was used from.
    """

    past: Past
    networks: defaultdict[str, dict[str, list[Trace]]] = field(default_factory=lambda: defaultdict(dict))
    machines: dict[str, str] = field(default_factory=dict)

    def take(self, event: UsageEvent) -> None:
        address = real_address(event)
        if not address or not is_instance(event.principal) or self.past.is_before(event):
            return
        kept = self.networks[event.principal].setdefault(network_of(address), [])
        self.machines[event.principal] = who(event)
        if len(kept) < _KEPT * 5:
            kept.append(Trace.of(event))

    def findings(self) -> Iterator[Finding]:
        for machine, networks in sorted(self.networks.items()):
            known = self.past.networks(self.machines[machine])
            if known:
                strange = {name: traces for name, traces in networks.items() if name not in known}
                sure: Confidence = "high"
            else:
                usual = max(networks, key=lambda name: len(networks[name]))
                strange = {name: traces for name, traces in networks.items() if name != usual}
                sure = "low"
            if strange:
                title = f"Keys of the machine {machine.rpartition('/')[2]} were used off it, from {', '.join(sorted(strange))}"
                detail = (
                    machine if known else f"{machine}; no past was read: which network is the machine's own is a guess"
                )
                benign = "a new NAT gateway or VPC endpoint in front of the machine"
                traces = [one for several in strange.values() for one in several]
                yield finding(title, "high", sure, "T1552.005", traces, benign, detail)
