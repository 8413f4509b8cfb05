"""GitLab: access tokens of users, projects and groups, deploy tokens and deploy keys.

https://docs.gitlab.com/api/personal_access_tokens/, https://docs.gitlab.com/api/project_access_tokens/,
https://docs.gitlab.com/api/group_access_tokens/, https://docs.gitlab.com/api/deploy_tokens/, https://docs.gitlab.com/api/deploy_keys/

Options: `projects` and `groups` (paths or numbers, comma-separated; `project` and `owner_group` count as well). An administrator is shown
everybody's personal tokens, anybody else their own.

CI variables are asked for by GraphQL, which gives what is named and no more: https://docs.gitlab.com/api/graphql/reference/#projectcivariables
(the REST API gives their values along with their names). It knows projects by their paths, not by their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from irkit.errors import NotAvailable
from irkit.model import Held, Holder
from irkit.plan import Ask, Call
from irkit.providers.gitlab_calls import as_responder, site
from irkit.providers.interface import Reply, Setting
from irkit.providers.inventory.interface import (
    PAGE,
    Listed,
    Listing,
    entries,
    full,
    moment,
    names_of,
    nobody_asks,
    not_named,
    places,
    refused,
    strangers,
    words,
)  # fmt: skip

_TESTED = "unverified: GitLab's documentation, and a stateful loopback server written after it"
_FIRST = (("per_page", str(PAGE)), ("page", "1"))


def following(asked: Ask, reply: Reply) -> Ask | None:
    page = reply.headers.get("x-next-page", "")
    if not isinstance(asked, Call):
        return None
    query = dict(asked.query)
    if not page.isdigit():
        if reply.status != 200 or not full(reply):
            return None
        page = str(int(query["page"]) + 1)
    return replace(asked, query=tuple((query | {"page": page}).items()))


def _personal(setting: Setting) -> tuple[Ask, ...]:
    return (_call(setting, "/personal_access_tokens", ("state", "active"), ""),)


def _of(
    kind: str, path: str, *options: str, query: tuple[str, str] = ("state", "active")
) -> Callable[[Setting], tuple[Ask, ...]]:
    def ask(setting: Setting) -> tuple[Ask, ...]:
        named = places(setting, *options)
        if not named:
            raise not_named("gitlab", options[0], f"no {options[0].rstrip('s')}")
        return tuple(_call(setting, f"/{kind}/{quote(name, safe='')}/{path}", query, name) for name in named)

    return ask


def _call(setting: Setting, path: str, query: tuple[str, str], about: str) -> Call:
    call = as_responder(setting, "GET", path, query=(query, *_FIRST), about=about)
    if call is None:
        raise nobody_asks("gitlab")
    return call


_VARIABLES = (
    "query($path: ID!, $after: String) { project(fullPath: $path) { ciVariables(after: $after, first: 100) "
    "{ nodes { key masked hidden protected environmentScope } pageInfo { hasNextPage endCursor } } } }"
)
"""What it does not name is not sent: the value above all."""


def _variables(setting: Setting) -> tuple[Ask, ...]:
    named = places(setting, *_PROJECTS)
    if not named:
        raise not_named("gitlab", "projects", "no project")
    if numbers := [name for name in named if name.isdigit()]:
        raise NotAvailable(
            "CI variables are asked for by a project's path", on=", ".join(numbers), do="write it as group/project"
        )
    return tuple(_variables_of(setting, name) for name in named)


def _variables_of(setting: Setting, project: str) -> Call:
    call = as_responder(setting, "POST", "", body={"query": _VARIABLES, "variables": {"path": project}}, about=project)
    if call is None:
        raise nobody_asks("gitlab")
    return replace(call, url=f"{site(setting)}/api/graphql")


def _connection(reply: Reply) -> Mapping[str, Any] | None:
    """Where the names stand in an answer; None where there are none, as for who may not see them."""
    found = reply.json()
    for name in ("data", "project", "ciVariables"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) and isinstance(found.get("nodes"), list) else None


def read_variables(reply: Reply) -> Listed:
    found = _connection(reply)
    if reply.status != 200 or found is None:
        return Listed(problem=_not_told(reply))
    document = reply.json()
    told = _not_told(reply) if isinstance(document, dict) and document.get("errors") else strangers(found["nodes"])
    return Listed(tuple(_variable(one, reply.about) for one in entries(found["nodes"])), told)


def _not_told(reply: Reply) -> str:
    """GraphQL refuses with 200 and no project, or with a list of errors."""
    document = reply.json()
    errors = entries(document.get("errors")) if isinstance(document, dict) else []
    if errors:
        return f"GitLab refused: {words(errors[0].get('message'))}"
    return "GitLab shows no such project, or none of its variables" if reply.status == 200 else refused("GitLab", reply)


def _variable(one: Mapping[str, Any], project: str) -> Held:
    """GitLab tells neither when it was set nor whose credential it is. What it does not mask may be anything."""
    name, scope = words(one.get("key")), words(one.get("environmentScope"))
    place = f"{project}/{name}" + (f"@{scope}" if scope not in ("", "*") else "")
    secret = any(one.get(word) is True for word in ("masked", "hidden", "protected"))
    return Held(
        "gitlab-variable", "CI secret" if secret else "CI variable", place, name, "", "automation", "jobs read it",
        stored=(f"gitlab-variable:{place}",),
    )  # fmt: skip


def next_variables(asked: Ask, reply: Reply) -> Ask | None:
    found = _connection(reply)
    page = found.get("pageInfo") if found else None
    if not isinstance(asked, Call) or not isinstance(page, dict) or page.get("hasNextPage") is not True:
        return None
    after = page.get("endCursor")
    if not isinstance(after, str) or not isinstance(asked.body, dict):
        raise NotAvailable("the list goes on, and GitLab does not say where")
    return replace(asked, body={"query": _VARIABLES, "variables": {"path": str(asked.about), "after": after}})


def _read(kind: str, holder: Holder, by: str) -> Callable[[Reply], Listed]:
    def read(reply: Reply) -> Listed:
        document = reply.json()
        if reply.status != 200 or not isinstance(document, list):
            return Listed(problem=refused("GitLab", reply))
        return Listed(
            tuple(_held(one, kind, reply.about, holder, by) for one in entries(document)), strangers(document)
        )

    return read


def _held(one: Mapping[str, Any], kind: str, place: str, holder: Holder, by: str) -> Held:
    scope = names_of(one.get("scopes"))
    if scope is None and isinstance(one.get("can_push"), bool):
        scope = ("read", "push") if one["can_push"] else ("read",)
    user = words(one.get("user_id"))
    return Held(
        "gitlab", kind, f"{place}/{words(one.get('id'))}" if place else words(one.get("id")), words(one.get("name") or one.get("title")),
        f"user {user}" if user and holder != "automation" else "", holder, by, scope,
        created=moment(one.get("created_at")), last_used=moment(one.get("last_used_at"), "never") if "last_used_at" in one else None,
        expires=moment(one.get("expires_at"), "never") if "expires_at" in one else None,
        active=one.get("active") if isinstance(one.get("active"), bool) else None,
    )  # fmt: skip


def _listing(
    what: str, page: str, ask: Callable[[Setting], tuple[Ask, ...]], read: Callable[[Reply], Listed]
) -> Listing:
    return Listing("gitlab", what, f"https://docs.gitlab.com/api/{page}/", _TESTED, ask, read, following)


_BOT = "GitLab gives the token a bot of its own"
_DEPLOYS = "it belongs to a project, and to nobody's account"
_PROJECTS, _GROUPS = ("projects", "project"), ("groups", "owner_group")

_PROJECT_TOKENS = _of("projects", "access_tokens", *_PROJECTS)
_GROUP_TOKENS = _of("groups", "access_tokens", *_GROUPS)
_DEPLOY_TOKENS = _of("projects", "deploy_tokens", *_PROJECTS, query=("active", "true"))
_DEPLOY_KEYS = _of("projects", "deploy_keys", *_PROJECTS)

_PERSONAL = _read("personal access token", "unknown", "")
_BY_PROJECT = _read("project access token", "automation", _BOT)
_BY_GROUP = _read("group access token", "automation", _BOT)

LISTINGS = (
    _listing("personal access tokens", "personal_access_tokens", _personal, _PERSONAL),
    _listing("access tokens of projects", "project_access_tokens", _PROJECT_TOKENS, _BY_PROJECT),
    _listing("access tokens of groups", "group_access_tokens", _GROUP_TOKENS, _BY_GROUP),
    _listing(
        "deploy tokens of projects", "deploy_tokens", _DEPLOY_TOKENS, _read("deploy token", "automation", _DEPLOYS)
    ),
    _listing("deploy keys of projects", "deploy_keys", _DEPLOY_KEYS, _read("deploy key", "automation", _DEPLOYS)),
    Listing(
        "gitlab",
        "CI variables of projects, by name",
        "https://docs.gitlab.com/api/graphql/reference/#projectcivariables",
        _TESTED,
        _variables,
        read_variables,
        next_variables,
    ),
)
