"""AWS: what outlives a key is denied or named, and a fresh key takes its place, at moto and by botocore's descriptions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.model import Secret, SecretRef, State
from irkit.plan import Action, AwsCall, Dated, HumanTask, canonical, document, read
from irkit.providers.aws import AWS, ask_standing, key_pair, read_standing
from irkit.providers.aws_sessions import policy, read_denied, read_other_keys, read_password
from irkit.providers.interface import Need, Offspring, Reply, Setting, Target
from irkit.redact import Redactor
from tests.needs import needs
from tests.providers.contracts import described_by_botocore
from tests.providers.proofs import proves
from tests.servers.aws import SETUP_ACTIONS, World, moto

READY = Setting("", SecretRef("env:ADMIN"), {"user": "ci"})
TARGET = Target(SecretRef("env:LEAKED"), "access-key", "AKIAQVISIBLYFAKE0001")
SESSION = Target(SecretRef("env:LEAKED"), "temporary-key", "ASIAQVISIBLYFAKE0001")
SESSIONS, OTHER_KEYS, PASSWORD = AWS.survivors
assert AWS.replacement is not None
FRESH = AWS.replacement


@pytest.fixture
def world() -> Iterator[World]:
    with moto(SETUP_ACTIONS) as url:
        world = World(url)
        world.setting = replace(world.setting, options={"user": "ci"})
        yield world


def denying(moment: str = "2026-03-01T12:00:01Z", **other: Any) -> Reply:
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    statement |= {"Condition": {"DateLessThan": {"aws:TokenIssueTime": moment}}, **other}
    return Reply(200, {}, json.dumps({"PolicyDocument": {"Statement": [statement]}}))


def error(code: str, message: str = "", status: int = 404) -> Reply:
    return Reply(status, {}, json.dumps({"Error": {"Code": code, "Message": message}}))


DENIED = {
    "it stands": (denying(), State.DEAD, "before 2026-03-01T12:00:01Z"),
    "it allows": (denying(Effect="Allow"), State.UNKNOWN, "something else"),
    "it denies one action": (denying(Action="s3:*"), State.UNKNOWN, "something else"),
    "it spares some": (denying(NotPrincipal="x", Condition={"Bool": {"x": "y"}}), State.UNKNOWN, "something else"),
    "a statement alone": (Reply(200, {}, json.dumps({"PolicyDocument": json.loads(denying().body)["PolicyDocument"]
                          | {"Statement": json.loads(denying().body)["PolicyDocument"]["Statement"][0]}})), State.DEAD, "before"),
    "no policy": (error("NoSuchEntity", "The user policy with name x cannot be found."), State.ALIVE, "let in"),
    "no user": (error("NoSuchEntity", "The user with name x cannot be found."), State.UNKNOWN, "NoSuchEntity"),
    "not allowed": (error("AccessDenied", status=403), State.UNKNOWN, "AccessDenied"),
    "HTML": (Reply(200, {}, "<html>"), State.UNKNOWN, "200"),
    "no answer": (Reply(None, failure="timeout"), State.UNKNOWN, "timeout"),
}  # fmt: skip


@pytest.mark.parametrize("case", DENIED)
def test_whether_sessions_are_denied_is_read(case: str) -> None:
    reply, state, why = DENIED[case]
    reading = read_denied(reply)
    assert reading.state is state
    assert why in reading.why


def keys(*named: tuple[str, str], about: str, cut: bool = False) -> Reply:
    metadata = [{"AccessKeyId": name, "Status": status, "CreateDate": "2026-03-01"} for name, status in named]
    return Reply(200, {}, json.dumps({"AccessKeyMetadata": metadata, "IsTruncated": cut}), about=about)


OTHERS = {
    "none": (keys(("A", "Active"), about="A"), State.DEAD, "no other"),
    "another": (keys(("A", "Inactive"), ("B", "Active"), about="A"), State.ALIVE, "B (made 2026-03-01)"),
    "another, inactive": (keys(("A", "Active"), ("B", "Inactive"), about="A"), State.DEAD, "no other"),
    "another, known": (keys(("A", "Active"), ("B", "Active"), about="A,B"), State.DEAD, "no other"),
    "cut off": (keys(("A", "Active"), about="A", cut=True), State.UNKNOWN, "cut off"),
    "not allowed": (error("AccessDenied", status=403), State.UNKNOWN, "AccessDenied"),
    "no answer": (Reply(None, failure="timeout"), State.UNKNOWN, "timeout"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_further_keys_are_read(case: str) -> None:
    reply, state, why = OTHERS[case]
    reading = read_other_keys(reply)
    assert reading.state is state
    assert why in reading.why


PASSWORDS = {
    "one": (Reply(200, {}, '{"LoginProfile": {"UserName": "ci", "CreateDate": "2026-03-01"}}'), State.ALIVE),
    "none": (error("NoSuchEntity", "Login Profile for User ci cannot be found."), State.DEAD),
    "no such user": (error("NoSuchEntity", "The user with name ci cannot be found."), State.UNKNOWN),
    "not allowed": (error("AccessDenied", status=403), State.UNKNOWN),
    "no answer": (Reply(None, failure="refused", sent=False), State.UNKNOWN),
}


@pytest.mark.parametrize("case", PASSWORDS)
def test_a_console_password_is_read(case: str) -> None:
    reply, state = PASSWORDS[case]
    assert read_password(reply).state is state


def test_a_plan_that_denies_sessions_until_now_is_the_same_whenever_it_is_made() -> None:
    first, second = (SESSIONS.close(READY, TARGET) for _ in range(2))
    assert isinstance(first, AwsCall)
    action = Action("contain", "key", "End the sessions", first)
    assert canonical(first) == canonical(second)
    assert read(Action, document(action)) == action
    assert "{now}" in first.summary()


def test_the_moment_can_be_named_and_must_be_one() -> None:
    named = replace(READY, options={"revoke_before": "2026-03-01T12:00:00Z"})
    assert "2026-03-01T12:00:00Z" in policy(named).dated
    with pytest.raises(BadInput, match="no moment"):
        policy(replace(READY, options={"revoke_before": "yesterday"}))


@pytest.mark.parametrize("role", ["AWSServiceRoleForSupport", "AWSReservedSSO_Admin_0123", ""])
def test_what_nobody_may_put_a_policy_on_is_a_persons_task(role: str) -> None:
    assert AWS.offshoots is not None
    owner = f"arn:aws:iam::1:role/x/{role}" if role else ""
    child = Offspring("session", ("ASIA1",), owner)
    assert isinstance(AWS.offshoots.ask(replace(READY, options={}), child), HumanTask)


OWNERS = {
    "user": ('{"UserName": "ci", "AccessKeyLastUsed": {"ServiceName": "N/A"}}', {"user": "ci", "last_used": "never"}),
    "used": (
        '{"UserName": "ci", "AccessKeyLastUsed": {"LastUsedDate": "D", "ServiceName": "s3", "Region": "eu-west-1"}}',
        {"user": "ci", "last_used": "D s3 eu-west-1"},
    ),
    "role": ('{"Arn": "arn:aws:sts::1:assumed-role/Deploy/x"}', {"role": "Deploy"}),
    "session of a user": ('{"Arn": "arn:aws:iam::1:user/path/ci"}', {"user": "ci"}),
    "root": ('{"Arn": "arn:aws:iam::1:root"}', {}),
    "federated": ('{"Arn": "arn:aws:sts::1:federated-user/x"}', {}),
    "HTML": ("<html>", {}),
}


@pytest.mark.parametrize("case", OWNERS)
def test_whose_key_it_is_is_learned(case: str) -> None:
    assert AWS.look_up is not None
    body, options = OWNERS[case]
    assert AWS.look_up.read(READY, Reply(200, {}, body)) == options


def test_the_session_of_a_leaked_temporary_key_is_denied_by_the_responder() -> None:
    assert AWS.look_up is not None
    question = AWS.look_up.ask(Setting("", SecretRef("env:ADMIN")), SESSION)
    assert isinstance(question, AwsCall)
    assert (question.operation, question.identity) == ("GetCallerIdentity", "leaked")
    setting = Setting("", SecretRef("env:ADMIN"), {"role": "Deploy"})
    first, second = (step.ask(setting, SESSION) for step in AWS.steps)
    assert first == second  # one action, not two
    assert isinstance(first, AwsCall)
    assert (first.operation, first.params["RoleName"]) == ("PutRolePolicy", "Deploy")
    assert isinstance(AWS.steps[0].ask(Setting(), SESSION), HumanTask)


@needs("python:moto")
@proves("aws", "survivors", by="real server: moto")
def test_sessions_are_denied_until_the_moment_of_sending_and_the_policy_is_found_again(world: World) -> None:
    def sessions() -> State:
        question = SESSIONS.ask(world.setting, world.target) if SESSIONS.ask else None
        assert question is not None
        return read_denied(world.door.send(question)).state

    assert sessions() is State.ALIVE
    began = datetime.now(UTC).replace(microsecond=0)
    close = SESSIONS.close(world.setting, world.target)
    assert isinstance(close, AwsCall)
    assert SESSIONS.read_closed is not None
    assert SESSIONS.read_closed(world.door.send(close)).yes is True
    ended = datetime.now(UTC)
    assert sessions() is State.DEAD
    question = SESSIONS.ask(world.setting, world.target) if SESSIONS.ask else None
    assert question is not None
    moment = world.door.send(question).json()["PolicyDocument"]["Statement"][0]["Condition"]["DateLessThan"]
    until = datetime.strptime(moment["aws:TokenIssueTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert began <= until <= ended + timedelta(seconds=1)


@needs("python:moto")
def test_a_session_of_a_role_is_let_in_before_and_denied_after(world: World) -> None:
    """moto ignores the condition, so this shows that the policy reaches the session, not which sessions it spares."""
    assert AWS.offshoots is not None
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    made = world.admin("iam", "CreateRole", RoleName="Deploy", AssumeRolePolicyDocument=json.dumps(trust)).json()[
        "Role"
    ]
    world.admin("iam", "PutRolePolicy", RoleName="Deploy", PolicyName="all", PolicyDocument=json.dumps(allow))
    lent = world.admin("sts", "AssumeRole", RoleArn=made["Arn"], RoleSessionName="lent").json()["Credentials"]
    world.values["env:LENT"] = f"{lent['AccessKeyId']}:{lent['SecretAccessKey']}:{lent['SessionToken']}"
    use = AwsCall("s3", "ListBuckets", "leaked", {}, SecretRef("env:LENT"), endpoint=world.url)
    assert world.door.send(use).status == 200
    child = Offspring("session", ("ASIA1",), made["Arn"])
    call = AWS.offshoots.ask(world.setting, child)
    assert isinstance(call, AwsCall)
    settle = AWS.offshoots.ask_settled
    assert settle is not None
    assert AWS.offshoots.read_settled is not None
    assert AWS.offshoots.read_settled(world.door.send(settle(world.setting, call))).yes is False
    assert AWS.offshoots.read(world.door.send(call)).yes is True
    assert AWS.offshoots.read_settled(world.door.send(settle(world.setting, call))).yes is True
    assert world.door.send(use).status == 403


@needs("python:moto")
@proves("aws", "survivors", by="real server: moto")
def test_a_second_key_and_a_console_password_are_found(world: World) -> None:
    def states(setting: Setting) -> list[State]:
        told = []
        for survivor in (OTHER_KEYS, PASSWORD):
            question = survivor.ask(setting, world.target) if survivor.ask else None
            assert question is not None
            assert survivor.read is not None
            told.append(survivor.read(world.door.send(question)).state)
        return told

    assert states(world.setting) == [State.DEAD, State.DEAD]
    second = world.admin("iam", "CreateAccessKey", UserName="ci").json()["AccessKey"]["AccessKeyId"]
    world.admin("iam", "CreateLoginProfile", UserName="ci", Password="visibly-Fake-0")
    assert states(world.setting) == [State.ALIVE, State.ALIVE]
    known = replace(world.setting, options={**world.setting.options, "known_keys": second})
    assert states(known) == [State.DEAD, State.ALIVE]
    known = replace(world.setting, options={**world.setting.options, "known_keys": f"{second}, console-password"})
    assert states(known) == [State.DEAD, State.DEAD]
    assert OTHER_KEYS.close(known, world.target) is None  # whose they are is a person's to judge


@needs("python:moto")
def test_an_ssh_key_it_left_is_deactivated_and_found_so(world: World) -> None:
    assert AWS.offshoots is not None
    assert AWS.offshoots.ask_settled is not None
    assert AWS.offshoots.read_settled is not None
    body = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDvisiblyFake"
    made = world.admin("iam", "UploadSSHPublicKey", UserName="ci", SSHPublicKeyBody=body).json()
    call = AWS.offshoots.ask(world.setting, Offspring("ssh-key", (made["SSHPublicKey"]["SSHPublicKeyId"],), "ci"))
    assert isinstance(call, AwsCall)
    question = AWS.offshoots.ask_settled(world.setting, call)
    assert AWS.offshoots.read_settled(world.door.send(question)).yes is False
    assert AWS.offshoots.read(world.door.send(call)).yes is True
    assert AWS.offshoots.read_settled(world.door.send(question)).yes is True


@needs("python:moto")
@proves("aws", "replace", by="real server: moto")
def test_a_fresh_key_is_made_seen_by_the_door_alone_works_and_can_be_taken_back(world: World) -> None:
    need = Need("ci", since=datetime.now(UTC))
    world.setting = replace(world.setting, options={"user": "ci", "known_keys": world.leaked_id})  # a minute old here
    assert FRESH.ask_named is not None
    assert FRESH.read_named is not None
    assert FRESH.ask_undo is not None
    assert FRESH.read_named(world.door.send(FRESH.ask_named(world.setting, need)), need).yes is False
    make = FRESH.ask(world.setting, world.target, need)
    assert isinstance(make, AwsCall)
    reply, secret = world.door.mint(make, FRESH.secret_of)
    assert secret is not None
    pair = key_pair(secret.text())
    assert pair is not None
    assert pair.secret not in reply.body
    made = FRESH.read(reply)
    assert (made.yes, made.public_id) == (True, pair.key_id)
    named = FRESH.read_named(world.door.send(FRESH.ask_named(world.setting, need)), need)
    assert (named.yes, named.public_id) == (True, pair.key_id)

    world.values["env:FRESH"] = secret.text()
    fresh = Target(SecretRef("env:FRESH"), "access-key", pair.key_id)
    assert read_standing(world.door.send(ask_standing(world.setting, fresh))).state is State.ALIVE
    third, nothing = world.door.mint(make, FRESH.secret_of)
    assert (FRESH.read(third).yes, nothing) == (False, None)
    assert "two keys" in FRESH.read(third).why
    assert world.door.send(FRESH.ask_undo(world.setting, pair.key_id)).status == 200
    assert read_standing(world.door.send(ask_standing(world.setting, fresh))).state is State.DEAD


def made(*named: tuple[str, str], cut: bool = False) -> Reply:
    metadata = [{"AccessKeyId": name, "Status": "Active", "CreateDate": at} for name, at in named]
    return Reply(200, {}, json.dumps({"AccessKeyMetadata": metadata, "IsTruncated": cut}))


OLD, NEW = ("A", "2026-02-01T00:00:00Z"), ("B", "2026-03-01T12:00:30Z")
SINCE = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMED = {
    "only an old one": (made(OLD), SINCE, False, ""),
    "one more": (made(OLD, NEW), SINCE, True, "B"),
    "clocks that differ a little": (made(OLD, ("B", "2026-03-01T11:56:00Z")), SINCE, True, "B"),
    "nobody knows since when": (made(OLD, NEW), None, None, ""),
    "two": (made(NEW, ("C", "2026-03-01T12:01:00Z")), SINCE, None, ""),
    "cut off": (made(OLD, cut=True), SINCE, None, ""),
    "a time that is none": (made(("B", "soon")), SINCE, False, ""),
    "not allowed": (error("AccessDenied", status=403), SINCE, None, ""),
}


@pytest.mark.parametrize("case", NAMED)
def test_a_fresh_key_is_found_by_when_it_was_made(case: str) -> None:
    reply, since, yes, name = NAMED[case]
    assert FRESH.read_named is not None
    found = FRESH.read_named(reply, Need("ci", since=since))
    assert (found.yes, found.public_id) == (yes, name)


def test_the_old_key_is_not_taken_for_the_fresh_one_however_young_it_is() -> None:
    young, need = ("A", "2026-03-01T11:59:00Z"), Need("ci", since=SINCE, others=("A",))
    assert FRESH.read_named is not None
    found = [FRESH.read_named(made(*keys), need) for keys in ((young, NEW), (young,), (young, NEW, ("C", NEW[1])))]
    assert [(one.yes, one.public_id) for one in found] == [(True, "B"), (False, ""), (None, "")]


def test_without_a_responder_a_person_makes_it_and_is_told_what_is_better() -> None:
    task = FRESH.ask(Setting(), TARGET, Need("ci"))
    assert isinstance(task, HumanTask)
    assert "OpenID Connect" in " ".join(task.steps)


def every_call() -> Iterator[AwsCall]:
    assert AWS.offshoots is not None
    assert AWS.offshoots.ask_settled is not None
    assert AWS.look_up is not None
    assert FRESH.ask_named is not None
    assert FRESH.ask_undo is not None
    made = [ask_standing(READY, TARGET), ask_standing(READY, Target(None, "access-key-id", TARGET.public_id))]
    made += [AWS.look_up.ask(replace(READY, options={}), TARGET), FRESH.ask(READY, TARGET, Need("ci"))]
    made += [FRESH.ask_named(READY, Need("ci")), FRESH.ask_undo(READY, TARGET.public_id)]
    for step in AWS.steps:
        made += [step.ask(READY, TARGET), step.ask(Setting("", None), TARGET)]
        made += [step.ask_settled(READY, TARGET)] if step.ask_settled else []
    for survivor in AWS.survivors:
        made += [survivor.close(READY, TARGET), survivor.ask(READY, TARGET) if survivor.ask else None]
    for kind in ("access-key", "ssh-key", "service-specific-credential", "session"):
        for owner in ("ci", "arn:aws:iam::123456789012:role/Deploy"):
            call = AWS.offshoots.ask(READY, Offspring(kind, ("APKAVISIBLYFAKE000001",), owner))
            made += [call, AWS.offshoots.ask_settled(READY, call) if isinstance(call, AwsCall) else None]
    yield from (one for one in made if isinstance(one, AwsCall))


def test_every_call_is_one_that_botocore_describes() -> None:
    operations = set()
    for call in every_call():
        dated = {name: "{}" if isinstance(value, Dated) else value for name, value in call.params.items()}
        if "arn:aws" not in str(dated.get("UserName", "")):
            described_by_botocore(replace(call, params=dated))
        operations.add(call.operation)
    assert operations >= {
        "PutUserPolicy",
        "PutRolePolicy",
        "GetUserPolicy",
        "GetRolePolicy",
        "CreateAccessKey",
        "GetLoginProfile",
    }


def test_a_fresh_pair_is_hidden_in_its_parts_though_the_answer_tells_them_apart() -> None:
    """The door hides `ID:SECRET`; the answer has the two in fields of their own."""
    from irkit.network.aws import _reply
    from irkit.network.hand import Hand

    pair = {"AccessKeyId": "AKIAQVISIBLYFAKE0009", "SecretAccessKey": "visiblyFakeFreshKey0" * 2}
    hand = Hand(lambda _ref: Secret("x"), Redactor(), FRESH.secret_of)
    reply = _reply({"AccessKey": pair, "ResponseMetadata": {"HTTPStatusCode": 200}}, hand, "")
    assert pair["SecretAccessKey"] not in reply.body
    assert pair["AccessKeyId"] in reply.body
    assert isinstance(hand.minted, Secret)
