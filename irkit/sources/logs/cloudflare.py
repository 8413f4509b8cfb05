"""Cloudflare audit logs, version 2 and version 1, from the API and from Logpush.

Version 2 names the API token that acted (`actor.token_id`; Logpush: in `ActorTokenDetails`). Version 1 names the person
only; the token in its metadata is the one acted upon. Times are ISO 8601, or epochs in Logpush, UTC.
https://developers.cloudflare.com/api/resources/accounts/subresources/logs/subresources/audit/ and
https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/account/
"""

from __future__ import annotations

from irkit.model import UsageEvent
from irkit.sources.logs.interface import TOKEN, Event, Where, text
from irkit.sources.logs.rows import first, inner, key_of, made, row, writes_by_verb

_TOKEN_MADE = ("token_create", "token_roll")


class Cloudflare1:
    name = "cloudflare-audit-1"

    def recognise(self, event: Event) -> bool:
        api = "when" in event and isinstance(event.get("action"), dict) and "actor" in event
        return api or ("When" in event and "ActionType" in event)

    def read(self, event: Event, where: Where) -> UsageEvent:
        action = first(event, ("action", "type"), "ActionType")
        result = first(event, ("action", "result"), "ActionResult").lower()
        metadata = inner(event, "metadata") or inner(event, "Metadata")
        return row(
            self.name,
            where,
            event_id=first(event, "id", "ID"),
            said=event.get("when", event.get("When")),
            action=action,
            service="cloudflare",
            principal=first(event, ("actor", "email"), "ActorEmail", ("actor", "id"), "ActorID"),
            address=first(event, ("actor", "ip"), "ActorIP"),
            outcome=_outcome(result),
            writes=False if action in ("login", "API_key_view") else None,
            target=first(metadata, "zone_name") or first(event, ("resource", "id"), "ResourceID"),
            begot=made(TOKEN, text(metadata, "token_tag")) if action == "token_create" and result != "false" else (),
        )


class Cloudflare2:
    name = "cloudflare-audit-2"

    def recognise(self, event: Event) -> bool:
        action = event.get("action")
        api = isinstance(action, dict) and "time" in action and "actor" in event and "when" not in event
        return api or ("ActionTimestamp" in event and "ActionType" in event)

    def read(self, event: Event, where: Where) -> UsageEvent:
        details = inner(event, "ActorTokenDetails")
        raw = inner(event, "raw") or inner(event, "Raw")
        key, _ = key_of(
            text(event, "actor", "token_id") or first(details, "token_id", "TokenID", "tokenId", "id", "ID")
        )
        action = first(event, ("action", "type"), "ActionType")
        sort = first(event, ("resource", "type"), "ResourceType")
        result = first(event, ("action", "result"), "ActionResult").lower()
        thing = first(event, ("resource", "id"), "ResourceID")
        said = inner(event, "action").get("time", event.get("ActionTimestamp"))
        name = text(event, "actor", "token_name") or first(details, "token_name", "TokenName", "tokenName", "name")
        status = first(raw, "status_code", "StatusCode")
        return row(
            self.name,
            where,
            event_id=first(event, "id", "AuditLogID"),
            said=said,
            key=key,
            also=(name,),
            action=first(event, ("action", "description"), "ActionDescription") or f"{action} {sort}".strip(),
            service="cloudflare",
            principal=first(event, ("actor", "email"), "ActorEmail", ("actor", "id"), "ActorID"),
            address=first(event, ("actor", "ip_address"), "ActorIPAddress"),
            agent=first(raw, "user_agent", "UserAgent"),
            outcome="denied" if status in ("401", "403") else _outcome(result),
            error=status if status >= "400" else "",
            writes=_writes(action, first(raw, "method", "Method")),
            target=first(event, ("zone", "name"), "ZoneName") or thing,
            begot=made(TOKEN, thing) if _makes_token(action, sort) and _outcome(result) == "ok" else (),
        )


def _outcome(result: str) -> str:
    return {"true": "ok", "success": "ok", "false": "failed", "failure": "failed"}.get(result, "unknown")


def _makes_token(action: str, sort: str) -> bool:
    return action.lower() in ("create", *_TOKEN_MADE) and "token" in sort.lower()


def _writes(action: str, method: str) -> bool | None:
    if action:
        return {"view": False, "create": True, "update": True, "delete": True}.get(action.lower())
    return writes_by_verb(method)
