"""GitLab: tokens of people, projects, groups, deployments, runners, triggers, jobs and agents, on gitlab.com or your own server.

Calls: https://docs.gitlab.com/api/personal_access_tokens/, https://docs.gitlab.com/api/project_access_tokens/,
https://docs.gitlab.com/api/deploy_tokens/, https://docs.gitlab.com/api/runners/, https://docs.gitlab.com/api/admin/token/,
https://docs.gitlab.com/api/groups/#revoke-a-token. Never POST .../rotate: rotating a token that was rotated before revokes its whole
family, the replacement included (https://gitlab.com/gitlab-org/gitlab/-/issues/524639).

Options: `id` (where GitLab keeps the token, a path as in `PATHS`), `group` (a top-level group that the responder owns),
`admin = "yes"` (the responder administers the server); those of `gitlab_more.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from irkit.errors import NotAvailable
from irkit.model import State
from irkit.plan import Auth, Call, HumanTask, Identity, Json
from irkit.providers.gitlab_calls import as_responder, base, site
from irkit.providers.gitlab_formats import NEVER_ISSUED, PATHS, SHAPES, describe, kind_of
from irkit.providers.gitlab_more import REPLACEMENT, SURVIVORS
from irkit.providers.interface import Accepted, LookUp, Provider, Reading, Reply, Setting, Step, Target
from irkit.providers.replies import accepted_by, message_of

_ADMIN, _RUNNER = "any token, asked about by an administrator", "a runner, by its token"
_BY_GROUP = ("glpat", "gldt", "glft")


_KEPT = {"gldt": "/deploy_tokens/", "glptt": "/triggers/", "glagent": "/cluster_agents/", "glcbt": "/jobs/"}


def path_of(setting: Setting, target: Target) -> str:
    """Where GitLab keeps it: what the target is known by, or what the case says. "" when neither is such a path.

    What the case says is for the kinds that cannot end themselves, and for a path of their kind: it must never hit another token.
    """
    known = target.public_id
    if not known:
        known, kept = setting.options.get("id", ""), _KEPT.get(kind_of(target.shape))
        if target.shape != "token-path" and (kept is None or kept not in f"/{known}"):
            return ""
    return known if re.fullmatch("|".join(PATHS), known) else ""


def _admin(setting: Setting) -> bool:
    return setting.options.get("admin") == "yes" and setting.responder is not None


def _is_control(target: Target) -> bool:
    return target.secret is not None and target.secret.scheme == "control"


def ask_standing(setting: Setting, target: Target) -> Call:
    """The token asks about itself where GitLab offers that; else an administrator, or the responder in the list it stands in.

    NotAvailable where nobody can be asked without using it for what it is for.
    """
    kind = kind_of(target.shape)
    identity: Identity = "control" if _is_control(target) else "leaked"
    if target.secret is not None and target.shape != "token-path":
        call = as_responder(setting, "POST", "/admin/token", body={"token": target.secret}, about=_ADMIN)
        if call and _admin(setting):
            return replace(call, identity="control") if identity == "control" else call
        if kind == "glpat":
            auth = Auth("header", target.secret, header="PRIVATE-TOKEN")
            return Call("GET", f"{base(setting)}/personal_access_tokens/self", identity, auth)
        if kind == "glrt":
            form = (("token", target.secret), ("system_id", "irkit"))
            return Call("POST", f"{base(setting)}/runners/verify", identity, form=form, about=_RUNNER)
        if kind == "glcbt":
            return Call("GET", f"{base(setting)}/job", identity, Auth("header", target.secret, header="JOB-TOKEN"))
    return _ask_register(setting, target)


def _ask_register(setting: Setting, target: Target) -> Call:
    """The responder's question for one id. What was never issued is asked about in the same list."""
    path = path_of(setting, target)
    if _is_control(target):
        path = re.sub(r"[0-9]+$", NEVER_ISSUED, path)
    container, _, _ = path.rpartition("/")
    lists = {"access_tokens": ("state", "active"), "deploy_tokens": ("active", "true"), "tokens": ("page", "1")}
    found: Call | None = None
    if query := lists.get(container.rpartition("/")[2]):
        found = as_responder(setting, "GET", f"/{container}", query=(query, ("per_page", "100")), about=path)
    elif path.startswith(("personal_access_tokens/", "runners/")):
        found = as_responder(setting, "GET", f"/{path}", about=path)
    if found is None:
        raise NotAvailable(
            "GitLab cannot be asked whether this token lives",
            why="its kind can only be used, not asked about, and its list would show other tokens' values"
            if path
            else "its kind does not answer about itself, and it is not known where GitLab keeps it",
            do='name the responder and id = "projects/42/deploy_tokens/13" or the like, or admin = "yes", under [providers.gitlab]',
        )
    return replace(found, identity="control") if _is_control(target) else found


