"""A large table in JupyterLab: sorted by any column, filtered by words, scrolled at tens of thousands of rows, by keyboard alone.

A widget of anywidget whose script (`table.js`) puts every text into the page as text and holds all rows, so that nothing is asked of
the kernel afterwards and nothing is typed that a kernel or a notebook would keep. What a saved notebook holds is the table as HTML:
the guard leaves the widget out (`irkit.guard.notebook`). Why no library does this: docs/adr/0010-live-tables.md
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from importlib.util import find_spec
from typing import Any, Final

from irkit.show.blocks import Cell, Link, Table, View, cell_text
from irkit.show.hiding import hidden
from irkit.show.html import body, heading, leads_to
from irkit.show.plain import visible
from irkit.show.style import BLOCKS

VARIABLE: Final = "IRKIT_LAB"
"""Set to 1 in the kernels of `irkit lab`, whose pages can show widgets; nowhere else."""

MOST_STILL: Final = 25
"""Rows that are read at a glance; with more of them one wants to sort."""


_MOST_WORDS = 2


def wanted(view: View) -> bool:
    """Whether somebody looks at it in JupyterLab, and it holds a table that is worth it."""
    return os.environ.get(VARIABLE) == "1" and any(map(_large, view.blocks)) and find_spec("anywidget") is not None


def display(view: View) -> None:
    """Show it in this cell: what stands between large tables as HTML, and each of them as a widget with its HTML beside."""
    from IPython.display import display as show

    for bundle in bundles(hidden(view)):
        show(bundle, raw=True)  # type: ignore[no-untyped-call]


def bundles(view: View) -> Iterator[dict[str, Any]]:
    """The view in order as MIME bundles. Everything in it is hidden and escaped already."""
    told = heading(view.title, 2)
    for part in _parted(view):
        if isinstance(part, Table):
            if told:  # a widget has none of its own
                yield {"text/html": _section(told), "text/plain": visible(view.title)}
            still = _section(body(View("", (part,))))
            yield {**_widget(part), "text/html": still, "text/plain": f"{visible(part.caption)}: {_size(part)} rows"}
        else:
            yield {"text/html": _section(told + body(part)), "text/plain": part.text()}
        told = ""


def document(table: Table) -> dict[str, Any]:
    """What the script gets: `caption` and `columns`, each with `name`, `kind` ("text", "number", "time"), `shown` (null for
    unknown), `keys` (what numbers and times are sorted by: times in seconds since 1970; null for text) and `to` (addresses of links).

    A column of numbers or times may hold some words ("binary", "not in git"): they have no key and come last, before the unknown.
    """
    rows = (*table.rows, *table.rest)
    columns = zip(*rows, strict=True) if rows else ((),) * len(table.columns)
    made = [_column(*one) for one in zip(table.columns, columns, strict=True)]
    return {"caption": visible(table.caption), "columns": made}


def _column(name: str, cells: Sequence[Cell]) -> dict[str, Any]:
    kind = _kind(cells)
    to = [leads_to(one) if isinstance(one, Link) else "" for one in cells]
    return {
        "name": visible(name),
        "kind": kind,
        "shown": [None if one is None else visible(cell_text(one)) for one in cells],
        "keys": None if kind == "text" else [_key(one, kind) for one in cells],
        "to": to if any(to) else None,
    }


def _kind(cells: Sequence[Cell]) -> str:
    """Numbers or times, with at most a few different words among them; else text."""
    for kind in ("number", "time"):
        words = {cell_text(one) for one in cells if one is not None and _key(one, kind) is None}
        if len(words) <= _MOST_WORDS and any(_key(one, kind) is not None for one in cells):
            return kind
    return "text"


def _key(cell: Cell, kind: str) -> float | None:
    if isinstance(cell, datetime):
        return cell.timestamp() if kind == "time" else None
    return cell if kind == "number" and isinstance(cell, int | float) and not isinstance(cell, bool) else None


def _large(block: object) -> bool:
    return isinstance(block, Table) and _size(block) > MOST_STILL


def _size(table: Table) -> int:
    return len(table.rows) + len(table.rest)


def _parted(view: View) -> Iterator[Table | View]:
    """Large tables by themselves, and what stands before, between and after them."""
    between: list[Any] = []
    for block in view.blocks:
        if isinstance(block, Table) and _large(block):
            if between:
                yield View("", tuple(between))
            between = []
            yield block
        else:
            between.append(block)
    if between:
        yield View("", tuple(between))


def _section(inner: str) -> str:
    return f'<section class="ik-view"><style>{BLOCKS}</style>{inner}</section>'


def _widget(table: Table) -> dict[str, Any]:
    made = _class()(table=document(table))._repr_mimebundle_()
    return dict(made[0] if isinstance(made, tuple) else made)


@cache
def _class() -> Any:
    import anywidget
    import traitlets

    class LiveTable(anywidget.AnyWidget):
        """One table; nothing comes back from the page."""

        _esm = resources.files(__name__).joinpath("table.js").read_text("utf-8")
        _css = BLOCKS + resources.files(__name__).joinpath("table.css").read_text("utf-8")
        table = traitlets.Dict().tag(sync=True)

    return LiveTable
