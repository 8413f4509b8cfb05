"""Which commits of a repository went through the guard, by its record. Pure.

A commit is covered when a search that let it pass, by rules and with nothing left out, had it. Dates of commits are their authors' to
choose and tell nothing here; when one was there first is told by records of the repository's own: its reflog, and the guard's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from irkit.guard.coverage.moving import Moved, moves
from irkit.guard.coverage.record import Entry, Log
from irkit.model import iso

Parents = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Arrival:
    """When something led to a commit first, by whose record, on whose behalf ("" where that is not told)."""

    at: datetime
    source: str
    who: str = ""
    exact: bool = True

    def __str__(self) -> str:
        return f"{'' if self.exact else 'by '}{iso(self.at)}"


@dataclass(frozen=True)
class Missed:
    """A commit that no search is known to have had; or what `ref` is, where that is none. `covered` False, or None where it cannot be
    told."""

    commit: str
    why: str
    covered: bool | None = False
    arrived: Arrival | None = None
    author: str = ""
    ref: str = ""


@dataclass(frozen=True)
class Branch:
    """`commits` were asked about, `missed` are those of them that are not known to be covered. `whole` is False where older ones
    were not asked about (`--since`)."""

    name: str
    tip: str
    commits: int | None
    missed: int | None
    covered: bool | None
    why: str


@dataclass(frozen=True)
class Judged:
    branches: tuple[Branch, ...] = ()
    missed: tuple[Missed, ...] = ()
    moved: tuple[Moved, ...] = ()
    covered: frozenset[str] = field(default_factory=frozenset, repr=False)
    mismatched: int = 0


def judged(
    parents: Parents,
    tips: Mapping[str, str],
    log: Log,
    arrivals: Sequence[tuple[Arrival, str]],
    *,
    since: datetime | None = None,
    others: Mapping[str, Other] | None = None,
    now: Mapping[str, str] | None = None,
) -> Judged:
    """By the record of a repository that is pushed to. `tips` are the branches that are asked about, `others` the other refs; `now` says
    of every ref what it is (`tips` unless given); `arrivals` what its reflog says."""
    took = Took.by(parents, log.entries)
    seen = first_seen(parents, [*arrivals, *_told(log.entries)])
    before = _before_the_guard(parents, log.entries)
    missed: dict[str, Missed] = {}
    branches = []
    for name, tip in tips.items():
        asked = [one for one in walk(parents, (tip,)) if not (since and one in seen and seen[one].at < since)]
        for one in asked:
            if one not in took.whole and one not in missed:
                covered, why = _reason(one, log, took, before)
                missed[one] = Missed(one, why, covered, seen.get(one))
        branches.append(branch_of(name, tip, asked, missed))
    if others:
        in_branches = set(walk(parents, tips.values()))
        asked = [
            one
            for one in walk(parents, (other.commit for other in others.values()), in_branches)
            if not (since and one in seen and seen[one].at < since)
        ]
        for one in asked:
            if one not in took.whole:
                covered, why = _reason(one, log, took, before)
                missed[one] = Missed(one, why, covered, seen.get(one))
        named = {other.oid: ref for ref, other in others.items() if other.oid != other.commit}
        for oid, ref in named.items():
            arrived = took.objects_by.get(oid)
            if since and arrived and arrived.at < since:
                continue
            asked.append(oid)
            if oid not in took.objects:
                covered, why = _of_object(log)
                missed[oid] = Missed(oid, why, covered, arrived, ref=ref)
        if asked:
            branches.append(branch_of(f"{len(others)} tags and other refs", "", asked, missed))
    return Judged(
        tuple(branches),
        tuple(missed.values()),
        tuple(
            replace(
                one, settled=one.settled and (not one.found or one.found in took.whole or one.found in took.objects)
            )
            for one in moves(log, tips if now is None else now)
        ),
        frozenset(took.whole),
        took.mismatched,
    )


@dataclass(frozen=True)
class Other:
    """A ref that is no branch: what it is, and the commit that it leads to; "" where there is none."""

    oid: str
    commit: str


@dataclass
class Took:
    """What the searches had: by those that count, and by those that were not whole or looked for known credentials alone. `objects` are
    those that refs were, tags among them; `objects_by` says by when the record tells of one."""

    whole: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)
    objects_by: dict[str, Arrival] = field(default_factory=dict)
    part: dict[str, str] = field(default_factory=dict)
    lost: bool = False
    mismatched: int = 0

    @classmethod
    def by(cls, parents: Parents, entries: Iterable[Entry]) -> Took:
        took = cls()
        for entry in entries:
            if entry.passed is not False:
                brought = entry.account if entry.kind == "push" else ""
                there = Arrival(entry.at, "the guard's record", brought, exact=False)
                for one in entry.changes:
                    took.objects_by.setdefault(one.new, there)
            if not entry.passed or entry.kind not in ("push", "history"):
                continue
            if entry.counts:
                took.objects.update(one.new for one in entry.changes)
            commits: Sequence[str] = entry.named
            if not commits and entry.commits:
                if any(tip not in parents for tip in entry.tips):
                    took.lost = True
                    continue
                commits = walk(parents, entry.tips, entry.bounds)
            if len(commits) != entry.commits:
                took.mismatched += 1
            elif entry.counts:
                took.whole.update(commits)
            else:
                why = (
                    "part of its push could not be searched"
                    if entry.rules
                    else "only known credentials were looked for"
                )
                took.part.update(dict.fromkeys(commits, f"{why} ({iso(entry.at)})"))
        return took


def walk(parents: Parents, tips: Iterable[str], bounds: Iterable[str] = ()) -> list[str]:
    """The commits that lead to the tips, without passing a bound; each once."""
    seen = set(bounds)
    waiting = [tip for tip in tips if tip in parents]
    found = []
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            found.append(one)
            waiting += [parent for parent in parents[one] if parent in parents]
    return found


def _reason(commit: str, log: Log, took: Took, before: Mapping[str, str]) -> tuple[bool | None, str]:
    if commit in took.part:
        return None, took.part[commit]
    if log.broken is not None:
        return None, f"the record does not hold from line {log.broken} on"
    if took.lost:
        return None, "a push that may have brought it is recorded by a tip that is gone"
    if not log.entries:
        return False, "no push here was ever recorded"
    return False, before.get(commit, "it came past the guard: no record of a push has it")


def _of_object(log: Log) -> tuple[bool | None, str]:
    if log.broken is not None:
        return None, f"the record does not hold from line {log.broken} on"
    if not log.entries:
        return False, "no push here was ever recorded"
    return False, "no record of a push that was searched has this tag, or what the ref is"


def _before_the_guard(parents: Parents, entries: Sequence[Entry]) -> dict[str, str]:
    """Commits that the first line says were there: when the hook was installed, or when it took its first push."""
    for entry in entries:
        if entry.kind == "installed":
            why = f"it was there when the hook was installed ({iso(entry.at)})"
            return dict.fromkeys(walk(parents, entry.tips), why)
        if entry.kind == "push":
            why = f"it was there before the first push that was recorded ({iso(entry.at)})"
            return dict.fromkeys(walk(parents, entry.bounds), why)
    return {}


def _told(entries: Iterable[Entry]) -> list[tuple[Arrival, str]]:
    """What the guard's own record says was there by when; what a push brought came with it."""
    told = []
    for entry in entries:
        there = Arrival(entry.at, "the guard's record", exact=False)
        told += [(there, tip) for tip in (entry.bounds if entry.kind == "push" else entry.tips)]
        if entry.kind == "push" and entry.passed:
            told += [(Arrival(entry.at, "the guard's record", entry.account), tip) for tip in entry.tips]
    return told


