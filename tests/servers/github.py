"""GitHub's token endpoints with a memory, after its API description: /user, /installation, /credentials/revoke."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal

from tests.servers.loopback import Answer, Asked


@dataclass
class GitHub:
    """`living` are the tokens it knows. `fault` is what goes wrong at revocation or on every read."""

    living: set[str] = field(default_factory=set)
    fault: Literal["", "accepted but alive", "hangs up", "firewall", "everybody is welcome"] = ""

    def __call__(self, asked: Asked) -> Answer | None:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if self.fault == "firewall":
            return Answer(403, b"<!DOCTYPE html><title>Access denied</title>", {"Content-Type": "text/html"})
        match asked.method, asked.path:
            case "POST", "/credentials/revoke":
                return self._revoke(asked, token)
            case "DELETE", "/installation/token":
                self.living.discard(token)
                return Answer(204)
            case "GET", "/user" | "/installation/repositories" if not token:
                return _json(401, {"message": "Requires authentication"})
            case "GET", "/user" if token.startswith("ghs_"):
                return _json(403, {"message": "Resource not accessible by integration"})
            case "GET", "/user" if token in self.living or self.fault == "everybody is welcome":
                return _json(200, {"login": "octocat", "id": 1}, {"X-OAuth-Scopes": "repo, read:org"})
            case "GET", "/installation/repositories" if token in self.living:
                return _json(200, {"total_count": 0, "repositories": []})
        return _json(401, {"message": "Bad credentials"})

    def _revoke(self, asked: Asked, token: str) -> Answer | None:
        if token:
            return _json(403, {"message": "This endpoint must be called without authentication"})
        document = json.loads(asked.body)
        credentials = document.get("credentials") if isinstance(document, dict) else None
        if not isinstance(credentials, list) or not 1 <= len(credentials) <= 1000:
            return _json(422, {"message": "Validation failed"})
        if self.fault != "accepted but alive":
            self.living -= set(credentials)
        return None if self.fault == "hangs up" else _json(202, {})


def _json(status: int, document: object, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(document).encode(), headers or {})


@dataclass
class Register:
    """GitHub's lists of keys and webhooks. `lists` is by path; only `owner` may see a repository's, anybody a user's."""

    lists: dict[str, list[dict[str, object]]]
    owner: str = "visibly-fake-owner"
    goes_on: bool = False

    def __call__(self, asked: Asked) -> Answer | None:
        path, _, _ = asked.path.partition("?")
        let_in = asked.headers.get("authorization", "") == f"Bearer {self.owner}"
        if asked.method == "DELETE":
            number = path.rpartition("/")[2]
            if not let_in:
                return _json(404, {"message": "Not Found"})
            for keys in self.lists.values():
                keys[:] = [key for key in keys if str(key["id"]) != number]
            return Answer(204)
        if path.startswith("/users/") and path.count("/") == 2:
            return _json(200, {"login": path.rpartition("/")[2]})
        if path.startswith("/repos/") and not let_in:
            return _json(404, {"message": "Not Found"})
        if path.startswith("/repos/") and path.count("/") == 3:
            return _json(200, {"full_name": path.removeprefix("/repos/")})
        link = {"Link": '<https://api.github.com/next>; rel="next"'} if self.goes_on else {}
        return _json(200, self.lists.get(path.removeprefix("/"), []), link)
