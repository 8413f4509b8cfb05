"""What a reader of consumers is: a pure function from the path and the text of a file to the references in it. It opens nothing.

A reference takes a value by one of the names in `needs` and may give it on under other names. Besides names as people write them,
these stand for things: `file/PATH` (all that a file of variables sets), `k8s-secret/NAME` and `k8s-secret/NAME/KEY`,
`compose-secret/NAME`, `var.NAME`, `local.NAME` and `data.TYPE.NAME` (Terraform), `values.PATH` (Helm).
A new reader is a file like its neighbours, a line in the table, and a table of cases in `tests/sources/consumers/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from irkit.model import Sure

ALL = "*"
"""In `needs`: a whole set of values, whose names the file does not tell."""

SLUG = "{slug}"
"""In `store`: where OWNER/REPO of the repository goes, which the reader does not know."""


@dataclass(frozen=True)
class Reference:
    """One place in a file that takes a value. `line` is 1-based; the rest as in `Consumer`."""

    needs: tuple[str, ...]
    what: str
    how: str
    line: int
    gives: tuple[str, ...] = ()
    store: str = ""
    sure: Sure = Sure.NAMED
    note: str = ""


class Broken(Exception):
    """The file is not what its name says; the text is the reason, and holds nothing of the file."""


@dataclass(frozen=True)
class Reader:
    """`takes` says by its path (relative, with `/`) whether a file is one of these. `read` raises `Broken` when it is none after all."""

    name: str
    takes: Callable[[str], bool]
    read: Callable[[str, str], Iterable[Reference]]


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a path matches the expression, which is anchored at its end and at the start of a name."""
    compiled = re.compile(rf"(?:^|/)(?:{pattern})$", re.IGNORECASE)
    return lambda path: compiled.search(path) is not None


_SHELL = re.compile(r"(?<![\\$])\$(?:\{(?:env[:.])?|env:)?([A-Za-z_][A-Za-z0-9_]*)", re.IGNORECASE)


def shell_names(text: str) -> Iterator[str]:
    """Names taken as `$NAME`, `${NAME}`, `${NAME:-default}`, `${env.NAME}`, `$env:NAME`, each once."""
    yield from dict.fromkeys(_SHELL.findall(text))


_LONGEST = 4000
"""Characters of a line. No person writes a longer one to take a credential, and expressions must not be slow on it."""


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """Lines by number; those that are too long are left out."""
    yield from ((number, line) for number, line in enumerate(text.splitlines(), 1) if len(line) <= _LONGEST)


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """The same, with those joined that end in a backslash (under the number of the first)."""
    start, joined = 0, ""
    for number, line in numbered(text):
        start = start or number
        joined += line.removesuffix("\\")
        if line.endswith("\\") and len(joined) <= _LONGEST:
            joined += " "
            continue
        yield start, joined
        start, joined = 0, ""
    if joined:
        yield start, joined
