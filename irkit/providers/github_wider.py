"""Measures at GitHub that go further than one token: an organization's, an App's, an enterprise's; and what an App can make anew.

https://docs.github.com/rest/orgs/personal-access-tokens, https://docs.github.com/rest/apps/apps,
https://docs.github.com/enterprise-cloud@latest/rest/orgs/orgs (credential authorizations).

Options, one measure at a time: `org` and `pat_id`; `installation_id`; or `bulk` ("all", "member", "type" or "member-type") with
`org` or `enterprise`, `login`, `credential_type`, `destroy`, and `lockout = "accepted"`.
"""

from __future__ import annotations

from typing import Any

from irkit.plan import Auth, Call, HumanTask, Json
from irkit.providers.github_calls import HEADERS, as_responder, base, part, site
from irkit.providers.interface import Accepted, Made, Need, Replacement, Reply, Setting, Target

CREDENTIAL_TYPES = ("classic_pat", "fine_grained_pat", "ssh_key", "oauth_app_token")
_ORGANIZATION_TOKENS = "the organization's fine-grained tokens"
_SUSPENDED = "the App's installation"
_BULK = "credentials in bulk"


def ask(setting: Setting) -> Call | HumanTask | None:
    """None when the case chose no wider measure."""
    options = setting.options
    if options.get("bulk"):
        return _ask_bulk(setting)
    if options.get("org") and (pat_id := options.get("pat_id")):
        path = f"/orgs/{part(options['org'])}/personal-access-tokens/{part(pat_id)}"
        return as_responder(setting, "POST", path, body={"action": "revoke"}, mutates=True) or _by_hand(
            setting,
            "Take the fine-grained token's access to the organization",
            f"organizations/{options['org']}/settings",
        )
    if installation := options.get("installation_id"):
        path = f"/app/installations/{part(installation)}/suspended"
        return as_responder(setting, "PUT", path, mutates=True) or _by_hand(
            setting, "Suspend the installation of the App", "settings/installations"
        )
    return None


def _ask_bulk(setting: Setting) -> Call | HumanTask:
    """Enterprise Cloud's bulk endpoints. A person decides unless the case says that its own lockout is accepted."""
    options = setting.options
    enterprise, org = options.get("enterprise"), options.get("org")
    whose = f"/enterprises/{part(enterprise)}" if enterprise else f"/orgs/{part(org)}" if org else ""
    member = f"/{part(options['login'])}" if options.get("login") else ""
    kind = options.get("credential_type", "")
    ways = {
        "all": "/revoke-all",
        "type": "/revoke-credential-type" if kind in CREDENTIAL_TYPES else "",
        "member": f"{member}/revoke" if member else "",
        "member-type": f"{member}/revoke-credential-type" if member and kind in CREDENTIAL_TYPES else "",
    }
    way = ways.get(options["bulk"], "")
    if not whose or not way or options.get("lockout") != "accepted":
        return _decide(setting)
    body: dict[str, Json] = {"credential_type": kind} if "type" in options["bulk"] else {}
    if enterprise and options.get("destroy") == "yes":
        body["revoke_credentials"] = True
    path = f"{whose}/credential-authorizations{way}"
    return as_responder(setting, "POST", path, body=body or None, mutates=True) or _decide(setting)


def _decide(setting: Setting) -> HumanTask:
    return _by_hand(
        setting,
        "Decide on revoking credentials in bulk",
        "settings/enterprises",
        "The call may revoke the responder's own token as well, and leave you locked out: use one of an App, or of another owner",
        "Members must authorize their tokens and keys again; with destroy (Enterprise Managed Users) they are gone",
        'Then write lockout = "accepted" beside bulk, org or enterprise, login and credential_type in case.toml, and plan again',
    )


def _by_hand(setting: Setting, title: str, page: str, *steps: str) -> HumanTask:
    steps = steps or (
        "Sign in as an owner",
        "Do it there, or name the responder's credential in case.toml and plan again",
    )
    return HumanTask(title, f"{site(setting)}/{page}", steps)


