"""OAuth 2.0: how replies are read, as tables; and a token's whole death at a real authorization server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from irkit.errors import BadInput
from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Auth, Call, HumanTask
from irkit.providers.interface import Need, Reading, Reply, Setting, Target
from irkit.providers.oauth2 import OAUTH2, ask_fresh, ask_revoke, ask_standing, read_revoke, read_standing
from irkit.redact import Redactor
from irkit.revoke import proof_of_death
from irkit.stores import resolve
from tests.needs import needs
from tests.providers.proofs import proves
from tests.servers.oidc import Issued, authorization_server

TARGET = Target(SecretRef("env:TOKEN"), "opaque")
CONTROL = Target(SecretRef("control:oauth2/opaque"), "opaque")

READINGS = {
    "active": (Reply(200, {}, '{"active": true, "scope": "read"}'), State.ALIVE, "scope: read"),
    "not active": (Reply(200, {}, '{"active": false}'), State.DEAD, "not active"),
    "active as text": (Reply(200, {}, '{"active": "false"}'), State.UNKNOWN, "200"),
    "no word of it": (Reply(200, {}, "{}"), State.UNKNOWN, "200"),
    "our client is refused": (Reply(401, {}, '{"error": "invalid_client"}'), State.UNKNOWN, "own credential"),
    "forbidden": (Reply(403, {}, '{"active": false}'), State.UNKNOWN, "403"),
    "a limit": (Reply(429, {}, "{}"), State.UNKNOWN, "429"),
    "HTML": (Reply(200, {}, "<html>"), State.UNKNOWN, "not an introspection endpoint"),
    "no answer": (Reply(None, sent=True, failure="timeout"), State.UNKNOWN, "may have arrived"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


ACCEPTED = {
    "200": (Reply(200), True),
    "unsupported": (Reply(400, {}, '{"error": "unsupported_token_type"}'), False),
    "our client is refused": (Reply(401, {}, '{"error": "invalid_client"}'), False),
    "503 means it lives": (Reply(503), False),
    "500": (Reply(500), None),
    "timeout after sending": (Reply(None, sent=True, failure="timeout"), None),
    "refused before sending": (Reply(None, sent=False, failure="refused"), False),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_an_acceptance_is_read(case: str) -> None:
    reply, yes = ACCEPTED[case]
    assert read_revoke(reply).yes is yes


OPTIONS = {
    "revocation_endpoint": "https://id.example.org/revoke",
    "introspection_endpoint": "https://id.example.org/introspect",
}
CLIENT = SecretRef("env:CLIENT")
CLIENTS = {
    "a pair in one secret": (Setting(responder=CLIENT, options=OPTIONS), Auth("basic", CLIENT), ()),
    "an id and a secret": (
        Setting(responder=CLIENT, options={**OPTIONS, "client_id": "app"}),
        Auth("basic", CLIENT, user="app"),
        (),
    ),
    "a public client": (Setting(options={**OPTIONS, "client_id": "app"}), None, (("client_id", "app"),)),
    "a hint": (
        Setting(options={**OPTIONS, "token_type_hint": "refresh_token"}),
        None,
        (("token_type_hint", "refresh_token"),),
    ),
}


@pytest.mark.parametrize("case", CLIENTS)
def test_the_client_authenticates_as_the_setting_says(case: str) -> None:
    setting, auth, form = CLIENTS[case]
    for call in (ask_standing(setting, TARGET), ask_revoke(setting, TARGET)):
        assert isinstance(call, Call)
        assert call.auth == auth
        assert call.form == (("token", TARGET.secret), *form)


def test_without_endpoints_there_is_a_sentence_and_a_task_for_a_person() -> None:
    with pytest.raises(BadInput, match=r"introspection endpoint.*case\.toml"):
        ask_standing(Setting(), TARGET)
    assert isinstance(ask_revoke(Setting(), TARGET), HumanTask)
    with pytest.raises(BadInput, match="by its value"):
        ask_standing(Setting(options=OPTIONS), Target(None, "opaque"))


BASE = Setting("https://id.example.org")
FOUND = {
    "its own": ({"issuer": "https://id.example.org", **OPTIONS}, OPTIONS),
    "its own with a slash": ({"issuer": "https://id.example.org/", **OPTIONS}, OPTIONS),
    "another issuer's": ({"issuer": "https://evil.example.org", **OPTIONS}, {}),
    "none": ({}, {}),
    "one endpoint only": (
        {"issuer": "https://id.example.org", "revocation_endpoint": "https://id.example.org/r"},
        {"revocation_endpoint": "https://id.example.org/r"},
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_discovered_endpoints_count_when_they_are_the_issuers_own(case: str) -> None:
    document, options = FOUND[case]
    assert OAUTH2.look_up is not None
    assert OAUTH2.look_up.read(BASE, Reply(200, {}, json.dumps(document))) == options
    assert OAUTH2.look_up.read(BASE, Reply(404, {}, json.dumps(document))) == {}


class World:
    """A real authorization server with two clients: the one whose token leaked, and the responder's."""

    def __init__(self, issued: Issued) -> None:
        self.values = {"env:TOKEN": issued.token, "env:CLIENT": issued.responder}
        self.door = Door(self.resolve, Redactor(), 20)
        self.setting = Setting(issued.issuer, SecretRef("env:CLIENT"))

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.values[str(ref)]) if str(ref) in self.values else resolve(ref)

    def discover(self) -> Setting:
        assert OAUTH2.look_up is not None
        question = OAUTH2.look_up.ask(self.setting, TARGET)
        assert question is not None
        return OAUTH2.look_up.learned(self.setting, self.door.send(question))

    def standing(self, setting: Setting, target: Target) -> Reading:
        return read_standing(self.door.send(ask_standing(setting, target)))

    def revoke(self, setting: Setting, target: Target) -> Reply:
        call = ask_revoke(setting, target)
        assert isinstance(call, Call)
        return self.door.send(call)


