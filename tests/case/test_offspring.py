"""What a leaked key left behind is contained inside an approved plan: keys by a call, the rest by a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from irkit.case import Case
from irkit.case.containment.left_behind import left_behind
from irkit.case.ledger import Ledger
from irkit.errors import Waiting
from irkit.model import Kind, SecretRef
from irkit.plan import AwsCall, HumanTask
from irkit.providers import PROVIDERS
from irkit.providers.interface import Offspring, Reply, Setting
from tests.case.trail import KEY, NEW_KEY, ROLE_SESSION, SESSION, credentials, event, story, write
from tests.needs import needs
from tests.servers.aws import moto

AWS, GITHUB = PROVIDERS["aws"], PROVIDERS["github"]
READY = Setting("", SecretRef("env:RESPONDER"), {"user": "fake"})


def asked(child: Offspring, setting: Setting = READY, provider: Any = AWS) -> Any:
    return provider.offshoots.ask(setting, child)


@pytest.mark.parametrize(
    ("child", "title", "page", "step"),
    [
        (Offspring("user", ("eve",)), "Remove the IAM user eve", "/users/details/eve", "list-access-keys --user-name eve"),
        (Offspring("login-profile", ("eve",)), "Remove the console password of eve", "/users/details/eve", "delete-login-profile"),
        (Offspring("role", ("r",)), "Remove the role r", "/roles/details/r", "delete-role --role-name r"),
        (Offspring("session", ("ASIA1", "ASIA2"), "arn:aws:iam::1:role/Deploy"), "End the sessions of the role Deploy",
         "/roles/details/Deploy", "AWSRevokeOlderSessions"),
        (Offspring("session", ("ASIA1",), "user/fake"), "End the sessions of the user fake",
         "/users/details/fake", "put-user-policy --user-name fake"),
        (Offspring("something-new", ("x",)), "Remove something-new x", "console.aws", "say so instead"),
    ],
)  # fmt: skip
def test_what_a_person_does_and_where(child: Offspring, title: str, page: str, step: str) -> None:
    task = asked(child, Setting() if child.kind == "session" else READY)
    assert isinstance(task, HumanTask)
    assert task.title == title
    assert page in task.page
    assert any(step in one for one in task.steps)


def test_a_created_key_is_deactivated_by_the_responder_and_by_hand_where_there_is_none() -> None:
    call = asked(Offspring("access-key", (NEW_KEY,), "eve"))
    assert isinstance(call, AwsCall)
    assert (call.operation, call.identity, call.mutates) == ("UpdateAccessKey", "responder", True)
    assert call.params == {"AccessKeyId": NEW_KEY, "Status": "Inactive", "UserName": "eve"}
    assert asked(Offspring("access-key", (NEW_KEY,))).params["UserName"] == "fake"  # made for the key's own user
    assert isinstance(asked(Offspring("access-key", (NEW_KEY,), "eve"), Setting()), HumanTask)


@pytest.mark.parametrize(
    ("reply", "yes"),
    [
        (Reply(200, {}, "{}"), True),
        (Reply(404, {}, '{"Error": {"Code": "NoSuchEntity"}}'), None),
        (Reply(403, {}, '{"Error": {"Code": "AccessDenied"}}'), False),
        (Reply(None, failure="timeout"), None),
    ],
)
def test_how_the_reply_is_read(reply: Reply, yes: bool | None) -> None:
    assert AWS.offshoots is not None
    assert AWS.offshoots.read(reply).yes is yes


def test_a_deploy_key_is_removed_on_the_server_of_the_case() -> None:
    child = Offspring("deploy-key", ("SHA256:x",), "org/repo", "Made then")
    task = asked(child, Setting("https://ghe.example/api/v3"), GITHUB)
    assert task.page == "https://ghe.example/org/repo/settings/keys"
    assert asked(child, Setting(), GITHUB).page == "https://github.com/org/repo/settings/keys"


def opened(tmp_path: Path, credential: str, aws: dict[str, Any], events: list[dict[str, Any]]) -> Case:
    case = Case.create(
        tmp_path / "case",
        [SecretRef(credential)],
        settings={"providers": {"aws": aws}},
        approvers=[tmp_path / "alice.asc"],
    )
    case.usage(write(tmp_path / "logs", events))
    return case


def test_the_plan_names_what_lives_and_leaves_out_what_is_dead(tmp_path, alice, monkeypatch):
    monkeypatch.setenv("RESPONDER", "AKIAFAKEFAKEFAKERESP:" + "fake" * 10)
    living = datetime.now(UTC) + timedelta(hours=5)
    gone = event(90, "DeleteUser", key="AKIAADMIN", user="tobias", requestParameters={"userName": "eve-backdoor"})
    aws = {"responder": "env:RESPONDER", "options": {"user": "fake"}}
    case = opened(tmp_path, f"id:{KEY}", aws, [*story(living), gone])
    case.plan_revocation()
    plan = case.plan("revoke")
    told = [(action.verb, action.do.kind, action.what.split(",")[0]) for action in plan.actions]
    assert told == [
        ("deactivate", "aws", f"Deactivate the access key: {KEY}"),
        ("delete", "aws", f"Delete the access key: {KEY}"),
        ("close", "aws", f"End sessions made with the key before: {KEY}"),
        ("contain", "aws", f"End the session {SESSION}"),
        ("contain", "aws", f"End the session {ROLE_SESSION}"),
    ]  # the key of the user that is gone went before it
    calls = [action.do for action in plan.actions[3:] if isinstance(action.do, AwsCall)]
    assert [call.operation for call in calls] == ["PutUserPolicy", "PutRolePolicy"]
    assert any("left things behind" in reason for reason in plan.reasons)
    case.plan_revocation()
    assert case.plan("revoke").digest == plan.digest  # the same reading gives the same plan


def test_what_a_key_it_made_makes_for_itself_is_that_users_and_is_ended_there(tmp_path, alice, monkeypatch):
    """CreateAccessKey without a name, and GetSessionToken, are of whoever asks: not of the user whose key leaked."""
    monkeypatch.setenv("RESPONDER", "AKIAFAKEFAKEFAKERESP:" + "fake" * 10)
    eve: dict[str, Any] = {"key": NEW_KEY, "user": "eve-backdoor"}
    second = {"accessKey": {"accessKeyId": "AKIAFAKEFAKEFAKE0005", "userName": "eve-backdoor"}}
    later = credentials("ASIAFAKEFAKEFAKE0006", datetime.now(UTC) + timedelta(hours=5))
    events = [
        *story(),
        event(7, "CreateAccessKey", responseElements=second, **eve),
        event(8, "GetSessionToken", service="sts", responseElements=later, **eve),
    ]
    case = opened(tmp_path, f"id:{KEY}", {"responder": "env:RESPONDER", "options": {"user": "fake"}}, events)
    case.plan_revocation()
    calls = [one.do for one in case.plan("revoke").actions if one.verb == "contain" and isinstance(one.do, AwsCall)]
    told = [(one.operation, one.params["UserName"], one.params.get("AccessKeyId")) for one in calls]
    assert told == [
        ("UpdateAccessKey", "eve-backdoor", NEW_KEY),
        ("UpdateAccessKey", "eve-backdoor", "AKIAFAKEFAKEFAKE0005"),
        ("PutUserPolicy", "eve-backdoor", None),
    ]


def test_no_policy_can_be_put_on_root_so_its_sessions_are_a_persons() -> None:
    task = asked(Offspring("session", ("ASIA1",), "arn:aws:iam::000000000000:root"))
    assert isinstance(task, HumanTask)


def test_what_was_found_after_the_plan_was_made_keeps_it_from_being_contained(tmp_path, alice, monkeypatch):
    monkeypatch.setenv("RESPONDER", "AKIAFAKEFAKEFAKERESP:" + "fake" * 10)
    aws = {"responder": "env:RESPONDER", "options": {"user": "fake"}}
    case = opened(tmp_path, f"id:{KEY}", aws, story(datetime.now(UTC) + timedelta(hours=5)))
    (token,) = case.credentials
    assert any(NEW_KEY in one and "in no plan yet" in one for one in left_behind(case, token))
    case.plan_revocation()
    assert not any("in no plan yet" in one for one in left_behind(case, token))


def test_without_approval_nothing_of_it_is_begun(tmp_path, alice, monkeypatch):
    monkeypatch.setenv("RESPONDER", "AKIAFAKEFAKEFAKERESP:" + "fake" * 10)
    case = opened(tmp_path, f"id:{KEY}", {"responder": "env:RESPONDER", "options": {"user": "fake"}}, story())
    case.plan_revocation()
    with pytest.raises(Waiting):
        case.carry_out("revoke")
    assert case.journal.records(Kind.INTENT) == ()


@needs("python:moto")
@pytest.mark.parametrize("already", ["there", "deleted by somebody", "deleted with its user"])
def test_the_key_it_made_is_deactivated_once_and_the_rest_waits_for_a_person(tmp_path, monkeypatch, alice, already):
    import boto3

    with moto(12 if already == "deleted with its user" else 10) as url:
        anyone = {
            "aws_access_key_id": "AKIAFAKEFAKEFAKEFAKE",
            "aws_secret_access_key": "fake",
            "region_name": "us-east-1",
        }
        iam = boto3.client("iam", endpoint_url=url, **anyone)
        allow = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
        pairs = []
        for user in ("fake", "responder", "eve-backdoor"):
            iam.create_user(UserName=user)
            iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=allow)
            made = iam.create_access_key(UserName=user)["AccessKey"]
            pairs.append((made["AccessKeyId"], made["SecretAccessKey"]))
        leaked, new = pairs[0][0], pairs[2][0]
        if already != "there":
            iam.delete_access_key(UserName="eve-backdoor", AccessKeyId=new)
        if already == "deleted with its user":
            iam.delete_user_policy(UserName="eve-backdoor", PolicyName="all")
            iam.delete_user(UserName="eve-backdoor")
        monkeypatch.setenv("RESPONDER", ":".join(pairs[1]))
        monkeypatch.setenv("LEAKED", ":".join(pairs[0]))
        events = json.loads(json.dumps(story()).replace(KEY, leaked).replace(NEW_KEY, new))
        aws = {"base": url, "responder": "env:RESPONDER", "propagation_s": 1}
        case = opened(tmp_path, "env:LEAKED", aws, events)
        home, person = alice
        case.plan_revocation()
        case.approve("revoke", person, home)
        with pytest.raises(Waiting, match="eve-backdoor"):
            case.carry_out("revoke")
        ledger = Ledger.of(case.journal.records())
        (act,) = [one for one in case.plan("revoke").actions if one.verb == "contain" and isinstance(one.do, AwsCall)]
        outcome = ledger.outcomes[act.id]
        assert outcome.ended.value == "done", outcome.why
        for one in case.plan("revoke").actions:
            if isinstance(one.do, HumanTask):
                case.hand_done(one.id, "done")
        case.carry_out("revoke")
        assert sum(record.body["action"] == act.id for record in case.journal.records(Kind.INTENT)) == 1
        case.confirm()
        told = case.journal.records(Kind.CONTAINED)[-1].body
        assert told["contained"] is True
        assert (
            "before it died: read those up to" in told["why"][0]
        )  # what it begot since then is in no log that was read
        case.verify()
