"""AWS: access keys of IAM users, and temporary ones of sessions.

Calls: botocore's own service descriptions of `iam` and `sts`. Options: `user` (the key's IAM user, looked up where it can be),
`role` (of a temporary key, likewise), `region`, and those of `aws_sessions.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from irkit.errors import NotAvailable
from irkit.model import State
from irkit.plan import AwsCall, HumanTask, Json, Leaf
from irkit.providers import aws_sessions
from irkit.providers.aws_calls import error_of, iam, listed, read_listed, region, responder_acts, user_of
from irkit.providers.aws_contain import OFFSHOOTS, read_settled
from irkit.providers.aws_contain import read as read_change
from irkit.providers.aws_format import SHAPES, KeyPair, account_of, describe, key_pair, public_id
from irkit.providers.aws_replacement import LAST_USE, REPLACEMENT
from irkit.providers.interface import (
    Accepted,
    LookUp,
    Provider,
    Reading,
    Reply,
    Setting,
    Step,
    Target,
)

__all__ = ["AWS", "KeyPair", "account_of", "key_pair"]

_REVOKE_SESSIONS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html"


def _is_temporary(target: Target) -> bool:
    return target.shape.startswith("temporary")


def ask_standing(setting: Setting, target: Target) -> AwsCall:
    """sts GetCallerIdentity with the key itself, which needs no permission; for a bare key id, the responder lists its user's keys."""
    control = target.secret is not None and target.secret.scheme == "control"
    if target.secret is not None and not target.shape.endswith("-id"):
        return AwsCall(
            "sts",
            "GetCallerIdentity",
            "control" if control else "leaked",
            secret=target.secret,
            region=region(setting),
            endpoint=setting.base,
        )
    if _is_temporary(target):
        raise NotAvailable(
            "AWS cannot be asked about a temporary key by its id", do="give a reference to the whole key"
        )
    about: Leaf = target.secret if target.secret is not None else target.public_id
    return iam(setting, "ListAccessKeys", {"UserName": user_of(setting)}, about=about)


def read_standing(reply: Reply) -> Reading:
    """Three refusals that mean three things: unknown or inactive id, wrong secret for a known id, expired session."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if not isinstance(document, dict):
        return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not AWS answering")
    if reply.status == 200 and "Arn" in document:
        return Reading(State.ALIVE, f"sts GetCallerIdentity answered as {document['Arn']}")
    if reply.status == 200 and "AccessKeyMetadata" in document:
        return read_listed(document, reply.about)
    code, _ = error_of(reply)
    if reply.about:
        # The responder asked for a list: a refusal is about the responder's credential, never about the leaked one.
        return Reading(State.UNKNOWN, f"the responder's own request was refused: {reply.status} {code}".rstrip())
    dead = {
        "InvalidClientTokenId": "AWS knows no active key of that id",
        "ExpiredToken": "the session has expired",
        "ExpiredTokenException": "the session has expired",
    }
    if code in dead:
        return Reading(State.DEAD, f"{code}: {dead[code]}")
    if code == "SignatureDoesNotMatch":
        return Reading(State.UNKNOWN, "SignatureDoesNotMatch: the key id exists, and this is not its secret key")
    return Reading(State.UNKNOWN, f"AWS answered {reply.status} {code}".rstrip())


def _by_itself(setting: Setting, target: Target) -> bool:
    """True when nobody else can act: the leaked key then deactivates itself (IAM takes the user from the signature)."""
    return target.secret is not None and not responder_acts(setting)


def ask_deactivate(setting: Setting, target: Target) -> AwsCall | HumanTask:
    """UpdateAccessKey Inactive, which can be undone. A temporary key has no status: a policy denies its session everything."""
    if _is_temporary(target):
        return _end_session(setting, target)
    params = {"AccessKeyId": target.public_id, "Status": "Inactive"}
    if _by_itself(setting, target):
        return AwsCall(
            "iam",
            "UpdateAccessKey",
            "leaked",
            dict(params),
            target.secret,
            region(setting),
            setting.base,
            mutates=True,
        )
    return iam(setting, "UpdateAccessKey", {**params, "UserName": user_of(setting)}, mutates=True)


def ask_reactivate(setting: Setting, target: Target) -> AwsCall | HumanTask:
    """UpdateAccessKey Active, as the responder: a key that is inactive can do nothing for itself."""
    if _is_temporary(target) or not responder_acts(setting):
        return BY_HAND_ACTIVE
    params: dict[str, Json] = {"AccessKeyId": target.public_id, "Status": "Active", "UserName": user_of(setting)}
    return iam(setting, "UpdateAccessKey", params, mutates=True)


def ask_delete(setting: Setting, target: Target) -> AwsCall | HumanTask:
    """DeleteAccessKey. A key that has deactivated itself can no longer delete itself: then a person does."""
    if _is_temporary(target):
        return _end_session(setting, target)
    if _by_itself(setting, target):
        return BY_HAND
    return iam(
        setting, "DeleteAccessKey", {"AccessKeyId": target.public_id, "UserName": user_of(setting)}, mutates=True
    )


def _end_session(setting: Setting, target: Target) -> AwsCall | HumanTask:
    kind, name = aws_sessions.whose(setting, target)
    do = aws_sessions.ask_deny(setting, kind, name)
    return do if isinstance(do, AwsCall) else END_SESSION


def _ask_settled(setting: Setting, target: Target) -> AwsCall:
    if _is_temporary(target):
        return aws_sessions.ask_denied(setting, *aws_sessions.whose(setting, target))
    return iam(setting, "ListAccessKeys", {"UserName": user_of(setting)}, about=target.public_id)


def _gone(reply: Reply) -> Accepted:
    """Deleted when a complete list no longer holds it; a key that is listed in any state is still there."""
    document = reply.json()
    if isinstance(document, dict) and "AccessKeyMetadata" in document:
        reading = read_standing(reply)
        ids = {key.get("AccessKeyId") for key in listed(document, "AccessKeyMetadata")}
        dead = reply.about not in ids if reading.state is State.DEAD else None
        return Accepted(False if reading.state is State.ALIVE else dead, reading.why)
    return read_settled(reply)


def _ask_owner(setting: Setting, target: Target) -> AwsCall | None:
    """Whose key it is: as the responder; a temporary key can only tell itself."""
    if setting.options.get("user") or setting.options.get("role") or not target.public_id:
        return None
    if _is_temporary(target):
        knows = setting.responder is not None and target.secret is not None
        return ask_standing(setting, target) if knows and not target.shape.endswith("-id") else None
    if setting.responder is None and target.secret is not None:
        return None
    return iam(setting, "GetAccessKeyLastUsed", {"AccessKeyId": target.public_id})


def _read_owner(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    """The user, with the key's last use as AWS has it; the role or user of a session."""
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        return {}
    if arn := re.fullmatch(r"arn:[\w-]+:(?:iam|sts)::\d+:(user|assumed-role)/(.+)", str(document.get("Arn", ""))):
        return {"role": arn[2].split("/")[0]} if arn[1] == "assumed-role" else {"user": arn[2].rpartition("/")[2]}
    user, last = document.get("UserName"), document.get("AccessKeyLastUsed")
    if not isinstance(user, str) or not user:
        return {}
    used = last.get("LastUsedDate") if isinstance(last, dict) else None
    where = f"{used} {last.get('ServiceName')} {last.get('Region')}" if used and isinstance(last, dict) else "never"
    return {"user": user, "last_used": where}


