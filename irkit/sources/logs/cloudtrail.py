"""AWS CloudTrail. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

The key that acted is `userIdentity.accessKeyId`; a secret key is never in the log. `eventTime` is UTC at one second;
events arrive unordered and may be delivered twice with one `eventID`. What a service does on somebody's behalf
(`invokedBy`) bears the caller's ARN and a key of the service's own: it is not a use of the caller's key.
`credentials.expiration` is a date in words, in UTC (checked on real logs against eventTime + durationSeconds).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from irkit.model import UsageEvent
from irkit.sources.logs.interface import ACCESS_KEY, SESSION, Event, Where, text, time
from irkit.sources.logs.rows import MONTHS, first, items, key_of, made, row

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
    "CreateApiKey": ("api-key", (("responseElements", "id"), ("responseElements", "apiKey", "id"))),
    "CreateInstanceProfile": ("instance-profile", (("requestParameters", "instanceProfileName"),)),
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
    "DeleteApiKey": ("api-key", ("requestParameters", "apiKey")),
    "DeleteInstanceProfile": ("instance-profile", ("requestParameters", "instanceProfileName")),
}

_OF_THE_CALLER = ("GetSessionToken", "GetFederationToken")  # sessions of whoever asks for them, under whatever name

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
        return all(isinstance(event.get(name), str) for name in ("eventName", "eventSource")) and "eventTime" in event

    def read(self, event: Event, where: Where) -> UsageEvent:
        error = text(event, "errorCode")
        read_only = event.get("readOnly")
        identity = event.get("userIdentity")
        has_place = isinstance(identity, Mapping) and "accessKeyId" in identity
        key, flags = key_of(text(identity, "accessKeyId"), has_place)
        return row(
            self.name,
            where,
            event_id=text(event, "eventID"),
            said=event.get("eventTime"),
            key=key,
            flags=flags,
            also=(text(identity, "principalId"), text(identity, "sessionContext", "sourceIdentity")),
            action=text(event, "eventName"),
            service=text(event, "eventSource"),
            principal=first(identity, "arn", "principalId", "userName"),
            address=text(event, "sourceIPAddress"),
            agent=text(event, "userAgent"),
            region=text(event, "awsRegion"),
            outcome=_outcome(event, error),
            error=error,
            writes=None if read_only is None else str(read_only).lower() == "false",
            target=_target(event),
            begot=() if error else begot(event),
            begot_until=None if error else until(text(event, "responseElements", "credentials", "expiration")),
            ended=() if error else ended(event),
            revived=() if error else revived(event),
        )


def _outcome(event: Event, error: str) -> str:
    if refused(error):
        return "denied"
    if error or text(event, "errorMessage") or text(event, "responseElements", "ConsoleLogin") == "Failure":
        return "failed"
    return "ok"


def refused(error: str) -> bool:
    """Whether an AWS error code says that the caller may not; services spell it in many ways."""
    return any(sign in error for sign in _DENIED)


def _target(event: Event) -> str:
    if text(event, "eventName") in _OF_THE_CALLER:
        return text(event, "userIdentity", "arn")
    for resource in items(event, "resources")[:1]:
        if arn := text(resource, "ARN"):
            return arn
    # Whoever makes a key for itself names no user; the answer does.
    return first(
        event, *(("requestParameters", name) for name in _TARGETS), ("responseElements", "accessKey", "userName")
    )


def begot(event: Event) -> tuple[str, ...]:
    name = text(event, "eventName")
    if name == "RunInstances":
        return _instances(event)
    kind, paths = _BEGETS.get(name, ("", ()))
    return made(kind, first(event, *paths))


def ended(event: Event) -> tuple[str, ...]:
    name = text(event, "eventName")
    if name == "TerminateInstances":
        return _instances(event)
    if name == "UpdateAccessKey" and text(event, "requestParameters", "status") == "Inactive":
        return made(ACCESS_KEY, text(event, "requestParameters", "accessKeyId"))
    kind, path = _ENDS.get(name, ("", ()))
    return made(kind, text(event, *path)) if kind else ()


def revived(event: Event) -> tuple[str, ...]:
    if text(event, "eventName") == "UpdateAccessKey" and text(event, "requestParameters", "status") == "Active":
        return made(ACCESS_KEY, text(event, "requestParameters", "accessKeyId"))
    return ()


def _instances(event: Event) -> tuple[str, ...]:
    found = [text(one, "instanceId") for one in items(event, "responseElements", "instancesSet", "items")]
    return tuple(f"instance:{one}" for one in found if one)


_WORDS = re.compile(r"([A-Za-z]{3})[a-z]* (\d{1,2}), (\d{4}),? (\d{1,2}):(\d\d):(\d\d)\s?([AP]M)")


def until(said: str) -> datetime | None:
    """The end of a session: "Jul 10, 2023, 12:54:33 PM" (any kind of space, with or without the second comma), or ISO 8601."""
    words = _WORDS.fullmatch(re.sub(r"\s", " ", said.strip()))
    if words is None or words[1].lower() not in MONTHS:
        return time(said)
    hour = int(words[4]) % 12 + (12 if words[7] == "PM" else 0)
    month = MONTHS.index(words[1].lower()) + 1
    try:
        return datetime(int(words[3]), month, int(words[2]), hour, int(words[5]), int(words[6]), tzinfo=UTC)
    except ValueError:
        return None
