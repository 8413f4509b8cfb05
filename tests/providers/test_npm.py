"""npm registries: how replies are read, as a table; and a token's whole death at a real registry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Call, HumanTask
from irkit.providers import identify
from irkit.providers.interface import LookUp, Need, Reading, Reply, Setting, Target
from irkit.providers.npm import NPM, ask_fresh, ask_revoke, read_others, read_standing
from irkit.redact import Redactor
from irkit.revoke import control_of, proof_of_death
from irkit.stores import resolve
from tests.needs import needs
from tests.providers.proofs import proves
from tests.servers.verdaccio import PASSWORD, Registry, verdaccio

READINGS = {
    "a user": (Reply(200, {}, '{"username": "alice"}'), State.ALIVE, "alice"),
    "nobody": (Reply(200, {}, "{}"), State.DEAD, "knows nobody"),
    "revoked": (Reply(403, {}, '{"error": "unauthorized access"}'), State.DEAD, "unauthorized access"),
    "401": (Reply(401, {}, '{"message": "Unauthorized"}'), State.DEAD, "401"),
    "403 for an address range": (Reply(403, {}, '{"error": "Forbidden"}'), State.UNKNOWN, "403"),
    "a firewall": (Reply(403, {}, "<html>"), State.UNKNOWN, "not the npm registry"),
    "200 as HTML": (Reply(200, {}, "<html>"), State.UNKNOWN, "not the npm registry"),
    "200 and empty": (Reply(200, {}, ""), State.UNKNOWN, "not the npm registry"),
    "200 of somebody else": (Reply(200, {}, '{"ok": true}'), State.UNKNOWN, "200"),
    "a limit": (Reply(429, {}, '{"message": "slow down"}'), State.UNKNOWN, "429"),
    "an outage": (Reply(503, {}, "{}"), State.UNKNOWN, "503"),
    "no answer": (Reply(None, sent=True, failure="timeout"), State.UNKNOWN, "may have arrived"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


@proves("npm", "identify", by="offline")
def test_a_token_is_recognised_by_its_checksum() -> None:
    look_alike = NPM.shapes[0].look_alike
    assert look_alike is not None
    value = look_alike()
    assert [(one.provider, one.shape, one.checked) for one in identify(value)] == [("npm", "npm-token", True)]
    wrong = value[:-1] + ("A" if value[-1] != "A" else "B")
    assert [one.checked for one in identify(wrong)] == [False]


def test_without_a_registry_a_key_or_a_responder_a_person_does_it() -> None:
    token = Target(SecretRef("env:TOKEN"), "npm-token")
    responder = SecretRef("env:MINE")
    for setting in (
        Setting("", responder, {"id": "k"}),
        Setting("https://npm.example.org", None, {"id": "k"}),
        Setting("https://npm.example.org", responder),
    ):
        assert isinstance(ask_revoke(setting, token), HumanTask)
    assert isinstance(ask_fresh(Setting("https://npm.example.org", responder), token, Need("ci")), HumanTask)


def test_two_tokens_that_are_shown_alike_decide_nothing() -> None:
    assert isinstance(NPM.look_up, LookUp)
    setting = Setting("https://npm.example.org", SecretRef("env:MINE"), {"listed_as": "npm_AB...yz"})
    entry = '{"token": "npm_AB...yz", "key": "%s"}'
    one, two = entry % "k1", entry % "k2"
    assert NPM.look_up.read(setting, Reply(200, {}, f'{{"objects": [{one}]}}')) == {"id": "k1"}
    assert NPM.look_up.read(setting, Reply(200, {}, f'{{"objects": [{one}, {two}]}}')) == {}
    assert NPM.look_up.read(setting, Reply(200, {}, '{"objects": [{"token": "other", "key": "k"}]}')) == {}
    assert NPM.look_up.read(setting, Reply(403, {}, "{}")) == {}


class World:
    """Tokens at a real registry; the responder signs in with the account's password."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.values = {"env:TOKEN": registry.leaked, "env:OTHER": registry.other, "env:PASSWORD": PASSWORD}
        self.door = Door(self.resolve, Redactor(), 20)
        self.setting = Setting(registry.url, SecretRef("env:PASSWORD"), {"user": "alice"})
        self.target = Target(SecretRef("env:TOKEN"), "registry-token", registry.leaked_key)

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.values[str(ref)]) if str(ref) in self.values else resolve(ref)

    def standing(self, target: Target) -> Reading:
        assert NPM.ask_standing is not None
        return read_standing(self.door.send(NPM.ask_standing(self.setting, target)))

    def control(self, shape: str) -> Reading:
        look_alike = control_of(NPM, Target(SecretRef("env:TOKEN"), shape))
        assert look_alike is not None
        return self.standing(look_alike)

    def revoke(self, setting: Setting) -> bool | None:
        call = ask_revoke(setting, self.target)
        assert isinstance(call, Call)
        return NPM.steps[0].read(self.door.send(call)).yes


