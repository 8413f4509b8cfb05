"""The permissions of a fine-grained token, or of an app, for a request: told by the part of the API that its path is in, unverified. Pure.

https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
"""

from __future__ import annotations

from collections.abc import Sequence

READS = ("GET", "HEAD")
Permission = tuple[str, str]
"""Its name, and "read" or "write"."""

_BY_GIT: dict[str, Sequence[Permission]] = {
    "git.clone": [("contents", "read")], "git.fetch": [("contents", "read")], "git.push": [("contents", "write")],
}  # fmt: skip
_PERMISSIONS = {
    "contents": "contents", "git": "contents", "commits": "contents", "branches": "contents", "releases": "contents", "compare": "contents",
    "tarball": "contents", "zipball": "contents", "readme": "contents", "merges": "contents", "merge-upstream": "contents",
    "dispatches": "contents", "issues": "issues", "labels": "issues", "milestones": "issues", "assignees": "issues",
    "pulls": "pull_requests",
    "actions": "actions", "check-runs": "checks", "check-suites": "checks", "deployments": "deployments", "pages": "pages",
    "statuses": "statuses", "hooks": "repository_hooks", "keys": "administration", "code-scanning": "security_events",
    "secret-scanning": "secret_scanning_alerts", "transfer": "administration", "invitations": "administration",
    "vulnerability-alerts": "administration", "automated-security-fixes": "administration", "autolinks": "administration",
    "interaction-limits": "administration", "traffic": "administration",
}  # fmt: skip
_WITHIN = {
    ("actions", "secrets"): "secrets", ("actions", "variables"): "variables", ("actions", "runners"): "administration",
    ("actions", "permissions"): "administration", ("dependabot", "secrets"): "dependabot_secrets",
    ("dependabot", "alerts"): "vulnerability_alerts",
}  # fmt: skip
_BY_END = {
    ("commits", "status"): "statuses", ("commits", "statuses"): "statuses", ("commits", "check-runs"): "checks",
    ("commits", "check-suites"): "checks", ("commits", "pulls"): "pull_requests", ("branches", "protection"): "administration",
}  # fmt: skip
_ANYBODY_READS = {
    "topics", "languages", "contributors", "tags", "stargazers", "subscribers", "collaborators", "teams", "forks", "events", "rulesets",
    "rules", "",
}  # fmt: skip
_ADMINISTERED = {"topics", "collaborators", "teams", "rulesets", ""}
_FREE = {"/", "/rate_limit", "/meta", "/zen", "/user", "/octocat", "/versions", "/emojis"}


def permissions(name: str) -> Sequence[Permission] | None:
    """Of `METHOD PATH`, or of an audit log's event. () where what every token may is enough, None where it is not known here."""
    if name in _BY_GIT:
        return _BY_GIT[name]
    method, _, path = name.partition(" ")
    access = "read" if method in READS else "write"
    if access == "read" and path in _FREE:
        return ()
    parts = path.strip("/").split("/")
    if len(parts) < 3 or parts[0] != "repos":
        return None
    return _of_repository(access, [*parts[3:], ""])


def _of_repository(access: str, rest: Sequence[str]) -> Sequence[Permission] | None:
    """`rest` is what follows the repository's name in the path, with an empty part at its end."""
    part = rest[0]
    if part in _ANYBODY_READS and access == "read":
        return ()
    if part in _ADMINISTERED:
        return [("administration", "write")]
    if part == "environments":
        deep = len(rest) > 3
        return [("environments" if deep else "administration" if access == "write" else "actions", access)]
    if part == "pulls" and access == "write" and "merge" in rest:
        return [("contents", "write"), ("pull_requests", "write")]
    if part == "contents" and access == "write" and list(rest[1:3]) == [".github", "workflows"]:
        return [("contents", "write"), ("workflows", "write")]
    ends = next((kind for (head, end), kind in _BY_END.items() if head == part and end in rest[2:]), "")
    found = ends or (_WITHIN.get((part, rest[1])) if len(rest) > 1 else "") or _PERMISSIONS.get(part, "")
    return [(found, access)] if found else None