BY_HAND = HumanTask(
    "Deactivate, then delete the access key in the IAM console",
    "https://console.aws.amazon.com/iam/ (Users, the key's user, Security credentials)",
    (
        "Sign in as an administrator, not with the leaked key; for a root key, as root",
        "Set the key to Inactive, watch CloudTrail for thirty minutes, then delete it",
        f"Revoke the sessions made with it: {_REVOKE_SESSIONS}",
        "Look for a second key, new users, roles, policies and login profiles made since the exposure began",
    ),
)

BY_HAND_ACTIVE = HumanTask("Set the access key to Active in the IAM console", BY_HAND.page)

END_SESSION = HumanTask(
    "End the sessions of the role or user this temporary key belongs to",
    "https://console.aws.amazon.com/iam/ (Roles, the role, Revoke sessions)",
    (
        "Find the role or user in CloudTrail by the temporary key id",
        "Revoke active sessions: it attaches AWSRevokeOlderSessions, denying every session issued before now",
        "For a user, attach the same policy with aws:TokenIssueTime, and deactivate the key that made the session",
    ),
)


AWS = Provider(
    name="aws",
    title="AWS",
    docs="docs/providers/aws.md",
    shapes=SHAPES,
    by_hand=BY_HAND,
    tested=(
        "real server: moto (identity, lists, deletion, session policies, fresh keys); that AWS refuses an inactive key, and which "
        "sessions a policy denies, is by contract (botocore) only: moto ignores both"
    ),
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step(
            "deactivate",
            "Deactivate the access key",
            ask_deactivate,
            read_change,
            False,
            _ask_settled,
            read_settled,
            undo=ask_reactivate,
        ),
        Step("delete", "Delete the access key", ask_delete, read_change, True, _ask_settled, _gone),
    ),
    survives=(
        "sessions made with the key before (GetSessionToken, GetFederationToken, AssumeRole), up to 36 hours, until "
        "AWSRevokeOlderSessions is attached to each user and role",
        "users, keys, roles, policies and login profiles made with the key",
        "presigned URLs made by a session, until it ends",
    ),
    describe=describe,
    public_id=public_id,
    log_keys=lambda value: (public_id(value),) if public_id(value) else (),
    secret_parts=lambda value: (
        tuple(part for part in (pair.secret, pair.session) if part) if (pair := key_pair(value)) else ()
    ),
    look_up=LookUp(_ask_owner, _read_owner),
    offshoots=OFFSHOOTS,
    survivors=aws_sessions.SURVIVORS,
    replacement=REPLACEMENT,
    last_use=LAST_USE,
    proved={
        "identify": "offline",
        "verify": "real server: moto",
        "revoke": "real server: moto",
        "confirm": "real server: moto",
        "survivors": "real server: moto",
        "replace": "real server: moto",
    },
)
