"""The tree of descent as a picture and as a table that says the same. Pure, but for drawing.

Life is told by shape and word as well as by colour: a filled circle lives, a hollow one is dead, a diamond is unknown.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from irkit.exposure.usage.descent import Begotten
from irkit.show import Cell, Figure, Table
from irkit.show.branches import GREY, SETTINGS
from irkit.show.times import stamp

MOST_DRAWN = 40
_ROW_IN, _WIDTH_IN, _INDENT = 0.27, 9.375, 0.028
_STYLE: dict[bool | None, tuple[str, str, str]] = {
    True: ("o", "#D55E00", "#D55E00"),
    None: ("D", "#F0E442", "#7a6f00"),
    False: ("o", "white", "#595959"),
}
_WORDS = {True: "ALIVE", False: "dead", None: "unknown"}
COLUMNS = ("What", "Id", "For", "Made (UTC)", "By", "Used", "Last use (UTC)", "Alive", "Why", "Expires (UTC)")


def table(
    tree: Sequence[Begotten], caption: str = "What it begot, and what that begot in turn", most: int = 0
) -> Table:
    """One row a node, parents in front of their children; the dash before a name is as long as the node is deep."""
    return Table.of(COLUMNS, [_row(one) for one in tree], caption, most)


def brief(tree: Sequence[Begotten], caption: str = "", most: int = 0) -> Table:
    """Few and narrow columns, for a terminal."""
    rows = [
        (f"└{'─' * (2 * one.depth - 1)} {one.kind} {_short(one.id, 44)}", one.uses, one.alive, one.why) for one in tree
    ]
    return Table.of(("What it begot", "Uses", "Alive", "Why"), rows, caption, most)


def _row(one: Begotten) -> tuple[Cell, ...]:
    name = f"└{'─' * (2 * one.depth - 1)} {one.kind}"
    return (
        name, one.id, one.owner or "—", one.at, f"{one.how or 'seen in use'} with {one.parent}", one.uses,
        one.last if one.last or one.used is None else "never", one.alive, one.why,
        one.expires if one.expires or one.alive is None else "—",
    )  # fmt: skip


def sentence(name: str, tree: Sequence[Begotten]) -> str:
    """The tree in words: how many of what, how many used, how many alive, dead and unknown."""
    if not tree:
        return f"{name} begot nothing that the logs tell of."
    kinds = {kind: sum(one.kind == kind for one in tree) for kind in dict.fromkeys(one.kind for one in tree)}
    counted = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    lives = ", ".join(f"{sum(one.alive is state for one in tree)} {word}" for state, word in _WORDS.items())
    return f"{name} begot {counted}; {sum(one.used is True for one in tree)} of them were used; {lives.lower()}."


def figure(name: str, tree: Sequence[Begotten]) -> Figure:
    """The tree from the credential down, 900 px wide; of a large one the first 40 nodes, the table holds them all."""
    caption = "Filled circle: alive. Diamond: not known to be dead. Hollow: dead. Number: its own uses. Times in UTC."
    if len(tree) > MOST_DRAWN:
        caption += f" The first {MOST_DRAWN} of {len(tree)} are drawn; the table holds all."
    return Figure(_svg(name, tree[:MOST_DRAWN]), sentence(name, tree), caption, table(tree))


def _svg(name: str, tree: Sequence[Begotten]) -> str:
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    with matplotlib.rc_context(SETTINGS):
        canvas = Canvas(figsize=(_WIDTH_IN, 0.45 + _ROW_IN * (len(tree) + 1)))
        axes = canvas.add_axes((0.01, 0.01, 0.98, 0.98))
        axes.set_xlim(0, 1)
        axes.set_ylim(-len(tree) - 0.8, 0.8)
        axes.axis("off")
        axes.plot([0.012], [0], marker="s", markersize=8, color="black")
        axes.text(0.03, 0, name, va="center", fontweight="bold")
        for x, word in ((0.60, "uses"), (0.63, "what is known of its life")):
            axes.text(x, 0, word, va="center", ha="right" if word == "uses" else "left", color=GREY, fontsize=8)
        trunk: dict[int, float] = {0: 0.0}
        for row, one in enumerate(tree, 1):
            _node(axes, row, one, trunk)
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _node(axes: Any, row: int, one: Begotten, trunk: dict[int, float]) -> None:
    shape, face, edge = _STYLE[one.alive]
    x, up = 0.012 + _INDENT * one.depth, 0.012 + _INDENT * (one.depth - 1)
    axes.plot(
        [up, up, x], [trunk.get(one.depth - 1, -row + 1) - 0.25, -row, -row], color="#b0b0b0", linewidth=1, zorder=1
    )
    trunk[one.depth] = float(-row)
    axes.plot(
        [x],
        [-row],
        marker=shape,
        markersize=7.5,
        markerfacecolor=face,
        markeredgecolor=edge,
        markeredgewidth=1.4,
        zorder=3,
    )
    made = f", for {one.owner.rpartition('/')[2]}" if one.owner else ""
    label = f"{one.kind}  {_short(one.id, 44)}"
    axes.text(x + 0.016, -row, _short(label + made, 64 - 3 * one.depth), va="center", zorder=2, fontsize=8.5)
    uses = "?" if one.uses is None else str(one.uses)
    axes.text(0.60, -row, uses, va="center", ha="right", color="black" if one.used else GREY,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})  # fmt: skip
    axes.text(0.63, -row, f"{_WORDS[one.alive]}: {_short(_life(one), 46)}", va="center", fontsize=8.5,
              color="black" if one.alive is not False else GREY)  # fmt: skip


def _life(one: Begotten) -> str:
    """The reason in few words; the table has it in full."""
    if one.alive and one.expires:
        return f"valid until {stamp(one.expires)}"
    if one.alive is False and one.why.startswith("expired") and one.expires:
        return f"expired {stamp(one.expires)}"
    how, by, rest = one.why.partition(" by ")
    if one.alive is False and by:
        return f"{how} {rest.rpartition(' at ')[2]}"
    return "no removal was read" if "removes it" in one.why or "no removal" in one.why else one.why


def _short(text: str, most: int) -> str:
    plain = text.rpartition("/")[2] if text.startswith("arn:") else text
    return plain if len(plain) <= most else plain[: most - 1] + "…"
