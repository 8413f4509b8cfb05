"""Microsoft Entra audit log (AuditLogs): changes of the directory. Above all: a credential added to an application.

The log names who acted (user, or application by `appId`), never with which credential. The keyId of an added secret or
certificate stands in the modified property `KeyDescription`, as `[KeyIdentifier=...,KeyType=Password,...]`.
https://learn.microsoft.com/graph/api/resources/directoryaudit
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from irkit.model import UsageEvent
from irkit.model.evidence import FLAG_SHARED_NAME
from irkit.sources.logs.azure_fields import AUDIT, fields, kind
from irkit.sources.logs.interface import APP_CREDENTIAL, Event, Where, text
from irkit.sources.logs.rows import first, inner, items, made, row

_KEY = re.compile(r"KeyIdentifier=([0-9A-Fa-f-]{8,64})")
_BEGETS = {
    "add application": "application",
    "add service principal": "service-principal",
    "add user": "user",
    "invite external user": "user",
    "add member to role": "role-member",
    "add app role assignment to service principal": "app-role-assignment",
    "add delegated permission grant": "permission-grant",
    "consent to application": "consent",
}


class EntraAudit:
    name = "entra-audit"

    def recognise(self, event: Event) -> bool:
        values = fields(event)
        return "initiatedby" in values and (
            kind(event) in AUDIT or "targetresources" in values or "activitydisplayname" in values
        )

    def read(self, event: Event, where: Where) -> UsageEvent:
        values = fields(event)
        by = inner(values, "initiatedby")
        app = (text(by, "app", "appId"), text(by, "app", "servicePrincipalId"))
        result = first(values, "result", "resultsignature").lower()
        action = first(values, "activitydisplayname", "operationname")
        targets = items(values, "targetresources")
        return row(
            self.name,
            where,
            event_id=first(values, "id"),
            said=next((values[one] for one in ("activitydatetime", "timegenerated", "time") if values.get(one)), None),
            also=app,
            flags=(FLAG_SHARED_NAME,) if any(app) else (),
            action=action,
            service="microsoft-entra",
            principal=first(
                by, ("user", "userPrincipalName"), ("app", "displayName"), ("app", "appId"), ("user", "id")
            ),
            address=first(by, ("user", "ipAddress"), ("app", "ipAddress")) or text(values, "calleripaddress"),
            agent=_agent(values),
            outcome={"success": "ok", "failure": "failed", "timeout": "failed"}.get(result, "unknown"),
            error=first(values, "resultreason", "resultdescription") if result == "failure" else "",
            writes=True,
            target=next(
                (name for one in targets if (name := first(one, "displayName", "userPrincipalName", "id"))), ""
            ),
            begot=() if result == "failure" else tuple(_begot(action, targets)),
        )


def _agent(values: Mapping[str, Any]) -> str:
    details = items(values, "additionaldetails")
    return next((text(one, "value") for one in details if text(one, "key") == "User-Agent"), "")


def _begot(action: str, targets: list[Any]) -> Iterator[str]:
    for target in targets:
        for changed in items(target, "modifiedProperties"):
            if text(changed, "displayName") == "KeyDescription":
                before = set(_KEY.findall(str(text(changed, "oldValue"))))
                for key in dict.fromkeys(_KEY.findall(str(text(changed, "newValue")))):
                    if key not in before:
                        yield f"{APP_CREDENTIAL}:{key}"
    kind_of_thing = _BEGETS.get(action.lower().strip(), "")
    yield from made(kind_of_thing, first(targets[0] if targets else None, "userPrincipalName", "displayName", "id"))
