"""Draws a timeline of lanes as SVG with matplotlib: bands, marks with words, counted events. Knows no incident.

No pyplot and no state: the same scene gives the same bytes. Text stays text, so that it can be read, searched and scaled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from irkit.show import canvas
from irkit.show.palette import GROUND, INK, LINE, LINK, POSSIBLE, SOFT, Role, edge_of
from irkit.show.plain import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LANE_IN, _TIGHT_IN, _WORD = 0.46, 0.26, 0.36
_BINS = 160
_CHARACTER = 0.0078  # of the axis, at 8 points


@dataclass(frozen=True)
class Mark:
    """A moment and what it is; hollow when its clock could be set by whoever wrote it."""

    at: datetime
    what: str
    source: str
    settable: bool = False


@dataclass(frozen=True)
class Bands:
    """A lane of one band: `outer` is hatched, `inner` solid; an end that nothing bounds has an arrow."""

    name: str
    outer: tuple[datetime, datetime]
    inner: tuple[datetime, datetime] | None
    colour: Role
    open_start: bool
    open_end: bool


@dataclass(frozen=True)
class Marks:
    """A lane of marks. `words` writes under each what it is; else shapes tell: up for added, down for removed."""

    name: str
    marks: tuple[Mark, ...]
    words: bool


@dataclass(frozen=True)
class Counts:
    """A lane of many events, counted in steps of time. `weights` say how many each time stands for; empty: one each."""

    name: str
    times: tuple[datetime, ...]
    colour: Role
    weights: tuple[int, ...] = ()


Lane = Bands | Marks | Counts


@dataclass(frozen=True)
class Scene:
    """Lanes from the top down over a span of UTC time; `through` are moments marked through all of them; `tight` for many lanes."""

    lanes: tuple[Lane, ...]
    start: datetime
    end: datetime
    through: tuple[datetime, ...] = ()
    tight: bool = False


def svg(scene: Scene) -> str:
    """The scene, 900 px wide at 96 dpi."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    placed = {lane: _words(lane, scene) for lane in scene.lanes if isinstance(lane, Marks) and lane.words}
    rows = _rows(scene.lanes, placed)

    def put(figure: Any) -> None:
        axes = figure.add_subplot()
        axes.set_xlim(_x(scene.start), _x(scene.end))
        axes.set_ylim(rows[-1] - 0.55, 0.45)
        axes.set_yticks(rows[:-1], [lane.name for lane in scene.lanes])
        locator = AutoDateLocator(tz=UTC, minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))  # type: ignore[no-untyped-call]
        axes.set_xlabel("UTC", loc="left")
        for row, lane in zip(rows, scene.lanes, strict=False):
            axes.axhline(row, color=LINE.light, linewidth=0.8, zorder=0)
            if isinstance(lane, Bands):
                _draw_bands(axes, row, lane, 8 if scene.tight else 13)
            elif isinstance(lane, Counts):
                _draw_counts(axes, row, lane, scene)
            else:
                _draw_marks(axes, row, lane, placed.get(lane, []), scene)
        for at in scene.through:
            axes.axvline(_x(at), color=LINK.light, linewidth=0.9, linestyle=":", zorder=1)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.tick_params(axis="y", length=0)

    return canvas.svg(0.7 + (_TIGHT_IN if scene.tight else _LANE_IN) * (1 - rows[-1]), put, layout="constrained")


@dataclass(frozen=True)
class _Word:
    """A word under a mark, at a fraction of the axis, some lines down."""

    mark: Mark
    centre: float
    level: int


def _words(lane: Marks, scene: Scene) -> list[_Word]:
    """Puts each word on the first line where it does not touch another; as many lines as that takes."""
    span = (scene.end - scene.start).total_seconds()
    taken: list[float] = []
    words = []
    for mark in lane.marks:
        half = _CHARACTER * len(mark.what) / 2 + 0.004
        centre = min(max((mark.at - scene.start).total_seconds() / span, half), 1 - half)
        level = next((line for line, edge in enumerate(taken) if centre - half >= edge), len(taken))
        taken[level : level + 1] = [centre + half]
        words.append(_Word(mark, centre, level))
    return words


