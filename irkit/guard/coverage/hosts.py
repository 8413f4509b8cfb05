"""A repository at a code host, by the host's own records: its pushes, the CI job that each set off, its push protection, who went
past it.

The pushes and who made them are the host's word, as are the times. That a job ended well is so too; what the job ran is in a file
that whoever pushes may change, unless a rule of the host requires a workflow from elsewhere. So only then is a push said to be
covered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import TYPE_CHECKING

from irkit.errors import BadInput
from irkit.guard.coverage.github import GITHUB
from irkit.guard.coverage.gitlab import GITLAB
from irkit.guard.coverage.judging import Arrival, Branch, Missed
from irkit.guard.coverage.report import Bypass, Gap, Repository
from irkit.guard.coverage.talking import PAGES, Host, Job, Pushed, Required, Talk
from irkit.model import SecretRef
from irkit.network import Door
from irkit.providers.interface import Setting
from irkit.redact import Redactor
from irkit.stores import resolve

if TYPE_CHECKING:
    from irkit.guard.coverage.looking import Asking

_PUSHES = 200
Jobs = Mapping[tuple[str, str], Job]


def at_host(name: str, asking: Asking, patterns: Sequence[str], since: datetime | None) -> Repository:
    """One repository at a host. BadInput without a responder's reference, and when its pushes cannot be had."""
    kind, _, place = name.partition(":")
    host = HOSTS[kind]
    if not asking.responder:
        raise BadInput(
            f"{host.title} is asked as you", on=name, do="name your own credential there with --responder REF"
        )
    if "/" not in place.strip("/"):
        raise BadInput("this is no repository at a host", on=name, do=f"write {kind}:OWNER/NAME")
    talk = Talk(host, Setting(asking.base, SecretRef.parse(asking.responder)), Door(resolve, Redactor()))
    try:
        return _looked_at(name, talk, host.project(place.strip("/")), asking.check or host.check, patterns, since)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        why = f"{type(error).__name__} while it was read"
        raise BadInput(f"{host.title} answers otherwise than it describes", on=name, why=why, do="report it") from None


def _looked_at(
    name: str, talk: Talk, project: str, check: str, patterns: Sequence[str], since: datetime | None
) -> Repository:
    host = talk.host
    pushes = _of_branches(host.pushes(talk, project), patterns, since)
    goes_on = talk.goes_on
    tips, unlisted = _tips(talk, project, patterns)
    jobs = {(one.ref, one.after): host.job(talk, project, one, check) for one in pushes[:_PUSHES]}
    branches, missed, gaps = [], [], []
    for ref in dict.fromkeys(one.ref for one in pushes):
        mine = [one for one in pushes if one.ref == ref]
        required = host.required(talk, project, ref)
        lacking = _lacking(mine, tips.get(ref), since)
        branches.append(_branch(ref, mine, jobs, required, goes_on, lacking))
        missed += [_missed(one, jobs.get((one.ref, one.after)), host) for one in mine if not _well(one, jobs)]
        if lacking:
            gaps.append(_incomplete(ref, lacking))
        if required.answer is not True:
            gaps.append(_changeable(ref, check, required.answer, host))
        elif any(not jobs[key].files & required.files for key in jobs if key[0] == ref and jobs[key].well):
            gaps.append(_another(ref, check, required, host))
    for ref in [] if since else sorted(tips.keys() - {one.ref for one in pushes}):
        why = "no push to it is listed: it was there before the list begins, or came another way"
        branches.append(Branch(ref, tips[ref], None, None, None, why))
        gaps.append(_incomplete(ref, why))
    protected, said = host.protection(talk, project)
    bypassed, unheard = host.bypassed(talk, project)
    gaps += [*_push_gaps(missed, check), *_protection_gaps(protected, said, bypassed, unheard, host)]
    gaps += [
        Gap("not all that the host has was read", why, "look at it there", surely=False)
        for why in dict.fromkeys((*talk.unread, *((unlisted,) if unlisted else ())))
    ]
    facts = (
        ("asked", f"{host.title}, for {len(pushes)} pushes and their job {check}"),
        ("tags", "not asked about: this is by pushes of branches"),
        ("push protection", {True: "on", False: "off", None: "unknown"}[protected] + (f": {said}" if said else "")),
        ("past push protection", unheard or f"{len(bypassed)} times"),
        (
            "how far this was tested",
            "against GitHub's API description" if host is GITHUB else "unverified: after GitLab's documentation",
        ),
    )
    return Repository(name, host.name, facts, tuple(branches), tuple(missed), (), bypassed, tuple(gaps),
                      push_protection=protected, unit="pushes")  # fmt: skip


def _of_branches(pushes: Iterator[Pushed], patterns: Sequence[str], since: datetime | None) -> list[Pushed]:
    """The newest first, as hosts list them."""
    found = []
    for one in pushes:
        if since and one.at < since:
            break
        if _asked(one.ref, patterns):
            found.append(one)
    return found


def _asked(ref: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(ref, pattern) for pattern in patterns)


