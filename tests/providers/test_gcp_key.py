"""Google service account keys: read offline, proved alive and dead by a signature, disabled and deleted by the responder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from irkit.errors import BadInput
from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Action, Ask, Call, HumanTask, document, read
from irkit.providers import identify
from irkit.providers.gcp_account import read_account, read_keys
from irkit.providers.gcp_format import never_issued, service_account_key
from irkit.providers.gcp_key import GCP_KEY, ask_standing, read_standing
from irkit.providers.interface import Need, Reply, Setting, Target
from irkit.redact import Redactor
from irkit.revoke import control_of, proof_of_death
from irkit.stores import resolve
from tests.needs import needs
from tests.providers.contracts import method
from tests.providers.proofs import proves
from tests.servers.google import RESPONDER, Google
from tests.servers.loopback import Server, serving

NAME = f"projects/larkspur-1/serviceAccounts/ci@larkspur-1.iam.gserviceaccount.com/keys/{'0fa4e' * 8}"
LEAKED = SecretRef("env:LEAKED")
READY = Setting("", SecretRef("env:RESPONDER"))
TARGET = Target(LEAKED, "service-account-key", NAME)
TOKENS, KEYS = GCP_KEY.survivors
assert GCP_KEY.replacement is not None
FRESH = GCP_KEY.replacement


def told(text: str, status: int = 400, error: str = "invalid_grant") -> Reply:
    return Reply(status, {}, json.dumps({"error": error, "error_description": text}))


def key(status: int, value: object) -> Reply:
    return Reply(status, {}, json.dumps(value), about=NAME)


READINGS = {
    "a token": (Reply(200, {}, '{"id_token": "[redacted token]"}'), State.ALIVE, "gave a token"),
    "wrong signature": (told("Invalid JWT Signature."), State.DEAD, "no enabled key"),
    "no account": (told("Invalid grant: account not found"), State.DEAD, "no such account"),
    "account disabled": (told("Invalid grant: account disabled"), State.DEAD, "disabled"),
    "wrong clock": (told("Invalid JWT: Token must be a short-lived token"), State.UNKNOWN, "short-lived"),
    "another grant error": (told("unauthorized"), State.UNKNOWN, "unauthorized"),
    "wrong request": (told("Invalid JWT Signature.", error="invalid_request"), State.UNKNOWN, "invalid_request"),
    "an outage": (told("Invalid JWT Signature.", 503), State.UNKNOWN, "503"),
    "a limit": (told("slow down", 429, "rate_limit"), State.UNKNOWN, "429"),
    "empty 200": (Reply(200, {}, "{}"), State.UNKNOWN, "200"),
    "HTML": (Reply(403, {}, "<html>"), State.UNKNOWN, "not Google"),
    "no answer": (Reply(None, failure="timeout"), State.UNKNOWN, "timeout"),
    "IAM: enabled": (key(200, {"name": NAME}), State.ALIVE, "enabled"),
    "IAM: disabled": (key(200, {"name": NAME, "disabled": True}), State.DEAD, "disabled"),
    "IAM: gone": (key(404, {"error": {"message": "Unknown"}}), State.DEAD, "no such key"),
    "IAM: not allowed": (key(403, {"error": {"message": "denied"}}), State.UNKNOWN, "the responder 403: denied"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


def listed(*named: tuple[str, bool]) -> Reply:
    keys = [{"name": f"projects/p/serviceAccounts/e/keys/{name}", "disabled": disabled} for name, disabled in named]
    return Reply(200, {}, json.dumps({"keys": keys} if keys else {}), about="A,B")


SURVIVING = {
    "none": (read_keys, listed(), State.DEAD),
    "known alone": (read_keys, listed(("A", False), ("B", False)), State.DEAD),
    "another": (read_keys, listed(("A", True), ("C", False)), State.ALIVE),
    "another, disabled": (read_keys, listed(("C", True)), State.DEAD),
    "keys not shown": (read_keys, Reply(403, {}, '{"error": {"message": "x"}}'), State.UNKNOWN),
    "account enabled": (read_account, Reply(200, {}, '{"email": "e"}'), State.ALIVE),
    "account disabled": (read_account, Reply(200, {}, '{"email": "e", "disabled": true}'), State.DEAD),
    "account not shown": (read_account, Reply(404, {}, '{"error": {"message": "x"}}'), State.UNKNOWN),
    "no answer": (read_account, Reply(None, failure="timeout"), State.UNKNOWN),
}


@pytest.mark.parametrize("case", SURVIVING)
def test_what_survives_is_read(case: str) -> None:
    reader, reply, state = SURVIVING[case]
    assert reader(reply).state is state


@proves("gcp-key", "identify", by="offline")
def test_a_key_file_says_whose_it_is_and_half_a_file_is_none() -> None:
    text = never_issued()
    account = service_account_key(text)
    assert account is not None
    assert account.private_key not in repr(account)
    (found,) = identify(text)
    assert (found.provider, found.shape, found.public_id, found.checked) == (
        "gcp-key",
        "service-account-key",
        account.name,
        True,
    )
    assert dict(found.facts)["account"] == account.email
    assert "PRIVATE" not in str(found)
    (named,) = identify(account.name)
    assert (named.shape, named.public_id) == ("key-name", account.name)
    for lacking in ("private_key", "client_email", "private_key_id", "project_id"):
        whole = json.loads(text)
        del whole[lacking]
        assert [one.checked for one in identify(json.dumps(whole))] == [False]
    assert GCP_KEY.secret_parts is not None
    assert GCP_KEY.secret_parts(text) == (account.private_key,)


def test_a_plan_with_a_signature_to_be_made_survives_its_journal() -> None:
    action = Action("revoke", "key", "ask", ask_standing(Setting("https://t.example"), TARGET))
    assert read(Action, document(action)) == action


class World:
    def __init__(self, server: Server, google: Google) -> None:
        self.server, self.google = server, google
        self.values = {"env:LEAKED": google.issue(), "env:RESPONDER": RESPONDER}
        leaked = service_account_key(self.values["env:LEAKED"])
        assert leaked is not None
        self.door = Door(self.resolve, Redactor(), 10)
        self.setting = Setting(server.url, SecretRef("env:RESPONDER"))
        self.target = Target(LEAKED, "service-account-key", leaked.name)

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.values[str(ref)]) if str(ref) in self.values else resolve(ref)

    def standing(self, target: Target | None = None) -> State:
        reply = self.door.send(ask_standing(self.setting, target or self.target))
        assert "visibly-fake-identity-token" not in reply.body
        return read_standing(reply).state

    def send(self, call: Ask | HumanTask | None) -> Reply:
        assert isinstance(call, Call)
        return self.door.send(call)


@pytest.fixture
def world() -> Iterator[World]:
    google = Google()
    with serving(google) as server:
        yield World(server, google)


@needs("python:googleapiclient")
@proves("gcp-key", "verify", "confirm", by="contract: RFC 7523 (google-auth)")
def test_a_key_signs_is_disabled_and_deleted_and_is_proved_dead(world: World) -> None:
    never = control_of(GCP_KEY, world.target)
    assert never is not None
    before = read_standing(world.door.send(ask_standing(world.setting, world.target)))
    control = read_standing(world.door.send(ask_standing(world.setting, never)))
    assert (before.state, control.state) == (State.ALIVE, State.DEAD)
    disable, delete = GCP_KEY.steps
    by_name = Target(None, "key-name", world.target.public_id)
    assert world.standing(by_name) is State.ALIVE
    for step, gone in ((disable, False), (delete, True)):
        assert step.ask_settled is not None
        assert step.read_settled is not None
        question = step.ask_settled(world.setting, world.target)
        assert step.read_settled(world.door.send(question)).yes is False
        assert step.read(world.send(step.ask(world.setting, world.target))).yes is True
        assert step.read_settled(world.door.send(question)).yes is True
        assert world.standing() is State.DEAD
        assert world.standing(by_name) is State.DEAD
        assert (world.target.public_id not in world.google.keys) is gone
    after = read_standing(world.door.send(ask_standing(world.setting, world.target)))
    assert proof_of_death(before, control, [after]).verdict == "dead"
    leaked = service_account_key(world.values["env:LEAKED"])
    assert leaked is not None
    for asked in world.server.asked:
        assert b"PRIVATE" not in asked.body
        assert leaked.private_key.encode() not in asked.body


@needs("python:googleapiclient")
@proves("gcp-key", "verify", by="contract: RFC 7523 (google-auth)")
def test_the_assertion_is_what_googles_own_library_sends(world: World) -> None:
    from google.auth import jwt
    from google.oauth2 import service_account

    world.door.send(ask_standing(world.setting, world.target))
    (ours,) = (parse_qs(asked.body.decode()) for asked in world.server.asked)
    sent: list[bytes] = []

    class Answered:
        status, headers, data = 200, {}, b'{"id_token": "e30.eyJleHAiOiA5OTk5OTk5OTk5fQ.e30"}'

    def transport(*_args: object, body: bytes = b"", **_more: object) -> Answered:
        sent.append(body)
        return Answered()

    info = {**json.loads(world.values["env:LEAKED"]), "token_uri": f"{world.server.url}/token"}
    theirs = service_account.IDTokenCredentials.from_service_account_info(info, target_audience="https://irkit.invalid")
    theirs.refresh(transport)
    their = parse_qs(sent[0].decode())
    assert ours["grant_type"] == their["grant_type"]
    (our_head, our_claims, *_), (head, claims, *_) = (
        jwt._unverified_decode(one["assertion"][0]) for one in (ours, their)
    )
    assert our_head == head
    assert set(our_claims) == set(claims)
    # google-auth signs for Google's own address, whatever the file says; the probe for the one it asks.
    assert {**our_claims, "iat": 0, "exp": 0, "aud": ""} == {**claims, "iat": 0, "exp": 0, "aud": ""}


@pytest.mark.parametrize(("fault", "state"), [("clock", State.UNKNOWN), ("firewall", State.UNKNOWN)])
def test_a_fault_says_nothing_of_the_key(world: World, fault: str, state: State) -> None:
    world.google.fault = fault  # type: ignore[assignment]
    assert world.standing() is state


@needs("python:googleapiclient")
def test_a_key_of_the_right_name_with_another_private_key_is_refused(world: World) -> None:
    other = json.loads(never_issued())["private_key"]
    world.values["env:LEAKED"] = json.dumps({**json.loads(world.values["env:LEAKED"]), "private_key": other})
    assert world.standing() is State.DEAD


def test_a_file_that_cannot_sign_is_bad_input_and_not_repeated(world: World) -> None:
    broken = {**json.loads(world.values["env:LEAKED"]), "private_key": "-----BEGIN PRIVATE KEY-----visibly fake"}
    for value in (json.dumps(broken), "visibly-fake-no-json"):
        world.values["env:LEAKED"] = value
        with pytest.raises(BadInput) as caught:
            world.standing()
        assert "visibly" not in str(caught.value)
    assert world.server.asked == []


@needs("python:googleapiclient")
def test_the_account_is_disabled_only_when_the_case_says_so(world: World) -> None:
    assert isinstance(TOKENS.close(world.setting, world.target), HumanTask)
    assert TOKENS.ask is not None
    assert TOKENS.read_closed is not None
    assert TOKENS.ask(world.setting, world.target) is None
    world.setting = replace(world.setting, options={"disable_account": "yes"})
    question = TOKENS.ask(world.setting, world.target)
    assert read_account(world.send(question)).state is State.ALIVE
    assert TOKENS.read_closed(world.send(TOKENS.close(world.setting, world.target))).yes is True
    assert read_account(world.send(question)).state is State.DEAD
    assert world.standing() is State.DEAD


@needs("python:googleapiclient")
def test_a_fresh_key_is_seen_by_the_door_alone_signs_and_can_be_taken_back(world: World) -> None:
    assert KEYS.ask is not None
    assert FRESH.ask_undo is not None
    make = FRESH.ask(world.setting, world.target, Need("ci"))
    assert isinstance(make, Call)
    reply, secret = world.door.mint(make, FRESH.secret_of)
    assert secret is not None
    fresh = service_account_key(secret.text())
    assert fresh is not None
    assert len(reply.json()["privateKeyData"]) < 60  # hidden in base64 as well
    made = FRESH.read(reply)
    assert (made.yes, made.public_id, made.expires) == (True, fresh.name, "")
    world.values["env:FRESH"] = secret.text()
    target = Target(SecretRef("env:FRESH"), "service-account-key", fresh.name)
    assert world.standing(target) is State.ALIVE
    assert read_keys(world.send(KEYS.ask(world.setting, world.target))).state is State.ALIVE
    known = replace(world.setting, options={"known_keys": fresh.key_id})
    assert read_keys(world.send(KEYS.ask(known, world.target))).state is State.DEAD
    assert world.send(FRESH.ask_undo(world.setting, fresh.name)).status == 200
    assert world.standing(target) is State.DEAD


@needs("python:googleapiclient")
@proves("gcp-key", "revoke", "survivors", "replace", by="contract: iam.v1")
def test_googles_description_has_each_call() -> None:
    assert FRESH.ask_undo is not None
    assert TOKENS.ask is not None
    assert KEYS.ask is not None
    stopping = replace(READY, options={"disable_account": "yes"})
    by_name = ask_standing(READY, Target(None, "key-name", NAME))
    calls = [by_name, *(step.ask(READY, TARGET) for step in GCP_KEY.steps), FRESH.ask(READY, TARGET, Need("ci"))]
    calls += [TOKENS.close(stopping, TARGET), TOKENS.ask(stopping, TARGET), KEYS.ask(READY, TARGET)]
    calls += [FRESH.ask_undo(READY, NAME)]
    ids = []
    for call in calls:
        assert isinstance(call, Call)
        assert call.identity == "responder"
        described = method(call, "iam.v1")
        ids.append(described["id"].removeprefix("iam.projects.serviceAccounts."))
        assert {name for name, _ in call.query} <= set(described["parameters"])
    assert ids == [
        "keys.get",
        "keys.disable",
        "keys.delete",
        "keys.create",
        "disable",
        "get",
        "keys.list",
        "keys.delete",
    ]


def test_without_a_responder_a_person_does_it_and_without_a_name_nobody() -> None:
    assert [isinstance(step.ask(Setting(), TARGET), HumanTask) for step in GCP_KEY.steps] == [True, True]
    assert isinstance(FRESH.ask(Setting(), TARGET, Need("ci")), HumanTask)
    with pytest.raises(BadInput, match="not named"):
        GCP_KEY.steps[0].ask(READY, Target(LEAKED, "service-account-key"))
