"""A secret of Google Secret Manager: a new version, which is what `latest` then means.

Calls: https://cloud.google.com/secret-manager/docs/reference/rest . The responder is an OAuth access token (gcloud auth
print-access-token).
"""

from __future__ import annotations

from collections.abc import Mapping

from irkit.model import SecretRef, State
from irkit.plan import Auth, Call, Encoded, Json
from irkit.providers.interface import Reading, Reply, Setting
from irkit.providers.replies import accepted_by, has, message_of
from irkit.stores.interface import Fields, Store
from irkit.stores.replies import base, holds_encoded, responder

_STORE = "gcp-secret"
_PUBLIC = "https://secretmanager.googleapis.com"


def _get(setting: Setting, place: Fields, more: str = "") -> Call:
    url = f"{base(setting, _STORE, _PUBLIC)}/v1/projects/{place['project']}/secrets/{place['secret']}{more}"
    return Call("GET", url, "responder", Auth("bearer", responder(setting, _STORE)))


def _learn(reply: Reply) -> Mapping[str, str]:
    document = reply.json()
    if reply.status == 200 and isinstance(document, dict) and "name" in document:
        return {"there": "yes"}
    return {"there": "no"} if reply.status == 404 and isinstance(document, dict) else {}


def _ask_put(setting: Setting, place: Fields, value: SecretRef) -> tuple[Call, ...]:
    asked = _get(setting, place)
    payload: Json = {"payload": {"data": Encoded(value)}}
    put = Call("POST", f"{asked.url}:addVersion", "responder", asked.auth, body=payload, mutates=True)
    if place.get("there") != "no":
        return (put,)
    make = Call(
        "POST", asked.url.rpartition("/")[0], "responder", asked.auth, query=(("secretId", place["secret"]),),
        body={"replication": {"automatic": {}}}, mutates=True,
    )  # fmt: skip
    return (make, put)


def _read_back(reply: Reply, label: str) -> Reading:
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return Reading(
            State.UNKNOWN, reply.nothing_came or f"Secret Manager answered {reply.status}: {message_of(document)}"
        )
    payload = document.get("payload")
    return holds_encoded("Secret Manager", payload.get("data") if isinstance(payload, dict) else None, label)


def _version(reply: Reply) -> str:
    document = reply.json()
    name = str(document.get("name", "")) if isinstance(document, dict) else ""
    return name.rpartition("/")[2] if "/versions/" in name else ""


GCP_SECRET = Store(
    name=_STORE,
    title="Google Secret Manager",
    form="gcp-secret:PROJECT/NAME",
    pattern=r"(?P<project>[a-z0-9.:-]{4,63})/(?P<secret>[A-Za-z0-9_-]{1,255})",
    tested="contract: secretmanager.v1; and a stateful loopback server; never Google itself",
    look_up=_get,
    learn=_learn,
    ask_put=_ask_put,
    read_put=accepted_by("Secret Manager", done=(200,), says=has("name")),
    ask_back=lambda setting, place: _get(setting, place, "/versions/latest:access"),
    read_back=_read_back,
    version=_version,
    proved={"put": "contract: secretmanager.v1", "read back": "contract: secretmanager.v1"},
)
