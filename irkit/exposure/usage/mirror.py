"""Draws the baseline and what came after it as bars to two sides of their names, as SVG. Knows no incident."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from irkit.show import canvas
from irkit.show.grid import cut
from irkit.show.marks import put_mark
from irkit.show.palette import EXPOSED, ITSELF, LINE, SOFT

if TYPE_CHECKING:
    from irkit.exposure.usage.baseline import Habit

_ROW_IN = 0.245
_LEFT, _RIGHT, _LONGEST = 0.33, 0.69, 0.25
_NAME = 46  # characters between the bars


def svg(groups: Sequence[tuple[str, list[Habit], int]], before: str, after: str, known: bool) -> str:
    """Each group under its name. Not `known`: there is no baseline, and the left side says so in each row."""
    lines = sum(1 + len(mine) + (left > 0) for _, mine, left in groups)
    height = 0.42 + _ROW_IN * lines
    most = max((number for _, mine, _ in groups for one in mine for number in (one.before, one.after)), default=1) or 1

    def put(figure: Any) -> None:
        axes = figure.add_axes((0.01, 0, 0.98, 1))
        axes.set_xlim(0, 1)
        axes.set_ylim(-height, 0)
        axes.axis("off")
        axes.text(0, -0.2, cut(before, 70), ha="left", va="center", fontsize=8.5, fontweight="bold")
        axes.text(_RIGHT, -0.2, cut(after, 40), ha="left", va="center", fontsize=8.5, fontweight="bold")
        y = -0.36
        for name, mine, left in groups:
            y -= _ROW_IN
            axes.plot([0, 1], [y + _ROW_IN / 2] * 2, color=LINE.light, linewidth=0.8)
            axes.text((_LEFT + _RIGHT) / 2, y, name, ha="center", va="center", fontsize=8, color=SOFT.light)
            for one in mine:
                y -= _ROW_IN
                _row(axes, y, one, most, known)
            if left > 0:
                y -= _ROW_IN
                told = f"{left} more in the table"
                axes.text((_LEFT + _RIGHT) / 2, y, told, ha="center", va="center", fontsize=8, color=SOFT.light)

    return canvas.svg(height, put)


def _row(axes: Any, y: float, one: Habit, most: int, known: bool) -> None:
    new = known and one.after > 0 and not one.before
    axes.text((_LEFT + _RIGHT) / 2, y, cut(one.value, _NAME), ha="center", va="center", fontsize=8.5)
    left, right = (_LONGEST * (number / most) ** 0.5 for number in (one.before, one.after))
    if not known:
        put_mark(axes, _LEFT - 0.008, y, "diamond", 5.5)
        axes.text(_LEFT - 0.02, y, "unknown", ha="right", va="center", fontsize=8, color=SOFT.light)
    else:
        axes.barh(y, -left, left=_LEFT, height=_ROW_IN * 0.62, color=ITSELF.light)
        axes.text(_LEFT - left - 0.006, y, str(one.before), ha="right", va="center", fontsize=8, color=SOFT.light)
    axes.barh(y, right, left=_RIGHT, height=_ROW_IN * 0.62, color=(EXPOSED if new else ITSELF).light)
    if new:
        put_mark(axes, _RIGHT + right + 0.012, y, "cross", 6)
    told = f"{one.after}, never before" if new else str(one.after)
    axes.text(_RIGHT + right + (0.024 if new else 0.006), y, told, va="center", fontsize=8, color=SOFT.light)
