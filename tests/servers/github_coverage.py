"""GitHub's records of pushes, checks, rules and alerts, as its API description has them, for one repository."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.servers.loopback import Answer, Asked

OWNER = "visibly-fake-owner"
WORKFLOW = ".github/workflows/secrets.yml"


@dataclass(frozen=True)
class Run:
    """A job `guard` of a workflow's run: of which commit and branch, and how it ended. `suite` is that of an earlier attempt."""

    commit: str
    branch: str
    ended: str | None
    event: str = "push"
    path: str = f"{WORKFLOW}@refs/heads/main"
    app: str = "github-actions"
    suite: int = 0


@dataclass
class Records:
    """`checks` by commit: the app, and how its check `guard` ended in the run of the push; `runs` are others, each one's suite its place
    here. `protection` None: not told, as to who is no administrator. `tips` are those of the branches, unless they are what the last
    pushes left; `required` is the workflow that a rule of type `workflows` names, and `required_in` the repository that has it."""

    pushes: list[dict[str, object]] = field(default_factory=list)
    checks: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    alerts: list[dict[str, object]] = field(default_factory=list)
    protection: str | None = "enabled"
    asked: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    tips: dict[str, str] | None = None
    required: str = WORKFLOW
    required_in: int = 7
    refused: tuple[str, ...] = ()

    def __call__(self, asked: Asked) -> Answer | None:
        self.asked.append(asked.path)
        url = urlsplit(asked.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if asked.headers.get("authorization") != f"Bearer {OWNER}":
            return _json({"message": "Not Found"}, 404)
        rest = url.path.removeprefix("/repos/acme/app")
        if rest in self.refused:
            return _json({"message": "Resource not accessible by personal access token"}, 403)
        if rest == "":
            told = {"secret_scanning_push_protection": {"status": self.protection}} if self.protection else None
            return _json({"id": 1, "full_name": "acme/app", **({"security_and_analysis": told} if told else {})})
        if rest == "/activity":
            first, second = self.pushes[:2], self.pushes[2:]
            if "after" in query or not second:
                return _json(second if "after" in query else first)
            link = f'<https://api.github.com{url.path}?per_page=100&after=cursor>; rel="next"'
            return Answer(200, json.dumps(first).encode(), {"Link": link})
        if rest == "/branches":
            return _json([{"name": name, "commit": {"sha": tip}} for name, tip in self._tips.items()])
        if rest.startswith("/commits/"):
            found = [
                {
                    "id": number, "name": query["check_name"], "status": "completed", "conclusion": one.ended,
                    "app": {"slug": one.app}, "check_suite": {"id": one.suite or number},
                }
                for number, one in self._runs(rest.split("/")[2])
            ]  # fmt: skip
            return _json({"total_count": len(found), "check_runs": found})
        if rest == "/actions/runs":
            runs = [
                {
                    "id": number,
                    "check_suite_id": one.suite or number,
                    "event": one.event,
                    "head_branch": one.branch,
                    "path": one.path,
                }
                for number, one in self._runs(query["head_sha"])
            ]
            return _json({"total_count": len(runs), "workflow_runs": runs})
        if rest.startswith("/rules/branches/"):
            workflow = {"path": self.required, "repository_id": self.required_in, "ref": "refs/heads/main"}
            return _json([{"type": name, "parameters": {"workflows": [workflow]}} for name in self.rules])
        if rest == "/secret-scanning/alerts":
            shown = [dict(one) for one in self.alerts]
            for one in shown:
                one["secret"] = None if query.get("hide_secret") == "true" else "visibly-fake-secret"
            return _json(shown)
        return _json({"message": "Not Found"}, 404)

    @property
    def _tips(self) -> dict[str, str]:
        oldest_first = reversed(self.pushes)
        return self.tips or {str(one["ref"]).removeprefix("refs/heads/"): str(one["after"]) for one in oldest_first}

    def _runs(self, commit: str) -> list[tuple[int, Run]]:
        app, ended = self.checks.get(commit, ("", None))
        branch = next(
            (str(one["ref"]).removeprefix("refs/heads/") for one in self.pushes if one["after"] == commit), ""
        )
        of_the_push = [Run(commit, branch, ended, app=app)] if app else []
        return [(number, one) for number, one in enumerate([*of_the_push, *self.runs], 1) if one.commit == commit]


def push(ref: str, number: int, who: str = "octocat", kind: str = "push") -> dict[str, object]:
    return {
        "id": number, "before": f"{number - 1:040x}", "after": f"{number:040x}", "ref": f"refs/heads/{ref}",
        "timestamp": f"2026-11-{number:02}T10:00:00Z", "activity_type": kind, "actor": {"login": who},
    }  # fmt: skip


def _json(document: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode())
