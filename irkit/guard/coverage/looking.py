"""`irkit guard coverage`: repositories on this disk and at a host, each looked at, a finding for each gap."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from irkit.errors import BadInput, IrkitError
from irkit.guard.coverage import record
from irkit.guard.coverage.clones import cloned
from irkit.guard.coverage.report import Coverage, Gap, Repository
from irkit.guard.coverage.repositories import by_name, pushed_to
from irkit.guard.git import as_named, asked, git_dir
from irkit.guard.hooks.installing import RECEIVING, standing
from irkit.model import Skipped

HOSTS = ("github:", "gitlab:")


@dataclass(frozen=True)
class Asking:
    """How a host is asked: its API's address ("" for the public one), the responder's own reference, the name of the check or the job
    that the CI snippet runs as."""

    base: str = ""
    responder: str = ""
    check: str = ""


@as_named()
def look(
    names: Sequence[str],
    *,
    branches: Sequence[str] = (),
    since: datetime | None = None,
    earlier: Path | None = None,
    asking: Asking | None = None,
) -> Coverage:
    """Each of the repositories: a path, or `github:OWNER/REPO`, `gitlab:GROUP/PROJECT`. One that cannot be looked at is listed as
    skipped.

    BadInput when none is given, when none can be looked at, or when the earlier report is none.
    """
    if not names:
        raise BadInput(
            "no repository is named", do="name bare repositories, clones, github:OWNER/REPO or gitlab:GROUP/PROJECT"
        )
    before = Earlier.read(earlier) if earlier else None
    patterns = tuple(branches)
    found: dict[str, Repository] = {}
    skipped: list[Skipped] = []
    clones = []
    for name in dict.fromkeys(names):
        try:
            if name.startswith(HOSTS):
                from irkit.guard.coverage.hosts import at_host

                found[name] = at_host(name, asking or Asking(), patterns, since)
            elif _is_pushed_to(Path(name)):
                found[name] = _pushed_to(Path(name), patterns, since, before)
            else:
                clones.append(name)
        except IrkitError as error:
            skipped.append(Skipped(name, str(error)))
    taken = by_name(found.values())  # a clone's commits, and submodules, may be covered where they were pushed
    found = {name: _with_submodules(one, taken) for name, one in found.items()}
    for name in clones:
        try:
            found[name] = cloned(Path(name), patterns, since, taken)
        except IrkitError as error:
            skipped.append(Skipped(name, str(error)))
    if not found:
        raise BadInput(
            "none of this could be looked at", on=skipped[0].what, why=skipped[0].why, do="name a git repository"
        )
    return Coverage(tuple(found[name] for name in dict.fromkeys(names) if name in found), tuple(skipped))


def _is_pushed_to(path: Path) -> bool:
    """A bare repository, or one with a work tree that has the hook for pushes, or had it."""
    inside = git_dir(path)
    if asked(inside, "rev-parse", "--is-bare-repository") == b"true\n":
        return True
    return bool(standing(inside, RECEIVING).works) or any(one.kind == "push" for one in record.read(inside).entries)


def _pushed_to(path: Path, patterns: tuple[str, ...], since: datetime | None, before: Earlier | None) -> Repository:
    saw = before.of(path) if before else ""
    one = pushed_to(path, patterns, since, saw or "")
    if saw is not None:
        return one
    why = "the earlier report does not name this repository, so that its record is held against nothing"
    gap = Gap("no earlier report of this record", why, "give the report of a look that named it", surely=False)
    return replace(one, gaps=(*one.gaps, gap))


def _with_submodules(one: Repository, taken: Mapping[str, str]) -> Repository:
    """A submodule is covered where its commit is, in a repository that is named in the same command."""
    left = dict.fromkeys(name for name, commit in one.links if commit not in taken)
    if not left:
        return one
    names = ", ".join(list(left)[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
    why = f"{names}: no record that was looked at has the commit that is named here"
    gap = Gap(
        f"{len(left)} submodules have their content elsewhere", why, "name their repositories as well", surely=False
    )
    return replace(one, gaps=(*one.gaps, gap))


@dataclass(frozen=True)
class Earlier:
    """The end of each record, as an earlier `--format json` saw it: by the file, or in the report of an older irkit by the name that was
    given."""

    by_file: Mapping[str, str]
    by_name: Mapping[str, str]

    def of(self, path: Path) -> str | None:
        """ "" where there was no record; None where the report does not know the repository."""
        found = self.by_file.get(str(record.place(git_dir(path)).resolve()))
        return self.by_name.get(str(path)) if found is None else found

    @classmethod
    def read(cls, file: Path) -> Earlier:
        told = _records(file)
        return cls(
            {place: head for _, place, head in told if place}, {name: head for name, place, head in told if not place}
        )


def _records(earlier: Path) -> list[tuple[str, str, str]]:
    """Of each repository its name, the file of its record, and where that ended."""
    try:
        told: Any = json.loads(earlier.read_text("utf-8"))
        return [
            (str(one["repository"]), str(one["record"].get("file") or ""), str(one["record"]["head"] or ""))
            for one in told["repositories"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            "this is no earlier report",
            on=earlier,
            why=str(error)[:120],
            do="give what irkit guard coverage --format json wrote",
        ) from None
