"""The text of office files, whose markup stands between the letters. The files themselves are zips.

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
    return head.removeprefix(b"\xef\xbb\xbf")[:5] == b"<?xml" and any(one in head for one in _DIALECTS)


OFFICE = Family("office document", _is_office, _office, Kind.PLAIN, seeks=True)
