"""GitHub organisation and enterprise audit log (JSON export, NDJSON, streaming).

The token that acted is `hashed_token` = base64(SHA-256(token)); times are epoch milliseconds, UTC.
https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise/identifying-audit-log-events-performed-by-an-access-token
"""

from __future__ import annotations

from irkit.model import MatchKind, UsageEvent
from irkit.sources.logs.interface import Event, Where, hash_of, text, time

_BEGETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "public_key.create": ("deploy-key", ("key_id", "fingerprint", "title")),
    "deploy_key.create": ("deploy-key", ("key_id", "fingerprint", "title")),
    "personal_access_token.create": ("token", ("token_id", "user_programmatic_access_name")),
    "personal_access_token.access_granted": ("token", ("token_id", "user_programmatic_access_name")),
    "oauth_access.create": ("token", ("token_id", "oauth_application_name", "oauth_application_id")),
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

_READS = {"git.clone": False, "git.fetch": False, "git.push": True}
_OPERATIONS = {"access": False, "authentication": False, "create": True, "modify": True, "remove": True,
               "restore": True, "transfer": True}  # fmt: skip


class GitHubAudit:
    name = "github-audit"

    def recognise(self, event: Event) -> bool:
        return "action" in event and ("@timestamp" in event or "created_at" in event) and "eventName" not in event

    def read(self, event: Event, where: Where) -> UsageEvent:
        status = text(event, "status_code")
        failed = status.isdigit() and int(status) >= 400
        said = event.get("@timestamp", event.get("created_at"))
        hashed = text(event, "hashed_token")
        return UsageEvent(
            source=self.name,
            event_id=text(event, "_document_id") or text(event, "@id"),
            at=time(said),
            key=hash_of(hashed) or hashed,
            match=MatchKind.MENTION_ONLY,
            action=text(event, "action"),
            service="github",
            principal=text(event, "actor") or text(event, "actor_id"),
            address=text(event, "actor_ip"),
            agent=text(event, "user_agent"),
            region=text(event, "actor_location", "country_code"),
            outcome=_outcome(status) if status else "ok",
            error=status if failed else "",
            writes=_writes(event),
            target=text(event, "repo") or text(event, "repository") or text(event, "org") or text(event, "business"),
            begot=() if failed else _named(event, text(event, "action")),
            ended=() if failed else _named(event, _ENDS.get(text(event, "action"), "")),
            file=where.file,
            line=where.line,
            time_text=str(said) if said is not None else "",
        )


def _outcome(status: str) -> str:
    if status in ("401", "403"):
        return "denied"
    return "failed" if status.isdigit() and int(status) >= 400 else "ok"


def _writes(event: Event) -> bool | None:
    if (method := text(event, "request_method")) != "":
        return method.upper() not in ("GET", "HEAD", "OPTIONS")
    action = text(event, "action")
    return _READS[action] if action in _READS else _OPERATIONS.get(text(event, "operation_type"))


def _named(event: Event, action: str) -> tuple[str, ...]:
    """`KIND:ID` of what an action of that name makes; the id may be missing."""
    kind, names = _BEGETS.get(action, ("", ()))
    found = next((value for name in names if (value := text(event, name))), "")
    return (f"{kind}:{found}",) if kind else ()
