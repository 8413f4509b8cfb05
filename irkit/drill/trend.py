"""Earlier rehearsals as a table and a picture: whether a team contains sooner than it did. Pure, but for drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from irkit.drill.practice import STEPS, Result, span
from irkit.model import parse_instant
from irkit.show import Block, Cell, Figure, Notice, Table, View, canvas
from irkit.show.grid import cut
from irkit.show.marks import put_mark
from irkit.show.palette import INK, ITSELF, LINE, SOFT

_COLUMNS: Final = (
    "Begun (UTC)",
    "Scenario",
    "Difficulty",
    "Seed",
    "Faults",
    "By",
    *STEPS.values(),
    "Right",
    "Wrongly touched",
)
_ROW_IN, _HEAD_IN, _FOOT_IN, _MOST = 1.15, 0.15, 0.35, 6
_LEFT, _RIGHT = 0.2, 0.86
_CAPTION = (
    "Each run of one kind from left to right, as high as the logarithm of its time to contain; above: a diamond not contained, "
    "a hollow circle not known."
)


def history(results: Sequence[Result], unread: int, where: Path) -> View:
    """Oldest first. `unread` lines of the file at `where` are no results."""
    blocks: list[Block] = []
    if unread:
        lines = "1 line is" if unread == 1 else f"{unread} lines are"
        blocks.append(Notice("warn", f"{lines} no result and left out: {where}"))
    if not results:
        return View("Rehearsals", (*blocks, Notice("info", f"None was kept yet. They would stand in {where}.")))
    figure = _figure(results)
    return View(
        "Rehearsals",
        (*blocks, figure, Table.of(_COLUMNS, [_row(one) for one in results], "All of them, the oldest first")),
    )


def _row(one: Result) -> tuple[Cell, ...]:
    by = f"{one.by}, the playbook running the steps" if one.playbook else one.by
    return (parse_instant(one.began), one.scenario, one.difficulty, one.seed, ", ".join(one.faults) or "none", by,
            *(one.told(step) for step in STEPS), f"{one.right} of {one.checks}", len(one.touched))  # fmt: skip


def _figure(results: Sequence[Result]) -> Figure:
    lanes: dict[str, list[Result]] = {}
    for one in results:
        lanes.setdefault(one.kind, []).append(one)
    kinds = sorted(lanes.items(), key=lambda lane: -len(lane[1]))
    told = " ".join(_sentence(kind, runs) for kind, runs in kinds)
    more = f" The {_MOST} kinds with the most runs are drawn; the table holds all." if len(kinds) > _MOST else ""
    rows = [
        (kind, number, parse_instant(one.began), one.told("contained")) for kind, runs in kinds for number, one in enumerate(runs, 1)
    ]  # fmt: skip
    data = Table.of(("Kind", "Run", "Begun (UTC)", "Contained after"), rows, "The same as the picture")
    return Figure(_svg(kinds[:_MOST]), told, _CAPTION + more, data)


def _sentence(kind: str, runs: Sequence[Result]) -> str:
    spans = ", ".join(one.told("contained") for one in runs[-12:])
    cutoff = " of the last 12" if len(runs) > 12 else ""
    return f"{kind}: {len(runs)} {'run' if len(runs) == 1 else 'runs'}; time to contain{cutoff}: {spans}."


def _svg(kinds: Sequence[tuple[str, list[Result]]]) -> str:
    height = _HEAD_IN + _ROW_IN * len(kinds) + _FOOT_IN

    def put(figure: Any) -> None:
        axes = figure.add_axes((0.01, 0, 0.98, 1))
        axes.set_xlim(0, 1)
        axes.set_ylim(-height, 0)
        axes.axis("off")
        for number, (kind, runs) in enumerate(kinds):
            _lane(axes, -_HEAD_IN - _ROW_IN * (number + 1), kind, runs)
        axes.text(_LEFT, -height + 0.12, "first run", fontsize=8, color=SOFT.light)
        axes.text(_RIGHT, -height + 0.12, "latest", ha="right", fontsize=8, color=SOFT.light)

    return canvas.svg(height, put)


def _lane(axes: Any, floor: float, kind: str, runs: Sequence[Result]) -> None:
    scenario, _, more = kind.partition(", ")
    top = floor + _ROW_IN - 0.3
    axes.text(0, (floor + top) / 2 + 0.1, cut(scenario, 24), va="center", fontsize=8.5, fontweight="bold")
    axes.text(0, (floor + top) / 2 - 0.12, cut(more, 26), va="center", fontsize=8, color=SOFT.light)
    axes.plot([_LEFT, _RIGHT], [floor + 0.05] * 2, color=LINE.light, linewidth=0.8)
    known = [one.seconds.contained for one in runs if one.seconds.contained is not None]
    high = math.log1p(max(known, default=1.0)) or 1.0
    points = [
        (_LEFT + 0.01 + (_RIGHT - _LEFT - 0.02) * number / max(1, len(runs) - 1), one.seconds.contained)
        for number, one in enumerate(runs)
    ]
    drawn = [(x, floor + 0.05 + (top - floor - 0.15) * math.log1p(at) / high) for x, at in points if at is not None]
    axes.plot([x for x, _ in drawn], [y for _, y in drawn], color=ITSELF.light, linewidth=1.4, zorder=2)
    for x, y in drawn:
        put_mark(axes, x, y, "filled", 6)
    for (x, at), one in zip(points, runs, strict=True):
        if at is None:
            put_mark(axes, x, top, "hollow" if one.clock_moved else "diamond", 6)
    said = _beside(runs)
    axes.text(_RIGHT + 0.015, (floor + top) / 2 + 0.1, said[0], va="center", fontsize=8, color=INK.light)
    axes.text(_RIGHT + 0.015, (floor + top) / 2 - 0.12, said[1], va="center", fontsize=8, color=INK.light)


def _beside(runs: Sequence[Result]) -> tuple[str, str]:
    """The soonest run, and the last: as it was, contained or not."""
    known = [one.seconds.contained for one in runs if one.seconds.contained is not None]
    return f"soonest {span(min(known))}" if known else "", f"last {runs[-1].told('contained')}"
