"""What is counted, row by row, and how the table is printed and written into a document."""

# ruff: noqa: T201
from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HEAD = "| what | kills | actions | done twice | lost | chain |\n|---|---|---|---|---|---|"
_BETWEEN = ("<!-- what the script printed -->", "<!-- until here -->")


@dataclass
class Figures:
    """One row: how often it was killed, over how many actions, and what went wrong. `faults` says in words what that was."""

    what: str
    kills: int = 0
    actions: int = 0
    twice: int = 0
    lost: int = 0
    broken: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def right(self) -> bool:
        return not (self.twice or self.lost or self.broken)

    def is_twice(self, count: int, what: str) -> None:
        self.twice += self._told(count, f"twice: {what}")

    def is_lost(self, count: int, what: str) -> None:
        self.lost += self._told(count, f"lost: {what}")

    def is_broken(self, fault: str | None) -> None:
        self.broken += self._told(1 if fault else 0, f"chain: {fault}")

    def _told(self, count: int, what: str) -> int:
        if count:
            self.faults.append(f"{what} ({count})")
            print(f"{self.what}: {what} ({count})", file=sys.stderr, flush=True)
        return count

    def row(self) -> str:
        whole = "whole" if not self.broken else f"broken {self.broken} times"
        return f"| {self.what} | {self.kills} | {self.actions} | {self.twice} | {self.lost} | {whole} |"


def total(rows: Sequence[Figures]) -> Figures:
    sums = (sum(getattr(one, name) for one in rows) for name in ("kills", "actions", "twice", "lost", "broken"))
    return Figures("**all**", *sums)


def write(document: Path, lines: Iterable[str]) -> None:
    """Put what was printed between the two marks of the document."""
    begin, end = _BETWEEN
    printed = "\n".join(lines)
    found = re.sub(
        f"{begin}.*{end}",
        lambda _match: f"{begin}\n{printed}\n{end}",
        document.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    document.write_text(found, encoding="utf-8")
