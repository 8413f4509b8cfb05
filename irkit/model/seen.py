"""Who uses an old credential and who the fresh one, as logs show it, reading after reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from irkit.model.clock import parse_instant

_IN_TURN = timedelta(hours=1)


@dataclass(frozen=True)
class Failed:
    """A call with the fresh credential that was refused, and that this consumer could make with the old one."""

    action: str
    error: str
    last: datetime


@dataclass(frozen=True)
class Seen:
    """One program at one address, as logs show it (UTC): how often and until when it used the old and the fresh credential.

    `tried` is the last use of the old one whatever came of it, `began` and `fresh` are the first and the last use of the fresh one that
    was let in, `let_in` the last of each action. `logs` are the paths that showed it.
    """

    what: str
    where: str
    tried: datetime | None = None
    tries: int = 0
    fresh: datetime | None = None
    uses: int = 0
    failed: tuple[Failed, ...] = ()
    began: datetime | None = None
    let_in: tuple[tuple[str, datetime], ...] = ()
    logs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.what} at {self.where}"

    @property
    def went_over(self) -> bool:
        """Whether the fresh one was used after the last use of the old one."""
        return self.fresh is not None and self.tried is not None and self.fresh > self.tried

    @property
    def in_turn(self) -> bool:
        """Whether both were used in turn, and the fresh one not yet alone for as long as that went on (an hour is enough).

        Then it is several programs that look like one, or one with several workers, and the last word may be anybody's.
        """
        if self.began is None or self.tried is None or self.fresh is None or self.began >= self.tried:
            return False
        return self.fresh - self.tried < min(self.tried - self.began, _IN_TURN)


@dataclass(frozen=True)
class Span:
    """From when to when one log, by the path under which it was given, has events that name either credential (UTC)."""

    path: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Observed:
    """One reading of the logs. `reaches` (UTC) is until when they are known to say all: their last event, or what a person stated.

    `unread` counts what could not be read, and events of the old credential without a time. `paths` are the logs that were read, `logs`
    how far each goes, `stated` until when a person says that all of them are whole, `clock` in what their clock cannot be right,
    `read_at` when they were read.
    """

    users: tuple[Seen, ...]
    reaches: datetime | None
    unread: int = 0
    paths: tuple[str, ...] = ()
    logs: tuple[Span, ...] = ()
    stated: datetime | None = None
    clock: str = ""
    read_at: datetime | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any], users: Sequence[Seen], read_at: datetime) -> Observed:
        """From the journal's record of a reading, and the consumers that its evidence holds."""
        reaches = parse_instant(str(body["reaches"])) if body.get("reaches") else None
        spans = (
            Span(str(one["path"]), parse_instant(one["begins"]), parse_instant(one["ends"]))
            for one in body.get("logs") or ()
        )
        stated = body.get("stated_until") or (body.get("reaches") if body.get("stated") else None)
        return cls(
            tuple(users), reaches, int(body.get("unread") or 0), tuple(map(str, body.get("paths") or ())), tuple(spans),
            parse_instant(str(stated)) if stated else None, str(body.get("clock") or ""), read_at,
        )  # fmt: skip

    @property
    def begins(self) -> datetime | None:
        """Since when the logs name either credential; None where that was not written down."""
        return min((one.begins for one in self.logs), default=None)

    def read_again(self, later: Observed) -> bool:
        """Whether a later reading went over all the logs of this one, so that it says what of them cannot be read. Unknown paths count.

        A log that now begins later is another one under the same path: what was in it is gone.
        """
        return all(self._is_in(one, later) for one in self.paths if later.paths)

    def _is_in(self, path: str, later: Observed) -> bool:
        covering = [one for one in later.paths if PurePath(path).is_relative_to(one)]
        began = [one.begins for one in self.logs if one.path == path]
        now = [one.begins for one in later.logs if one.path in covering]
        return bool(covering) and (not began or (bool(now) and min(now) <= min(began)))

    def ends_early(self, due: datetime) -> tuple[tuple[Seen, datetime], ...]:
        """Consumers whose own logs end before `due`, and where. A log that goes on where another one ended counts as the same."""
        if self.stated and self.stated >= due:
            return ()
        until = {one.path: self._goes_on(one) for one in self.logs}
        early = []
        for one in self.users:
            known = [until[path] for path in one.logs if path in until]
            if known and max(known) < due:
                early.append((one, max(known)))
        return tuple(early)

    def _goes_on(self, span: Span) -> datetime:
        ends = span.ends
        for one in sorted(self.logs, key=lambda one: one.begins):
            if one.begins >= ends:
                ends = max(ends, one.ends)
        return ends


def together(readings: Iterable[Observed]) -> Observed | None:
    """Readings in the order in which they were made, as one: of each consumer the latest it did, and what was not read, unless the same
    logs were read again since.

    None for no reading.
    """
    users: dict[tuple[str, str], Seen] = {}
    reaches: list[datetime] = []
    stated: list[datetime] = []
    spans: dict[str, Span] = {}
    known: list[Observed] = []
    for reading in readings:
        for one in reading.users:
            before = users.get((one.what, one.where))
            users[one.what, one.where] = _later(before, one) if before else one
        for span in reading.logs:
            was = spans.get(span.path, span)
            spans[span.path] = Span(span.path, min(was.begins, span.begins), max(was.ends, span.ends))
        reaches += [reading.reaches] if reading.reaches else []
        stated += [reading.stated] if reading.stated else []
        known = [*(earlier for earlier in known if not earlier.read_again(reading)), reading]
    if not known:
        return None
    return Observed(
        tuple(users.values()),
        max(reaches, default=None),
        sum(one.unread for one in known),
        tuple(dict.fromkeys(path for one in known for path in one.paths)),
        tuple(spans.values()),
        max(stated, default=None),
        "; ".join(dict.fromkeys(one.clock for one in known if one.clock)),
        known[-1].read_at,
    )


def _later(known: Seen, one: Seen) -> Seen:
    """What both readings say of one consumer: the later times, and the failures that neither of them saw mended."""
    let_in: dict[str, datetime] = {}
    for action, at in (*known.let_in, *one.let_in):
        let_in[action] = max(at, let_in.get(action, at))
    failed: dict[tuple[str, str], Failed] = {}
    for each in (*known.failed, *one.failed):
        before = failed.get((each.action, each.error), each)
        failed[each.action, each.error] = max(before, each, key=lambda one: one.last)
    return Seen(
        one.what,
        one.where,
        max(filter(None, (known.tried, one.tried)), default=None),
        max(known.tries, one.tries),
        max(filter(None, (known.fresh, one.fresh)), default=None),
        max(known.uses, one.uses),
        tuple(each for each in failed.values() if let_in.get(each.action, each.last) <= each.last),
        min(filter(None, (known.began, one.began)), default=None),
        tuple(let_in.items()),
        tuple(dict.fromkeys((*known.logs, *one.logs))),
    )
