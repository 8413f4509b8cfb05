"""Google API key (`AIza...`): Google Maps, Firebase, Gemini and whatever else its restrictions let it call.

Calls: the discovery document of API Keys (apikeys.v2); the list of Gemini's models, which any key may ask for
(https://ai.google.dev/api/models). Refusals are told by their reason (google.api.ErrorReason of googleapis-common-protos). The responder
is an OAuth access token (gcloud auth print-access-token). Option: `key_name` (projects/N/locations/global/keys/ID), looked up where it
can be.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterator, Mapping
from typing import Any

from irkit.errors import NotAvailable
from irkit.model import State
from irkit.plan import Auth, Call, HumanTask, Identity
from irkit.providers.interface import Accepted, LookUp, Provider, Reading, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by, message_of

KEYS = "https://apikeys.googleapis.com"
PROBE = "https://generativelanguage.googleapis.com"
_NAME = r"projects/[A-Za-z0-9.:-]{1,63}/locations/global/keys/[A-Za-z0-9-]{1,63}"
_SOURCE = "https://cloud.google.com/docs/authentication/api-keys"

LIVING = {
    "API_KEY_SERVICE_BLOCKED": "it may not call this service",
    "API_KEY_HTTP_REFERRER_BLOCKED": "only web pages of its owner may use it",
    "API_KEY_IP_ADDRESS_BLOCKED": "it may not be used from here",
    "API_KEY_ANDROID_APP_BLOCKED": "only Android apps of its owner may use it",
    "API_KEY_IOS_APP_BLOCKED": "only iOS apps of its owner may use it",
    "SERVICE_DISABLED": "its project does not use this service",
}
"""Reasons that are given of a key which Google knows: a restriction, or its project's own settings."""


def ask_standing(setting: Setting, target: Target) -> Call:
    """The list of Gemini's models, with the key in a header. Restricted keys are refused for a reason that tells them from dead ones."""
    if target.secret is None:
        raise NotAvailable(
            "Google cannot be asked about an API key without its value", do="give a reference to the value"
        )
    url = f"{(setting.base or PROBE).rstrip('/')}/v1beta/models"
    identity: Identity = "control" if target.secret.scheme == "control" else "leaked"
    auth = Auth("header", target.secret, header="X-Goog-Api-Key")
    return Call("GET", url, identity, auth, query=(("pageSize", "1"),))


def read_standing(reply: Reply) -> Reading:
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not Google answering")
    if reply.status == 200 and "models" in document:
        return Reading(State.ALIVE, "Google answered 200 with its models")
    reasons = list(_reasons(document))
    message = message_of(document)
    if reply.status in (400, 403) and "API_KEY_INVALID" in reasons:
        return Reading(State.DEAD, f"API_KEY_INVALID: {message}")
    for reason in reasons:
        if reply.status == 403 and reason in LIVING:
            return Reading(State.ALIVE, f"Google knows the key: {reason}, {LIVING[reason]}")
    return Reading(State.UNKNOWN, f"Google answered {reply.status} {' '.join(reasons)}: {message}")


def _reasons(document: Mapping[str, Any]) -> Iterator[str]:
    error = document.get("error")
    for detail in error.get("details") or () if isinstance(error, dict) else ():
        if isinstance(detail, dict) and isinstance(detail.get("reason"), str):
            yield detail["reason"][:60]


def _ask_name(setting: Setting, target: Target) -> Call | None:
    """Which key this is, asked as the responder: the value is what is asked about."""
    if setting.responder is None or target.secret is None or setting.options.get("key_name"):
        return None
    url = f"{(setting.base or KEYS).rstrip('/')}/v2/keys:lookupKey?keyString={{secret}}"
    return Call("GET", url, "responder", Auth("bearer", setting.responder), in_url=target.secret)


def _read_name(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    document = reply.json()
    name = document.get("name") if reply.status == 200 and isinstance(document, dict) else None
    return {"key_name": name} if isinstance(name, str) and re.fullmatch(_NAME, name) else {}


def _key(setting: Setting) -> str:
    name = setting.options.get("key_name", "")
    known = setting.responder is not None and re.fullmatch(_NAME, name)
    return f"{(setting.base or KEYS).rstrip('/')}/v2/{name}" if known else ""


def ask_delete(setting: Setting, _target: Target) -> Call | HumanTask:
    """keys.delete, which can be undone within 30 days."""
    if setting.responder is None or not _key(setting):
        return BY_HAND
    return Call("DELETE", _key(setting), "responder", Auth("bearer", setting.responder), mutates=True)


def read_delete(reply: Reply) -> Accepted:
    """A long-running operation is accepted, unless it says at once that it failed."""
    accepted = accepted_by("Google", done=(200,))(reply)
    document = reply.json()
    failed = isinstance(document, dict) and document.get("error")
    return Accepted(False, f"Google could not delete it: {message_of(failed)}") if accepted.yes and failed else accepted


BY_HAND = HumanTask(
    "Delete the API key in the Google Cloud console",
    "https://console.cloud.google.com/apis/credentials",
    (
        "gcloud services api-keys lookup KEY tells its project, where you may see it; else look in each project that could have made it",
        "See what calls it (APIs and services, Metrics, by credential) before it is deleted",
        "Make a fresh one with restrictions first (API, and web page, address or app), where consumers would break",
    ),
)


def _look_alike() -> str:
    return "AIza" + "".join(secrets.choice(string.ascii_letters + string.digits + "-_") for _ in range(35))


GCP_API_KEY = Provider(
    name="gcp-api-key",
    title="Google API key",
    docs="docs/providers/gcp-api-key.md",
    shapes=(Shape("api-key", r"AIza[A-Za-z0-9_-]{35}", _SOURCE, None, _look_alike),),
    by_hand=BY_HAND,
    tested=(
        "contract: apikeys.v2 (look-up, deletion), google.api.ErrorReason (the reasons of refusals); the probe and all statuses by "
        "Google's pages and a loopback server, unverified; never Google itself"
    ),
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(Step("revoke", "Delete the API key", ask_delete, read_delete, irreversible=False),),
    survives=(
        "what was charged, and what was stored or made with the key at the services it may call",
        "the deleted key itself, which anybody who may can bring back within 30 days",
    ),
    look_up=LookUp(_ask_name, _read_name),
    proved={"identify": "offline", "revoke": "contract: apikeys.v2"},
)
