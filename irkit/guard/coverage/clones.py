"""A contributor's clone: is a hook in force, and which commits that were made there did it not search.

All of it is the clone's own word: its reflog and its record lie where its owner may write them, and its clock is theirs. It tells a
person what they passed over. What holds for everybody is asked of the repository that is pushed to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from irkit.guard.coverage import record
from irkit.guard.coverage.judging import Arrival, Missed, branch_of, walk
from irkit.guard.coverage.record import Entry
from irkit.guard.coverage.report import Gap, Repository
from irkit.guard.coverage.repositories import graph, heads, with_authors
from irkit.guard.git import asked, common_dir, git, git_dir, top
from irkit.guard.hooks.framework import CONFIG, configured
from irkit.guard.hooks.installing import COMMITTING, Standing, standing
from irkit.model import iso

_NO_HOOK = ("rebase", "cherry-pick", "revert", "am", "merge", "pull")
_MOVES = ("(start)", "(finish)", "(abort)", "(reset)", "finished")
_WENT_ON = ("Fast-forward", "updating HEAD")  # of a merge, which says "Merge made by" otherwise
_LATER = "the hook searched only what changed after it: it was made without the hook, then amended or committed upon"


def cloned(path: Path, branches: tuple[str, ...], since: datetime | None, taken: Mapping[str, str]) -> Repository:
    """A work tree, by its own record. `taken` says which server's record has a commit: that covers it wherever it was made."""
    inside = git_dir(path)
    hook, log = standing(path, COMMITTING), record.read(inside)
    tips = heads(inside, branches)
    parents = graph(inside, tips.values())
    noted = [one for one in log.entries if one.kind == "commit" and one.passed]
    searched, part = _steps(one for one in noted if one.counts), _steps(noted)
    older = {one.tree for one in noted if not one.bounds}
    made = {
        commit: (arrival, how)
        for commit, arrival, how in made_here(inside)
        if commit in parents and not (since and arrival.at < since)
    }
    trees = _trees(inside, {*made, *(parent for one in made for parent in parents[one][:1])})
    missed: dict[str, Missed] = {}
    for commit, (arrival, how) in made.items():
        tree, base = trees.get(commit, ""), trees.get(parents[commit][0], "") if parents[commit] else ""
        if commit in taken or _led(searched, tree, base):
            continue
        covered, why = (
            (None, "part of it could not be searched")
            if _led(part, tree, base)
            else (False, _LATER if tree in part else _why(how, hook, bool(log.entries)))
        )
        if covered is False and tree in older:
            covered, why = None, "an older irkit noted a search, and not what it was compared with"
        if log.broken is not None and covered is False:
            covered, why = None, f"the record does not hold from line {log.broken} on"
        missed[commit] = Missed(commit, why, covered, arrival)
    found = [
        branch_of(name, tip, [one for one in walk(parents, (tip,)) if one in made], missed)
        for name, tip in tips.items()
    ]
    named = with_authors(inside, missed.values())
    facts = (
        ("pre-commit hook", "irkit's, in force" if hook.works else hook.why),
        ("core.hooksPath", _config(path, "core.hooksPath") or "not set"),
        ("pushes to", _config(path, "remote.origin.url", hide=True) or "no remote called origin"),
        ("committed here", f"{len(made)} commits that its reflog still tells of, by its own clock"),
        ("to be trusted", "as far as whoever owns this clone"),
    )
    return Repository(
        str(path), "clone", facts, tuple(found), named, gaps=(*_hook_gaps(path, hook), *_gaps(named)),
        head=log.head if log.there else "", lines=len(log.entries),
    )  # fmt: skip


def made_here(inside: Path) -> Iterable[tuple[str, Arrival, str]]:
    """The commits that the reflogs of its branches, and of HEAD in each of its work trees, say were made here, when, and by what
    command."""
    linked = sorted(one.name for one in (common_dir(inside) / "worktrees").glob("*"))
    for refs in ("--branches", "HEAD", "main-worktree/HEAD", *(f"worktrees/{name}/HEAD" for name in linked)):
        told = asked(
            inside, "log", "-g", refs, "--no-show-signature", "--date=unix", "--format=%H%x00%gD%x00%gn%x00%gs"
        )
        for line in os.fsdecode(told or b"").split("\n"):
            oid, where, who, how = [*line.split("\0", 3), "", "", ""][:4]
            at = where.rpartition("@{")[2].rstrip("}")
            if at.isdigit() and _made(how):
                yield oid, Arrival(datetime.fromtimestamp(int(at), UTC), "the clone's reflog", who), how


