"""The exposure as one picture: window, evidence, commits, uses and containment on one time axis. Pure, but for drawing.

Bounds are drawn as bounds: solid where it was surely exposed, hatched where it may have been, an arrow where nothing
bounds that side. Lanes and shapes tell things apart; colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from irkit.exposure.drawing import Bands, Counts, Lane, Mark, Marks, Scene, svg
from irkit.model import Clock, Instant, MatchKind, Occurrence, UsageEvent, Window, iso
from irkit.show import Figure, Table
from irkit.show.palette import EXPOSED, ITSELF, SOFT
from irkit.show.times import duration, stamp

_MOST_ADDRESSES = 5
_CAPTION = (
    "Solid: surely exposed. Hatched: possibly exposed. Arrow: nothing bounds that side. "
    "Hollow: a clock its author could set. Bars: uses, counted at the right. Times in UTC."
)


def timeline_figure(
    window: Window,
    occurrences: Iterable[Occurrence],
    events: Iterable[UsageEvent],
    now: datetime,
    marks: Sequence[Instant] = (),
) -> Figure:
    """The timeline as SVG, 900 px wide, with a sentence and a table that say the same. Times are UTC.

    `marks` are further instants to show (push, alert, aware, revocation sent); those that bound the window are shown
    anyway. Uses by the credential and what descends from it are shown per address; mentions are not uses. The same
    input gives the same bytes.
    """
    commits = _commit_marks(occurrences)
    uses = _by_address(events)
    told = _told_marks(window, marks)
    start, end = _span(window, commits, uses, told, now)
    lanes: list[Lane] = [band(window, start, min(now, end))]
    if bounds := _bound_marks(window):
        lanes.append(Marks("its bounds", bounds, words=True))
    if told:
        lanes.append(Marks("evidence and\ncontainment", told, words=True))
    if commits:
        lanes.append(Marks("commits", commits, words=False))
    return Figure(
        svg=svg(Scene((*lanes, *_use_lanes(uses)), start, end)),
        alt=_sentence(window, commits, uses, now),
        caption=_CAPTION,
        data=_table(window, commits, uses, told),
    )


def band(window: Window, start: datetime, now: datetime) -> Bands:
    """Solid exactly where `Window.contains` says yes, hatched where it cannot tell."""
    opened, closed = window.opened, window.closed
    outer = (opened.earliest.at if opened.earliest else start, closed.latest.at if closed.latest else now)
    surely_to = outer[1] if closed.latest is None else closed.earliest.at if closed.earliest else None
    inner = (opened.latest.at, surely_to) if opened.latest and surely_to else None
    return Bands("exposure", outer, inner, EXPOSED, open_start=opened.earliest is None, open_end=closed.latest is None)


def _use_lanes(uses: dict[str, list[datetime]]) -> list[Lane]:
    ranked = sorted(uses, key=lambda address: (-len(uses[address]), address))
    shown, others = ranked[:_MOST_ADDRESSES], ranked[_MOST_ADDRESSES:]
    lanes: list[Lane] = [Counts(f"used from\n{_short(address)}", tuple(uses[address]), ITSELF) for address in shown]
    if others:
        times = sorted(at for address in others for at in uses[address])
        lanes.append(Counts(f"used from {len(others)}\nother addresses", tuple(times), SOFT))
    return lanes


def _commit_marks(occurrences: Iterable[Occurrence]) -> tuple[Mark, ...]:
    found: dict[tuple[str, str], Mark] = {}
    for one in occurrences:
        if one.git:
            for word, marks in (("added", one.git.added), ("removed", one.git.removed)):
                for mark in marks:
                    name = f"{word} in commit {mark.commit[:12]}"
                    found[mark.commit, word] = Mark(mark.commit_time, name, "commit time, set by its author", True)
    return tuple(sorted(found.values(), key=lambda mark: (mark.at, mark.what)))


def _bound_marks(window: Window) -> tuple[Mark, ...]:
    """The bounds that are known, in words; two that are one moment to the minute share theirs."""
    named = (("opened", "earliest", window.opened.earliest), ("opened", "latest", window.opened.latest),
             ("closed", "earliest", window.closed.earliest), ("closed", "latest", window.closed.latest))  # fmt: skip
    found: dict[tuple[str, str], list[tuple[str, Instant]]] = {}
    for end, side, one in named:
        if one:
            found.setdefault((end, f"{one.at.astimezone(UTC):%Y-%m-%d %H:%M}Z"), []).append((side, one))
    marks = []
    for (end, at), both in found.items():
        sides = f", at the {both[0][0]}" if len(both) == 1 else ""
        clocks = ", ".join(dict.fromkeys(one.clock.value for _, one in both))
        settable = any(one.forgeable for _, one in both)
        marks.append(Mark(both[0][1].at, f"{end}{sides}: {at} ({clocks})", both[0][1].source, settable))
    return tuple(marks)


def bounds_told(window: Window) -> tuple[datetime, ...]:
    """The bounds of both ends that are known, as moments."""
    bounds = (window.opened.earliest, window.opened.latest, window.closed.earliest, window.closed.latest)
    return tuple(dict.fromkeys(one.at for one in bounds if one))


def _told_marks(window: Window, marks: Sequence[Instant]) -> tuple[Mark, ...]:
    bounds = (window.opened.earliest, window.opened.latest, window.closed.earliest, window.closed.latest)
    every = dict.fromkeys(one for one in (*bounds, *marks) if one and one.clock is not Clock.USE)
    told = (Mark(one.at, f"{one.clock.value} ({one.trust.value})", one.source, one.forgeable) for one in every)
    return tuple(sorted(told, key=lambda mark: (mark.at, mark.what)))


def _span(
    window: Window, commits: Sequence[Mark], uses: dict[str, list[datetime]], told: Sequence[Mark], now: datetime
) -> tuple[datetime, datetime]:
    """What the axis shows: everything told and every use; a commit date far outside is pinned to the edge, for it may be invented."""
    times = [mark.at for mark in told] + [at for times in uses.values() for at in times]
    times += [now] if not window.is_closed else []
    if not times:
        times = [mark.at for mark in commits] or [now]
    first, last = min(times), max(times)
    slack = max((last - first) * 0.75, timedelta(minutes=10))
    near = [mark.at for mark in commits if first - slack <= mark.at <= last + slack]
    first, last = min([first, *near]), max([last, *near])
    if first == last:
        first -= timedelta(hours=1)
    margin = (last - first) * 0.04
    return first - margin, last + margin


def _sentence(window: Window, commits: Sequence[Mark], uses: dict[str, list[datetime]], now: datetime) -> str:
    parts = [f"Exposure window: opened {_between(window.opened.earliest, window.opened.latest)}"]
    if window.is_closed:
        parts.append(f"closed {_between(window.closed.earliest, window.closed.latest)}")
    else:
        parts.append(f"not known to be closed at {stamp(now)}")
    parts.append(f"longest {duration(window.longest(now))}, shortest {duration(window.shortest())}")
    times = sorted(at for several in uses.values() for at in several)
    if times:
        who = f"{len(times)} uses by it and by what descends from it, from {len(uses)} addresses"
        parts.append(f"{who}, between {stamp(times[0])} and {stamp(times[-1])}")
    else:
        parts.append("no uses were read")
    if commits:
        parts.append(f"{len(commits)} commits added or removed it, by clocks their authors could set")
    return "; ".join(parts) + "."


def _between(earliest: Instant | None, latest: Instant | None) -> str:
    if earliest and latest:
        return f"between {stamp(earliest.at)} and {stamp(latest.at)}"
    if earliest:
        return f"not before {stamp(earliest.at)}"
    return f"not after {stamp(latest.at)}" if latest else "at an unknown time"


def _table(window: Window, commits: Sequence[Mark], uses: dict[str, list[datetime]], told: Sequence[Mark]) -> Table:
    """The same facts in rows, in order of time; what has no bound comes first as unknown."""
    ends = (("earliest opening", window.opened.earliest), ("latest opening", window.opened.latest),
            ("earliest closing", window.closed.earliest), ("latest closing", window.closed.latest))  # fmt: skip
    rows: list[tuple[datetime | None, str, str]] = [
        (one.at if one else None, name, f"{one.clock.value}, {one.trust.value}: {one.source}" if one else "no evidence")
        for name, one in ends
    ]
    rows += [(mark.at, mark.what, mark.source) for mark in (*told, *commits)]
    for address, times in uses.items():
        rows += [(times[0], f"first of {len(times)} uses from {address}", "provider's log"),
                 (times[-1], f"last of {len(times)} uses from {address}", "provider's log")]  # fmt: skip
    rows.sort(key=lambda row: (row[0] is not None, iso(row[0]) if row[0] else "", row[1]))
    return Table.of(("when (UTC)", "what", "by whose clock"), rows, "The same facts as the picture")


def _by_address(events: Iterable[UsageEvent]) -> dict[str, list[datetime]]:
    """The times of all uses that have one, in order, by address; a copy of an event counts once."""
    found: dict[str, list[datetime]] = {}
    seen = set()
    for one in events:
        if one.match is not MatchKind.MENTION_ONLY and one.at and (one.source, one.event_id) not in seen:
            seen.add((one.source, one.event_id))
            found.setdefault(one.address or "no address", []).append(one.at)
    return {address: sorted(times) for address, times in sorted(found.items())}


def _short(address: str) -> str:
    return address if len(address) <= 22 else address[:21] + "…"
