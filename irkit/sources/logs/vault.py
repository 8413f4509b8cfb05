"""HashiCorp Vault and OpenBao audit devices: one JSON object a line, a request and its response.

Tokens and accessors are written as `hmac-sha256:` + HMAC-SHA256(salt of the audit device, token), so that a token has
another name in each device's log. Denied lines have the token in `request` alone. Of the two lines of a request the
response knows the outcome; `request.id` joins them. Times are RFC 3339 with nanoseconds, UTC.
https://developer.hashicorp.com/vault/docs/audit and https://developer.hashicorp.com/vault/docs/audit/schema
"""

from __future__ import annotations

from datetime import datetime

from irkit.model import UsageEvent
from irkit.sources.logs.interface import SESSION, Event, Where, text, time
from irkit.sources.logs.rows import first, inner, key_of, made, row, seconds_later, writes_by_verb

_TYPES = ("request", "response", "kmip-request", "kmip-response")


class Vault:
    name = "vault-audit"

    def recognise(self, event: Event) -> bool:
        return event.get("type") in _TYPES and isinstance(event.get("request"), dict) and "time" in event

    def read(self, event: Event, where: Where) -> UsageEvent:
        request, auth = inner(event, "request"), inner(event, "auth")
        error, operation = text(event, "error"), text(request, "operation")
        answered = text(event, "type").endswith("response")
        # In the answer to a login `auth` is what was issued, and the request bears no token.
        issued = answered and not text(request, "client_token") and bool(inner(event, "response", "auth"))
        token = text(request, "client_token") or ("" if issued else text(auth, "client_token"))
        accessor = text(request, "client_token_accessor") or ("" if issued else text(auth, "accessor"))
        key, flags = key_of(token, "client_token" in request or "client_token" in auth)
        begins = first(inner(event, "response", "auth"), "token_issue_time") or text(event, "time")
        return row(
            self.name,
            where,
            event_id=text(request, "id"),
            said=event.get("time"),
            key=key if answered else "",
            flags=flags,
            also=(accessor, text(request, "client_certificate_serial_number")) if answered else (),
            action=operation or text(event, "type").partition("-")[0],
            service="vault",
            principal=first(auth, "display_name", "entity_id"),
            address=text(request, "remote_address"),
            region=first(request, ("namespace", "path"), ("namespace", "id")),
            outcome=_outcome(error, answered),
            error=" ".join(error.split())[:200],
            writes=writes_by_verb(operation),
            target=text(request, "path"),
            begot=() if error or not answered else _begot(event),
            begot_until=None if error else _until(event, begins),
        )


def _outcome(error: str, answered: bool) -> str:
    if error:
        return "denied" if "permission denied" in error else "failed"
    return "ok" if answered else "unknown"


def _begot(event: Event) -> tuple[str, ...]:
    return (
        *made(SESSION, first(inner(event, "response", "auth"), "client_token", "accessor")),
        *made(SESSION, text(event, "response", "wrap_info", "token")),
        *made("lease", text(event, "response", "secret", "lease_id")),
    )


def _until(event: Event, begins: str) -> datetime | None:
    if issued := inner(event, "response", "auth"):
        return seconds_later(time(begins), first(issued, "token_ttl", "lease_duration"))
    return seconds_later(time(begins), text(event, "response", "wrap_info", "ttl"))
