"""GitLab's token endpoints with a memory, written after its documentation: https://docs.gitlab.com/api/ (the pages named in
docs/providers/gitlab.md). Nothing here was seen at GitLab itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, unquote

from tests.servers.loopback import Answer, Asked

ADMIN = "visibly-fake-administrator"


@dataclass
class Token:
    """One token: `place` is the list it stands in, "" for what the API does not list."""

    value: str
    number: int
    place: str = "personal_access_tokens"
    scopes: tuple[str, ...] = ("read_api",)
    name: str = "ci"
    created: str = "2026-01-01T00:00:00.000Z"
    revoked: bool = False

    def document(self) -> dict[str, object]:
        known = {"id": self.number, "name": self.name, "scopes": list(self.scopes), "created_at": self.created}
        return {**known, "revoked": self.revoked, "active": not self.revoked, "expires_at": "2026-12-31"}


@dataclass
class GitLab:
    """`ADMIN` may do everything; `fault` is what goes wrong at revocation or on every answer."""

    tokens: list[Token] = field(default_factory=list)
    lists: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    fault: str = ""  # "accepted but alive", "hangs up", "firewall", "insufficient scope", "no such endpoint"
    next_page: bool = False
    variables: dict[str, list[dict[str, object]]] = field(default_factory=dict)  # by project; two a page

    def __call__(self, asked: Asked) -> Answer | None:
        if self.fault == "firewall":
            return Answer(403, b"<html>blocked</html>", {"Content-Type": "text/html"})
        path, _, query = asked.path.partition("?")
        if path == "/api/graphql":
            return self._graphql(asked)
        path, values = path.removeprefix("/api/v4/"), dict(parse_qsl(query))
        form = {name: one[0] for name, one in parse_qs(asked.body.decode()).items()}
        if path == "runners/verify" or (path == "runners" and asked.method == "DELETE"):
            return self._runner(asked.method, form.get("token", ""))
        if path == "job":
            found = self._living(asked.headers.get("job-token", ""))
            return _json(200, {"id": found.number, "status": "running"}) if found else _UNAUTHORIZED
        own = self._living(asked.headers.get("private-token", ""))
        administers = asked.headers.get("private-token") == ADMIN
        if not own and not administers:
            return _UNAUTHORIZED
        if path == "personal_access_tokens/self" and own:
            return self._self(asked.method, own)
        if not administers:
            return _json(403, {"message": "403 Forbidden"})
        return self._administered(asked, path, values)

    def _administered(self, asked: Asked, path: str, values: dict[str, str]) -> Answer | None:
        body = json.loads(asked.body) if asked.body.startswith(b"{") else {}
        last = path.rpartition("/")[2]
        if path == "version":
            return _json(200, {"version": "18.5.0", "revision": "abcdef0"})
        if path == "admin/token":
            if self.fault == "no such endpoint":
                return _json(404, {"error": "404 Not Found"})
            return self._agnostic(asked.method, self._known(body["token"]), Answer(204))
        if path.startswith("groups/") and path.endswith("/tokens/revoke"):
            found = self._known(body["token"])
            return self._agnostic("DELETE", found, _json(200, {**found.document(), "revoked": True} if found else {}))
        if asked.method == "POST" and last == "cancel":
            return self._end(self._at(path.removesuffix("/cancel")), _json(201, {"id": 1, "status": "canceled"}))
        if asked.method == "POST":
            fresh = Token(
                f"visibly-fake-fresh-{len(self.tokens)}", 1000 + len(self.tokens), unquote(path), tuple(body["scopes"])
            )
            fresh.name = body["name"]
            self.tokens.append(fresh)
            return _json(201, {**fresh.document(), "expires_at": body["expires_at"], "token": fresh.value})
        if asked.method == "DELETE":
            return self._end(self._at(path), Answer(204))
        if last.isdigit():
            found = self._at(path)
            return _json(200, found.document()) if found else _NOT_FOUND
        headers = {"X-Next-Page": "2" if self.next_page else ""}
        active = [one.document() for one in self.tokens if one.place == unquote(path) and not one.revoked]
        return _json(200, self.lists.get(unquote(path), active), headers)

    def _graphql(self, asked: Asked) -> Answer:
        """Names of variables, and of each the fields that the query names. https://docs.gitlab.com/api/graphql/reference/#projectcivariables"""
        body = json.loads(asked.body)
        if asked.headers.get("private-token") != ADMIN:
            return _json(401, {"errors": [{"message": "Invalid token"}]})
        found = self.variables.get(body["variables"]["path"])
        if found is None:
            return _json(200, {"data": {"project": None}})
        first = int(body["variables"].get("after") or 0)
        asked_for = body["query"].partition("nodes {")[2].partition("}")[0].split()
        nodes = [{name: one.get(name) for name in asked_for} for one in found[first : first + 2]]
        page = {"hasNextPage": first + 2 < len(found), "endCursor": str(first + 2)}
        return _json(200, {"data": {"project": {"ciVariables": {"nodes": nodes, "pageInfo": page}}}})

    def _runner(self, method: str, token: str) -> Answer | None:
        found = self._living(token)
        if not found:
            return _json(403, {"message": "403 Forbidden"})
        if method == "DELETE":
            return self._end(found, Answer(204))
        return _json(200, {"id": found.number, "token": found.value, "token_expires_at": None})

    def _self(self, method: str, own: Token) -> Answer | None:
        if method == "DELETE":
            return self._end(own, Answer(204))
        if self.fault == "insufficient scope":
            return _json(403, {"error": "insufficient_scope", "error_description": "higher privileges", "scope": "api"})
        return _json(200, own.document())

    def _agnostic(self, method: str, found: Token | None, done: Answer) -> Answer | None:
        if not found:
            return _NOT_FOUND
        return self._end(found, done) if method == "DELETE" else _json(200, found.document())

    def _end(self, found: Token | None, done: Answer) -> Answer | None:
        if not found:
            return _NOT_FOUND
        found.revoked = self.fault != "accepted but alive"
        return None if self.fault == "hangs up" else done

    def _known(self, value: str) -> Token | None:
        return next((one for one in self.tokens if one.value == value), None)

    def _living(self, value: str) -> Token | None:
        found = self._known(value)
        return found if found and not found.revoked else None

    def _at(self, path: str) -> Token | None:
        return next((one for one in self.tokens if f"{one.place}/{one.number}" == unquote(path)), None)


def _json(status: int, document: object, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(document).encode(), headers or {})


_UNAUTHORIZED = _json(401, {"message": "401 Unauthorized"})
_NOT_FOUND = _json(404, {"message": "404 Not found"})
