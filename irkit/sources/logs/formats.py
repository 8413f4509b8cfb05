"""The log formats, in the order they are tried; the content decides, never a file's name. A new one is a file and a line here."""

from __future__ import annotations

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
