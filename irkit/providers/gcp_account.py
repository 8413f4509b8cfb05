"""What a service account's key leaves behind, and what takes its place: access tokens, further keys, a fresh key.

Calls: https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts and its keys. As the responder.
"""

from __future__ import annotations

import base64
import re
from typing import Any, Literal

from irkit.errors import BadInput
from irkit.model import State
from irkit.plan import Auth, Call, HumanTask, Json
from irkit.providers.gcp_format import NAME
from irkit.providers.interface import Made, Need, Reading, Replacement, Reply, Setting, Survivors, Target
from irkit.providers.replies import accepted_by, message_of

PUBLIC = "https://iam.googleapis.com"
KEYS = "https://cloud.google.com/iam/docs/keys-create-delete"


def name_of(target: Target) -> str:
    """The resource name. BadInput when it is not known."""
    if not re.fullmatch(NAME, target.public_id):
        raise BadInput(
            "the key is not named",
            why="IAM knows a key as projects/PROJECT/serviceAccounts/EMAIL/keys/ID",
            do="give a reference to the whole JSON, or id: and that name",
        )
    return target.public_id


def _account(target: Target) -> str:
    return name_of(target).rpartition("/keys/")[0]


def iam(
    setting: Setting,
    method: Literal["GET", "POST", "DELETE"],
    path: str,
    *,
    about: str = "",
    query: tuple[tuple[str, str], ...] = (),
) -> Call:
    auth = Auth("bearer", setting.responder) if setting.responder else None
    url = f"{(setting.base or PUBLIC).rstrip('/')}/v1/{path}"
    mutates = method != "GET"
    body: Json = {} if method == "POST" else None
    return Call(method, url, "responder", auth, query=query, body=body, mutates=mutates, about=about)


BY_HAND = HumanTask(
    "Disable, then delete the service account's key",
    "https://console.cloud.google.com/iam-admin/serviceaccounts (the account, Keys)",
    (
        "Sign in as an administrator, or name an access token of yours as responder in case.toml",
        "gcloud iam service-accounts keys disable ID --iam-account EMAIL; watch for a while; then keys delete",
    ),
)


def _close_tokens(setting: Setting, target: Target) -> Call | HumanTask:
    if setting.responder and setting.options.get("disable_account") == "yes":
        return iam(setting, "POST", f"{_account(target)}:disable")
    return WAIT


def _ask_tokens(setting: Setting, target: Target) -> Call | None:
    disabled = setting.responder and setting.options.get("disable_account") == "yes"
    return iam(setting, "GET", _account(target)) if disabled else None


def read_account(reply: Reply) -> Reading:
    document = reply.json()
    if reply.status == 200 and isinstance(document, dict) and "email" in document:
        if document.get("disabled") is True:
            return Reading(State.DEAD, "the account is disabled: its access tokens are rejected")
        return Reading(
            State.ALIVE, "the account is enabled: access tokens made with the key live up to an hour (12 where allowed)"
        )
    why = reply.nothing_came or f"IAM answered the responder {reply.status}: {message_of(document)}"
    return Reading(State.UNKNOWN, why)


def _ask_keys(setting: Setting, target: Target) -> Call | None:
    if setting.responder is None or not target.public_id:
        return None
    good = [target.public_id, *setting.options.get("known_keys", "").split(",")]
    about = ",".join(one.strip().rpartition("/")[2] for one in good if one.strip())
    return iam(setting, "GET", f"{_account(target)}/keys", about=about, query=(("keyTypes", "USER_MANAGED"),))


def read_keys(reply: Reply) -> Reading:
    """ALIVE when a further key of the account is enabled; `about` names those that are known, with commas."""
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict) or not isinstance(document.get("keys", []), list):
        return Reading(
            State.UNKNOWN, reply.nothing_came or f"IAM answered the responder {reply.status}: {message_of(document)}"
        )
    others = [
        f"{key['name'].rpartition('/')[2]} (of {key.get('validAfterTime', 'a time not told')})"
        for key in document.get("keys", [])
        if not key.get("disabled") and key["name"].rpartition("/")[2] not in reply.about.split(",")
    ]
    if others:
        unless = "disable it unless it is yours; then write its id into known_keys in case.toml"
        return Reading(State.ALIVE, f"the account has another enabled key: {', '.join(others)}; {unless}")
    return Reading(State.DEAD, "the account has no other enabled key")


WAIT = HumanTask(
    "Let the access tokens made with the key expire, or disable the account",
    "https://console.cloud.google.com/iam-admin/serviceaccounts",
    (
        "Deleting the key does not end them: they live up to an hour, up to twelve where the organization's policy allows it",
        'To end them now, and with them everything that runs as the account: disable_account = "yes" under '
        "[providers.gcp-key.options], and plan again",
        "Look for keys, accounts and role bindings made with the key, in the audit log",
    ),
)

BETTER = (
    "workload identity federation: GitHub Actions, GitLab, AWS, Azure and Kubernetes sign in with their own identity and no key; on "
    "Google Cloud, the service account attached to the machine"
)


def _ask_fresh(setting: Setting, target: Target, _need: Need) -> Call | HumanTask:
    if setting.responder is None or not target.public_id:
        return HumanTask("Give the consumer federation, or make a fresh key", KEYS, (BETTER, *BY_HAND.steps[:1]))
    return iam(setting, "POST", f"{_account(target)}/keys")


def secret_of(document: Any) -> str | None:
    """The key file, out of `privateKeyData` (base64 of the JSON)."""
    data = document.get("privateKeyData") if isinstance(document, dict) else None
    return base64.b64decode(data).decode() if isinstance(data, str) and data else None


def _read_fresh(reply: Reply) -> Made:
    accepted = accepted_by("IAM", done=(200,))(reply)
    document = reply.json()
    if accepted.yes and isinstance(document, dict) and "name" in document:
        until = str(document.get("validBeforeTime", ""))
        return Made(
            True, f"IAM made {document['name']}", str(document["name"]), "" if until.startswith("9999") else until
        )
    return Made(None if accepted.yes else accepted.yes, accepted.why)


def _ask_undo(setting: Setting, public_id: str) -> Call | HumanTask:
    target = Target(None, "key-name", public_id)
    return iam(setting, "DELETE", name_of(target)) if setting.responder else BY_HAND


SURVIVORS = (
    Survivors(
        "access tokens made with the key", _close_tokens, accepted_by("IAM", done=(200,)), _ask_tokens, read_account
    ),
    Survivors("further keys of the account", lambda _setting, _target: None, None, _ask_keys, read_keys),
)
REPLACEMENT = Replacement(_ask_fresh, secret_of, _read_fresh, BETTER, ask_undo=_ask_undo)
