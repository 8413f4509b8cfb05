"""The blast radius as one table and one picture that say the same. Pure, but for drawing.

Reachable is told by a mark and a word, used by a bar: solid for what succeeded, hatched for what was refused.
"""

from __future__ import annotations

from typing import Any

from irkit.exposure.usage.blast import NOTHING, Blast, Line
from irkit.show import Cell, Figure, Table, canvas
from irkit.show.palette import EXPOSED, GROUND, INK, ITSELF, LINE, MADE, SESSIONS, SOFT, UNKNOWN, edge_of
from irkit.show.plain import visible

COLUMNS = ("What", "Reachable", "Used", "By itself", "By its sessions", "By keys it made", "Refused", "Through", "Seen")
_MARKS = {True: ("o", EXPOSED, "yes"), None: ("D", UNKNOWN, "unknown"), False: ("o", GROUND, "no")}
_COLOURS = {"itself": ITSELF, "sessions": SESSIONS, "created": MADE}
_NAMES = {"itself": "by itself", "sessions": "by its sessions", "created": "by keys it made"}
_ROW_IN, _REACH_AT, _BARS_AT, _MOST_NAME = 0.3, 0.36, 0.47, 52
_CAPTION = (
    "Circle: it could; hollow: it could not; diamond: not known, or perhaps. Bars: what the logs that were read tell, hatched where it "
    "was refused. What no log tells of may have happened all the same."
)


def table(blast: Blast) -> Table:
    """One row an ability; numbers are events. Without a policy or scopes there is nothing to tell of reach."""
    rows = [_row(one, blast.read) for one in blast.lines]
    if blast.given == NOTHING:
        kept = [index for index, name in enumerate(COLUMNS) if name not in ("Reachable", "Through")]
        columns = [COLUMNS[index] for index in kept]
        return Table.of(
            columns, [[row[index] for index in kept] for row in rows], "Used; what could be reached is unknown"
        )
    return Table.of(COLUMNS, rows, f"Used, beside reachable by {blast.given}")


def _row(one: Line, read: bool) -> tuple[Cell, ...]:
    seen = ", ".join(one.actions[:6]) + (f" and {len(one.actions) - 6} more" if len(one.actions) > 6 else "")
    counts = (one.used, *(one.done.get(whose, 0) for whose in _NAMES), sum(one.refused.values()))
    silent = one.used is None and not one.refused
    used, *done, refused = (None,) * len(counts) if silent or not read else counts
    nothing = None if silent else "—"
    return (one.what, one.reachable, used, *done, refused, one.through, (seen or nothing) if read else None)


def figure(blast: Blast) -> Figure | None:
    """900 px wide; None when there is nothing to draw. The same input gives the same bytes."""
    if not blast.lines:
        return None
    return Figure(_svg(blast), _sentence(blast), _CAPTION, table(blast))


def _sentence(blast: Blast) -> str:
    used = [one.what for one in blast.lines if one.used]
    tried = [one.what for one in blast.lines if one.refused and not one.used]
    left = [one for one in blast.lines if one.reachable and not one.used and not one.refused]
    sure, quiet = [one.what for one in left if not one.quiet], [one.what for one in left if one.quiet]
    parts = [f"{name}: {', '.join(rows) or 'nothing'}" for name, rows in
             (("Used", used), ("tried and refused", tried), ("reachable and not used in the logs read", sure))]  # fmt: skip
    if quiet:
        parts.append(
            f"reachable, and whether it was used is not known, since logs do not tell of all of it: {', '.join(quiet)}"
        )
    judged = (
        "is not known: no policy and no scopes were given" if blast.given == NOTHING else f"is judged by {blast.given}"
    )
    if not blast.read:
        could = ", ".join(one.what for one in blast.lines if one.reachable) or "nothing that is sure"
        return f"What it did is not known: no log was read. Reachable: {could}. What it could do {judged}."
    return f"{'; '.join(parts)}. What it could do {judged}."


def _svg(blast: Blast) -> str:
    from matplotlib.patches import Patch

    most = max((sum(one.done.values()) + sum(one.refused.values()) for one in blast.lines), default=1) or 1
    height = 0.95 + _ROW_IN * len(blast.lines)

    def put(figure: Any) -> None:
        axes = figure.add_axes((0.01, 0.02, 0.98, 1 - 0.4 / height))
        axes.set_xlim(0, 1)
        axes.set_ylim(-len(blast.lines) + 0.4, 1.0)
        axes.axis("off")
        for x, word in ((0.0, "What"), (_REACH_AT, "Could it?"), (_BARS_AT, "Did it? Events, on a scale of roots")):
            axes.text(x, 0.75, word, va="center", fontsize=8, color=SOFT.light)
        for row, one in enumerate(blast.lines):
            _put_line(axes, row, one, most, blast.read)
        handles = [
            Patch(facecolor=colour.light, edgecolor=edge_of(colour).light, label=_NAMES[name])
            for name, colour in _COLOURS.items()
        ]
        handles.append(Patch(facecolor=GROUND.light, edgecolor=SOFT.light, hatch="////", label="refused or failed"))
        figure.legend(handles=handles, loc="upper right", ncols=4, frameon=False, fontsize=8)

    return canvas.svg(height, put)


def _put_line(axes: Any, row: int, one: Line, most: int, read: bool) -> None:
    shape, face, word = _MARKS[one.reachable]
    axes.axhline(-row - 0.5, color=LINE.light, linewidth=0.6, zorder=0)
    axes.text(0.0, -row, visible(_cut(one.what)), va="center")
    axes.plot(
        [_REACH_AT + 0.008],
        [-row],
        marker=shape,
        markersize=7.5,
        markerfacecolor=face.light,
        markeredgecolor=edge_of(face).light,
    )
    axes.text(_REACH_AT + 0.024, -row, word, va="center", fontsize=8.5)
    end = _bars(axes, row, one, most)
    done, refused = sum(one.done.values()), sum(one.refused.values())
    told = " · ".join(filter(None, (f"{done} done" if done else "", f"{refused} refused" if refused else "")))
    colour = INK if told else SOFT
    axes.text(
        end + 0.008,
        -row,
        told or _nothing(one, read),
        va="center",
        fontsize=8,
        color=colour.light,
    )


def _nothing(one: Line, read: bool) -> str:
    if not read:
        return "not known: no log was read"
    return "not known: no log has all of it" if one.quiet else "not used in the logs read"


def _cut(what: str) -> str:
    return what if len(what) <= _MOST_NAME else f"{what[: _MOST_NAME - 1]}…"


def _bars(axes: Any, row: int, one: Line, most: int) -> float:
    """The stacked bars of one line, together as long as the root of their share; gives where they end."""
    total = sum(one.done.values()) + sum(one.refused.values())
    end, length = _BARS_AT, 0.36 * (total / most) ** 0.5
    for counted, hatch in ((one.done, ""), (one.refused, "////")):
        for whose, colour in _COLOURS.items():
            if number := counted.get(whose, 0):
                width = length * number / total
                face = GROUND if hatch else colour
                axes.barh(-row, width, left=end, height=0.62, facecolor=face.light, edgecolor=edge_of(colour).light, hatch=hatch,
                          linewidth=0.9)  # fmt: skip
                end += width
    return end