def _tips(talk: Talk, project: str, patterns: Sequence[str]) -> tuple[dict[str, str], str]:
    """Branches as they are now, and why they are not all of them."""
    talk.goes_on = False
    try:
        found = {ref: tip for ref, tip in talk.host.branches(talk, project) if _asked(ref, patterns)}
    except BadInput as error:
        return {}, f"its branches: {error.why}"
    return found, f"its branches: more than {len(found)}" if talk.goes_on else ""


def _lacking(pushes: Sequence[Pushed], tip: str | None, since: datetime | None) -> str:
    """What the list of a branch's pushes, newest first, leaves out; "" when each goes on from the one before, from its beginning to its
    tip."""
    if tip is not None and tip != pushes[0].after:
        return "its tip is not what the last push that is listed left there"
    for newer, older in pairwise(pushes):
        if newer.before.strip("0") and newer.before != older.after:
            return f"a push before the one of {newer.at:%Y-%m-%d %H:%M:%S} is not listed"
    if since is None and pushes[-1].before.strip("0"):
        return "what was there before the first push that is listed is not told"
    return ""


def _well(push: Pushed, jobs: Jobs) -> bool:
    job = jobs.get((push.ref, push.after))
    return job is not None and job.well is True


def _branch(ref: str, pushes: Sequence[Pushed], jobs: Jobs, required: Required, goes_on: bool, lacking: str) -> Branch:
    told = [jobs.get((one.ref, one.after)) for one in pushes]
    lost = sum(job is None or not job.well for job in told)
    covered: bool | None = None
    if any(job is not None and job.well is False for job in told):
        covered, why = False, next(job.why for job in told if job is not None and job.well is False)
    elif lost:
        asked = (job.why for job in told if job is not None and not job.well)
        why = next(asked, f"more than {_PUSHES} pushes: not asked")
    elif required.answer is not True:
        why = "the job of each push ended well, and whoever pushes may change what it runs"
    elif any(job is not None and not job.files & required.files for job in told):
        why = "the job of each push ended well, and is of another file than the workflow that is required"
    elif goes_on:
        why = f"the list of pushes goes on beyond {PAGES} pages: give --since"
    elif lacking:
        why = lacking
    else:
        covered, why = True, "the required job of each push ended well"
    return Branch(ref, pushes[0].after, len(pushes), lost, covered, why)


def _incomplete(ref: str, why: str) -> Gap:
    return Gap(f"pushes to {ref} are not all listed", why, "irkit guard scan --range 0..TIP in a clone", surely=False)


def _another(ref: str, check: str, required: Required, host: Host) -> Gap:
    why = f"what is required is {', '.join(sorted(required.files))}, and the job {check} is of another file"
    return Gap(f"what the job {check} runs on {ref} may be changed by whoever pushes", why, host.require, surely=False)


def _missed(push: Pushed, job: Job | None, host: Host) -> Missed:
    arrived = Arrival(push.at, f"{host.title}'s record of pushes", push.who)
    if job is None:
        return Missed(push.after, f"more than {_PUSHES} pushes: not asked", None, arrived)
    return Missed(push.after, job.why, job.well, arrived)


def _push_gaps(missed: Sequence[Missed], check: str) -> list[Gap]:
    gaps = []
    for surely in (True, False):
        some = [one for one in missed if (one.covered is False) is surely]
        if some:
            who = sorted({one.arrived.who for one in some if one.arrived and one.arrived.who})
            what = f"{len(some)} {'push' if len(some) == 1 else 'pushes'} without the job {check}"
            by = f"{some[0].why}; by {', '.join(who[:5]) or 'nobody that is named'}"
            gaps.append(
                Gap(what, by, "irkit guard scan --range BEFORE..AFTER in a clone, and have the job run", surely)
            )
    return gaps


def _changeable(ref: str, check: str, required: bool | None, host: Host) -> Gap:
    known = "no rule requires a workflow from elsewhere" if required is False else "no rule of that kind could be seen"
    return Gap(
        f"what the job {check} runs on {ref} may be changed by whoever pushes", known, host.require, surely=False
    )


def _protection_gaps(
    protected: bool | None, said: str, bypassed: Sequence[Bypass], unheard: str, host: Host
) -> list[Gap]:
    gaps = []
    if protected is False:
        gaps.append(Gap("push protection is off", said or f"{host.title} says so", host.protect))
    elif protected is None:
        gaps.append(
            Gap("whether push protection is on is unknown", said, "ask as somebody who administers it", surely=False)
        )
    if unheard:
        do = "ask as somebody who may see it"
        gaps.append(Gap("who went past push protection is unknown", unheard, do, surely=False))
    if bypassed:
        who = ", ".join(sorted({one.who for one in bypassed})[:5])
        gaps.append(
            Gap(f"push protection was passed by {len(bypassed)} times", f"by {who}", "treat each as a leak: irkit new")
        )
    return gaps


HOSTS = {one.name: one for one in (GITHUB, GITLAB)}
