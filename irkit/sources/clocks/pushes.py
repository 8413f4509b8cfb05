"""When a commit was on the host: a ref that moved, or a CI run on it, as the host recorded it; and what carried the credential."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from irkit.model import Clock, Instant, Trust
from irkit.sources.git.run import git, repository_at


@dataclass(frozen=True)
class Push:
    """The commit `after` was on the host at `at` (UTC, the host's clock): `ref` moved to it, or `did` names what ran on it.

    `every_push` is True for a record that lists all pushes of its repository, so that a commit's absence from it says something.
    `before` is the commit the ref stood at until then: zeros when the push made it, "" when the record does not say. `after` is
    zeros where a ref was deleted. `merged`: a pull request was merged; its commits were on the host before, maybe in a fork.
    """

    at: datetime
    ref: str
    after: str
    source: str
    trust: Trust = Trust.INDEPENDENT
    precision_s: float = 1.0
    record: str = "github-activity"
    every_push: bool = True
    did: str = "moved to"
    before: str = ""
    merged: bool = False


def arrival(pushes: Sequence[Push], repository: Path, holding: Iterable[str]) -> tuple[Instant, ...]:
    """When the credential came to the host: the first push whose commit is, or descends from, one that holds it.

    `pushes` oldest first. For each record the first instant counts. PUSH says that it was out by then. A record of every push
    says ARRIVED too (it was not there before) when it is complete: every branch it names, and every branch that is here, was
    made within it; another push came before that one; every commit it names up to then is here, so that none of them can
    have carried it unseen; and it did not come by a pull request, which anybody could read before it was merged. A record
    cut off at its old end names branches that were there already, and says no ARRIVED. Empty when no recorded push carried
    it: pushed before the record begins, or elsewhere.
    """
    found = repository_at(repository)
    if found is None:
        return ()
    held = set(holding)
    graph = git(found, "rev-list", "--all", "--reflog", "--parents").decode()
    known = {line.split(" ", 1)[0] for line in graph.splitlines()}
    carriers = _descendants(graph, held)
    branches = {_branch(name) for name in git(found, "for-each-ref", "--format=%(refname)").decode().split()} - {""}
    instants: list[Instant] = []
    for record in dict.fromkeys(push.record for push in pushes):
        own = [push for push in pushes if push.record == record]
        instants += _first(own, carriers, known, whole=_whole(own, branches))
    return tuple(instants)


def _whole(pushes: Sequence[Push], branches: set[str]) -> bool:
    """Whether the record reaches back to the making of every branch it names and of every branch that is here."""
    firsts: dict[str, Push] = {}
    for push in pushes:
        firsts.setdefault(push.ref, push)
    return branches <= firsts.keys() and all(push.before and not push.before.strip("0") for push in firsts.values())


def _branch(ref: str) -> str:
    """The branch as its host names it: a clone keeps it under the name of a remote. "" for what is no branch."""
    if ref.startswith("refs/remotes/"):
        name = ref.removeprefix("refs/remotes/").partition("/")[2]
        return "" if name == "HEAD" else f"refs/heads/{name}"
    return ref if ref.startswith("refs/heads/") else ""


def _first(pushes: Sequence[Push], carriers: set[str], known: set[str], *, whole: bool) -> list[Instant]:
    for number, push in enumerate(pushes):
        if push.after in carriers:
            source = f"{push.source}: {push.ref} {push.did} {push.after[:12]}"
            seen = all(one.after in known or not one.after.strip("0") for one in pushes[:number])
            complete = push.every_push and whole and number > 0 and seen and not push.merged
            clocks = (Clock.PUSH, Clock.ARRIVED) if complete else (Clock.PUSH,)
            return [Instant(push.at, clock, source, push.trust, push.precision_s) for clock in clocks]
    return []


def _descendants(graph: str, roots: set[str]) -> set[str]:
    """`roots` and every commit that has one of them among its ancestors. `graph`: lines `commit parent...`."""
    children: dict[str, list[str]] = defaultdict(list)
    for line in graph.splitlines():
        commit, *parents = line.split()
        for parent in parents:
            children[parent].append(commit)
    reached, waiting = set(roots), list(roots)
    while waiting:
        for child in children[waiting.pop()]:
            if child not in reached:
                reached.add(child)
                waiting.append(child)
    return reached
