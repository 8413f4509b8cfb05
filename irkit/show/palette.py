"""Every colour irkit shows, by its role, in light and in dark. Pure.

Of text each is at least 4.5:1 on its grounds, of graphics 3:1 (WCAG 2.2, 1.4.3 and 1.4.11), a light fill by the edge around it. Data
colours descend from Okabe and Ito's (https://jfly.uni-koeln.de/color/), shifted until any two of them stay apart for people who see no
red, no green or no blue; `tests/show/test_palette.py` measures both. A mark, a pattern or a word tells each thing as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True)
class Role:
    """One role: `#rrggbb` on a light ground, and on a dark one."""

    light: str
    dark: str


GROUND: Final = Role("#ffffff", "#14171b")
BAND: Final = Role("#f6f7f9", "#1d2126")
"""The ground of a notice, and of every other row of a picture."""

INK: Final = Role("#1b1f24", "#e6e8eb")
SOFT: Final = Role("#57606a", "#a7afb8")
"""What explains: captions, axes, what is over."""

LINE: Final = Role("#d5dae0", "#3b424b")
"""Separates and says nothing: the one colour that need not be told from its ground."""

LINK: Final = Role("#7a838d", "#808a95")
"""A line that says something: what hangs on what, where a bound is."""

OK: Final = Role("#00664c", "#4fd0a7")
INFO: Final = Role("#005a96", "#79bdf0")
WARN: Final = Role("#7d5200", "#f0c04a")
BAD: Final = Role("#a33b00", "#ff9a66")

EXPOSED: Final = Role("#b44700", "#d55f00")
"""Surely exposed, alive where it should not be, accepted where it must not be."""

POSSIBLE: Final = Role("#fbe9df", "#33221a")
"""Under the hatching of what is possible; its edge is EXPOSED."""

ITSELF: Final = Role("#0065a4", "#87c3f6")
"""The credential itself, and what is as it should be."""

SESSIONS: Final = Role("#f9c55c", "#fac862")
SESSIONS_EDGE: Final = Role("#8a5f00", "#fbd88a")
MADE: Final = Role("#cc79a7", "#a8487f")
MADE_EDGE: Final = Role("#8a3d6b", "#e3a6c8")
UNKNOWN: Final = Role("#f7f3a0", "#fbf7b0")
UNKNOWN_EDGE: Final = Role("#6f6400", "#fdfbd2")

ROLES: Final[dict[str, Role]] = {
    "ground": GROUND, "band": BAND, "ink": INK, "soft": SOFT, "line": LINE, "link": LINK, "ok": OK, "info": INFO, "warn": WARN, "bad": BAD,
    "exposed": EXPOSED, "possible": POSSIBLE, "itself": ITSELF, "sessions": SESSIONS, "sessions-edge": SESSIONS_EDGE, "made": MADE,
    "made-edge": MADE_EDGE, "unknown": UNKNOWN, "unknown-edge": UNKNOWN_EDGE,
}  # fmt: skip

_EDGES: Final = {SESSIONS: SESSIONS_EDGE, MADE: MADE_EDGE, UNKNOWN: UNKNOWN_EDGE, POSSIBLE: EXPOSED, GROUND: SOFT}

PAGE: Final = ("ink", "soft", "line", "ground", "band", "ok", "info", "warn", "bad")
"""Roles that a page uses; all of them together are for pictures."""


def variables(theme: Literal["light", "dark"], names: tuple[str, ...] = tuple(ROLES)) -> str:
    """CSS declarations, `--ik-NAME: #rrggbb;` for each role."""
    return " ".join(f"--ik-{name}: {getattr(ROLES[name], theme)};" for name in names)


def edge_of(fill: Role) -> Role:
    """The colour of the line around a fill: its own, but where that is too light to be seen by itself."""
    return _EDGES.get(fill, fill)