def first_seen(parents: Parents, arrivals: Iterable[tuple[Arrival, str]]) -> dict[str, Arrival]:
    """For each commit the earliest that led to it; of two at the same time the one that was there before."""
    seen: dict[str, Arrival] = {}
    for arrival, tip in sorted(arrivals, key=lambda one: (one[0].at, one[0].exact)):
        waiting = [tip] if tip in parents else []
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen[one] = arrival
                waiting += [parent for parent in parents[one] if parent in parents]
    return seen


def branch_of(name: str, tip: str, asked: Sequence[str], missed: Mapping[str, Missed]) -> Branch:
    mine = [missed[one] for one in asked if one in missed]
    surely = [one for one in mine if one.covered is False]
    if not asked:
        return Branch(name, tip, 0, 0, None, "no commit came in this time")
    if surely:
        return Branch(name, tip, len(asked), len(mine), False, _most_common(surely))
    if mine:
        return Branch(name, tip, len(asked), len(mine), None, _most_common(mine))
    return Branch(name, tip, len(asked), 0, True, "a record of a search has each")


def _most_common(missed: Sequence[Missed]) -> str:
    counted: dict[str, int] = {}
    for one in missed:
        counted[one.why] = counted.get(one.why, 0) + 1
    (why, number), *others = sorted(counted.items(), key=lambda item: -item[1])
    return f"{why}{f' ({number}; and {len(others)} other reasons)' if others else ''}"
