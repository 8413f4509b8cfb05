"""GitHub as far as the drill needs it: who am I, and the public revocation of credentials.

https://docs.github.com/rest/users/users#get-the-authenticated-user and https://docs.github.com/rest/credentials/revoke :
the latter takes 1 to 1000 credentials, refuses authenticated requests with 403, and answers 202 whatever they are.
"""

from __future__ import annotations

import base64
import json

from irkit.drill.provider import state as known
from irkit.drill.provider.exchange import Answer, Request, json_body
from irkit.drill.provider.state import ProviderState, Token

_BAD = {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}


def answer(state: ProviderState, request: Request) -> Answer:
    path = request.path.partition("?")[0].removeprefix("/api/v3")
    match request.method, path:
        case "GET", "/user":
            return _user(state, request, path)
        case "GET", "/rate_limit":
            return _rate_limit(state, request, path)
        case "POST", "/credentials/revoke":
            return _revoke(state, request, path)
    return Answer(404, json_body({"message": "Not Found", "status": "404"}), path, who=_presented(request))


def _user(state: ProviderState, request: Request, path: str) -> Answer:
    value = _presented(request)
    if not value:
        return Answer(401, json_body({**_BAD, "message": "Requires authentication"}), path)
    token = state.token(value)
    if token is None or not _alive(token):
        return Answer(401, json_body(_BAD), path, who=value)
    token.used = known.now()
    headers = (("x-oauth-scopes", token.scopes), ("x-accepted-oauth-scopes", ""))
    body = {"login": token.login, "id": token.number, "type": "User", "site_admin": False}
    return Answer(200, json_body(body), path, headers=headers, who=value)


def _rate_limit(state: ProviderState, request: Request, path: str) -> Answer:
    value = _presented(request)
    token = state.token(value) if value else None
    if value and (token is None or not _alive(token)):
        return Answer(401, json_body(_BAD), path, who=value)
    rate = {"limit": 5000 if token else 60, "used": 0, "remaining": 5000 if token else 60, "reset": 0}
    return Answer(200, json_body({"resources": {"core": rate}, "rate": rate}), path, who=value)


def _revoke(state: ProviderState, request: Request, path: str) -> Answer:
    if "authorization" in request.headers:
        message = {"message": "This endpoint does not accept authenticated requests", "status": "403"}
        return Answer(403, json_body(message), path, who=_presented(request), mutates=True)
    credentials = _credentials(request.body)
    if credentials is None:
        return Answer(422, json_body({"message": "Validation Failed", "status": "422"}), path, mutates=True)
    for value in credentials:
        token = state.token(value)
        if token is not None:
            token.revocations += 1
        if token is not None and token.revoked is None:
            token.revoked, token.lingers = known.now(), state.lingering()
    whom = credentials[0] if len(credentials) == 1 else ""
    return Answer(202, b"{}", path, mutates=True, carried_out=True, whom=whom)


def _credentials(body: bytes) -> list[str] | None:
    """The list of credentials, or None when the body is not one the endpoint takes."""
    try:
        listed = json.loads(body)["credentials"]
    except (ValueError, KeyError, TypeError):
        return None
    fits = isinstance(listed, list) and 1 <= len(listed) <= 1000 and all(isinstance(one, str) and one for one in listed)
    return listed if fits else None


def _alive(token: Token) -> bool:
    return token.revoked is None or known.outlives(token)


def _presented(request: Request) -> str:
    """The token of the Authorization header, in any of the three ways GitHub takes one; "" when there is none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[2]
        except ValueError:
            return ""
    return value.strip()