@pytest.fixture
def world() -> Iterator[World]:
    with verdaccio() as registry:
        yield World(registry)


@needs("npm:verdaccio")
@proves("npm", "verify", "revoke", "confirm", by="real server: verdaccio")
def test_a_token_lives_is_revoked_by_the_responder_and_is_proved_dead(world: World) -> None:
    before = world.standing(world.target)
    controls = [world.control(shape.name) for shape in NPM.shapes]
    assert (before.state, {one.state for one in controls}) == (State.ALIVE, {State.DEAD})
    assert world.revoke(world.setting) is True
    after = world.standing(world.target)
    assert after.state is State.DEAD
    assert all(proof_of_death(before, control, [after]).verdict == "dead" for control in controls)
    assert world.standing(Target(SecretRef("env:OTHER"), "registry-token")).state is State.ALIVE


@needs("npm:verdaccio")
def test_a_wrong_responder_revokes_nothing_and_a_key_that_is_not_there_is_accepted_all_the_same(world: World) -> None:
    world.values["env:PASSWORD"] = "visibly-wrong"
    assert world.revoke(world.setting) is False
    assert world.standing(world.target).state is State.ALIVE
    world.values["env:PASSWORD"] = PASSWORD
    world.target = Target(world.target.secret, world.target.shape, "0" * 32)
    assert world.revoke(world.setting) is True
    assert world.standing(world.target).state is State.ALIVE, "accepted is not dead"


@needs("npm:verdaccio")
@proves("npm", "survivors", by="real server: verdaccio")
def test_the_other_tokens_of_the_account_are_named_and_a_sign_in_is_not(world: World) -> None:
    (others,) = NPM.survivors
    assert others.ask is not None
    question = others.ask(world.setting, world.target)
    assert question is not None
    assert world.revoke(world.setting) is True
    reading = read_others(world.door.send(question))
    assert (reading.state, "1 tokens" in reading.why) == (State.UNKNOWN, True)
    world.target = Target(world.target.secret, world.target.shape, world.registry.other_key)
    assert world.revoke(world.setting) is True
    assert read_others(world.door.send(question)).state is State.DEAD
    world.values["env:LOGIN"] = world.registry.login
    assert world.standing(Target(SecretRef("env:LOGIN"), "registry-token")).state is State.ALIVE


@needs("npm:verdaccio")
@proves("npm", "replace", by="real server: verdaccio")
def test_a_fresh_token_is_made_is_alive_is_hidden_and_can_be_removed(world: World) -> None:
    assert NPM.replacement is not None
    call = ask_fresh(world.setting, world.target, Need("ci"))
    assert isinstance(call, Call)
    reply, fresh = world.door.mint(call, NPM.replacement.secret_of)
    made = NPM.replacement.read(reply)
    assert fresh is not None
    assert made.yes is True
    assert fresh.text() not in reply.body
    ways, before = NPM.replacement, (world.registry.leaked_key, world.registry.other_key)
    assert ways.ask_named is not None
    assert ways.read_named is not None
    listed = world.door.send(ways.ask_named(world.setting, Need("ci")))
    need = Need("ci", since=datetime.now(UTC), others=before)
    found = ways.read_named(listed, need)
    assert (found.yes, found.public_id, found.by_time) == (True, made.public_id, True)
    unsure = (replace(need, others=()), replace(need, since=None))
    assert [ways.read_named(listed, one).yes for one in unsure] == [None, None]
    assert ways.read_named(listed, replace(need, since=datetime.now(UTC) + timedelta(hours=1))).yes is False
    world.values["env:FRESH"] = fresh.text()
    again = Target(SecretRef("env:FRESH"), "registry-token")
    assert world.standing(again).state is State.ALIVE
    assert NPM.replacement.ask_undo is not None
    undo = NPM.replacement.ask_undo(world.setting, made.public_id)
    assert isinstance(undo, Call)
    world.door.send(undo)
    assert world.standing(again).state is State.DEAD
