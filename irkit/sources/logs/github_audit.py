"""GitHub organisation and enterprise audit log (JSON export, NDJSON, streaming).

The token that acted is `hashed_token` = base64(SHA-256(token)), and `token_id`; what was done in the browser has neither.
Times are epoch milliseconds, UTC; older exports have ISO 8601.
https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise/identifying-audit-log-events-performed-by-an-access-token
"""

from __future__ import annotations

from irkit.model import UsageEvent
from irkit.sources.logs.interface import TOKEN, Event, Where, hash_of, text
from irkit.sources.logs.rows import first, key_of, of_status, row, writes_by_verb

_BEGETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "public_key.create": ("deploy-key", ("key_id", "fingerprint", "title")),
    "deploy_key.create": ("deploy-key", ("key_id", "fingerprint", "title")),
    "personal_access_token.create": (TOKEN, ("user_programmatic_access_id", "user_programmatic_access_name")),
    "personal_access_token.access_granted": (TOKEN, ("user_programmatic_access_id", "user_programmatic_access_name")),
    "oauth_access.create": ("oauth-token", ("oauth_access_id", "oauth_application_name", "oauth_application_id")),
    "oauth_application.create": ("oauth-app", ("oauth_application_id", "oauth_application_name")),
    "integration.create": ("github-app", ("integration", "name")),
    "integration_installation.create": ("app-installation", ("integration", "installation_id", "name")),
    "hook.create": ("webhook", ("hook_id",)),
    "org.add_member": ("member", ("user",)),
    "org.invite_member": ("invitation", ("user", "email")),
    "repo.add_member": ("collaborator", ("user",)),
    "repo.create": ("repository", ("repo",)),
    "self_hosted_runner.register": ("runner", ("runner_name", "runner_id")),
    "org.register_self_hosted_runner": ("runner", ("runner_name", "runner_id")),
    "repo.register_self_hosted_runner": ("runner", ("runner_name", "runner_id")),
}

_READS = {"git.clone": False, "git.fetch": False, "git.push": True}
_OPERATIONS = {"access": False, "authentication": False, "create": True, "modify": True, "remove": True,
               "restore": True, "transfer": True}  # fmt: skip

# The same names in the same order as where it was made, so that the ids agree.
_ENDS = {
    "public_key.delete": "public_key.create",
    "deploy_key.destroy": "deploy_key.create",
    "personal_access_token.access_revoked": "personal_access_token.access_granted",
    "personal_access_token.destroy": "personal_access_token.create",
    "oauth_access.destroy": "oauth_access.create",
    "oauth_application.destroy": "oauth_application.create",
    "integration.destroy": "integration.create",
    "integration_installation.destroy": "integration_installation.create",
    "hook.destroy": "hook.create",
    "org.remove_member": "org.add_member",
    "org.cancel_invitation": "org.invite_member",
    "repo.remove_member": "repo.add_member",
    "repo.destroy": "repo.create",
    "org.remove_self_hosted_runner": "org.register_self_hosted_runner",
    "repo.remove_self_hosted_runner": "repo.register_self_hosted_runner",
}

_ON_TOKENS = "personal_access_token"
_OURS = ("actor", "actor_id", "org", "business", "user", "repo", "hashed_token", "_document_id")
_OTHERS = ("eventName", "ecs", "entity_type", "author_id", "date_create")


class GitHubAudit:
    name = "github-audit"

    def recognise(self, event: Event) -> bool:
        return (
            "." in text(event, "action")
            and not isinstance(event.get("event"), dict)
            and ("@timestamp" in event or "created_at" in event)
            and any(name in event for name in _OURS)
            and not any(name in event for name in _OTHERS)
        )

    def read(self, event: Event, where: Where) -> UsageEvent:
        action, status = text(event, "action"), text(event, "status_code")
        outcome, error = of_status(status) if status else ("ok", "")
        hashed, flags = key_of(text(event, "hashed_token"), "hashed_token" in event)
        return row(
            self.name,
            where,
            event_id=first(event, "_document_id", "@id"),
            said=event.get("@timestamp", event.get("created_at")),
            key=hash_of(hashed) or hashed,
            flags=flags,
            # In an event about a token itself that id may be of the one acted upon.
            also=(text(event, "token_id"), "" if _ON_TOKENS in action else text(event, "user_programmatic_access_id")),
            action=action,
            service="github",
            principal=first(event, "actor", "actor_id"),
            address=text(event, "actor_ip"),
            agent=text(event, "user_agent"),
            region=first(event, ("actor_location", "country_code"), ("actor_location", "country_name")),
            outcome=outcome,
            error=error,
            writes=_writes(event),
            target=first(event, "repo", "repository", "org", "business"),
            begot=() if error else _named(event, action),
            ended=() if error else _named(event, _ENDS.get(action, "")),
        )


def _writes(event: Event) -> bool | None:
    if (method := text(event, "request_method")) != "":
        return writes_by_verb(method)
    action = text(event, "action")
    return _READS[action] if action in _READS else _OPERATIONS.get(text(event, "operation_type"))


def _named(event: Event, action: str) -> tuple[str, ...]:
    """`KIND:ID` of what an action of that name makes; the id may be missing."""
    kind, names = _BEGETS.get(action, ("", ()))
    found = first(event, *names)
    if kind == TOKEN and not found.isdigit():  # a name is no identifier that its uses would bear
        kind = "token-name"
    return (f"{kind}:{found}",) if kind else ()
