"""Activity over time: how many uses in each step, by whom, with the window drawn. Pure, but for drawing. Times are UTC."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from irkit.exposure.usage.past import Past
from irkit.exposure.usage.places import principal_of
from irkit.model import UsageEvent, Window, iso, parse_instant
from irkit.show import palette
from irkit.show.times import duration, stamp

if TYPE_CHECKING:
    from irkit.exposure.drawing import Bands, Lane
    from irkit.show import Figure, Table

KNOWN, NEW, ITSELF = "itself, from addresses of before", "itself, from new addresses", "itself"
SESSIONS, CREATED, REFUSED = "its sessions", "keys it made", "refused or failed, of all these"

_COLOURS = {
    KNOWN: palette.ITSELF, ITSELF: palette.ITSELF, NEW: palette.EXPOSED, SESSIONS: palette.SESSIONS, CREATED: palette.MADE,
    REFUSED: palette.SOFT,
}  # fmt: skip
"""Each lane has its name as well."""

_WHOSE = {"sessions": SESSIONS, "created": CREATED}
_MOST_PLACES, _MOST_STEPS = 100_000, 480
_STEPS = (60, 300, 900, 3600, 6 * 3600, 86400, 7 * 86400)  # seconds


@dataclass(frozen=True)
class Activity:
    """Uses in steps of `step_s` seconds: the step's beginning, the lane, how many. Steps without uses are left out."""

    step_s: int = 60
    bars: tuple[tuple[datetime, str, int], ...] = ()

    def document(self) -> dict[str, Any]:
        return {"step_s": self.step_s, "bars": [[iso(at), lane, number] for at, lane, number in self.bars]}

    @classmethod
    def from_document(cls, row: Mapping[str, Any]) -> Activity:
        return cls(row["step_s"], tuple((parse_instant(at), lane, number) for at, lane, number in row["bars"]))


@dataclass
class Clockwork:
    """Counts uses by minute, and by coarser steps once there are too many places to count in."""

    step_s: int = 60
    counted: Counter[tuple[int, str, str, str, bool]] = field(default_factory=Counter)

    def take(self, event: UsageEvent, whose: str) -> None:
        if event.at is None:
            return
        address = event.address if whose == "itself" else ""
        slot = int(event.at.timestamp()) // self.step_s
        principal = principal_of(event.principal) or event.key
        self.counted[slot, whose, principal, address, event.outcome in ("denied", "failed")] += event.repeated
        if len(self.counted) > _MOST_PLACES:
            self._coarsen()

    def _coarsen(self) -> None:
        self.step_s *= 10
        again: Counter[tuple[int, str, str, str, bool]] = Counter()
        for (slot, *place), number in self.counted.items():
            again[(slot // 10, *place)] += number  # type: ignore[index]
        self.counted = again

    def activity(self, past: Past) -> Activity:
        """Each lane in steps that fit a picture."""
        slots = [place[0] for place in self.counted]
        span = (max(slots) - min(slots) + 1) * self.step_s if slots else 0
        step = next(
            (one for one in _STEPS if one % self.step_s == 0 and span / one <= _MOST_STEPS),
            max(self.step_s, _STEPS[-1]),
        )
        bars: Counter[tuple[int, str]] = Counter()
        for (slot, whose, principal, address, refused), number in self.counted.items():
            start = slot * self.step_s // step * step
            bars[start, _WHOSE.get(whose) or _lane(past, principal, address)] += number
            if refused:
                bars[start, REFUSED] += number
        return Activity(
            step, tuple((datetime.fromtimestamp(at, UTC), lane, n) for (at, lane), n in sorted(bars.items()))
        )


def _lane(past: Past, principal: str, address: str) -> str:
    if not past.has(principal):
        return ITSELF
    seen = past.lives[principal].addresses.get(address)
    return KNOWN if not address or (seen and seen.before) else NEW


def figure(activity: Activity, window: Window | None, now: datetime) -> Figure | None:
    """Lanes of bars under the exposure window; None when there was no use. The same input gives the same bytes."""
    if not activity.bars:
        return None
    from irkit.exposure.drawing import Counts, Scene, svg  # counting draws nothing
    from irkit.exposure.picture import band, bounds_told
    from irkit.show import Figure

    step = timedelta(seconds=activity.step_s)
    times = [at for at, _, _ in activity.bars]
    told = bounds_told(window) if window else ()
    first, last = (
        min([*times, *told]),
        max([max(times) + step, *told, *([now] if window and not window.is_closed else [])]),
    )
    if (last - first) > 20 * (max(times) + step - min(times)):  # an old log read today: the uses, not the years since
        first, last = min(times), max(times) + step
    margin = (last - first) * 0.03
    start, end = first - margin, last + margin
    lanes: list[Lane] = [_clipped(band(window, start, min(now, end)), start, end)] if window else []
    for name in _COLOURS:
        mine = [(at, number) for at, lane, number in activity.bars if lane == name]
        if mine:
            places, numbers = zip(*mine, strict=True)
            lanes.append(Counts(_broken(name), places, _COLOURS[name], numbers))
    scene = Scene(tuple(lanes), start, end, tuple(at for at in told if start <= at <= end))
    caption = f"Bars: uses in steps of {duration(step)}, on a scale of roots; all of them counted at the right. "
    caption += (
        "Solid: surely exposed. Hatched: possibly exposed. Dotted: its bounds. Times in UTC."
        if window
        else "Times in UTC."
    )
    return Figure(svg(scene), _sentence(activity, window), caption, _table(activity))


def _clipped(bands: Bands, start: datetime, end: datetime) -> Bands:
    def into(span: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
        return min(max(span[0], start), end), min(max(span[1], start), end)

    return replace(bands, outer=into(bands.outer), inner=into(bands.inner) if bands.inner else None)


def _broken(name: str) -> str:
    first, comma, rest = name.partition(", ")
    return f"{first},\n{rest}" if comma else name


def _sentence(activity: Activity, window: Window | None) -> str:
    lanes: Counter[str] = Counter()
    for _, lane, number in activity.bars:
        lanes[lane] += number
    told = "; ".join(f"{number} {lane}" for lane, number in lanes.items())
    first, last = activity.bars[0][0], activity.bars[-1][0]
    shown = "with the exposure window drawn above" if window else "no exposure window is known"
    return f"Uses over time between {stamp(first)} and {stamp(last)}: {told}; {shown}."


def _table(activity: Activity) -> Table:
    """The busiest day first would hide the order: by day and lane, in order of time."""
    from irkit.show import Table

    days: Counter[tuple[datetime, str]] = Counter()
    for at, lane, number in activity.bars:
        days[at.replace(hour=0, minute=0, second=0), lane] += number
    rows = [(f"{day:%Y-%m-%d}", lane, number) for (day, lane), number in sorted(days.items())]
    return Table.of(("Day (UTC)", "By", "Events"), rows, "Uses by day", 200)