def _made(how: str) -> bool:
    """A merge or a rebase makes commits; to go forward, or to start from somewhere, does not. What follows the command is the first line
    of the commit's message, where anything may stand."""
    action, _, said = how.partition(": ")
    command = action.split(" ")[0].rstrip(":")
    if command == "commit":
        return True
    went_on = command in ("merge", "pull") and "(" not in action and said.startswith(_WENT_ON)
    return command in _NO_HOOK and not went_on and not any(word in action for word in _MOVES)


def _steps(noted: Iterable[Entry]) -> dict[str, set[str]]:
    """Of each tree that was searched those with which it was compared: what they hold already was not looked at."""
    found: dict[str, set[str]] = {}
    for one in noted:
        found.setdefault(one.tree, set()).update(one.bounds)
    return found


def _led(steps: Mapping[str, set[str]], tree: str, base: str) -> bool:
    """Whether searches lead from what the parent holds ("" for none) to what the commit does."""
    seen: set[str] = set()
    waiting = [tree] if tree else []
    while waiting:
        one = waiting.pop()
        if one == base or (not base and not one.strip("0")):
            return True
        if one not in seen:
            seen.add(one)
            waiting += steps.get(one, ())
    return False


def _why(how: str, hook: Standing, noted: bool) -> str:
    if not noted:
        return "it was committed here, and no hook here ever noted a search"
    if not how.startswith("commit"):
        return "git runs no pre-commit hook for a rebase, a merge, a revert or a cherry-pick"
    if hook.works:
        return "it was committed here and the hook did not search it: git commit --no-verify, or another core.hooksPath"
    return "it was committed here without irkit's hook"


def _trees(inside: Path, commits: Iterable[str]) -> dict[str, str]:
    given = "".join(f"{one}\n" for one in commits).encode()
    if not given:
        return {}
    told = git(inside, "log", "--no-walk", "--stdin", "--no-show-signature", "--format=%H %T", given=given).decode()
    return dict(line.split(" ", 1) for line in told.splitlines() if " " in line)


def _hook_gaps(path: Path, hook: Standing) -> list[Gap]:
    if hook.works:
        return []
    file = top(path) / CONFIG
    if hook.works is None and file.is_file():
        runs, said = configured(file)
        if runs:
            return []
        do = "add irkit-guard to it, as docs/guard.md shows"
        what = "commits are not searched" if runs is False else "whether commits are searched is unknown"
        return [Gap(what, f"{CONFIG} {said}", do, surely=runs is False)]
    do = f"irkit guard install {path}"
    if (chosen := _config(path, "core.hooksPath")) and not hook.works:
        do = f"{do} (git looks in {chosen}, by core.hooksPath)"
    return [Gap("commits are not searched now", hook.why, do, surely=hook.works is False)]


def _gaps(missed: Iterable[Missed]) -> list[Gap]:
    reasons: dict[tuple[bool | None, str], list[Missed]] = {}
    for one in missed:
        reasons.setdefault((one.covered, one.why), []).append(one)
    gaps = []
    for (covered, why), several in reasons.items():
        who = sorted({one.author for one in several})
        people = ", ".join(who[:5]) + (f" and {len(who) - 5} more" if len(who) > 5 else "")
        last = max((one.arrived.at for one in several if one.arrived), default=None)
        when = f", the last at {iso(last)}" if last else ""
        do = "irkit guard scan --range A..B over them; what holds for everybody is the hook where it is pushed to"
        what = f"{len(several)} {'commit' if len(several) == 1 else 'commits'} by {people}{when}: not searched here"
        gaps.append(Gap(what, why, do, surely=covered is False))
    return gaps


def _config(path: Path, name: str, *, hide: bool = False) -> str:
    value = os.fsdecode(asked(path, "config", "--get", name) or b"").strip()
    if hide and "@" in value.partition("://")[2].partition("/")[0]:  # a login in an address is a secret
        scheme, _, rest = value.partition("://")
        return f"{scheme}://{rest.partition('@')[2]}"
    return value
