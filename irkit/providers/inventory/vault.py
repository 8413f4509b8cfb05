"""HashiCorp Vault and OpenBao: tokens by their accessors, and leases under the prefixes that the setting names.

https://developer.hashicorp.com/vault/api-docs/auth/token#list-accessors ,
https://developer.hashicorp.com/vault/api-docs/auth/token#lookup-a-token-accessor ,
https://developer.hashicorp.com/vault/api-docs/system/leases

Options: `lease_prefixes` (comma-separated; `lease_prefix` counts as well). Listing accessors needs sudo. Batch tokens have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from irkit.model import Held, Holder, When
from irkit.plan import Ask, Call
from irkit.providers.interface import Reply, Setting
from irkit.providers.inventory.interface import (
    Listed,
    Listing,
    instant,
    moment,
    names_of,
    nobody_asks,
    not_named,
    places,
    refused,
    words,
)  # fmt: skip
from irkit.providers.replies import at
from irkit.providers.vault import address_of, as_responder, headers

_LIST = (("list", "true"),)
_PEOPLE = ("auth/userpass/", "auth/ldap/", "auth/github/", "auth/okta/", "auth/radius/", "auth/kerberos/")
_MACHINES = ("auth/approle/", "auth/kubernetes/", "auth/aws/", "auth/gcp/", "auth/azure/", "auth/alicloud/", "auth/cf/")


def _list(setting: Setting, path: str, about: str = "") -> Call:
    auth = as_responder(setting)
    if auth is None:
        raise nobody_asks("vault")
    return Call("GET", address_of(setting, path), "responder", auth, headers(setting), query=_LIST, about=about)


def _look_up(setting: Setting, path: str, name: str, value: str) -> Call:
    auth = as_responder(setting)
    if auth is None:
        raise nobody_asks("vault")
    return Call("POST", address_of(setting, path), "responder", auth, headers(setting), body={name: value})


def _accessors(setting: Setting) -> tuple[Ask, ...]:
    return (_list(setting, "auth/token/accessors/"),)


def _prefixes(setting: Setting) -> tuple[Ask, ...]:
    named = [one.strip("/") + "/" for one in places(setting, "lease_prefixes", "lease_prefix")]
    if not named:
        raise not_named("vault", "lease_prefixes", "no prefix of leases")
    return tuple(_lease(setting, prefix) for prefix in named)


def _lease(setting: Setting, name: str) -> Call:
    """What lies below a name that ends with a slash, else the lease itself."""
    if name.endswith("/"):
        return _list(setting, f"sys/leases/lookup/{quote(name)}", name)
    return _look_up(setting, "sys/leases/lookup", "lease_id", name)


def _names(reply: Reply) -> Listed:
    """The list names its entries and says nothing else of them. 404 without errors: there is none."""
    document = reply.json()
    keys = at(document, "data", "keys")
    if reply.status == 200 and isinstance(keys, list):
        return Listed(names=tuple(reply.about + words(one) for one in keys))
    if reply.status == 404 and isinstance(document, dict) and document.get("errors") == []:
        return Listed()
    return Listed(problem=refused("Vault", reply))


def read_token(reply: Reply) -> Listed:
    """The list of accessors, or what lookup-accessor tells of one token. Vault keeps no time of last use."""
    data = at(reply.json(), "data")
    if reply.status != 200 or not isinstance(data, dict) or "accessor" not in data:
        return _names(reply)
    made = data.get("creation_time")
    return Listed((
        Held(
            "vault", "token", words(data.get("accessor")), words(data.get("display_name")), "", *_whose(words(data.get("path"))),
            names_of(data.get("policies")), created=moment(made * 1000) if isinstance(made, int) and made else None,
            expires=_lapse(data), active=True,
        ),
    ))  # fmt: skip


def _whose(path: str) -> tuple[Holder, str]:
    if path.startswith(_PEOPLE):
        return "person", f"signed in at {path}"
    if path.startswith(_MACHINES):
        return "automation", f"signed in at {path}"
    return "unknown", ""


def _lapse(data: Mapping[str, Any]) -> When:
    if data.get("expire_time") is None and data.get("ttl") == 0:
        return "never"
    return moment(data.get("expire_time"))


def read_lease(reply: Reply) -> Listed:
    data = at(reply.json(), "data")
    if reply.status != 200 or not isinstance(data, dict) or "id" not in data:
        return _names(reply)
    name = words(data["id"])
    return Listed((
        Held(
            "vault", "lease", name, name.rpartition("/")[0], created=moment(data.get("issue_time")),
            there_since=instant(data.get("issue_time")), expires=moment(data["expire_time"], "never") if "expire_time" in data else None,
            active=True, short_lived=True,
        ),
    ))  # fmt: skip


LISTINGS = (
    Listing(
        "vault", "tokens, by accessor", "https://developer.hashicorp.com/vault/api-docs/auth/token#list-accessors",
        "real server: OpenBao, which took over Vault's API; Vault itself: unverified", _accessors, read_token,
        each=lambda setting, name: _look_up(setting, "auth/token/lookup-accessor", "accessor", name),
    ),
    Listing(
        "vault", "leases", "https://developer.hashicorp.com/vault/api-docs/system/leases", "unverified: Vault's documentation",
        _prefixes, read_lease, each=_lease,
    ),
)  # fmt: skip