def read_standing(reply: Reply) -> Reading:
    """What a token is told of itself, or the responder of it. A refusal of the responder says nothing of the token."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict | list):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not GitLab's API answering")
    said = f"GitLab answered {reply.status}: {message_of(document)}"
    if isinstance(document, list):
        return _in_list(reply, document) if reply.status == 200 and reply.about else Reading(State.UNKNOWN, said)
    if reply.status == 200 and ("id" in document or (reply.about == _ADMIN and document)):
        return _said_of_it(document)
    gone = "message" in document  # an endpoint that this server does not have says "error"
    if reply.about:
        dead = {_ADMIN: 404, _RUNNER: 403}.get(reply.about, 404)
        return Reading(State.DEAD if reply.status == dead and gone else State.UNKNOWN, said)
    if reply.status == 401 and ("message" in document or "error" in document):
        return Reading(State.DEAD, said)
    if reply.status == 403 and document.get("error") == "insufficient_scope":
        return Reading(State.ALIVE, "GitLab knows the token and denies only the resource: insufficient_scope")
    return Reading(State.UNKNOWN, said)


def _said_of_it(document: Mapping[str, Any]) -> Reading:
    if document.get("revoked") is True or document.get("status") == "revoked":
        return Reading(State.DEAD, "GitLab says that it is revoked")
    if document.get("expired") is True or document.get("active") is False:
        return Reading(State.DEAD, "GitLab says that it is not active")
    facts = [f"id {document['id']}"] if "id" in document else []
    scopes = document.get("scopes")
    facts += [f"scopes: {', '.join(map(str, scopes))}"] if isinstance(scopes, list) else []
    facts += [
        f"{name.replace('_', ' ')} {document[name]}" for name in ("expires_at", "last_used_at") if document.get(name)
    ]
    return Reading(State.ALIVE, "GitLab answered 200" + "".join(f"; {fact}" for fact in facts))


def _in_list(reply: Reply, listed: list[Any]) -> Reading:
    number = reply.about.rpartition("/")[2]
    found = next((one for one in listed if isinstance(one, dict) and str(one.get("id")) == number), None)
    if found is not None:
        return _said_of_it(found)
    if reply.headers.get("x-next-page") or 'rel="next"' in reply.headers.get("link", ""):
        return Reading(State.UNKNOWN, "the list goes on beyond its first hundred")
    return Reading(State.DEAD, "GitLab no longer lists it among the active ones")


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """The responder where the case names how, by value or by id; else the token itself, where GitLab lets it."""
    kind, by_value = kind_of(target.shape), target.secret is not None and target.shape != "token-path"
    body: dict[str, Json] = {"token": target.secret}
    group = setting.options.get("group", "")
    found: Call | None = None
    if by_value and _admin(setting) and kind != "glcbt":  # what GitLab's page lists; a job is cancelled
        found = as_responder(setting, "DELETE", "/admin/token", body=body, mutates=True)
    elif by_value and group and kind in _BY_GROUP:
        found = as_responder(setting, "POST", f"/groups/{quote(group, safe='')}/tokens/revoke", body=body, mutates=True)
    elif path := path_of(setting, target):
        job = "/jobs/" in path
        found = as_responder(setting, "POST" if job else "DELETE", f"/{path}{'/cancel' if job else ''}", mutates=True)
    if found:
        return found
    if target.secret is not None and by_value and kind == "glpat":
        auth = Auth("header", target.secret, header="PRIVATE-TOKEN")
        return Call("DELETE", f"{base(setting)}/personal_access_tokens/self", "leaked", auth, mutates=True)
    if target.secret is not None and by_value and kind == "glrt":
        return Call("DELETE", f"{base(setting)}/runners", "leaked", form=(("token", target.secret),), mutates=True)
    return by_hand(setting, kind)


_PAGES = {
    "gldt": ("Revoke the deploy token", "", "the project's or group's Settings, Repository, Deploy tokens"),
    "glrt": (
        "Delete the runner, or reset its token",
        "admin/runners",
        "Settings, CI/CD, Runners of the project or group",
    ),
    "glcbt": (
        "Cancel the job that the token belongs to",
        "",
        "Build, Jobs of the project; a job token dies with its job",
    ),
    "glptt": ("Revoke the pipeline trigger token", "", "Settings, CI/CD, Pipeline trigger tokens of the project"),
    "glft": ("Reset the feed token", "-/user_settings/personal_access_tokens", "Access tokens, Feed token"),
    "glimt": (
        "Reset the incoming mail token",
        "-/user_settings/personal_access_tokens",
        "Access tokens, Incoming email token",
    ),
    "glagent": ("Revoke the agent's token", "", "Operate, Kubernetes clusters of the project; at most two are active"),
    "gloas": (
        "Renew the secret of the OAuth application",
        "admin/applications",
        "Applications of the user, group or server",
    ),
    "glsoat": (
        "Reset the SCIM token",
        "",
        "Settings, SAML SSO of the group; enter the new one at the identity provider",
    ),
    "glffct": ("Reset the feature flags client token", "", "Deploy, Feature flags of the project, Configure"),
    "glwt": ("Stop the workspace that the token belongs to", "-/remote_development/workspaces", "Workspaces"),
    "GR1348941": (
        "Reset the runner registration token",
        "admin/runners",
        "Settings, CI/CD, Runners; better forbid such tokens",
    ),
}


def by_hand(setting: Setting, kind: str) -> HumanTask:
    """The page for a kind of token on the case's server."""
    title, page, where = _PAGES.get(kind, (BY_HAND.title, "-/user_settings/personal_access_tokens", "Access tokens"))
    steps = (f"Look there: {where}", "Revoke, reset or delete it; do not rotate it", BY_HAND.steps[-1])
    return HumanTask(title, f"{site(setting)}/{page}", steps)


