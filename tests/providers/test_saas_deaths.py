"""A whole death at a service with a memory: alive before, ended by one request, dead after, as a look-alike that was never issued."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Call
from irkit.providers import PROVIDERS
from irkit.providers.interface import Provider, Reading, Setting, Target
from irkit.redact import Redactor
from irkit.revoke import control_of, proof_of_death
from irkit.stores import resolve
from tests.providers.saas import LEAKED, OPTIONS, RESPONDER
from tests.servers.loopback import Server, serving
from tests.servers.services import DIALECTS, Service

MINE = "visibly-fake-responder-credential"
BY_VALUE = (
    "slack-bot",
    "discord-webhook",
    "discord-oauth2",
    "twitch-token",
)  # the value in the request is right enough


class World:
    def __init__(self, shape: str, server: Server, value: str, *, responder: bool = True) -> None:
        self.provider: Provider = PROVIDERS[shape.split("-")[0]]
        self.values = {str(LEAKED): value, str(RESPONDER): MINE}
        self.door = Door(self.resolve, Redactor(), 5)
        public = self.provider.public_id(value) if self.provider.public_id else ""
        self.target = Target(LEAKED, shape, public)
        options = {**OPTIONS[self.provider.name], "admin_base": server.url}
        self.setting = Setting(server.url, RESPONDER if responder else None, options if responder else {})

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.values[str(ref)]) if str(ref) in self.values else resolve(ref)

    def standing(self, target: Target | None = None) -> Reading:
        ask, read = self.provider.ask_standing, self.provider.read_standing
        assert ask is not None
        assert read is not None
        if target is not None and self.provider.read_control is not None:
            read = self.provider.read_control
        return read(self.door.send(ask(self.setting, target or self.target)))

    def control(self) -> Reading:
        return self.standing(control_of(self.provider, self.target))

    def revoke(self) -> bool | None:
        """The last step: the one that ends it for good."""
        step = self.provider.steps[-1]
        call = step.ask(self.setting, self.target)
        assert isinstance(call, Call)
        return step.read(self.door.send(call)).yes


def look_alike(shape: str) -> str:
    made = PROVIDERS[shape.split("-")[0]].shape_named(shape)
    assert made is not None
    assert made.look_alike is not None
    return made.look_alike()


def known_as(shape: str, value: str) -> str:
    """What the service finds in a request: of a webhook's address the last part."""
    return value.rsplit("/", 1)[-1] if shape == "discord-webhook" else value


def service(shape: str, value: str) -> Service:
    return Service(DIALECTS[shape], known_as(shape, value), MINE)


@pytest.mark.parametrize("shape", DIALECTS)
def test_a_credential_lives_is_ended_by_one_request_and_is_proved_dead(shape: str) -> None:
    value = look_alike(shape)
    with serving(remote := service(shape, value)) as server:
        world = World(shape, server, value)
        before, control, accepted, after = world.standing(), world.control(), world.revoke(), world.standing()
    assert (before.state, control.state, accepted, after.state) == (State.ALIVE, State.DEAD, True, State.DEAD)
    assert proof_of_death(before, control, [after]).verdict == "dead"
    assert len(remote.ended) == 1
    for asked in server.asked:
        seen = f"{asked.path} {asked.headers} {asked.body.decode()}"
        assert not (known_as(shape, value) in seen and MINE in seen) or shape == "discord-oauth2"


@pytest.mark.parametrize("shape", ["slack-bot", "sendgrid-key", "okta-token", "discord-webhook"])
def test_a_credential_that_ends_itself_needs_nobody(shape: str) -> None:
    value = look_alike(shape)
    with serving(remote := service(shape, value)) as server:
        world = World(shape, server, value, responder=False)
        before, accepted, after = world.standing(), world.revoke(), world.standing()
        again = world.revoke()
    assert (before.state, accepted, after.state) == (State.ALIVE, True, State.DEAD)
    assert again is False
    assert len(remote.ended) == 1


@pytest.mark.parametrize("shape", [one for one in DIALECTS if one not in BY_VALUE])
def test_a_responder_without_the_right_is_refused_and_the_credential_lives(shape: str) -> None:
    value = look_alike(shape)
    with serving(remote := service(shape, value)) as server:
        world = World(shape, server, value)
        world.values[str(RESPONDER)] = "somebody-elses-credential"
        before, control, accepted, after = world.standing(), world.control(), world.revoke(), world.standing()
    assert (accepted, after.state, remote.ended) == (False, State.ALIVE, [])
    assert proof_of_death(before, control, [after]).verdict == "not dead"


def test_slack_from_an_address_that_is_not_allowed_proves_nothing() -> None:
    value = look_alike("slack-bot")
    refused = (200, {"ok": False, "error": "invalid_auth"})
    remote = replace(service("slack-bot", value), dialect=replace(DIALECTS["slack-bot"], dead=refused))
    with serving(remote) as server:
        world = World("slack-bot", server, value)
        before, control = world.standing(), world.control()
        remote.alive = False  # it lives, and this address no longer may ask
        after = world.standing()
    assert (before.state, control.state, after.state) == (State.ALIVE, State.DEAD, State.UNKNOWN)
    assert proof_of_death(before, control, [after]).verdict == "inconclusive"
