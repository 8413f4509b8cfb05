"""What the files about AWS share: calls to IAM as the responder, and how its answers are read."""

from __future__ import annotations

from collections.abc import Mapping

from irkit.errors import BadInput
from irkit.model import State
from irkit.plan import AwsCall, Json, Leaf
from irkit.providers.interface import Accepted, Reading, Reply, Setting


def region(setting: Setting) -> str:
    return setting.options.get("region", "us-east-1")


def user_of(setting: Setting) -> str:
    user = setting.options.get("user", "")
    if not user:
        raise BadInput(
            "the IAM user of the key is not known",
            why="the responder may change another user's key only by naming the user",
            do='find it with aws iam get-access-key-last-used, and write user = "NAME" under [providers.aws.options] in case.toml',
        )
    return user


def responder_acts(setting: Setting) -> bool:
    """Whether somebody other than the leaked key can act: a credential of the responder's, or their own AWS configuration."""
    return setting.responder is not None or bool(setting.options.get("user"))


def iam(
    setting: Setting, operation: str, params: Mapping[str, Json], *, about: Leaf = "", mutates: bool = False
) -> AwsCall:
    """As the responder: the credential in the setting, or their own AWS configuration."""
    return AwsCall(
        "iam",
        operation,
        "responder",
        dict(params),
        setting.responder,
        region(setting),
        setting.base,
        about=about,
        mutates=mutates,
    )


def error_of(reply: Reply) -> tuple[str, str]:
    """Code and message of an error of AWS's; ("", "") for anything else."""
    document = reply.json()
    error = document.get("Error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("Code", "")), str(error.get("Message", ""))[:160]


def read_change(reply: Reply) -> Accepted:
    if reply.status is None:
        return Accepted(None if reply.sent else False, reply.nothing_came)
    if reply.status == 200:
        return Accepted(True, "AWS accepted it (200)")
    code, _ = error_of(reply)
    unsure = reply.status >= 500 or not code
    return Accepted(None if unsure else False, f"AWS answered {reply.status} {code}".rstrip())


def read_listed(document: Mapping[str, object], key_id: str) -> Reading:
    """The standing of one key in a user's list of keys."""
    if not key_id:
        return Reading(State.UNKNOWN, "a list of keys, and no key id to look for in it")
    keys = {key.get("AccessKeyId"): key.get("Status") for key in listed(document, "AccessKeyMetadata")}
    if keys.get(key_id) == "Active":
        return Reading(State.ALIVE, "iam ListAccessKeys says Active")
    if key_id in keys:
        return Reading(State.DEAD, f"iam ListAccessKeys says {keys[key_id]}")
    if document.get("IsTruncated"):
        return Reading(State.UNKNOWN, "the list of keys was cut off before this one could be found")
    return Reading(State.DEAD, "iam ListAccessKeys does not list it for this user")


def listed(document: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    entries = document.get(name)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
