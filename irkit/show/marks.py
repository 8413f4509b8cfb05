"""The marks of pictures: each is told by its shape as well as by its colour. Knows no domain type."""

from __future__ import annotations

from typing import Any, Final, Literal

from irkit.show.palette import EXPOSED, GROUND, ITSELF, SESSIONS, SOFT, UNKNOWN, Role, edge_of

MARK = Literal["filled", "danger", "cross", "hollow", "diamond", "square", "dash"]
_STYLE: Final[dict[str, tuple[str, Role]]] = {
    "filled": ("o", ITSELF),
    "danger": ("o", EXPOSED),
    "cross": ("X", EXPOSED),
    "hollow": ("o", GROUND),
    "diamond": ("D", UNKNOWN),
    "square": ("s", SESSIONS),
    "dash": ("_", SOFT),
}
"""As it should be; not as it should be; over; not known; set apart; nothing."""


def put_mark(axes: Any, x: float, y: float, mark: MARK, size: float = 7.5) -> None:
    shape, fill = _STYLE[mark]
    axes.plot(
        [x],
        [y],
        marker=shape,
        markersize=size,
        markerfacecolor=fill.light,
        markeredgecolor=edge_of(fill).light,
        markeredgewidth=1.2,
        clip_on=False,
        zorder=3,
    )


def edge(mark: MARK) -> Role:
    return edge_of(_STYLE[mark][1])
