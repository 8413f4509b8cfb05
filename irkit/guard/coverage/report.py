"""What a look at the guard's coverage came to: branches, and a finding for each gap. Nothing that was not checked is a yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from irkit.guard.coverage.judging import Branch, Missed
from irkit.guard.coverage.moving import Moved
from irkit.model import Skipped, iso

if TYPE_CHECKING:
    from irkit.show import Block, View

_SHOWN = 20
ANSWER = {True: "covered", False: "not covered", None: "unknown"}


@dataclass(frozen=True)
class Gap:
    """A finding: what is not, or may not be, covered, why, and what to do. `surely` False: it could not be told."""

    what: str
    why: str
    do: str
    surely: bool = True

    def document(self) -> dict[str, Any]:
        return {"what": self.what, "why": self.why, "do": self.do, "surely": self.surely}


@dataclass(frozen=True)
class Bypass:
    """Somebody's way past push protection, as the host recorded it. No value is asked for."""

    who: str
    at: str
    what: str
    reason: str = ""

    def document(self) -> dict[str, Any]:
        return {"who": self.who, "at": self.at, "what": self.what, "reason": self.reason}


@dataclass(frozen=True)
class Repository:
    """One repository. `kind` is "bare" (pushed to), "clone", or the host. `facts` are what was looked at, in words.

    `head` and `lines` are the end and the length of the guard's record here; `push_protection` is the host's, None where it was not
    asked or does not say. `taken` are the commits that the record has, `file` is where it lies, `links` are submodules and their
    commits. `branches` of a clone, and of a host, are about what was committed there, and what was pushed.
    """

    name: str
    kind: str
    facts: tuple[tuple[str, str], ...] = ()
    branches: tuple[Branch, ...] = ()
    missed: tuple[Missed, ...] = ()
    moved: tuple[Moved, ...] = ()
    bypassed: tuple[Bypass, ...] = ()
    gaps: tuple[Gap, ...] = ()
    head: str = ""
    lines: int = 0
    push_protection: bool | None = None
    unit: str = "commits"
    taken: frozenset[str] = field(default_factory=frozenset, repr=False)
    file: str = ""
    links: tuple[tuple[str, str], ...] = ()

    @property
    def covered(self) -> bool | None:
        """Yes only when every branch that had anything to ask about is, and no finding says otherwise."""
        answers = [one.covered for one in self.branches if one.commits != 0]
        if False in answers or any(one.surely for one in self.gaps):
            return False
        return True if answers and None not in answers and not self.gaps else None

    def document(self) -> dict[str, Any]:
        return {
            "repository": self.name,
            "kind": self.kind,
            "covered": _word(self.covered),
            "facts": dict(self.facts),
            "push_protection": {True: "on", False: "off", None: "unknown"}[self.push_protection],
            "record": {"head": self.head or None, "lines": self.lines, "file": self.file or None},
            "counted": self.unit,
            "branches": [
                {
                    "branch": one.name,
                    "tip": one.tip,
                    "covered": _word(one.covered),
                    self.unit: one.commits,
                    "missed": one.missed,
                    "why": one.why,
                }
                for one in self.branches
            ],
            "missed": [_missed(one) for one in self.missed],
            "moved": [
                {
                    "ref": one.ref,
                    "after": iso(one.after),
                    "before": iso(one.before) if one.before else None,
                    "settled": one.settled,
                }
                for one in self.moved
            ],
            "bypassed": [one.document() for one in self.bypassed],
            "findings": [one.document() for one in self.gaps],
        }


@dataclass(frozen=True)
class Coverage:
    repositories: tuple[Repository, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def covered(self) -> bool | None:
        answers = [one.covered for one in self.repositories]
        if False in answers:
            return False
        return True if answers and None not in answers and not self.skipped else None

    def document(self) -> dict[str, Any]:
        return {
            "covered": _word(self.covered),
            "repositories": [one.document() for one in self.repositories],
            "skipped": [one.document() for one in self.skipped],
        }

    def view(self) -> View:
        from irkit.show import Notice, Table, View

        blocks: list[Block] = []
        if rows := [row for one in self.repositories for row in _rows(one)]:
            columns = ("Repository", "Kind", "Branch", "Answer", "Counted", "Missed", "Why")
            blocks.append(Table.of(columns, rows, "What went through the guard"))
        gaps = [(one.name, gap.what, gap.why, gap.do) for one in self.repositories for gap in one.gaps]
        if gaps:
            blocks.append(Table.of(("Repository", "Finding", "Why", "What to do"), gaps, "A finding for each gap"))
        blocks += _missed_blocks(self.repositories)
        facts = [(one.name, name, value) for one in self.repositories for name, value in one.facts]
        if facts:
            blocks.append(Table.of(("Repository", "What", "As it was found"), facts, "What was looked at"))
        blocks += [Notice("warn", f"not looked at: {one.what}: {one.why}") for one in self.skipped]
        return View("Coverage of the guard", tuple(blocks))


def _rows(one: Repository) -> list[tuple[Any, ...]]:
    if not one.branches:
        return [(one.name, one.kind, "—", ANSWER[one.covered], None, None, "there is no branch to ask about")]
    return [
        (
            one.name,
            one.kind,
            branch.name.removeprefix("refs/heads/"),
            ANSWER[branch.covered],
            f"{branch.commits} {one.unit}" if branch.commits is not None else None,
            branch.missed,
            branch.why,
        )
        for branch in one.branches
    ]


def _missed_blocks(repositories: tuple[Repository, ...]) -> list[Block]:
    from irkit.show import Table

    rows = [
        (
            one.name,
            item.commit[:12],
            item.author or "—",
            str(item.arrived) if item.arrived else None,
            (item.arrived.who or "—") if item.arrived else None,
            f"{item.ref}: {item.why}" if item.ref else item.why,
        )
        for one in repositories
        for item in one.missed[:_SHOWN]
    ]
    blocks: list[Block] = []
    if rows:
        columns = ("Repository", "Commit", "Author, as it says", "There (UTC)", "Brought by", "Why")
        left = sum(max(0, len(one.missed) - _SHOWN) for one in repositories)
        more = f"{left} more: --format json" if left else ""
        table = Table.of(columns, rows, "Commits that no search is known to have had")
        blocks.append(replace(table, more=more))
    passed = [
        (one.name, item.who, item.at, item.what, item.reason or "—") for one in repositories for item in one.bypassed
    ]
    if passed:
        named = ("Repository", "Who", "When (UTC)", "What", "Reason given")
        blocks.append(Table.of(named, passed, "Past the host's push protection"))
    return blocks


def _missed(one: Missed) -> Mapping[str, Any]:
    arrived = one.arrived
    there = (
        {"at": iso(arrived.at), "exact": arrived.exact, "from": arrived.source, "who": arrived.who or None}
        if arrived
        else None
    )
    return {
        "commit": one.commit,
        "ref": one.ref or None,
        "covered": _word(one.covered),
        "author": one.author,
        "there": there,
        "why": one.why,
    }


def _word(answer: bool | None) -> str:
    return {True: "yes", False: "no", None: "unknown"}[answer]
