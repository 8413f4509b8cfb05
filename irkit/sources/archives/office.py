"""The text of office files and web pages, whose markup stands between the letters. Office files are zips of such.

Office Open XML: https://ecma-international.org/publications-and-standards/standards/ecma-376/; OpenDocument:
https://docs.oasis-open.org/office/OpenDocument/v1.3/
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from irkit.sources.archives.interface import Family, Kind, Member, Noted, Source

_DIALECTS = (b"wordprocessingml", b"spreadsheetml", b"presentationml", b"drawingml", b"opendocument")
_PARAGRAPH = re.compile(r"</(?:w:p|a:p|text:p|text:h|si|row|table:table-row)>")
_TAG = re.compile(r"<[^<>]*>")


def _office(source: Source, _note: Noted) -> Iterator[Member]:
    text = source.whole().decode("utf-8", "replace")
    plain = html.unescape(_TAG.sub("", _PARAGRAPH.sub("\n", text)))
    yield Member("text", iter((plain.encode(),)))


def _is_office(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:14].lower() == b"<!doctype html" or start[:5].lower() == b"<html":
        return True
    return start[:1] == b"<" and any(one in head for one in _DIALECTS)


OFFICE = Family("office document", _is_office, _office, Kind.PLAIN, seeks=True)
