"""GitHub's records of pushes, checks, rules and alerts, as its API description has them, for one repository."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.servers.loopback import Answer, Asked

OWNER = "visibly-fake-owner"


@dataclass
class Records:
    """`checks` by commit: the app, and how its check `guard` ended. `protection` None: not told, as to who is no administrator."""

    pushes: list[dict[str, object]] = field(default_factory=list)
    checks: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    alerts: list[dict[str, object]] = field(default_factory=list)
    protection: str | None = "enabled"
    asked: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer | None:
        self.asked.append(asked.path)
        url = urlsplit(asked.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if asked.headers.get("authorization") != f"Bearer {OWNER}":
            return _json({"message": "Not Found"}, 404)
        rest = url.path.removeprefix("/repos/acme/app")
        if rest == "":
            told = {"secret_scanning_push_protection": {"status": self.protection}} if self.protection else None
            return _json({"full_name": "acme/app", **({"security_and_analysis": told} if told else {})})
        if rest == "/activity":
            first, second = self.pushes[:2], self.pushes[2:]
            if "after" in query or not second:
                return _json(second if "after" in query else first)
            link = f'<https://api.github.com{url.path}?per_page=100&after=cursor>; rel="next"'
            return Answer(200, json.dumps(first).encode(), {"Link": link})
        if rest.startswith("/commits/"):
            app, ended = self.checks.get(rest.split("/")[2], ("", None))
            run = {"name": query["check_name"], "status": "completed", "conclusion": ended, "app": {"slug": app}}
            return _json({"total_count": int(bool(app)), "check_runs": [run] if app else []})
        if rest.startswith("/rules/branches/"):
            return _json([{"type": name} for name in self.rules])
        if rest == "/secret-scanning/alerts":
            shown = [dict(one) for one in self.alerts]
            for one in shown:
                one["secret"] = None if query.get("hide_secret") == "true" else "visibly-fake-secret"
            return _json(shown)
        return _json({"message": "Not Found"}, 404)


def push(ref: str, number: int, who: str = "octocat", kind: str = "push") -> dict[str, object]:
    return {
        "id": number, "before": f"{number - 1:040x}", "after": f"{number:040x}", "ref": f"refs/heads/{ref}",
        "timestamp": f"2026-11-{number:02}T10:00:00Z", "activity_type": kind, "actor": {"login": who},
    }  # fmt: skip


def _json(document: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode())
