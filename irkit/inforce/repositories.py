"""Where the guard stands in a repository: hooks that git runs, by their text, and CI snippets as HEAD holds them. Nothing of it is run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from irkit.case.desk import Desk
from irkit.errors import IrkitError
from irkit.guard.coverage import record
from irkit.guard.coverage.looking import Asking
from irkit.guard.coverage.looking import look as look_at
from irkit.guard.git import as_named, git, git_dir
from irkit.guard.hooks.framework import CONFIG, configured
from irkit.guard.hooks.installing import COMMITTING, RECEIVING, Standing, standing
from irkit.guard.scanning.objects import file_at, revision
from irkit.inforce.door import Look, place, there
from irkit.inforce.snippets import is_snippet, searched_by
from irkit.model import iso, parse_instant
from irkit.postmortem.checks.answers import Looked
from irkit.postmortem.checks.guarding import CoverageSeen, Place, RepositorySeen
from irkit.postmortem.checks.named import GuardCoverage, GuardInstalled

_HOSTS = ("github", "gitlab")


@as_named()
def installed(case: Desk, check: GuardInstalled) -> Look:
    """BadInput where there is no repository."""
    path = there(case, check.repository)
    inside = git_dir(path)
    looks = {"pre-commit": _committing, "pre-receive": _receiving, "ci": _built}
    found = [looks[where](path, inside) for where in check.where]
    return Look(tuple(one for one, _ in found), tuple(one for _, looked in found for one in looked))


def _committing(path: Path, _inside: Path) -> tuple[Place, tuple[Looked, ...]]:
    hook = standing(path, COMMITTING)
    stands, why = hook.works, hook.why
    if stands is None and "hook-impl" in hook.hook.read_text("utf-8", "replace") and (path / CONFIG).is_file():
        stands, said = configured(path / CONFIG)
        why = f"{CONFIG} {said}"
    return Place("pre-commit", stands, why, f"irkit guard install {path}"), (Looked(str(hook.hook), _said(hook)),)


def _receiving(path: Path, inside: Path) -> tuple[Place, tuple[Looked, ...]]:
    hook, log = standing(inside, RECEIVING), record.read(inside)
    lines = f"{len(log.entries)} lines, the last at {iso(log.entries[-1].at)}" if log.entries else "no line"
    looked = (Looked(str(hook.hook), _said(hook)), Looked(str(record.place(inside)), lines))
    return Place("pre-receive", hook.works, hook.why, f"irkit guard install --pre-receive {path}"), looked


def _said(hook: Standing) -> str:
    return "as irkit writes it, and git runs it" if hook.works else hook.why


def _built(path: Path, inside: Path) -> tuple[Place, tuple[Looked, ...]]:
    """What is committed counts; that the host runs it is not seen here (guard-coverage asks the host)."""
    do = "copy a snippet of docs/ci, and commit it"
    head = revision(inside, "HEAD")
    names = [
        name
        for name in os.fsdecode(git(inside, "ls-tree", "-r", "-z", "--name-only", head)).split("\0")
        if is_snippet(name)
    ]
    if not names:
        why = f"{head[:12]} has no workflow of GitHub, no .gitlab-ci.yml and no Jenkinsfile"
        return Place("ci", False, why, do), (Looked(f"{path}, HEAD", why),)
    told = {name: searched_by(name, file_at(inside, head, name) or b"") for name in names}
    looked = tuple(Looked(f"{name} of {head[:12]}", why) for name, (_, why) in told.items())
    for wanted in (True, None, False):
        for name, (answer, why) in told.items():
            if answer is wanted:
                return Place("ci", wanted, f"{name} of {head[:12]} {why}", do), looked
    raise AssertionError("each of them is one of the three")


def covered(case: Desk, check: GuardCoverage) -> Look:
    """Repositories of this machine together, so that a clone's commits count where they were pushed; each host by its own access."""
    since = parse_instant(check.since) if check.since else None
    earlier = place(case, check.earlier) if check.earlier else None
    here = [one for one in check.repositories if not one.startswith(tuple(f"{host}:" for host in _HOSTS))]
    seen, looked = [], []
    if here:
        seen.append(_coverage([str(place(case, one)) for one in here], check.branches, since, earlier, None))
    for host in _HOSTS:
        if asked := [one for one in check.repositories if one.startswith(f"{host}:")]:
            access = case.settings.provider(host)
            if access.responder:
                seen.append(_coverage(asked, check.branches, since, earlier, Asking(access.base, access.responder)))
                looked.append(Looked(host, f"asked with {access.responder}"))
            else:
                why = f"nobody is asked without your own access: case.toml has no responder under providers.{host}"
                seen.append(CoverageSeen((), tuple((one, why) for one in asked)))
    together = CoverageSeen(
        tuple(one for each in seen for one in each.repositories), tuple(one for each in seen for one in each.skipped)
    )
    words = {True: "covered", False: "not covered", None: "unknown"}
    looked += [
        Looked(one.name, f"{words[one.covered]}; commits or pushes counted: {one.commits}")
        for one in together.repositories
    ]
    return Look(together, tuple(looked))


def _coverage(
    names: Sequence[str], branches: Sequence[str], since: datetime | None, earlier: Path | None, asking: Asking | None
) -> CoverageSeen:
    try:
        found = look_at(names, branches=branches, since=since, earlier=earlier, asking=asking)
    except IrkitError as error:  # none of them could be looked at; others may be
        return CoverageSeen((), tuple((name, str(error).rstrip(".")) for name in names))
    return CoverageSeen(
        tuple(
            RepositorySeen(
                one.name, one.covered, tuple((gap.what, gap.why, gap.do) for gap in one.gaps),
                sum(branch.commits or 0 for branch in one.branches),
            )
            for one in found.repositories
        ),
        tuple((one.what, one.why) for one in found.skipped),
    )  # fmt: skip
