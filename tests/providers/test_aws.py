"""AWS: the parts of a key, how replies are read, and a key's whole death at moto."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from irkit.errors import BadInput, NotAvailable
from irkit.model import SecretRef, State
from irkit.plan import AwsCall
from irkit.providers.aws import AWS, account_of, ask_standing, key_pair, read_change, read_standing
from irkit.providers.interface import Reply, Setting, Target
from irkit.revoke import proof_of_death
from tests.needs import needs
from tests.providers.proofs import proves
from tests.servers.aws import SETUP_ACTIONS, World, moto

KEY = "AKIAQVISIBLYFAKE0000"
SECRET = "visiblyFakeSecretKey" * 2

ACCOUNTS = {
    "AKIAIOSFODNN7EXAMPLE": "",  # of before 2019
    "ASIAQNZGKIQY56JQ7WML": "029608264753",  # published with the description of the format
    "AKIA": "",
    "": "",
}


@proves("aws", "identify", by="offline")
@pytest.mark.parametrize("key_id", ACCOUNTS)
def test_the_account_is_read_from_the_key_id(key_id: str) -> None:
    assert account_of(key_id) == ACCOUNTS[key_id]


def test_the_secret_parts_are_secret_by_themselves_and_stay_out_of_reprs() -> None:
    assert AWS.secret_parts is not None
    assert AWS.secret_parts(f"{KEY}:{SECRET}") == (SECRET,)
    assert AWS.secret_parts(f"ASIA{KEY[4:]} {SECRET} visibly-fake-session") == (SECRET, "visibly-fake-session")
    assert AWS.secret_parts(KEY) == ()
    assert SECRET not in repr(key_pair(f"{KEY}:{SECRET}"))


def listing(*keys: tuple[str, str], about: str = KEY, cut: bool = False) -> Reply:
    metadata = [{"AccessKeyId": key, "Status": status} for key, status in keys]
    return Reply(200, {}, json.dumps({"AccessKeyMetadata": metadata, "IsTruncated": cut}), about=about)


def error(code: str, status: int = 403) -> Reply:
    return Reply(status, {}, json.dumps({"Error": {"Code": code, "Message": "x"}}))


READINGS = {
    "an identity": (Reply(200, {}, '{"Arn": "arn:aws:iam::1:user/ci"}'), State.ALIVE, "user/ci"),
    "unknown or inactive": (error("InvalidClientTokenId"), State.DEAD, "no active key"),
    "wrong secret": (error("SignatureDoesNotMatch"), State.UNKNOWN, "not its secret key"),
    "expired": (error("ExpiredToken"), State.DEAD, "expired"),
    "denied": (error("AccessDenied"), State.UNKNOWN, "AccessDenied"),
    "throttled": (error("Throttling", 400), State.UNKNOWN, "Throttling"),
    "an outage": (error("InternalFailure", 500), State.UNKNOWN, "500"),
    "no answer": (Reply(None, sent=False, failure="refused"), State.UNKNOWN, "nothing was sent"),
    "HTML": (Reply(200, {}, "<html>"), State.UNKNOWN, "not AWS"),
    "listed active": (listing(("AKIAOTHER", "Inactive"), (KEY, "Active")), State.ALIVE, "Active"),
    "listed inactive": (listing(("AKIAOTHER", "Active"), (KEY, "Inactive")), State.DEAD, "Inactive"),
    "not listed": (listing(("AKIAOTHER", "Active")), State.DEAD, "does not list"),
    "not listed, list cut off": (listing(("AKIAOTHER", "Active"), cut=True), State.UNKNOWN, "cut off"),
    "nothing to look for": (listing((KEY, "Active"), about=""), State.UNKNOWN, "no key id"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


ACCEPTED = {
    "200": (Reply(200, {}, "{}"), True),
    "denied": (error("AccessDenied"), False),
    "no such key": (error("NoSuchEntity", 404), None),  # gone, or another user's: its user's list tells
    "an outage": (error("ServiceFailure", 500), None),
    "HTML": (Reply(403, {}, "<html>"), None),
    "timeout after sending": (Reply(None, sent=True, failure="timeout"), None),
    "refused before sending": (Reply(None, sent=False, failure="refused"), False),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_an_acceptance_is_read(case: str) -> None:
    reply, yes = ACCEPTED[case]
    assert read_change(reply).yes is yes


def test_a_bare_key_id_needs_its_user_and_a_bare_temporary_one_cannot_be_asked_about() -> None:
    with pytest.raises(BadInput, match="IAM user"):
        ask_standing(Setting(), Target(None, "access-key-id", KEY))
    with pytest.raises(NotAvailable, match="temporary key"):
        ask_standing(Setting(), Target(None, "temporary-key-id", KEY))


@pytest.fixture
def world() -> Iterator[World]:
    with moto(SETUP_ACTIONS) as url:
        yield World(url)


@needs("python:moto")
@proves("aws", "verify", "revoke", "confirm", by="real server: moto")
def test_a_key_lives_is_contained_by_the_responder_and_is_proved_dead(world: World) -> None:
    def standing(target: Target, setting: Setting) -> tuple[State, str]:
        reading = read_standing(world.door.send(ask_standing(setting, target)))
        return reading.state, reading.why

    assert account_of(world.leaked_id) == "123456789012"
    assert AWS.look_up is not None
    question = AWS.look_up.ask(world.setting, world.target)
    assert question is not None
    setting = AWS.look_up.learned(world.setting, world.door.send(question))
    assert setting.options == {"user": "ci", "last_used": "never"}
    assert AWS.look_up.ask(setting, world.target) is None

    by_id = Target(None, "access-key-id", world.leaked_id)
    never = Target(SecretRef("control:aws/access-key"), "access-key")
    never_by_id = Target(SecretRef("control:aws/access-key-id"), "access-key-id")
    reading = read_standing(world.door.send(ask_standing(setting, world.target)))
    control = read_standing(world.door.send(ask_standing(setting, never)))
    assert (reading.state, control.state) == (State.ALIVE, State.DEAD)
    assert ":user/ci" in reading.why
    assert standing(by_id, setting)[0] is State.ALIVE
    assert standing(never_by_id, setting)[0] is State.DEAD

    deactivate, delete = AWS.steps
    for step in (deactivate, delete):
        call = step.ask(setting, world.target)
        assert isinstance(call, AwsCall)
        assert step.read(world.door.send(call)).yes is True
        if step is deactivate:  # moto lets an inactive key in, but lists it as inactive
            assert standing(by_id, setting) == (State.DEAD, "iam ListAccessKeys says Inactive")
    after = read_standing(world.door.send(ask_standing(setting, world.target)))
    assert proof_of_death(reading, control, [after]).verdict == "dead"
    assert standing(by_id, setting) == (State.DEAD, "iam ListAccessKeys does not list it for this user")
    again = delete.ask(setting, world.target)
    assert isinstance(again, AwsCall)
    assert delete.read(world.door.send(again)).yes is None  # another attempt finds it gone, by asking
    assert delete.ask_settled is not None
    assert delete.read_settled is not None
    assert delete.read_settled(world.door.send(delete.ask_settled(setting, world.target))).yes is True


@needs("python:moto")
def test_the_right_id_with_a_wrong_secret_is_neither_dead_nor_alive(world: World) -> None:
    world.values["env:LEAKED"] = f"{world.leaked_id}:{SECRET}"
    reading = read_standing(world.door.send(ask_standing(world.setting, world.target)))
    assert (reading.state, "SignatureDoesNotMatch" in reading.why) == (State.UNKNOWN, True)