def _rows(lanes: Sequence[Lane], placed: dict[Marks, list[_Word]]) -> list[float]:
    """The height of each lane from the top down, and of the bottom: words under marks need room."""
    rows, row = [], 0.0
    for lane in lanes:
        rows.append(row)
        lines = 1 + max((word.level for word in placed[lane]), default=-1) if lane in placed else 0
        row -= 1.0 + _WORD * lines
    return [*rows, row + 1.0 if rows else 0.0]


def _draw_bands(axes: Axes, row: float, lane: Bands, arrow: int) -> None:
    styles: tuple[tuple[Any, dict[str, Any]], ...] = (
        (lane.outer, {"facecolor": POSSIBLE.light, "hatch": "////"}),
        (lane.inner, {"facecolor": lane.colour.light}),
    )
    for band, style in styles:
        if band and band[1] > band[0]:
            width = _x(band[1]) - _x(band[0])
            axes.barh(
                row, width, left=_x(band[0]), height=0.5, edgecolor=lane.colour.light, linewidth=0.8, zorder=2, **style
            )
    arrows = ((lane.open_start, lane.outer[0], "<", 5), (lane.open_end, lane.outer[1], ">", 5))
    for drawn, at, shape, shift in arrows:
        if drawn:
            axes.plot([_x(at)], [row], marker=shape, color=lane.colour.light, markeredgecolor=GROUND.light, markersize=arrow,
                      transform=_shifted(axes, shift), clip_on=False, zorder=4)  # fmt: skip


def _draw_counts(axes: Axes, row: float, lane: Counts, scene: Scene) -> None:
    """The taller a bar, the more events; on a scale of roots, so that a single one is still seen."""
    step = (scene.end - scene.start) / _BINS
    counted: Counter[int] = Counter()
    for at, weight in zip(lane.times, lane.weights or (1,) * len(lane.times), strict=True):
        counted[int((at - scene.start) / step)] += weight
    most = max(counted.values(), default=1)
    numbers = sorted(counted)
    axes.bar(
        [_x(scene.start + step * number) for number in numbers],
        [0.12 + 0.68 * (counted[number] / most) ** 0.5 for number in numbers],
        width=step.total_seconds() / 86400,
        bottom=row - 0.4,
        align="edge",
        facecolor=lane.colour.light,
        edgecolor=edge_of(lane.colour).light,
        linewidth=0.5,
        zorder=2,
    )
    axes.annotate(f"{counted.total()}", xy=(1, row), xycoords=("axes fraction", "data"), xytext=(6, 0),
                  textcoords="offset points", va="center", color=SOFT.light, annotation_clip=False)  # fmt: skip


def _draw_marks(axes: Axes, row: float, lane: Marks, words: Sequence[_Word], scene: Scene) -> None:
    for mark in lane.marks:
        shape = "D" if lane.words else "v" if mark.what.startswith("removed") else "^"
        if not scene.start <= mark.at <= scene.end:
            shape = "<" if mark.at < scene.start else ">"
        at = min(max(mark.at, scene.start), scene.end)
        face = (GROUND if mark.settable else INK).light
        axes.plot([_x(at)], [row], marker=shape, markersize=5 if lane.words else 7, markerfacecolor=face,
                  markeredgecolor=INK.light, clip_on=False, zorder=3)  # fmt: skip
    for word in words:
        height = row - 0.4 - _WORD * word.level
        if word.level:
            axes.plot([_x(word.mark.at)] * 2, [row, height + 0.18], color=LINK.light, linewidth=0.7, zorder=1)
        axes.text(word.centre, height, visible(word.mark.what), transform=axes.get_yaxis_transform(), ha="center", va="center",
                  fontsize=8, zorder=5, bbox={"facecolor": GROUND.light, "edgecolor": "none", "pad": 0.6})  # fmt: skip


def _shifted(axes: Axes, points: float) -> Any:
    from matplotlib.transforms import ScaledTranslation

    figure: Any = axes.figure
    return axes.transData + ScaledTranslation(points / 72, 0, figure.dpi_scale_trans)


def _x(at: datetime) -> float:
    """A place on a date axis: days since 1970 (matplotlib.dates)."""
    return at.timestamp() / 86400
