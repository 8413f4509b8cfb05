"""A repository on this disk, asked by git: its graph, its reflog, its hooks, who may write its record."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from irkit.guard.coverage import record
from irkit.guard.coverage.judging import Arrival, Judged, Missed, Parents, judged
from irkit.guard.coverage.record import Log
from irkit.guard.coverage.report import Gap, Repository
from irkit.guard.git import asked, git, git_dir
from irkit.guard.hooks.installing import RECEIVING, Standing, standing
from irkit.model import iso

_AUTHORS = 1000  # of so many missed commits the author is asked for


def pushed_to(path: Path, branches: tuple[str, ...], since: datetime | None, earlier: str) -> Repository:
    """A repository that contributors push to, by the record of its pre-receive hook. BadInput when it is none."""
    inside = git_dir(path)
    hook, log = standing(inside, RECEIVING), record.read(inside)
    tips = heads(inside, branches)
    found = judged(graph(inside, [*tips.values(), *(tip for one in log.entries for tip in one.tips)]), tips, log,
                   arrivals(inside), since=since, now=heads(inside, ()))  # fmt: skip
    missed = with_authors(inside, found.missed)
    gaps = [
        *_hook_gaps(path, hook),
        *_record_gaps(inside, log, earlier),
        *_commit_gaps(path, found),
        *_moved_gaps(found),
    ]
    if not tips:
        gaps.append(
            Gap(
                "no branch is here",
                "nothing was ever pushed, or no branch is called so",
                "check the name",
                surely=False,
            )
        )
    facts = (
        ("pre-receive hook", "irkit's, in force" if hook.works else hook.why),
        ("the guard's record", _said(log)),
        *((("written by", ", ".join(who)),) if (who := sorted({one.account for one in log.entries})) else ()),
        ("the host's push protection", "unknown: git alone does not say"),
    )
    return Repository(
        str(path), "bare" if asked(inside, "rev-parse", "--is-bare-repository") == b"true\n" else "pushed to",
        facts, found.branches, missed, found.moved, (), tuple(gaps), log.head if log.there else "", len(log.entries),
        taken=found.covered,
    )  # fmt: skip


def heads(inside: Path, patterns: Iterable[str]) -> dict[str, str]:
    """Branches by name, those that a pattern fits; all of them where there is none."""
    listed = os.fsdecode(git(inside, "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads")).splitlines()
    named = {ref: oid for oid, _, ref in (line.partition(" ") for line in listed)}
    wanted = tuple(patterns)
    return {
        ref: oid
        for ref, oid in named.items()
        if not wanted or any(fnmatchcase(ref.removeprefix("refs/heads/"), pattern) for pattern in wanted)
    }


def graph(inside: Path, tips: Iterable[str]) -> Parents:
    """The parents of each commit that leads to the tips; tips that are gone are left out."""
    given = "".join(f"{tip}\n" for tip in dict.fromkeys(tips)).encode()
    if not given:
        return {}
    # Shared texts: each id stands in the graph as often as it has children.
    names: dict[str, str] = {}
    found: dict[str, tuple[str, ...]] = {}
    for line in git(inside, "rev-list", "--parents", "--ignore-missing", "--stdin", given=given).decode().splitlines():
        one, *parents = (names.setdefault(name, name) for name in line.split())
        found[one] = tuple(parents)
    return found


def arrivals(inside: Path) -> list[tuple[Arrival, str]]:
    """What the reflogs of branches say, where git keeps any: in a bare repository core.logAllRefUpdates has to say so."""
    told = asked(inside, "log", "-g", "--all", "--no-show-signature", "--date=unix", "--format=%H%x00%gD%x00%gn%x00")
    found = []
    for line in os.fsdecode(told or b"").splitlines():
        oid, where, who, *_ = [*line.split("\0"), "", ""]
        ref, _, at = where.rpartition("@{")
        if ref and at.rstrip("}").isdigit():
            when = datetime.fromtimestamp(int(at.rstrip("}")), UTC)
            found.append((Arrival(when, f"the reflog of {ref.removeprefix('refs/heads/')}", who), oid))
    return found


def with_authors(inside: Path, missed: Iterable[Missed]) -> tuple[Missed, ...]:
    """The same, with who wrote each: as the commit says, which anybody may write."""
    all_of = tuple(missed)
    given = "".join(f"{one.commit}\n" for one in all_of[:_AUTHORS]).encode()
    if not given:
        return all_of
    told = git(inside, "log", "--no-walk", "--stdin", "--no-show-signature", "--format=%H%x00%an <%ae>", given=given)
    authors = dict(line.split("\0", 1) for line in told.decode("utf-8", "replace").split("\n") if "\0" in line)
    return tuple(replace(one, author=authors.get(one.commit, "")) for one in all_of)


def _said(log: Log) -> str:
    if not log.there:
        return "none"
    searched = [one for one in log.entries if one.kind in ("push", "history")]
    refused = sum(one.passed is False for one in searched)
    last = f", the last at {iso(log.entries[-1].at)}" if log.entries else ""
    broken = f"; it does not hold from line {log.broken} on" if log.broken is not None else ""
    return f"{len(log.entries)} lines, {len(searched)} searches ({refused} refused){last}{broken}"


def _hook_gaps(path: Path, hook: Standing) -> list[Gap]:
    if hook.works:
        return []
    do = f"irkit guard install --pre-receive {path}"
    return [Gap("pushes are not searched now", f"{hook.hook.name}: {hook.why}", do, surely=hook.works is False)]


def _record_gaps(inside: Path, log: Log, earlier: str) -> list[Gap]:
    gaps = []
    again = f"put the file aside as evidence, then irkit guard receive --history {inside}"
    if log.broken is not None:
        why = f"line {log.broken} does not follow from the line before it: the file was changed, or a write was cut off"
        gaps.append(Gap("the guard's record was changed", why, again))
    if earlier and not log.holds(earlier):
        why = f"an earlier report saw the line {earlier[:12]}, which is gone"
        gaps.append(Gap("the guard's record was cut or replaced", why, again))
    for file in (record.place(inside), standing(inside, RECEIVING).hook.parent):
        mode = file.stat().st_mode if file.exists() else 0
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            who = "anybody" if mode & stat.S_IWOTH else "its group"
            why = f"{who} may write {file.name} ({stat.filemode(mode)}): what it says is the word of all of them"
            do = "have pushes come in through one account (ssh with git-shell, or HTTP), and take the right away"
            gaps.append(Gap("contributors may write what is evidence here", why, do))
    return gaps


def _commit_gaps(path: Path, found: Judged) -> list[Gap]:
    gaps = []
    reasons: dict[tuple[bool | None, str], int] = {}
    for one in found.missed:
        reasons[one.covered, one.why] = reasons.get((one.covered, one.why), 0) + 1
    for (covered, why), number in reasons.items():
        told = f"{number} {'commit' if number == 1 else 'commits'} {'never searched' if covered is False else 'perhaps not searched'}"
        gaps.append(Gap(told, why, f"irkit guard receive --history {path}", surely=covered is False))
    if found.mismatched:
        why = f"{found.mismatched} records say another number of commits than their tips lead to"
        gaps.append(Gap("records that do not fit this repository", why, f"irkit guard receive --history {path}"))
    return gaps


def _moved_gaps(found: Judged) -> list[Gap]:
    gaps = []
    for one in found.moved:
        if one.settled:
            continue
        until = f"and before {iso(one.before)}" if one.before else "and now"
        why = f"between the record of {iso(one.after)} {until} it moved, and no record tells of it"
        do = "find out who took the hook away or wrote on the server itself; its log of logins says who was there"
        gaps.append(Gap(f"{one.ref} moved past the hook", why, do))
    return gaps


def by_name(repositories: Iterable[Repository]) -> Mapping[str, str]:
    """Which repository's record has a commit."""
    return {commit: one.name for one in repositories for commit in one.taken}
