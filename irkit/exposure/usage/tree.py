"""The tree of descent as a picture and as a table that says the same. Pure, but for drawing.

Life is told by shape and word as well as by colour: a filled circle lives, a hollow one is dead, a diamond is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from irkit.exposure.usage.descent import Begotten
from irkit.show import Cell, Figure, Table
from irkit.show.branches import Branch, svg
from irkit.show.times import stamp

MOST_DRAWN = 40
_MARKS: dict[bool | None, Literal["danger", "diamond", "hollow"]] = {True: "danger", None: "diamond", False: "hollow"}
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
    caption = (
        "Filled circle: alive. Diamond: not known to be dead. Hollow and grey: dead. Uses are its own. Times in UTC."
    )
    if len(tree) > MOST_DRAWN:
        caption += f" The first {MOST_DRAWN} of {len(tree)} are drawn; the table holds all."
    return Figure(svg(name, [_branch(one) for one in tree[:MOST_DRAWN]]), sentence(name, tree), caption, table(tree))


def _branch(one: Begotten) -> Branch:
    made = f", for {one.owner.rpartition('/')[2]}" if one.owner else ""
    uses = "uses unknown" if one.uses is None else "never used" if not one.uses else f"{one.uses} uses"
    note = f"{_WORDS[one.alive]}: {_life(one)}; {uses}"
    return Branch(
        one.depth, f"{one.kind}  {_short(one.id, 44)}{made}", note, _MARKS[one.alive], faint=one.alive is False
    )


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
