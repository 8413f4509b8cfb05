"""One event of each kind of log, in the shape its documentation gives, of visibly fake content."""

from __future__ import annotations

from typing import Any

from tests.sources.logs.samples.clouds import CLOUDTRAIL, GCP, GCP_IMPERSONATED, GCP_IMPERSONATES, KUBERNETES
from tests.sources.logs.samples.machines import CADDY, JOURNALD, TEXT_SAMPLES, WEB_JSON
from tests.sources.logs.samples.marks import (
    ACCESSOR,
    ACCOUNT,
    APP,
    CA,
    CHILD,
    HASH,
    HMAC,
    KEY_ID,
    MD5,
    PRINCIPAL,
    SECRET_ID,
    SSH,
    UTI,
)
from tests.sources.logs.samples.microsoft import (
    AZURE_ACTIVITY,
    AZURE_ACTIVITY_TABLE,
    ENTRA_AUDIT,
    GRAPH,
    SIGN_IN,
    SIGN_IN_TABLE,
    USER_SIGN_IN,
)
from tests.sources.logs.samples.schemas import ECS, ECS_DOTTED, OCSF, OCSF_LOGIN
from tests.sources.logs.samples.services import (
    CLOUDFLARE_1,
    CLOUDFLARE_1_PUSH,
    CLOUDFLARE_2,
    CLOUDFLARE_2_PUSH,
    GITHUB,
    GITLAB_API,
    GITLAB_AUDIT,
    GITLAB_EVENT,
    GITLAB_GRAPHQL,
    GITLAB_PRODUCTION,
    OKTA,
    SLACK,
    SLACK_ACCESS,
    VAULT,
    VAULT_DENIED,
    VAULT_LOGIN,
    VAULT_REQUEST,
)

__all__ = [
    "ACCESSOR", "ACCOUNT", "APP", "AZURE_ACTIVITY", "AZURE_ACTIVITY_TABLE", "CA", "CADDY", "CHILD", "CLOUDFLARE_1",
    "CLOUDFLARE_1_PUSH", "CLOUDFLARE_2", "CLOUDFLARE_2_PUSH", "CLOUDTRAIL", "ECS", "ECS_DOTTED", "ENTRA_AUDIT", "GCP",
    "GCP_IMPERSONATED", "GCP_IMPERSONATES", "GITHUB", "GITLAB_API", "GITLAB_AUDIT", "GITLAB_EVENT", "GITLAB_GRAPHQL",
    "GITLAB_PRODUCTION", "GRAPH", "HASH", "HMAC", "JOURNALD", "JSON_SAMPLES", "KEY_ID", "KUBERNETES", "MD5", "OCSF",
    "OCSF_LOGIN", "OKTA", "PRINCIPAL", "SECRET_ID", "SIGN_IN", "SIGN_IN_TABLE", "SLACK", "SLACK_ACCESS", "SSH",
    "TEXT_SAMPLES", "USER_SIGN_IN", "UTI", "VAULT", "VAULT_DENIED", "VAULT_LOGIN", "VAULT_REQUEST", "WEB_JSON",
]  # fmt: skip

JSON_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "CloudTrail": ("aws-cloudtrail", CLOUDTRAIL),
    "GitHub": ("github-audit", GITHUB),
    "GitLab API": ("gitlab", GITLAB_API),
    "GitLab production": ("gitlab", GITLAB_PRODUCTION),
    "GitLab GraphQL": ("gitlab", GITLAB_GRAPHQL),
    "GitLab audit log": ("gitlab-audit", GITLAB_AUDIT),
    "GitLab audit event": ("gitlab-audit", GITLAB_EVENT),
    "Vault request": ("vault-audit", VAULT_REQUEST),
    "Vault response": ("vault-audit", VAULT),
    "Vault denied": ("vault-audit", VAULT_DENIED),
    "Vault login": ("vault-audit", VAULT_LOGIN),
    "GCP": ("gcp-audit", GCP),
    "GCP impersonates": ("gcp-audit", GCP_IMPERSONATES),
    "GCP impersonated": ("gcp-audit", GCP_IMPERSONATED),
    "Entra sign-in": ("entra-signin", SIGN_IN),
    "Entra sign-in, table": ("entra-signin", SIGN_IN_TABLE),
    "Entra user sign-in": ("entra-signin", USER_SIGN_IN),
    "Graph": ("microsoft-graph", GRAPH),
    "Azure activity": ("azure-activity", AZURE_ACTIVITY),
    "Azure activity, table": ("azure-activity", AZURE_ACTIVITY_TABLE),
    "Entra audit": ("entra-audit", ENTRA_AUDIT),
    "Kubernetes": ("kubernetes-audit", KUBERNETES),
    "Okta": ("okta-system", OKTA),
    "Slack": ("slack-audit", SLACK),
    "Slack access": ("slack-access", SLACK_ACCESS),
    "Cloudflare 1": ("cloudflare-audit-1", CLOUDFLARE_1),
    "Cloudflare 1, Logpush": ("cloudflare-audit-1", CLOUDFLARE_1_PUSH),
    "Cloudflare 2": ("cloudflare-audit-2", CLOUDFLARE_2),
    "Cloudflare 2, Logpush": ("cloudflare-audit-2", CLOUDFLARE_2_PUSH),
    "OCSF": ("ocsf", OCSF),
    "OCSF login": ("ocsf", OCSF_LOGIN),
    "ECS": ("ecs", ECS),
    "ECS, dotted": ("ecs", ECS_DOTTED),
    "journald": ("sshd-journald", JOURNALD),
    "nginx JSON": ("web-access-json", WEB_JSON),
    "Caddy": ("web-access-json", CADDY),
}
