"""The axis of time that pictures of a report share. Minutes stand beside weeks, so it is compressed. Pure.

Each stretch between two moments that follow one another is as long as the logarithm of how long it took, and says how long that was.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from irkit.show.palette import LINK, SOFT
from irkit.show.times import duration, stamp

LEFT: Final = 0.2
RIGHT: Final = 0.8
"""Where the axis begins and ends, of the width of the picture: names stand left of it, figures right."""


def places_of(moments: Sequence[datetime]) -> dict[datetime, float]:
    """Where each moment stands on the axis: the stretches are logarithms of their seconds."""
    steps = [math.log1p((after - before).total_seconds()) for before, after in itertools.pairwise(moments)]
    whole, x, places = sum(steps) or 1.0, 0.0, {moments[0]: LEFT + 0.03}
    for at, step in zip(moments[1:], steps, strict=True):
        x += step
        places[at] = LEFT + 0.03 + (RIGHT - LEFT - 0.05) * x / whole
    return places


def put_axis(axes: Any, y: float, moments: Sequence[datetime], places: dict[datetime, float]) -> None:
    """The first and the last moment by their dates, and how long each stretch is that has room to say so."""
    axes.plot([LEFT, RIGHT], [y, y], color=SOFT.light, linewidth=0.9)
    for at in moments:
        axes.plot([places[at]] * 2, [y, y + 0.05], color=LINK.light, linewidth=0.9)
    for before, after in itertools.pairwise(moments):
        told, room = duration(_whole(after - before)), places[after] - places[before]
        if room > 0.0075 * len(told) + 0.008:
            axes.text(
                (places[before] + places[after]) / 2,
                y - 0.1,
                told,
                ha="center",
                va="center",
                fontsize=7.5,
                color=SOFT.light,
            )
    axes.text(places[moments[0]], y - 0.25, stamp(moments[0]), ha="left", va="center", fontsize=8, color=SOFT.light)
    if len(moments) > 1:
        axes.text(
            places[moments[-1]], y - 0.25, stamp(moments[-1]), ha="right", va="center", fontsize=8, color=SOFT.light
        )


def _whole(span: timedelta) -> timedelta:
    """Without the smaller units, which a stretch on an axis has no room for."""
    for unit in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)):
        if span >= 2 * unit:
            return (span // unit) * unit
    return span
