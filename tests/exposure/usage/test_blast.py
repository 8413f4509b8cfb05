"""What a policy or scopes allow, beside what was used."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from irkit.errors import BadInput
from irkit.exposure.usage import radius
from irkit.exposure.usage.blast import Blast, Line, of_policy, of_scopes, of_use_alone
from irkit.exposure.usage.policy import iam_action, reach, statements_of
from irkit.show import View
from irkit.show.svg import fault


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


REACHES: list[tuple[str, list[dict[str, Any]], str, bool | None]] = [
    ("by name", [allow("s3:GetObject")], "s3:GetObject", True),
    ("whatever the case", [allow("S3:getobject")], "s3:GetObject", True),
    ("by a star", [allow("s3:Get*")], "s3:GetObject", True),
    ("by a question mark", [allow("s3:GetObjec?")], "s3:GetObject", True),
    ("everything", [allow("*")], "iam:CreateUser", True),
    ("a dot is a dot", [allow("s3.GetObject")], "s3:GetObject", False),
    ("not said", [allow("s3:Get*")], "iam:CreateUser", False),
    ("denied", [allow("*"), deny("iam:*")], "iam:CreateUser", False),
    ("denied on one resource", [allow("*"), deny("s3:*", "arn:aws:s3:::vault")], "s3:GetObject", None),
    ("denied under a condition", [allow("*"), deny("s3:*", Condition={"Bool": {"x": "y"}})], "s3:GetObject", None),
    ("allowed under a condition", [allow("s3:*", Condition={"Bool": {"x": "y"}})], "s3:GetObject", None),
    ("all but", [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "s3:GetObject", True),
    ("all but this", [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}], "iam:CreateUser", False),
    ("denied all but", [allow("*"), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}], "iam:CreateUser", False),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "action", "yes"), [row[1:] for row in REACHES], ids=[row[0] for row in REACHES])
def test_what_a_policy_allows(statements: list[dict[str, Any]], action: str, yes: bool | None) -> None:
    assert reach(statements_of(policy(*statements)), action).yes is yes


@pytest.mark.parametrize(
    "plain",
    [
        policy(allow("s3:*")),
        policy(allow("s3:*"))["Statement"][0],
        [policy(allow("s3:*"))],
        {"PolicyVersion": {"Document": policy(allow("s3:*")), "VersionId": "v1"}},
        {"UserDetailList": [{"UserPolicyList": [{"PolicyDocument": policy(allow("s3:*"))}]}], "Policies": []},
        {"AssumeRolePolicyDocument": policy(allow("sts:AssumeRole")), "RolePolicyList": [{"PolicyDocument": policy(allow("s3:*"))}]},
    ],
)  # fmt: skip
def test_a_policy_is_found_in_whatever_aws_prints_around_it(plain: Any) -> None:
    assert [one.actions for one in statements_of(plain)] == [("s3:*",)]


@pytest.mark.parametrize("plain", [{}, [], "x", {"Statement": []}, {"Statement": [{"Effect": "Allow"}]}])
def test_what_is_no_policy_is_refused(plain: Any) -> None:
    with pytest.raises(BadInput, match="no policy statement"):
        statements_of(plain, on="file")


ADMIN = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
READ = {"Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


def account(**more: Any) -> dict[str, Any]:
    """As get-account-authorization-details has it."""
    versions = [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": ADMIN},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": READ},
    ]
    return {
        "UserDetailList": [
            {"UserName": "ci", "GroupList": ["builders"], "AttachedManagedPolicies": [{"PolicyArn": "arn:read"}]},
            {"UserName": "admin", "GroupList": [], "UserPolicyList": [{"PolicyName": "all", "PolicyDocument": ADMIN}]},
        ],
        "GroupDetailList": [{"GroupName": "builders", "GroupPolicyList": [{"PolicyDocument": policy(allow("ec2:*"))}]}],
        "RoleDetailList": [{"RoleName": "r", "RolePolicyList": [{"PolicyDocument": policy(deny("*"))}]}],
        "Policies": [{"Arn": "arn:read", "PolicyVersionList": versions}],
        **more,
    }  # fmt: skip


def test_of_a_whole_account_those_of_one_user_count_in_the_version_in_force() -> None:
    assert [one.actions for one in statements_of(account(), user="ci")] == [("s3:Get*",), ("ec2:*",)]
    assert [one.actions for one in statements_of(account(), user="admin")] == [("*",)]
    for plain, user, why in (
        (account(), "", "2 users"),
        (account(), "eve", "not among them"),
        (account(Policies=[]), "ci", "attached policy"),
        (account(GroupDetailList=[]), "ci", "a group of the user"),
    ):
        with pytest.raises(BadInput, match=why):
            statements_of(plain, user=user)


NOT_UNDERSTOOD = {
    "of a resource": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"},
    "another effect": {"Effect": "Refuse", "Action": "s3:*", "Resource": "*"},
    "no action": {"Effect": "Allow", "Resource": "*"},
    "a template": {"Effect": "Allow", "Action": "s3:*", "Resource": {"Fn::GetAtt": ["Bucket", "Arn"]}},
    "part of a template": {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", {"Ref": "Bucket"}]},
    "of nothing": {"Effect": "Allow", "Action": "s3:*"},
    "no mapping": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": "x"},
    "both": {"Effect": "Allow", "Action": "s3:*", "NotAction": "iam:*", "Resource": "*"},
}


@pytest.mark.parametrize("statement", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
def test_a_statement_that_is_not_understood_is_never_left_out_in_silence(statement: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="not understood"):
        statements_of(policy(allow("ec2:*"), statement))


@pytest.mark.parametrize(
    "write", [json.dumps, lambda plain: quote(json.dumps(plain))], ids=["a text", "percent-encoded"]
)
def test_a_document_that_stands_as_a_text_is_read(write: Callable[[Any], str]) -> None:
    plain = [policy(allow("ec2:*")), {"PolicyDocument": write(policy(allow("s3:*")))}]
    assert [one.actions for one in statements_of(plain)] == [("ec2:*",), ("s3:*",)]


@pytest.mark.parametrize(
    ("counted", "action"),
    [
        ("lambda.amazonaws.com:CreateFunction20150331", "lambda:CreateFunction"),
        ("lambda.amazonaws.com:AddPermission20150331v2", "lambda:AddPermission"),
        ("s3.amazonaws.com:ListBuckets", "s3:ListAllMyBuckets"),
        ("monitoring.amazonaws.com:PutMetricData", "cloudwatch:PutMetricData"),
        ("ec2.amazonaws.com:RunInstances", "ec2:RunInstances"),
    ],
)
def test_the_name_of_an_event_and_of_its_permission(counted: str, action: str) -> None:
    assert iam_action(counted) == action


USED = (
    ("itself", "iam.amazonaws.com:CreateUser", "ok", 2),
    ("sessions", "secretsmanager.amazonaws.com:GetSecretValue", "ok", 3),
    ("itself", "cloudtrail.amazonaws.com:StopLogging", "denied", 1),
    ("itself", "sts.amazonaws.com:GetCallerIdentity", "ok", 4),
    ("itself", "rds.amazonaws.com:DescribeDBInstances", "ok", 5),
)


def test_used_stands_beside_reachable_and_neither_stands_for_the_other() -> None:
    blast = of_policy(USED, statements_of(policy(allow(["iam:Create*", "s3:*"]), deny("cloudtrail:*"))))
    lines = {one.what: one for one in blast.lines}
    assert (lines["make new identities"].reachable, lines["make new identities"].done) == (True, {"itself": 2})
    # One thing was done that the policy does not allow, so it is not all there is: what it leaves out may be allowed elsewhere.
    assert (lines["read secrets"].reachable, lines["read secrets"].done) == (None, {"sessions": 3})
    assert lines["other things at rds"].reachable is True
    off = lines["switch logging and detection off"]
    assert (off.reachable, off.used, off.refused) == (None, False, {"itself": 1})  # denied for CloudTrail alone
    assert (lines["read stored data"].reachable, lines["read stored data"].used) == (True, None)
    assert lines["ask whose it is"].reachable is True
    assert any("rds:DescribeDBInstances succeeded although" in note for note in blast.notes)
    assert not any("GetSecretValue" in note for note in blast.notes)  # a session has another policy
    assert Blast.from_document(blast.document()) == blast


def test_what_a_policy_leaves_out_is_no_only_as_long_as_nothing_shows_that_there_is_more() -> None:
    reached = {one.what: one.reachable for one in of_policy((), statements_of(policy(allow("s3:*")))).lines}
    assert reached["make new identities"] is False


READABLE = {"Statement": [allow(["ebs:GetSnapshotBlock", "sqs:*", "newer:Thing"]), deny("secretsmanager:*")]}


def test_what_a_policy_of_the_resource_may_allow_is_not_called_out_of_reach() -> None:
    lines = {one.what: one for one in of_policy((), statements_of(policy(allow("ec2:*")))).lines}
    assert lines["become another role, mint sessions"].reachable is None, "a role's trust may name the user"
    assert lines["change stored data"].reachable is None
    assert "a policy of the resource may, which is not read" in lines["change stored data"].through
    assert lines["make new identities"].reachable is False
    refused = {one.what: one for one in of_policy((), statements_of(policy(allow("ec2:*"), deny("*")))).lines}
    assert refused["change stored data"].reachable is False, "a refusal holds whatever a resource says"


def test_what_the_policy_allows_beside_the_abilities_has_a_line_of_its_own() -> None:
    lines = {one.what: one for one in of_policy((), statements_of(READABLE)).lines}
    assert lines["read stored data"].reachable is True
    assert (lines["other things at newer"].reachable, lines["other things at newer"].used) == (True, None)
    assert "sqs:*" in lines["other things at sqs"].through
    known = {
        one.what: one for one in of_policy((), statements_of(READABLE), ["sqs:ReceiveMessage", "sqs:PurgeQueue"]).lines
    }
    assert known["other things at sqs"].through.startswith("sqs:PurgeQueue, by")
    everything = {one.what: one for one in of_policy((), statements_of(policy(allow("*")))).lines}
    assert everything["whatever else there is"].reachable is True
    some = statements_of(policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, allow("*:Get*"), deny("*")))
    assert {one.what: one for one in of_policy((), some).lines}["whatever else there is"].reachable is False
    many = {one.what for one in of_policy((), statements_of(policy(allow([f"s{at}:*" for at in range(99)])))).lines}
    assert "other things at 79 more services" in many


def test_what_no_log_has_unless_it_was_told_to_is_not_called_unused() -> None:
    blast = of_policy((), statements_of(policy(allow(["s3:*", "iam:*"]))))
    rows = {row[0]: row for row in radius.table(blast).rows}
    assert rows["read stored data"][2] is None, "objects are in no trail that was not told to keep data events"
    assert rows["make new identities"][2] is False
    drawn = radius.figure(blast)
    assert drawn is not None
    assert "whether it was used is not known, since logs do not tell of all of it: read stored data" in drawn.alt
    assert blast.document()["lines"][6]["used"] == "unknown"
    code = {row[0]: row for row in radius.table(of_scopes((), ["repo"])).rows}
    assert code["read private code"][2] is None, "git is in no audit log that is not streamed"


def test_with_a_scope_that_is_not_known_nothing_is_out_of_reach() -> None:
    reached = {one.what: one.reachable for one in of_scopes((), ["repo", "contents=write"]).lines}
    assert (reached["gists"], reached["read private code"]) == (None, True)
    more = {one.what: one for one in of_scopes((), ["read:org", "project"]).lines}
    assert more["gists"].reachable is False
    assert more["what else its scopes allow"].through == "read:org, project"


def test_scopes_that_were_not_told_are_known_by_what_was_done() -> None:
    blast = of_scopes((("itself", "github:git.push", "ok", 1),), ["read:user"])
    reached = {one.what: one.reachable for one in blast.lines}
    assert reached["change code"] is True
    assert reached["gists"] is None
    assert any("the token has others" in note for note in blast.notes)


def test_without_a_log_nothing_is_called_unused() -> None:
    blast = replace(of_policy((), statements_of(policy(allow("s3:*")))), read=False)
    text = View("b", (radius.table(blast),)).text()
    assert " no " not in text.replace("no statement allows it", "").split("Through")[0]
    figure = radius.figure(blast)
    assert figure is not None
    assert "What it did is not known: no log was read" in figure.alt
    assert "not used in the logs read" not in figure.svg
    assert Blast.from_document(blast.document()) == blast


def test_with_a_list_of_all_actions_what_is_allowed_is_counted() -> None:
    statements = statements_of(policy(allow("s3:*")))
    assert "2 of 3 known IAM actions" in of_policy((), statements, ["s3:A", "s3:B", "iam:C"]).notes[0]
    assert "unknown" in of_policy((), statements).notes[0]


@pytest.mark.parametrize(
    ("scopes", "what", "reachable"),
    [
        (["repo"], "read private code", True),
        (["repo"], "change code", True),
        (["public_repo"], "read private code", False),
        (["admin:org"], "change members and teams", True),
        (["admin:org"], "manage runners", True),
        (["repo", "workflow"], "change workflows", True),
        ([], "gists", False),
        (["repo"], "manage runners", True),
        (["write:ssh_signing_key"], "change a person's keys", True),
        (["codespace"], "use codespaces, with their code and secrets", True),
    ],
)
def test_what_scopes_allow(scopes: list[str], what: str, reachable: bool) -> None:
    assert {one.what: one.reachable for one in of_scopes((), scopes).lines}[what] is reachable


def test_a_scope_that_is_not_known_is_said_to_be() -> None:
    blast = of_scopes(
        (("itself", "github:git.clone", "ok", 3), ("itself", "github:copilot.x", "ok", 1)), ["repo", "quantum"]
    )
    assert any("quantum" in note for note in blast.notes)
    assert {one.what: one.done for one in blast.lines}["read private code"] == {"itself": 3}
    assert blast.lines[-1] == Line(
        "other things", None, "which scope allows them is not known here", {"itself": 1}, {}, ("github:copilot.x",)
    )


@pytest.mark.parametrize(
    "blast", [of_use_alone(USED), of_policy(USED, statements_of(policy(allow("*")))), of_scopes(USED, ["repo"])]
)
def test_the_picture_is_a_picture_with_words_for_all_of_it(blast: Blast) -> None:
    drawn = radius.figure(blast)
    assert drawn is not None
    assert fault(drawn.svg) == ""
    assert drawn.alt.startswith("Used: ")
    text = View("t", (radius.table(blast),)).text()
    assert all(one.what.split()[0] in text for one in blast.lines)
    assert radius.figure(Blast((), "nothing")) is None
