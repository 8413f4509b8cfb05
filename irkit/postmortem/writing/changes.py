"""What is different between two drafts, in words, section by section. Pure.

Drafts are compared in their Markdown shape. What only the passing of time changes (when it was written, what is left of a clock, the
head of the journal), and that reports were written, is no change.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from irkit.show import Block, Cell, Notice, Prose, Table, View

_MOST = 40
_SHORT = 300
_HEAD = re.compile(r"^## (.*)$", re.MULTILINE)
_PASSING = re.compile(r"^\| \*\*(?:Written|Journal|Journal head|Records|Head of the journal)\*\* \|")
_REPORTS = re.compile(
    r"^\*\*Reports written before this one\*\*\n\n(?:\|.*\n?)+|^\|.*\| a report was written: .*$", re.MULTILINE
)
_WRITTEN = re.compile(r"^\| \*\*Written\*\* \| ([0-9: -]+Z) \|", re.MULTILINE)
_SPAN = re.compile(r"not known to be closed at [0-9: -]+Z|(?:overdue by )?\b\d+ (?:d|h|min|s)\b(?: \d+ (?:h|min|s)\b)?")
_TICKING = frozenset({"Notifications", "Metrics", "Exposure window", "Executive summary"})
"""Sections in which a span of time may have been counted up to the moment of writing."""


@dataclass(frozen=True)
class Change:
    """One section: "new", "gone" or "changed", with the lines that came and went."""

    title: str
    what: str
    came: tuple[str, ...]
    went: tuple[str, ...]

    @property
    def sentence(self) -> str:
        if self.what != "changed":
            return f"{self.title}: {self.what}"
        counted = [f"{len(lines)} {'line' if len(lines) == 1 else 'lines'} {word}"
                   for lines, word in ((self.came, "came"), (self.went, "went")) if lines]  # fmt: skip
        return f"{self.title}: {' and '.join(counted)}"


def changes(before: str, after: str) -> tuple[Change, ...]:
    """Every section that differs, in the order of the newer draft, those that are gone last."""
    old, new = _sections(before), _sections(after)
    moments = written_at(before), written_at(after)
    found = []
    for title, lines in new.items():
        if title not in old:
            found.append(Change(title, "new", tuple(lines), ()))
        elif change := _between(title, old[title], lines, moments):
            found.append(change)
    return (*found, *(Change(title, "gone", (), tuple(old[title])) for title in old if title not in new))


def as_view(found: Sequence[Change], since: str) -> View:
    """What changed `since` (a name of the draft before), a table of lines for each section."""
    if not found:
        return View("What changed", (Notice("ok", f"Nothing changed since {since}."),))
    blocks: list[Block] = [Prose((f"Since {since}:", *(one.sentence for one in found)))]
    for one in found:
        rows: list[tuple[Cell, ...]] = [
            *(("-", _cut(line)) for line in one.went),
            *(("+", _cut(line)) for line in one.came),
        ]
        table = Table.of(("", "Line"), rows[:_MOST], one.title)
        left = len(rows) - _MOST
        blocks.append(Table(table.columns, table.rows, table.caption, f"{left} more lines" if left > 0 else ""))
    return View("What changed", tuple(blocks))


def written_at(markdown: str) -> str:
    """When a draft says that it was written; "" when it does not."""
    found = _WRITTEN.search(markdown)
    return found[1] if found else ""


def _sections(markdown: str) -> Mapping[str, list[str]]:
    """Lines by title of the section; what stands before the first is its head."""
    text = _REPORTS.sub("", markdown)
    parts = _HEAD.split(text)
    pairs = zip(("Head", *parts[1::2]), parts[::2], strict=True)
    return {
        title: [line for line in part.splitlines() if line.strip() and not _PASSING.match(line)]
        for title, part in pairs
    }


def _between(title: str, old: list[str], new: list[str], moments: tuple[str, str]) -> Change | None:
    same = (lambda line: _SPAN.sub("…", line)) if title in _TICKING else (lambda line: line)
    matcher = SequenceMatcher(None, [same(line) for line in old], [same(line) for line in new], autojunk=False)
    came, went = list(_lines(matcher, new, True)), list(_lines(matcher, old, False))
    was, now = (
        [same(_timeless(line, moment)) for line in lines] for lines, moment in zip((went, came), moments, strict=True)
    )
    both = Counter(was) & Counter(now)
    came, went = list(_but(both, came, now)), list(_but(both, went, was))
    return Change(title, "changed", tuple(came), tuple(went)) if came or went else None


def _timeless(line: str, moment: str) -> str:
    """A line that is no other when only the moment of writing is. What happened in that very second keeps its time in the other draft."""
    return line.replace(moment, "when it was written") if moment else line


def _but(both: Counter[str], lines: list[str], keys: list[str]) -> Iterator[str]:
    left = both.copy()
    for line, key in zip(lines, keys, strict=True):
        if left[key]:
            left[key] -= 1
        else:
            yield line


def _lines(matcher: SequenceMatcher[str], lines: list[str], newer: bool) -> Iterator[str]:
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag != "equal":
            yield from lines[first:last] if newer else lines[start:end]


def _cut(line: str) -> str:
    return line if len(line) <= _SHORT else f"{line[:_SHORT]}…"
