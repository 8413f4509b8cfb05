"""The search over many targets: mirror what is elsewhere, read everything, and tell it in the order it was named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from irkit.errors import StepFailed
from irkit.model import Skipped
from irkit.sources.fleet.memory import Memory
from irkit.sources.fleet.mirrors import Access, mirror_of, update
from irkit.sources.fleet.targets import Target, distinct
from irkit.sources.fleet.workers import Group, run
from irkit.sources.git.run import repository_at
from irkit.sources.hunt import Found, Hunted, Progress

_ABSENT = re.compile(r"not found|does not exist|\b404\b", re.IGNORECASE)
"""What git says of an address where there is no repository."""


@dataclass(frozen=True)
class Fleet:
    """How it is done: how many at once, where (a Dask scheduler's address, "" for this machine), with what access to clones."""

    workers: int = 1
    scheduler: str = ""
    access: Access = field(default_factory=Access)


def search(targets: Sequence[Target], hunted: Sequence[Hunted], fleet: Fleet, progress: Progress) -> Found:
    """All occurrences, in the order of the targets whatever the workers. Stopped and started again, it goes on where it was.

    A repository that cannot be fetched is skipped with its reason; when an earlier fetch of it is here, that is searched.
    Repositories that share one git directory are read once and told for each.
    """
    wanted = distinct(targets)
    memory = Memory([target.name for target in wanted], hunted)
    paths, skipped = _fetched(wanted, fleet, progress)
    groups = _groups([paths[target] for target in wanted if target in paths])
    results: dict[int, Found] = {}
    waiting: list[int] = []
    for number, group in enumerate(groups):
        remembered = memory.recall(group)
        if remembered is None:
            waiting.append(number)
        else:
            results[number] = remembered

    def done(place: int, found: Found) -> None:
        number = waiting[place]
        memory.keep(groups[number], found)
        results[number] = found
        progress("repositories and paths", len(results), len(groups))

    run([groups[number] for number in waiting], hunted, fleet.workers, fleet.scheduler, done, progress, memory)
    memory.forget()
    names = {str(path): target.name for target, path in paths.items() if target.url}
    found = sum((_renamed(results[number], names) for number in sorted(results)), Found(skipped=tuple(skipped)))
    return Found(tuple(dict.fromkeys(found.occurrences)), tuple(dict.fromkeys(found.skipped)))


def _fetched(targets: Sequence[Target], fleet: Fleet, progress: Progress) -> tuple[dict[Target, Path], list[Skipped]]:
    """Where each target is on this machine. Fetching waits for the network, so threads are enough."""
    remote = [target for target in targets if target.url]
    paths = {target: target.path for target in targets if target.path is not None}
    skipped: list[Skipped] = []
    absent: list[str] = []
    with ThreadPoolExecutor(max(1, fleet.workers)) as threads:
        asked = [(target, threads.submit(update, target.url, fleet.access)) for target in remote]
        try:
            for number, (target, future) in enumerate(asked, start=1):
                try:
                    paths[target] = future.result()
                except StepFailed as error:
                    if target.maybe and _ABSENT.search(error.why):
                        absent.append(target.name)
                    else:
                        skipped.append(_not_fetched(target, error, paths))
                progress("repositories fetched", number, len(remote))
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    if absent:
        why = "the host knows no such repository: nobody wrote these wikis, or this credential may not see them"
        skipped.append(Skipped(f"{len(absent)} wikis, {absent[0]} the first", why))
    return paths, skipped


def _not_fetched(target: Target, error: StepFailed, paths: dict[Target, Path]) -> Skipped:
    mirror = mirror_of(target.url)
    if (mirror / "HEAD").exists() and any((mirror / "objects").glob("*/*")):
        paths[target] = mirror
        return Skipped(target.name, f"{error.what}: {error.why}; what was fetched of it before was searched")
    return Skipped(target.name, f"{error.what}: {error.why}")


def _groups(paths: Sequence[Path]) -> list[Group]:
    """Paths by the git directory they share, in the order of the first of each; anything else by itself."""
    groups: dict[object, list[str]] = {}
    for path in paths:
        repository = repository_at(path) if path.is_dir() else None
        key: object = repository.common.resolve() if repository else str(path)
        if str(path) not in groups.setdefault(key, []):
            groups[key].append(str(path))
    return [tuple(group) for group in groups.values()]


def _renamed(found: Found, names: dict[str, str]) -> Found:
    """Mirrors are told under the address they are of."""
    occurrences = tuple(
        replace(one, git=replace(one.git, repository=names[one.git.repository]))
        if one.git and one.git.repository in names
        else one
        for one in found.occurrences
    )
    return Found(occurrences, found.skipped)