BY_HAND = HumanTask(
    "Revoke the token in GitLab's settings",
    "https://gitlab.com/-/user_settings/personal_access_tokens",
    (
        "Sign in as the token's owner, the project's maintainer or the group's owner",
        "Revoke it; do not rotate it: rotating one that was rotated before revokes its whole family, the fresh token included",
        "Look for tokens, keys, webhooks and members that were added since the exposure began",
    ),
)


_read_change = accepted_by("GitLab", done=(200, 201, 202, 204))


def read_revoke(reply: Reply) -> Accepted:
    """204, or for a group's owner 200 with the token, is accepted. 404 may be gone, or not for the responder to see."""
    accepted = _read_change(reply)
    if reply.status == 404 and accepted.yes is False:
        return Accepted(None, f"{accepted.why}: it is gone already, or not for the responder to see")
    return accepted


def _ask_version(setting: Setting, target: Target) -> Call | None:
    """For what is known by its path alone: the look-alike is asked about in the same list."""
    if target.shape != "token-path" or not path_of(setting, target) or setting.options.get("id"):
        return None
    return as_responder(setting, "GET", "/version", about=target.public_id)


def _read_version(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    document = reply.json() if reply.status == 200 else None
    if not isinstance(document, dict) or "version" not in document:
        return {}
    return {"id": reply.about, "version": str(document["version"])}


GITLAB = Provider(
    name="gitlab",
    title="GitLab",
    docs="docs/providers/gitlab.md",
    shapes=SHAPES,
    by_hand=BY_HAND,
    tested="a stateful loopback server written after GitLab's documentation; never GitLab itself, and no published description of its "
    "API was at hand: all but the formats is unverified",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(Step("revoke", "Revoke the token at GitLab", ask_revoke, read_revoke),),
    survives=(
        "other tokens of the token's family and of the same user or bot, and tokens made with it",
        "jobs that are running, with job tokens of their own, and pipelines triggered with it",
        "SSH and deploy keys, webhooks, members and runners added with the token",
        "clones and downloaded packages, images and artifacts",
    ),
    describe=describe,
    public_id=lambda value: value if re.fullmatch("|".join(PATHS), value) else "",
    look_up=LookUp(_ask_version, _read_version),
    survivors=SURVIVORS,
    replacement=REPLACEMENT,
    tells_scope=True,
    proved={"identify": "offline"},
)
