"""Reading logs for one credential: the report, the events behind it, what rules say, and the blast radius."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from irkit.case.credentials import document_of
from irkit.case.exposure.log_keys import wanted
from irkit.case.exposure.reading import Means
from irkit.errors import BadInput
from irkit.exposure import UsageReport, summarise
from irkit.exposure.usage.blast import Blast
from irkit.exposure.usage.finding import in_order
from irkit.model import Credential, MatchKind, Resolver, SecretRef, Skipped, UsageEvent, Window
from irkit.sources.logs import Wanted, kept_by
from irkit.sources.logs import events as read_events

if TYPE_CHECKING:
    from irkit.exposure.narrower.seen import Seen
    from irkit.exposure.usage.sigma import RuleBook, RuleHits
    from irkit.sources import Progress

_SHORTEST_NAME = 4  # a shorter name stands everywhere by chance


@dataclass(frozen=True)
class Read:
    """What reading the logs came to. `events` are uses by the credential and by what descends from it, as many as were kept.

    `of_issuer`: the logs show it in use, or one of them is its issuer's; where neither is so, that no use was read says nothing.
    """

    report: UsageReport
    events: tuple[UsageEvent, ...]
    rules: tuple[RuleHits, ...] | None = None
    blast: Blast | None = None
    of_issuer: bool = True

    def document(self) -> dict[str, object]:
        """The report's document, with `rules` (null when none were given) and `blast`."""
        rules = None if self.rules is None else [one.document() for one in self.rules]
        return {**self.report.document(), "rules": rules, "blast": self.blast.document() if self.blast else None}


@dataclass
class Kept:
    """At most `most` events, evenly taken over time, the first and the last among them; all of them when `most` is 0.

    Beside them, with `marked` and however many there are: of the credential's own uses the first from each address, and the last that
    succeeded. Who was first, and when it last worked, is read from these.
    """

    most: int = 0
    marked: bool = False
    events: list[UsageEvent] = field(default_factory=list)
    _first: dict[str, UsageEvent] = field(default_factory=dict)
    _last: UsageEvent | None = None

    def take(self, event: UsageEvent) -> None:
        self.events.append(event)
        if self.marked and event.at and event.match.is_use:
            self._mark(event, event.at)
        if self.most and len(self.events) >= 4 * self.most:
            self.events = spread(self.events, self.most)

    def _mark(self, event: UsageEvent, at: datetime) -> None:
        first = self._first.get(event.address)
        if first is None or (first.at and at < first.at):
            self._first[event.address] = event
        if event.outcome == "ok" and (self._last is None or (self._last.at and at > self._last.at)):
            self._last = event

    def all(self) -> tuple[UsageEvent, ...]:
        if not self.most:
            return tuple(self.events)
        marked = [*self._first.values(), *((self._last,) if self._last else ())]
        kept = spread(self.events, self.most)
        known = set(map(id, kept))
        return tuple(_by_time([*kept, *{id(one): one for one in marked if id(one) not in known}.values()]))


def spread(events: Sequence[UsageEvent], most: int) -> list[UsageEvent]:
    """Those that have a time, in order, and of more than `most` so many evenly between the first and the last."""
    ordered = _by_time(events)
    if len(ordered) <= most:
        return ordered
    step = (len(ordered) - 1) / (most - 1)
    return [ordered[round(number * step)] for number in range(most)]


def _by_time(events: Iterable[UsageEvent]) -> list[UsageEvent]:
    return sorted((one for one in events if one.at), key=lambda one: one.at.timestamp() if one.at else 0.0)


def read_usage(
    credential: Credential,
    resolve: Resolver,
    paths: Sequence[Path],
    *,
    window: Window | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Progress | None = None,
    means: Means | None = None,
    kept: Kept | None = None,
    as_of: datetime | None = None,
    seen: Seen | None = None,
) -> Read | None:
    """The report and what goes with it; None when logs do not know the credential by any name. Life and death are told as of
    `as_of` (now, unless it is given). `seen` takes each event between `since` and `until`, with what the log said.

    BadInput for a missing path, a policy or rules that cannot be read, and when not one of the files was a log.
    """
    means, kept = means or Means(), kept or Kept()
    sought = wanted(credential, resolve, salts=map(SecretRef.parse, means.salts), also=means.also)
    if sought is None:
        return None
    book, country_of = means.rule_book(), means.country_of()
    spread_over = means.spread()
    reading = read_events(paths, sought, progress, raw=book is not None or seen is not None, **spread_over)
    made: dict[str, None] = {}

    def watched() -> Iterator[UsageEvent]:
        for event in reading:
            made.update(dict.fromkeys(_names(event)))
            inside = _inside(event.at, since, until)
            if book and inside:
                book.take(event)
            if seen and inside:
                seen.take(event)
            if event.raw is not None:
                event = replace(event, raw=None)
            if event.match not in (MatchKind.MENTION_ONLY, MatchKind.SAME_PRINCIPAL):
                kept.take(event)
            yield event

    def naming() -> Iterator[UsageEvent]:
        if made:
            yield from read_events(paths, Wanted.of("what it created", list(made)), progress, **spread_over)

    report = summarise(
        watched(), credential=document_of(credential), window=window, since=since, until=until, skipped=reading.skipped,
        as_of=as_of or datetime.now(UTC).replace(microsecond=0), country_of=country_of, named=naming(),
    )  # fmt: skip
    if not reading.texts:
        raise nothing_read(paths, reading.skipped)
    report = replace(report, regions_read=tuple(sorted(reading.regions)))
    hits = book.hits() if book else None
    if book:
        report = _with_rules(report, hits or (), book)
    of_issuer = report.by_key.events > 0 or kept_by(credential.provider, reading.formats)
    return Read(report, kept.all(), hits, means.blast(report, credential.provider), of_issuer)


def nothing_read(paths: Sequence[Path], skipped: Sequence[Skipped]) -> BadInput:
    where = ", ".join(map(str, paths))
    if not skipped:
        return BadInput(
            "there is no log here", on=where, why="no file at all", do="give the folder that holds the logs"
        )
    more = f"; and {len(skipped) - 1} more" if len(skipped) > 1 else ""
    return BadInput(
        "none of this could be read as a log", on=where, why=f"{skipped[0].what}: {skipped[0].why}{more}",
        do="give the logs as the provider exports them",
    )  # fmt: skip


def _inside(at: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    if at is None:
        return since is None and until is None
    return (since is None or at >= since) and (until is None or at < until)


def _names(event: UsageEvent) -> Iterator[str]:
    """Under what names the logs may tell more of what an event created; sessions are followed by their keys alone."""
    for one in event.begot:
        kind, _, name = one.partition(":")
        if kind != "session" and len(name) >= _SHORTEST_NAME:
            yield name


def _with_rules(report: UsageReport, hits: Sequence[RuleHits], book: RuleBook) -> UsageReport:
    """Rules that the credential or its descendants set off are findings; those that could not be asked are listed."""
    found = in_order((*report.findings, *(one.finding() for one in hits if one.ours)))
    return replace(report, findings=found, skipped=(*report.skipped, *book.skipped))
