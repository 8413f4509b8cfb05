"""AWS: access keys of IAM users, and what can be said of temporary ones.

Calls: botocore's own service descriptions of `iam` and `sts`. The account number stands in the key id:
https://awsteele.com/blog/2020/09/26/aws-access-key-format.html
"""

from __future__ import annotations

import base64
import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field

from irkit.errors import BadInput, NotAvailable
from irkit.model import State
from irkit.plan import Ask, AwsCall, HumanTask, Leaf
from irkit.providers import aws_offshoots
from irkit.providers.interface import (
    Accepted,
    LookUp,
    Offshoots,
    Offspring,
    Provider,
    Reading,
    Reply,
    Setting,
    Shape,
    Step,
    Target,
)

_ID = r"(?:AKIA|ASIA)[A-Z0-9]{16}"
_LONG = r"AKIA[A-Z0-9]{16}"
_SECRET = r"[A-Za-z0-9/+]{40}"  # noqa: S105  (a pattern)
_IDS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids"
_REVOKE_SESSIONS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html"


@dataclass(frozen=True)
class KeyPair:
    """An access key as its three parts; `session` is "" for a long-term key. The secrets stay out of its repr."""

    key_id: str
    secret: str = field(repr=False)
    session: str = field(default="", repr=False)


def key_pair(text: str) -> KeyPair | None:
    """The access key in `KEYID:SECRET`, `KEYID SECRET`, the console's CSV, or an ini or shell snippet; None when there is none."""
    pair = re.fullmatch(
        rf"(?s)\s*(?:[A-Za-z ]+,[A-Za-z ]+\s+)?({_ID})[\s:,]+({_SECRET})(?:[\s:,]+(\S{{16,}}))?\s*", text
    )
    if pair:
        return KeyPair(pair[1], pair[2], pair[3] or "")
    named = {
        name.lower(): value for name, value in re.findall(r"""(?i)\b(aws_\w+)["']?\s*[=:]\s*["']?([^\s"',;]+)""", text)
    }
    key_id, secret = named.get("aws_access_key_id", ""), named.get("aws_secret_access_key", "")
    if re.fullmatch(_ID, key_id) and re.fullmatch(_SECRET, secret):
        return KeyPair(key_id, secret, named.get("aws_session_token", ""))
    return None


def account_of(key_id: str) -> str:
    """The twelve digits of the account that owns the key id, "" for ids of before 2019, which do not hold it."""
    if not re.match(r"....[Q-Z2-7]", key_id):
        return ""
    try:
        number = int.from_bytes(base64.b32decode(key_id[4:20])[:6], "big")
    except ValueError:
        return ""
    return f"{(number & 0x7FFFFFFFFF80) >> 7:012d}"


def _random_id() -> str:
    base32 = string.ascii_uppercase + "234567"
    return "AKIAQ" + "".join(secrets.choice(base32) for _ in range(15))


def _random_secret() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits + "+/") for _ in range(40))


def _random_pair() -> str:
    return f"{_random_id()}:{_random_secret()}"


_SNIPPET = r"(?is)(?=.*aws_access_key_id\W{1,8}%s)(?=.*aws_secret_access_key\W{1,8}[A-Za-z0-9/+]{40}\b).*"
SHAPES = (
    Shape("access-key", rf"(?s)\s*(?:[A-Za-z ]+,[A-Za-z ]+\s+)?{_LONG}[\s:,]+{_SECRET}\s*", _IDS, None, _random_pair),
    Shape("access-key-snippet", _SNIPPET % "AKIA", _IDS, None, _random_pair),
    Shape(
        "temporary-key", rf"(?s)\s*ASIA[A-Z0-9]{{16}}[\s:,]+{_SECRET}(?:[\s:,]+\S{{16,}})?\s*", _IDS, None, _random_pair
    ),
    Shape("temporary-key-snippet", _SNIPPET % "ASIA", _IDS, None, _random_pair),
    Shape("access-key-id", _LONG, _IDS, None, _random_id),
    Shape("temporary-key-id", r"ASIA[A-Z0-9]{16}", _IDS, None, None),
)


def public_id(value: str) -> str:
    pair = key_pair(value)
    return pair.key_id if pair else value if re.fullmatch(_ID, value) else ""


def _describe(value: str) -> tuple[tuple[str, str], ...]:
    key_id = public_id(value)
    account = account_of(key_id)
    kind = "temporary key of a session" if key_id.startswith("ASIA") else "long-term key of an IAM user or root"
    return (("kind", kind), *((("account (read from the key id)", account),) if account else ()))


