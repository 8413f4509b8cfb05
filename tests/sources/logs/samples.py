"""One event of each kind of log, in the shape its documentation gives, of visibly fake content."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

HASH = base64.b64encode(hashlib.sha256(b"visibly-fake-token-12345").digest()).decode()
HMAC = "hmac-sha256:" + "ab" * 32
CHILD = "hmac-sha256:" + "cd" * 32
ACCESSOR = "hmac-sha256:" + "ef" * 32
SSH = "SHA256:" + "FAKE" * 10 + "abc"
CA = "SHA256:" + "CAKE" * 10 + "abc"
MD5 = ":".join(["fa"] * 16)
KEY_ID = "fa" * 20
ACCOUNT = "fake@fake-project.iam.gserviceaccount.com"
APP, PRINCIPAL, SECRET_ID = ("00000000-fake-4000-8000-00000000000" + str(n) for n in (1, 2, 3))
UTI = "FAKEutiFAKEutiFAKEuti"

CLOUDTRAIL: dict[str, Any] = {
    "eventVersion": "1.08",
    "userIdentity": {
        "type": "IAMUser", "principalId": "AIDAFAKE", "arn": "arn:aws:iam::000000000000:user/fake",
        "accountId": "000000000000", "accessKeyId": "AKIAFAKEFAKEFAKE0001", "userName": "fake",
    },
    "eventTime": "2026-03-01T12:00:00Z", "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
    "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.1", "userAgent": "[fake/1]", "readOnly": True, "eventID": "id-1",
    "requestParameters": {"roleArn": "arn:fake", "durationSeconds": 3600},
    "responseElements": {"credentials": {"accessKeyId": "ASIAFAKEFAKEFAKE0002", "expiration": "Mar 1, 2026, 1:00:00\u202fPM"}},
}  # fmt: skip

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

_GCP_NAME = f"//iam.googleapis.com/projects/fake-project/serviceAccounts/{ACCOUNT}/keys/{KEY_ID}"
GCP: dict[str, Any] = {
    "logName": "projects/fake-project/logs/cloudaudit.googleapis.com%2Factivity", "insertId": "ins-1",
    "timestamp": "2026-03-01T12:00:00.097601933Z", "receiveTimestamp": "2026-03-01T12:00:01Z", "severity": "NOTICE",
    "resource": {"type": "service_account", "labels": {"project_id": "fake-project"}},
    "protoPayload": {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": "iam.googleapis.com",
        "methodName": "google.iam.admin.v1.CreateServiceAccountKey", "resourceName": "projects/-/serviceAccounts/123",
        "authenticationInfo": {"principalEmail": ACCOUNT, "serviceAccountKeyName": _GCP_NAME},
        "requestMetadata": {"callerIp": "gce-internal-ip", "callerSuppliedUserAgent": "fake/1"},
        "response": {"name": f"projects/fake-project/serviceAccounts/{ACCOUNT}/keys/{'fb' * 20}",
            "valid_before_time": {"seconds": 253402300799}},
        "status": {},
    },
}  # fmt: skip
GCP_IMPERSONATES: dict[str, Any] = {
    "logName": "projects/fake-project/logs/cloudaudit.googleapis.com%2Fdata_access", "insertId": "ins-2",
    "timestamp": "2026-03-01T12:00:00Z",
    "resource": {"type": "service_account", "labels": {"email_id": "admin@fake-project.iam.gserviceaccount.com"}},
    "protoPayload": {
        "authenticationInfo": {"principalEmail": ACCOUNT, "serviceAccountKeyName": _GCP_NAME},
            "methodName": "GenerateAccessToken",
        "request": {"name": "projects/-/serviceAccounts/admin@fake-project.iam.gserviceaccount.com", "lifetime": "3600s"},
        "authorizationInfo": [{"granted": True, "permission": "iam.serviceAccounts.getAccessToken",
            "permissionType": "ADMIN_READ"}],
        "requestMetadata": {"callerIp": "192.0.2.1"}, "serviceName": "iamcredentials.googleapis.com", "status": {},
    },
}  # fmt: skip
GCP_IMPERSONATED: dict[str, Any] = {
    "logName": "projects/fake-project/logs/cloudaudit.googleapis.com%2Factivity", "insertId": "ins-3",
    "timestamp": "2026-03-01T12:01:00Z", "resource": {"type": "pubsub_topic"},
    "protoPayload": {
        "authenticationInfo": {
            "principalEmail": "admin@fake-project.iam.gserviceaccount.com",
            "serviceAccountDelegationInfo": [{"firstPartyPrincipal": {"principalEmail": ACCOUNT}}],
        },
        "methodName": "google.pubsub.v1.Publisher.CreateTopic", "resourceName": "projects/fake-project/topics/t",
        "status": {"code": 7, "message": "PERMISSION_DENIED"}, "requestMetadata": {"callerIp": "private"},
    },
}  # fmt: skip

SIGN_IN: dict[str, Any] = {
    "time": "2026-03-01T12:00:00.3518405Z", "resourceId": "/tenants/t/providers/Microsoft.aadiam",
        "operationName": "Sign-in activity",
    "category": "ServicePrincipalSignInLogs", "tenantId": "t", "resultType": "0", "resultSignature": "None",
    "callerIpAddress": "192.0.2.1", "correlationId": "c", "location": "NL",
    "properties": {
        "id": "sign-1", "createdDateTime": "2026-03-01T12:00:00.3518405+00:00", "userId": None, "appId": APP,
            "ipAddress": "192.0.2.1",
        "status": {"errorCode": 0}, "location": {"countryOrRegion": "NL"}, "resourceDisplayName": "Microsoft Graph",
        "servicePrincipalName": "fake-app", "servicePrincipalId": PRINCIPAL, "servicePrincipalCredentialKeyId": SECRET_ID,
        "uniqueTokenIdentifier": UTI,
    },
}  # fmt: skip
SIGN_IN_TABLE: dict[str, Any] = {
    "TimeGenerated": "2026-03-01T12:00:00.3518405Z", "Type": "AADServicePrincipalSignInLogs", "Id": "sign-2", "AppId": APP,
    "IPAddress": "192.0.2.1", "ResultType": "7000215", "ResultDescription": "Invalid client secret is provided.",
    "ServicePrincipalId": PRINCIPAL, "ServicePrincipalName": "fake-app", "ServicePrincipalCredentialKeyId": "",
    "ServicePrincipalCredentialThumbprint": "", "UniqueTokenIdentifier": UTI, "Location": "NL",
    "LocationDetails": '{"countryOrRegion":"NL"}', "ResourceDisplayName": "Microsoft Graph",
}  # fmt: skip
USER_SIGN_IN: dict[str, Any] = {
    "TimeGenerated": "2026-03-01T12:00:00Z", "Type": "SigninLogs", "Id": "sign-3", "AppId": "app-of-the-browser",
        "UserPrincipalName": "u@example.com",
    "ResultType": "0", "UniqueTokenIdentifier": UTI, "IPAddress": "192.0.2.1", "OperationName": "Sign-in activity",
}  # fmt: skip
GRAPH: dict[str, Any] = {
    "Level": 4, "callerIpAddress": "192.0.2.1", "category": "MicrosoftGraphActivityLogs",
        "operationName": "Microsoft Graph Activity",
    "properties": {
        "apiVersion": "v1.0", "appId": APP, "clientAuthMethod": "1", "ipAddress": "192.0.2.1", "requestId": "graph-1",
            "requestMethod": "POST",
        "requestUri": "https://graph.microsoft.com/v1.0/users/x/messages?$top=1", "responseStatusCode": 201,
            "servicePrincipalId": PRINCIPAL,
        "signInActivityId": UTI, "timeGenerated": "2026-03-01T12:00:05.6442361Z", "userAgent": "python-requests/2",
            "userId": None,
    },
    "resourceId": "/TENANTS/T/PROVIDERS/MICROSOFT.AADIAM", "resultSignature": "200", "time": "2026-03-01T12:00:05.6442361Z",
}  # fmt: skip
AZURE_ACTIVITY: dict[str, Any] = {
    "time": "2026-03-01T12:00:00.1405614Z", "resourceId": "/SUBSCRIPTIONS/S/X", "category": "Administrative",
        "level": "Information",
    "operationName": "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE", "resultType": "Success",
        "resultSignature": "Succeeded.Created",
    "callerIpAddress": "192.0.2.1", "correlationId": "c", "location": "global",
    "identity": {"authorization": {"action": "x"}, "claims": {"appid": APP, "uti": UTI, "idtyp": "app", "ipaddr": "192.0.2.1"}},
}  # fmt: skip
AZURE_ACTIVITY_TABLE: dict[str, Any] = {
    "TimeGenerated": "2026-03-01T12:00:00Z", "Type": "AzureActivity", "OperationNameValue": "MICROSOFT.KEYVAULT/VAULTS/READ",
    "ActivityStatusValue": "Failure", "ActivitySubstatusValue": "Forbidden", "Caller": PRINCIPAL,
        "CallerIpAddress": "192.0.2.1",
    "Claims": json.dumps({"appid": APP, "uti": UTI}), "EventDataId": "data-1", "_ResourceId": "/subscriptions/s/x",
}  # fmt: skip
ENTRA_AUDIT: dict[str, Any] = {
    "id": "audit-1", "category": "ApplicationManagement", "result": "success",
        "activityDisplayName": "Add service principal credentials",
    "activityDateTime": "2026-03-01T12:00:00Z", "loggedByService": "Core Directory",
    "initiatedBy": {"user": None, "app": {"appId": APP, "displayName": "fake-app", "servicePrincipalId": PRINCIPAL}},
    "targetResources": [{"id": "x", "displayName": "Payroll", "type": "ServicePrincipal", "modifiedProperties": [
        {"displayName": "KeyDescription",
         "oldValue": '["[KeyIdentifier=00000000-0000-4000-8000-00000000000a,KeyType=Password,KeyUsage=Verify,DisplayName=old]"]',
         "newValue": '["[KeyIdentifier=00000000-0000-4000-8000-00000000000a,KeyType=Password,KeyUsage=Verify,DisplayName=old]",'
                     '"[KeyIdentifier=00000000-0000-4000-8000-00000000000b,KeyType=Password,KeyUsage=Verify,DisplayName=new]"]'}]}],
    "additionalDetails": [{"key": "User-Agent", "value": "python-requests/2"}],
}  # fmt: skip

KUBERNETES: dict[str, Any] = {
    "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": "audit-1", "stage": "ResponseComplete",
    "requestURI": "/api/v1/namespaces/fake/serviceaccounts/sa/token", "verb": "create",
    "user": {"username": "system:serviceaccount:fake:sa", "uid": "u", "groups": ["system:authenticated"],
             "extra": {"authentication.kubernetes.io/credential-id": ["JTI=fake-jti-1"]}},
    "sourceIPs": ["203.0.113.9", "192.0.2.1"], "userAgent": "kubectl/v1.31",
    "objectRef": {"resource": "serviceaccounts", "namespace": "fake", "name": "sa", "apiVersion": "v1", "subresource": "token"},
    "responseStatus": {"metadata": {}, "code": 201}, "requestReceivedTimestamp": "2026-03-01T12:00:00.643609Z",
    "responseObject": {"status": {"expirationTimestamp": "2026-03-01T13:00:00Z"}},
    "stageTimestamp": "2026-03-01T12:00:00.647762Z",
    "annotations": {"authorization.k8s.io/decision": "allow",
        "authentication.kubernetes.io/issued-credential-id": "JTI=fake-jti-2"},
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

OCSF: dict[str, Any] = {
    "class_uid": 6003, "category_uid": 6, "activity_id": 1, "activity_name": "Create", "time": 1_772_366_400_000,
        "status": "Success", "status_id": 1,
    "metadata": {"uid": "ocsf-1", "version": "1.1.0", "product": {"name": "CloudTrail"}},
    "actor": {"user": {"type": "IAMUser", "uid": "arn:fake", "credential_uid": "AKIAFAKEFAKEFAKE0001"},
        "session": {"uid": "s"}},
    "api": {"operation": "CreateAccessKey", "service": {"name": "iam.amazonaws.com"},
            "response": {"data": '{"accessKey": {"accessKeyId": "AKIAFAKEFAKEFAKE0003"}}'}},
    "src_endpoint": {"ip": "192.0.2.1"}, "http_request": {"user_agent": "fake/1"}, "cloud": {"region": "us-east-1",
        "provider": "AWS"},
}  # fmt: skip
OCSF_LOGIN: dict[str, Any] = {
    "class_uid": 3002, "time": 1_772_366_400_000, "status": "Failure", "status_id": 2, "activity_name": "Logon",
        "metadata": {"uid": "ocsf-2"},
    "user": {"name": "fake", "credential_uid": "AKIAFAKEFAKEFAKE0001"}, "src_endpoint": {"ip": "192.0.2.1"},
}  # fmt: skip

ECS: dict[str, Any] = {
    "@timestamp": "2026-03-01T12:00:00.000Z", "ecs": {"version": "8.11.0"},
    "event": {"action": "AssumeRole", "provider": "sts.amazonaws.com", "outcome": "success", "id": "ecs-1", "type": ["info"]},
    "aws": {"cloudtrail": {"user_identity": {"access_key_id": "AKIAFAKEFAKEFAKE0001", "arn": "arn:fake"}, "read_only": True,
                           "flattened": {"response_elements": {"credentials": {"accessKeyId": "ASIAFAKEFAKEFAKE0002"}}}}},
    "source": {"ip": "192.0.2.1"}, "user_agent": {"original": "fake/1"}, "cloud": {"region": "us-east-1"},
}  # fmt: skip
ECS_DOTTED: dict[str, Any] = {
    "@timestamp": ["2026-03-01T12:00:00.000Z"], "ecs.version": ["8.11.0"], "event.action": ["git.clone"],
        "event.outcome": "failure",
    "error.code": "403", "github.hashed_token": [HASH], "source.ip": ["192.0.2.1"], "event.type": ["access"],
        "user.name": "fake",
}  # fmt: skip

JOURNALD: dict[str, Any] = {
    "__CURSOR": "s=fake", "__REALTIME_TIMESTAMP": "1772366400250000", "_HOSTNAME": "host",
        "SYSLOG_IDENTIFIER": "sshd-session", "_PID": "9",
    "MESSAGE": f"Accepted publickey for fake from 192.0.2.1 port 4000 ssh2: ED25519 {SSH}",
}  # fmt: skip
WEB_JSON: dict[str, Any] = {
    "time_iso8601": "2026-03-01T13:00:00+01:00", "remote_addr": "192.0.2.1", "remote_user": "", "status": "200",
        "http_referer": "",
    "request": "GET /hook?token=visibly%2Dfake-token-12345 HTTP/1.1", "http_user_agent": "curl/8", "server_name": "example.com",
}  # fmt: skip
CADDY: dict[str, Any] = {
    "level": "info", "ts": 1772366400.25, "logger": "http.log.access", "msg": "handled request", "status": 401,
    "request": {"remote_ip": "192.0.2.1", "method": "GET", "host": "example.com",
        "uri": "/x?access_token=visibly-fake-token-12345"},
}  # fmt: skip

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

_SAID = f"Accepted publickey for fake from 192.0.2.1 port 4000 ssh2: RSA {SSH}"
TEXT_SAMPLES: dict[str, tuple[str, str]] = {
    "syslog": ("sshd", f"Mar  1 12:00:00 host sshd[123]: {_SAID}"),
    "syslog with priority": ("sshd", f"<86>Mar 11 12:00:00 host sshd[123]: {_SAID}"),
    "syslog, ISO": ("sshd", f"2026-03-01T13:00:00.123456+01:00 host sshd[123]: {_SAID}"),
    "syslog, RFC 5424": ("sshd", f'<86>1 2026-03-01T12:00:00.123Z host sshd 123 - [a@1 b="c\\]"] {_SAID}'),
    "syslog, old fingerprint": (
        "sshd",
        f"Mar  1 12:00:00 host sshd[1]: Accepted publickey for fake from 192.0.2.1 port 4 ssh2: RSA {MD5}",
    ),
    "syslog, certificate": (
        "sshd",
        "Mar  1 12:00:00 host sshd-session[123]: Accepted publickey for fake from 192.0.2.1 port 4000 ssh2: "
        f"ED25519-CERT {SSH} ID fake laptop (serial 7) CA ED25519 {CA}",
    ),
    "syslog, repeated": (
        "sshd",
        "Mar  1 12:00:00 host sshd[123]: message repeated 5 times: [ Failed password for invalid user x from 192.0.2.1 port 4 ssh2]",
    ),
    "syslog, another program": (
        "sshd",
        "Mar  1 12:00:00 host CRON[1]: pam_unix(cron:session): session opened for user root",
    ),
    "combined": (
        "web-access",
        '192.0.2.1 - - [01/Mar/2026:13:00:00 +0100] "GET /hook?token=visibly%2Dfake-token-12345 HTTP/1.1" 200 12 "-" "curl/8"',
    ),
    "common": ("web-access", '192.0.2.1 - fake [01/Mar/2026:12:00:00 +0000] "POST / HTTP/1.0" 404 -'),
    "virtual host": (
        "web-access",
        'example.com:443 2001:db8::1 - visibly-fake-token-12345 [01/Mar/2026:12:00:00 +0000] "GET /r.git HTTP/2.0" 401 9 '
        '"https://example.com/?key=another-fake-token" "git/2"',
    ),
    "cut short": ("web-access", '192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "GET /hook/visibly-fake-token-12345'),
    "S3": (
        "aws-s3-access",
        "ownerfake fake-bucket [01/Mar/2026:12:00:00 +0000] 192.0.2.1 arn:aws:iam::000000000000:user/fake REQ1 REST.GET.OBJECT a/b.txt "
        '"GET /fake-bucket/a/b.txt?X-Amz-Credential=AKIAFAKEFAKEFAKE0001%2F20260301%2Fus-east-1 HTTP/1.1" 403 AccessDenied 113 - 7 - '
        '"-" "fake/1" - hostid SigV4 ECDHE AuthHeader fake-bucket.s3.amazonaws.com TLSv1.2 - -',
    ),
}
