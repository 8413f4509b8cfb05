"""Text by strangers, made harmless before any format's own escaping.

Terminal escapes, line breaks inside cells, characters that turn reading order around and characters that nobody sees are made
visible as the escapes a programmer knows (`\\x1b`, `\\u202e`), so nothing is hidden and nothing acts. Every pass takes time in
proportion to the text, whatever it holds. Pure.

Which characters are never seen: Default_Ignorable_Code_Point, https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, Final

TOWER: Final = 4
"""Marks that may stand on one letter; no script in use needs more, and towers of them cover the lines around."""

_BREAK = re.compile(r"\r\n|[\n\r\u2028\u2029]")
_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_JOINERS = "\u200c\u200d"  # scripts and emoji need them inside words; they cannot turn text around
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_UNSEEN = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2065\u3164\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_NEVER = re.compile(f"[{_UNSEEN}\ufdd0-\ufdef]")
_KEPT = re.compile(  # a joiner between two characters of a script that has some, a single variant of one, a keycap
    f"(?<=[^\x00-\x7f{_JOINERS}])[{_JOINERS}](?=[^\x00-\x7f{_JOINERS}{_SELECTORS}])"
    f"|(?<=[^\x00-\x7f{_JOINERS}{_SELECTORS}{_UNSEEN}])[{_SELECTORS}]"
    "|(?<=[0-9#*])\ufe0f(?=\u20e3)"
)
_WHERE_NEEDED = re.compile(f"[{_JOINERS}{_SELECTORS}]")
_IN_JSON = re.compile(
    f"[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff{_UNSEEN}\ufdd0-\ufdef\ud800-\udfff]"
)


def visible(text: str) -> str:
    """One line: breaks become ` ↵ `, every control, format, unseen and lone surrogate character its escape."""
    if text.isascii() and text.isprintable():
        return text
    flat = _flat(text.strip("\r\n")).replace("\t", " ")
    if flat.isascii() and flat.isprintable():
        return flat
    kept = {found.start() for found in _KEPT.finditer(flat)}
    shown, marks = [], 0
    for at, char in enumerate(flat):
        category = unicodedata.category(char)
        marks = marks + 1 if category in _MARKS else 0
        shown.append(_escaped(char) if marks > TOWER or _acts(char, category, at in kept) else char)
    return "".join(shown)


def inert_json(document: Any, indent: int | None = 2) -> str:
    """A JSON document that may be shown in a terminal: what acts or is not seen stands as `\\uXXXX`, which reads back the same."""
    return _IN_JSON.sub(
        lambda found: json.dumps(found[0])[1:-1], json.dumps(document, indent=indent, ensure_ascii=False)
    )


def _flat(text: str) -> str:
    parts = _BREAK.split(text)
    if len(parts) == 1:
        return text
    first, *middle, last = parts
    return " ↵ ".join((first.rstrip(" \t"), *(part.strip(" \t") for part in middle), last.lstrip(" \t")))


def _acts(char: str, category: str, kept: bool) -> bool:
    if _WHERE_NEEDED.match(char):
        return not kept
    return category in _ACTING or (ord(char) & 0xFFFE) == 0xFFFE or bool(_NEVER.match(char))


def _escaped(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
