"""OCSF: API Activity (class 6003) and Authentication (3002), as Amazon Security Lake, Splunk and others write them.

The key that acted is `actor.user.credential_uid` (version 1.1 and later also `actor.session.credential_uid`). `time` is epoch
milliseconds, UTC. https://schema.ocsf.io/classes/api_activity and https://schema.ocsf.io/classes/authentication
"""

from __future__ import annotations

from irkit.model import UsageEvent
from irkit.sources.logs.cloudtrail import begot, refused, until
from irkit.sources.logs.interface import Event, Where, text
from irkit.sources.logs.rows import first, inner, items, key_of, row

_CLASSES = {"6003": "api", "3002": "authentication"}
_WRITES = {"1": True, "2": False, "3": True, "4": True}  # of API Activity: create, read, update, delete


class Ocsf:
    name = "ocsf"

    def recognise(self, event: Event) -> bool:
        return text(event, "class_uid") in _CLASSES and ("metadata" in event or "time" in event)

    def read(self, event: Event, where: Where) -> UsageEvent:
        api = text(event, "class_uid") == "6003"
        actor = inner(event, "actor")
        key, flags = key_of(
            first(actor, ("user", "credential_uid"), ("session", "credential_uid"))
            or text(event, "user", "credential_uid"),
            "credential_uid" in inner(actor, "user"),
        )
        error = first(event, ("api", "response", "error"), "status_code")
        status = first(event, "status_id", "status")
        failed = status in ("2", "Failure") or bool(text(event, "api", "response", "error"))
        operation = first(event, ("api", "operation"), "activity_name")
        made = {"eventName": operation, "responseElements": inner(event, "api", "response", "data")}
        return row(
            self.name,
            where,
            event_id=text(event, "metadata", "uid"),
            said=event.get("time", event.get("time_dt")),
            key=key,
            flags=flags,
            also=(text(actor, "session", "uid"), text(event, "session", "uid"), text(actor, "user", "uid_alt")),
            action=operation,
            service=first(event, ("api", "service", "name"), ("service", "name"), ("metadata", "product", "name")),
            principal=first(actor, ("user", "uid"), ("user", "name"))
            or first(event, ("user", "name"), ("user", "uid")),
            address=first(event, ("src_endpoint", "ip"), ("src_endpoint", "domain"), ("src_endpoint", "name")),
            agent=text(event, "http_request", "user_agent"),
            region=text(event, "cloud", "region"),
            outcome=("denied" if refused(error) else "failed")
            if failed
            else {"1": "ok", "Success": "ok"}.get(status, "unknown"),
            error=error if failed else "",
            writes=_WRITES.get(text(event, "activity_id")) if api else False,
            target=next((one for thing in items(event, "resources") if (one := first(thing, "uid", "name"))), ""),
            begot=() if failed else begot(made),
            begot_until=None if failed else until(text(made["responseElements"], "credentials", "expiration")),
        )
