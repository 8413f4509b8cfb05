"""Draws lines that hang on one another as SVG with matplotlib. Knows no domain type; the same lines give the same bytes.

What a line is is told by its mark and its words as well as by colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from irkit.show import canvas
from irkit.show.marks import MARK, edge, put_mark
from irkit.show.palette import INK, LINE, LINK, SOFT
from irkit.show.plain import visible

_ROW_IN, _INDENT, _NOTE_AT = 0.27, 0.028, 0.6
_CHARACTER = 0.0072  # of the axis, at 8.5 points
_MOST_LABEL, _MOST_NOTE = 74, 52
_PAIR_IN, _MIDDLE, _NEAR, _NARROW = 0.38, 0.5, 0.02, 0.0068


@dataclass(frozen=True)
class Branch:
    """One line. `struck` is drawn through, `faint` is grey, `apart` stands below a dashed line with the others like it."""

    depth: int
    label: str
    note: str
    mark: MARK
    struck: bool = False
    faint: bool = False
    apart: bool = False


def svg(title: str, branches: Sequence[Branch]) -> str:
    """The lines from the top down, 900 px wide at 96 dpi."""

    def put(figure: Any) -> None:
        axes = figure.add_axes((0.01, 0.01, 0.98, 0.98))
        axes.set_xlim(0, 1)
        axes.set_ylim(-len(branches) - 0.8, 0.8)
        axes.axis("off")
        axes.text(0.0, 0, visible(title), va="center", fontweight="bold")
        trunk: dict[int, float] = {}
        before = False
        for row, one in enumerate(branches, 1):
            if one.apart and not before:
                axes.plot([0, 1], [-row + 0.5] * 2, color=LINK.light, linewidth=0.9, linestyle="--")
            before = one.apart
            _line(axes, row, one, trunk)

    return canvas.svg(0.45 + _ROW_IN * (len(branches) + 1), put)


def side_by_side(titles: tuple[str, str], pairs: Sequence[tuple[Branch | None, Branch | None]]) -> str:
    """Two sets of lines in two columns, what belongs together in one row; each note stands under its label."""

    def put(figure: Any) -> None:
        axes = figure.add_axes((0.01, 0.01, 0.98, 0.98))
        axes.set_xlim(0, 1)
        axes.set_ylim(-len(pairs) - 0.7, 0.6)
        axes.axis("off")
        axes.plot([_MIDDLE - 0.012] * 2, [-len(pairs) - 0.5, 0.4], color=LINE.light, linewidth=0.8)
        for side, left in enumerate((0.0, _MIDDLE)):
            axes.text(left, 0, visible(titles[side]), va="center", fontweight="bold")
            trunk: dict[int, float] = {}
            for row, pair in enumerate(pairs, 1):
                if one := pair[side]:
                    _half(axes, row, one, left, trunk)

    return canvas.svg(0.3 + _PAIR_IN * (len(pairs) + 1), put)


def _half(axes: Any, row: int, one: Branch, left: float, trunk: dict[int, float]) -> None:
    x = left + 0.012 + _NEAR * one.depth
    if one.depth:
        up = x - _NEAR
        axes.plot(
            [up, up, x],
            [trunk.get(one.depth - 1, 1.0 - row) - 0.2, -row, -row],
            color=LINK.light,
            linewidth=1,
            zorder=1,
        )
    trunk[one.depth] = float(-row)
    put_mark(axes, x, -row, one.mark)
    label = _short(one.label, int((left + _MIDDLE - x - 0.04) / _CHARACTER))
    axes.text(x + 0.016, -row + 0.17, label, va="center", fontsize=8.5, color=(SOFT if one.faint else INK).light)
    if one.struck:
        axes.plot(
            [x + 0.014, x + 0.016 + _CHARACTER * len(label)],
            [-row + 0.17] * 2,
            color=edge(one.mark).light,
            linewidth=1.1,
        )
    note = _short(one.note, int((left + _MIDDLE - x - 0.04) / _CHARACTER))
    axes.text(x + 0.016, -row - 0.22, note, va="center", fontsize=8, color=SOFT.light)


def _line(axes: Any, row: int, one: Branch, trunk: dict[int, float]) -> None:
    x, up = 0.012 + _INDENT * one.depth, 0.012 + _INDENT * (one.depth - 1)
    if one.depth:
        start = trunk.get(one.depth - 1, -row + 1.0) - 0.25
        axes.plot([up, up, x], [start, -row, -row], color=LINK.light, linewidth=1, zorder=1)
    trunk[one.depth] = float(-row)
    put_mark(axes, x, -row, one.mark)
    label = _short(one.label, _MOST_LABEL - 3 * one.depth)
    colour = (SOFT if one.faint else INK).light
    axes.text(x + 0.016, -row, label, va="center", zorder=2, fontsize=8.5, color=colour)
    if one.struck:
        end = min(x + 0.016 + _CHARACTER * len(label), _NOTE_AT - 0.01)
        axes.plot([x + 0.014, end], [-row, -row], color=edge(one.mark).light, linewidth=1.1, zorder=3)
    axes.text(_NOTE_AT, -row, _short(one.note, _MOST_NOTE), va="center", fontsize=8.5, color=colour)


def _short(text: str, most: int) -> str:
    shown = visible(text[:most])  # an XML file cannot hold a control character at all
    return shown if len(shown) <= most and len(text) <= most else shown[: most - 1] + "…"
