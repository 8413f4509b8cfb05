"""A fresh AWS access key for the same user, where no role can take its place.

A user holds two keys at most: with two, CreateAccessKey is refused (LimitExceeded) until one is deleted. Keys have no names and
no expiry, so a fresh one is found again by the time at which it was made.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
"""

from __future__ import annotations

from typing import Any

from irkit.errors import BadInput
from irkit.model import parse_instant
from irkit.plan import AwsCall, HumanTask
from irkit.providers.aws_calls import error_of, iam, listed, read_change, responder_acts, user_of
from irkit.providers.aws_sessions import known
from irkit.providers.interface import LastUse, Made, Need, Replacement, Reply, Setting, Target, Used

BETTER = (
    "a role instead of a key: GitHub Actions, GitLab and other CI sign in with OpenID Connect (AssumeRoleWithWebIdentity), machines "
    "of your own with IAM Roles Anywhere, people with IAM Identity Center; then there is no long-lived key to leak"
)

BY_HAND = HumanTask(
    "Give the consumer a role, or make a fresh access key",
    "https://console.aws.amazon.com/iam/ (Roles; or Users, the key's user, Security credentials)",
    (
        BETTER,
        "Where only a key will do: create it as an administrator, never with the leaked key, and put it straight into the store",
    ),
)


def _ask(setting: Setting, target: Target, _need: Need) -> AwsCall | HumanTask:
    if not responder_acts(setting) or not setting.options.get("user") or target.shape.startswith("temporary"):
        return BY_HAND
    return iam(setting, "CreateAccessKey", {"UserName": user_of(setting)}, mutates=True)


def secret_of(document: Any) -> str | None:
    """`KEYID:SECRETKEY` out of the reply; None when it is not there."""
    made = document.get("AccessKey") if isinstance(document, dict) else None
    if not isinstance(made, dict) or not made.get("AccessKeyId") or not made.get("SecretAccessKey"):
        return None
    return f"{made['AccessKeyId']}:{made['SecretAccessKey']}"


def _read(reply: Reply) -> Made:
    accepted = read_change(reply)
    document = reply.json()
    made = document.get("AccessKey") if accepted.yes and isinstance(document, dict) else None
    if isinstance(made, dict) and made.get("AccessKeyId"):
        return Made(True, f"AWS made {made['AccessKeyId']}", str(made["AccessKeyId"]))
    if error_of(reply)[0] == "LimitExceeded":
        return Made(
            False,
            "the user has two keys already, and can have no third: see whose the other one is and that nobody uses it "
            "(GetAccessKeyLastUsed), then delete that one, never the one that is rotated",
        )
    return Made(None if accepted.yes else accepted.yes, accepted.why)


def _ask_named(setting: Setting, _need: Need) -> AwsCall:
    return iam(setting, "ListAccessKeys", {"UserName": user_of(setting)}, about=",".join(known(setting)))


def _read_named(reply: Reply, need: Need) -> Made:
    """The key made since the making was announced: None when that time is not known, or when there are several."""
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict) or "AccessKeyMetadata" not in document:
        return Made(None, reply.nothing_came or f"AWS answered {reply.status} {error_of(reply)[0]}".rstrip())
    keys = listed(document, "AccessKeyMetadata")
    since = [str(key.get("AccessKeyId", "")) for key in keys if need.made_since(str(key.get("CreateDate", "")))]
    fresh = [one for one in since if one not in (*reply.about.split(","), *need.others)]
    if need.since is None or len(fresh) > 1:
        return Made(None, f"keys have no names: it cannot be told which of {len(keys)} is the fresh one")
    if not fresh:
        return Made(None if document.get("IsTruncated") else False, "no key of the user was made since")
    return Made(True, f"{fresh[0]} was made since", fresh[0], by_time=True)


def _ask_undo(setting: Setting, public_id: str) -> AwsCall:
    return iam(setting, "DeleteAccessKey", {"AccessKeyId": public_id, "UserName": user_of(setting)}, mutates=True)


def _ask_last_use(setting: Setting, target: Target) -> AwsCall | None:
    if not responder_acts(setting) or not target.public_id or target.shape.startswith("temporary"):
        return None
    return iam(setting, "GetAccessKeyLastUsed", {"AccessKeyId": target.public_id})


def _read_last_use(reply: Reply) -> Used | None:
    document = reply.json()
    last = document.get("AccessKeyLastUsed") if reply.status == 200 and isinstance(document, dict) else None
    if not isinstance(last, dict):
        return None
    try:
        at = parse_instant(str(last["LastUsedDate"])) if last.get("LastUsedDate") else None
    except BadInput:
        return None
    return Used(at, f"{last.get('ServiceName')} in {last.get('Region')}")


LAST_USE = LastUse(_ask_last_use, _read_last_use)
REPLACEMENT = Replacement(_ask, secret_of, _read, BETTER, _ask_named, _read_named, _ask_undo, room=2)
