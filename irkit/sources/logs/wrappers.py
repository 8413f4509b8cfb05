"""What logs are shipped in: names of fields in which a JSON document carries events. Tables, and the one step taken by them.

A name counts only where its value has the shape said here, so that an event's own field of that name is left alone.
"""

from __future__ import annotations

from typing import Any

LISTS = (
    "Records",  # CloudTrail files
    "records",  # Azure: Event Hubs and storage accounts
    "Events",  # cloudtrail lookup-events
    "logEvents",  # CloudWatch Logs subscriptions
    "value",  # Azure and Microsoft Graph
    "entries",  # Slack Audit Logs API, Google's entries.list
    "logins",  # Slack team.accessLogs
    "result",  # Cloudflare
    "items",  # Kubernetes EventList
    "hits",  # Elasticsearch answers
    "logs",
    "events",
)
"""Lists of events: objects, or strings of JSON."""

STRINGS = (
    "CloudTrailEvent",  # cloudtrail lookup-events
    "message",  # CloudWatch Logs, Filebeat
    "log",  # container runtimes, AKS
    "_raw",  # Splunk exports
    "Message",  # SNS
    "event",  # Splunk's HTTP event collector
)
"""An event as a string of JSON."""

OBJECTS = {
    "detail": ("eventName", "eventType"),  # EventBridge: CloudTrail, Okta
    "_source": (),  # Elasticsearch hits
    "result": ("_raw",),  # Splunk exports, one result a line
    "properties": ("log",),  # AKS: the API server's line inside the diagnostic record
    "event": ("eventName", "eventType", "auditID", "protoPayload", "hashed_token"),  # Splunk's HTTP event collector
    "hits": ("hits",),  # Elasticsearch answers
}
"""An event, or another wrapper, as an object: where it has one of these fields (or any, when none is named)."""

_NAMES = frozenset((*LISTS, *STRINGS, *OBJECTS))


def wrapped(value: Any) -> list[Any] | str | dict[str, Any] | None:
    """What a document carries, one layer down: a list of events, one event, or its JSON; None when it is itself the event."""
    if not isinstance(value, dict) or _NAMES.isdisjoint(value):
        return None
    for name in LISTS:
        held = value.get(name)
        if isinstance(held, list) and held and all(_may_be_event(one) for one in held[:3]):
            return held
    for name in STRINGS:
        held = value.get(name)
        if isinstance(held, str) and held[:1] == "{":
            return held
    for name, marks in OBJECTS.items():
        held = value.get(name)
        if isinstance(held, dict) and (not marks or any(mark in held for mark in marks)):
            return held
    return None


def _may_be_event(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, str) and value[:1] == "{")
