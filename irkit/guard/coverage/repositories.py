"""A repository on this disk, asked by git: its graph, its reflog, its hooks, who may write its record."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from irkit.guard.coverage import record
from irkit.guard.coverage.judging import Arrival, Judged, Missed, Other, Parents, judged, walk
from irkit.guard.coverage.moving import is_local
from irkit.guard.coverage.record import Log
from irkit.guard.coverage.report import Gap, Repository
from irkit.guard.git import asked, git, git_dir
from irkit.guard.hooks.installing import RECEIVING, Standing, standing
from irkit.model import iso

_AUTHORS = 1000  # of so many missed commits the author is asked for
_NAMED = 20  # refs that moved are findings of their own


def pushed_to(path: Path, branches: tuple[str, ...], since: datetime | None, earlier: str) -> Repository:
    """A repository that contributors push to, by the record of its pre-receive hook. BadInput when it is none."""
    inside = git_dir(path)
    hook, log = standing(inside, RECEIVING), record.read(inside)
    bare = asked(inside, "rev-parse", "--is-bare-repository") == b"true\n"
    now = {one.ref: one.new for one in record.standing_refs(inside) if bare or not is_local(one.ref)}
    tips = heads(inside, branches)
    others = {} if branches else _others(inside, {ref: oid for ref, oid in now.items() if ref not in tips})
    ends = (*tips.values(), *(one.commit for one in others.values() if one.commit))
    parents = graph(inside, [*ends, *(tip for one in log.entries for tip in one.tips)])
    came = arrivals(inside)
    found = judged(parents, tips, log, came, since=since, others=others, now=now)
    missed = with_authors(inside, found.missed)
    here = set() if branches or since else {*walk(parents, ends)}
    gaps = [
        *_hook_gaps(path, hook),
        *_record_gaps(inside, log, earlier, hook),
        *_commit_gaps(path, found),
        *_moved_gaps(found),
        *(() if branches or since else _gone_gaps(log, came, found, here)),
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
        str(path), "bare" if bare else "pushed to",
        facts, found.branches, missed, found.moved, (), tuple(gaps), log.head if log.there else "", len(log.entries),
        taken=found.covered, file=str(record.place(inside).resolve()), links=_links(inside, tips.values()),
    )  # fmt: skip


def heads(inside: Path, patterns: Iterable[str]) -> dict[str, str]:
    """Branches by name, those that a pattern fits; all of them where there is none."""
    named = {one.ref: one.new for one in record.standing_refs(inside) if one.ref.startswith("refs/heads/")}
    wanted = tuple(patterns)
    return {
        ref: oid
        for ref, oid in named.items()
        if not wanted or any(fnmatchcase(ref.removeprefix("refs/heads/"), pattern) for pattern in wanted)
    }


def _others(inside: Path, refs: Mapping[str, str]) -> dict[str, Other]:
    """Refs that are no branches, with the commits that they lead to."""
    given = "".join(f"{oid}^{{commit}}\n" for oid in refs.values()).encode()
    if not given:
        return {}
    told = git(inside, "cat-file", "--batch-check=%(objectname) %(objecttype)", given=given).decode().splitlines()
    commits = (line.split()[0] if line.endswith(" commit") else "" for line in told)
    return {ref: Other(oid, commit) for (ref, oid), commit in zip(refs.items(), commits, strict=True)}


def _links(inside: Path, tips: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The submodules of these commits: their names, and the commits elsewhere."""
    wanted = tuple(dict.fromkeys(tips))
    given = "".join(f"{tip}:.gitmodules\n" for tip in wanted).encode()
    if not given:
        return ()
    told = git(inside, "cat-file", "--batch-check=%(objecttype)", given=given).decode().splitlines()
    found: dict[tuple[str, str], None] = {}
    for tip in (tip for tip, line in zip(wanted, told, strict=True) if line == "blob"):
        for entry in os.fsdecode(git(inside, "ls-tree", "-r", "-z", "--full-tree", tip)).split("\0"):
            about, _, name = entry.partition("\t")
            if about.startswith("160000 "):
                found[name, about.split(" ")[2]] = None
    return tuple(found)


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
    refused, accepted = sum(one.passed is False for one in searched), sum(one.accepted for one in searched)
    last = f", the last at {iso(log.entries[-1].at)}" if log.entries else ""
    broken = f"; it does not hold from line {log.broken} on" if log.broken is not None else ""
    return f"{len(log.entries)} lines, {len(searched)} searches ({refused} refused, {accepted} findings accepted){last}{broken}"


