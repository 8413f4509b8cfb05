"""GitHub's records of pushes, of the jobs that they set off, of rules and of push protection.

https://docs.github.com/rest/repos/repos#list-repository-activities, https://docs.github.com/rest/checks/runs,
https://docs.github.com/rest/actions/workflow-runs, https://docs.github.com/rest/repos/rules#get-rules-for-a-branch,
https://docs.github.com/rest/secret-scanning/secret-scanning (`hide_secret`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from irkit.errors import BadInput
from irkit.guard.coverage.report import Bypass
from irkit.guard.coverage.talking import FULL, PAGE, Host, Job, Pushed, Required, Talk, refusal
from irkit.model import parse_instant
from irkit.providers import github_calls

_ACTIONS = "github-actions"  # checks of another app may be anybody's


def pushes(talk: Talk, project: str) -> Iterator[Pushed]:
    for one in talk.pages(f"/repos/{project}/activity"):
        ref = str(one.get("ref", ""))
        if ref.startswith("refs/heads/") and one.get("activity_type") != "branch_deletion":
            who = str((one.get("actor") or {}).get("login", ""))
            at = parse_instant(str(one["timestamp"]))
            yield Pushed(ref.removeprefix("refs/heads/"), str(one["before"]), str(one["after"]), at, who)


def branches(talk: Talk, project: str) -> Iterator[tuple[str, str]]:
    """Each branch, and its tip."""
    for one in talk.pages(f"/repos/{project}/branches"):
        yield str(one["name"]), str(one["commit"]["sha"])


def job(talk: Talk, project: str, push: Pushed, check: str) -> Job:
    """Of the runs that this push set off. Those of another branch, or of a pull request, began their search elsewhere, and may well have
    left out what this push brought."""
    commit = github_calls.part(push.after)
    plain, reply = talk.ask(
        f"/repos/{project}/commits/{commit}/check-runs", PAGE, ("check_name", check), ("filter", "all")
    )
    checks = plain.get("check_runs") if isinstance(plain, dict) else None
    if not isinstance(checks, list):
        return Job(None, f"its jobs are not known: {refusal(reply)}")
    if int(plain.get("total_count", 0)) > len(checks):
        return Job(None, f"more than {FULL} jobs {check} ran on it: not all were read")
    ours = [one for one in checks if (one.get("app") or {}).get("slug") == _ACTIONS]
    if not ours:
        return Job(False, f"no job {check} of GitHub Actions ran on it")
    plain, reply = talk.ask(f"/repos/{project}/actions/runs", PAGE, ("head_sha", push.after))
    runs = plain.get("workflow_runs") if isinstance(plain, dict) else None
    if not isinstance(runs, list) or int(plain.get("total_count", 0)) > len(runs):
        why = "there are too many" if isinstance(runs, list) else refusal(reply)
        return Job(None, f"for which branch its jobs {check} ran is not known: {why}")
    mine = {
        one.get("check_suite_id"): one
        for one in runs
        if one.get("event") == "push" and one.get("head_branch") == push.ref
    }
    last: dict[object, Any] = {}  # of each run its last attempt
    for one in sorted(ours, key=lambda one: int(one.get("id", 0))):
        if (suite := (one.get("check_suite") or {}).get("id")) in mine:
            last[suite] = one
    if not last:
        return Job(
            None, f"its job {check} ran for another branch or a pull request alone, where the search began elsewhere"
        )
    ended = [one.get("conclusion") for one in last.values()]
    files = frozenset(_file(mine[suite].get("path")) for suite in last)
    failed = [one for one in ended if one in ("failure", "timed_out", "cancelled", "action_required")]
    if failed:
        return Job(False, f"its job {check} ended as {failed[0]}", files)
    other = [one for one in ended if one != "success"]
    return (
        Job(None, f"its job {check} ended as {other[0] or 'not yet known'}", files) if other else Job(True, "", files)
    )


def _file(path: object) -> str:
    """`.github/workflows/secrets.yml@main`: the name of the file."""
    return str(path or "").partition("@")[0].rpartition("/")[2]


def protection(talk: Talk, project: str) -> tuple[bool | None, str]:
    plain, reply = talk.ask(f"/repos/{project}")
    if not isinstance(plain, dict):
        return None, refusal(reply)
    told = plain.get("security_and_analysis")
    status = (told.get("secret_scanning_push_protection") or {}).get("status") if isinstance(told, dict) else None
    if status is None:
        return None, "GitHub tells administrators alone"
    return status == "enabled", ""


def required(talk: Talk, project: str, branch: str) -> Required:
    """A workflow of this repository is changed by whoever may push to it."""
    plain, _ = talk.ask(f"/repos/{project}/rules/branches/{github_calls.part(branch)}", PAGE)
    here, _ = talk.ask(f"/repos/{project}")
    if not isinstance(plain, list) or not isinstance(here, dict):
        return Required(None)
    named = [
        one
        for rule in plain
        if rule.get("type") == "workflows"
        for one in (rule.get("parameters") or {}).get("workflows") or ()
        if one.get("repository_id") not in (None, here.get("id"))
    ]
    return Required(bool(named), frozenset(_file(one.get("path")) for one in named))


def bypassed(talk: Talk, project: str) -> tuple[tuple[Bypass, ...], str]:
    try:
        told = list(
            talk.pages(f"/repos/{project}/secret-scanning/alerts", ("is_bypassed", "true"), ("hide_secret", "true"))
        )
    except BadInput as error:
        return (), f"unknown: {error.why}"
    passed = [one for one in told if one.get("push_protection_bypassed") is True]
    return tuple(
        Bypass(
            str((one.get("push_protection_bypassed_by") or {}).get("login") or "nobody that is named"),
            str(one.get("push_protection_bypassed_at") or "unknown"),
            f"{one.get('secret_type_display_name') or one.get('secret_type')}, alert {one.get('number')}",
            str(one.get("push_protection_bypass_request_comment") or ""),
        )
        for one in passed
    ), ""


GITHUB = Host(
    "github", "GitHub", "guard",
    lambda setting, path, query: github_calls.as_responder(setting, "GET", path, query=query),
    github_calls.repository_path, pushes, branches, job, protection, required, bypassed,
    "Settings, Advanced Security, Secret Protection, Push protection; or the organization's code security configuration",
    "require the workflow by a ruleset of the organization (Require workflows to pass before merging)",
)  # fmt: skip
