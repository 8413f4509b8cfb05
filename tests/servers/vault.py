"""Vault's token and lease endpoints with a memory, after https://developer.hashicorp.com/vault/api-docs/auth/token and system/leases.

Tokens form a tree: revoking one revokes its children, and the leases they hold; orphans have no parent and stay.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from tests.servers.loopback import Answer, Asked

DENIED = "1 error occurred:\n\t* permission denied\n\n"
INVALID = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"


@dataclass
class Token:
    id: str
    accessor: str
    policies: tuple[str, ...]
    parent: str = ""  # the parent's accessor
    ttl: int = 0
    name: str = "token"


@dataclass
class Vault:
    """`leases` are lease id -> accessor of who took it out. Policy "root" may do everything, "default" what concerns itself."""

    tokens: dict[str, Token] = field(default_factory=dict)  # by accessor
    leases: dict[str, str] = field(default_factory=dict)

    def issue(self, *policies: str, parent: str = "", ttl: int = 0, name: str = "token") -> Token:
        token = Token(f"hvs.{secrets.token_urlsafe(68)[:91]}", secrets.token_urlsafe(18), policies, parent, ttl, name)
        self.tokens[token.accessor] = token
        return token

    def revoke(self, accessor: str) -> None:
        """The token, its children, and what they hold."""
        del self.tokens[accessor]
        self.leases = {lease: holder for lease, holder in self.leases.items() if holder != accessor}
        for child in [one.accessor for one in self.tokens.values() if one.parent == accessor]:
            self.revoke(child)

    def __call__(self, asked: Asked) -> Answer:
        me = next((one for one in self.tokens.values() if one.id == asked.headers.get("x-vault-token")), None)
        if me is None:
            return _errors(403, INVALID)
        body: dict[str, Any] = json.loads(asked.body) if asked.body else {}
        path, _, query = asked.path.removeprefix("/v1/").partition("?")
        listing = asked.method == "LIST" or "list=true" in query
        if path in ("auth/token/lookup-self", "auth/token/revoke-self"):
            return self._self(me, path)
        if "root" not in me.policies:
            return _errors(403, DENIED)
        if path.startswith("auth/token/create"):
            return self._create(me, body, orphan=path.endswith("orphan"))
        if path.startswith("sys/leases/"):
            return self._leases(path.removeprefix("sys/leases/"), listing)
        return self._by_accessor(path, str(body.get("accessor", "")))

    def _self(self, me: Token, path: str) -> Answer:
        if not {"default", "root"} & set(me.policies):
            return _errors(403, DENIED)
        if path.endswith("lookup-self"):
            return _data(me)
        self.revoke(me.accessor)
        return Answer(204)

    def _create(self, me: Token, body: dict[str, Any], *, orphan: bool) -> Answer:
        policies = (*(() if body.get("no_default_policy") else ("default",)), *(body.get("policies") or me.policies))
        ttl = int(str(body.get("ttl", "0")).removesuffix("s"))
        token = self.issue(
            *policies, parent="" if orphan else me.accessor, ttl=ttl, name=body.get("display_name", "token")
        )
        auth = {"client_token": token.id, "accessor": token.accessor, "policies": list(policies), "lease_duration": ttl}
        return _json(200, {"auth": auth, "data": None})

    def _by_accessor(self, path: str, accessor: str) -> Answer:
        if path not in ("auth/token/lookup-accessor", "auth/token/revoke-accessor"):
            return _errors(404)
        if accessor not in self.tokens:
            return _errors(
                403 if path.endswith("lookup-accessor") else 400, "1 error occurred:\n\t* invalid accessor\n\n"
            )
        if path.endswith("lookup-accessor"):
            return _data(self.tokens[accessor], hide=True)
        self.revoke(accessor)
        return Answer(204)

    def _leases(self, path: str, listing: bool) -> Answer:
        verb, _, prefix = path.partition("/")
        prefix = prefix.rstrip("/") + "/"
        under = [lease for lease in self.leases if lease.startswith(prefix)]
        if verb == "lookup" and listing:
            return (
                _json(200, {"data": {"keys": [lease.removeprefix(prefix) for lease in under]}})
                if under
                else _errors(404)
            )
        if verb != "revoke-prefix":
            return _errors(404)
        for lease in under:
            del self.leases[lease]
        return Answer(204)


def _data(token: Token, *, hide: bool = False) -> Answer:
    data = {"accessor": token.accessor, "policies": list(token.policies), "ttl": token.ttl, "display_name": token.name}
    return _json(200, {"data": {**data, "id": "" if hide else token.id, "orphan": not token.parent}})


def _errors(status: int, *errors: str) -> Answer:
    return _json(status, {"errors": list(errors)})


def _json(status: int, document: object) -> Answer:
    return Answer(status, json.dumps(document).encode())
