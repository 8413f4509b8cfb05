"""What the events of a log say of each consumer, and whether the log's clock can be right. No file is read here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from irkit.exposure.consumers import UNNAMED, program
from irkit.model import UsageEvent
from irkit.model.seen import Failed, Seen
from irkit.sources.names import shown

_CLOCKS = timedelta(minutes=2)  # between our clock and that of the logs
_REFUSED = ("denied", "failed")


@dataclass
class Consumer:
    """One program at one address, as far as the events tell."""

    tried: list[datetime] = field(default_factory=list)
    fresh: list[datetime] = field(default_factory=list)
    tries: int = 0
    uses: int = 0
    refused_before: set[tuple[str, str]] = field(default_factory=set)
    refused: dict[tuple[str, str], datetime] = field(default_factory=dict)
    let_in: dict[str, datetime] = field(default_factory=dict)
    logs: set[str] = field(default_factory=set)

    def seen(self, what: str, where: str, refused_earlier: Collection[str] = ()) -> Seen:
        """Of the actions that were let in those that were refused, here or in an earlier reading: a log may hold millions of others."""
        failed = tuple(
            Failed(action, error, last)
            for (action, error), last in self.refused.items()
            if (action, error) not in self.refused_before and self.let_in.get(action, last) <= last
        )
        asked = {action for action, _ in self.refused} | set(refused_earlier)
        let_in = tuple(sorted((action, at) for action, at in self.let_in.items() if action in asked))
        return Seen(
            what, where, max(self.tried, default=None), self.tries, max(self.fresh, default=None), self.uses, failed,
            min(self.fresh, default=None), let_in, tuple(sorted(self.logs)),
        )  # fmt: skip


@dataclass
class LogClock:
    """In what the clock of the logs cannot be right, by `now` and since when there was a fresh one (UTC)."""

    now: datetime
    made: datetime | None
    ahead: int = 0
    behind: int = 0

    def fits(self, at: datetime, which: str) -> bool:
        """Whether an event may have been at this time."""
        self.ahead += at > self.now + _CLOCKS
        self.behind += which == "fresh" and self.made is not None and at < self.made - _CLOCKS
        return at <= self.now + _CLOCKS

    def told(self) -> str:
        found = [
            f"{self.ahead} events are dated later than they were read" if self.ahead else "",
            f"{self.behind} uses of the fresh one are dated before it was made" if self.behind else "",
        ]
        why = " and ".join(filter(None, found))
        return f"the clock of the logs is another one: {why}" if why else ""


def under(file: str, paths: Sequence[Path]) -> str:
    """The path under which the log was given, of a file in it."""
    named = {shown(path): str(path) for path in paths}
    inside = [one for one in named if file == one or file.startswith((f"{one}/", f"{one}!"))]
    return named[max(inside, key=len)] if inside else file


def take(
    found: dict[tuple[str, str], Consumer], event: UsageEvent, at: datetime, which: str, placed: datetime | None
) -> Consumer:
    what = program(event.agent) if event.agent else UNNAMED
    one = found.setdefault((what, event.address or "no address in the log"), Consumer())
    refusal = (event.action, event.error or event.outcome)
    if which == "old":
        one.tried.append(at)
        one.tries += event.repeated
        if event.outcome in _REFUSED and (
            placed is None or at < placed
        ):  # later it may be refused for being out of use
            one.refused_before.add(refusal)
    elif event.outcome in _REFUSED:
        one.refused[refusal] = max(at, one.refused.get(refusal, at))
    elif event.outcome == "ok":  # of what the log does not say, nobody knows whether it was let in
        one.fresh.append(at)
        one.uses += event.repeated
        one.let_in[event.action] = max(at, one.let_in.get(event.action, at))
    one.tried = one.tried and [max(one.tried)]
    one.fresh = one.fresh and [min(one.fresh), max(one.fresh)]
    return one
