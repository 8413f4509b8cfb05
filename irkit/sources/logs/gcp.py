"""Google Cloud Audit Logs: LogEntry with a `protoPayload` of type AuditLog.

The key that acted is the last part of `serviceAccountKeyName`, which is the `private_key_id` of the key's JSON file; App
Engine and Compute Engine do not log it. Tokens made by impersonation have no id: their uses name the service account and, in
`serviceAccountDelegationInfo`, who impersonates it. Such a pair (`FROM->TO`) is followed, flagged as a shared name. Times are
RFC 3339 with nanoseconds, UTC. `callerIp` may be "private" or "gce-internal-ip".
https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog and
https://cloud.google.com/iam/docs/audit-logging/examples-service-accounts
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from irkit.model import UsageEvent
from irkit.model.evidence import FLAG_SHARED_NAME
from irkit.sources.logs.interface import SERVICE_ACCOUNT_KEY, SESSION, Event, Where, text, time
from irkit.sources.logs.rows import first, inner, items, key_of, made, row, seconds_later

_DENIED = ("7", "16")  # google.rpc.Code: PERMISSION_DENIED, UNAUTHENTICATED
_NEVER = ("9999-", "253402300799")  # how Google writes that a key does not expire
_IMPERSONATES = ("GenerateAccessToken", "GenerateIdToken", "SignJwt", "SignBlob")


class GoogleCloud:
    name = "gcp-audit"

    def recognise(self, event: Event) -> bool:
        payload = _payload(event)
        return "methodName" in payload and ("authenticationInfo" in payload or "serviceName" in payload)

    def read(self, event: Event, where: Where) -> UsageEvent:
        payload = _payload(event)
        who, method = inner(payload, "authenticationInfo"), text(payload, "methodName")
        name = text(who, "serviceAccountKeyName")
        key, flags = key_of(name.rpartition("/")[2], "serviceAccountKeyName" in who)
        principal = first(who, "principalEmail", "principalSubject")
        chain = _chain(who)
        code = text(payload, "status", "code")
        failed = code not in ("", "0")
        return row(
            self.name,
            where,
            event_id=text(event, "insertId"),
            said=event.get("timestamp"),
            key=key,
            flags=(*flags, *((FLAG_SHARED_NAME,) if chain and not key else ())),
            also=(name, *(f"{one}->{principal}" for one in chain)),
            action=method,
            service=text(payload, "serviceName"),
            principal=principal + "".join(f", impersonated by {one}" for one in reversed(chain)),
            address=text(payload, "requestMetadata", "callerIp"),
            agent=text(payload, "requestMetadata", "callerSuppliedUserAgent"),
            region=first(event, ("resource", "labels", "location"), ("resource", "labels", "zone")),
            outcome=("denied" if code in _DENIED else "failed") if failed else "ok",
            error=code if failed else "",
            writes=_writes(event, payload),
            target=text(payload, "resourceName"),
            begot=() if failed else _begot(event, payload, principal, method.rpartition(".")[2]),
            begot_until=None if failed else _until(event, payload, method),
        )


def _payload(event: Event) -> Mapping[str, object]:
    return inner(event, "protoPayload") or inner(event, "protopayload_auditlog")


def _chain(who: Mapping[str, object]) -> list[str]:
    """Who impersonates, from the nearest to the first; where it is not a Google account, its subject."""
    links = items(who, "serviceAccountDelegationInfo")
    names = [
        first(one, ("firstPartyPrincipal", "principalEmail"), "principalSubject", "principalEmail") for one in links
    ]
    return [name for name in names if name]


def _writes(event: Event, payload: Mapping[str, object]) -> bool | None:
    """Admin activity logs hold changes only; elsewhere the kinds of permission say it."""
    if text(event, "logName").endswith("activity"):
        return True
    kinds = {text(one, "permissionType") for one in items(payload, "authorizationInfo")} - {""}
    return any(kind.endswith("WRITE") for kind in kinds) if kinds else None


def _begot(event: Event, payload: Mapping[str, object], principal: str, method: str) -> tuple[str, ...]:
    named = first(payload, ("response", "name"), "resourceName")
    if "/keys/" in named and method in ("CreateServiceAccountKey", "UploadServiceAccountKey"):
        return made(SERVICE_ACCOUNT_KEY, named.rpartition("/")[2])
    if method == "CreateServiceAccount":
        return made("service-account", text(payload, "response", "email") or named.rpartition("/")[2])
    if method == "CreateRole":
        return made("role", named)
    if method in _IMPERSONATES and principal:
        asked = first(payload, ("request", "name"), "resourceName").rpartition("/")[2]
        target = text(event, "resource", "labels", "email_id") or asked
        return (f"{SESSION}:{principal}->{target}",) if target else ()
    return ()


def _until(event: Event, payload: Mapping[str, object], method: str) -> datetime | None:
    if method.endswith("CreateServiceAccountKey"):
        said = first(payload, ("response", "validBeforeTime"), ("response", "valid_before_time", "seconds"))
        return None if said.startswith(_NEVER) else time(said or None)
    if method.endswith("GenerateAccessToken"):
        said = text(payload, "response", "expireTime")
        return time(said) if said else seconds_later(time(event.get("timestamp")), text(payload, "request", "lifetime"))
    return None
