"""The blast radius as one table and one picture that say the same. Pure, but for drawing.

Reachable is told by a mark and a word, used by a bar: solid for what succeeded, hatched for what was refused.
"""

from __future__ import annotations

import io
from typing import Any

from irkit.exposure.usage.blast import NOTHING, Blast, Line
from irkit.show import Cell, Figure, Table
from irkit.show.branches import GREY, SETTINGS
from irkit.show.plain import visible

COLUMNS = ("What", "Reachable", "Used", "By itself", "By its sessions", "By keys it made", "Refused", "Through", "Seen")
_MARKS = {True: ("o", "#D55E00", "yes"), None: ("D", "#F0E442", "unknown"), False: ("o", "white", "no")}
_COLOURS = {"itself": "#0072B2", "sessions": "#E69F00", "created": "#CC79A7"}
_NAMES = {"itself": "by itself", "sessions": "by its sessions", "created": "by keys it made"}
_ROW_IN, _WIDTH_IN = 0.3, 9.375


def table(blast: Blast) -> Table:
    """One row an ability; numbers are events. Without a policy or scopes there is nothing to tell of reach."""
    rows = [_row(one) for one in blast.lines]
    if blast.given == NOTHING:
        kept = [index for index, name in enumerate(COLUMNS) if name not in ("Reachable", "Through")]
        columns = [COLUMNS[index] for index in kept]
        return Table.of(
            columns, [[row[index] for index in kept] for row in rows], "Used; what could be reached is unknown"
        )
    return Table.of(COLUMNS, rows, f"Used, beside reachable by {blast.given}")


def _row(one: Line) -> tuple[Cell, ...]:
    seen = ", ".join(one.actions[:6]) + (f" and {len(one.actions) - 6} more" if len(one.actions) > 6 else "")
    done = (one.done.get(whose, 0) for whose in _NAMES)
    return (one.what, one.reachable, one.used, *done, sum(one.refused.values()), one.through, seen or "—")


def figure(blast: Blast) -> Figure | None:
    """900 px wide; None when there is nothing to draw. The same input gives the same bytes."""
    if not blast.lines:
        return None
    caption = "Circle: reachable; hollow: not; diamond: unknown or perhaps. Bars, on a scale of roots: events, hatched where refused."
    return Figure(_svg(blast), _sentence(blast), caption, None)


def _sentence(blast: Blast) -> str:
    used = [one.what for one in blast.lines if one.used]
    tried = [one.what for one in blast.lines if one.refused and not one.used]
    left = [one.what for one in blast.lines if one.reachable and not one.used and not one.refused]
    parts = [f"{name}: {', '.join(rows) or 'nothing'}" for name, rows in
             (("Used", used), ("tried and refused", tried), ("reachable and not used in the logs read", left))]  # fmt: skip
    return f"{'; '.join(parts)}. Reachable is judged by {blast.given}."


def _svg(blast: Blast) -> str:
    import matplotlib
    from matplotlib.figure import Figure as Canvas
    from matplotlib.patches import Patch

    most = max((sum(one.done.values()) + sum(one.refused.values()) for one in blast.lines), default=1) or 1
    with matplotlib.rc_context(SETTINGS):
        canvas = Canvas(figsize=(_WIDTH_IN, 0.9 + _ROW_IN * len(blast.lines)))
        top = 1 - 0.62 / canvas.get_figheight()
        axes = canvas.add_axes((0.38, 0.02, 0.58, top - 0.02))
        axes.set_xlim(-0.2, 1.1)
        axes.set_ylim(-len(blast.lines) + 0.4, 0.6)
        axes.axis("off")
        for row, one in enumerate(blast.lines):
            shape, face, word = _MARKS[one.reachable]
            edge = GREY if one.reachable is not True else face
            axes.plot(
                [-0.165], [-row], marker=shape, markersize=8, markerfacecolor=face, markeredgecolor=edge, clip_on=False
            )
            axes.text(-0.19, -row, visible(one.what), ha="right", va="center", clip_on=False)
            axes.text(-0.145, -row, word, va="center", fontsize=8, color=GREY)
            end = _bars(axes, row, one, most)
            done, refused = sum(one.done.values()), sum(one.refused.values())
            told = " · ".join(filter(None, (f"{done} done" if done else "", f"{refused} refused" if refused else "")))
            axes.text(
                end + 0.012,
                -row,
                told or "not used in the logs read",
                va="center",
                fontsize=8,
                color="black" if told else GREY,
            )
        handles = [Patch(facecolor=colour, label=_NAMES[name]) for name, colour in _COLOURS.items()]
        handles.append(Patch(facecolor="white", edgecolor=GREY, hatch="////", label="refused or failed"))
        canvas.legend(handles=handles, loc="upper right", ncols=4, frameon=False, fontsize=8)
        canvas.text(0.38 + 0.58 * 0.05 / 1.3, top + 0.02, "reachable", ha="center", fontsize=8, color=GREY)
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _bars(axes: Any, row: int, one: Line, most: int) -> float:
    """The stacked bars of one line, together as long as the root of their share; gives where they end."""
    total = sum(one.done.values()) + sum(one.refused.values())
    end, length = 0.0, 0.8 * (total / most) ** 0.5
    for counted, hatch in ((one.done, ""), (one.refused, "////")):
        for whose, colour in _COLOURS.items():
            if number := counted.get(whose, 0):
                width = length * number / total
                axes.barh(-row, width, left=end, height=0.62, facecolor="white" if hatch else colour, edgecolor=colour,
                          hatch=hatch, linewidth=0.9)  # fmt: skip
                end += width
    return end
