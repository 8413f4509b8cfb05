"""The scorecard itself: its questions, what was answered rightly, and how that is shown, short or whole. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from irkit.show.blocks import Block, Facts, Notice, Prose, View

_TITLE = "Scorecard of the drill"
_UNKNOWN = "irkit said unknown, which is the truth of this world"
_NOTES = (
    (r": places$", "that hold its value; what only names it is not asked for here"),
    (r"^artifacts in quarantine$", "doubtful in truth; a signature whose archive is gone is put aside too, and not asked for here"),
    (r": what of it still lives$", "by the logs alone, before anything was revoked"),
)  # fmt: skip
"""What an answer is about, where the case has another number or answer under the same word."""
_WORDS = {True: "right", False: "WRONG", None: "not measured"}


class Chapter(StrEnum):
    """What questions are about, in the order of a scorecard."""

    STANDS = "Where it stands"
    SINCE = "Since when"
    USED = "Who used it, and what that left"
    REVOKED = "Revoked, and proved dead"
    SIGNED = "Signed anew, or set aside"
    BROKEN = "Readiness: rules broken"
    LATER = "Readiness: a week later"
    ESCAPED = "Nothing escaped"
    OTHER = "Other"


@dataclass(frozen=True)
class Check:
    """One line of the scorecard. `ok` None: not measured. A question says its chapter with `of`; kept by an earlier irkit it has none."""

    name: str
    expected: str
    got: str
    ok: bool | None
    chapter: str = Chapter.OTHER

    @property
    def about(self) -> str:
        """The credential, or the part of a release, that the question is about; empty where it is about all."""
        return self.name.rpartition(": ")[0]

    @property
    def told(self) -> str:
        """What was found, in words; what is true stands beside it only where the two differ."""
        if not self.ok:
            return f"{self.got} (true: {self.expected})"
        if self.got in ("0", "none"):
            return f"{self.got}, as is true of this world"
        note = next((words for name, words in _NOTES if re.search(name, self.name)), "")
        counted = f"{self.got} ({note})" if note else self.got
        if self.got.startswith("unknown to "):
            latest = self.got.removeprefix("unknown to ")
            return f"by {latest} at the latest, as is true of this world; how early, irkit said unknown"
        return f"{counted}: {_UNKNOWN}" if re.search(r"\bunknown\b", self.got) else counted


def of(chapter: Chapter, *checks: Check) -> tuple[Check, ...]:
    """The questions, as that chapter's."""
    return tuple(replace(check, chapter=chapter) for check in checks)


@dataclass(frozen=True)
class Scorecard:
    """The checks, in the order of an incident."""

    checks: tuple[Check, ...]

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.ok is False)

    @property
    def unmeasured(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.ok is None)

    @property
    def passed(self) -> bool | None:
        """True when everything was measured and right; None when nothing is wrong but something was not measured."""
        if self.failed:
            return False
        return None if self.unmeasured else True

    @property
    def counted(self) -> str:
        """`52 of 52 right`, and what of the others is wrong and what not measured."""
        parts = [f"{_right(self.checks)} of {len(self.checks)} right"]
        parts += [f"{len(self.failed)} wrong"] if self.failed else []
        parts += [f"{len(self.unmeasured)} not measured"] if self.unmeasured else []
        return ", ".join(parts)

    def view(self, title: str = _TITLE) -> View:
        """Every question: one line a check, chapter by chapter, in each credential by credential."""
        blocks = []
        for chapter, checks in self._chapters():
            for about in dict.fromkeys(check.about for check in checks):
                heading = f"{chapter}: {about}" if about else chapter
                blocks.append(_lines([check for check in checks if check.about == about], heading, short=True))
        return View(title, (self._notice(), *blocks))

    def brief(self, title: str = _TITLE) -> View:
        """The result, one line a chapter, and by name what is wrong, not measured, or unknown."""
        rows = [(chapter, f"{_right(checks)} of {len(checks)} right") for chapter, checks in self._chapters()]
        blocks: list[Block] = [self._notice(), Facts(tuple(rows))]
        amiss = [check for check in self.checks if not check.ok]
        if amiss:
            blocks.append(_lines(amiss, "Not right"))
        unknown = [check.name for check in self.checks if check.told.endswith(_UNKNOWN)]
        if unknown:
            text = f"Right as well, though nothing is known there ({_UNKNOWN}): {'; '.join(unknown)}."
            blocks.append(Prose((text,)))
        return View(title, tuple(blocks))

    def _chapters(self) -> Iterator[tuple[str, tuple[Check, ...]]]:
        for chapter in Chapter:
            if checks := tuple(check for check in self.checks if check.chapter == chapter):
                yield chapter, checks

    def _notice(self) -> Notice:
        text = f"{_right(self.checks)} of {len(self.checks)} right, {len(self.failed)} wrong, {len(self.unmeasured)} not measured."
        return Notice({True: "ok", False: "bad", None: "warn"}[self.passed], text)  # type: ignore[arg-type]


def _lines(checks: Sequence[Check], caption: str, *, short: bool = False) -> Facts:
    """Half of the width holds the longest `short` label, which leaves out what the question is about: none is broken over lines."""
    width = max(len(_WORDS[check.ok]) for check in checks)
    names = [check.name.removeprefix(f"{check.about}: ") if short else check.name for check in checks]
    rows = ((f"{_WORDS[one.ok]:{width}}  {name}", one.told) for one, name in zip(checks, names, strict=True))
    return Facts(tuple(rows), caption)


def _right(checks: Iterable[Check]) -> int:
    return sum(check.ok is True for check in checks)
