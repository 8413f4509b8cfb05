"""Any OAuth 2.0 authorization server: revocation by RFC 7009, standing by RFC 7662, both found by RFC 8414.

Options of the setting: `revocation_endpoint`, `introspection_endpoint`, `client_id` (then the responder's credential is
the client's secret, else it is `client:secret`), `token_type_hint`. `base` is the issuer, for discovery.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from irkit.errors import BadInput
from irkit.model import State
from irkit.plan import Auth, Call, HumanTask, Identity, Leaf
from irkit.providers.interface import (
    Accepted,
    LookUp,
    Made,
    Need,
    Provider,
    Reading,
    Replacement,
    Reply,
    Setting,
    Shape,
    Step,
    Target,
)

ENDPOINTS = ("revocation_endpoint", "introspection_endpoint")
_WELL_KNOWN = {
    "oauth": "/.well-known/oauth-authorization-server",
    "openid": "/.well-known/openid-configuration",
}


def _client(setting: Setting) -> Auth | None:
    if setting.responder is None:
        return None
    return Auth("basic", setting.responder, user=setting.options.get("client_id", ""))


def _form(setting: Setting, target: Target) -> tuple[tuple[str, Leaf], ...]:
    if target.secret is None:
        raise BadInput("an OAuth 2.0 token is asked about by its value", do="give a reference to the value")
    form: list[tuple[str, Leaf]] = [("token", target.secret)]
    if hint := setting.options.get("token_type_hint"):
        form.append(("token_type_hint", hint))
    if setting.responder is None and (client_id := setting.options.get("client_id")):
        form.append(("client_id", client_id))  # a public client
    return tuple(form)


def _endpoint(setting: Setting, name: str) -> str:
    endpoint = setting.options.get(name, "")
    if not endpoint:
        raise BadInput(
            f"the {name.replace('_', ' ')} of this authorization server is not known",
            do=f"write {name} under [providers.oauth2.options] in case.toml, or give base, the issuer, to look it up",
        )
    return endpoint


def ask_standing(setting: Setting, target: Target) -> Call:
    """Introspection (RFC 7662): a POST that changes nothing. BadInput when the endpoint is not known."""
    url = _endpoint(setting, "introspection_endpoint")
    control = target.secret is not None and target.secret.scheme == "control"
    return Call("POST", url, "control" if control else "responder", _client(setting), form=_form(setting, target))


def read_standing(reply: Reply) -> Reading:
    """`active` decides; a refusal of our own client says nothing of the token."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not an introspection endpoint answering")
    if reply.status == 200 and document.get("active") is True:
        scope = document.get("scope")
        return Reading(State.ALIVE, f"introspection says active{f'; scope: {scope}' if scope else ''}")
    if reply.status == 200 and document.get("active") is False:
        return Reading(State.DEAD, "introspection says not active")
    error = str(document.get("error", ""))[:60]
    whose = ": the client's own credential was refused" if reply.status == 401 else ""
    return Reading(State.UNKNOWN, f"introspection answered {reply.status} {error}".rstrip() + whose)


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    if target.secret is None or not setting.options.get("revocation_endpoint"):
        return BY_HAND
    identity: Identity = "responder" if setting.responder else "nobody"
    url = setting.options["revocation_endpoint"]
    return Call("POST", url, identity, _client(setting), form=_form(setting, target), mutates=True)


def read_revoke(reply: Reply) -> Accepted:
    """200 is also the answer for a token the server does not know (RFC 7009, 2.2); 503: it must be assumed to live (2.2.1)."""
    if reply.status is None:
        return Accepted(None if reply.sent else False, reply.nothing_came)
    if reply.looks_like_html:
        return Accepted(None, f"{reply.status} with a web page: this was not the revocation endpoint answering")
    if reply.status == 200:
        return Accepted(True, "200, which is also said of tokens the server does not know")
    document = reply.json()
    error = str(document.get("error", ""))[:60] if isinstance(document, dict) else ""
    if reply.status >= 500 and reply.status != 503:
        return Accepted(None, f"the revocation endpoint answered {reply.status} {error}".rstrip())
    return Accepted(False, f"the revocation endpoint answered {reply.status} {error}".rstrip())


