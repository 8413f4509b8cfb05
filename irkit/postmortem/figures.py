"""Exposed, detected, contained, revoked, re-signed: every credential on one axis of time, both ends of each span named.

Pure, but for drawing. Minutes of containing stand beside weeks of exposure, so the axis is compressed: each stretch between two
moments that follow one another is as long as the logarithm of how long it took, and says how long that was. All times are UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from irkit.postmortem.axis import LEFT, RIGHT, places_of, put_axis
from irkit.postmortem.metrics import Metric, Moment
from irkit.postmortem.story import short
from irkit.show import Cell, Figure, Table, canvas
from irkit.show.grid import cut
from irkit.show.marks import MARK, put_mark
from irkit.show.palette import EXPOSED, INK, ITSELF, LINE, POSSIBLE
from irkit.show.times import stamp

_AT_LEAST, _AT_MOST = "Time to detect, at least", "Time to detect, at most"
_ENDS: Final[tuple[tuple[str, str, MARK], ...]] = (
    (_AT_LEAST, "detected", "square"),
    ("Time to contain", "contained", "filled"),
    ("Time to revoke", "revoked", "filled"),
    ("Time to re-sign", "re-signed", "filled"),
)
"""The metric that ends there, the word for its end, and its mark."""

_ROW_IN, _HEAD_IN, _FOOT_IN = 0.72, 0.12, 0.42
_TOLD_IN, _MOST_ROWS = 0.13, 12
_CAPTION = (
    "Hatched: it may have begun then; solid: exposed until contained; line: until the last step. Arrow: nothing bounds that side. "
    "At the right how long each took; a diamond: not known. The axis is compressed, each stretch as long as the logarithm of its time. UTC."
)


@dataclass(frozen=True)
class _Lane:
    """One credential: when exposed at the earliest and at the latest, and what happened then, None where nobody knows."""

    name: str
    earliest: datetime | None
    latest: datetime | None
    ends: tuple[tuple[str, MARK, datetime | None], ...]
    spans: tuple[Metric, ...]

    def at(self, word: str) -> datetime | None:
        return next((at for name, _, at in self.ends if name == word), None)

    @property
    def known(self) -> list[datetime]:
        return [at for at in (self.earliest, self.latest, *(at for _, _, at in self.ends)) if at]


def metrics_figure(found: Sequence[Metric]) -> Figure | None:
    """Of what `metrics` found; None when no moment of any credential is known. The same input gives the same bytes."""
    lanes = [_lane(name, found) for name in dict.fromkeys(one.credential for one in found) if name]
    moments = sorted({at for lane in lanes for at in lane.known})
    if not moments:
        return None
    caption = _CAPTION
    if len(lanes) > _MOST_ROWS:
        caption += f" The first {_MOST_ROWS} of {len(lanes)} credentials are drawn; the table holds all."
    return Figure(_svg(lanes[:_MOST_ROWS], moments), " ".join(map(_sentence, lanes)), caption, _table(lanes))


def _lane(name: str, found: Sequence[Metric]) -> _Lane:
    own = {one.name: one for one in found if one.credential == name}
    ends = [(word, mark, _at(own[metric].end)) for metric, word, mark in _ENDS if metric in own]
    least, most = own.get(_AT_LEAST), own.get(_AT_MOST)
    wanted = (_AT_LEAST, _AT_MOST, *(metric for metric, _, _ in _ENDS[1:]))
    return _Lane(
        short(name),
        _at(most.start) if most else None,
        _at(least.start) if least else None,
        tuple(ends),
        tuple(own[one] for one in wanted if one in own),
    )


def _at(moment: Moment | None) -> datetime | None:
    return moment.at if moment else None


def _sentence(lane: _Lane) -> str:
    spans = ", ".join(f"{one.name.lower()} {one.shown or 'unknown'}" for one in lane.spans)
    ends = "; ".join(f"{word} {stamp(at) if at else 'at an unknown time'}" for word, _, at in lane.ends)
    begun = f"not before {stamp(lane.earliest)}" if lane.earliest else "from an unknown time on"
    begun += f" and by {stamp(lane.latest)} at the latest" if lane.latest else ""
    return f"{lane.name}: exposed {begun}; {ends}; {spans}."


def _table(lanes: Sequence[_Lane]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (lane.name, one.name, one.shown, *_named(one.start), *_named(one.end)) for lane in lanes for one in lane.spans
    ]
    return Table.of(
        ("Credential", "Metric", "Value", "From", "From, at", "To", "To, at"), rows, "The same spans as the picture"
    )


def _named(moment: Moment | None) -> tuple[Cell, Cell]:
    return (moment.name, moment.at) if moment else ("", None)


def _svg(lanes: Sequence[_Lane], moments: Sequence[datetime]) -> str:
    places = places_of(moments)
    height = _HEAD_IN + _ROW_IN * len(lanes) + _FOOT_IN

    def put(figure: Any) -> None:
        axes = figure.add_axes((0.01, 0, 0.98, 1))
        axes.set_xlim(0, 1)
        axes.set_ylim(-height, 0)
        axes.axis("off")
        for number, lane in enumerate(lanes):
            y = -_HEAD_IN - _ROW_IN * (number + 0.5)
            axes.plot([0, 1], [y - _ROW_IN / 2] * 2, color=LINE.light, linewidth=0.6, zorder=0)
            _draw(axes, y, lane, places)
        put_axis(axes, -height + _FOOT_IN - 0.02, moments, places)

    return canvas.svg(height, put)


def _draw(axes: Any, y: float, lane: _Lane, places: dict[datetime, float]) -> None:
    axes.text(0, y, cut(lane.name, 26), va="center", fontsize=8.5, fontweight="bold")
    begun, surely = lane.earliest or lane.latest, lane.latest
    over = lane.at("contained") or lane.at("revoked")
    if begun:
        _exposure(axes, y, places, begun, surely, over, lane)
    done = [at for _, _, at in lane.ends if at and over and at > over]
    if over and done:
        axes.plot([places[over], places[max(done)]], [y, y], color=ITSELF.light, linewidth=2, zorder=2)
    _marks(axes, y, lane, places)
    told = _told(lane)
    for number, (words, known) in enumerate(told):
        height = y + _TOLD_IN * ((len(told) - 1) / 2 - number)
        if not known:
            put_mark(axes, RIGHT + 0.015, height, "diamond", 4.5)
        axes.text(RIGHT + 0.027, height, cut(words, 30), va="center", fontsize=7.5, color=INK.light)


def _told(lane: _Lane) -> list[tuple[str, bool]]:
    """Each span in a few words, and whether it is known; the two bounds of detecting in one line where both are."""
    found: list[tuple[str, bool]] = []
    for one in lane.spans:
        what = one.name.removeprefix("Time ").replace(", at least", " ≥").replace(", at most", " ≤")
        bound = "" if what.endswith(("≥", "≤")) else ":"
        found.append((f"{what}{bound} {'unknown' if one.value is None else one.shown}", one.value is not None))
    return found


def _exposure(
    axes: Any,
    y: float,
    places: dict[datetime, float],
    begun: datetime,
    surely: datetime | None,
    over: datetime | None,
    lane: _Lane,
) -> None:
    """Hatched from the earliest to the latest beginning, solid from there until it was contained; open ends have arrows."""
    end = places[over] if over else RIGHT - 0.01
    start = places[surely] if surely else end
    if lane.earliest is None:
        left = LEFT + 0.005
        axes.plot([left], [y], marker="<", markersize=8, color=EXPOSED.light, clip_on=False, zorder=3)
    else:
        left = places[begun]
    styles: tuple[tuple[float, float, dict[str, Any]], ...] = (
        (left, start, {"facecolor": POSSIBLE.light, "hatch": "////"}), (start, end, {"facecolor": EXPOSED.light}),
    )  # fmt: skip
    for low, high, style in styles:
        if high > low:
            axes.barh(y, high - low, left=low, height=0.16, edgecolor=EXPOSED.light, linewidth=0.8, zorder=1, **style)
    if over is None:
        axes.plot([end], [y], marker=">", markersize=8, color=EXPOSED.light, clip_on=False, zorder=3)


def _marks(axes: Any, y: float, lane: _Lane, places: dict[datetime, float]) -> None:
    """Each end with its word; words that would touch stand above and below in turn, ends at one moment share theirs."""
    at_one: dict[datetime, list[str]] = {}
    for word, mark, at in lane.ends:
        if at:
            put_mark(axes, places[at], y, mark, 7)
            at_one.setdefault(at, []).append(word)
    for number, (at, words) in enumerate(sorted(at_one.items())):
        above = number % 2 == 0
        x = min(max(places[at], LEFT + 0.04), RIGHT - 0.04)
        axes.text(
            x, y + (0.2 if above else -0.2), " · ".join(words), ha="center", va="center", fontsize=8, color=INK.light
        )
