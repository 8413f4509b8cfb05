"""How what a leaked AWS key begot is put out of use, kind by kind, where that can be undone: keys, sessions, and the like.

Everything else (a user, a role, an instance) is a person's to judge: `aws_offshoots.py`.
"""

from __future__ import annotations

from irkit.model import State
from irkit.plan import Ask, AwsCall, HumanTask
from irkit.providers import aws_offshoots, aws_sessions
from irkit.providers.aws_calls import error_of, iam, listed, read_change, read_listed, responder_acts
from irkit.providers.interface import Accepted, Offshoots, Offspring, Reading, Reply, Setting

_DEACTIVATE = {  # kind: operation, the name of its id, the list it stands in
    "access-key": ("UpdateAccessKey", "AccessKeyId", "AccessKeyMetadata"),
    "ssh-key": ("UpdateSSHPublicKey", "SSHPublicKeyId", "SSHPublicKeys"),
    "service-specific-credential": (
        "UpdateServiceSpecificCredential", "ServiceSpecificCredentialId", "ServiceSpecificCredentials",
    ),
}  # fmt: skip
_LISTS = {
    "UpdateAccessKey": "ListAccessKeys",
    "UpdateSSHPublicKey": "ListSSHPublicKeys",
    "UpdateServiceSpecificCredential": "ListServiceSpecificCredentials",
}


def ask(setting: Setting, child: Offspring) -> AwsCall | HumanTask:
    user = child.owner or setting.options.get("user", "")
    if child.kind == "session":
        return _end_sessions(setting, child)
    if child.kind in _DEACTIVATE and user and responder_acts(setting):
        operation, name, _ = _DEACTIVATE[child.kind]
        return iam(setting, operation, {name: child.ids[0], "Status": "Inactive", "UserName": user}, mutates=True)
    return aws_offshoots.by_hand(child, user)


def _end_sessions(setting: Setting, child: Offspring) -> AwsCall | HumanTask:
    """A policy on the role or user denies those issued before now, for everybody who uses it: they have to sign in again."""
    user = setting.options.get("user", "")
    kind, name = aws_offshoots.session_owner(child, user)
    do = aws_sessions.ask_deny(setting, kind, name)
    return do if isinstance(do, AwsCall) else aws_offshoots.by_hand(child, user)


def read(reply: Reply) -> Accepted:
    """What is not there may be gone or another user's: its user's list has to tell."""
    accepted = read_change(reply)
    return Accepted(None, f"{accepted.why}: no such key of this user") if "NoSuchEntity" in accepted.why else accepted


def ask_settled(setting: Setting, call: Ask) -> AwsCall:
    params = call.params if isinstance(call, AwsCall) else {}
    operation = call.operation if isinstance(call, AwsCall) else ""
    for kind in ("User", "Role"):
        if operation == f"Put{kind}Policy":
            return aws_sessions.ask_denied(setting, kind.lower(), str(params.get(f"{kind}Name", "")))
    about = next((str(params[name]) for _, name, _ in _DEACTIVATE.values() if name in params), "")
    lists = _LISTS.get(operation, "ListAccessKeys")
    return iam(setting, lists, {"UserName": str(params.get("UserName", ""))}, about=about)


def read_settled(reply: Reply) -> Accepted:
    """Deactivated, or gone, when it is no longer listed as Active; sessions, when the policy that denies them stands."""
    reading = _standing(reply)
    return Accepted({State.DEAD: True, State.ALIVE: False}.get(reading.state), reading.why)


def _standing(reply: Reply) -> Reading:
    document = reply.json()
    code, message = error_of(reply)
    if reply.about and code == "NoSuchEntity" and "user" in message.lower():
        return Reading(State.DEAD, "AWS knows no such user any more, and lets none be deleted before its keys")
    if reply.status != 200 or not isinstance(document, dict) or "PolicyDocument" in document:
        return aws_sessions.read_denied(reply)
    for _, name, entries in _DEACTIVATE.values():
        if entries in document:
            keys = [{"AccessKeyId": one.get(name), "Status": one.get("Status")} for one in listed(document, entries)]
            return read_listed({"AccessKeyMetadata": keys, "IsTruncated": document.get("IsTruncated")}, reply.about)
    return Reading(State.UNKNOWN, "AWS answered 200 with something else")


OFFSHOOTS = Offshoots(ask, read, ask_settled, read_settled)
