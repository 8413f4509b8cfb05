"""GitLab's records of pushes, of the pipelines that they set off, and of push protection. Unverified: written after
https://docs.gitlab.com/api/events, https://docs.gitlab.com/api/jobs, https://docs.gitlab.com/api/branches,
https://docs.gitlab.com/api/project_security_settings."""

from __future__ import annotations

from collections.abc import Iterator

from irkit.guard.coverage.talking import FULL, PAGE, Host, Job, Pushed, Required, Talk, refusal
from irkit.model import parse_instant
from irkit.providers import github_calls, gitlab_calls


def pushes(talk: Talk, project: str) -> Iterator[Pushed]:
    for one in talk.pages(f"/projects/{project}/events", ("action", "pushed")):
        push = one.get("push_data") or {}
        if push.get("ref") is None or push.get("ref_count"):
            talk.unread.append(
                f"a push of several refs at once, by {one.get('author_username') or 'nobody that is named'}"
            )
        elif push.get("ref_type") == "branch" and push.get("commit_to"):
            who = str(one.get("author_username", ""))
            at = parse_instant(str(one["created_at"]))
            yield Pushed(str(push["ref"]), str(push.get("commit_from") or ""), str(push["commit_to"]), at, who)


def branches(talk: Talk, project: str) -> Iterator[tuple[str, str]]:
    """Each branch, and its tip."""
    for one in talk.pages(f"/projects/{project}/repository/branches"):
        yield str(one["name"]), str(one["commit"]["id"])


def job(talk: Talk, project: str, push: Pushed, check: str) -> Job:
    """By the pipelines of the branch, whose jobs GitLab's runners end; a commit's statuses may be posted by anybody who may push. A
    pipeline of another branch began its search elsewhere."""
    pipelines, reply = talk.ask(f"/projects/{project}/pipelines", PAGE, ("sha", push.after), ("ref", push.ref))
    if not isinstance(pipelines, list):
        return Job(None, f"its pipelines are not known: {refusal(reply)}")
    ended = []
    for pipeline in pipelines:
        if pipeline.get("ref") != push.ref:
            continue
        jobs, reply = talk.ask(f"/projects/{project}/pipelines/{int(pipeline['id'])}/jobs", PAGE)
        if not isinstance(jobs, list) or len(jobs) >= FULL:
            why = "there are too many" if isinstance(jobs, list) else refusal(reply)
            return Job(None, f"its jobs are not known: {why}")
        ended += [str(one.get("status")) for one in jobs if one.get("name") == check]
    if not ended:
        return Job(False, f"no job {check} ran on it for this branch")
    failed = [one for one in ended if one in ("failed", "canceled", "skipped")]
    if failed:
        return Job(False, f"its job {check} ended as {failed[0]}")
    other = [one for one in ended if one != "success"]
    return Job(None, f"its job {check} ended as {other[0]}") if other else Job(True, "")


def protection(talk: Talk, project: str) -> tuple[bool | None, str]:
    plain, reply = talk.ask(f"/projects/{project}/security_settings")
    told = plain.get("secret_push_protection_enabled") if isinstance(plain, dict) else None
    if isinstance(told, bool):
        return told, ""
    return None, "GitLab does not say" if isinstance(plain, dict) else refusal(reply)


GITLAB = Host(
    "gitlab", "GitLab", "secrets",
    lambda setting, path, query: gitlab_calls.as_responder(setting, "GET", path, query=query),
    github_calls.part, pushes, branches, job, protection, lambda *_: Required(None),
    lambda *_: ((), "unknown: only GitLab's audit events tell of it"),
    "Secure, Security configuration, Secret push protection (GitLab Ultimate)",
    "require the job by a pipeline execution policy",
)  # fmt: skip
