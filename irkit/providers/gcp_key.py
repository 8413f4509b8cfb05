"""Google Cloud: the key of a service account, as the JSON file it is handed out in.

Calls: the discovery document of IAM (iam.v1), https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys ; the
probe is the grant of RFC 7523: https://developers.google.com/identity/protocols/oauth2/service-account . The responder is an OAuth
access token (gcloud auth print-access-token). Options: `disable_account = "yes"` ends the access tokens made with the key, and stops
the account; `token_endpoint`; `known_keys` (ids of the account's other keys that are good, with commas).
"""

from __future__ import annotations

import re
from typing import Any

from irkit.model import State
from irkit.plan import Call, HumanTask, Identity, Signed
from irkit.providers.gcp_account import BY_HAND, KEYS, REPLACEMENT, SURVIVORS, iam, name_of
from irkit.providers.gcp_format import NAME, never_issued, service_account_key
from irkit.providers.interface import Accepted, Provider, Reading, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, message_of

TOKENS = "https://oauth2.googleapis.com/token"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def ask_standing(setting: Setting, target: Target) -> Call:
    """A signed assertion for an ID token that nothing accepts: the probe asks for no access. As the responder, for a bare name."""
    if target.secret is None:
        return iam(setting, "GET", name_of(target), about=target.public_id)
    at_base = f"{setting.base.rstrip('/')}/token" if setting.base else TOKENS
    url = setting.options.get("token_endpoint") or at_base
    signed = Signed(target.secret, url, (("target_audience", "https://irkit.invalid"),))
    identity: Identity = "control" if target.secret.scheme == "control" else "leaked"
    return Call("POST", url, identity, form=(("grant_type", _GRANT), ("assertion", signed)))


_DEAD = {
    "signature": "Google knows no enabled key that made this signature",
    "account not found": "Google knows no such account",
    "disabled": "the account, or the key, is disabled",
}


def read_standing(reply: Reply) -> Reading:
    """A token is alive. `invalid_grant` is dead only where it says that the key is: a clock that is wrong gives it too."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not Google answering")
    if reply.about:
        return _of_key(reply, document)
    if reply.status == 200 and ("id_token" in document or "access_token" in document):
        return Reading(State.ALIVE, "Google gave a token for a signature by this key")
    error, told = str(document.get("error", "")), str(document.get("error_description", ""))[:120]
    if reply.status in (400, 401) and error in ("invalid_grant", "disabled_client", "invalid_client"):
        for words, why in _DEAD.items():
            if words in told.lower():
                return Reading(State.DEAD, f"{error}: {told} ({why})")
    return Reading(State.UNKNOWN, f"Google answered {reply.status} {error}: {told or 'no message'}")


def _of_key(reply: Reply, document: dict[str, Any]) -> Reading:
    """The key as IAM shows it to the responder. A refusal is about the responder's own rights."""
    if reply.status == 200 and "name" in document:
        if document.get("disabled"):
            return Reading(State.DEAD, "IAM says that the key is disabled")
        return Reading(State.ALIVE, "IAM says that the key is there and enabled")
    if reply.status == 404:
        return Reading(State.DEAD, "IAM has no such key")
    return Reading(State.UNKNOWN, f"IAM answered the responder {reply.status}: {message_of(document)}")


def ask_disable(setting: Setting, target: Target) -> Call | HumanTask:
    return iam(setting, "POST", f"{name_of(target)}:disable") if setting.responder else BY_HAND


def ask_enable(setting: Setting, target: Target) -> Call | HumanTask:
    return iam(setting, "POST", f"{name_of(target)}:enable") if setting.responder else BY_HAND


def ask_delete(setting: Setting, target: Target) -> Call | HumanTask:
    return iam(setting, "DELETE", name_of(target)) if setting.responder else BY_HAND


def _ask_key(setting: Setting, target: Target) -> Call:
    return iam(setting, "GET", name_of(target), about=target.public_id)


def _disabled(reply: Reply) -> Accepted:
    reading = read_standing(reply)
    return Accepted({State.DEAD: True, State.ALIVE: False}.get(reading.state), reading.why)


def _gone(reply: Reply) -> Accepted:
    reading = read_standing(reply)
    there = reading.state is State.ALIVE or (reading.state is State.DEAD and reply.status == 200)
    return Accepted(False if there else {State.DEAD: True}.get(reading.state), reading.why)


def describe(value: str) -> tuple[tuple[str, str], ...]:
    key = service_account_key(value)
    if key is None:
        return ()
    return (
        ("kind", "key of a service account"),
        ("project", key.project),
        ("account", key.email),
        ("key id", key.key_id),
    )


def _public_id(value: str) -> str:
    key = service_account_key(value)
    return key.name if key else value if re.fullmatch(NAME, value) else ""


GCP_KEY = Provider(
    name="gcp-key",
    title="Google Cloud service account key",
    docs="docs/providers/gcp-key.md",
    shapes=(
        Shape(
            "service-account-key",
            r'(?s)\s*\{(?=.*"type"\s{0,8}:\s{0,8}"service_account").*\}\s*',
            f"{KEYS}#creating",
            lambda value: service_account_key(value) is not None,
            never_issued,
        ),
        Shape("key-name", NAME, KEYS),
    ),
    by_hand=BY_HAND,
    tested=(
        "contract: iam.v1 (disable, delete, create, list); the signed assertion against a server that checks the signature with "
        "google-auth; never Google itself"
    ),
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step(
            "deactivate",
            "Disable the key",
            ask_disable,
            accepted_by("IAM", done=(200,)),
            False,
            _ask_key,
            _disabled,
            undo=ask_enable,
        ),
        Step("delete", "Delete the key", ask_delete, accepted_by("IAM", done=(200,)), True, _ask_key, _gone),
    ),
    survives=(
        "access tokens made with the key, up to an hour (twelve where the organization's policy allows it), unless the account is disabled",
        "accounts, keys, role bindings and resources made with the key",
        "signed URLs made with the key, until they expire or the key is deleted",
    ),
    describe=describe,
    public_id=_public_id,
    log_keys=lambda value: (key.key_id,) if (key := service_account_key(value)) else (),
    secret_parts=lambda value: (key.private_key,) if (key := service_account_key(value)) else (),
    survivors=SURVIVORS,
    replacement=REPLACEMENT,
    proved={
        "identify": "offline",
        "verify": "contract: RFC 7523 (google-auth)",
        "revoke": "contract: iam.v1",
        "confirm": "contract: RFC 7523 (google-auth)",
        "survivors": "contract: iam.v1",
        "replace": "contract: iam.v1",
    },
)
