"""Which IAM actions one request takes, where it is not the one of its name: a version, an ACL, tags beside what is stored. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from irkit.model import UsageEvent

_OF_VERSIONS = {
    "s3:GetObject": "s3:GetObjectVersion", "s3:GetObjectAcl": "s3:GetObjectVersionAcl", "s3:PutObjectAcl": "s3:PutObjectVersionAcl",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging", "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
    "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging", "s3:DeleteObject": "s3:DeleteObjectVersion",
}  # fmt: skip
_WITH = {
    "s3:PutObject": {
        "x-amz-acl": "s3:PutObjectAcl", "x-amz-grant-": "s3:PutObjectAcl", "x-amz-tagging": "s3:PutObjectTagging",
        "x-amz-object-lock-mode": "s3:PutObjectRetention", "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold",
    },
    "sts:AssumeRole": {"tags": "sts:TagSession", "sourceIdentity": "sts:SetSourceIdentity"},
}  # fmt: skip
"""What a parameter of that beginning takes beside the action."""


def wants(action: str, event: UsageEvent, parameters: Mapping[str, Any]) -> Iterator[str]:
    """`action` is the one by the event's name."""
    if event.action == "UploadPart" or not parameters:
        yield action
        return
    yield _OF_VERSIONS.get(action, action) if parameters.get("versionId") else action
    more = {
        also
        for name in parameters
        for begin, also in _WITH.get(action, {}).items()
        if name.lower().startswith(begin.lower()) and parameters[name]
    }
    yield from sorted(more)
