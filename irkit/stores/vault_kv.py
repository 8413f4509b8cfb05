"""One field of a secret in HashiCorp Vault's or OpenBao's KV engine, version 2.

The field is merged in by the server, so the other fields are neither read nor sent. The look-up reads metadata alone.
Calls: https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from irkit.model import SecretRef, State
from irkit.plan import Auth, Call, Json
from irkit.providers.interface import Reading, Reply, Setting
from irkit.providers.replies import accepted_by, has, message_of
from irkit.stores.interface import Fields, Store
from irkit.stores.replies import DOTS, base, holds, responder

_STORE = "vault-kv"
_MERGE = ("Content-Type", "application/merge-patch+json")


def _url(setting: Setting, place: Fields, part: str) -> str:
    return f"{base(setting, _STORE)}/v1/{quote(place['mount'])}/{part}/{quote(place['path'])}"


def _call(setting: Setting, place: Fields, part: str, about: str = "") -> Call:
    auth = Auth("header", responder(setting, _STORE), header="X-Vault-Token")
    namespace = setting.options.get("namespace", "")
    headers = (("X-Vault-Namespace", namespace),) if namespace else ()
    return Call("GET", _url(setting, place, part), "responder", auth, headers, about=about)


def _learn(reply: Reply) -> Mapping[str, str]:
    """The number of the current version, "0" where there is none, and whether there is anything in it to keep."""
    document = reply.json()
    if reply.status == 404 and isinstance(document, dict) and not document.get("errors"):
        return {"version": "0", "empty": "yes"}
    data = document.get("data") if reply.status == 200 and isinstance(document, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("current_version"), int):
        return {}
    number = data["current_version"]
    current = data.get("versions", {}).get(str(number), {})
    empty = not current or current.get("destroyed") or _is_past(str(current.get("deletion_time") or ""))
    return {
        "version": str(number), "empty": "yes" if empty else "no", "cas": "yes" if data.get("cas_required") else "no",
    }  # fmt: skip


def _is_past(instant: str) -> bool:
    """A version may be marked to be deleted later on; until then it is there. Nanoseconds are cut off."""
    try:
        return datetime.fromisoformat(re.sub(r"\.\d+", "", instant)) <= datetime.now(UTC)
    except ValueError:
        return False  # a merge, which the server refuses where nothing is left


def _ask_put(setting: Setting, place: Fields, value: SecretRef) -> tuple[Call, ...]:
    """A merge where there is something to keep; else a new version, which must follow the one that was seen."""
    asked = _call(setting, place, "data")
    checked: dict[str, Json] = {"cas": int(place["version"])}
    if place["empty"] == "yes":
        body: dict[str, Json] = {"options": checked, "data": {place["field"]: value}}
        return (Call("POST", asked.url, "responder", asked.auth, asked.headers, body=body, mutates=True),)
    body = {"data": {place["field"]: value}}
    if "yes" in (place.get("cas"), setting.options.get("cas")):
        body["options"] = checked
    return (Call("PATCH", asked.url, "responder", asked.auth, (*asked.headers, _MERGE), body=body, mutates=True),)


def _version(reply: Reply) -> str:
    document = reply.json()
    data = document.get("data") if isinstance(document, dict) else None
    return str(data.get("version", "")) if isinstance(data, dict) else ""


def _read_back(reply: Reply, label: str) -> Reading:
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"Vault answered {reply.status}: {message_of(document)}")
    data = document.get("data")
    fields = data.get("data") if isinstance(data, dict) else None
    return holds("Vault", fields.get(reply.about) if isinstance(fields, dict) else None, label)


VAULT_KV = Store(
    name=_STORE,
    title="HashiCorp Vault or OpenBao, KV version 2",
    form=f"{_STORE}:MOUNT/PATH#FIELD",
    pattern=DOTS + r"(?P<mount>[^/#]+)/(?P<path>[^#]+)#(?P<field>[^#]+)",
    tested="real server: OpenBao",
    look_up=lambda setting, place: _call(setting, place, "metadata"),
    learn=_learn,
    ask_put=_ask_put,
    read_put=accepted_by("Vault", done=(200,), says=has("data")),
    ask_back=lambda setting, place: _call(setting, place, "data", place["field"]),
    read_back=_read_back,
    version=_version,
    proved={"put": "real server: OpenBao", "read back": "real server: OpenBao"},
)
