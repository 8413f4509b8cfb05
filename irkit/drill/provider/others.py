"""GitLab, Slack and Hugging Face as far as a rehearsal of many credentials needs them: who am I, and revoke me.

https://docs.gitlab.com/api/personal_access_tokens/ , https://api.slack.com/methods/auth.test , https://api.slack.com/methods/auth.revoke ,
https://huggingface.co/docs/hub/security-tokens . Slack answers 200 whatever happened, Hugging Face 202 whatever was sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from irkit.drill.provider import state as known
from irkit.drill.provider.exchange import Answer, Request, json_body
from irkit.drill.provider.state import ProviderState, Token


def answer(state: ProviderState, request: Request) -> Answer | None:
    """None when the request is none of theirs."""
    path = request.path.partition("?")[0]
    ways: dict[str, Callable[[ProviderState, Request, str], Answer]] = {
        "/api/v4/personal_access_tokens/self": _gitlab,
        "/api/auth.test": _slack_test,
        "/api/auth.revoke": _slack_revoke,
        "/auth.test": _slack_test,
        "/auth.revoke": _slack_revoke,
        "/api/whoami-v2": _hugging_face,
        "/api/credentials/revoke": _hugging_face_revoke,
    }
    return ways[path](state, request, path) if path in ways else None


def _presented(request: Request) -> str:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    return request.headers.get("private-token", "") or bearer


def _living(state: ProviderState, value: str, issuer: str) -> Token | None:
    token = state.token(value)
    if token is None or token.issuer != issuer:
        return None
    return token if token.revoked is None or known.outlives(token) else None


def _kill(state: ProviderState, token: Token) -> None:
    token.revocations += 1
    if token.revoked is None:
        token.revoked, token.lingers = known.now(), state.lingering()


def _gitlab(state: ProviderState, request: Request, path: str) -> Answer:
    value = _presented(request)
    token = _living(state, value, "gitlab")
    if token is None:
        body = json_body({"message": "401 Unauthorized"})
        return Answer(401, body, path, who=value, mutates=request.method == "DELETE")
    if request.method == "DELETE":
        _kill(state, token)
        return Answer(204, b"", path, who=value, mutates=True, carried_out=True, whom=value)
    document = {
        "id": token.number,
        "name": token.login,
        "revoked": False,
        "active": True,
        "scopes": token.scopes.split(),
        "user_id": token.number,
        "created_at": "2026-01-01T00:00:00.000Z",
        "expires_at": "2027-01-01",
    }
    return Answer(200, json_body(document), path, who=value)


def _slack_test(state: ProviderState, request: Request, path: str) -> Answer:
    value = _presented(request)
    token = _living(state, value, "slack")
    if token is None:
        error = "token_revoked" if state.token(value) else "invalid_auth"
        return Answer(200, json_body({"ok": False, "error": error}), path, who=value)
    document = {
        "ok": True,
        "url": "https://drill.slack.example/",
        "team": "drill",
        "user": token.login,
        "user_id": "U1",
    }
    return Answer(200, json_body(document), path, who=value, headers=(("x-oauth-scopes", token.scopes),))


def _slack_revoke(state: ProviderState, request: Request, path: str) -> Answer:
    value = _presented(request)
    token = _living(state, value, "slack")
    if token is None:
        error = "token_revoked" if state.token(value) else "invalid_auth"
        return Answer(200, json_body({"ok": False, "error": error}), path, who=value, mutates=True)
    _kill(state, token)
    return Answer(
        200, json_body({"ok": True, "revoked": True}), path, who=value, mutates=True, carried_out=True, whom=value
    )


def _hugging_face(state: ProviderState, request: Request, path: str) -> Answer:
    value = _presented(request)
    token = _living(state, value, "huggingface")
    if token is None:
        return Answer(401, json_body({"error": "Invalid credentials in Authorization header"}), path, who=value)
    role = {"displayName": token.login, "role": token.scopes}
    document = {
        "type": "user",
        "id": str(token.number),
        "name": token.login,
        "auth": {"type": "access_token", "accessToken": role},
    }
    return Answer(200, json_body(document), path, who=value)


def _hugging_face_revoke(state: ProviderState, request: Request, path: str) -> Answer:
    try:
        values = json.loads(request.body)["credentials"]
    except (ValueError, KeyError, TypeError):
        return Answer(422, json_body({"error": "invalid"}), path, mutates=True)
    for value in values:
        token = state.token(str(value))
        if token is not None and token.issuer == "huggingface":
            _kill(state, token)
    return Answer(202, b"{}", path, mutates=True, carried_out=True, whom=str(values[0]) if len(values) == 1 else "")
