"""`irkit guard coverage`: repositories on this disk and at a host, each looked at, a finding for each gap."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from irkit.errors import BadInput, IrkitError
from irkit.guard.coverage.clones import cloned
from irkit.guard.coverage.report import Coverage, Repository
from irkit.guard.coverage.repositories import by_name, pushed_to
from irkit.guard.git import asked, git_dir
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
    heads = _heads(earlier) if earlier else {}
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
                found[name] = pushed_to(Path(name), patterns, since, heads.get(str(Path(name)), ""))
            else:
                clones.append(name)
        except IrkitError as error:
            skipped.append(Skipped(name, str(error)))
    taken = by_name(found.values())  # a clone's commits may be covered where they were pushed
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
    """A bare repository, or one with a work tree that has the hook for pushes."""
    inside = git_dir(path)
    if asked(inside, "rev-parse", "--is-bare-repository") == b"true\n":
        return True
    return bool(standing(inside, RECEIVING).works)


def _heads(earlier: Path) -> Mapping[str, str]:
    """The end of each record, as an earlier `--format json` saw it."""
    try:
        told: Any = json.loads(earlier.read_text("utf-8"))
        return {one["repository"]: one["record"]["head"] or "" for one in told["repositories"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            "this is no earlier report",
            on=earlier,
            why=str(error)[:120],
            do="give what irkit guard coverage --format json wrote",
        ) from None
