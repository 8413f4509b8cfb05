"""Many searches at once: processes of this machine, or a Dask cluster, behind the one interface of concurrent.futures.

A worker that dies takes no result with it: what it was reading is read again. Results come in the order asked, whoever was first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from dataclasses import replace
from pathlib import Path

from irkit.model import Skipped
from irkit.sources.everywhere import locate
from irkit.sources.hunt import Found, Hunted, Progress
from irkit.sources.notes import Notes
from irkit.sources.pool import ROUNDS, cluster, processes, result_of

Group = tuple[str, ...]
"""Paths that are read together: one, or several repositories that share one git directory."""


def read_group(
    group: Group, hunted: Sequence[Hunted], progress: Progress | None = None, notes: Notes | None = None
) -> Found:
    """What stands in the first of them; where others share its git directory, its objects are read once and told for each."""
    found = locate([Path(path) for path in group], hunted, progress, notes)
    told = list(found.occurrences)
    for one in found.occurrences:
        if one.git and one.git.repository == group[0]:
            told += [replace(one, git=replace(one.git, repository=other)) for other in group[1:]]
    return Found(tuple(told), found.skipped)


def run(
    groups: Sequence[Group],
    hunted: Sequence[Hunted],
    workers: int,
    scheduler: str,
    done: Callable[[int, Found], None],
    progress: Progress | None = None,
    notes: Notes | None = None,
) -> None:
    """`read_group` for each; `done` is called with the number of the group and what was found, as it comes.

    With one worker and no scheduler all is done here: `progress` follows each object and `notes` keep what is finished.
    BadInput for a scheduler that the needles would reach unencrypted.
    """
    if workers <= 1 and not scheduler:
        for number, group in enumerate(groups):
            done(number, read_group(group, hunted, progress, notes))
        return
    opened = cluster(scheduler) if scheduler else None
    left = dict(enumerate(groups))
    for _ in range(ROUNDS):
        with opened() if opened else processes(min(workers, len(left) or 1)) as executor:
            _round(executor, left, hunted, done)
        if not left:
            return
    for number, group in list(left.items()):
        alone = {number: group}
        with processes(1) as executor:
            _round(executor, alone, hunted, done)
        if alone:
            why = "the process that read it died each time; is there enough memory? Its content was not searched"
            done(number, Found(skipped=tuple(Skipped(path, why) for path in group)))


def _round(
    executor: Executor, left: dict[int, Group], hunted: Sequence[Hunted], done: Callable[[int, Found], None]
) -> None:
    """Takes from `left` what is finished; what a dead worker was reading stays in it."""
    waiting: dict[Future[Found], int] = {}
    try:
        for number, group in left.items():
            waiting[executor.submit(read_group, group, tuple(hunted))] = number
    except BrokenExecutor:
        return
    for future in as_completed(waiting):
        try:
            found = result_of(future)
        except BrokenExecutor:
            continue
        del left[waiting[future]]
        done(waiting[future], found)
