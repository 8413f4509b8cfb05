"""Private keys in texts that people and scanners pass on: whole blocks, whatever stands in front of their lines.

Labels: RFC 7468 (PEM), RFC 9580 section 6.2 (OpenPGP). A paste may carry what grep -n, a diff, a quotation or an indentation puts in
front of each line, or have its line ends written as `\\n`; the block comes out without.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

_LABEL = r"(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?"
_HEAD = re.compile(rf"\s*-*BEGIN {_LABEL}-*\s*")
_BEGINS = re.compile(rf"-----BEGIN ({_LABEL})-----")
_ENDS = re.compile(rf"-----END ({_LABEL})-----")
_PLACED = re.compile(r"[^\s:][^:\n]*:\d+:(?:\d+:)?[ \t]?|[^\s:][^:\n]*-\d+-")


def key_blocks(text: str) -> list[tuple[str, int]]:
    """Every whole private key in a text, undressed, with the 1-based line its block begins in."""
    found: list[tuple[str, int]] = []
    line = 1
    counted = 0
    for start, end in _blocks(text):
        line += text.count("\n", counted, start)
        counted = start
        found.append((_undressed(text, start, end), line))
    return found


def without_blocks(text: str) -> str:
    """The text with each block gone but for its line ends, so that nothing within a key is taken for a token."""
    return _without(text, lambda block: "\n" * block.count("\n"))


def cut_off(text: str) -> bool:
    """Whether a private key begins here that has no end."""
    return _BEGINS.search(_without(text, lambda _block: "")) is not None


def only_a_head(text: str) -> bool:
    """Whether this is the first line of a private key and nothing else, with or without its dashes."""
    return _HEAD.fullmatch(text) is not None


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where each block begins and ends, in time that grows with the text alone, however many have no end."""
    ends: dict[str, list[int]] = {}
    for one in _ENDS.finditer(text):
        ends.setdefault(one[1], []).append(one.start())
    position = 0
    while begin := _BEGINS.search(text, position):
        known = ends.get(begin[1], [])
        place = bisect_left(known, begin.end())
        position = begin.end()
        if place < len(known):
            position = known[place] + len(f"-----END {begin[1]}-----")
            yield begin.start(), position


def _without(text: str, instead: Callable[[str], str]) -> str:
    kept: list[str] = []
    position = 0
    for start, end in _blocks(text):
        kept += (text[position:start], instead(text[start:end]))
        position = end
    return "".join([*kept, text[position:]])


def _undressed(text: str, start: int, end: int) -> str:
    block = text[start:end]
    if "\n" not in block:
        return block.replace("\\r", "").replace("\\n", "\n")
    front = text[text.rfind("\n", 0, start) + 1 : start]
    first, *lines = block.splitlines()
    return "\n".join([first.strip(), *(_bare(line, front) for line in lines)]) + "\n"


def _bare(line: str, front: str) -> str:
    placed = _PLACED.match(line) if _PLACED.fullmatch(front) else None
    if placed:
        return line[placed.end() :].strip()
    return line[len(front) if front and line.startswith(front) else 0 :].strip()
