"""Views as GitHub-flavoured Markdown, for a ticket or a chat. Cells stay text: they format, link and notify nobody.

Escapes follow https://github.github.com/gfm/ (backslash escapes, extended autolinks). Mentions and references
are looked for in the rendered text, where a backslash is gone; an empty comment after the sign stops them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from irkit.show.blocks import (
    Block,
    Cell,
    Details,
    Facts,
    Figure,
    Notice,
    Passage,
    Prose,
    Span,
    Strip,
    Table,
    Timeline,
    View,
    Written,
    cell_text,
)
from irkit.show.layout import NO_ROWS, WORDS, numeric, strip_table, timeline_table
from irkit.show.plain import visible

_ACTIVE = re.compile(r"[\\`*_{}\[\]|~$^]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LINKS = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{0,30}):(?=//)|\b(www)\.|\b(mailto|xmpp):")
_NOTIFIES = re.compile(r"([@#])(?=\w)|\b(GH-)(?=\d)")
_LEADING = re.compile(r"\A(\d+)([.)])|\A([-+=#])")


def render(view: View, level: int = 3) -> str:
    """The view under a heading of `level` (1 to 6)."""
    level = min(max(level, 1), 6)
    parts = [f"{'#' * level} {escaped(view.title)}", *(_block(block) for block in view.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> str:
    match block:
        case Facts():
            rows = tuple((_bold(name), escaped(cell_text(value))) for name, value in block.rows)
            return _parts(_bold(block.caption), _rows(("", ""), rows, (False, False)))
        case Table():
            return _table(block)
        case Timeline():
            return _table(timeline_table(block))
        case Strip():
            return _table(strip_table(block))
        case Figure():
            alt = f"*Figure:* {escaped(block.alt)}"
            return _parts(alt, escaped(block.caption), _table(block.data) if block.data else "")
        case Notice():
            return f"> **{WORDS[block.level]}:** {escaped(block.text)}"
        case Details():
            return _parts(_bold(block.summary), *map(_block, block.blocks))
        case Prose():
            return _parts(*(escaped(paragraph) for paragraph in block.paragraphs))
        case Written():
            return _parts(*map(_passage, block.passages))


_AROUND = {"strong": "**", "em": "*", "plain": "", "code": ""}


def _passage(passage: Passage) -> str:
    match passage.form:
        case "paragraph":
            return "".join(map(_span, passage.spans)).strip()
        case "heading":
            return _bold(passage.text)
        case "code":
            fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", passage.text)), 3)
            return "\n".join((fence, *map(visible, passage.text.split("\n")), fence))
        case "list" | "numbered":
            signs = (f"{number}. " if passage.form == "numbered" else "- " for number, _ in enumerate(passage.parts, 1))
            return "\n".join(_hung(sign, _passage(item)) for sign, item in zip(signs, passage.parts, strict=True))
        case "quote":
            return "\n".join(f"> {line}" for line in _parts(*map(_passage, passage.parts)).split("\n"))
        case "item":
            return _parts(*map(_passage, passage.parts))


def _hung(sign: str, text: str) -> str:
    """Lines after the first stand under it."""
    return sign + text.replace("\n", "\n" + " " * len(sign))


def _span(span: Span) -> str:
    """Spaces stay outside of what is set apart, where they belong."""
    text = visible(span.text)
    core = text.strip()
    if not core:
        return " " if text else ""
    sign = _AROUND[span.style]
    inner = f"`{core}`" if span.style == "code" and "`" not in core else f"{sign}{escaped(core)}{sign}"
    return text[: len(text) - len(text.lstrip())] + inner + text[len(text.rstrip()) :]


def _table(table: Table) -> str:
    rows: Sequence[Sequence[Cell]] = table.rows or ((NO_ROWS,) + ("",) * (len(table.columns) - 1),)
    names = [escaped(name) for name in table.columns]
    cells = [[escaped(cell_text(value)) for value in row] for row in rows]
    return _parts(_bold(table.caption), _rows(names, cells, numeric(table)), escaped(table.more))


def _rows(names: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[bool]) -> str:
    under = ["---:" if number else "---" for number in numbers]
    return "\n".join(f"| {' | '.join(row)} |" for row in (names, under, *rows))


def _parts(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _bold(text: str) -> str:
    inner = escaped(text)
    return f"**{inner}**" if inner else ""


def escaped(text: str) -> str:
    """One line of inert text: reads the same when rendered, and does nothing."""
    flat = visible(text).strip().translate(_ENTITIES)
    flat = _ACTIVE.sub(r"\\\g<0>", flat)
    flat = _LINKS.sub(lambda found: _defused(found[0]), flat)
    flat = _NOTIFIES.sub(r"\g<0><!-- -->", flat)
    return _LEADING.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", flat)


def _defused(link: str) -> str:
    return f"{link[:-1]}\\{link[-1]}"
