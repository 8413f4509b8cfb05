"""GitHub: personal access tokens, OAuth and App tokens.

Calls: https://docs.github.com/rest/credentials/revoke, https://docs.github.com/rest/users/users,
https://docs.github.com/rest/apps/installations. Token formats:
https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/ and, for the long
installation tokens, the changelog of 2026-05-15.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import zlib
from urllib.parse import urlsplit

from irkit.errors import NotAvailable
from irkit.model import State
from irkit.plan import Auth, Call, HumanTask, Identity
from irkit.providers import github_offshoots
from irkit.providers.interface import Accepted, Offshoots, Provider, Reading, Reply, Setting, Shape, Step, Target

PUBLIC = "https://api.github.com"
_FORMATS = "https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_HEADERS = (("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28"))


def checksum(entropy: str) -> str:
    """CRC-32 of the random part, in base 62 and six digits: the tail of the short tokens."""
    rest, digits = zlib.crc32(entropy.encode()), ""
    while rest:
        rest, digit = divmod(rest, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0")


def _checks(value: str) -> bool:
    entropy = value.split("_", 1)[1]
    return checksum(entropy[:-6]) == entropy[-6:]


def _random(length: int) -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def _short(name: str) -> Shape:
    def look_alike() -> str:
        entropy = _random(30)
        return f"{name}_{entropy}{checksum(entropy)}"

    return Shape(name, rf"{name}_[A-Za-z0-9]{{36}}", _FORMATS, _checks, look_alike)


def _installation_look_alike() -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return f"ghs_{secrets.randbelow(9_000_000) + 1_000_000}_{header}.{_random(280)}.{_random(172)}"


SHAPES = (
    *(_short(name) for name in ("ghp", "gho", "ghu", "ghr", "ghs")),
    Shape(
        "github_pat",
        r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
        _FORMATS,
        look_alike=lambda: f"github_pat_{_random(22)}_{_random(59)}",
    ),
    Shape(
        "ghs_long",
        r"ghs_[0-9]+_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
        "https://github.blog/changelog/ (2026-05-15, installation tokens)",
        look_alike=_installation_look_alike,
    ),
)


def _is_installation(target: Target) -> bool:
    return target.shape.startswith("ghs")


def _base(setting: Setting) -> str:
    return (setting.base or PUBLIC).rstrip("/")


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /user; an installation token is no user and is asked for its repositories. NotAvailable for a refresh token."""
    if target.shape == "ghr":
        raise NotAvailable(
            "a GitHub refresh token cannot be asked about",
            why="it is not an access token: GET /user refuses living ones too",
            do="revoke it, and the access token made from it, and take the owner's mail from GitHub as confirmation",
        )
    if target.secret is None:
        raise NotAvailable("GitHub cannot be asked about a token without its value", do="give a reference to the value")
    path = "/installation/repositories" if _is_installation(target) else "/user"
    identity: Identity = "control" if target.secret.scheme == "control" else "leaked"
    return Call("GET", _base(setting) + path, identity, Auth("bearer", target.secret), _HEADERS)


_AUTHENTICATED = (
    "resource not accessible",
    "saml enforcement",
    "oauth app access restrictions",
    "must have admin rights",
)


