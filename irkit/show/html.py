"""Views as HTML: semantic, escaped, without scripts, event handlers or style attributes.

A picture is an `img` with a data address: nothing in it can run, its identifiers and styles cannot meet those of the
page, and a strict policy (`img-src data:`) is enough for it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from html import escape

from irkit.show import strip, svg
from irkit.show.blocks import (
    Block,
    Cell,
    Details,
    Facts,
    Figure,
    Link,
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
from irkit.show.layout import NO_ROWS, WORDS, numeric, timeline_table
from irkit.show.plain import visible
from irkit.show.style import BLOCKS

MOST = 500
"""Rows of a table that a page holds; what has more is for sorting and filtering (`irkit.show.live`), not for reading."""

_SHORT = 24  # characters of a digest that is not broken over lines
_PREFIX = "ik-at-"  # names in a view meet no name of the page
# Characters of https://www.rfc-editor.org/rfc/rfc3986#appendix-A, and a host of its own: `https://github.com@evil.example/` is text.
_PAGE = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?", re.ASCII)
_DIGESTS = re.compile(r"(?:(?:sha256|fp):)?[0-9A-Fa-f]{12,512}…?")


def render(view: View, level: int = 3) -> str:
    """A fragment for a notebook: one section under a heading of `level`, with the style it needs."""
    return f'<section class="ik-view"><style>{BLOCKS}</style>{heading(view.title, level)}{body(view)}</section>'


def heading(title: str, level: int) -> str:
    level = min(max(level, 1), 6)
    return f"<h{level}>{_text(title)}</h{level}>"


def body(view: View) -> str:
    """The blocks of a view without heading and style; for a page that brings its own."""
    return "".join(_block(block) for block in view.blocks)


def _block(block: Block) -> str:
    match block:
        case Facts():
            return _facts(block)
        case Table():
            return _table(block)
        case Timeline():
            return _table(timeline_table(block), "ik-timeline")
        case Figure():
            return _figure(block)
        case Notice():
            word = f"<strong>{WORDS[block.level]}:</strong>"
            return f'<div class="ik-notice ik-{block.level}" role="note"><p>{word} {_text(block.text)}</p></div>'
        case Details():
            # The name is within: a browser opens what surrounds the place a link leads to.
            name = f'<span id="{_PREFIX}{_text(block.name)}"></span>'
            inner = "".join(map(_block, block.blocks))
            return f'<details class="ik-details"><summary>{_text(block.summary)}</summary>{name}{inner}</details>'
        case Strip():
            return strip.html(block, _text)
        case Prose():
            return "".join(f"<p>{_text(paragraph)}</p>" for paragraph in block.paragraphs)
        case Written():
            return "".join(map(_passage, block.passages))


_AROUND = {"quote": "blockquote", "list": "ul", "numbered": "ol", "item": "li"}
_SET = {"strong": "strong", "em": "em", "code": "code"}


def _passage(passage: Passage) -> str:
    match passage.form:
        case "paragraph":
            return f"<p>{''.join(map(_span, passage.spans))}</p>"
        case "heading":  # the sections' own headings are the outline of the page
            return f"<p><strong>{_text(passage.text)}</strong></p>"
        case "code":
            lines = "\n".join(map(_text, passage.text.split("\n")))
            return _scroll(f"<pre><code>{lines}</code></pre>", "code")
        case _:
            tag = _AROUND[passage.form]
            return f"<{tag}>{''.join(map(_passage, passage.parts))}</{tag}>"


def _span(span: Span) -> str:
    tag = _SET.get(span.style)
    return f"<{tag}>{_text(span.text)}</{tag}>" if tag else _text(span.text)


def _facts(facts: Facts) -> str:
    rows = "".join(f'<tr><th scope="row">{_text(name)}</th><td>{_cell(value)}</td></tr>' for name, value in facts.rows)
    return _scroll(f'<table class="ik-facts">{_caption(facts.caption)}<tbody>{rows}</tbody></table>', facts.caption)


def _table(table: Table, kind: str = "ik-table") -> str:
    numbers = numeric(table)
    head = "".join(
        f'<th scope="col"{_right(number)}>{_text(name)}</th>'
        for name, number in zip(table.columns, numbers, strict=True)
    )
    rows = "".join(_row(row, numbers) for row in table.rows[:MOST])
    if not table.rows:
        rows = f'<tr><td colspan="{len(table.columns)}">{NO_ROWS}</td></tr>'
    inner = (
        f'<table class="{kind}">{_caption(table.caption)}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )
    left = len(table.rows) - MOST
    told = (
        f"{left} more rows are not on this page; in irkit lab the same table holds them all" if left > 0 else "",
        table.more,
    )
    more = "".join(f'<p class="ik-more">{_text(one)}</p>' for one in told if one)
    return _scroll(inner, table.caption) + more


def _row(row: Sequence[Cell], numbers: Sequence[bool]) -> str:
    cells = (f"<td{_right(number)}>{_cell(value)}</td>" for value, number in zip(row, numbers, strict=True))
    return f"<tr>{''.join(cells)}</tr>"


def _figure(figure: Figure) -> str:
    fault = svg.fault(figure.svg)
    caption = f"<figcaption>{_text(figure.caption)}</figcaption>" if figure.caption else ""
    data = f"<details><summary>The same as a table</summary>{_table(figure.data)}</details>" if figure.data else ""
    if fault:
        refused = f"The picture is not shown: {fault}. It would show: {figure.alt}"
        picture = _block(Notice("warn", refused))
        return f'<figure class="ik-figure">{picture}{caption}{data}</figure>'
    source = base64.b64encode(figure.svg.encode("utf-8", "replace")).decode()
    picture = f'<img src="data:image/svg+xml;base64,{source}" alt="{_text(figure.alt)}">'
    return f'<figure class="ik-figure">{picture}{caption}{data}</figure>'


def _scroll(table: str, label: str) -> str:
    # A wide table scrolls by itself; the tab stop lets the keyboard do it too.
    return f'<div class="ik-scroll" role="group" tabindex="0" aria-label="{_text(label or "table")}">{table}</div>'


def _caption(caption: str) -> str:
    return f"<caption>{_text(caption)}</caption>" if caption else ""


def _right(number: bool) -> str:
    return ' class="ik-num"' if number else ""


def _cell(value: Cell) -> str:
    if value is None:
        return '<span class="ik-unknown">unknown</span>'
    text = _text(cell_text(value))
    if isinstance(value, Link):
        return _link(value, text)
    if isinstance(value, datetime):
        return f'<time datetime="{value.isoformat()}">{text}</time>'
    if not (isinstance(value, str) and _DIGESTS.fullmatch(value)):
        return text
    short = ' class="ik-short"' if len(value) <= _SHORT else ""
    return f"<code{short}>{text}</code>"


def leads_to(link: Link) -> str:
    """The address of a link: a page, or a name in this view. Anything else is none, and "" is given."""
    if re.fullmatch(r"#[\w-]+", link.to, re.ASCII):
        return f"#{_PREFIX}{link.to[1:]}"
    return link.to if _PAGE.fullmatch(link.to) else ""


def _link(link: Link, text: str) -> str:
    """A page opens without telling where from; what leads nowhere stays text."""
    to = leads_to(link)
    if to.startswith("#"):
        return f'<a href="{to}">{text}</a>'
    return f'<a href="{_text(to)}" rel="noopener noreferrer" target="_blank">{text}</a>' if to else text


def _text(text: str) -> str:
    return escape(visible(text), quote=True)
