"""GitLab: `api_json.log`, `production_json.log`, `graphql_json.log`, `audit_json.log`, and audit events of the API or streamed.

The token that acted is `token_id` within its `token_type` (a personal access token and a job token may have one number):
`PersonalAccessToken:7`, or the bare number. Audit events name the user, not the token. Times are ISO 8601, UTC.
https://docs.gitlab.com/administration/logs/ and https://docs.gitlab.com/api/audit_events/

`correlation_id` may be chosen by the client, so it does not make two lines one event.
"""

from __future__ import annotations

import re

from irkit.model import UsageEvent
from irkit.sources.logs.interface import TOKEN, Event, Where, text
from irkit.sources.logs.rows import first, inner, key_of, of_status, row, writes_by_verb

_MADE = re.compile(r"(?i)created (personal|project|group) access token with id (\d+)")
_CREATES = {
    "user": "user",
    "deploy_key": "deploy-key",
    "deploy_token": "deploy-token",
    "project": "project",
    "member": "member",
}


class GitLabRequests:
    name = "gitlab"

    def recognise(self, event: Event) -> bool:
        if "author_id" in event or "ecs" in event:
            return False
        if "query_string" in event and "complexity" in event:
            return True
        routed = "route" in event or "controller" in event or "meta.caller_id" in event
        return routed and all(name in event for name in ("time", "method", "path", "status"))

    def read(self, event: Event, where: Where) -> UsageEvent:
        kind, number = (_either(event, name) for name in ("token_type", "token_id"))
        number, flags = key_of(number, "token_id" in event)
        method, path = text(event, "method"), text(event, "path")
        outcome, error = of_status(text(event, "status"))
        graphql = path.endswith("/graphql") or "query_string" in event
        return row(
            f"{self.name}-{_which(event)}",
            where,
            said=event.get("time"),
            key=f"{kind}:{number}" if kind and number else number,
            flags=flags,
            also=(number,),
            action=_action(event, method),
            service="gitlab",
            principal=first(event, "username", "meta.user", ("meta", "user"), "user_id"),
            address=first(event, "meta.remote_ip", ("meta", "remote_ip")) or text(event, "remote_ip").partition(",")[0],
            agent=text(event, "ua"),
            outcome=outcome,
            error=error,
            writes=None if graphql else writes_by_verb(method),
            target=first(event, "meta.project", "meta.root_namespace") or path,
        )


def _either(event: Event, name: str) -> str:
    return first(event, name, f"meta.{name}", ("meta", name))


def _which(event: Event) -> str:
    if "query_string" in event:
        return "graphql"
    return "production" if "controller" in event else "api"


def _action(event: Event, method: str) -> str:
    if "query_string" in event:
        return text(event, "operation_name") or "graphql"
    if "controller" in event:
        return f"{text(event, 'controller')}#{text(event, 'action')}"
    return f"{method} {first(event, 'route', 'path')}"


class GitLabAudit:
    name = "gitlab-audit"

    def recognise(self, event: Event) -> bool:
        return "author_id" in event and "entity_type" in event and ("time" in event or "created_at" in event)

    def read(self, event: Event, where: Where) -> UsageEvent:
        details = inner(event, "details")
        said = first(event, "custom_message", "event_name", "event_type") or first(
            details, "custom_message", "event_name"
        )
        made = first(event, "add") or first(details, "add")
        changed = first(event, "change") or first(details, "change")
        removed = first(event, "remove") or first(details, "remove")
        with_ = first(event, "with") or first(details, "with")
        return row(
            self.name,
            where,
            event_id=text(event, "id"),
            said=event.get("created_at", event.get("time")),
            action=said
            or (made and f"add {made}")
            or (removed and f"remove {removed}")
            or (changed and f"change {changed}")
            or (with_ and f"login with {with_}")
            or "audit event",
            service="gitlab",
            principal=first(event, "author_name", "meta.user")
            or first(details, "author_name")
            or text(event, "author_id"),
            address=first(event, "ip_address", "meta.remote_ip") or first(details, "ip_address"),
            outcome="failed" if first(event, "failed_login") or first(details, "failed_login") else "ok",
            writes=True if made or changed or removed else None,
            target=first(event, "entity_path", "target_details") or first(details, "entity_path", "target_details"),
            begot=_begot(event, details, said, made),
        )


def _begot(event: Event, details: Event, said: str, made: str) -> tuple[str, ...]:
    if token := _MADE.search(said):
        kind = "PersonalAccessToken"  # project and group tokens are personal access tokens of a bot user
        return (f"{TOKEN}:{kind}:{token[2]}",)
    found = first(event, "target_details", "target_id") or first(details, "target_details", "target_id")
    kind = _CREATES.get(made, "")
    return (f"{kind}:{found}",) if kind and found else ()