def _is_temporary(target: Target) -> bool:
    return target.shape.startswith("temporary")


def _region(setting: Setting) -> str:
    return setting.options.get("region", "us-east-1")


def ask_standing(setting: Setting, target: Target) -> AwsCall:
    """sts GetCallerIdentity with the key itself, which needs no permission; for a bare key id, the responder lists its user's keys."""
    control = target.secret is not None and target.secret.scheme == "control"
    if target.secret is not None and not target.shape.endswith("-id"):
        return AwsCall(
            "sts",
            "GetCallerIdentity",
            "control" if control else "leaked",
            secret=target.secret,
            region=_region(setting),
            endpoint=setting.base,
        )
    if _is_temporary(target):
        raise NotAvailable(
            "AWS cannot be asked about a temporary key by its id", do="give a reference to the whole key"
        )
    about: Leaf = target.secret if target.secret is not None else target.public_id
    return _iam(setting, "ListAccessKeys", {"UserName": _user(setting)}, about=about)


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
        return _listed(document, reply.about)
    error = document.get("Error")
    code = str(error.get("Code", "")) if isinstance(error, dict) else ""
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


def _listed(document: Mapping[str, object], key_id: str) -> Reading:
    if not key_id:
        return Reading(State.UNKNOWN, "a list of keys, and no key id to look for in it")
    listed = document["AccessKeyMetadata"]
    keys = {key.get("AccessKeyId"): key.get("Status") for key in listed} if isinstance(listed, list) else {}
    if keys.get(key_id) == "Active":
        return Reading(State.ALIVE, "iam ListAccessKeys says Active")
    if key_id in keys:
        return Reading(State.DEAD, f"iam ListAccessKeys says {keys[key_id]}")
    if document.get("IsTruncated"):
        return Reading(State.UNKNOWN, "the list of keys was cut off before this one could be found")
    return Reading(State.DEAD, "iam ListAccessKeys does not list it for this user")


def _user(setting: Setting) -> str:
    user = setting.options.get("user", "")
    if not user:
        raise BadInput(
            "the IAM user of the key is not known",
            why="the responder may change another user's key only by naming the user",
            do='find it with aws iam get-access-key-last-used, and write user = "NAME" under [providers.aws.options] in case.toml',
        )
    return user


def _iam(
    setting: Setting, operation: str, params: dict[str, str], *, about: Leaf = "", mutates: bool = False
) -> AwsCall:
    """As the responder: the credential in the setting, or their own AWS configuration."""
    return AwsCall(
        "iam",
        operation,
        "responder",
        dict(params),
        setting.responder,
        _region(setting),
        setting.base,
        about=about,
        mutates=mutates,
    )


def _by_itself(setting: Setting, target: Target) -> bool:
    """True when nobody else can act: the leaked key then deactivates itself (IAM takes the user from the signature)."""
    responder_ready = setting.responder is not None or setting.options.get("user")
    return target.secret is not None and not responder_ready


def ask_deactivate(setting: Setting, target: Target) -> AwsCall | HumanTask:
    """UpdateAccessKey Inactive, which can be undone."""
    if _is_temporary(target):
        return END_SESSION
    params = {"AccessKeyId": target.public_id, "Status": "Inactive"}
    if _by_itself(setting, target):
        return AwsCall(
            "iam",
            "UpdateAccessKey",
            "leaked",
            dict(params),
            target.secret,
            _region(setting),
            setting.base,
            mutates=True,
        )
    return _iam(setting, "UpdateAccessKey", {**params, "UserName": _user(setting)}, mutates=True)


def ask_delete(setting: Setting, target: Target) -> AwsCall | HumanTask:
    """DeleteAccessKey. A key that has deactivated itself can no longer delete itself: then a person does."""
    if _is_temporary(target):
        return END_SESSION
    if _by_itself(setting, target):
        return BY_HAND
    return _iam(setting, "DeleteAccessKey", {"AccessKeyId": target.public_id, "UserName": _user(setting)}, mutates=True)


def read_change(reply: Reply) -> Accepted:
    if reply.status is None:
        return Accepted(None if reply.sent else False, reply.nothing_came)
    if reply.status == 200:
        return Accepted(True, "AWS accepted it (200)")
    document = reply.json()
    error = document.get("Error") if isinstance(document, dict) else None
    code = str(error.get("Code", "")) if isinstance(error, dict) else ""
    unsure = reply.status >= 500 or not code
    return Accepted(None if unsure else False, f"AWS answered {reply.status} {code}".rstrip())


