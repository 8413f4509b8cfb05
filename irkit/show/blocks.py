"""What a result is made of when somebody looks at it. Knows no domain type.

A `View` is a title and blocks; it renders itself as HTML in a notebook, as text in a terminal and a papermill
log, and as Markdown in a ticket. Every renderer escapes: cells may hold a commit message by a stranger. What this process hides is
hidden before any of them lays it out (`irkit.show.hiding`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Link:
    """Text that leads to `to` where it can be clicked: a page (https://...), or `#NAME`, a `Details` of the same view."""

    text: str
    to: str


Cell = str | int | float | bool | datetime | Link | None
"""None is shown as "unknown": never as zero, never as an empty cell."""

Level = Literal["ok", "info", "warn", "bad"]


@dataclass(frozen=True)
class Facts:
    """Label and value pairs."""

    rows: tuple[tuple[str, Cell], ...]
    caption: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under named columns. `more` says how many rows were left out and where they are."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    more: str = ""

    @classmethod
    def of(cls, columns: Sequence[str], rows: Sequence[Sequence[Cell]], caption: str = "", most: int = 0) -> Table:
        kept = rows[:most] if most else rows
        left = len(rows) - len(kept)
        more = f"{left} more rows are in the case's evidence" if left else ""
        return cls(tuple(columns), tuple(tuple(row) for row in kept), caption, more)


@dataclass(frozen=True)
class Figure:
    """A picture as SVG, with its text equivalent: `alt` says what it shows, `data` holds the same facts as a table."""

    svg: str
    alt: str
    caption: str = ""
    data: Table | None = None


@dataclass(frozen=True)
class Entry:
    """One line of a timeline; `trust` is how far its time can be believed, in words."""

    at: datetime | None
    what: str
    source: str = ""
    trust: str = ""


@dataclass(frozen=True)
class Timeline:
    """Events in order of time."""

    entries: tuple[Entry, ...]
    caption: str = ""


@dataclass(frozen=True)
class Notice:
    """A sentence that must not be overlooked."""

    level: Level
    text: str


@dataclass(frozen=True)
class Prose:
    """Paragraphs of plain text."""

    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Details:
    """Blocks that open under one line. `name` is what a `Link` leads to: letters, digits and hyphens, once in a view."""

    summary: str
    blocks: tuple[Block, ...]
    name: str


Block = Facts | Table | Figure | Timeline | Notice | Prose | Details


@dataclass(frozen=True)
class View:
    """A result worth looking at."""

    title: str
    blocks: tuple[Block, ...] = ()

    def html(self, level: int = 3) -> str:
        from irkit.show.hiding import hidden
        from irkit.show.html import render

        return render(hidden(self), level)

    def text(self) -> str:
        from irkit.show.hiding import hidden
        from irkit.show.text import render

        return render(hidden(self))

    def markdown(self, level: int = 3) -> str:
        from irkit.show.hiding import hidden
        from irkit.show.markdown import render

        return render(hidden(self), level)

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Pages:
    """Several views under one title, one after the other, with the same three renderings."""

    title: str
    views: tuple[View, ...]

    def html(self, level: int = 3) -> str:
        return "".join(view.html(level) for view in self.views)

    def text(self) -> str:
        return "\n\n".join((self.title.upper(), *(view.text() for view in self.views)))

    def markdown(self, level: int = 3) -> str:
        return "\n".join(view.markdown(level) for view in self.views)

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return self.text()


def cell_text(value: Cell) -> str:
    """A cell as text, before any escaping. Times are UTC with `Z`."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        from irkit.show.times import stamp

        return stamp(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Link):
        return value.text
    return str(value)