def _hook_gaps(path: Path, hook: Standing) -> list[Gap]:
    if hook.works:
        return []
    do = f"irkit guard install --pre-receive {path}"
    return [Gap("pushes are not searched now", f"{hook.hook.name}: {hook.why}", do, surely=hook.works is False)]


def _record_gaps(inside: Path, log: Log, earlier: str, hook: Standing) -> list[Gap]:
    gaps = []
    again = f"put the file aside as evidence, then irkit guard receive --history {inside}"
    if log.broken is not None:
        why = f"line {log.broken} does not follow from the line before it: the file was changed, or a write was cut off"
        gaps.append(Gap("the guard's record was changed", why, again))
    if earlier and not log.holds(earlier):
        why = f"an earlier report saw the line {earlier[:12]}, which is gone"
        gaps.append(Gap("the guard's record was cut or replaced", why, again))
    place = record.place(inside)
    open_to: dict[str, list[str]] = {}
    for file in dict.fromkeys((place, place.parent, place.parent / "config", hook.hook.parent, hook.hook)):
        mode = file.stat().st_mode if file.exists() else 0
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            who = "anybody" if mode & stat.S_IWOTH else "its group"
            open_to.setdefault(who, []).append(f"{file.name} ({stat.filemode(mode)})")
    for who, files in open_to.items():
        why = f"{who} may write {', '.join(files)}: what the record says is the word of all of them"
        do = "have pushes come in through one account (ssh with git-shell, or HTTP), and take the right away"
        gaps.append(Gap("contributors may write what is evidence here", why, do))
    return gaps


def _commit_gaps(path: Path, found: Judged) -> list[Gap]:
    gaps = []
    reasons: dict[tuple[bool | None, str, str], int] = {}
    for one in found.missed:
        key = (one.covered, one.why, "ref" if one.ref else "commit")
        reasons[key] = reasons.get(key, 0) + 1
    for (covered, why, thing), number in reasons.items():
        told = f"{number} {thing if number == 1 else f'{thing}s'} {'never searched' if covered is False else 'perhaps not searched'}"
        gaps.append(Gap(told, why, f"irkit guard receive --history {path}", surely=covered is False))
    if found.mismatched:
        why = f"{found.mismatched} records say another number of commits than their tips lead to"
        gaps.append(Gap("records that do not fit this repository", why, f"irkit guard receive --history {path}"))
    return gaps


def _moved_gaps(found: Judged) -> list[Gap]:
    gaps = []
    open_ones = [one for one in found.moved if not one.settled]
    for one in open_ones[:_NAMED]:
        until = f"and before {iso(one.before)}" if one.before else "and now"
        why = f"between the record of {iso(one.after)} {until} it moved, and no record tells of it"
        do = "find out who took the hook away or wrote on the server itself; its log of logins says who was there"
        gaps.append(Gap(f"{one.ref} moved past the hook", why, do))
    if len(open_ones) > _NAMED:
        why = f"{len(open_ones) - _NAMED} more refs moved, and no record tells of it: --format json names them"
        gaps.append(Gap("more refs moved past the hook", why, "find out what writes here on the server itself"))
    return gaps


def _gone_gaps(log: Log, came: Iterable[tuple[Arrival, str]], found: Judged, here: Set[str]) -> list[Gap]:
    """What the reflog saw since there is a record, what no search had, and what no ref leads to any more."""
    if not log.entries:
        return []
    first = log.entries[0]
    known = {*here, *found.covered, *first.tips, *(one.old for one in first.changes)}
    gone = {oid: one for one, oid in came if one.at >= first.at and oid not in known}
    if not gone:
        return []
    names = ", ".join(f"{oid[:12]} ({one.source}, {iso(one.at)})" for oid, one in list(gone.items())[:5])
    more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
    why = f"{names}{more}: no search is known to have had it, and no ref leads to it now; who fetched meanwhile has it"
    return [Gap("something was here for a while", why, "irkit guard scan --range 0..COMMIT over each", surely=False)]


def by_name(repositories: Iterable[Repository]) -> Mapping[str, str]:
    """Which repository's record has a commit."""
    return {commit: one.name for one in repositories for commit in one.taken}
