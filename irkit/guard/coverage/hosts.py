"""A repository at a code host, by the host's own records: its pushes, the CI job that each set off, its push protection, who went
past it.

The pushes and who made them are the host's word, as are the times. That a job ended well is so too; what the job ran is in a file
that whoever pushes may change, unless a rule of the host requires a workflow from elsewhere. So only then is a push said to be
covered.

GitHub: https://docs.github.com/rest/repos/repos#list-repository-activities, https://docs.github.com/rest/checks/runs,
https://docs.github.com/rest/repos/rules#get-rules-for-a-branch, https://docs.github.com/rest/secret-scanning/secret-scanning
(`hide_secret`). GitLab: https://docs.gitlab.com/api/events, https://docs.gitlab.com/api/jobs,
https://docs.gitlab.com/api/project_security_settings; unverified."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from irkit.errors import BadInput
from irkit.guard.coverage.judging import Arrival, Branch, Missed
from irkit.guard.coverage.report import Bypass, Gap, Repository
from irkit.model import SecretRef, parse_instant
from irkit.network import Door
from irkit.plan import Call
from irkit.providers import github_calls, gitlab_calls
from irkit.providers.interface import Reply, Setting
from irkit.providers.replies import message_of
from irkit.redact import Redactor
from irkit.stores import resolve

if TYPE_CHECKING:
    from irkit.guard.coverage.looking import Asking

_PAGES, _PUSHES = 10, 200
_PAGE = ("per_page", "100")
_ACTIONS = "github-actions"  # checks of another app may be anybody's


@dataclass(frozen=True)
class Pushed:
    """A push as the host recorded it; `ref` is a branch's name."""

    ref: str
    before: str
    after: str
    at: datetime
    who: str


@dataclass(frozen=True)
class Job:
    """How the job of a push ended: True well, False not, or it did not run; None where it cannot be told."""

    well: bool | None
    why: str


@dataclass(frozen=True)
class Host:
    """How one is asked, and what its answers say."""

    name: str
    title: str
    check: str
    ask: Callable[[Setting, str, tuple[tuple[str, str], ...]], Call | None]
    project: Callable[[str], str]
    pushes: Callable[[Talk, str], Iterator[Pushed]]
    job: Callable[[Talk, str, str, str], Job]
    protection: Callable[[Talk, str], tuple[bool | None, str]]
    required: Callable[[Talk, str, str], bool | None]
    bypassed: Callable[[Talk, str], tuple[tuple[Bypass, ...], str]]
    protect: str
    require: str


@dataclass
class Talk:
    """Questions to a host; each GET once. What it would not answer is kept, in words."""

    host: Host
    setting: Setting
    door: Door
    goes_on: bool = False

    def ask(self, path: str, *query: tuple[str, str]) -> tuple[Any, Reply]:
        call = self.host.ask(self.setting, path, query)
        assert call is not None
        reply = self.door.send(call)
        return (reply.json() if reply.status == 200 else None), reply

    def pages(self, path: str, *query: tuple[str, str]) -> Iterator[Any]:
        """The entries of a list, page by page; BadInput when the host does not give it."""
        more: tuple[tuple[str, str], ...] = ()
        for _ in range(_PAGES):
            plain, reply = self.ask(path, _PAGE, *query, *more)
            if not isinstance(plain, list):
                raise BadInput(
                    f"{self.host.title} does not give {path}", why=refusal(reply), do="check the name and --responder"
                )
            yield from plain
            following = _next(reply.headers.get("link", ""))
            if following is None:
                return
            more = following
        self.goes_on = True


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
    project, check = host.project(place.strip("/")), asking.check or host.check
    pushes = _of_branches(host.pushes(talk, project), patterns, since)
    jobs = {one.after: host.job(talk, project, one.after, check) for one in pushes[:_PUSHES]}
    branches, missed, gaps = [], [], []
    for ref in dict.fromkeys(one.ref for one in pushes):
        mine = [one for one in pushes if one.ref == ref]
        required = host.required(talk, project, ref)
        branches.append(_branch(ref, mine, jobs, required, talk.goes_on))
        missed += [
            _missed(one, jobs.get(one.after), host)
            for one in mine
            if (job := jobs.get(one.after)) is None or not job.well
        ]
        if required is not True:
            gaps.append(_changeable(ref, check, required, host))
    protected, said = host.protection(talk, project)
    bypassed, unheard = host.bypassed(talk, project)
    gaps += [*_push_gaps(missed, check), *_protection_gaps(protected, said, bypassed, host)]
    facts = (
        ("asked", f"{host.title}, for {len(pushes)} pushes and their job {check}"),
        ("push protection", {True: "on", False: "off", None: "unknown"}[protected] + (f": {said}" if said else "")),
        ("past push protection", unheard or f"{len(bypassed)} times"),
        (
            "how far this was tested",
            "against GitHub's API description" if kind == "github" else "unverified: after GitLab's documentation",
        ),
    )
    return Repository(name, kind, facts, tuple(branches), tuple(missed), (), bypassed, tuple(gaps),
                      push_protection=protected, unit="pushes")  # fmt: skip


