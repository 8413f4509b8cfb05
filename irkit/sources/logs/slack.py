"""Slack: Audit Logs API (Enterprise), and `team.accessLogs` (paid plans).

Neither names a token. Audit events name the user, the session and, where an app acted, the app; access logs add up the
logins of one user from one address and agent: `count` of them between `date_first` and `date_last`. Times are epoch seconds.
https://docs.slack.dev/reference/audit-logs-api/methods-actions-reference and https://docs.slack.dev/reference/methods/team.accessLogs
"""

from __future__ import annotations

from irkit.model import UsageEvent
from irkit.model.evidence import FLAG_SHARED_NAME
from irkit.sources.logs.interface import Event, Where, text
from irkit.sources.logs.rows import first, key_of, made, row, whole

_BEGETS = {
    "user_created": ("user", ("entity", "user", "email")),
    "guest_created": ("user", ("entity", "user", "email")),
    "app_installed": ("app", ("entity", "app", "id")),
    "app_approved": ("app", ("entity", "app", "id")),
    "private_channel_created": ("channel", ("entity", "channel", "id")),
    "public_channel_created": ("channel", ("entity", "channel", "id")),
    "workflow_created": ("workflow", ("entity", "workflow", "id")),
    "user_invitation_sent": ("invitation", ("entity", "user", "email")),
}
_READS = ("login", "logout", "downloaded", "viewed", "search", "exported", "accessed")


class SlackAudit:
    name = "slack-audit"

    def recognise(self, event: Event) -> bool:
        return all(name in event for name in ("date_create", "action", "actor"))

    def read(self, event: Event, where: Where) -> UsageEvent:
        action = text(event, "action")
        key, _ = key_of(text(event, "context", "session_id"))
        kind, path = _BEGETS.get(action, ("", ()))
        thing = first(event, path, (*path[:-1], "id")) if kind else ""
        failed = action.endswith("_failed")
        return row(
            self.name,
            where,
            event_id=text(event, "id"),
            said=event.get("date_create"),
            key=key,
            also=(
                first(event, ("context", "app", "id"), ("details", "app_id")),
                text(event, "actor", "user", "id"),
            ),
            flags=() if key else (FLAG_SHARED_NAME,),
            action=action,
            service="slack",
            principal=first(
                event, ("actor", "user", "email"), ("actor", "user", "name"), ("actor", "user", "id"), ("actor", "type")
            ),
            address=text(event, "context", "ip_address"),
            agent=text(event, "context", "ua"),
            region=first(event, ("context", "location", "domain"), ("context", "location", "name")),
            outcome="failed" if failed else "ok",
            writes=False if any(sign in action for sign in _READS) else None,
            target=_target(event),
            begot=made(kind, thing),
        )


def _target(event: Event) -> str:
    sort = text(event, "entity", "type")
    return first(event, ("entity", sort, "name"), ("entity", sort, "email"), ("entity", sort, "id"))


class SlackAccess:
    name = "slack-access"

    def recognise(self, event: Event) -> bool:
        return all(name in event for name in ("user_id", "date_first", "date_last", "count"))

    def read(self, event: Event, where: Where) -> UsageEvent:
        key, _ = key_of(text(event, "user_id"))
        span = f"{text(event, 'date_first')} to {text(event, 'date_last')}"
        return row(
            self.name,
            where,
            event_id="",
            said=event.get("date_first"),
            key=key,
            flags=(FLAG_SHARED_NAME,),
            action="access",
            service="slack",
            principal=first(event, "username", "user_id"),
            address=text(event, "ip"),
            agent=text(event, "user_agent"),
            region=text(event, "country"),
            outcome="ok",
            repeated=whole(event.get("count")),
            target=span,
        )
