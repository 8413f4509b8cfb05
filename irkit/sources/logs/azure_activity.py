"""Azure activity log (AzureActivity, `az monitor activity-log list`): what was done to Azure resources.

The token that acted is the claim `uti`, which leads back to its sign-in; `appid` names the application. One operation can
take several rows (Start, Accept, Success): each is a row here, the first ones with outcome unknown.
https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irkit.model import UsageEvent
from irkit.sources.logs.azure_fields import ACTIVITY, AUDIT, GRAPH, SIGN_INS, fields, has, kind
from irkit.sources.logs.interface import Event, Where, text
from irkit.sources.logs.rows import first, inner, key_of, made, row

_OUTCOMES = {"success": "ok", "succeeded": "ok", "failure": "failed", "failed": "failed"}
_REFUSALS = ("Forbidden", "AuthorizationFailed", "Unauthorized", "RequestDisallowedByPolicy")
_BEGETS = {
    "microsoft.authorization/roleassignments/write": "role-assignment",
    "microsoft.managedidentity/userassignedidentities/write": "managed-identity",
    "microsoft.compute/virtualmachines/write": "virtual-machine",
    "microsoft.automation/automationaccounts/runbooks/write": "runbook",
    "microsoft.web/sites/write": "function",
}


class AzureActivity:
    name = "azure-activity"

    def recognise(self, event: Event) -> bool:
        said, values = kind(event), fields(event)
        if said in SIGN_INS | GRAPH | AUDIT or "initiatedby" in values:
            return False
        if said in ACTIVITY or said in ("azureactivity", "action", "write", "delete"):
            return has(values, "operationname") or has(values, "operationnamevalue")
        return has(values, "operationname", "eventtimestamp") or has(values, "operationnamevalue", "timegenerated")

    def read(self, event: Event, where: Where) -> UsageEvent:
        values = fields(event)
        claims = inner(values, "claims") or inner(values, "claims_d") or inner(values, "identity", "claims")
        key, flags = key_of(text(claims, "uti"), "uti" in claims)
        operation = _value(values, "operationnamevalue") or _value(values, "operationname")
        outcome, error = _outcome(values)
        target = _value(values, "resourceid") or text(values, "_resourceid")
        kind_of_thing = _BEGETS.get(operation.lower(), "")
        app = text(claims, "appid") if text(claims, "idtyp") in ("", "app") and not _person(claims) else ""
        return row(
            self.name,
            where,
            event_id=text(values, "eventdataid"),
            said=next((values[one] for one in ("eventtimestamp", "timegenerated", "time") if values.get(one)), None),
            key=key,
            flags=flags,
            also=(app, text(values, "caller") if app else ""),
            action=operation,
            service="azure",
            principal=first(values, "caller") or _person(claims) or first(claims, "appid"),
            address=first(values, "calleripaddress")
            or text(inner(values, "httprequest"), "clientIpAddress")
            or text(claims, "ipaddr"),
            region=text(values, "location"),
            outcome=outcome,
            error=error,
            writes=not operation.lower().endswith("/read") if operation else None,
            target=target,
            begot=made(kind_of_thing, target) if outcome == "ok" else (),
        )


def _value(values: Mapping[str, Any], name: str) -> str:
    """A text, or the `value` of a localizable one."""
    return text(values, name) or first(inner(values, name), "value", "localizedValue")


def _person(claims: Mapping[str, Any]) -> str:
    return first(claims, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "upn")


def _outcome(values: Mapping[str, Any]) -> tuple[str, str]:
    said = (_value(values, "resulttype") or _value(values, "activitystatusvalue") or _value(values, "status")).strip()
    detail = first(values, "resultsignature", "activitysubstatusvalue") or _value(values, "substatus")
    outcome = _OUTCOMES.get(said.lower(), "unknown")
    if outcome != "failed":
        return outcome, ""
    return ("denied" if any(sign in detail for sign in _REFUSALS) else "failed"), detail or said
