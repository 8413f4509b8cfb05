"""Views as plain text of at most 100 columns, for a terminal, a pipe and the log of an unattended run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from typing import Final

from irkit.show.blocks import (
    Block,
    Cell,
    Details,
    Facts,
    Figure,
    Notice,
    Passage,
    Prose,
    Strip,
    Table,
    Timeline,
    View,
    Written,
    cell_text,
)
from irkit.show.layout import NO_ROWS, WORDS, numeric, strip_table, timeline_table
from irkit.show.plain import visible

WIDTH: Final = 100


def render(view: View) -> str:
    """The view, without any escape sequence whatever its cells hold."""
    title = _wrapped(visible(view.title))
    rule = "=" * max(map(len, title.splitlines()), default=0)
    parts = [f"{title}\n{rule}", *(_block(block) for block in view.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> str:
    match block:
        case Facts():
            return _lines(visible(block.caption), _pairs(block.rows))
        case Table():
            return _table(block)
        case Timeline():
            return _table(timeline_table(block))
        case Strip():
            return _table(strip_table(block))
        case Figure():
            alt = f"[figure] {visible(block.alt)}"
            return _lines(alt, visible(block.caption), _table(block.data) if block.data else "")
        case Notice():
            return _wrapped(f"{WORDS[block.level]}: {visible(block.text)}")
        case Details():
            return "\n\n".join((_wrapped(visible(block.summary)), *map(_block, block.blocks)))
        case Prose():
            return "\n\n".join(_wrapped(visible(paragraph)) for paragraph in block.paragraphs)
        case Written():
            return "\n\n".join(map(_passage, block.passages))


def _passage(passage: Passage) -> str:
    match passage.form:
        case "paragraph" | "heading":
            return _wrapped(visible(passage.text))
        case "code":
            return "\n".join(f"    {visible(line)}" for line in passage.text.split("\n"))
        case "list" | "numbered":
            signs = (f"{number}. " if passage.form == "numbered" else "- " for number, _ in enumerate(passage.parts, 1))
            return "\n".join(_hung(sign, _passage(item)) for sign, item in zip(signs, passage.parts, strict=True))
        case "quote":
            return _hung("| ", "\n\n".join(map(_passage, passage.parts)), "| ")
        case "item":
            return "\n".join(map(_passage, passage.parts))


def _hung(sign: str, text: str, under: str = "") -> str:
    return sign + text.replace("\n", "\n" + (under or " " * len(sign)))


def _table(table: Table) -> str:
    if not table.rows:
        nothing = (NO_ROWS,) + ("",) * (len(table.columns) - 1)
        shown = _grid((nothing,), table.columns, numeric(table))
    elif sum(_narrowest(table)) + 3 * (len(table.columns) - 1) <= WIDTH:
        shown = _grid(table.rows, table.columns, numeric(table), _narrowest(table))
    else:
        rows = (zip(table.columns, row, strict=True) for row in table.rows)
        shown = "\n\n".join(_pairs([(name, value) for name, value in row if value != ""]) for row in rows)
    return _lines(visible(table.caption), shown, visible(table.more))


def _narrowest(table: Table) -> list[int]:
    """The least width of each column in which no word, digest or time is broken; a table that needs more is written row by row."""
    cells = ([name, *(row[index] for row in table.rows)] for index, name in enumerate(table.columns))
    return [max(_unbroken(value) for value in column) for column in cells]


def _unbroken(value: Cell) -> int:
    text = visible(cell_text(value))
    return len(text) if isinstance(value, datetime) else max(map(len, text.split()), default=0)


def _lines(*parts: str) -> str:
    return "\n".join(part if "\n" in part else _wrapped(part) for part in parts if part)


def _pairs(rows: Sequence[tuple[str, Cell]]) -> str:
    return _grid(rows, None, (False, False))


def _grid(
    rows: Sequence[Sequence[Cell]],
    columns: Sequence[str] | None,
    numbers: Sequence[bool],
    narrowest: Sequence[int] = (),
) -> str:
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(box=box.SIMPLE_HEAD, show_header=columns is not None, show_edge=False, padding=(0, 1), pad_edge=False)
    widths = _widths(rows, narrowest) if narrowest else [None] * len(numbers)
    for index, number in enumerate(numbers):
        name = visible(columns[index]) if columns else ""
        grid.add_column(
            Text(name), justify="right" if number else "left", overflow="fold", width=widths[index], no_wrap=False
        )
    for row in rows:
        grid.add_row(*(Text(visible(cell_text(value))) for value in row))
    return _printed(grid)


def _wrapped(text: str) -> str:
    from rich.text import Text

    return _printed(Text(text, overflow="fold")) if len(text) > WIDTH // 2 else text


def _widths(rows: Sequence[Sequence[Cell]], narrowest: Sequence[int]) -> list[int]:
    """Of each column, so that none is cut off: what it must have, and of what is left the more the more it asks for."""
    wanted = [max(len(visible(cell_text(row[index]))) for row in rows) for index in range(len(narrowest))]
    left = WIDTH - sum(narrowest) - 3 * (len(narrowest) - 1)
    more = [max(0, want - least) for want, least in zip(wanted, narrowest, strict=True)]
    share = min(1.0, left / sum(more)) if sum(more) else 0.0
    return [least + int(extra * share) for least, extra in zip(narrowest, more, strict=True)]


def _printed(what: object) -> str:
    from rich.console import Console

    # Every switch that could add an escape or read the surroundings is off: the same text everywhere.
    console = Console(
        file=StringIO(), width=WIDTH, color_system=None, force_terminal=False, force_jupyter=False,
        markup=False, emoji=False, highlight=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    with console.capture() as captured:
        console.print(what)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
