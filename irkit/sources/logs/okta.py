"""Okta System Log (API, export, EventBridge).

The API token that acted is `transaction.detail.requestApiTokenId` (00T...); a browser session is
`authenticationContext.externalSessionId`; a service application acts as itself (`actor.id`). Times are ISO 8601, UTC.
https://developer.okta.com/docs/reference/api/system-log/
"""

from __future__ import annotations

import re

from irkit.model import UsageEvent
from irkit.sources.logs.interface import SESSION, TOKEN, Event, Where, text
from irkit.sources.logs.rows import first, items, key_of, made, row

_OUTCOMES = {
    "SUCCESS": "ok",
    "ALLOW": "ok",
    "FAILURE": "failed",
    "DENY": "denied",
    "RATE_LIMIT": "failed",
    "ABANDONED": "failed",
}
_CHANGES = re.compile(
    r"\.(create|update|delete|add|remove|activate|deactivate|suspend|unsuspend|grant|revoke|reset|import|enroll|replace|"
    r"generate|assign|unassign|enable|disable|expire|unlock|upload|reset_all|initiated|update_\w+|rotate\w*)$"
)
_BEGETS = {
    "system.api_token.create": (TOKEN, "Token", "id"),
    "user.lifecycle.create": ("user", "User", "alternateId"),
    "application.lifecycle.create": ("application", "AppInstance", "id"),
    "user.account.privilege.grant": ("admin-role", "", "displayName"),
    "system.idp.lifecycle.create": ("identity-provider", "", "id"),
    "app.oauth2.client.lifecycle.create": ("oauth-client", "", "id"),
}


class Okta:
    name = "okta-system"

    def recognise(self, event: Event) -> bool:
        return "published" in event and "eventType" in event and ("uuid" in event or "actor" in event)

    def read(self, event: Event, where: Where) -> UsageEvent:
        action, result = text(event, "eventType"), text(event, "outcome", "result")
        session = text(event, "authenticationContext", "externalSessionId")
        key, _ = key_of(text(event, "transaction", "detail", "requestApiTokenId"))
        actor_is_app = "App" in text(event, "actor", "type") or "Client" in text(event, "actor", "type")
        failed = _OUTCOMES.get(result, "unknown") in ("failed", "denied")
        return row(
            self.name,
            where,
            event_id=text(event, "uuid"),
            said=event.get("published"),
            key=key,
            also=(
                session,
                text(event, "authenticationContext", "rootSessionId"),
                text(event, "actor", "id") if actor_is_app else "",
            ),
            action=action,
            service="okta",
            principal=first(event, ("actor", "alternateId"), ("actor", "displayName"), ("actor", "id")),
            address=text(event, "client", "ipAddress"),
            agent=text(event, "client", "userAgent", "rawUserAgent"),
            region=text(event, "client", "geographicalContext", "country"),
            outcome=_OUTCOMES.get(result, "unknown"),
            error=first(event, ("outcome", "reason"), ("outcome", "result")) if failed else "",
            writes=True if _CHANGES.search(action) else None,
            target=next(
                (name for one in items(event, "target") if (name := first(one, "displayName", "alternateId", "id"))), ""
            ),
            begot=() if failed else _begot(event, action, session),
        )


def _begot(event: Event, action: str, session: str) -> tuple[str, ...]:
    if action == "user.session.start":
        return made(SESSION, session)
    kind, sort, name = _BEGETS.get(action, ("", "", ""))
    found = [text(one, name) for one in items(event, "target") if kind and sort in ("", text(one, "type"))]
    return tuple(f"{kind}:{one}" for one in found if one)[:1]
