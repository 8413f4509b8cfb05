"""Draws lines that hang on one another as SVG with matplotlib. Knows no domain type; the same lines give the same bytes.

What a line is is told by its mark and its words as well as by colour (Okabe and Ito's, https://jfly.uni-koeln.de/color/). The ground
is white in a dark page too, as of every picture here.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from irkit.show.plain import visible

GREY: Final = "#595959"
SETTINGS: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "irkit",
    "font.size": 9,
    "font.family": "sans-serif",
    "hatch.linewidth": 0.8,
    "text.parse_math": False,  # an address or a source is a stranger's text
}
MARK = Literal["filled", "cross", "hollow", "diamond", "square"]
_WIDTH_IN, _ROW_IN, _INDENT, _NOTE_AT = 9.375, 0.27, 0.028, 0.6
_CHARACTER = 0.0072  # of the axis, at 8.5 points
_MOST_LABEL, _MOST_NOTE = 74, 52
_STYLE: dict[str, tuple[str, str, str]] = {
    "filled": ("o", "#0072B2", "#0072B2"),
    "cross": ("X", "#D55E00", "#D55E00"),
    "hollow": ("o", "white", GREY),
    "diamond": ("D", "#F0E442", "#7a6f00"),
    "square": ("s", "#E69F00", "#8a5f00"),
}


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
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(SETTINGS):
        canvas = Figure(figsize=(_WIDTH_IN, 0.45 + _ROW_IN * (len(branches) + 1)))
        axes = canvas.add_axes((0.01, 0.01, 0.98, 0.98))
        axes.set_xlim(0, 1)
        axes.set_ylim(-len(branches) - 0.8, 0.8)
        axes.axis("off")
        axes.text(0.0, 0, visible(title), va="center", fontweight="bold")
        trunk: dict[int, float] = {}
        before = False
        for row, one in enumerate(branches, 1):
            if one.apart and not before:
                axes.plot([0, 1], [-row + 0.5] * 2, color=GREY, linewidth=0.9, linestyle="--")
            before = one.apart
            _line(axes, row, one, trunk)
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _line(axes: Any, row: int, one: Branch, trunk: dict[int, float]) -> None:
    shape, face, edge = _STYLE[one.mark]
    x, up = 0.012 + _INDENT * one.depth, 0.012 + _INDENT * (one.depth - 1)
    if one.depth:
        start = trunk.get(one.depth - 1, -row + 1.0) - 0.25
        axes.plot([up, up, x], [start, -row, -row], color="#b0b0b0", linewidth=1, zorder=1)
    trunk[one.depth] = float(-row)
    axes.plot(
        [x],
        [-row],
        marker=shape,
        markersize=7.5,
        markerfacecolor=face,
        markeredgecolor=edge,
        markeredgewidth=1.2,
        zorder=3,
    )
    label = _short(one.label, _MOST_LABEL - 3 * one.depth)
    colour = GREY if one.faint else "black"
    axes.text(x + 0.016, -row, label, va="center", zorder=2, fontsize=8.5, color=colour)
    if one.struck:
        end = min(x + 0.016 + _CHARACTER * len(label), _NOTE_AT - 0.01)
        axes.plot([x + 0.014, end], [-row, -row], color=edge, linewidth=1.1, zorder=3)
    axes.text(_NOTE_AT, -row, _short(one.note, _MOST_NOTE), va="center", fontsize=8.5, color=colour)


def _short(text: str, most: int) -> str:
    shown = visible(text[:most])  # an XML file cannot hold a control character at all
    return shown if len(shown) <= most and len(text) <= most else shown[: most - 1] + "…"
