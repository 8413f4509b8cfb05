"""What outlives a GitLab token, and how a fresh one is made.

https://docs.gitlab.com/api/project_access_tokens/, https://docs.gitlab.com/api/group_access_tokens/,
https://docs.gitlab.com/api/user_tokens/, https://docs.gitlab.com/api/deploy_tokens/, https://docs.gitlab.com/api/jobs/,
https://docs.gitlab.com/api/deploy_keys/, https://docs.gitlab.com/api/project_webhooks/.

Options: `project` (its number or path), `owner_group`, `user_id`, `since` (ISO 8601, UTC); of a fresh token `access_level` and
`fresh = "deploy_token"`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from irkit.errors import BadInput, NotAvailable
from irkit.plan import Call, HumanTask, Json
from irkit.providers.gitlab_calls import as_responder, site
from irkit.providers.gitlab_formats import kind_of
from irkit.providers.interface import Made, Need, Replacement, Reply, Setting, Survivors, Target
from irkit.providers.listings import added_since
from irkit.providers.replies import message_of

_ACTIVE, _PAGE = ("state", "active"), ("per_page", "100")
_LONGEST = timedelta(days=364)  # GitLab's own limit is a year


def _survivor(what: str, where: Callable[[Setting], str], query: tuple[tuple[str, str], ...], page: str) -> Survivors:
    def ask(setting: Setting, _target: Target) -> Call | None:
        path, _, user = where(setting).partition("?")
        more = (("user_id", user),) if user else ()
        since = setting.options.get("since", "")
        return as_responder(setting, "GET", path, query=(*more, *query, _PAGE), about=since) if path else None

    def close(setting: Setting, _target: Target) -> HumanTask:
        return HumanTask(
            f"Look at the {what}, and remove those that nobody of yours made",
            f"{site(setting)}/{page}",
            (
                "Compare with the list in the case: id, name, and when each was made",
                "Revoke what is not yours; do not rotate it",
            ),
        )

    return Survivors(what, close, None, ask, added_since("GitLab", what, _goes_on))


def _in(option: str, kind: str, rest: str) -> Callable[[Setting], str]:
    def where(setting: Setting) -> str:
        named = setting.options.get(option, "")
        return f"/{kind}/{quote(named, safe='')}/{rest}" if named else ""

    return where


def _of_user(setting: Setting) -> str:
    """The list, and after the question mark whose part of it."""
    user = setting.options.get("user_id", "")
    return f"/personal_access_tokens?{user}" if user else ""


def _goes_on(reply: Reply) -> bool:
    return bool(reply.headers.get("x-next-page"))


SURVIVORS = (
    _survivor(
        "access tokens of the project",
        _in("project", "projects", "access_tokens"),
        (_ACTIVE,),
        "-/settings/access_tokens",
    ),
    _survivor(
        "access tokens of the group",
        _in("owner_group", "groups", "access_tokens"),
        (_ACTIVE,),
        "-/settings/access_tokens",
    ),
    _survivor("access tokens of the user", _of_user, (_ACTIVE,), "-/user_settings/personal_access_tokens"),
    _survivor(
        "deploy tokens of the project",
        _in("project", "projects", "deploy_tokens"),
        (("active", "true"),),
        "-/settings/repository",
    ),
    _survivor("deploy keys of the project", _in("project", "projects", "deploy_keys"), (), "-/settings/repository"),
    _survivor("webhooks of the project", _in("project", "projects", "hooks"), (), "-/hooks"),
    _survivor("running jobs of the project", _in("project", "projects", "jobs"), (("scope[]", "running"),), "-/jobs"),
)


# A fresh one


def _place(setting: Setting) -> str:
    """Where the fresh token is made: the project before the group before the user. "" when the case names none."""
    options = setting.options
    kind = "deploy_tokens" if options.get("fresh") == "deploy_token" else "access_tokens"
    if project := options.get("project"):
        return f"/projects/{quote(project, safe='')}/{kind}"
    if group := options.get("owner_group"):
        return f"/groups/{quote(group, safe='')}/{kind}"
    if (user := options.get("user_id")) and kind == "access_tokens":
        return f"/users/{quote(user, safe='')}/personal_access_tokens"
    return ""


def ask_replacement(setting: Setting, target: Target, need: Need) -> Call | HumanTask:
    """A token of the project or the group, whose bot can do nothing else; of a user only as an administrator.

    BadInput when no scope is named: a token without scopes cannot be made, and one with all is not a replacement.
    """
    place = _place(setting) if kind_of(target.shape) in ("glpat", "gldt") else ""
    if setting.responder is None or not place:
        return HumanTask(
            f"Make a replacement {need.name} for the token",
            f"{site(setting)}/-/user_settings/personal_access_tokens",
            (
                f"Scopes: {', '.join(need.scopes) or 'only what its use needs'}; with an expiry date; of a project or group",
                "Make a fresh one: rotating the leaked one leaves both in one family, which one more rotation revokes whole",
            ),
        )
    if not need.scopes:
        raise BadInput(
            "the scopes of the fresh token are not known", do="name what its use needs, for example read_repository"
        )
    body: dict[str, Json] = {"name": need.name, "scopes": tuple(need.scopes), "expires_at": _until(need)}
    if place.endswith("/access_tokens"):
        reads = all(scope.startswith("read_") for scope in need.scopes)
        body["access_level"] = int(setting.options.get("access_level", "20" if reads else "30"))
    return as_responder(setting, "POST", place, body=body, mutates=True) or HumanTask(need.name, site(setting))


def _until(need: Need) -> str:
    return (datetime.now(UTC) + min(need.lives or _LONGEST, _LONGEST)).date().isoformat()


def secret_of(document: Any) -> str | None:
    value = document.get("token")
    return value if isinstance(value, str) else None


def read_made(reply: Reply) -> Made:
    document = reply.json()
    if reply.status in (200, 201) and isinstance(document, dict) and "id" in document:
        return Made(
            True, f"GitLab made it ({reply.status})", str(document["id"]), str(document.get("expires_at") or "")
        )
    if reply.status is None:
        return Made(None if reply.sent else False, reply.nothing_came)
    unsure = reply.status >= 500 or reply.status < 300 or document is None
    return Made(None if unsure else False, f"GitLab answered {reply.status}: {message_of(document)}")


def _ask_named(setting: Setting, need: Need) -> Call:
    """The list in which a token of that name would stand. NotAvailable when the case names no place for it."""
    place = _place(setting)
    named = (("user_id", setting.options["user_id"]),) if place.startswith("/users/") else ()
    path = "/personal_access_tokens" if place.startswith("/users/") else place
    state = ("active", "true") if place.endswith("/deploy_tokens") else _ACTIVE
    found = as_responder(setting, "GET", path, query=(*named, state, _PAGE), about=need.name) if path else None
    if found is None:
        raise NotAvailable("a person made the fresh token, and irkit cannot look for it", do="look for it in GitLab")
    return found


def _read_named(reply: Reply, need: Need) -> Made:
    document = reply.json()
    if reply.status != 200 or not isinstance(document, list):
        return Made(None, reply.nothing_came or f"GitLab answered {reply.status}: {message_of(document)}")
    found = [
        one
        for one in document
        if isinstance(one, dict) and one.get("name") == need.name and str(one.get("id")) not in need.others
        if need.since is None or not one.get("created_at") or need.made_since(str(one["created_at"]))
    ]
    if found:
        return Made(
            True,
            f"GitLab lists it as #{found[0].get('id')}",
            str(found[0].get("id", "")),
            str(found[0].get("expires_at") or ""),
        )
    more = bool(reply.headers.get("x-next-page"))
    return Made(
        None if more else False,
        "the list goes on beyond its first hundred" if more else "GitLab lists none of that name",
    )


def _ask_undo(setting: Setting, public_id: str) -> Call | HumanTask:
    place = _place(setting)
    path = "/personal_access_tokens" if place.startswith("/users/") else place
    found = as_responder(setting, "DELETE", f"{path}/{quote(public_id, safe='')}", mutates=True) if path else None
    return found or HumanTask(
        f"Revoke the fresh token {public_id}", f"{site(setting)}/-/user_settings/personal_access_tokens"
    )


REPLACEMENT = Replacement(
    ask_replacement,
    secret_of,
    read_made,
    better="the job's own token (CI_JOB_TOKEN) with an allowlist, or id_tokens (OIDC) for what lies outside GitLab: no stored secret",
    ask_named=_ask_named,
    read_named=_read_named,
    ask_undo=_ask_undo,
)
