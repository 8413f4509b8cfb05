"""AWS CloudTrail. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

The key that acted is `userIdentity.accessKeyId`. A secret key is never in the log. `eventTime` is UTC at one second;
events arrive unordered and may be delivered twice with one `eventID`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from irkit.model import MatchKind, UsageEvent
from irkit.sources.logs.interface import ACCESS_KEY, SESSION, Event, Where, text, time

# What an event brought into being: kind, and where its id stands, in the order of looking.
_BEGETS: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "AssumeRole": (SESSION, (("responseElements", "credentials", "accessKeyId"),)),
    "AssumeRoleWithSAML": (SESSION, (("responseElements", "credentials", "accessKeyId"),)),
    "AssumeRoleWithWebIdentity": (SESSION, (("responseElements", "credentials", "accessKeyId"),)),
    "AssumeRoot": (SESSION, (("responseElements", "credentials", "accessKeyId"),)),
    "GetSessionToken": (SESSION, (("responseElements", "credentials", "accessKeyId"),)),
    "GetFederationToken": (SESSION, (("responseElements", "credentials", "accessKeyId"),)),
    "CreateAccessKey": (ACCESS_KEY, (("responseElements", "accessKey", "accessKeyId"),)),
    "CreateUser": ("user", (("responseElements", "user", "userName"), ("requestParameters", "userName"))),
    "CreateRole": ("role", (("responseElements", "role", "roleName"), ("requestParameters", "roleName"))),
    "CreateLoginProfile": ("login-profile", (("requestParameters", "userName"),)),
    "CreateServiceSpecificCredential": (
        "service-specific-credential",
        (("responseElements", "serviceSpecificCredential", "serviceSpecificCredentialId"),),
    ),
    "UploadSSHPublicKey": ("ssh-key", (("responseElements", "sSHPublicKey", "sSHPublicKeyId"),)),
    "CreateKeyPair": ("key-pair", (("requestParameters", "keyName"),)),
    "ImportKeyPair": ("key-pair", (("requestParameters", "keyName"),)),
    "CreateSAMLProvider": ("saml-provider", (("responseElements", "sAMLProviderArn"),)),
    "CreateOpenIDConnectProvider": ("oidc-provider", (("responseElements", "openIDConnectProviderArn"),)),
    "CreateTrustAnchor": ("trust-anchor", (("responseElements", "trustAnchor", "trustAnchorArn"),)),
    "CreateFunction20150331": ("function", (("responseElements", "functionName"),)),
}

# What an event took out of being or out of use: kind, and where its id stands.
_ENDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "DeleteAccessKey": (ACCESS_KEY, ("requestParameters", "accessKeyId")),
    "DeleteUser": ("user", ("requestParameters", "userName")),
    "DeleteRole": ("role", ("requestParameters", "roleName")),
    "DeleteLoginProfile": ("login-profile", ("requestParameters", "userName")),
    "DeleteServiceSpecificCredential": (
        "service-specific-credential",
        ("requestParameters", "serviceSpecificCredentialId"),
    ),
    "DeleteSSHPublicKey": ("ssh-key", ("requestParameters", "sSHPublicKeyId")),
    "DeleteKeyPair": ("key-pair", ("requestParameters", "keyName")),
    "DeleteSAMLProvider": ("saml-provider", ("requestParameters", "sAMLProviderArn")),
    "DeleteOpenIDConnectProvider": ("oidc-provider", ("requestParameters", "openIDConnectProviderArn")),
    "DeleteTrustAnchor": ("trust-anchor", ("responseElements", "trustAnchor", "trustAnchorArn")),
    "DeleteFunction20150331": ("function", ("requestParameters", "functionName")),
}

_DENIED = ("AccessDenied", "UnauthorizedOperation", "Unauthorized", "NotAuthorized", "Forbidden", "InvalidClientTokenId",
           "SignatureDoesNotMatch", "ExpiredToken", "AuthFailure", "UnrecognizedClient")  # fmt: skip

_TARGETS = (
    "bucketName",
    "userName",
    "roleName",
    "roleArn",
    "secretId",
    "functionName",
    "name",
    "keyId",
    "policyArn",
    "instanceId",
)


class CloudTrail:
    name = "aws-cloudtrail"

    def recognise(self, event: Event) -> bool:
        return "eventName" in event and "eventSource" in event and "eventTime" in event

    def read(self, event: Event, where: Where) -> UsageEvent:
        error = text(event, "errorCode")
        read_only = event.get("readOnly")
        return UsageEvent(
            source=self.name,
            event_id=text(event, "eventID"),
            at=time(event.get("eventTime")),
            key=text(event, "userIdentity", "accessKeyId"),
            match=MatchKind.MENTION_ONLY,
            action=text(event, "eventName"),
            service=text(event, "eventSource"),
            principal=text(event, "userIdentity", "arn") or text(event, "userIdentity", "principalId"),
            address=text(event, "sourceIPAddress"),
            agent=text(event, "userAgent"),
            region=text(event, "awsRegion"),
            outcome=_outcome(event, error),
            error=error,
            writes=None if read_only is None else str(read_only).lower() == "false",
            target=_target(event),
            begot=() if error else _begot(event),
            begot_until=None if error else _until(event),
            ended=() if error else _ended(event),
            file=where.file,
            line=where.line,
            time_text=text(event, "eventTime"),
        )


def _outcome(event: Event, error: str) -> str:
    if any(sign in error for sign in _DENIED):
        return "denied"
    if error or text(event, "errorMessage") or text(event, "responseElements", "ConsoleLogin") == "Failure":
        return "failed"
    return "ok"


def _target(event: Event) -> str:
    resources = event.get("resources")
    if isinstance(resources, list) and resources and (arn := text(resources[0], "ARN")):
        return arn
    return next((value for name in _TARGETS if (value := text(event, "requestParameters", name))), "")


def _begot(event: Event) -> tuple[str, ...]:
    name = text(event, "eventName")
    if name == "RunInstances":
        return tuple(f"instance:{one}" for one in _instances(event))
    kind, paths = _BEGETS.get(name, ("", ()))
    found = next((value for path in paths if (value := text(event, *path))), "")
    return (f"{kind}:{found}",) if found else ()


def _until(event: Event) -> datetime | None:
    """When a session ends: the answer's `expiration`, in words of a US locale and UTC, or ISO 8601."""
    said = text(event, "responseElements", "credentials", "expiration")
    for form in ("%b %d, %Y, %I:%M:%S %p", "%b %d, %Y %I:%M:%S %p"):
        try:
            return datetime.strptime(said.replace("\u202f", " "), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return time(said) if said else None


def _ended(event: Event) -> tuple[str, ...]:
    name = text(event, "eventName")
    if name == "TerminateInstances":
        return tuple(f"instance:{one}" for one in _instances(event))
    if name == "UpdateAccessKey" and text(event, "requestParameters", "status") == "Inactive":
        return (f"{ACCESS_KEY}:{text(event, 'requestParameters', 'accessKeyId')}",)
    kind, path = _ENDS.get(name, ("", ()))
    found = text(event, *path) if kind else ""
    return (f"{kind}:{found}",) if found else ()


def _instances(event: Event) -> list[str]:
    items: Any = event
    for name in ("responseElements", "instancesSet", "items"):
        items = items.get(name) if isinstance(items, dict) else None
    return [one for item in items if (one := text(item, "instanceId"))] if isinstance(items, list) else []
