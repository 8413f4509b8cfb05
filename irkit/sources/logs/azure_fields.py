"""Microsoft's logs come under three spellings of one schema: tables of Log Analytics (`IPAddress`), records of diagnostic
settings (the same in `properties`, in camel case), and answers of Microsoft Graph. Here they become one. Pure.

https://learn.microsoft.com/azure/azure-monitor/reference/tables-index
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irkit.sources.logs.interface import Event, text
from irkit.sources.logs.rows import inner

SIGN_INS = frozenset(
    {
        "signinlogs",
        "noninteractiveusersigninlogs",
        "serviceprincipalsigninlogs",
        "managedidentitysigninlogs",
        "adfssigninlogs",
        "aadnoninteractiveusersigninlogs",
        "aadserviceprincipalsigninlogs",
        "aadmanagedidentitysigninlogs",
    }
)
GRAPH = frozenset({"microsoftgraphactivitylogs", "aadgraphactivitylogs", "azureadgraphactivitylogs"})
AUDIT = frozenset({"auditlogs"})
ACTIVITY = frozenset(
    {"administrative", "security", "policy", "alert", "autoscale", "recommendation", "servicehealth", "resourcehealth"}
)


def fields(event: Event) -> dict[str, Any]:
    """The fields by their names in lower case; those in `properties` win over those around it."""
    outer = {str(name).lower(): value for name, value in event.items()}
    return outer | {str(name).lower(): value for name, value in inner(outer, "properties").items()}


def kind(event: Event) -> str:
    """The table or category a record says it is of, in lower case; "" when it does not say."""
    names = {str(name).lower(): value for name, value in event.items()}
    return next((said.lower() for name in ("category", "type") if (said := text(names, name))), "")


def has(values: Mapping[str, Any], *names: str) -> bool:
    return all(name in values for name in names)
