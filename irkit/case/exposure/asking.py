"""What a provider says that a credential may do: AWS by the policies of the key's user, as the responder; GitHub by the token's own
scopes.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html and its neighbours, read-only all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from irkit.errors import BadInput, NotAvailable, StepFailed
from irkit.model import ApiToken, Credential, Resolver, SecretRef
from irkit.network import Door
from irkit.providers import PROVIDERS
from irkit.providers.aws_calls import error_of, iam, listed
from irkit.providers.interface import Setting, Target
from irkit.redact import Redactor

_PAGES = 20


def policies(credential: Credential, setting: Setting, resolve: Resolver) -> tuple[list[Any], tuple[str, ...]]:
    """The documents of all policies of the user whose key it is, and of the user's groups; and what is not among them, in words.

    `user` among the options counts where AWS does not say whose key it is. NotAvailable where the key has no user that the responder can
    see, BadInput where AWS names another, StepFailed when AWS does not answer.
    """
    asked = _Iam(Door(resolve, Redactor()), setting)
    key = credential.public_id if isinstance(credential, ApiToken) else ""
    user, unsaid = _user_of(asked, key, setting.options.get("user", ""))
    if not user:
        raise NotAvailable(
            "AWS does not say whose key this is", on=key, why=unsaid, do="name its user with --user, or give --policy FILE"
        )  # fmt: skip
    found = list(asked.of("User", {"UserName": user}))
    for group in asked.all("ListGroupsForUser", "Groups", UserName=user):
        found += asked.of("Group", {"GroupName": str(group.get("GroupName"))})
    notes = [f"asked of AWS: {len(found)} policies of the user {user}"]
    if unsaid:
        notes.append(f"that the key is the user {user}'s is not confirmed: {unsaid}")
    boundary = asked("GetUser", UserName=user).get("User", {}).get("PermissionsBoundary")
    if boundary:
        notes.append("a permissions boundary narrows it further, which is not evaluated")
    return found, tuple(notes)


def _user_of(asked: _Iam, key: str, named: str) -> tuple[str, str]:
    """The user, and why AWS did not say that it is; "" where it did."""
    try:
        said = str(asked("GetAccessKeyLastUsed", AccessKeyId=key).get("UserName") or "") if key else ""
    except (BadInput, StepFailed) as error:
        return named, str(error.why)
    if named and said and named != said:
        raise BadInput(
            "this key is another user's",
            on=key,
            why=f"AWS says {said}, and {named} was named",
            do=f"name {said}, or nobody",
        )
    return said or named, "" if said else "AWS names no user of this key"


class _Iam:
    def __init__(self, door: Door, setting: Setting) -> None:
        self._door, self._setting = door, setting

    def __call__(self, operation: str, **params: str) -> Mapping[str, Any]:
        reply = self._door.send(iam(self._setting, operation, params))
        document = reply.json()
        if reply.status != 200 or not isinstance(document, dict):
            code, message = error_of(reply)
            why = reply.nothing_came or f"{reply.status} {code} {message}".strip()
            raise StepFailed("AWS does not say what the key may do", on=operation, why=why, do="or give --policy FILE")
        return document

    def all(self, operation: str, name: str, **params: str) -> Iterator[Mapping[str, Any]]:
        """Every entry of a list, page by page."""
        more: dict[str, str] = {}
        for _ in range(_PAGES):
            document = self(operation, **params, **more)
            yield from listed(document, name)
            if not document.get("IsTruncated"):
                return
            more = {"Marker": str(document["Marker"])}
        raise StepFailed("AWS lists more policies than are read here", on=operation, do="give --policy FILE")

    def of(self, kind: str, who: dict[str, str]) -> Iterator[Any]:
        """Inline and attached, of a user or of a group."""
        names = self(f"List{kind}Policies", **who).get("PolicyNames")
        for name in names if isinstance(names, list) else ():
            yield self(f"Get{kind}Policy", **who, PolicyName=str(name)).get("PolicyDocument")
        for one in self.all(f"ListAttached{kind}Policies", "AttachedPolicies", **who):
            arn = str(one.get("PolicyArn"))
            version = self("GetPolicy", PolicyArn=arn).get("Policy", {}).get("DefaultVersionId")
            yield (
                self("GetPolicyVersion", PolicyArn=arn, VersionId=str(version)).get("PolicyVersion", {}).get("Document")
            )


def scopes(credential: Credential, setting: Setting, resolve: Resolver) -> tuple[str, ...]:
    """The scopes of a classic token, as GitHub's header says them; it is asked with the token itself.

    NotAvailable where it has none to say, as of a fine-grained token, and for another provider.
    """
    if not isinstance(credential, ApiToken) or credential.provider != "github" or credential.ref.is_public:
        raise NotAvailable(
            "only AWS and GitHub are asked what a credential may do", on=credential.name, do="give --scopes"
        )
    provider = PROVIDERS["github"]
    assert provider.ask_standing is not None
    reply = Door(resolve, Redactor()).send(provider.ask_standing(setting, Target(credential.ref, credential.shape)))
    said = reply.headers.get("x-oauth-scopes")
    if reply.status != 200 or said is None:
        why = reply.nothing_came or f"it answered {reply.status}" + ("" if said else " and named no scopes")
        raise NotAvailable(
            "GitHub does not say what the token may do", why=why, do="give --scopes, as its owner sees them"
        )
    return tuple(one.strip() for one in said.split(",") if one.strip())


def setting_of(base: str, responder: str, user: str) -> Setting:
    if user and not user.strip():
        raise BadInput("this is no user", do="give the IAM user of the key")
    return Setting(base, SecretRef.parse(responder) if responder else None, {"user": user} if user else {})
