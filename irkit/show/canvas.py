"""A drawing by matplotlib as SVG that follows light and dark. No pyplot and no state: the same drawing gives the same bytes.

What draws takes its colours from `irkit.show.palette` as they are on a light ground. In the SVG each becomes a variable that a media
query sets, so that one picture serves both: a browser answers that query inside an `img` by the `color-scheme` of the element
(https://drafts.csswg.org/css-color-adjust-1/#color-scheme-effect), which `irkit.show.style` sets by JupyterLab's theme or the reader's
wish. On paper it is light. Text stays text, so that it can be read, searched and scaled.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any, Final

from irkit.show.palette import GROUND, INK, ROLES, SOFT, variables

WIDTH_IN: Final = 9.375
"""900 px at 96 dpi: what a notebook, a page and a sheet of paper have room for."""

_SETTINGS: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "irkit",
    "font.size": 9,
    "font.family": "sans-serif",
    "hatch.linewidth": 0.8,
    "text.parse_math": False,  # an address or a source is a stranger's text
    "text.color": INK.light,
    "axes.edgecolor": SOFT.light,
    "axes.facecolor": GROUND.light,
    "axes.labelcolor": SOFT.light,
    "figure.facecolor": GROUND.light,
    "xtick.color": SOFT.light,
    "ytick.color": SOFT.light,
    "ytick.labelcolor": INK.light,
    "xtick.labelcolor": INK.light,
    "legend.labelcolor": INK.light,
}
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_ROOT = re.compile(r"<svg\b[^<>]*>")
_NAMES: Final = {role.light: name for name, role in ROLES.items()}
_COLOUR = re.compile("|".join(_NAMES))


def svg(height_in: float, put: Callable[[Any], None], layout: str | None = None) -> str:
    """What `put` draws on a figure of matplotlib, 900 px wide and `height_in` inches high."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=(WIDTH_IN, height_in), layout=layout)  # type: ignore[arg-type]  # a name of an engine
        put(figure)
        out = _Themed()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


class _Themed(io.StringIO):
    """Gives back what was written with its colours as variables; the guard, which looks when it is written, so knows it too."""

    def getvalue(self) -> str:
        return themed(super().getvalue())


def themed(drawn: str) -> str:
    """The drawing with each colour of the palette as a variable. Words are not touched, also such as name a colour."""
    used: set[str] = set()

    def variable(found: re.Match[str]) -> str:
        used.add(_NAMES[found[0]])
        return f"var(--ik-{_NAMES[found[0]]})"

    coloured = _TAG.sub(lambda tag: _COLOUR.sub(variable, tag[0]), drawn)
    names = tuple(name for name in ROLES if name in used)
    style = (
        f"<style>svg {{ {variables('light', names)} }} "
        f"@media screen and (prefers-color-scheme: dark) {{ svg {{ {variables('dark', names)} }} }}</style>"
    )
    return _ROOT.sub(lambda root: root[0] + style, coloured, count=1)
