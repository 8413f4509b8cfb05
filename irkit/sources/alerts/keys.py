"""Private keys in texts that people and scanners pass on: whole blocks, whatever stands in front of their lines.

Labels: RFC 7468 (PEM), RFC 9580 section 6.2 (OpenPGP). A paste may carry what grep -n, a diff, a quotation or an indentation puts in
front of each line, or have its line ends written as `\\n`; the block comes out without.
"""

from __future__ import annotations

import re

_LABEL = r"(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?"
_BLOCK = re.compile(rf"-----BEGIN (?P<label>{_LABEL})-----.*?-----END (?P=label)-----", re.DOTALL)
_HEAD = re.compile(rf"\s*-*BEGIN {_LABEL}-*\s*")
_BEGINS = re.compile(rf"-----BEGIN {_LABEL}-----")
_PLACED = re.compile(r"[^\s:][^:\n]*:\d+:(?:\d+:)?[ \t]?|[^\s:][^:\n]*-\d+-")


def key_blocks(text: str) -> list[tuple[str, int]]:
    """Every whole private key in a text, undressed, with the 1-based line its block begins in."""
    return [(_undressed(text, found), text.count("\n", 0, found.start()) + 1) for found in _BLOCK.finditer(text)]


def without_blocks(text: str) -> str:
    """The text with each block gone but for its line ends, so that nothing within a key is taken for a token."""
    return _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), text)


def cut_off(text: str) -> bool:
    """Whether a private key begins here that has no end."""
    return _BEGINS.search(_BLOCK.sub("", text)) is not None


def only_a_head(text: str) -> bool:
    """Whether this is the first line of a private key and nothing else, with or without its dashes."""
    return _HEAD.fullmatch(text) is not None


def _undressed(text: str, found: re.Match[str]) -> str:
    block = found[0]
    if "\n" not in block:
        return block.replace("\\r", "").replace("\\n", "\n")
    front = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    first, *lines = block.splitlines()
    return "\n".join([first.strip(), *(_bare(line, front) for line in lines)]) + "\n"


def _bare(line: str, front: str) -> str:
    placed = _PLACED.match(line) if _PLACED.fullmatch(front) else None
    if placed:
        return line[placed.end() :].strip()
    return line[len(front) if front and line.startswith(front) else 0 :].strip()
