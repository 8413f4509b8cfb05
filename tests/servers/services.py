"""Services on the net with a memory, each in its own dialect, written after their pages: one leaked credential, one responder.

What stands here is no proof of what the services do. It shows that a provider's calls and readers fit together, and counts.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers.loopback import Answer, Asked


@dataclass(frozen=True)
class Dialect:
    """`shown` finds the credential in a request; `lives` and `dead` answer the probe; `ends` says whether a request ends it, and
    `done` answers that."""

    shown: Callable[[Asked], str]
    lives: Any
    dead: tuple[int, Any]
    ends: Callable[[Asked], bool]
    done: tuple[int, Any] = (204, None)


def _header(name: str, prefix: str = "") -> Callable[[Asked], str]:
    return lambda asked: asked.headers.get(name, "").removeprefix(prefix)


def _pair(asked: Asked) -> str:
    scheme, _, value = asked.headers.get("authorization", "").partition(" ")
    return b64decode(value).decode() if scheme == "Basic" else ""


def _password(asked: Asked) -> str:
    return _pair(asked).partition(":")[2]


def _request(method: str, path: str) -> Callable[[Asked], bool]:
    return lambda asked: asked.method == method and asked.path.startswith(path)


BEARER = _header("authorization", "Bearer ")
GONE_401 = {"message": "401: Unauthorized", "code": 0}
DIALECTS = {
    "slack-bot": Dialect(
        BEARER,
        {"ok": True, "team": "Acme", "user": "bot"},
        (200, {"ok": False, "error": "token_revoked"}),
        _request("POST", "/auth.revoke"),
        (200, {"ok": True, "revoked": True}),
    ),
    "sendgrid-key": Dialect(
        BEARER,
        {"scopes": ["mail.send"]},
        (401, {"errors": [{"message": "authorization required"}]}),
        _request("DELETE", "/v3/api_keys/"),
    ),
    "mailgun-key": Dialect(
        _password,
        {"items": []},
        (401, {"message": "Forbidden"}),
        _request("DELETE", "/v1/keys/"),
        (200, {"message": "key deleted"}),
    ),
    "twilio-api-key": Dialect(
        _pair,
        {"countries": []},
        (401, {"code": 20003, "message": "Authenticate"}),
        _request("DELETE", "/2010-04-01/Accounts/AC"),
    ),
    "datadog-api-key": Dialect(
        _header("dd-api-key"),
        {"valid": True},
        (403, {"errors": ["Forbidden"]}),
        _request("DELETE", "/api/v2/api_keys/k1"),
    ),
    "atlassian-token": Dialect(
        _password,
        {"displayName": "Owner", "accountId": "5b10"},
        (401, {"message": "Client must be authenticated to access this resource."}),
        _request("DELETE", "/users/5b10/manage/api-tokens/t1"),
    ),
    "okta-token": Dialect(
        _header("authorization", "SSWS "),
        {"id": "00u1", "profile": {}},
        (401, {"errorCode": "E0000011", "errorSummary": "Invalid token provided"}),
        _request("DELETE", "/api/v1/api-tokens/"),
    ),
    "discord-webhook": Dialect(
        lambda asked: asked.path.rsplit("/", 1)[-1],
        {"id": "1", "channel_id": "2"},
        (404, {"message": "Unknown Webhook", "code": 10015}),
        _request("DELETE", "/webhooks/"),
    ),
    "discord-oauth2": Dialect(
        BEARER,
        {"application": {}, "scopes": ["identify"]},
        (401, GONE_401),
        _request("POST", "/oauth2/token/revoke"),
        (200, {}),
    ),
    "twitch-token": Dialect(
        _header("authorization", "OAuth "),
        {"client_id": "c1", "expires_in": 60},
        (401, {"status": 401, "message": "invalid access token"}),
        _request("POST", "/oauth2/revoke"),
        (200, None),
    ),
    "sentry-org": Dialect(
        BEARER,
        {"version": "0", "auth": {"scopes": ["org:ci"]}},
        (401, {"detail": "Invalid token"}),
        _request("DELETE", "/api/0/organizations/acme/org-auth-tokens/7/"),
    ),
    "mattermost-token": Dialect(
        BEARER,
        {"id": "u1", "username": "ci"},
        (401, {"id": "api.context.session_expired.app_error", "message": "Invalid or expired session"}),
        _request("POST", "/api/v4/users/tokens/"),
        (200, {"status": "OK"}),
    ),
}


@dataclass
class Service:
    """`secret` is what the service knows the leaked credential by. A request that ends it must come from `allowed` or show it itself."""

    dialect: Dialect
    secret: str
    allowed: str
    alive: bool = True
    ended: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        shown = self.dialect.shown(asked)
        if self.dialect.ends(asked):
            everything = f"{asked.headers} {asked.body.decode()} {asked.path} {_pair(asked)}"
            if self.allowed not in everything and not (self.alive and self.secret in everything):
                return _json(403, {"message": "this is not allowed"})
            self.alive = False
            self.ended.append(asked)
            return _json(*self.dialect.done)
        if shown == self.secret and self.alive:
            return _json(200, self.dialect.lives)
        return _json(*self.dialect.dead)


def _json(status: int, document: Any) -> Answer:
    return Answer(status, b"" if document is None else json.dumps(document).encode())
