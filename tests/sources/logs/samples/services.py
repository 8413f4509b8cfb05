"""Events of services on the net and of those a team runs itself: GitHub, GitLab, Vault, Okta, Slack, Cloudflare."""

from __future__ import annotations

from typing import Any

from tests.sources.logs.samples.marks import ACCESSOR, CHILD, HASH, HMAC

GITHUB: dict[str, Any] = {
    "@timestamp": 1_772_366_400_250, "_document_id": "doc-1", "action": "api.request", "actor": "fake", "actor_id": 1,
    "actor_location": {"country_code": "NL"}, "business": "fake", "created_at": 1_772_366_400_250, "hashed_token": HASH,
    "org": "fake-org", "request_method": "GET", "route": "/repos/{owner}/{repo}/pulls", "status_code": 200, "token_id": 555,
    "token_scopes": "repo", "user_agent": "curl/8", "programmatic_access_type": "Personal access token (classic)",
}  # fmt: skip

GITLAB_API: dict[str, Any] = {
    "time": "2026-03-01T12:00:00.231Z", "severity": "INFO", "duration_s": 0.3, "status": 200, "method": "GET",
    "path": "/api/v4/projects", "params": [{"key": "private_token", "value": "[FILTERED]"}], "host": "gitlab.example",
    "remote_ip": "192.0.2.1, 127.0.0.1", "ua": "curl/8", "route": "/api/:version/projects", "user_id": 1, "username": "fake",
    "token_type": "PersonalAccessToken", "token_id": 7, "correlation_id": "01FAKE",
        "meta.caller_id": "GET /api/:version/projects",
    "meta.remote_ip": "192.0.2.1", "meta.user": "fake", "meta.client_id": "user/1",
}  # fmt: skip
GITLAB_PRODUCTION: dict[str, Any] = {
    "method": "POST", "path": "/api/graphql", "format": "*/*", "controller": "GraphqlController", "action": "execute",
    "status": 200, "time": "2026-03-01T12:00:00.149Z", "params": [], "correlation_id": "01FAKE", "meta.user": "fake",
    "remote_ip": "192.0.2.1", "user_id": 1, "username": "fake", "ua": "fake/1", "token_type": "PersonalAccessToken",
        "token_id": 7,
}  # fmt: skip
GITLAB_GRAPHQL: dict[str, Any] = {
    "query_string": "query Fake { x }", "variables": {"a": 1}, "complexity": 181, "depth": 1, "duration_s": 7,
}  # fmt: skip
GITLAB_AUDIT: dict[str, Any] = {
    "severity": "INFO", "time": "2026-03-01T12:00:00.065Z", "correlation_id": "01FAKE", "meta.remote_ip": "192.0.2.1",
    "meta.user": "fake", "author_id": 1, "author_name": "Fake", "entity_id": 1, "entity_type": "User",
    "created_at": "2026-03-01T12:00:00.058+00:00", "custom_message": "Created personal access token with id 8",
    "target_id": 1, "target_type": "User", "target_details": "fake",
}  # fmt: skip
GITLAB_EVENT: dict[str, Any] = {
    "id": 5, "author_id": 1, "entity_id": 6, "entity_type": "Project", "created_at": "2026-03-01T12:00:00.720Z",
    "details": {"add": "deploy_key", "author_name": "Fake", "target_details": "fake key", "ip_address": "192.0.2.1",
        "entity_path": "fake/p"},
}  # fmt: skip

_VAULT_AUTH = {
    "client_token": HMAC,
    "accessor": ACCESSOR,
    "display_name": "fake",
    "policies": ["default"],
    "entity_id": "e",
    "token_ttl": 3600,
}
_VAULT_REQUEST = {
    "id": "req-1", "operation": "update", "mount_type": "token", "client_token": HMAC, "client_token_accessor": ACCESSOR,
    "namespace": {"id": "root"}, "path": "auth/token/create", "remote_address": "192.0.2.1", "remote_port": 4000,
}  # fmt: skip
VAULT_REQUEST: dict[str, Any] = {
    "time": "2026-03-01T12:00:00.356625452Z",
    "type": "request",
    "auth": _VAULT_AUTH,
    "request": _VAULT_REQUEST,
}
VAULT: dict[str, Any] = {
    "time": "2026-03-01T12:00:00.366625452Z", "type": "response", "auth": _VAULT_AUTH, "request": _VAULT_REQUEST,
    "response": {"auth": {"client_token": CHILD, "accessor": "hmac-sha256:" + "01" * 32, "token_ttl": 1800,
                          "token_issue_time": "2026-03-01T12:00:00Z"}},
}  # fmt: skip
VAULT_DENIED: dict[str, Any] = {
    "time": "2026-03-01T12:00:00.67Z", "type": "response", "auth": {"token_type": "default"},
    "request": {"id": "req-2", "operation": "read", "client_token": HMAC, "path": "secret/data/x",
        "remote_address": "192.0.2.1"},
    "error": "1 error occurred:\n\t* permission denied\n\n",
}  # fmt: skip
VAULT_LOGIN: dict[str, Any] = {
    "time": "2026-03-01T12:00:00.67Z", "type": "response", "auth": {"client_token": HMAC, "accessor": ACCESSOR},
    "request": {"id": "req-3", "operation": "update", "path": "auth/userpass/login/fake", "remote_address": "192.0.2.1"},
    "response": {"auth": {"client_token": HMAC, "accessor": ACCESSOR}},
}  # fmt: skip