def _ask_listed(setting: Setting, target: Target) -> AwsCall:
    return _iam(setting, "ListAccessKeys", {"UserName": _user(setting)}, about=target.public_id)


def _inactive(reply: Reply) -> Accepted:
    """Deactivated, or gone, when it is no longer listed as Active."""
    reading = read_standing(reply)
    return Accepted({State.DEAD: True, State.ALIVE: False}.get(reading.state), reading.why)


def _gone(reply: Reply) -> Accepted:
    """Deleted when a complete list no longer holds it; a key that is listed in any state is still there."""
    reading = read_standing(reply)
    if reading.state is State.DEAD:
        listed = {key.get("AccessKeyId") for key in reply.json()["AccessKeyMetadata"]}
        return Accepted(reply.about not in listed, reading.why)
    return Accepted(False if reading.state is State.ALIVE else None, reading.why)


def _ask_user(setting: Setting, target: Target) -> AwsCall | None:
    if setting.options.get("user") or not target.public_id or _is_temporary(target):
        return None
    if setting.responder is None and target.secret is not None:
        return None
    return _iam(setting, "GetAccessKeyLastUsed", {"AccessKeyId": target.public_id})


def _read_user(_setting: Setting, reply: Reply) -> Mapping[str, str]:
    document = reply.json()
    user = document.get("UserName") if reply.status == 200 and isinstance(document, dict) else None
    return {"user": user} if isinstance(user, str) and user else {}


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

END_SESSION = HumanTask(
    "End the sessions of the role or user this temporary key belongs to",
    "https://console.aws.amazon.com/iam/ (Roles, the role, Revoke sessions)",
    (
        "Find the role or user in CloudTrail by the temporary key id",
        "Revoke active sessions: it attaches AWSRevokeOlderSessions, denying every session issued before now",
        "For a user, attach the same policy with aws:TokenIssueTime, and deactivate the key that made the session",
    ),
)


def _ask_offshoot(setting: Setting, child: Offspring) -> AwsCall | HumanTask:
    """A key it made is deactivated by the responder, which can be undone; everything else is a person's to judge."""
    user = child.owner or setting.options.get("user", "")
    if child.kind == "access-key" and user and (setting.responder is not None or setting.options.get("user")):
        params = {"AccessKeyId": child.ids[0], "Status": "Inactive", "UserName": user}
        return _iam(setting, "UpdateAccessKey", params, mutates=True)
    return aws_offshoots.by_hand(child, user)


def _read_offshoot(reply: Reply) -> Accepted:
    """A key that is not there may be gone or another user's: its user's list has to tell."""
    accepted = read_change(reply)
    return Accepted(None, f"{accepted.why}: no such key of this user") if "NoSuchEntity" in accepted.why else accepted


def _ask_offshoot_listed(setting: Setting, call: Ask) -> AwsCall:
    params = call.params if isinstance(call, AwsCall) else {}
    about = str(params.get("AccessKeyId", ""))
    return _iam(setting, "ListAccessKeys", {"UserName": str(params.get("UserName", ""))}, about=about)


AWS = Provider(
    name="aws",
    title="AWS",
    docs="docs/providers/aws.md",
    shapes=SHAPES,
    by_hand=BY_HAND,
    tested="real server: moto (GetCallerIdentity, ListAccessKeys, deletion); deactivation by contract only, moto ignores it",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step("deactivate", "Deactivate the access key", ask_deactivate, read_change, False, _ask_listed, _inactive),
        Step("delete", "Delete the access key", ask_delete, read_change, True, _ask_listed, _gone),
    ),
    survives=(
        "sessions made with the key before (GetSessionToken, GetFederationToken, AssumeRole), up to 36 hours: "
        "attach AWSRevokeOlderSessions to each user and role",
        "users, keys, roles, policies and login profiles made with the key",
        "presigned URLs made by a session, until it ends",
    ),
    describe=_describe,
    public_id=public_id,
    log_keys=lambda value: (public_id(value),) if public_id(value) else (),
    secret_parts=lambda value: (
        tuple(part for part in (pair.secret, pair.session) if part) if (pair := key_pair(value)) else ()
    ),
    look_up=LookUp(_ask_user, _read_user),
    offshoots=Offshoots(_ask_offshoot, _read_offshoot, _ask_offshoot_listed, _inactive),
)
