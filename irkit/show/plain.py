"""Text by strangers, made harmless before any format's own escaping.

Terminal escapes, line breaks inside cells and characters that turn reading order around are made visible as the
escapes a programmer knows (`\\x1b`, `\\u202e`), so nothing is hidden and nothing acts. Pure.
"""

from __future__ import annotations

import re
import unicodedata

_JOINERS = frozenset("\u200c\u200d")  # scripts and emoji need them inside words; they cannot turn text around
_BREAKS = re.compile(r"[ \t]*(?:\r\n|[\n\r\u2028\u2029])[ \t]*")
_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    """One line: breaks become ` ↵ `, every control, format and lone surrogate character its escape."""
    if text.isascii() and text.isprintable():
        return text
    flat = _BREAKS.sub(" ↵ ", text.strip("\r\n")).replace("\t", " ")
    return "".join(_escaped(char) if _acts(char) else char for char in flat)


def _acts(char: str) -> bool:
    return unicodedata.category(char) in _ACTING and char not in _JOINERS


def _escaped(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
