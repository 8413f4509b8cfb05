"""What a leaked key begot and nobody ended: its sessions, unless a plan denied them or they are over; what else it made. Pure.

A policy on the user or the role denies all sessions issued before it: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from irkit.errors import BadInput
from irkit.model import Kind, parse_instant
from irkit.plan import AwsCall, Dated, Ended
from irkit.postmortem.story import Story, rows

_DENIES = {"PutUserPolicy": ("UserName", ":user/"), "PutRolePolicy": ("RoleName", ":role/")}
_MOMENT = re.compile(r'"aws:TokenIssueTime":\s*"([^"]+)"')
_POLICY = "AWSRevokeOlderSessions"


def is_over(story: Story, credential: str, key: str) -> bool:
    """Whether a session is known to be of no use any more; never by what is not known. One that worked after it was denied is not."""
    usage = story.usages.get(credential)
    found = [one for one in rows(usage.document.get("descent") if usage else None) if one.get("id") == key]
    if len(found) != 1 or found[0].get("kind") != "session":
        return False
    return found[0].get("alive") == "no" or _is_denied(story, credential, found[0])


def left(story: Story, credential: str) -> Iterator[tuple[str, str]]:
    """Kind and name of what it made beside sessions that is not known to be gone, and about which nothing that a plan asked was done."""
    usage = story.usages.get(credential)
    for one in rows(usage.document.get("descent") if usage else None):
        kind, name = str(one.get("kind")), str(one.get("id"))
        if kind != "session" and one.get("alive") != "no" and not _was_ended(story, credential, name, one):
            yield kind, name


def _was_ended(story: Story, credential: str, name: str, made: Mapping[str, Any]) -> bool:
    """By a call that its provider took, or by a person who said so; not when it worked after that."""
    whole = re.compile(rf"(?<![\w.+=@-]){re.escape(name)}(?![\w.+=@-])")
    about = {
        one.id for _, plan in story.plans for one in plan.actions
        if one.target == credential and whole.search(one.what.rpartition(", made with ")[0])
    }  # fmt: skip
    by_call = [
        done.outcome.at.at
        for done in story.outcomes
        if done.outcome.action in about and done.outcome.ended is Ended.DONE
    ]
    by_hand = [one.at for one in story.of(Kind.HUMAN_DONE) if one.body.get("action") in about]
    worked = _instant(made.get("ok_last"))
    return any(worked is None or worked <= at for at in (*by_call, *by_hand))


def _is_denied(story: Story, credential: str, session: Mapping[str, Any]) -> bool:
    issued, worked, owner = _instant(session.get("at")), _instant(session.get("ok_last")), str(session.get("owner", ""))
    if issued is None or (worked is None and session.get("ok_last")):
        return False
    sent = {str(one.body.get("action")): one.at for one in story.of(Kind.INTENT)}
    calls = {one.id: one.do for _, plan in story.plans for one in plan.actions if one.target == credential}
    for done in story.outcomes:
        began = sent.get(done.outcome.action)
        if done.outcome.ended is Ended.DONE and began:
            before = _denied_before(calls.get(done.outcome.action), owner, began)
            if before and issued < before and (worked is None or worked <= began):
                return True
    return False


def _denied_before(do: object, owner: str, sent: datetime) -> datetime | None:
    """Sessions of the owner that were issued before then are denied by this call; None where it denies none of theirs."""
    if not isinstance(do, AwsCall) or do.operation not in _DENIES or do.params.get("PolicyName") != _POLICY:
        return None
    name, kind = _DENIES[do.operation]
    policy = do.params.get("PolicyDocument")
    moment = _MOMENT.search(policy.dated if isinstance(policy, Dated) else str(policy))
    if kind not in owner or owner.rpartition("/")[2] != do.params.get(name) or moment is None:
        return None
    return sent if moment[1] == "{now}" else _instant(moment[1])


def _instant(text: object) -> datetime | None:
    try:
        return parse_instant(str(text)) if text else None
    except BadInput:
        return None
