"""Who uses an old credential and who the fresh one, as logs show it, reading after reading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath


@dataclass(frozen=True)
class Failed:
    """A call with the fresh credential that was refused, and that this consumer could make with the old one."""

    action: str
    error: str
    last: datetime


@dataclass(frozen=True)
class Seen:
    """One program at one address, as logs show it (UTC): how often and until when it used the old and the fresh credential.

    `tried` is the last use of the old one whatever came of it, `fresh` the last use of the fresh one that was let in.
    """

    what: str
    where: str
    tried: datetime | None = None
    tries: int = 0
    fresh: datetime | None = None
    uses: int = 0
    failed: tuple[Failed, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.what} at {self.where}"

    @property
    def went_over(self) -> bool:
        """Whether the fresh one was used after the last use of the old one."""
        return self.fresh is not None and self.tried is not None and self.fresh > self.tried


@dataclass(frozen=True)
class Observed:
    """One reading of the logs. `reaches` (UTC) is until when they are known to say all: their last event, or what a person stated.

    `unread` counts what could not be read, and events of the old credential without a time. `paths` are the logs that were read.
    """

    users: tuple[Seen, ...]
    reaches: datetime | None
    unread: int = 0
    paths: tuple[str, ...] = ()

    def read_again(self, later: Observed) -> bool:
        """Whether a later reading went over all the logs of this one, so that it says what of them cannot be read. Unknown paths count."""
        return all(
            any(PurePath(one).is_relative_to(other) for other in later.paths) for one in self.paths if later.paths
        )


def together(readings: Iterable[Observed]) -> Observed | None:
    """Readings in the order in which they were made, as one: of each consumer the latest it did, and what was not read, unless the same
    logs were read again since.

    None for no reading.
    """
    users: dict[tuple[str, str], Seen] = {}
    reaches: list[datetime] = []
    known: list[Observed] = []
    for reading in readings:
        for one in reading.users:
            before = users.get((one.what, one.where))
            users[one.what, one.where] = _later(before, one) if before else one
        reaches += [reading.reaches] if reading.reaches else []
        known = [*(earlier for earlier in known if not earlier.read_again(reading)), reading]
    if not known:
        return None
    paths = tuple(dict.fromkeys(path for one in known for path in one.paths))
    return Observed(tuple(users.values()), max(reaches, default=None), sum(one.unread for one in known), paths)


def _later(known: Seen, one: Seen) -> Seen:
    """What both readings say of one consumer: the later times, and the failures of the reading that goes further."""
    further = one if _end(one) >= _end(known) else known
    return Seen(
        one.what,
        one.where,
        max(filter(None, (known.tried, one.tried)), default=None),
        max(known.tries, one.tries),
        max(filter(None, (known.fresh, one.fresh)), default=None),
        max(known.uses, one.uses),
        further.failed,
    )


def _end(one: Seen) -> datetime:
    told = (one.tried, one.fresh, *(failed.last for failed in one.failed))
    return max((at for at in told if at), default=datetime.min.replace(tzinfo=UTC))
