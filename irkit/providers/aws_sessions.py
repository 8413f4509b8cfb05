"""What may outlive an AWS key: the sessions made with it, the user's other keys, the user's console password.

A session cannot be deleted. AWS's own way is an inline policy on its user or role that denies everything to sessions issued
before a moment: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html . Options: `revoke_before`
(that moment, `2026-03-01T12:00:00Z`; left out: the moment the policy is sent), `known_keys` (ids of the user's other keys that
are known to be good, and `console-password`, with commas), `role` (of a leaked temporary key).
"""

from __future__ import annotations

import json
import re

from irkit.errors import BadInput
from irkit.model import State
from irkit.plan import AwsCall, Dated, HumanTask, Json
from irkit.providers import aws_offshoots
from irkit.providers.aws_calls import error_of, iam, listed, read_change, responder_acts
from irkit.providers.interface import Offspring, Reading, Reply, Setting, Survivors, Target

POLICY = "AWSRevokeOlderSessions"
PASSWORD = "console-password"  # noqa: S105  (what known_keys calls it)
_UNLESS = "deactivate or delete it unless it is yours; then write it into known_keys in case.toml"
_UNTOUCHABLE = ("AWSServiceRole", "AWSReservedSSO_")  # AWS lets nobody put a policy on these roles


def policy(setting: Setting) -> Dated:
    """Deny everything to sessions issued before the moment. BadInput when `revoke_before` is no moment."""
    moment = setting.options.get("revoke_before", "{now}")
    if moment != "{now}" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment):
        raise BadInput("this is no moment", on=f"revoke_before = {moment[:30]}", do="write it as 2026-03-01T12:00:00Z")
    condition = {"DateLessThan": {"aws:TokenIssueTime": moment}}
    statement = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": condition}
    return Dated(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def ask_deny(setting: Setting, kind: str, name: str) -> AwsCall | HumanTask:
    """PutUserPolicy or PutRolePolicy, which can be undone by deleting the policy. `kind` is "user" or "role"."""
    if not name or not responder_acts(setting) or name.startswith(_UNTOUCHABLE):
        return aws_offshoots.by_hand(Offspring("session", (), f"{kind}/{name}" if name else ""), "")
    params: dict[str, Json] = {f"{kind.title()}Name": name, "PolicyName": POLICY, "PolicyDocument": policy(setting)}
    return iam(setting, f"Put{kind.title()}Policy", params, mutates=True)


def ask_denied(setting: Setting, kind: str, name: str) -> AwsCall:
    return iam(setting, f"Get{kind.title()}Policy", {f"{kind.title()}Name": name, "PolicyName": POLICY})


def read_denied(reply: Reply) -> Reading:
    """DEAD when the policy stands, ALIVE when it does not: then whatever session there is would be let in."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    stands = document.get("PolicyDocument") if reply.status == 200 and isinstance(document, dict) else None
    if stands is not None:
        moment = _moment(stands)
        if moment:
            return Reading(State.DEAD, f"{POLICY} denies every session issued before {moment}")
        return Reading(State.UNKNOWN, f"a policy {POLICY} stands there, and says something else")
    code, message = error_of(reply)
    if code == "NoSuchEntity" and "policy" in message.lower():
        return Reading(State.ALIVE, f"no {POLICY} stands there: a session made before would be let in")
    return Reading(State.UNKNOWN, f"AWS answered {reply.status} {code}".rstrip())


def _moment(document: object) -> str:
    """Since when the policy lets sessions in, "" when it is not the policy that denies them everything."""
    statements = document.get("Statement") if isinstance(document, dict) else None
    for one in [statements] if isinstance(statements, dict) else statements or []:
        condition = one.get("Condition")
        before = condition.get("DateLessThan") if isinstance(condition, dict) and len(condition) == 1 else None
        everything = one.get("Action") in ("*", ["*"]) and one.get("Resource") in ("*", ["*"])
        if one.get("Effect") == "Deny" and everything and isinstance(before, dict):
            return str(before.get("aws:TokenIssueTime", ""))
    return ""


def whose(setting: Setting, target: Target) -> tuple[str, str]:
    """Whose sessions there may be: the key's user, or the role of a temporary key."""
    if target.shape.startswith("temporary") and setting.options.get("role"):
        return "role", setting.options["role"]
    return "user", setting.options.get("user", "")


def _close_sessions(setting: Setting, target: Target) -> AwsCall | HumanTask:
    return ask_deny(setting, *whose(setting, target))


def _ask_sessions(setting: Setting, target: Target) -> AwsCall | None:
    kind, name = whose(setting, target)
    return ask_denied(setting, kind, name) if name and responder_acts(setting) else None


def known(setting: Setting) -> tuple[str, ...]:
    """Ids that the case knows to be good: what `known_keys` names, and fresh credentials that it made."""
    return tuple(one.strip() for one in setting.options.get("known_keys", "").split(",") if one.strip())


def nothing_to_send(_setting: Setting, _target: Target) -> None:
    """Whether it is the intruder's is a person's to judge, once it is seen that there is any."""


def _ask_keys(setting: Setting, target: Target) -> AwsCall | None:
    user = setting.options.get("user")
    if not user or not target.public_id:
        return None
    return iam(setting, "ListAccessKeys", {"UserName": user}, about=",".join([target.public_id, *known(setting)]))


def read_other_keys(reply: Reply) -> Reading:
    """ALIVE when a further key of the user is active; `about` names those that are known, with commas."""
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict) or "AccessKeyMetadata" not in document:
        return Reading(
            State.UNKNOWN, reply.nothing_came or f"AWS answered {reply.status} {error_of(reply)[0]}".rstrip()
        )
    good = reply.about.split(",")
    others = [
        f"{key.get('AccessKeyId')} (made {key.get('CreateDate', 'at a time not told')})"
        for key in listed(document, "AccessKeyMetadata")
        if key.get("Status") == "Active" and key.get("AccessKeyId") not in good
    ]
    if others:
        return Reading(State.ALIVE, f"the user has another active key: {', '.join(others)}; {_UNLESS}")
    if document.get("IsTruncated"):
        return Reading(State.UNKNOWN, "the list of the user's keys was cut off")
    return Reading(State.DEAD, "the user has no other active key")


def _ask_password(setting: Setting, _target: Target) -> AwsCall | None:
    user = setting.options.get("user")
    return iam(setting, "GetLoginProfile", {"UserName": user}, about=",".join(known(setting))) if user else None


def read_password(reply: Reply) -> Reading:
    document = reply.json()
    profile = document.get("LoginProfile") if reply.status == 200 and isinstance(document, dict) else None
    if isinstance(profile, dict):
        made = f"the user has a console password, of {profile.get('CreateDate', 'a time not told')}"
        if PASSWORD in reply.about.split(","):
            return Reading(State.DEAD, f"{made}, which is known to be good")
        return Reading(State.ALIVE, f"{made}; {_UNLESS}")
    code, message = error_of(reply)
    if code == "NoSuchEntity" and "login profile" in message.lower():
        return Reading(State.DEAD, "the user has no console password")
    return Reading(State.UNKNOWN, reply.nothing_came or f"AWS answered {reply.status} {code}".rstrip())


SURVIVORS = (
    Survivors("sessions made with the key before", _close_sessions, read_change, _ask_sessions, read_denied),
    Survivors("further keys of the user", nothing_to_send, None, _ask_keys, read_other_keys),
    Survivors("the console password of the user", nothing_to_send, None, _ask_password, read_password),
)
