"""Documents in the Elastic Common Schema, nested or with dotted names, as the Elastic integrations write them.

Which credential acted stands in the fields of the integration: a table below. Times are ISO 8601, UTC.
https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html and https://docs.elastic.co/integrations
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irkit.model import UsageEvent
from irkit.sources.logs.cloudtrail import begot, refused, until
from irkit.sources.logs.interface import Event, Where, hash_of, text
from irkit.sources.logs.rows import key_of, row, writes_by_verb

_KEYS = (
    "aws.cloudtrail.user_identity.access_key_id",
    "github.hashed_token",
    "okta.transaction.detail.request_api_token_id",
    "gcp.audit.authentication_info.service_account_key_name",
    "azure.signinlogs.properties.service_principal_credential_key_id",
    "azure.graphactivitylogs.properties.sign_in_activity_id",
    "kubernetes.audit.user.extra.authentication.kubernetes.io/credential-id",
    "hashicorp_vault.audit.request.client_token",
    "hashicorp_vault.audit.auth.client_token",
    "gitlab.api.token_id",
    "system.auth.ssh.signature",
)
_ALSO = (
    "azure.signinlogs.properties.unique_token_identifier",
    "hashicorp_vault.audit.request.client_token_accessor",
    "okta.authentication_context.external_session_id",
    "aws.cloudtrail.user_identity.session_context.session_issuer.principal_id",
    "user.id",
)
_OUTCOMES = {"success": "ok", "failure": "failed"}
_WRITES = {"creation": True, "deletion": True, "change": True, "access": False}


class Ecs:
    name = "ecs"

    def recognise(self, event: Event) -> bool:
        if "@timestamp" not in event or "class_uid" in event:
            return False
        nested = isinstance(event.get("event"), Mapping) and any(
            one in event for one in ("ecs", "agent", "data_stream", "source")
        )
        return nested or any(isinstance(one, str) and one.startswith(("event.", "ecs.version")) for one in event)

    def read(self, event: Event, where: Where) -> UsageEvent:
        said = [value(event, one) for one in _KEYS]
        key, flags = key_of(next((one for one in said if one), ""), any(one is not None for one in said))
        failed = value(event, "event.outcome") == "failure"
        error = value(event, "error.code") or value(event, "aws.cloudtrail.error_code") or ""
        action = value(event, "event.action") or ""
        made = {"eventName": action, "responseElements": find(event, "aws.cloudtrail.flattened.response_elements")}
        ends = text(made["responseElements"], "credentials", "expiration")
        return row(
            self.name,
            where,
            event_id=value(event, "event.id") or "",
            said=_one(find(event, "@timestamp")),
            key=_plain(key),
            flags=flags,
            also=[value(event, one) or "" for one in _ALSO],
            action=action,
            service=value(event, "event.provider") or value(event, "event.dataset") or "",
            principal=_first(event, "aws.cloudtrail.user_identity.arn", "user.email", "user.name", "user.id"),
            address=_first(event, "source.ip", "source.address", "client.ip"),
            agent=value(event, "user_agent.original") or "",
            region=_first(event, "cloud.region", "source.geo.country_iso_code"),
            outcome=_outcome(value(event, "event.outcome") or "", error),
            error=error if failed or error else "",
            writes=_writes(event),
            target=_first(
                event, "github.repo", "kubernetes.audit.objectRef.name", "url.path", "aws.cloudtrail.resources.arn"
            ),
            begot=() if failed else begot(made),
            begot_until=None if failed else until(ends),
        )


def find(event: Any, name: str) -> Any:
    """The value of a field, whichever of its dots are nesting and whichever are part of a name; None when it is not there."""
    if not isinstance(event, Mapping):
        return None
    if name in event:
        return event[name]
    for at in (at for at, letter in enumerate(name) if letter == "."):
        if name[:at] in event and (found := find(event[name[:at]], name[at + 1 :])) is not None:
            return found
    return None


def value(event: Event, name: str) -> str | None:
    """The first text of a field; None when there is no such field, "" when it holds none."""
    found = find(event, name)
    return None if found is None else text({"one": _one(found)}, "one")


def _one(found: Any) -> Any:
    return found[0] if isinstance(found, list) and found else found


def _first(event: Event, *names: str) -> str:
    return next((found for name in names if (found := value(event, name))), "")


def _plain(key: str) -> str:
    """As the source itself writes it: a hash in base64, a Google key by its last part, a fingerprint without the kind of key."""
    if key.startswith("//iam.googleapis.com/"):
        return key.rpartition("/")[2]
    return hash_of(key) or key.rpartition(" ")[2].removeprefix("MD5:")


def _outcome(said: str, error: str) -> str:

    if said == "failure" and (refused(error) or error in ("401", "403")):
        return "denied"
    return _OUTCOMES.get(said, "unknown")


def _writes(event: Event) -> bool | None:
    read_only = value(event, "aws.cloudtrail.read_only")
    if read_only:
        return read_only.lower() == "false"
    if method := value(event, "http.request.method"):
        return writes_by_verb(method)
    kinds = find(event, "event.type")
    known = [
        _WRITES[one]
        for one in (kinds if isinstance(kinds, list) else [kinds])
        if isinstance(one, str) and one in _WRITES
    ]
    return any(known) if known else None
