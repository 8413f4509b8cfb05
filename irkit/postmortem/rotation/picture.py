"""The old one and the fresh one on one axis of time: how long both worked, and when each stage was reached. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from irkit.postmortem.axis import LEFT, RIGHT, places_of, put_axis
from irkit.postmortem.rotation.turn import Turn
from irkit.postmortem.story import short
from irkit.show import Figure, Table, canvas
from irkit.show.grid import cut
from irkit.show.marks import MARK, put_mark
from irkit.show.palette import INK, ITSELF, LINE, LINK
from irkit.show.times import stamp

_ROW_IN, _HEAD_IN, _FOOT_IN, _APART_IN = 1.1, 0.12, 0.42, 0.26
_MOST = 8
_CAPTION = (
    "Above the old one, below the fresh one. Solid: nothing has put it out of use; dotted: out of use, could be let in again. Arrows: from "
    "before, and on from here. The axis is compressed, each stretch as long as the logarithm of its time. UTC."
)


def picture(turns: Sequence[Turn]) -> Figure | None:
    """None as long as no fresh one was made. The same turns give the same bytes."""
    drawn = [turn for turn in turns if turn.made][:_MOST]
    moments = sorted({at for turn in drawn for _, at in _moments(turn) if at})
    if not drawn or len(moments) < 2:
        return None
    more = f" The first {_MOST} of {len(turns)} are drawn; the tables hold all." if len(turns) > _MOST else ""
    rows = [(short(turn.credential.name), word, at) for turn in drawn for word, at in _moments(turn)]
    table = Table.of(("Credential", "Stage", "At (UTC)"), rows, "The same moments as the picture")
    return Figure(_svg(drawn, moments), " ".join(map(_sentence, drawn)), _CAPTION + more, table)


def _moments(turn: Turn) -> tuple[tuple[str, datetime | None], ...]:
    off = (("deactivated", turn.off),) if turn.can_go_back else ()
    return (
        ("made", turn.made),
        ("in place", turn.placed),
        ("all seen", turn.switched.opened),
        *off,
        ("observed", turn.quiet.opened),
        ("deleted", turn.ended),
    )


def _sentence(turn: Turn) -> str:
    told = "; ".join(f"{word} {stamp(at) if at else 'not yet'}" for word, at in _moments(turn))
    return f"{short(turn.credential.name)}: {told}."


def _svg(turns: Sequence[Turn], moments: Sequence[datetime]) -> str:
    places = places_of(moments)
    height = _HEAD_IN + _ROW_IN * len(turns) + _FOOT_IN

    def put(figure: Any) -> None:
        axes = figure.add_axes((0.01, 0, 0.98, 1))
        axes.set_xlim(0, 1)
        axes.set_ylim(-height, 0)
        axes.axis("off")
        for number, turn in enumerate(turns):
            y = -_HEAD_IN - _ROW_IN * (number + 0.5)
            axes.plot([0, 1], [y - _ROW_IN / 2] * 2, color=LINE.light, linewidth=0.6, zorder=0)
            _old(axes, y + _APART_IN, turn, places)
            _fresh(axes, y - _APART_IN, turn, places)
        put_axis(axes, -height + _FOOT_IN - 0.02, moments, places)

    return canvas.svg(height, put)


def _old(axes: Any, y: float, turn: Turn, places: dict[datetime, float]) -> None:
    _name(axes, y, f"old: {short(turn.credential.name)}")
    off, gone = turn.off, turn.ended
    works_until = places[off] if off else places[gone] if gone else RIGHT
    axes.plot([LEFT], [y], marker="<", markersize=7, color=LINK.light, clip_on=False, zorder=3)
    axes.plot([LEFT, works_until], [y, y], color=LINK.light, linewidth=4, solid_capstyle="butt", zorder=1)
    if off:
        axes.plot(
            [works_until, places[gone] if gone else RIGHT],
            [y, y],
            color=LINK.light,
            linewidth=1.6,
            linestyle=":",
            zorder=1,
        )
    if not gone:
        axes.plot([RIGHT], [y], marker=">", markersize=7, color=LINK.light, clip_on=False, zorder=3)
    _marks(axes, y, (("deactivated", "hollow", off), ("deleted", "cross", gone)), places)


def _fresh(axes: Any, y: float, turn: Turn, places: dict[datetime, float]) -> None:
    _name(axes, y, f"fresh: {turn.fresh}")
    begun = places[turn.made] if turn.made else LEFT
    axes.plot([begun, RIGHT], [y, y], color=ITSELF.light, linewidth=4, solid_capstyle="butt", zorder=1)
    axes.plot([RIGHT], [y], marker=">", markersize=7, color=ITSELF.light, clip_on=False, zorder=3)
    stages: tuple[tuple[str, MARK, datetime | None], ...] = (
        ("made", "filled", turn.made), ("in place", "filled", turn.placed), ("all seen", "square", turn.switched.opened),
        ("observed", "hollow", turn.quiet.opened),
    )  # fmt: skip
    _marks(axes, y, stages, places)


def _name(axes: Any, y: float, text: str) -> None:
    axes.text(0, y, cut(text, 28), va="center", fontsize=8, color=INK.light)


def _marks(
    axes: Any, y: float, stages: Sequence[tuple[str, MARK, datetime | None]], places: dict[datetime, float]
) -> None:
    """Each stage with its word, above and below in turn; those that stand as good as at one place share theirs."""
    groups: list[tuple[float, list[str]]] = []
    for word, mark, at in stages:
        if at is None:
            continue
        put_mark(axes, places[at], y, mark, 7)
        if groups and places[at] - groups[-1][0] < _NEAR:
            groups[-1][1].append(word)
        else:
            groups.append((places[at], [word]))
    for number, (x, words) in enumerate(groups):
        height = y + (0.16 if number % 2 == 0 else -0.16)
        axes.text(
            min(max(x, LEFT + 0.03), RIGHT - 0.03),
            height,
            " · ".join(words),
            ha="center",
            va="center",
            fontsize=8,
            color=INK.light,
        )


_NEAR = 0.03
