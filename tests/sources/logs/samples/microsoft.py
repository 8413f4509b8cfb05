"""Events of Entra, Microsoft Graph and Azure."""

from __future__ import annotations

import json
from typing import Any

from tests.sources.logs.samples.marks import APP, PRINCIPAL, SECRET_ID, UTI

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