@pytest.fixture
def world() -> Iterator[World]:
    with authorization_server() as issued:
        yield World(issued)


@needs("npm:oidc-provider")
@proves("oauth2", "verify", "revoke", "confirm", by="real server: oidc-provider")
def test_a_token_lives_is_revoked_by_the_responder_and_is_proved_dead(world: World) -> None:
    setting = world.discover()
    assert set(setting.options) == {"revocation_endpoint", "introspection_endpoint", "token_endpoint"}
    before, control = world.standing(setting, TARGET), world.standing(setting, CONTROL)
    assert (before.state, control.state) == (State.ALIVE, State.DEAD)
    assert read_revoke(world.revoke(setting, TARGET)).yes is True
    after = world.standing(setting, TARGET)
    assert proof_of_death(before, control, [after]).verdict == "dead"


@needs("npm:oidc-provider")
def test_revoking_a_token_the_server_does_not_know_is_accepted_and_proves_nothing(world: World) -> None:
    setting = world.discover()
    never = Target(SecretRef("env:NEVER"), "opaque")
    world.values["env:NEVER"] = "visibly-fake-token-never-issued-here"
    before, control = world.standing(setting, never), world.standing(setting, CONTROL)
    assert read_revoke(world.revoke(setting, never)).yes is True
    after = world.standing(setting, never)
    assert (before.state, after.state) == (State.DEAD, State.DEAD)
    assert proof_of_death(before, control, [after]).verdict == "inconclusive"
    assert world.standing(setting, TARGET).state is State.ALIVE


@needs("npm:oidc-provider")
def test_a_refused_responder_says_nothing_of_the_token(world: World) -> None:
    setting = world.discover()
    world.values["env:CLIENT"] = "responder:visibly-wrong-secret"
    reading = world.standing(setting, TARGET)
    assert (reading.state, "own credential" in reading.why) == (State.UNKNOWN, True)
    assert read_revoke(world.revoke(setting, TARGET)).yes is False


@needs("npm:oidc-provider")
@proves("oauth2", "replace", by="real server: oidc-provider")
def test_a_fresh_token_of_the_responders_client_is_alive_and_hidden(world: World) -> None:
    assert OAUTH2.replacement is not None
    found = world.discover()
    assert isinstance(ask_fresh(found, TARGET, Need("ci")), HumanTask), (
        "the case must say that the client is the consumers' own"
    )
    setting = replace(found, options={**found.options, "grant": "client_credentials"})
    call = ask_fresh(setting, TARGET, Need("ci"))
    assert isinstance(call, Call)
    reply, fresh = world.door.mint(call, OAUTH2.replacement.secret_of)
    assert fresh is not None
    assert OAUTH2.replacement.read(reply).yes is True
    assert fresh.text() not in reply.body
    world.values["env:FRESH"] = fresh.text()
    assert world.standing(setting, Target(SecretRef("env:FRESH"), "opaque")).state is State.ALIVE
    world.values["env:CLIENT"] = "responder:visibly-wrong-secret"
    refused, nothing = world.door.mint(call, OAUTH2.replacement.secret_of)
    assert (OAUTH2.replacement.read(refused).yes, nothing) == (False, None)
