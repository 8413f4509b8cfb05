"""Kubernetes audit log (audit.k8s.io): API server files, webhooks, EKS and AKS exports.

The credential that acted is `user.extra["authentication.kubernetes.io/credential-id"]`: `JTI=` and the `jti` of a service
account token (1.30 and later), or `X509SHA256=` and the SHA-256 of a client certificate (1.31 and later). An event comes in
stages; ResponseComplete and Panic know the outcome, ResponseStarted stands for requests that run on. RequestReceived is a
part of the same event. Clients may choose `auditID`, so it names an event only together with its instant.
Times are RFC 3339 with microseconds, UTC. https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
"""

from __future__ import annotations

from datetime import datetime

from irkit.model import UsageEvent
from irkit.sources.logs.interface import SESSION, Event, Where, hash_of, text, time
from irkit.sources.logs.rows import first, items, key_of, of_status, row, writes_by_verb

_ID = "authentication.kubernetes.io/credential-id"
_ISSUED = ("authentication.kubernetes.io/issued-credential-id", "authentication.k8s.io/issued-credential-id")
_CREATES = {
    "serviceaccounts": "service-account",
    "secrets": "secret",
    "rolebindings": "role-binding",
    "clusterrolebindings": "cluster-role-binding",
    "certificatesigningrequests": "certificate-request",
    "pods": "pod",
    "daemonsets": "daemon-set",
    "deployments": "deployment",
    "cronjobs": "cron-job",
    "mutatingwebhookconfigurations": "webhook",
    "validatingwebhookconfigurations": "webhook",
}


class Kubernetes:
    name = "kubernetes-audit"

    def recognise(self, event: Event) -> bool:
        ours = text(event, "kind") == "Event" and text(event, "apiVersion").startswith("audit.k8s.io/")
        return (ours or ("auditID" in event and "stage" in event)) and ("verb" in event or "requestURI" in event)

    def read(self, event: Event, where: Where) -> UsageEvent:
        stage, verb = text(event, "stage"), text(event, "verb")
        extra = event.get("user")
        extra = extra.get("extra") if isinstance(extra, dict) else None
        ids = [str(one) for one in items(extra, _ID)] or [text(extra, _ID)]
        key, flags = key_of(ids[0], isinstance(extra, dict) and _ID in extra)
        outcome, error = of_status(text(event, "responseStatus", "code"))
        if text(event, "annotations", "authorization.k8s.io/decision") == "forbid":
            outcome, error = "denied", error or "403"
        received = event.get("requestReceivedTimestamp", event.get("stageTimestamp"))
        counts = stage != "RequestReceived"
        # All but the last address can be set by the client, in X-Forwarded-For.
        addresses = [str(one) for one in items(event, "sourceIPs")]
        return row(
            self.name,
            where,
            event_id=f"{text(event, 'auditID')}/{received}" if text(event, "auditID") else "",
            said=received,
            key=key if counts else "",
            flags=flags,
            also=(*ids[1:], *_bare(key)) if counts else (),
            action=f"{verb} {_resource(event)}".strip(),
            service="kubernetes",
            principal=text(event, "user", "username") + _impersonated(event),
            address=addresses[-1] if addresses else "",
            agent=text(event, "userAgent"),
            outcome=("failed" if stage == "Panic" else outcome) if counts else "unknown",
            error="Panic" if stage == "Panic" else error,
            writes=writes_by_verb(verb),
            target=_target(event),
            begot=_begot(event, verb) if outcome == "ok" and counts else (),
            begot_until=_until(event),
        )


def _bare(key: str) -> tuple[str, ...]:
    """The id without what kind it is of, as a responder may have it from the token or the certificate."""
    kind, _, name = key.partition("=")
    return (hash_of(name) or name,) if kind in ("JTI", "X509SHA256") else ()


def _resource(event: Event) -> str:
    resource, sub = text(event, "objectRef", "resource"), text(event, "objectRef", "subresource")
    return f"{resource}/{sub}" if sub else resource


def _impersonated(event: Event) -> str:
    name = text(event, "impersonatedUser", "username")
    return f", impersonating {name}" if name else ""


def _target(event: Event) -> str:
    parts = [text(event, "objectRef", name) for name in ("namespace", "resource", "name")]
    return "/".join(part for part in parts if part) or text(event, "requestURI")


def _begot(event: Event, verb: str) -> tuple[str, ...]:
    if issued := first(event, *(("annotations", name) for name in _ISSUED)):
        return (f"{SESSION}:{issued}",)
    kind = _CREATES.get(_resource(event), "") if verb == "create" else ""
    name = first(event, ("objectRef", "name"), ("responseObject", "metadata", "name"))
    space = text(event, "objectRef", "namespace")
    return (f"{kind}:{space}/{name}" if space else f"{kind}:{name}",) if kind and name else ()


def _until(event: Event) -> datetime | None:
    return time(text(event, "responseObject", "status", "expirationTimestamp") or None)
