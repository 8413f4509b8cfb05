"""Much in a short time: refusals, enumeration, reading in bulk. Pure; all times are UTC.

Each keeps times as numbers and a few events a slot, so that a log of any length is looked at in little memory.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from irkit.exposure.usage.finding import Confidence, Finding, Trace, finding
from irkit.exposure.usage.past import Past, who
from irkit.model import UsageEvent

BURST, BURST_WITHIN = 10, timedelta(minutes=5)
"""So many refusals in so short a time are somebody trying doors."""

ENUMERATION, ENUMERATION_WITHIN = 15, timedelta(minutes=10)
"""So many different questions in so short a time are somebody looking round: a program asks the same few."""

_ASKS = re.compile(
    r"^(?:List|Describe|Get|Head|Search|Lookup|BatchGet)(?=[A-Z])|\.(?:list|get|search)\w*$", re.IGNORECASE
)
_SLOT = 300  # seconds; as long as a burst, so that one spans two slots at most
_KEPT = 30


@dataclass
class Denied:
    """Refusals of each key, and the longest burst of them; one as long before the window makes it the owner's own trouble."""

    past: Past
    times: defaultdict[tuple[str, str], array[float]] = field(default_factory=lambda: defaultdict(lambda: array("d")))
    traces: defaultdict[tuple[str, int], list[Trace]] = field(default_factory=lambda: defaultdict(list))
    earlier: defaultdict[str, array[float]] = field(default_factory=lambda: defaultdict(lambda: array("d")))

    def take(self, event: UsageEvent) -> None:
        if event.outcome != "denied" or event.at is None:
            return
        second = event.at.timestamp()
        if self.past.is_before(event):
            self.earlier[who(event)].extend([second] * event.repeated)
            return
        self.times[event.key, who(event)].extend([second] * event.repeated)
        kept = self.traces[event.key, int(second // _SLOT)]
        if len(kept) < _KEPT:
            kept.append(Trace.of(event))

    def findings(self) -> Iterator[Finding]:
        minutes = BURST_WITHIN.seconds // 60
        for (key, principal), times in self.times.items():
            count, start, end = _longest(times, BURST_WITHIN)
            usual, _, _ = _longest(self.earlier.get(principal, array("d")), BURST_WITHIN)
            if count < BURST or count <= usual:
                continue
            slots = range(int(start // _SLOT), int(end // _SLOT) + 1)
            inside = [one for slot in slots for one in self.traces[key, slot] if _within(one, start, end)]
            sure: Confidence = "high" if self.past.has(principal) and not usual else "medium"
            detail = f"before the window there were {usual} at most" if self.past.has(principal) else ""
            title = f"{count} refusals within {minutes} min with {key}"
            yield finding(
                title, "medium", sure, "T1580", inside, "a program that lost a permission and keeps trying", detail
            )


@dataclass
class Enumeration:
    """Different questions (List, Describe, Get, ...) that each key asked, by slots of ten minutes."""

    past: Past
    asked: defaultdict[tuple[str, str, int, bool], dict[str, Trace]] = field(default_factory=lambda: defaultdict(dict))

    def take(self, event: UsageEvent) -> None:
        if event.at is None or event.writes or not _ASKS.search(event.action):
            return
        slot = int(event.at.timestamp() // ENUMERATION_WITHIN.seconds)
        place = (event.key, who(event), slot, self.past.is_before(event))
        self.asked[place].setdefault(f"{event.service}:{event.action}", Trace.of(event))

    def findings(self) -> Iterator[Finding]:
        most: dict[tuple[str, str], dict[str, Trace]] = {}
        usual: defaultdict[str, int] = defaultdict(int)
        for (key, principal, slot, before), asked in self.asked.items():
            following = self.asked.get((key, principal, slot + 1, before), {})
            both = {**asked, **{name: one for name, one in following.items() if _near(one, asked)}}
            if before:
                usual[principal] = max(usual[principal], len(both))
            elif len(both) > len(most.get((key, principal), ())):
                most[key, principal] = both
        minutes = ENUMERATION_WITHIN.seconds // 60
        for (key, principal), asked in most.items():
            if len(asked) >= ENUMERATION and len(asked) > 2 * usual[principal]:
                known = self.past.has(principal)
                detail = (
                    f"before the window {usual[principal]} at most" if known else "no past was read to compare with"
                )
                title = f"{len(asked)} different questions within {minutes} min with {key}"
                benign = "a console session, or a tool that takes an inventory"
                yield finding(title, "medium", "high" if known else "medium", "T1580", asked.values(), benign, detail)


def _near(one: Trace, asked: dict[str, Trace]) -> bool:
    first = min((other.at for other in asked.values() if other.at), default=None)
    return bool(first and one.at and one.at - first <= ENUMERATION_WITHIN)


@dataclass(frozen=True)
class Reading:
    """What is read in bulk: so many a day at least, or so many different targets a day where there is a past."""

    title: str
    actions: frozenset[str]
    a_day: int
    targets: int
    attack: str
    benign: str


READINGS = (
    Reading("Many repositories were cloned", frozenset({"git.clone", "git.fetch", "repo.download_zip"}), 10, 4, "T1213.003",
            "a mirror or a build that fetches all repositories"),
    Reading("Many objects were read", frozenset({"GetObject", "CopyObject", "SelectObjectContent", "storage.objects.get"}), 100, 50,
            "T1530", "a job that copies or serves what is stored"),
    Reading("Many secrets were read", frozenset({"GetSecretValue", "BatchGetSecretValue", "GetParameter", "GetParametersByPath"}), 20, 5,
            "T1555.006", "a deployment that reads the settings of everything"),
    Reading("Many copies were made of stored data", frozenset({"CreateSnapshot", "CreateDBSnapshot", "CopySnapshot", "CreateImage",
            "StartExportTask", "CreateInstanceExportTask"}), 10, 5, "T1578.001", "the nightly backup"),
    Reading("Many messages or files were read", frozenset({"file_downloaded", "file_download", "message_export",
            "MailItemsAccessed", "FileDownloaded"}), 50, 30, "T1213", "a person who works through a project"),
)  # fmt: skip


@dataclass
class _Day:
    count: int = 0
    done: int = 0
    targets: set[str] = field(default_factory=set)
    traces: list[Trace] = field(default_factory=list)


@dataclass
class Bulk:
    """What each principal read, a day (UTC) at a time, against its own heaviest day before the window."""

    past: Past
    days: defaultdict[tuple[str, str, int, bool], _Day] = field(default_factory=lambda: defaultdict(_Day))

    def take(self, event: UsageEvent) -> None:
        for reading in READINGS:
            if event.action in reading.actions:
                number = event.at.toordinal() if event.at else 0
                day = self.days[reading.title, who(event), number, self.past.is_before(event)]
                day.count += event.repeated
                day.done += event.repeated if event.outcome == "ok" else 0
                if len(day.targets) < 1000:
                    day.targets.add(event.target)
                if len(day.traces) < _KEPT:
                    day.traces.append(Trace.of(event))

    def findings(self) -> Iterator[Finding]:
        for reading in READINGS:
            for principal in sorted({place[1] for place in self.days if place[0] == reading.title}):
                usual = list(self._days(reading, principal, before=True))
                heavy = list(self._heavy(reading, principal, usual))
                if not heavy:
                    continue
                done, count = sum(day.done for day in heavy), sum(day.count for day in heavy)
                sure: Confidence = "unknown" if not self.past.has(principal) else "high" if usual else "medium"
                detail = f"at most {max((day.count for day in usual), default=0)} a day before the window"
                if sure == "unknown":
                    detail = "no past was read: whether this is its ordinary work is unknown"
                traces = [one for day in heavy for one in day.traces]
                title = f"{reading.title}: {done} succeeded, {count - done} did not"
                yield finding(title, "high" if done else "medium", sure, reading.attack, traces, reading.benign, detail)

    def _days(self, reading: Reading, principal: str, *, before: bool) -> Iterable[_Day]:
        return [
            day
            for (title, name, _, past), day in self.days.items()
            if (title, name, past) == (reading.title, principal, before)
        ]

    def _heavy(self, reading: Reading, principal: str, usual: list[_Day]) -> Iterator[_Day]:
        count = max((day.count for day in usual), default=0)
        targets = max((len(day.targets) for day in usual), default=0)
        known = self.past.has(principal)
        for day in self._days(reading, principal, before=False):
            many = day.count >= reading.a_day and day.count > 2 * count
            wide = known and len(day.targets) >= reading.targets and len(day.targets) > 2 * targets
            if many or wide:
                yield day


def _longest(times: array[float], within: timedelta) -> tuple[int, float, float]:
    """The most events within a span: how many, the first's and the last's second."""
    ordered = sorted(times)
    best, start = (0, 0.0, 0.0), 0
    for end, at in enumerate(ordered):
        while at - ordered[start] > within.total_seconds():
            start += 1
        if end - start + 1 > best[0]:
            best = (end - start + 1, ordered[start], at)
    return best


def _within(one: Trace, start: float, end: float) -> bool:
    return one.at is not None and datetime.fromtimestamp(start, UTC) <= one.at <= datetime.fromtimestamp(end, UTC)
