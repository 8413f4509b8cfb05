"""Instants that know their clock, bounds that say why, and the exposure window between them.

All times are timezone-aware UTC. An instant keeps who could have set it: a date an attacker or an author
can choose is shown, and never narrows a window by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from irkit.errors import BadInput


class Clock(StrEnum):
    """What ticked. Clocks are kept apart; two instants of different clocks are never silently merged."""

    AUTHOR = "author"
    COMMIT = "commit"
    PUSH = "push"
    ARRIVED = "arrived"
    PUBLIC = "made public"
    ALERT = "alert"
    ISSUED = "issued"
    FILE = "file"
    FIRST_USE = "first use"
    USE = "use"
    AWARE = "aware"
    MILESTONE = "milestone"
    DIGEST_LIST = "digest list"
    REVOKE_SENT = "revoke sent"
    CONFIRMED_DEAD = "confirmed dead"
    STILL_ALIVE = "seen alive"
    RIGHT_ENDED = "right ended"
    JOURNAL = "journal"


class Trust(StrEnum):
    """Who could have chosen this instant."""

    INDEPENDENT = "independent"  # kept by a third party: a provider's log, a server's push record
    OURS = "ours"  # read off the responder's own clock while it happened
    STATED = "stated"  # a person said so
    SETTABLE = "settable"  # whoever wrote the object could choose it: git dates, file times, signature dates


@dataclass(frozen=True)
class Instant:
    """A moment in UTC, with its clock, its source in words, its trust, and its precision in seconds."""

    at: datetime
    clock: Clock
    source: str
    trust: Trust
    precision_s: float = 1.0

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise BadInput("a time without a zone is not evidence", on=self.source, do="give it with Z or an offset")
        try:
            object.__setattr__(self, "at", self.at.astimezone(UTC))
        except OverflowError:
            raise BadInput("a time outside of the years 1 to 9999", on=self.source, do="correct it") from None

    @property
    def forgeable(self) -> bool:
        return self.trust is Trust.SETTABLE

    def __str__(self) -> str:
        return iso(self.at)


@dataclass(frozen=True)
class Bound:
    """One end of a window: not before `earliest`, not after `latest`; None means nothing bounds that side."""

    earliest: Instant | None = None
    latest: Instant | None = None
    why: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.earliest and self.latest and self.earliest.at > self.latest.at:
            raise BadInput(
                "a bound whose earliest is after its latest",
                on=f"{self.earliest} > {self.latest}",
                why="two pieces of evidence contradict each other",
                do="look at both sources before going on",
            )


@dataclass(frozen=True)
class Window:
    """How long the credential was exposed: opening and closing, each with bounds, and what would narrow them.

    `closed` with no bounds at all means: still open as far as anybody knows.
    """

    opened: Bound
    closed: Bound
    narrow: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        return self.closed.latest is not None

    def contains(self, at: datetime) -> bool | None:
        """Was the credential exposed at that moment? True, False, or None for: it cannot be told."""
        opened, closed = self.opened, self.closed
        if closed.latest and at > closed.latest.at:
            return False
        if opened.earliest and at < opened.earliest.at:
            return False
        surely_open = opened.latest is not None and at >= opened.latest.at
        surely_not_closed = closed.latest is None or (closed.earliest is not None and at <= closed.earliest.at)
        return True if surely_open and surely_not_closed else None

    def longest(self, now: datetime) -> timedelta | None:
        """Upper bound of the exposure; None when nothing bounds the opening."""
        if self.opened.earliest is None:
            return None
        end = self.closed.latest.at if self.closed.latest else now
        return end - self.opened.earliest.at

    def shortest(self) -> timedelta | None:
        """Lower bound of the exposure; None when either inner bound is missing."""
        if self.opened.latest is None or self.closed.earliest is None:
            return None
        return max(timedelta(0), self.closed.earliest.at - self.opened.latest.at)


def iso(at: datetime) -> str:
    """ISO 8601 in UTC with `Z`, with fractions only when there are any."""
    text = at.astimezone(UTC).isoformat(timespec="microseconds" if at.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """An ISO 8601 time with zone, as UTC. BadInput when the zone is missing or it is no time."""
    try:
        at = datetime.fromisoformat(text.strip())
        utc = at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):  # in UTC it may fall outside of the years 1 to 9999
        raise BadInput("not a time", on=text[:40], do="write it as 2026-03-01T12:00:00Z") from None
    if utc is None:
        raise BadInput("a time without a zone", on=text[:40], do="add Z for UTC or an offset such as +01:00")
    return utc
