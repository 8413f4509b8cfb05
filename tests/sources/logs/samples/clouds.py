"""Events of AWS, Google Cloud and Kubernetes."""

from __future__ import annotations

from typing import Any

from tests.sources.logs.samples.marks import ACCOUNT, KEY_ID

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
