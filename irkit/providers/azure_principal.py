"""What an application's secret leaves behind in Entra, and what takes its place. As the responder, at Microsoft Graph v1.0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from irkit.errors import BadInput
from irkit.model import State
from irkit.plan import Auth, Call, Dated, HumanTask, Json
from irkit.providers.interface import Made, Need, Reading, Replacement, Reply, Setting, Survivors, Target
from irkit.providers.replies import accepted_by, message_of

PUBLIC = "https://graph.microsoft.com"
BETTER = (
    "a managed identity for what runs in Azure, a federated identity credential for GitHub Actions, GitLab, Kubernetes and other "
    "clouds; then there is no secret to leak"
)


def graph(
    setting: Setting,
    method: Literal["GET", "POST", "PATCH"],
    path: str,
    *,
    select: str = "",
    body: Json = None,
    about: str = "",
) -> Call:
    """BadInput when there is no responder."""
    if setting.responder is None:
        raise BadInput(
            "Microsoft Graph is asked as the responder, and there is none",
            do="name an access token for Graph as responder under [providers.azure-app] in case.toml",
        )
    url = f"{(setting.base or PUBLIC).rstrip('/')}/v1.0{path}"
    query = (("$select", select),) if select else ()
    auth = Auth("bearer", setting.responder)
    return Call(method, url, "responder", auth, query=query, body=body, mutates=method != "GET", about=about)


def application(setting: Setting) -> str:
    """The path of the application, "" when it is not known."""
    if object_id := setting.options.get("object_id"):
        return f"/applications/{object_id}"
    client = setting.options.get("client_id")
    return f"/applications(appId='{client}')" if client else ""


def principal(setting: Setting) -> str:
    if principal_id := setting.options.get("principal_id"):
        return f"/servicePrincipals/{principal_id}"
    client = setting.options.get("client_id")
    return f"/servicePrincipals(appId='{client}')" if client else ""


def _stops(setting: Setting) -> bool:
    return (
        setting.responder is not None and setting.options.get("disable_principal") == "yes" and bool(principal(setting))
    )


def _close_principal(setting: Setting, _target: Target) -> Call | None:
    return graph(setting, "PATCH", principal(setting), body={"accountEnabled": False}) if _stops(setting) else None


def _ask_principal(setting: Setting, _target: Target) -> Call | None:
    return graph(setting, "GET", principal(setting), select="id,accountEnabled") if _stops(setting) else None


def read_principal(reply: Reply) -> Reading:
    document = reply.json()
    enabled = document.get("accountEnabled") if reply.status == 200 and isinstance(document, dict) else None
    if enabled is False:
        return Reading(State.DEAD, "the service principal is disabled: it is given no further tokens")
    if enabled is True:
        return Reading(State.ALIVE, "the service principal is enabled")
    return Reading(State.UNKNOWN, reply.nothing_came or f"Graph answered {reply.status}: {message_of(document)}")


WAIT = HumanTask(
    "Let the access tokens made with the secret expire",
    "https://entra.microsoft.com/ (Enterprise applications, the application, Sign-in logs)",
    (
        "Access tokens that were given live about an hour (60 to 90 minutes) and cannot be revoked",
        "Look at the service principal's sign-ins for where they were used",
        'To have no further ones given, whatever secret is used: disable_principal = "yes" under [providers.azure-app.options]',
    ),
)


def _ask_credentials(setting: Setting, _target: Target) -> Call | None:
    if setting.responder is None or not application(setting):
        return None
    known = [setting.options.get("key_id", ""), *setting.options.get("known_keys", "").split(",")]
    about = ",".join(one.strip() for one in known if one.strip())
    return graph(setting, "GET", application(setting), select="id,passwordCredentials,keyCredentials", about=about)


def read_credentials(reply: Reply) -> Reading:
    """ALIVE when the application has another secret or certificate that has not ended; `about` names the known ones, with commas."""
    document = reply.json()
    if (
        reply.status != 200
        or not isinstance(document, dict)
        or not isinstance(document.get("passwordCredentials"), list)
    ):
        return Reading(State.UNKNOWN, reply.nothing_came or f"Graph answered {reply.status}: {message_of(document)}")
    others = [
        f"{kind} {one.get('keyId')} ({one.get('displayName') or 'no name'}, from {one.get('startDateTime', '?')})"
        for kind, one in _credentials(document)
        if one.get("keyId") not in reply.about.split(",") and not _ended(one, reply)
    ]
    if others:
        unless = "delete it unless it is yours; then write its id into known_keys in case.toml"
        return Reading(State.ALIVE, f"the application has another credential: {', '.join(others)}; {unless}")
    return Reading(State.DEAD, "the application has no other secret and no certificate")


def _credentials(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind, name in (("secret", "passwordCredentials"), ("certificate", "keyCredentials")):
        yield from ((kind, one) for one in document.get(name) or () if isinstance(one, dict))


def _ended(one: Mapping[str, Any], reply: Reply) -> bool:
    """By the server's own clock, which stands in the reply's head."""
    try:
        now = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return False
    return str(one.get("endDateTime") or "9") < f"{now:%Y-%m-%dT%H:%M:%SZ}"


SURVIVORS = (
    Survivors("access tokens made with the secret", lambda _setting, _target: WAIT),
    Survivors(
        "further secrets and certificates", lambda _setting, _target: None, None, _ask_credentials, read_credentials
    ),
    Survivors(
        "the service principal, which can be given tokens with any other credential",
        _close_principal,
        accepted_by("Graph", done=(200, 204)),
        _ask_principal,
        read_principal,
    ),
)


def _ask_fresh(setting: Setting, _target: Target, need: Need) -> Call | HumanTask:
    if setting.responder is None or not application(setting):
        return HumanTask(
            "Give the consumer an identity of its own, or make a fresh secret",
            "https://entra.microsoft.com/ (App registrations, the application, Certificates & secrets)",
            (BETTER, "Where only a secret will do: with an end date, put straight into the store"),
        )
    wanted: dict[str, Json] = {"displayName": need.name}
    if need.lives is not None:
        wanted["endDateTime"] = Dated("{now}", int(need.lives.total_seconds()))
    return graph(setting, "POST", f"{application(setting)}/addPassword", body={"passwordCredential": wanted})


def secret_of(document: Any) -> str | None:
    value = document.get("secretText") if isinstance(document, dict) else None
    return value if isinstance(value, str) and value else None


def _read_fresh(reply: Reply) -> Made:
    accepted = accepted_by("Graph", done=(200, 201))(reply)
    document = reply.json()
    if accepted.yes and isinstance(document, dict) and document.get("keyId"):
        return Made(
            True, f"Entra made {document['keyId']}", str(document["keyId"]), str(document.get("endDateTime", ""))
        )
    return Made(None if accepted.yes else accepted.yes, accepted.why)


def _ask_named(setting: Setting, _need: Need) -> Call:
    return graph(setting, "GET", application(setting), select="id,passwordCredentials")


def _read_named(reply: Reply, need: Need) -> Made:
    document = reply.json()
    if (
        reply.status != 200
        or not isinstance(document, dict)
        or not isinstance(document.get("passwordCredentials"), list)
    ):
        return Made(None, reply.nothing_came or f"Graph answered {reply.status}: {message_of(document)}")
    mine = [one for _, one in _credentials(document) if one.get("displayName") == need.name]
    if len(mine) > 1:
        return Made(None, f"{len(mine)} credentials are called {need.name}")
    if not mine:
        return Made(False, f"no secret is called {need.name}")
    return Made(True, f"{need.name} is there", str(mine[0].get("keyId", "")), str(mine[0].get("endDateTime", "")))


def _ask_undo(setting: Setting, public_id: str) -> Call:
    return graph(setting, "POST", f"{application(setting)}/removePassword", body={"keyId": public_id})


REPLACEMENT = Replacement(_ask_fresh, secret_of, _read_fresh, BETTER, _ask_named, _read_named, _ask_undo)