def refusal(reply: Reply) -> str:
    """Why there is no answer, in words."""
    return reply.nothing_came or f"it answered {reply.status}: {message_of(reply.json())}"


def _of_branches(pushes: Iterator[Pushed], patterns: Sequence[str], since: datetime | None) -> list[Pushed]:
    """The newest first, as hosts list them."""
    found = []
    for one in pushes:
        if since and one.at < since:
            break
        if not patterns or any(fnmatchcase(one.ref, pattern) for pattern in patterns):
            found.append(one)
    return found


def _branch(
    ref: str, pushes: Sequence[Pushed], jobs: Mapping[str, Job], required: bool | None, goes_on: bool
) -> Branch:
    told = [jobs.get(one.after) for one in pushes]
    lost = sum(job is None or not job.well for job in told)
    covered: bool | None = True
    why = "the required job of each push ended well"
    if any(job is not None and job.well is False for job in told):
        covered, why = False, next(job.why for job in told if job is not None and job.well is False)
    elif lost:
        covered, why = (
            None,
            next(
                (job.why for job in told if job is not None and not job.well), f"more than {_PUSHES} pushes: not asked"
            ),
        )
    elif required is not True:
        covered, why = None, "the job of each push ended well, and whoever pushes may change what it runs"
    elif goes_on:
        covered, why = None, f"the list of pushes goes on beyond {_PAGES} pages: give --since"
    return Branch(ref, pushes[0].after, len(pushes), lost, covered, why)


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


def _protection_gaps(protected: bool | None, said: str, bypassed: Sequence[Bypass], host: Host) -> list[Gap]:
    gaps = []
    if protected is False:
        gaps.append(Gap("push protection is off", said or f"{host.title} says so", host.protect))
    elif protected is None:
        gaps.append(
            Gap("whether push protection is on is unknown", said, "ask as somebody who administers it", surely=False)
        )
    if bypassed:
        who = ", ".join(sorted({one.who for one in bypassed})[:5])
        gaps.append(
            Gap(f"push protection was passed by {len(bypassed)} times", f"by {who}", "treat each as a leak: irkit new")
        )
    return gaps


def _next(link: str) -> tuple[tuple[str, str], ...] | None:
    """https://datatracker.ietf.org/doc/html/rfc8288: the query of the next page, without its size."""
    from urllib.parse import parse_qsl, urlsplit

    for part in link.split(","):
        address, _, rest = part.partition(";")
        if 'rel="next"' in rest:
            query = parse_qsl(urlsplit(address.strip(" <>")).query)
            return tuple(pair for pair in query if pair[0] in ("page", "after", "cursor"))
    return None


def _github_pushes(talk: Talk, project: str) -> Iterator[Pushed]:
    for one in talk.pages(f"/repos/{project}/activity"):
        ref = str(one.get("ref", ""))
        if ref.startswith("refs/heads/") and one.get("activity_type") != "branch_deletion":
            who = str((one.get("actor") or {}).get("login", ""))
            at = parse_instant(str(one["timestamp"]))
            yield Pushed(ref.removeprefix("refs/heads/"), str(one["before"]), str(one["after"]), at, who)


def _github_job(talk: Talk, project: str, commit: str, check: str) -> Job:
    plain, reply = talk.ask(
        f"/repos/{project}/commits/{github_calls.part(commit)}/check-runs", _PAGE, ("check_name", check)
    )
    runs = plain.get("check_runs") if isinstance(plain, dict) else None
    if not isinstance(runs, list):
        return Job(None, f"its jobs are not known: {refusal(reply)}")
    ours = [one for one in runs if (one.get("app") or {}).get("slug") == _ACTIONS]
    if not ours:
        return Job(False, f"no job {check} of GitHub Actions ran on it")
    ended = [one.get("conclusion") for one in ours]
    if "success" in ended:
        return Job(True, "")
    failed = [one for one in ended if one in ("failure", "timed_out", "cancelled", "action_required")]
    return Job(False if failed else None, f"its job {check} ended as {(failed or ended)[0] or 'not yet known'}")