def read_standing(reply: Reply) -> Reading:
    """401 "Bad credentials" is dead; a user or a list of repositories is alive; a firewall, a limit or an outage is neither."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not GitHub's API answering")
    message = str(document.get("message", ""))[:120]
    if reply.status == 200 and "login" in document:
        return Reading(State.ALIVE, f"GitHub answered 200 as {document['login']!s}{_scopes(reply)}")
    if reply.status == 200 and "repositories" in document:
        return Reading(State.ALIVE, "GitHub answered 200 with the installation's repositories")
    if reply.status == 401 and "requires authentication" in message.lower():
        return Reading(State.UNKNOWN, "401: no token reached GitHub (something on the way removed it)")
    if reply.status == 401 and message:
        return Reading(State.DEAD, f"GitHub answered 401: {message}")
    if reply.status == 403 and any(words in message.lower() for words in _AUTHENTICATED):
        return Reading(State.ALIVE, f"GitHub knows the token and denies only the resource: {message}")
    return Reading(State.UNKNOWN, f"GitHub answered {reply.status}: {message or 'no message'}")


def _scopes(reply: Reply) -> str:
    scopes = reply.headers.get("x-oauth-scopes")
    expires = reply.headers.get("github-authentication-token-expiration")
    said = f"; scopes: {scopes or 'none'}" if scopes is not None else ""
    return said + (f"; expires {expires}" if expires else "")


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """POST /credentials/revoke, without any authentication on github.com; an installation token deletes itself."""
    if target.secret is None:
        return BY_HAND
    base = _base(setting)
    if _is_installation(target):
        auth = Auth("bearer", target.secret)
        return Call("DELETE", f"{base}/installation/token", "leaked", auth, _HEADERS, mutates=True)
    # github.com answers 403 to authenticated requests; an Enterprise Server wants them authenticated.
    own_server = urlsplit(base).hostname != urlsplit(PUBLIC).hostname
    responder = Auth("bearer", setting.responder) if own_server and setting.responder else None
    return Call(
        "POST",
        f"{base}/credentials/revoke",
        "responder" if responder else "nobody",
        responder,
        _HEADERS,
        body={"credentials": (target.secret,)},
        mutates=True,
    )


def read_revoke(reply: Reply) -> Accepted:
    """202 (204 for an installation token) is accepted, which is not yet dead."""
    if reply.status is None:
        return Accepted(None if reply.sent else False, reply.nothing_came)
    if reply.status in (202, 204):
        return Accepted(True, f"GitHub accepted it ({reply.status})")
    document = reply.json()
    if not isinstance(document, dict):
        # A firewall's page says nothing of what became of the request behind it.
        return Accepted(None, f"{reply.status} without JSON: this was not GitHub's API answering")
    message = str(document.get("message", ""))[:120]
    if reply.status >= 500:
        return Accepted(None, f"GitHub answered {reply.status}: {message}")
    return Accepted(False, f"GitHub answered {reply.status}: {message}")


BY_HAND = HumanTask(
    "Revoke the token in GitHub's settings",
    "https://github.com/settings/tokens",
    (
        "Sign in as the token's owner (an organization's owner for its fine-grained tokens and Apps)",
        "Find the token by its name or last use, and delete it; for an App, revoke its authorization",
        "Look at Settings, Sessions, and at SSH, GPG and deploy keys added since the exposure began",
    ),
)


def _describe(value: str) -> tuple[tuple[str, str], ...]:
    kinds = {
        "ghp": "personal access token (classic)",
        "gho": "OAuth access token",
        "ghu": "GitHub App user token",
        "ghr": "GitHub App refresh token",
        "ghs": "GitHub App installation token",
    }
    prefix = value.split("_", 1)[0]
    facts = [("kind", kinds.get(prefix, "fine-grained personal access token"))]
    app, _, rest = value.removeprefix("ghs_").partition("_")
    if prefix == "ghs" and rest and app.isdigit():
        facts.append(("app id (as the token says)", app))
    return tuple(facts)


GITHUB = Provider(
    name="github",
    title="GitHub",
    docs="docs/providers/github.md",
    shapes=SHAPES,
    by_hand=BY_HAND,
    tested="a stateful loopback server written after GitHub's API description; never github.com itself",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(Step("revoke", "Revoke the token at GitHub", ask_revoke, read_revoke),),
    survives=(
        "SSH, deploy and GPG keys added with the token",
        "webhooks, Apps and collaborators added with the token, and workflows it pushed",
        "other tokens of the same account, and access tokens already made from a refresh token",
        "clones and downloaded artifacts",
    ),
    describe=_describe,
    log_keys=lambda value: (base64.b64encode(hashlib.sha256(value.encode()).digest()).decode(),),
    offshoots=Offshoots(github_offshoots.by_hand, github_offshoots.read),
)
