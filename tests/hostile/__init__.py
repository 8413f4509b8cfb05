"""Texts by strangers that try to act, kept in `corpus/FAMILY.jsonl`, and what is expected of each.

A line of a file is one case: `name`, `text` (repeated `times` times, `then` once more text behind it), and what is expected:

- `shown`: what a reader sees of it, in every rendering; without it, the text itself, with each line break as ` ↵ `.
- `cell`: "quoted" when a spreadsheet would run it, so that a cell begins with `'`.
- `link`: of addresses, "active" when one may be clicked, "text" when not.

Every case is also held to what every rendering promises: no script, no element, no link of its own, no control character.
The files are ASCII; `\\udcff` in them is a lone surrogate, as Python reads a byte that is no UTF-8.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Case:
    """One hostile text and what is expected of it."""

    family: str
    name: str
    text: str
    shown: str
    cell: str = ""
    link: str = ""

    @property
    def short(self) -> bool:
        return len(self.text) < 4096

    @property
    def recordable(self) -> bool:
        """A record is JSON in UTF-8: what is no Unicode never gets into one."""
        return self.short and bool(self.shown.strip()) and not any("\ud800" <= one <= "\udfff" for one in self.text)


def _case(family: str, line: str) -> Case:
    said = json.loads(line)
    text = said["text"] * said.get("times", 1) + said.get("then", "")
    shown = said.get("shown", text.strip("\n").replace("\n", " ↵ "))
    return Case(family, said["name"], text, shown, said.get("cell", ""), said.get("link", ""))


FAMILIES: dict[str, list[Case]] = {
    file.stem: [_case(file.stem, line) for line in file.read_text("ascii").splitlines()]
    for file in sorted(CORPUS.glob("*.jsonl"))
}
EVERY = [case for family in FAMILIES.values() for case in family]
