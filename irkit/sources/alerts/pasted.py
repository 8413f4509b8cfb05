"""A pasted text: lines such as `path:line: token`, private keys, or anything that holds a token whose shape irkit knows.

The shapes, and where each is documented, are those of irkit.providers; `path:line:` is how grep -n and compilers write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.errors import BadInput
from irkit.model import Secret
from irkit.providers import PROVIDERS, identify
from irkit.sources.alerts.interface import Alert, Document, Scanner, Where
from irkit.sources.alerts.keys import cut_off, key_blocks, without_blocks

_PLACED = re.compile(r"^(?P<path>[^\s:][^:\n]*):(?P<line>[1-9]\d{0,8})(?::\d+)?:[ \t]?(?P<rest>.*)$")
_WIDE = re.compile(r"[^\s\"'`,;<>(){}\[\]|\\]+")  # with the `=` that some tokens have inside
_WORD = re.compile(r"[^\s\"'`,;=<>(){}\[\]|\\]+")
_LONGEST = 16_384  # characters of a text in which the halves of a pair are looked for


def tokens_in(text: str) -> list[str]:
    """Every token of a known shape in a text, each once, in order; the two halves of a pair as one."""
    pair, halves = _pair(text)
    found = [pair] if pair else []
    for wide in _WIDE.findall(text):
        words = _WORD.findall(wide)
        whole = next((one for one in (wide, wide.partition("=")[2]) if len(words) > 1 and _known(one)), "")
        for word in [whole] if whole else words:
            for candidate in (word, word.rstrip(".:"), *word.split(":")):
                if candidate not in halves and _known(candidate):
                    found.append(candidate)
                    break
    return list(dict.fromkeys(found))


def _pair(text: str) -> tuple[str, tuple[str, ...]]:
    """An identifier and its secret written on lines of their own (AWS), joined by a colon, and its parts."""
    if len(text) > _LONGEST:
        return "", ()
    for provider in PROVIDERS.values():
        parts = provider.secret_parts(text) if provider.secret_parts else ()
        if parts and provider.public_id:
            whole = (provider.public_id(text), *parts)
            if _known(":".join(whole)):  # else the parts of something that is written in one piece
                return ":".join(whole), whole
    return "", ()


def _known(candidate: str) -> bool:
    try:
        return bool(identify(candidate))
    except BadInput:  # too short to be one
        return False


def _read(document: Document) -> Iterator[Alert]:
    lines = document.text.splitlines()
    for key, number in key_blocks(document.text):
        yield Alert("pasted text", "private key", _where(lines[number - 1]), Secret(key))
    if cut_off(document.text):
        why = "the end of the private key is missing, so it is not the whole key"
        yield Alert("pasted text", "private key", Where(), None, hidden=why)
    text = without_blocks(document.text)
    pair, halves = _pair(text)
    if pair:
        yield _alert(pair, Where())
    for line in text.splitlines():
        placed = _PLACED.match(line)
        where = _where(line)
        for token in tokens_in(placed["rest"] if placed else line):
            if token not in halves and token != pair:
                yield _alert(token, where)


def _where(line: str) -> Where:
    placed = _PLACED.match(line)
    return Where(placed["path"], int(placed["line"])) if placed else Where()


def _alert(token: str, where: Where) -> Alert:
    return Alert("pasted text", "shape of the token", where, Secret(token))


PASTED = Scanner(
    name="pasted",
    title="pasted text",
    source="irkit.providers",
    tested="documented sample: the shapes of docs/providers",
    fits=lambda document: bool(document.text),
    read=_read,
)
