"""What people write, in Markdown, as blocks that act in no format. Pure.

CommonMark with tables, read by markdown-it-py (https://markdown-it-py.readthedocs.io/). Paragraphs, headings, lists, quotes, emphasis,
code and tables keep their form; links and pictures become text with their address; HTML stays the text it is written in. Comments are
the prompts that irkit puts there, and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Literal

from irkit.show import Block, Passage, Span, Table, Written

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DEEPEST = 60
"""Levels of lists and quotes within each other; what stands deeper is kept as one paragraph of its source."""


def blocks_of(text: str) -> tuple[Block, ...]:
    """The blocks of one file; none when nothing but prompts stands there."""
    from markdown_it.tree import SyntaxTreeNode

    source = text.replace("\0", "�")
    if _nesting(source) > _DEEPEST:
        return (Written((Passage("paragraph", (Span(source),)),)),)
    blocks: list[Block] = []
    passages: list[Passage] = []
    for node in SyntaxTreeNode(_reader().parse(source)).children:
        if node.type != "table":
            passages += _passages(node)
            continue
        if passages:
            blocks.append(Written(tuple(passages)))
            passages = []
        blocks.append(_table(node))
    return (*blocks, Written(tuple(passages))) if passages else tuple(blocks)


def is_written(text: str) -> bool:
    """Whether a person wrote anything beside the prompts."""
    return bool(_COMMENT.sub("", text).strip())


def plain(blocks: tuple[Block, ...]) -> str:
    """All words of such blocks, a line a passage."""
    return "\n".join(_words(blocks))


def _words(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Table):
            yield from (" ".join(map(str, row)) for row in (block.columns, *block.rows))
        elif isinstance(block, Written):
            yield from (line for passage in block.passages for line in _lines(passage))


def _lines(passage: Passage) -> Iterator[str]:
    if passage.spans:
        yield passage.text
    for part in passage.parts:
        yield from _lines(part)


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # HTML is read so that comments can be told from it; none of it is ever written out as such.
    return MarkdownIt("commonmark", {"html": True, "maxNesting": 4 * _DEEPEST}).enable("table")


def _nesting(source: str) -> int:
    """No less than how deep the blocks of the source can lie in each other: a level takes a mark, or two columns, of its line."""
    return max(
        (len(re.findall(r">|(?:[*+-]|\d[.)])(?=\s)| {2}|\t", head[0])) for head in _HEADS.finditer(source)), default=0
    )


_HEADS = re.compile(r"^[ \t>*+\-\d.)]*", re.MULTILINE)

_FORMS: dict[str, Literal["quote", "list", "numbered", "item"]] = {
    "blockquote": "quote",
    "bullet_list": "list",
    "ordered_list": "numbered",
    "list_item": "item",
}


def _passages(node: SyntaxTreeNode) -> Iterator[Passage]:
    if node.type in _FORMS:
        parts = tuple(part for child in node.children for part in _passages(child))
        yield Passage(_FORMS[node.type], (), parts)
    elif node.type in ("paragraph", "heading"):
        spans = tuple(span for child in node.children for span in _spans(child, "plain"))
        if "".join(span.text for span in spans).strip():
            yield Passage("heading" if node.type == "heading" else "paragraph", spans)
    elif node.type in ("fence", "code_block"):
        yield Passage("code", (Span(node.content.rstrip("\n"), "code"),))
    elif node.type == "html_block":
        if left := _COMMENT.sub("", node.content).strip():
            yield Passage("paragraph", (Span(left),))
    elif node.type == "table":  # within a list or a quote: its rows, a paragraph each
        table = _table(node)
        for row in (table.columns, *table.rows):
            yield Passage("paragraph", (Span(" | ".join(map(str, row))),))


Style = Literal["plain", "strong", "em", "code"]


def _spans(node: SyntaxTreeNode, style: Style) -> Iterator[Span]:
    match node.type:
        case "text" | "text_special":
            yield Span(node.content, style)
        case "softbreak" | "hardbreak":
            yield Span(" ", style)
        case "code_inline":
            yield Span(node.content, "code")
        case "html_inline":
            yield Span(_COMMENT.sub("", node.content), style)
        case "image":
            yield Span(f"{node.content or 'picture'} ({node.attrs.get('src', '')})", style)
        case "link":
            inner = [span for child in node.children for span in _spans(child, style)]
            yield from inner
            to = str(node.attrs.get("href", ""))
            if to and to not in "".join(span.text for span in inner):
                yield Span(f" ({to})", style)
        case _:
            inside: Style = {"strong": "strong", "em": "em"}.get(node.type, style)  # type: ignore[assignment]
            for child in node.children:
                yield from _spans(child, inside)


def _table(node: SyntaxTreeNode) -> Table:
    rows = [
        tuple("".join(span.text for span in _spans(cell, "plain")) for cell in row.children)
        for part in node.children
        for row in part.children
    ]
    return Table(rows[0], tuple(rows[1:]))