def _github_protection(talk: Talk, project: str) -> tuple[bool | None, str]:
    plain, reply = talk.ask(f"/repos/{project}")
    if not isinstance(plain, dict):
        return None, refusal(reply)
    told = plain.get("security_and_analysis")
    status = (told.get("secret_scanning_push_protection") or {}).get("status") if isinstance(told, dict) else None
    if status is None:
        return None, "GitHub tells administrators alone"
    return status == "enabled", ""


def _github_required(talk: Talk, project: str, branch: str) -> bool | None:
    plain, _ = talk.ask(f"/repos/{project}/rules/branches/{github_calls.part(branch)}", _PAGE)
    if not isinstance(plain, list):
        return None
    return any(one.get("type") == "workflows" for one in plain)


def _github_bypassed(talk: Talk, project: str) -> tuple[tuple[Bypass, ...], str]:
    query = (_PAGE, ("is_bypassed", "true"), ("hide_secret", "true"))
    plain, reply = talk.ask(f"/repos/{project}/secret-scanning/alerts", *query)
    if not isinstance(plain, list):
        return (), f"unknown: {refusal(reply)}"
    passed = [one for one in plain if one.get("push_protection_bypassed") is True]
    return tuple(
        Bypass(
            str((one.get("push_protection_bypassed_by") or {}).get("login") or "nobody that is named"),
            str(one.get("push_protection_bypassed_at") or "unknown"),
            f"{one.get('secret_type_display_name') or one.get('secret_type')}, alert {one.get('number')}",
            str(one.get("push_protection_bypass_request_comment") or ""),
        )
        for one in passed
    ), ""


def _gitlab_pushes(talk: Talk, project: str) -> Iterator[Pushed]:
    for one in talk.pages(f"/projects/{project}/events", ("action", "pushed")):
        push = one.get("push_data") or {}
        if push.get("ref_type") == "branch" and push.get("commit_to"):
            who = str(one.get("author_username", ""))
            at = parse_instant(str(one["created_at"]))
            yield Pushed(str(push["ref"]), str(push.get("commit_from") or ""), str(push["commit_to"]), at, who)


def _gitlab_job(talk: Talk, project: str, commit: str, check: str) -> Job:
    """By pipelines, whose jobs GitLab's runners end; a commit's statuses may be posted by anybody who may push."""
    pipelines, reply = talk.ask(f"/projects/{project}/pipelines", _PAGE, ("sha", commit))
    if not isinstance(pipelines, list):
        return Job(None, f"its pipelines are not known: {refusal(reply)}")
    ended = []
    for pipeline in pipelines:
        jobs, reply = talk.ask(f"/projects/{project}/pipelines/{int(pipeline['id'])}/jobs", _PAGE)
        if not isinstance(jobs, list):
            return Job(None, f"its jobs are not known: {refusal(reply)}")
        ended += [str(one.get("status")) for one in jobs if one.get("name") == check]
    if "success" in ended:
        return Job(True, "")
    if not ended:
        return Job(False, f"no job {check} ran on it")
    return Job(False if ended[0] in ("failed", "canceled", "skipped") else None, f"its job {check} ended as {ended[0]}")


def _gitlab_protection(talk: Talk, project: str) -> tuple[bool | None, str]:
    plain, reply = talk.ask(f"/projects/{project}/security_settings")
    told = plain.get("secret_push_protection_enabled") if isinstance(plain, dict) else None
    if isinstance(told, bool):
        return told, ""
    return None, "GitLab does not say" if isinstance(plain, dict) else refusal(reply)


def _gitlab_path(place: str) -> str:
    return github_calls.part(place)


HOSTS = {
    "github": Host(
        "github", "GitHub", "guard",
        lambda setting, path, query: github_calls.as_responder(setting, "GET", path, query=query),
        github_calls.repository_path, _github_pushes, _github_job, _github_protection, _github_required, _github_bypassed,
        "Settings, Advanced Security, Secret Protection, Push protection; or the organization's code security configuration",
        "require the workflow by a ruleset of the organization (Require workflows to pass before merging)",
    ),
    "gitlab": Host(
        "gitlab", "GitLab", "secrets",
        lambda setting, path, query: gitlab_calls.as_responder(setting, "GET", path, query=query),
        _gitlab_path, _gitlab_pushes, _gitlab_job, _gitlab_protection, lambda *_: None,
        lambda *_: ((), "unknown: only GitLab's audit events tell of it"),
        "Secure, Security configuration, Secret push protection (GitLab Ultimate)",
        "require the job by a pipeline execution policy",
    ),
}  # fmt: skip