def ask_settled(setting: Setting, _target: Target) -> Call:
    """Whether the measure took effect, where GitHub keeps a register of it."""
    options = setting.options
    bulk, org, login = options.get("bulk"), options.get("org", ""), options.get("login")
    found: Call | None = None
    if not bulk and org and options.get("pat_id"):
        path = f"/orgs/{part(org)}/personal-access-tokens"
        about = f"{_ORGANIZATION_TOKENS}#{options['pat_id']}"
        found = as_responder(setting, "GET", path, query=(("per_page", "100"),), about=about)
    elif not bulk and (installation := options.get("installation_id")):
        found = as_responder(setting, "GET", f"/app/installations/{part(installation)}", about=_SUSPENDED)
    elif bulk in ("all", "member") and org and not options.get("enterprise"):
        query = (("per_page", "100"), *((("login", login),) if login and bulk == "member" else ()))
        path = f"/orgs/{part(org)}/credential-authorizations"
        found = as_responder(setting, "GET", path, query=query, about=_BULK)
    return found or Call(
        "GET", f"{base(setting)}/rate_limit", "nobody", None, HEADERS, about="nothing that GitHub can be asked"
    )


def read_settled(reply: Reply) -> Accepted:
    """What cannot be asked stays unknown: the audit log tells."""
    document = reply.json() if reply.status == 200 else None
    register, _, sought = reply.about.partition("#")
    if register == _SUSPENDED and isinstance(document, dict) and "suspended_at" in document:
        return Accepted(bool(document["suspended_at"]), f"suspended_at: {document['suspended_at'] or 'never'}")
    if isinstance(document, list) and register == _ORGANIZATION_TOKENS:
        there = sought in {str(one.get("id")) for one in document if isinstance(one, dict)}
        whole = 'rel="next"' not in reply.headers.get("link", "")
        if there or whole:
            return Accepted(not there, "it is still listed" if there else "the organization no longer lists it")
    if document == [] and register == _BULK:
        return Accepted(True, "no authorization is left")
    return Accepted(None, f"GitHub answered {reply.status} about {register}: look at the audit log")


# What can be made anew


def ask_replacement(setting: Setting, target: Target, need: Need) -> Call | HumanTask:
    """An installation token, for one hour, by the App itself (`installation_id`, the responder is the App's JWT).

    `need.scopes` are `contents:read` and the like. Every other kind is made by a person.
    """
    installation = setting.options.get("installation_id")
    if installation and setting.responder and target.shape.startswith("ghs") and not setting.options.get("client_id"):
        permissions = dict(scope.split(":", 1) for scope in need.scopes if ":" in scope)
        body: dict[str, Json] = {"permissions": dict(permissions)} if permissions else {}
        if named := setting.options.get("repository", ""):
            body["repositories"] = (named.rpartition("/")[2],)
        url = f"{base(setting)}/app/installations/{part(installation)}/access_tokens"
        auth = Auth("bearer", setting.responder)
        return Call("POST", url, "responder", auth, HEADERS, body=body or None, mutates=True)
    scopes = ", ".join(need.scopes) or "only what its use needs"
    return _by_hand(
        setting,
        f"Make a replacement {need.name} for the token",
        "settings/personal-access-tokens/new",
        f"Permissions: {scopes}; chosen repositories only; with an expiry date",
        "GitHub makes no personal access token through its API: a person does, signed in",
    )


def secret_of(document: Any) -> str | None:
    value = document.get("token")
    return value if isinstance(value, str) else None


def read_made(reply: Reply) -> Made:
    document = reply.json()
    if reply.status == 201 and isinstance(document, dict) and "token" in document:
        return Made(True, "GitHub made an installation token (201)", "", str(document.get("expires_at", "")))
    if reply.status is None:
        return Made(None if reply.sent else False, reply.nothing_came)
    message = str(document.get("message", "no message"))[:120] if isinstance(document, dict) else "no JSON"
    return Made(
        None if reply.status >= 500 or reply.status < 300 else False, f"GitHub answered {reply.status}: {message}"
    )


REPLACEMENT = Replacement(
    ask_replacement,
    secret_of,
    read_made,
    better="a GitHub App, whose tokens live one hour, or the workflow's own GITHUB_TOKEN and OIDC, which need no stored secret at all",
)
