"""What an IAM policy allows, as far as its text tells. Pure.

Statements are matched as AWS evaluates them within one account: an explicit Deny wins over any Allow, nothing said is no.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html . Conditions are not evaluated:
what depends on one is "perhaps". Boundaries, resource policies and service control policies are other documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from irkit.errors import BadInput
from irkit.exposure.usage.policy_files import written


@dataclass(frozen=True)
class Statement:
    """One statement: patterns of actions it is about (`not_actions` when it is about all others), of which resources."""

    allow: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ("*",)
    not_resources: tuple[str, ...] = ()
    conditional: bool = False
    name: str = ""
    condition: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def is_about(self, action: str) -> bool:
        if self.not_actions:
            return not any(_matches(pattern, action) for pattern in self.not_actions)
        return any(_matches(pattern, action) for pattern in self.actions)

    @property
    def everywhere(self) -> bool:
        return self.resources == ("*",) and not self.not_resources

    def words(self, action: str) -> str:
        """The part of it that is about an action, as the policy writes it."""
        patterns = (pattern for pattern in self.actions if _matches(pattern, action))
        about = f"all but {', '.join(self.not_actions)}" if self.not_actions else ", ".join(patterns)
        where = f"all but {', '.join(self.not_resources)}" if self.not_resources else ", ".join(self.resources)
        return f"{about} on {where}" + (" under a condition" if self.conditional else "")


@dataclass(frozen=True)
class Reach:
    """Whether something can be reached: True, False, or None for "perhaps", and through what."""

    yes: bool | None
    through: str = ""


def reach(statements: Iterable[Statement], action: str) -> Reach:
    """Whether an action (`s3:GetObject`) is allowed on anything at all."""
    allowed: list[Statement] = []
    denied: list[Statement] = []
    for one in statements:
        if one.is_about(action):
            (allowed if one.allow else denied).append(one)
    hard = next((one for one in denied if one.everywhere and not one.conditional), None)
    if hard:
        return Reach(False, f"denied: {hard.words(action)}")
    if not allowed:
        return Reach(False, "no statement allows it")
    through = "; ".join(dict.fromkeys(one.words(action) for one in allowed))
    if denied:
        return Reach(None, f"{through}; denied in part: {denied[0].words(action)}")
    return Reach(None if all(one.conditional for one in allowed) else True, through)


def statements_of(plain: Any, *, on: object = "", user: str = "") -> tuple[Statement, ...]:
    """Every statement in a policy document, a list of them, or what `aws iam` prints around them (`get-policy-version`,
    `get-user-policy`, `get-account-authorization-details`: of that `user` alone, or of the only one).

    BadInput when there is none, and for one that is not understood: what it says must not be missing in silence.
    """
    found = tuple(_statement(one, on) for one in written(plain, on=on, user=user))
    if not found:
        raise BadInput(
            "no policy statement is in this file", on=on, do="give an IAM policy as JSON, with its Statement"
        )
    return found


def _statement(plain: Mapping[str, Any], on: object) -> Statement:
    condition = plain.get("Condition") or {}
    actions, not_actions = _strings(plain.get("Action")), _strings(plain.get("NotAction"))
    resources, not_resources = _strings(plain.get("Resource")), _strings(plain.get("NotResource"))
    faults = {
        "its Effect is neither Allow nor Deny": plain["Effect"] not in ("Allow", "Deny"),
        "its Condition is no mapping": not isinstance(condition, Mapping),
        "it needs either Action or NotAction": bool(actions) == bool(not_actions),
        "it needs either Resource or NotResource": bool(resources) == bool(not_resources),
        "what it is about is no text": not all(map(_is_text, map(plain.get, _ABOUT))),
        "it names a Principal, as a resource's policy or a role's trust does": not _OF_RESOURCES.isdisjoint(plain),
    }
    if why := next((why for why, wrong in faults.items() if wrong), ""):
        name = f" ({plain['Sid']})" if plain.get("Sid") else ""
        raise BadInput(
            f"a policy statement{name} is not understood", on=on, why=why, do="give the policies of the credential itself, as IAM has them"
        )  # fmt: skip
    return Statement(
        plain["Effect"] == "Allow",
        actions,
        not_actions,
        resources,
        not_resources,
        bool(condition),
        str(plain.get("Sid", "")),
        condition,
    )


_ABOUT = ("Action", "NotAction", "Resource", "NotResource")


def _is_text(value: Any) -> bool:
    """Or a list of texts, or not there. A template (`{"Ref": ...}`) is none."""
    return (
        value is None
        or isinstance(value, str)
        or (isinstance(value, list) and all(isinstance(one, str) for one in value))
    )


_OF_RESOURCES = frozenset({"Principal", "NotPrincipal"})


def _strings(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value) if isinstance(value, list) else ()


def covers(pattern: str, resource: str) -> bool:
    """Whether a pattern of resources fits an ARN; case does matter there. A variable (`${aws:username}`) fits any text."""
    return _form(pattern).fullmatch(resource) is not None


@lru_cache(maxsize=4096)
def _form(pattern: str) -> re.Pattern[str]:
    known = {ANY: ".*", ONE: ".", VARIABLE: ".*"}
    return re.compile("".join(known.get(part) or re.escape(part) for part in parts_of(pattern)), re.DOTALL)


ANY, ONE, VARIABLE = "any run", "any one", "what a variable holds"
_PARTS = re.compile(r"\$\{([*?$])\}|(\$\{[^}]*\})|(.)", re.DOTALL)


def parts_of(pattern: str) -> tuple[str, ...]:
    """The letters of a pattern of resources, and what stands for others. `${*}`, `${?}` and `${$}` are those letters.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    wild = {"*": ANY, "?": ONE}
    return tuple(
        found[1] or (VARIABLE if found[2] else wild.get(found[3], found[3])) for found in _PARTS.finditer(pattern)
    )


