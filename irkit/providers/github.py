"""GitHub: personal access tokens, OAuth and App tokens.

Calls: https://docs.github.com/rest/credentials/revoke, https://docs.github.com/rest/users/users,
https://docs.github.com/rest/apps/installations, https://docs.github.com/rest/apps/oauth-applications.
What goes further than the token (an organization, an installation, all of a member's credentials) is in `github_wider.py`.

Options of the setting: `client_id` (then the responder's credential is that app's client secret), `grant`, `verify`; those of
`github_wider.py`, and of `github_survivors.py`.
"""

from __future__ import annotations

from irkit.errors import NotAvailable
from irkit.model import State
from irkit.plan import Auth, Call, HumanTask, Identity
from irkit.providers import github_offshoots, github_wider
from irkit.providers.github_calls import HEADERS, PUBLIC, base, is_control, is_own_server, part, read_changed
from irkit.providers.github_formats import SHAPES, checksum, describe, log_keys
from irkit.providers.github_survivors import SURVIVORS
from irkit.providers.interface import Offshoots, Provider, Reading, Reply, Setting, Step, Target

__all__ = ["GITHUB", "PUBLIC", "ask_revoke", "ask_standing", "checksum", "read_revoke", "read_standing"]

read_revoke = read_changed


def _is_installation(target: Target) -> bool:
    return target.shape.startswith("ghs")


def _of_app(setting: Setting, target: Target) -> Auth | None:
    """How the app that a token was given to proves itself: its client id and secret. None for other tokens."""
    client_id = setting.options.get("client_id", "")
    if not client_id or setting.responder is None or target.shape not in ("gho", "ghu"):
        return None
    return Auth("basic", setting.responder, user=client_id)


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /user; an installation token is no user and is asked for its repositories. NotAvailable for a refresh token.

    With the option `verify = "app"` the app that an OAuth or user token was given to is asked instead: the token is not used.
    """
    if target.shape == "ghr":
        raise NotAvailable(
            "a GitHub refresh token cannot be asked about",
            why="it is not an access token: GET /user refuses living ones too",
            do="revoke it, and the access token made from it, and take the owner's mail from GitHub as confirmation",
        )
    if target.secret is None:
        raise NotAvailable("GitHub cannot be asked about a token without its value", do="give a reference to the value")
    app = _of_app(setting, target)
    if app and setting.options.get("verify") == "app":
        path = f"/applications/{part(setting.options['client_id'])}/token"
        by: Identity = "control" if is_control(target) else "responder"
        return Call("POST", base(setting) + path, by, app, HEADERS, body={"access_token": target.secret}, about=_APP)
    path = "/installation/repositories" if _is_installation(target) else "/user"
    identity: Identity = "control" if is_control(target) else "leaked"
    return Call("GET", base(setting) + path, identity, Auth("bearer", target.secret), HEADERS)


_APP = "the app's own tokens"
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
    if reply.about:
        return _read_app(reply.status, document, message)
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


def _read_app(status: int, document: dict[str, object], message: str) -> Reading:
    """404 is what an app is told of tokens that are not its own or no more; a refusal of the app says nothing of them."""
    if status == 200 and "app" in document:
        scopes = document.get("scopes")
        listed = ", ".join(map(str, scopes)) if isinstance(scopes, list) else ""
        return Reading(State.ALIVE, f"GitHub tells the app that the token is valid; scopes: {listed or 'none'}")
    if status == 404 and message:
        return Reading(State.DEAD, f"GitHub tells the app that it has no such token: 404 {message}")
    return Reading(State.UNKNOWN, f"GitHub answered the app {status}: {message or 'no message'}")


def _scopes(reply: Reply) -> str:
    scopes = reply.headers.get("x-oauth-scopes")
    expires = reply.headers.get("github-authentication-token-expiration")
    said = f"; scopes: {scopes or 'none'}" if scopes is not None else ""
    return said + (f"; expires {expires}" if expires else "")


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """POST /credentials/revoke, without any authentication on github.com; an installation token deletes itself.

    With `client_id`, the app deletes its token, or with `grant = "yes"` the whole authorization: every token of that user for it.
    """
    if target.secret is None:
        return BY_HAND
    if _is_installation(target):
        auth = Auth("bearer", target.secret)
        return Call("DELETE", f"{base(setting)}/installation/token", "leaked", auth, HEADERS, mutates=True)
    if app := _of_app(setting, target):
        what = "grant" if setting.options.get("grant") == "yes" else "token"
        url = f"{base(setting)}/applications/{part(setting.options['client_id'])}/{what}"
        return Call("DELETE", url, "responder", app, HEADERS, body={"access_token": target.secret}, mutates=True)
    # github.com answers 403 to authenticated requests; an Enterprise Server wants them authenticated.
    whole = setting.responder if is_own_server(setting) and not setting.options.get("client_id") else None
    responder = Auth("bearer", whole) if whole else None
    return Call(
        "POST",
        f"{base(setting)}/credentials/revoke",
        "responder" if responder else "nobody",
        responder,
        HEADERS,
        body={"credentials": (target.secret,)},
        mutates=True,
    )


BY_HAND = HumanTask(
    "Revoke the token in GitHub's settings",
    "https://github.com/settings/tokens",
    (
        "Sign in as the token's owner (an organization's owner for its fine-grained tokens and Apps)",
        "Find the token by its name or last use, and delete it; for an App, revoke its authorization",
        "Look at Settings, Sessions, and at SSH, GPG and deploy keys added since the exposure began",
    ),
)


def ask_wider(setting: Setting, target: Target) -> Call | HumanTask:
    """The wider measure that the case chose, if any. Else what was done already, which the plan holds once."""
    return github_wider.ask(setting) or ask_revoke(setting, target)


GITHUB = Provider(
    name="github",
    title="GitHub",
    docs="docs/providers/github.md",
    shapes=SHAPES,
    by_hand=BY_HAND,
    tested="contract: @octokit/openapi (every call, on github.com, Enterprise Cloud and Enterprise Server 3.19, through prism too); "
    "a stateful loopback server written after it; never github.com itself",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step("revoke", "Revoke the token at GitHub", ask_revoke, read_revoke, listed="credentials"),
        Step(
            "deactivate",
            "Take the wider measure chosen in case.toml, beyond the token itself",
            ask_wider,
            read_changed,
            True,
            github_wider.ask_settled,
            github_wider.read_settled,
        ),
    ),
    survives=(
        "SSH, deploy and GPG keys added with the token",
        "webhooks, Apps and collaborators added with the token, and workflows it pushed",
        "other tokens of the same account, and access tokens already made from a refresh token",
        "the refresh token beside a revoked user token, where the app's whole authorization was not revoked",
        "clones and downloaded artifacts",
    ),
    describe=describe,
    log_keys=log_keys,
    offshoots=Offshoots(github_offshoots.by_hand, github_offshoots.read),
    survivors=SURVIVORS,
    replacement=github_wider.REPLACEMENT,
    tells_scope=True,
    proved={
        "identify": "offline",
        "verify": "contract: @octokit/openapi",
        "revoke": "contract: @octokit/openapi",
        "confirm": "contract: @octokit/openapi",
        "survivors": "contract: @octokit/openapi",
        "replace": "contract: @octokit/openapi",
    },
)
