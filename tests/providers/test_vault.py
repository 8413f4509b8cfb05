"""Vault: a token's whole death at a server with a memory, with what it leaves behind and what takes its place; and that the server is
one that Vault's own Python client takes for Vault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Ask, Call, HumanTask
from irkit.providers.interface import Need, Reading, Setting, Target
from irkit.providers.vault import VAULT, ask_revoke, ask_standing, read_standing
from irkit.redact import Redactor
from irkit.revoke import after_unknown, control_of, proof_of_death
from irkit.stores import resolve
from tests.needs import needs
from tests.servers.loopback import Server, serving
from tests.servers.vault import Token, Vault

TARGET = Target(SecretRef("env:TOKEN"), "vault-service")


class World:
    """A leaked token with a child, an orphan and leases; and an operator."""

    def __init__(self, vault: Vault, server: Server) -> None:
        self.vault, self.server = vault, server
        self.operator = vault.issue("root", name="operator")
        self.leaked = vault.issue("default", "ci", parent=self.operator.accessor, ttl=3600, name="ci")
        self.child = vault.issue("default", parent=self.leaked.accessor)
        self.orphan = vault.issue("default", name="orphan")
        vault.leases = {"database/creds/ci/1": self.leaked.accessor, "database/creds/ci/2": self.operator.accessor}
        self.values = {"env:TOKEN": self.leaked.id, "env:OPERATOR": self.operator.id}
        self.setting = Setting(
            server.url,
            SecretRef("env:OPERATOR"),
            {"child_accessor": self.orphan.accessor, "lease_prefix": "database/creds/ci"},
        )
        self.door = Door(self.resolve, Redactor(), 5)

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.values[str(ref)]) if str(ref) in self.values else resolve(ref)

    def standing(self) -> Reading:
        return read_standing(self.door.send(ask_standing(self.setting, TARGET)))

    def control(self) -> Reading:
        look_alike = control_of(VAULT, TARGET)
        assert look_alike is not None
        return read_standing(self.door.send(ask_standing(self.setting, look_alike)))

    def learned(self) -> Setting:
        assert VAULT.look_up is not None
        question = VAULT.look_up.ask(self.setting, TARGET)
        assert question is not None
        return VAULT.look_up.learned(self.setting, self.door.send(question))

    def do(self, call: Ask | HumanTask | None) -> bool | None:
        assert isinstance(call, Call)
        return VAULT.steps[0].read(self.door.send(call)).yes

    def lives(self, token: Token) -> bool:
        return token.accessor in self.vault.tokens


@pytest.fixture
def world() -> Iterator[World]:
    vault = Vault()
    with serving(vault) as server:
        yield World(vault, server)


@pytest.mark.parametrize("by_responder", [True, False])
def test_a_token_lives_is_revoked_with_its_children_and_is_proved_dead(world: World, by_responder: bool) -> None:
    before, control = world.standing(), world.control()
    setting = world.learned() if by_responder else replace(world.setting, responder=None)
    call = ask_revoke(setting, TARGET)
    assert isinstance(call, Call)
    assert call.identity == ("responder" if by_responder else "leaked")
    assert world.do(call) is True
    after = world.standing()
    assert (before.state, control.state, after.state) == (State.ALIVE, State.DEAD, State.DEAD)
    assert "policies: default, ci" in before.why
    assert proof_of_death(before, control, [after]).verdict == "dead"
    assert (world.lives(world.leaked), world.lives(world.child), world.lives(world.orphan)) == (False, False, True)
    assert world.leaked.id not in before.why


def test_an_orphan_and_a_lease_outlive_it_are_seen_and_closed(world: World) -> None:
    assert world.do(ask_revoke(world.learned(), TARGET)) is True
    for survivor in VAULT.survivors:
        assert survivor.ask is not None
        assert survivor.read is not None
        question = survivor.ask(world.setting, TARGET)
        assert question is not None
        assert survivor.read(world.door.send(question)).state is State.ALIVE
        assert world.do(survivor.close(world.setting, TARGET)) is True
        assert survivor.read(world.door.send(question)).state is State.DEAD
    assert world.vault.leases == {}
    assert world.lives(world.operator)


def test_revoking_twice_is_a_refusal_and_the_question_settles_it(world: World) -> None:
    call = ask_revoke(world.learned(), TARGET)
    assert world.do(call) is True
    assert world.do(call) is False
    assert after_unknown(world.standing())[0].value == "done"


def test_a_token_that_may_not_look_itself_up_is_not_called_dead(world: World) -> None:
    bare = world.vault.issue("ci")
    world.values["env:TOKEN"] = bare.id
    assert world.standing().state is State.UNKNOWN
    assert world.lives(bare)


def test_an_operator_without_the_right_is_refused_and_nothing_dies(world: World) -> None:
    setting = world.learned()
    world.values["env:OPERATOR"] = world.vault.issue("default").id
    assert world.do(ask_revoke(setting, TARGET)) is False
    assert world.lives(world.leaked)


def test_a_fresh_token_has_the_policies_and_the_time_that_were_asked_for(world: World) -> None:
    fresh = VAULT.replacement
    assert fresh is not None
    call = fresh.ask(world.setting, TARGET, Need("ci-2026", ("ci",), timedelta(hours=8)))
    assert isinstance(call, Call)
    reply, secret = world.door.mint(call, fresh.secret_of)
    assert secret is not None
    made = fresh.read(reply)
    token = world.vault.tokens[made.public_id]
    assert (token.policies, token.ttl, token.name) == (("default", "ci"), 28_800, "ci-2026")
    assert secret.text() == token.id
    assert token.id not in reply.body
    assert fresh.ask_undo is not None
    assert world.do(fresh.ask_undo(world.setting, made.public_id)) is True
    assert not world.lives(token)


def test_a_fresh_orphan_does_not_end_with_the_operators_token(world: World) -> None:
    fresh = VAULT.replacement
    assert fresh is not None
    setting = replace(world.setting, options={"orphan": "yes"})
    call = fresh.ask(setting, TARGET, Need("ci-2026", ("ci",)))
    assert isinstance(call, Call)
    made = fresh.read(world.door.send(call))
    world.vault.revoke(world.operator.accessor)
    assert made.public_id in world.vault.tokens


@needs("python:hvac")
def test_vaults_own_client_takes_the_server_for_vault(world: World) -> None:
    import hvac

    operator = hvac.Client(url=world.server.url, token=world.operator.id)
    made = operator.auth.token.create(policies=["ci"], ttl="60s")["auth"]
    client = hvac.Client(url=world.server.url, token=made["client_token"])
    assert client.auth.token.lookup_self()["data"]["accessor"] == made["accessor"]
    keys = operator.sys.list_leases(prefix="database/creds/ci/")["data"]["keys"]
    assert keys == ["1", "2"]
    operator.auth.token.revoke_accessor(made["accessor"])
    with pytest.raises(hvac.exceptions.Forbidden, match="invalid token"):
        client.auth.token.lookup_self()
    with pytest.raises(hvac.exceptions.InvalidRequest, match="invalid accessor"):
        operator.auth.token.revoke_accessor(made["accessor"])
