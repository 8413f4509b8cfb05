"""Google OAuth tokens of people and applications: access tokens (`ya29.`) and refresh tokens (`1//`).

Calls: the discovery document of OAuth2 (oauth2.v2) for tokeninfo; https://developers.google.com/identity/protocols/oauth2/web-server
(Revoking a token) for the revocation, which takes the value alone and, for a refresh token, ends the whole grant.
"""

from __future__ import annotations

import secrets
from typing import Any

from irkit.errors import NotAvailable
from irkit.model import State
from irkit.plan import Call, HumanTask, Identity
from irkit.providers.interface import Accepted, Provider, Reading, Reply, Setting, Shape, Step, Target

ACCOUNTS = "https://oauth2.googleapis.com"
INFO = "https://www.googleapis.com"
_SOURCE = "https://developers.google.com/identity/protocols/oauth2#size"


def ask_standing(setting: Setting, target: Target) -> Call:
    """tokeninfo, a POST that changes nothing. NotAvailable for a refresh token, which only its client can use."""
    if target.shape == "refresh-token" or target.secret is None:
        raise NotAvailable(
            "Google cannot be asked about this token",
            why="a refresh token answers only to its client's own credential"
            if target.secret
            else "it takes the value",
            do="revoke it, and look under Third-party apps of the person's Google account",
        )
    identity: Identity = "control" if target.secret.scheme == "control" else "leaked"
    url = f"{(setting.base or INFO).rstrip('/')}/oauth2/v2/tokeninfo?access_token={{secret}}"
    return Call("POST", url, identity, in_url=target.secret)


def read_standing(reply: Reply) -> Reading:
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not Google answering")
    if reply.status == 200 and "expires_in" in document:
        whose = document.get("email") or document.get("user_id") or document.get("issued_to") or "somebody"
        return Reading(
            State.ALIVE,
            f"Google knows it as {whose}'s, {document['expires_in']} s left; scope: {document.get('scope', '?')}",
        )
    error = _error(document)
    if reply.status in (400, 401) and error.startswith("invalid_token"):
        return Reading(State.DEAD, f"Google answered {reply.status}: {error}")
    return Reading(State.UNKNOWN, f"Google answered {reply.status}: {error or 'no message'}")


def _error(document: dict[str, Any]) -> str:
    told = " ".join(
        str(document[name]) for name in ("error", "error_description") if isinstance(document.get(name), str)
    )
    return told[:120]


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    if target.secret is None:
        return BY_HAND
    url = f"{(setting.base or ACCOUNTS).rstrip('/')}/revoke"
    return Call("POST", url, "nobody", form=(("token", target.secret),), mutates=True)


def read_revoke(reply: Reply) -> Accepted:
    """200 is accepted; 400 `invalid_token` says that it was dead already, or never lived."""
    if reply.status is None:
        return Accepted(None if reply.sent else False, reply.nothing_came)
    document = reply.json()
    if reply.status == 200 and not reply.looks_like_html:
        return Accepted(True, "Google accepted it (200)")
    error = _error(document) if isinstance(document, dict) else ""
    unsure = reply.status >= 500 or not error
    return Accepted(None if unsure else False, f"Google answered {reply.status}: {error or 'no message'}")


BY_HAND = HumanTask(
    "Take the application's access away in the person's Google account",
    "https://myaccount.google.com/connections",
    (
        "Find the application and remove its access, which ends its refresh and access tokens",
        "A Workspace administrator can do it for them",
    ),
)

GOOGLE_OAUTH = Provider(
    name="google-oauth",
    title="Google OAuth token",
    docs="docs/providers/google-oauth.md",
    shapes=(
        Shape(
            "access-token", r"ya29\.[A-Za-z0-9_-]{20,2048}", _SOURCE, None, lambda: f"ya29.{secrets.token_urlsafe(120)}"
        ),
        Shape("refresh-token", r"1//[A-Za-z0-9_-]{20,512}", _SOURCE, None, lambda: f"1//{secrets.token_urlsafe(72)}"),
    ),
    by_hand=BY_HAND,
    tested=(
        "contract: oauth2.v2 (tokeninfo); revocation and statuses by Google's page and a loopback server, unverified; never Google "
        "itself"
    ),
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(Step("revoke", "Revoke the token at Google", ask_revoke, read_revoke),),
    survives=(
        "access tokens of the same grant, for a while after its refresh token was revoked; ID tokens, until they expire",
        "tokens of other grants of the same person, and what was made with the token: forwarding rules, app passwords, shared files",
        "the access token of a service account, which cannot be revoked: see gcp-key",
    ),
    tells_scope=True,
    proved={"identify": "offline", "verify": "contract: oauth2.v2", "scope": "contract: oauth2.v2"},
)
