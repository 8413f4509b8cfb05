"""Draws rows under columns as SVG, each cell a mark and a word. Knows no domain type; the same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from irkit.show import canvas
from irkit.show.marks import MARK, put_mark
from irkit.show.palette import BAND, INK, LINE, SOFT
from irkit.show.plain import visible

_ROW_IN, _HEAD_IN, _LINE_IN = 0.27, 0.14, 0.16
_CHARACTER = 0.0072  # of the axis, at 8.5 points


@dataclass(frozen=True)
class Cell:
    """A mark, and a word beside it where there is room for one."""

    mark: MARK
    word: str = ""


@dataclass(frozen=True)
class Row:
    """One row. A `heading` has no cells and stands above those that belong to it."""

    label: str
    cells: tuple[Cell | None, ...] = ()
    note: str = ""
    heading: bool = False


@dataclass(frozen=True)
class Widths:
    """Parts of the axis: the labels, and each column; the note has the rest."""

    label: float
    column: float


def svg(columns: Sequence[str], rows: Sequence[Row], widths: Widths, note: str = "") -> str:
    """The rows from the top down, 900 px wide at 96 dpi. Names of columns may have line breaks; `note` heads the last column."""
    lines = 1 + max((name.count("\n") for name in (*columns, note)), default=0)
    head = _HEAD_IN + _LINE_IN * lines
    height = head + _ROW_IN * len(rows) + 0.08

    def put(figure: Any) -> None:
        axes = figure.add_axes((0.01, 0, 0.98, 1))
        axes.set_xlim(0, 1)
        axes.set_ylim(-height, 0)
        axes.axis("off")
        notes_at = widths.label + widths.column * len(columns)
        named = [(widths.label + widths.column * at, name) for at, name in enumerate(columns)] + [(notes_at, note)]
        for x, name in named:
            axes.text(x, -head + 0.04, _shown(name), va="bottom", fontsize=8, color=SOFT.light, linespacing=1.15)
        axes.plot([0, 1], [-head] * 2, color=SOFT.light, linewidth=0.9)
        for number, row in enumerate(rows):
            _put(axes, -head - _ROW_IN * (number + 0.5), row, widths, notes_at)

    return canvas.svg(height, put)


def _shown(name: str) -> str:
    return "\n".join(visible(line) for line in name.split("\n"))


def _put(axes: Any, y: float, row: Row, widths: Widths, notes_at: float) -> None:
    axes.plot([0, 1], [y - _ROW_IN / 2] * 2, color=LINE.light, linewidth=0.6, zorder=0)
    if row.heading:
        axes.axhspan(y - _ROW_IN / 2, y + _ROW_IN / 2, color=BAND.light, linewidth=0, zorder=0)
        axes.text(0, y, cut(row.label, 110), va="center", fontsize=8.5, fontweight="bold")
        return
    axes.text(0.008, y, cut(row.label, int(widths.label / _CHARACTER) - 3), va="center", fontsize=8.5)
    for at, cell in enumerate(row.cells):
        if cell:
            x = widths.label + widths.column * at
            put_mark(axes, x + 0.008, y, cell.mark, 6.5)
            room = int((widths.column - 0.024) / _CHARACTER)
            axes.text(x + 0.02, y, cut(cell.word, room), va="center", fontsize=8.5, color=INK.light)
    room = int((1 - notes_at) / _CHARACTER)
    axes.text(notes_at, y, cut(row.note, room), va="center", fontsize=8, color=SOFT.light)


def cut(text: str, most: int) -> str:
    """The beginning of a text that is too long, and a sign that it goes on."""
    shown = visible(text[: max(most, 1)])
    return shown if len(shown) <= most and len(text) <= most else f"{shown[: max(most - 1, 0)]}…"