OKTA: dict[str, Any] = {
    "actor": {"alternateId": "fake@example.com", "displayName": "Fake", "id": "00uFAKE", "type": "User"},
    "authenticationContext": {"externalSessionId": "102FAKE", "credentialType": None},
    "client": {"ipAddress": "192.0.2.1", "userAgent": {"rawUserAgent": "fake/1"},
        "geographicalContext": {"country": "Netherlands"}},
    "debugContext": {"debugData": {"requestUri": "/api/v1/api-tokens"}}, "displayMessage": "Create API token",
    "eventType": "system.api_token.create", "outcome": {"result": "SUCCESS", "reason": None},
        "published": "2026-03-01T12:00:00.843Z",
    "target": [{"id": "00TFAKE2", "type": "Token", "alternateId": "unknown", "displayName": "new"}], "severity": "INFO",
    "transaction": {"type": "WEB", "id": "t", "detail": {"requestApiTokenId": "00TFAKE1"}}, "uuid": "okta-1", "version": "0",
}  # fmt: skip

SLACK: dict[str, Any] = {
    "id": "slack-1", "date_create": 1_772_366_400, "action": "file_downloaded",
    "actor": {"type": "user", "user": {"id": "W1FAKE", "name": "Fake", "email": "fake@example.com"}},
    "entity": {"type": "file", "file": {"id": "F1", "name": "plans.pdf"}},
    "context": {"ip_address": "192.0.2.1", "ua": "fake/1", "session_id": 913888259765, "location": {"type": "workspace",
        "domain": "fake"}},
}  # fmt: skip
SLACK_ACCESS: dict[str, Any] = {
    "user_id": "U1FAKE", "username": "fake", "date_first": 1_772_366_400, "date_last": 1_772_370_000, "count": 12,
        "ip": "192.0.2.1",
    "user_agent": "fake/1", "isp": "Fake", "country": "NL", "region": None,
}  # fmt: skip

CLOUDFLARE_1: dict[str, Any] = {
    "action": {"result": True, "type": "token_create"}, "actor": {"email": "fake@example.com", "id": "a", "ip": "192.0.2.1",
        "type": "user"},
    "id": "cf-1", "interface": "", "metadata": {"token_name": "t", "token_tag": "fa" * 16}, "owner": {"id": "a"},
    "resource": {"id": "a", "type": "account"}, "when": "2026-03-01T12:00:00Z",
}  # fmt: skip
CLOUDFLARE_1_PUSH: dict[str, Any] = {
    "ActionResult": True, "ActionType": "rec_del", "ActorEmail": "fake@example.com", "ActorID": "a", "ActorIP": "192.0.2.1",
        "ID": "cf-2",
    "Interface": "API", "Metadata": {"zone_name": "example.com"}, "ResourceID": "r", "ResourceType": "DNS_record",
        "When": "1772366400000000000",
}  # fmt: skip
CLOUDFLARE_2: dict[str, Any] = {
    "id": "cf-3", "account": {"id": "acc", "name": "Fake"},
    "action": {"description": "Create token", "result": "success", "time": "2026-03-01T12:00:00Z", "type": "create"},
    "actor": {"id": "a", "context": "api_token", "email": "fake@example.com", "ip_address": "192.0.2.1",
        "token_id": "fb" * 16, "token_name": "ci", "type": "user"},
    "raw": {"cf_ray_id": "x", "method": "POST", "status_code": 200, "uri": "/user/tokens", "user_agent": "curl/8"},
    "resource": {"id": "fc" * 16, "product": "tokens", "type": "api_token"},
}  # fmt: skip
CLOUDFLARE_2_PUSH: dict[str, Any] = {
    "AccountID": "acc", "ActionDescription": "", "ActionResult": "failure", "ActionTimestamp": 1_772_366_400_000_000_000,
        "ActionType": "delete",
    "ActorContext": "api_token", "ActorEmail": "fake@example.com", "ActorIPAddress": "192.0.2.1",
    "ActorTokenDetails": {"token_id": "fb" * 16, "token_name": "ci"}, "AuditLogID": "cf-4",
    "Raw": {"method": "DELETE", "status_code": 403, "user_agent": "curl/8"}, "ResourceType": "dns_record",
        "ZoneName": "example.com",
}  # fmt: skip
