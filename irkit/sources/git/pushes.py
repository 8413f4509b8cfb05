"""When a commit was really pushed: a code host's own record, which the person pushing cannot choose.

Format: the answer of GitHub `GET /repos/{owner}/{repo}/activity`, saved as a file: a list of objects with `before`, `after`, `ref`,
`timestamp` (ISO 8601) and `activity_type`. https://docs.github.com/rest/repos/repos#list-repository-activities
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from irkit.errors import BadInput, IrkitError
from irkit.model import Clock, Instant, Skipped, Trust, parse_instant
from irkit.sources.git.run import git, repository_at

_CARRY = frozenset({"push", "force_push", "branch_creation", "pr_merge", "merge_queue_merge"})


@dataclass(frozen=True)
class Push:
    """A ref moved to `after` at `at` (UTC, the host's clock)."""

    at: datetime
    ref: str
    after: str
    source: str


def read_pushes(path: Path) -> tuple[tuple[Push, ...], tuple[Skipped, ...]]:
    """The pushes in a saved answer, oldest first, and the entries that are none. BadInput when it is no such answer."""
    try:
        entries = json.loads(path.read_text())
    except OSError as error:
        raise BadInput("the push activity cannot be read", on=path, why=error.strerror or "") from None
    except ValueError:
        raise BadInput("the push activity is not JSON", on=path, do="save the host's answer as it came") from None
    if not isinstance(entries, list):
        raise BadInput("this is no list of activities", on=path, do="save the answer of GET /repos/OWNER/REPO/activity")
    pushes, skipped = [], []
    for number, entry in enumerate(entries, start=1):
        try:
            if entry["activity_type"] in _CARRY:
                at = parse_instant(entry["timestamp"])
                pushes.append(Push(at, entry["ref"], entry["after"], f"{path.name}, entry {number}"))
        except (KeyError, TypeError, AttributeError, IrkitError):
            skipped.append(Skipped(f"{path}: entry {number}", "not an activity with ref, after and timestamp"))
    return tuple(sorted(pushes, key=lambda push: push.at)), tuple(skipped)


def arrival(pushes: Sequence[Push], repository: Path, holding: Iterable[str]) -> tuple[Instant, ...]:
    """When the credential came to the host: the first push whose commit is, or descends from, one that holds it.

    Two instants of that moment: PUSH (it was out by then), and, when the record is complete, ARRIVED (it was not there
    before). Complete means: the record begins with a push before that one, and every commit it names up to then is here, so that
    none of them can have carried it unseen. Empty when no recorded push carried it: pushed before the record begins, or elsewhere.
    """
    found = repository_at(repository)
    if found is None:
        return ()
    held = set(holding)
    graph = git(found, "rev-list", "--all", "--reflog", "--parents").decode()
    known = {line.split(" ", 1)[0] for line in graph.splitlines()}
    carriers = _descendants(graph, held)
    for number, push in enumerate(pushes):
        if push.after in carriers:
            source = f"{push.source}: {push.ref} moved to {push.after[:12]}"
            complete = number > 0 and all(one.after in known for one in pushes[:number])
            clocks = (Clock.PUSH, Clock.ARRIVED) if complete else (Clock.PUSH,)
            return tuple(Instant(push.at, clock, source, Trust.INDEPENDENT) for clock in clocks)
    return ()


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
