"""The log formats, in the order they are tried; the content decides, never a file's name. A new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Iterable

from irkit.sources.logs.azure_activity import AzureActivity
from irkit.sources.logs.azure_graph import GraphActivity
from irkit.sources.logs.azure_signin import EntraSignIn
from irkit.sources.logs.cloudflare import Cloudflare1, Cloudflare2
from irkit.sources.logs.cloudtrail import CloudTrail
from irkit.sources.logs.ecs import Ecs
from irkit.sources.logs.entra_audit import EntraAudit
from irkit.sources.logs.gcp import GoogleCloud
from irkit.sources.logs.github_audit import GitHubAudit
from irkit.sources.logs.gitlab import GitLabAudit, GitLabRequests
from irkit.sources.logs.interface import LogFormat, TextFormat
from irkit.sources.logs.kubernetes import Kubernetes
from irkit.sources.logs.ocsf import Ocsf
from irkit.sources.logs.okta import Okta
from irkit.sources.logs.s3_access import S3Access
from irkit.sources.logs.slack import SlackAccess, SlackAudit
from irkit.sources.logs.sshd import Journald, Syslog
from irkit.sources.logs.vault import Vault
from irkit.sources.logs.web import AccessLog, AccessLogJson

JSON_FORMATS: tuple[LogFormat, ...] = (
    CloudTrail(),
    GitHubAudit(),
    GoogleCloud(),
    EntraSignIn(),
    GraphActivity(),
    AzureActivity(),
    EntraAudit(),
    Kubernetes(),
    Vault(),
    GitLabRequests(),
    GitLabAudit(),
    Okta(),
    SlackAudit(),
    SlackAccess(),
    Cloudflare1(),
    Cloudflare2(),
    Ocsf(),
    Ecs(),
    Journald(),
    AccessLogJson(),
)
TEXT_FORMATS: tuple[TextFormat, ...] = (S3Access(), AccessLog(), Syslog())

_MICROSOFT, _GOOGLE = ("azure-app",), ("gcp-api-key", "gcp-key", "google-oauth")
KEPT_BY: dict[str, tuple[str, ...]] = {  # format: the providers whose own log it is
    "aws-cloudtrail": ("aws",), "aws-s3-access": ("aws",), "github-audit": ("github", "github-keys"), "gcp-audit": _GOOGLE,
    "entra-signin": _MICROSOFT, "entra-audit": _MICROSOFT, "microsoft-graph": _MICROSOFT, "azure-activity": _MICROSOFT,
    "gitlab": ("gitlab",), "gitlab-audit": ("gitlab",), "okta-system": ("okta",), "vault-audit": ("vault",),
    "slack-audit": ("slack",), "slack-access": ("slack",), "cloudflare-audit-1": ("cloudflare",), "cloudflare-audit-2": ("cloudflare",),
    "sshd": ("ssh_key",), "sshd-journald": ("ssh_key",),
}  # fmt: skip


def kept_by(provider: str, formats: Iterable[str]) -> bool:
    """Whether one of these formats is that of a provider's own log, so that a use which is not in it says something.

    A format that anybody writes (a web server's, OCSF, ECS, Kubernetes) does not say whose log it is.
    """
    return any(provider in KEPT_BY.get(one, ()) for one in formats)
