"""What is proposed follows from a fact; what was done about it already is not proposed again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from irkit.model import ApiToken, Clock, Incident, Instant, Kind, Record, SecretRef, Trust, iso
from irkit.plan import Action, AwsCall, Do, Ended, HumanTask, Outcome, Plan
from irkit.postmortem.actions import proposed
from irkit.postmortem.story import Done, Story, Usage
from irkit.providers.aws_sessions import policy as policy_of
from irkit.providers.interface import Setting

KEY, SESSION = "AKIAFAKEFAKEFAKE0001", "ASIAFAKEFAKEFAKE0002"
SENT = datetime(2026, 5, 4, 9, tzinfo=UTC)
ROLE = "arn:aws:iam::000000000000:role/deploy"


def deny(
    name: str = "RoleName", whose: str = "deploy", policy: str = "AWSRevokeOlderSessions", before: str = ""
) -> AwsCall:
    """As irkit plans it, with the moment that case.toml may name."""
    operation = f"Put{name.removesuffix('Name')}Policy"
    document = policy_of(Setting(options={"revoke_before": before} if before else {}))
    return AwsCall(
        "iam", operation, "responder", {name: whose, "PolicyName": policy, "PolicyDocument": document}, mutates=True
    )


def told(do: Do | None = None, ended: Ended = Ended.DONE, **session: Any) -> Story:
    """A key that begot one session an hour before a plan that does one thing about it."""
    credential = ApiToken(SecretRef(f"id:{KEY}"), "aws", "access-key", None, KEY)
    row = {
        "kind": "session",
        "id": SESSION,
        "at": iso(SENT - timedelta(hours=1)),
        "owner": ROLE,
        "alive": "unknown",
        "ok_last": None,
    }
    usage = Usage(KEY, "sha256:0", {"derived": [{"key": SESSION, "parent": KEY}], "descent": [row | session]})
    action = Action("contain", KEY, f"End the session {SESSION}, made with {KEY}", do or deny())
    plan = Plan("case", "revoke", "alice", (action,))
    intent = Record(1, SENT, Kind.INTENT, "alice", {"action": action.id}, "", "")
    at = Instant(SENT + timedelta(seconds=2), Clock.REVOKE_SENT, "irkit", Trust.INDEPENDENT)
    done = Done(intent, plan.name, KEY, action.what, Outcome(action.id, ended, "as it ended", at))
    incident = Incident("case", "A leak", (credential,), at)
    return Story((intent,), (intent,), incident, {}, {KEY: usage}, (), (), (), ((intent, plan),), (), (done,), (), ())


def asked(story: Story) -> bool:
    return f"derived:{SESSION}" in {one.id for one in proposed(story)}


OVER = {
    "its role denies it": told(),
    "its user denies it": told(deny("UserName", "ci"), owner="arn:aws:iam::000000000000:user/ci"),
    "its role denies those before a moment": told(deny(before=iso(SENT - timedelta(minutes=30)))),
    "it ended by itself": told(ended=Ended.FAILED, alive="no"),
    "it worked until then": told(ok_last=iso(SENT)),
}
LEFT = {
    "the policy was refused": told(ended=Ended.REFUSED),
    "what became of it is not known": told(ended=Ended.UNKNOWN),
    "of another role": told(deny(whose="build")),
    "of a user of that name": told(deny("UserName")),
    "another policy": told(deny(policy="something-else")),
    "it was made after the moment that the policy names": told(deny(before=iso(SENT - timedelta(hours=2)))),
    "a person was asked": told(HumanTask("End the sessions", "https://console.aws.amazon.com/")),
    "made since": told(at=iso(SENT + timedelta(minutes=1))),
    "nobody knows when it was made": told(at=None),
    "nobody knows whose it is": told(owner=""),
    "it worked after that": told(ok_last=iso(SENT + timedelta(minutes=5))),
    "a key, which no such policy ends": told(kind="access-key"),
}


@pytest.mark.parametrize("story", OVER.values(), ids=OVER)
def test_a_session_that_is_over_is_not_proposed_to_be_revoked(story: Story) -> None:
    assert not asked(story)


@pytest.mark.parametrize("story", LEFT.values(), ids=LEFT)
def test_a_session_of_which_that_is_not_known_is(story: Story) -> None:
    assert asked(story)


def made(**more: Any) -> dict[str, Any]:
    return {
        "kind": "user",
        "id": "exporter",
        "at": iso(SENT - timedelta(hours=1)),
        "owner": "",
        "alive": "unknown",
        "ok_last": None,
    } | more


def begot(
    do: Do, *rows: dict[str, Any], ended: Ended = Ended.DONE, what: str = "Remove the user exporter"
) -> list[str]:
    story = told(do, ended)
    ((record, plan),), (done,) = story.plans, story.outcomes
    action = replace(plan.actions[0], what=f"{what}, made with {KEY}")
    outcome = replace(done.outcome, action=action.id)
    usage = replace(story.usages[KEY], document={"descent": list(rows)})
    by_hand = Record(
        2, SENT, Kind.HUMAN_DONE, "alice", {"action": action.id if ended is Ended.DONE else "another"}, "", ""
    )
    story = replace(
        story, plans=((record, replace(plan, actions=(action,))),), usages={KEY: usage}, outcomes=(replace(done, outcome=outcome),),
        readable=(*story.readable, by_hand),
    )  # fmt: skip
    return [one.id for one in proposed(story) if one.id.startswith("begotten:")]


BY_HAND = HumanTask("Remove the user exporter", "https://console.aws.amazon.com/")


def test_what_it_made_and_nobody_ended_is_proposed() -> None:
    assert begot(deny(), made(), what="Deactivate the access-key AKIA") == ["begotten:exporter"]
    assert begot(BY_HAND, made(), ended=Ended.WAITING) == ["begotten:exporter"]
    assert begot(BY_HAND, made(id="exporter-2")) == ["begotten:exporter-2"], "another by a name that begins so"
    assert begot(BY_HAND, made(ok_last=iso(SENT + timedelta(hours=1)))) == ["begotten:exporter"], "it worked after that"
    assert begot(BY_HAND, made()) == []
    assert begot(BY_HAND, *(made(id=f"i-{at}") for at in range(40))) == [f"begotten:{KEY}"], "not forty items"
    assert begot(BY_HAND, made(alive="no")) == []


def test_without_the_tree_of_descent_every_session_is_proposed() -> None:
    story = told()
    usage = replace(story.usages[KEY], document={"derived": [{"key": SESSION, "parent": KEY}]})
    assert asked(replace(story, usages={KEY: usage}))
