"""Everything that looks for what stands out, fed with the same uses. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from irkit.exposure.usage.bursts import Bulk, Denied, Enumeration
from irkit.exposure.usage.elsewhere import OffBox, Overlap
from irkit.exposure.usage.finding import MOST_EVIDENCE, Finding, Trace, finding, in_order
from irkit.exposure.usage.past import EARLY_BENIGN, Past
from irkit.exposure.usage.places import CountryOf, no_country
from irkit.exposure.usage.rules import ByRule
from irkit.model import UsageEvent, Window


@dataclass
class Watch:
    """Takes uses one by one, in any order, and says at the end what stood out. Mentions are not uses: do not feed them.

    The past ends where the window can have opened at the earliest; without a window, at `since`.
    """

    window: Window | None = None
    since: datetime | None = None
    country_of: CountryOf = no_country
    _early: list[Trace] = field(default_factory=list)
    _early_count: int = 0

    def __post_init__(self) -> None:
        opened = self.window.opened if self.window else None
        bound = (opened.earliest or opened.latest) if opened else None
        self.unbounded = self.window is not None and bound is None
        self.past = Past(bound.at if bound else self.since, bool(opened and opened.earliest), self.country_of)
        self._looks = (
            ByRule(self.past), Denied(self.past), Enumeration(self.past), Bulk(self.past),
            Overlap(self.past, self.country_of), OffBox(self.past),
        )  # fmt: skip

    def look(self, event: UsageEvent) -> None:
        earliest = self.window.opened.earliest if self.window else None
        if earliest and event.at and event.at < earliest.at:
            self._early_count += event.repeated
            if len(self._early) < MOST_EVIDENCE:
                self._early.append(Trace.of(event))
        self._take(event)

    def know(self, event: UsageEvent) -> None:
        """An event outside of what is reported: only what it tells of the past counts."""
        if self.past.is_before(event):
            self._take(event)

    def _take(self, event: UsageEvent) -> None:
        self.past.take(event)
        for one in self._looks:
            one.take(event)

    def findings(self) -> tuple[Finding, ...]:
        found = [one for look in self._looks for one in look.findings()]
        found += self.past.findings()
        if self._early:
            title = f"{self._early_count} uses before the earliest moment it could have been exposed"
            found.append(finding(title, "info", "high", "T1078.004", self._early, EARLY_BENIGN))
        if self.unbounded:
            title = "Nothing bounds when the exposure began: no use can be compared with the time before it"
            detail = "whether addresses, agents, regions and actions are new is unknown"
            found.append(finding(title, "info", "unknown", "T1078.004", (), "the window is not known yet", detail))
        return in_order(found)
