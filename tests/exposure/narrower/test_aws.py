"""The policy that is proposed: what was done, on what, and never wider than before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.exposure.narrower import arns
from irkit.exposure.narrower.aws import KIND, narrowed
from irkit.exposure.narrower.seen import Seen
from irkit.exposure.usage.policy import reach, statements_of
from irkit.model import MatchKind, UsageEvent

ACCOUNT = "000000000000"
WHO = f"arn:aws:iam::{ACCOUNT}:user/ci"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db-??????"


def use(action: str, number: int = 0, outcome: str = "ok", address: str = "192.0.2.1", **parameters: Any) -> UsageEvent:
    service, _, name = action.partition(":")
    raw = {"requestParameters": parameters}
    return UsageEvent(
        "aws-cloudtrail", f"{action} {number} {parameters}", None, "AKIA", MatchKind.EXACT_ID, name, f"{service}.amazonaws.com", WHO,
        address, region="us-east-1", outcome=outcome, raw=raw,
    )  # fmt: skip


def seen(*events: UsageEvent, only_from: Sequence[str] = ()) -> Seen:
    made = Seen(arns.things, tuple(only_from))
    for one in events:
        made.take(one)
    return made


FORMATS: dict[str, tuple[str, ...]] = {
    "s3:GetObject": ("arn:${Partition}:s3:::${BucketName}/${ObjectName}",),
    "s3:PutObject": ("arn:${Partition}:s3:::${BucketName}/${ObjectName}",),
    "secretsmanager:GetSecretValue": ("arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId}",),
    "iam:ListUsers": ("*",),
    "lambda:CreateFunction": ("arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}",),
}


class Few:
    """The formats of a few actions, as AWS has them."""

    def knows(self, action: str) -> bool:
        return action in FORMATS

    def formats(self, action: str) -> Sequence[str]:
        return FORMATS.get(action, ())

    def needs(self, action: str) -> Sequence[str]:
        return ("iam:PassRole",) if action == "lambda:CreateFunction" else ()


def allowed(text: Any) -> dict[str, list[str]]:
    return {
        action: one["Resource"] for one in text["Statement"] if one["Effect"] == "Allow" for action in one["Action"]
    }


def test_what_was_done_is_allowed_on_what_it_was_done_to() -> None:
    proposal = narrowed(
        seen(
            use("s3:GetObject", bucketName="b", key="a/1"),
            use("secretsmanager:GetSecretValue", secretId="db"),
            use("iam:ListUsers"),
        ),
        catalogue=Few(),
    )
    assert proposal.kind == KIND
    assert proposal.faults == ()
    assert allowed(proposal.text) == {
        "s3:GetObject": ["arn:aws:s3:::b/a/1"], "secretsmanager:GetSecretValue": [SECRET], "iam:ListUsers": ["*"],
    }  # fmt: skip
    assert proposal.document()["enough"] == "unknown"


def test_what_was_only_refused_or_failed_or_needs_nothing_is_not_proposed() -> None:
    events = (
        use("s3:GetObject", bucketName="b", key="1"),
        use("iam:ListUsers", outcome="denied"),
        use("secretsmanager:GetSecretValue", outcome="failed", secretId="db"),
        use("sts:GetCallerIdentity"),
        use("quantum:Entangle"),
    )
    proposal = narrowed(seen(*events), catalogue=Few())
    assert set(allowed(proposal.text)) == {"s3:GetObject"}
    why = {line.action: line.why for line in proposal.lines if not line.allows}
    assert why["iam:ListUsers"] == "not proposed: it was only ever refused"
    assert why["secretsmanager:GetSecretValue"] == "not proposed: it never succeeded"
    assert "any key may" in why["sts:GetCallerIdentity"]
    assert "no IAM action of this name" in why["quantum:Entangle"]


def test_many_things_are_named_by_their_folder() -> None:
    many = [use("s3:GetObject", bucketName="b", key=f"logs/2026/{number}") for number in range(9)]
    assert allowed(narrowed(seen(*many), catalogue=Few()).text) == {"s3:GetObject": ["arn:aws:s3:::b/logs/2026/*"]}


def test_a_star_that_a_caller_wrote_is_a_star_and_no_pattern() -> None:
    text = narrowed(seen(use("s3:GetObject", bucketName="b", key="*")), catalogue=Few()).text
    assert allowed(text) == {"s3:GetObject": ["arn:aws:s3:::b/${*}"]}


def before(*statements: dict[str, Any]) -> Any:
    return statements_of({"Version": "2012-10-17", "Statement": list(statements)})


def test_it_is_never_wider_than_before() -> None:
    inside = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::b/a?/*",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    denied = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/vault/*"}
    nameless = {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "arn:aws:secretsmanager:*:*:secret:app-*"}
    many = [use("s3:GetObject", bucketName="b", key=f"a1/{number}") for number in range(9)]
    proposal = narrowed(seen(*many, use("secretsmanager:GetSecretValue")), before(inside, denied, nameless), Few())
    first, second, refused = proposal.text["Statement"]  # type: ignore[index]
    assert (first["Resource"], first["Condition"]) == (["arn:aws:s3:::b/a1/*"], inside["Condition"])
    assert second["Resource"] == [nameless["Resource"]]  # the log names none: as wide as before
    assert (refused["Effect"], refused["Resource"]) == ("Deny", ["arn:aws:s3:::b/vault/*"])
    assert proposal.faults == ()


def test_what_no_given_statement_allows_is_said() -> None:
    other = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
    proposal = narrowed(seen(use("s3:GetObject", bucketName="b", key="1")), before(other), Few())
    assert "no statement that was given allows it" in proposal.lines[0].why


def test_only_uses_from_known_networks_count_when_they_are_named() -> None:
    ours, theirs = use("s3:GetObject", bucketName="b", key="1"), use("iam:ListUsers", address="203.0.113.9")
    proposal = narrowed(seen(ours, theirs, only_from=["192.0.2.0/24"]), catalogue=Few())
    assert set(allowed(proposal.text)) == {"s3:GetObject"}
    assert proposal.lines[-1].why.endswith("another address than those that were named")
    with pytest.raises(BadInput, match="no network"):
        seen(only_from=["here"])


def test_addresses_are_a_suggestion_and_not_part_of_the_policy() -> None:
    proposal = narrowed(seen(use("iam:ListUsers"), use("iam:ListUsers", 2, address="2001:db8::1")), catalogue=Few())
    (suggestion,) = proposal.suggestions
    assert suggestion.what["Condition"]["IpAddress"]["aws:SourceIp"] == ["192.0.2.1/32", "2001:db8::1/128"]
    assert "Condition" not in proposal.text["Statement"][0]  # type: ignore[index]
    hidden = narrowed(
        seen(use("iam:ListUsers"), use("iam:ListUsers", 2, address="cloudformation.amazonaws.com")), catalogue=Few()
    )
    assert hidden.suggestions == ()


def test_without_a_use_nothing_is_proposed_and_nothing_is_claimed() -> None:
    proposal = narrowed(seen(use("iam:ListUsers", outcome="denied")), catalogue=Few())
    assert proposal.text is None
    assert "does not show that there is none" in proposal.notes[0]
    assert [line.action for line in proposal.lines] == ["iam:ListUsers"]


def test_what_depends_on_what_was_not_seen_is_said_and_not_proposed() -> None:
    proposal = narrowed(seen(use("lambda:CreateFunction20150331", functionName="f")), catalogue=Few())
    assert reach(statements_of(proposal.text), "iam:PassRole").yes is False
    assert any("iam:PassRole" in note for note in proposal.notes)


def test_without_the_list_of_actions_it_says_that_nothing_checked_it() -> None:
    proposal = narrowed(seen(use("s3:GetObject", bucketName="b", key="1")))
    assert proposal.checked == ""
    assert any("not checked" in note for note in proposal.notes)


def test_a_copy_that_was_delivered_twice_counts_once() -> None:
    one = use("iam:ListUsers")
    assert seen(one, one).acts["iam:ListUsers"].done == 1