def has_variable(pattern: str) -> bool:
    return VARIABLE in parts_of(pattern)


def _matches(pattern: str, action: str) -> bool:
    return _compiled(pattern).fullmatch(action) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """IAM's wildcards: `*` any run, `?` any one; case does not matter in actions."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


_SERVICES = {
    "monitoring": "cloudwatch",
    "email": "ses",
    "elasticloadbalancing": "elasticloadbalancing",
    "cognito-idp": "cognito-idp",
}
_NAMES = {
    "s3:ListBuckets": "s3:ListAllMyBuckets", "s3:ListObjects": "s3:ListBucket", "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket", "s3:HeadObject": "s3:GetObject", "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycle": "s3:GetLifecycleConfiguration", "s3:PutBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration", "s3:CopyObject": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject", "s3:CreateMultipartUpload": "s3:PutObject", "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:UploadPartCopy": "s3:PutObject", "s3:SelectObjectContent": "s3:GetObject", "s3:PostObject": "s3:PutObject",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration", "s3:PutBucketReplication": "s3:PutReplicationConfiguration",
    "s3:DeleteBucketReplication": "s3:PutReplicationConfiguration", "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration", "s3:DeleteBucketCors": "s3:PutBucketCORS",
    "s3:DeleteBucketTagging": "s3:PutBucketTagging", "s3:DeleteBucketPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock", "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:PutBucketAccelerateConfiguration": "s3:PutAccelerateConfiguration",
    "s3:DeleteObjects": "s3:DeleteObject", "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads", "s3:ListParts": "s3:ListMultipartUploadParts",
    "lambda:Invoke": "lambda:InvokeFunction", "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
}  # fmt: skip
_FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})


def iam_action(counted: str) -> str:
    """The IAM action of an event's `source:name`: `lambda.amazonaws.com:CreateFunction20150331` is `lambda:CreateFunction`.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    source, _, name = counted.partition(":")
    service = source.removesuffix(".amazonaws.com")
    plain = f"{_SERVICES.get(service, service)}:{re.sub(r'20[0-9]{2}_?[0-9]{2}_?[0-9]{2}(v[0-9]+)?$', '', name)}"
    return _NAMES.get(plain, plain)


def needs_no_permission(action: str) -> bool:
    """What any key may do. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    return action in _FREE
