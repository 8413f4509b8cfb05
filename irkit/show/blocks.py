"""What a result is made of when somebody looks at it. Knows no domain type.

A `View` is a title and blocks; it renders itself as HTML in a notebook, as text in a terminal and a papermill
log, and as Markdown in a ticket. Every renderer escapes: cells may hold a commit message by a stranger. What this process hides is
hidden before any of them lays it out (`irkit.show.hiding`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from irkit.show.strip import Stage as Stage
from irkit.show.strip import Strip as Strip


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
    """Rows under named columns. `more` says how many rows were left out and where they are.

    `rest` are those rows, for a table that a reader can sort and filter (`irkit.show.live`); nothing else shows them.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    more: str = ""
    rest: tuple[tuple[Cell, ...], ...] = field(default=(), repr=False, metadata={"shown": False})

    @classmethod
    def of(
        cls,
        columns: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        caption: str = "",
        most: int = 0,
        where: str = "the case's evidence",
    ) -> Table:
        """`most` rows, 0 for all; `where` says in which place the others are."""
        every = tuple(tuple(row) for row in rows)
        kept, left = (every[:most], every[most:]) if most else (every, ())
        more = f"{len(left)} more rows are in {where}" if left else ""
        return cls(tuple(columns), kept, caption, more, left)


@dataclass(frozen=True)
class Figure:
    """A picture as SVG, with its text equivalent: `alt` says what it shows, `data` holds the same facts as a table."""

    svg: str
    alt: str
    caption: str = ""
    data: Table | None = None


@dataclass(frozen=True)
class Entry:
    """One line of a timeline; `trust` is how far its time can be believed, in words; `tag` stands under the timeline's `tags`."""

    at: datetime | None
    what: str
    source: str = ""
    trust: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Timeline:
    """Events in order of time. `tags` names the column of their tags, "" for none."""

    entries: tuple[Entry, ...]
    caption: str = ""
    tags: str = ""


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


@dataclass(frozen=True)
class Span:
    """A run of words in a passage, and how it is set."""

    text: str
    style: Literal["plain", "strong", "em", "code"] = "plain"


@dataclass(frozen=True)
class Passage:
    """A paragraph, a heading or a line of code has `spans`; a quote, an item and a list have `parts`, those of a list being its items."""

    form: Literal["paragraph", "heading", "code", "quote", "list", "numbered", "item"]
    spans: tuple[Span, ...] = ()
    parts: tuple[Passage, ...] = ()

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Written:
    """What a person wrote: paragraphs, lists, emphasis, code. Links and pictures are text."""

    passages: tuple[Passage, ...]


Block = Facts | Table | Figure | Timeline | Notice | Prose | Details | Strip | Written


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

    def _ipython_display_(self) -> None:
        """In JupyterLab a large table can be sorted and filtered. NotImplementedError, which IPython expects, anywhere else."""
        from irkit.show import live

        if not live.wanted(self):
            raise NotImplementedError
        live.display(self)

    def _repr_html_(self) -> str:
        return self.html(2)  # the title of a notebook is the first level

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
        return self.html(2)  # the title of a notebook is the first level

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