def _ask_endpoints(setting: Setting, _target: Target) -> Call | None:
    if not setting.base or all(setting.options.get(name) for name in ENDPOINTS):
        return None
    # RFC 8414 puts the well-known part before the issuer's path, OpenID Connect after it; both agree when there is none.
    path = _WELL_KNOWN[setting.options.get("discovery", "openid")]
    return Call("GET", setting.base.rstrip("/") + path, "nobody")


def _read_endpoints(setting: Setting, reply: Reply) -> Mapping[str, str]:
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return {}
    if str(document.get("issuer", "")).rstrip("/") != setting.base.rstrip("/"):
        return {}  # RFC 8414, 3.3: metadata of another issuer must not be used
    names = (*ENDPOINTS, "token_endpoint")
    return {name: document[name] for name in names if isinstance(document.get(name), str)}


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    """A token of the responder's own client, where the case says that its consumers use that (option `grant`: client_credentials)."""
    auth, url = _client(setting), setting.options.get("token_endpoint", "")
    if auth is None or not url or setting.options.get("grant") != "client_credentials":
        return REPLACE_BY_HAND
    scope = (("scope", " ".join(need.scopes)),) if need.scopes else ()
    form: tuple[tuple[str, Leaf], ...] = (("grant_type", "client_credentials"), *scope)
    return Call("POST", url, "responder", auth, form=form, mutates=True)


def read_fresh(reply: Reply) -> Made:
    """A token has no public identifier; how long it lives is said in seconds."""
    document = reply.json()
    if reply.status is None:
        return Made(None if reply.sent else False, reply.nothing_came)
    if reply.status == 200 and isinstance(document, dict) and "access_token" in document:
        seconds = document.get("expires_in")
        return Made(True, f"the token endpoint gave one{f', for {seconds} seconds' if seconds else ''}")
    error = str(document.get("error", ""))[:60] if isinstance(document, dict) else ""
    refused = 400 <= reply.status < 500 and bool(error)
    return Made(False if refused else None, f"the token endpoint answered {reply.status} {error}".rstrip())


REPLACE_BY_HAND = HumanTask(
    "Let the consumer obtain a new grant",
    "the application that used the token",
    (
        "Sign in again, with the scopes that it needs and no more",
        "Where the client's secret leaked too, rotate it first: whoever has it can obtain tokens again",
    ),
)

BY_HAND = HumanTask(
    "Revoke the token at its authorization server",
    "the authorization server's administration page (its consents, grants or sessions)",
    (
        "Find the grant by client, user and time of issue, and revoke it with all its tokens",
        "Rotate the client's secret as well if that leaked too",
    ),
)


OAUTH2 = Provider(
    name="oauth2",
    title="OAuth 2.0 authorization server",
    docs="docs/providers/oauth2.md",
    shapes=(Shape("opaque", r"\S{8,}", "RFC 6749, 1.4", None, lambda: secrets.token_urlsafe(32), opaque=True),),
    by_hand=BY_HAND,
    tested="real server: oidc-provider (introspection, revocation, discovery, a fresh token)",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(Step("revoke", "Revoke the token at its authorization server", ask_revoke, read_revoke),),
    survives=(
        "self-contained access tokens (JWT), which resource servers accept until they expire without asking anybody",
        "access tokens made from a refresh token, where the server does not revoke the whole grant",
        "other access tokens of the same grant: nobody can list them, and introspection needs the value of each",
        "the sign-in session of the user, which can grant a new token",
    ),
    look_up=LookUp(_ask_endpoints, _read_endpoints),
    replacement=Replacement(
        ask_fresh,
        lambda document: document.get("access_token") if isinstance(document, dict) else None,
        read_fresh,
        "tokens bound to their sender (DPoP, mutual TLS), short-lived, with the client proved by a key instead of a secret",
    ),
    proved={
        "verify": "real server: oidc-provider",
        "revoke": "real server: oidc-provider",
        "confirm": "real server: oidc-provider",
        "replace": "real server: oidc-provider",
    },
    tells_scope=True,
)
