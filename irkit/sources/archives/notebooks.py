"""Jupyter notebooks, cell by cell: what JSON escapes or cuts into lists of lines stands here as it was meant. Pictures are opened.

Format 3 and 4: https://nbformat.readthedocs.io/en/latest/format_description.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from irkit.sources.archives.interface import Family, Kind, Member, Noted, Source
from irkit.sources.archives.terminal import plain

_MARKS = (b'"cells"', b'"metadata"', b'"nbformat"', b'"worksheets"')


def _members(source: Source, _note: Noted) -> Iterator[Member]:
    data = source.whole()
    if b'"cell_type"' not in data and b'"nbformat"' not in data:
        return  # JSON of another kind, which is searched as it is
    book = json.loads(data.decode("utf-8-sig", "surrogateescape"))
    if isinstance(book, dict):
        for name, text in _texts(book):
            if text:
                yield Member(name, iter((plain(text.encode("utf-8", "surrogatepass")),)))
        for name, data in _files(book):
            if data:
                yield Member(name, iter((data,)))


def _texts(book: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "metadata", _leaves(book.get("metadata"))
    for number, cell in _numbered(book):
        yield f"cell {number} source", _joined(cell.get("source", cell.get("input")))
        yield f"cell {number} metadata", _leaves(cell.get("metadata"))
        for place, output in enumerate(_list(cell.get("outputs")), 1):
            yield f"cell {number} output {place}", _output(output)


def _files(book: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """What stands in base64: pictures and documents that outputs show, and what is attached to a cell."""
    for number, cell in _numbered(book):
        for place, output in enumerate(_list(cell.get("outputs")), 1):
            bundle = output.get("data") if isinstance(output, dict) else None
            for kind, value in bundle.items() if isinstance(bundle, dict) else ():
                yield f"cell {number} output {place} {kind}", _decoded(kind, value)
        attached = cell.get("attachments")
        for name, bundle in attached.items() if isinstance(attached, dict) else ():
            for kind, value in bundle.items() if isinstance(bundle, dict) else ():
                yield f"cell {number} attachment {name} {kind}", _decoded(kind, value)


def _decoded(kind: str, value: Any) -> bytes:
    if kind.startswith("text/") or kind.endswith(("json", "xml")):
        return b""
    try:
        return base64.b64decode(_joined(value), validate=False)
    except ValueError:
        return b""


def _numbered(book: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    cells = _list(book.get("cells")) or [cell for sheet in _list(book.get("worksheets")) for cell in _cells(sheet)]
    return ((number, cell) for number, cell in enumerate(cells, 1) if isinstance(cell, dict))


def _output(output: Any) -> str:
    """All text of an output; pictures and sound are no text."""
    if not isinstance(output, dict):
        return ""
    data = output.get("data")
    texts = [output.get("text")]
    texts += [value for kind, value in data.items() if not _is_picture(kind)] if isinstance(data, dict) else []
    texts += [value for key, value in output.items() if key not in ("text", "data", "output_type", "png", "jpeg")]
    return "\n".join(text for text in map(_joined, texts) if text)


def _is_picture(kind: str) -> bool:
    return kind.startswith(("image/", "audio/", "video/")) and "svg" not in kind


def _joined(value: Any) -> str:
    """A text that may be cut into lines, or any other value by its strings."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "".join(value)
    return value if isinstance(value, str) else _leaves(value)


def _leaves(value: Any) -> str:
    """Every string in a JSON tree, names included, one a line."""
    found: list[str] = []
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict):
            found += one
            stack += one.values()
        elif isinstance(one, list):
            stack += one
    return "\n".join(found)


def _cells(sheet: Any) -> list[Any]:
    return _list(sheet.get("cells")) if isinstance(sheet, dict) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_one(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" and any(mark in head for mark in _MARKS)


NOTEBOOK = Family("notebook", _is_one, _members, Kind.NAMED, seeks=True)
