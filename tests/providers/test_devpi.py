"""devpi tokens: what they say of themselves, how replies are read, and a token's whole death at a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from irkit.errors import BadInput
from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Call, HumanTask
from irkit.providers import identify
from irkit.providers.devpi import DEVPI, ask_fresh, ask_revoke, ask_standing, public_id, read_others, read_standing
from irkit.providers.interface import Need, Reading, Reply, Setting, Target
from irkit.redact import Redactor
from irkit.revoke import control_of, proof_of_death
from irkit.stores import resolve
from tests.needs import needs
from tests.providers.proofs import proves
from tests.servers.devpi import PASSWORD, Index, devpi


def said(status: int, message: str) -> Reply:
    return Reply(
        status, {}, '{"message": "Access was denied to this resource.\\n\\n' + message + '", "title": "Forbidden"}'
    )


READINGS = {
    "a user": (Reply(200, {}, '{"result": {"authstatus": ["ok", "alice", []]}}'), State.ALIVE, "alice"),
    "nobody": (Reply(200, {}, '{"result": {"authstatus": ["noauth", "", []]}}'), State.UNKNOWN, "nobody"),
    "gone": (said(403, "The token id Fake2345 doesn't exist"), State.DEAD, "Fake2345"),
    "its user is gone": (said(403, "User for token doesn't exist"), State.DEAD, "doesn't exist"),
    "expired": (
        said(403, "Exception during token verification: InvalidMacaroon: Token expired at 1"),
        State.DEAD,
        "expired",
    ),
    "another index": (said(403, "InvalidMacaroon: Token denied access to index 'alice/dev'"), State.UNKNOWN, "403"),
    "a wrong signature": (
        said(403, "MacaroonInvalidSignatureException: Signatures do not match"),
        State.UNKNOWN,
        "403",
    ),
    "a firewall": (Reply(403, {}, "<html>"), State.UNKNOWN, "not devpi"),
    "an outage": (Reply(502, {}, "{}"), State.UNKNOWN, "502"),
    "no answer": (Reply(None, sent=False, failure="refused"), State.UNKNOWN, "nothing was sent"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


def test_what_is_missing_is_said() -> None:
    token = Target(SecretRef("env:TOKEN"), "devpi-token", "alice/Fake2345")
    with pytest.raises(BadInput, match="devpi server is not known"):
        ask_standing(Setting(), token)
    assert isinstance(ask_revoke(Setting("https://devpi.example.org"), token), HumanTask)
    assert isinstance(
        ask_fresh(Setting("https://devpi.example.org", SecretRef("env:MINE")), token, Need("ci")), HumanTask
    )


class World:
    """Tokens at a real server; the responder is their owner, who signs in with a password."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.values = {"env:TOKEN": index.leaked, "env:OTHER": index.other, "env:PASSWORD": PASSWORD}
        self.door = Door(self.resolve, Redactor(), 120)
        self.setting = Setting(index.url, SecretRef("env:PASSWORD"), {"user": "alice", "owner": "alice"})
        self.target = Target(SecretRef("env:TOKEN"), "devpi-token", public_id(index.leaked))

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.values[str(ref)]) if str(ref) in self.values else resolve(ref)

    def standing(self, target: Target) -> Reading:
        return read_standing(self.door.send(ask_standing(self.setting, target)))

    def revoke(self, target: Target) -> bool | None:
        call = ask_revoke(self.setting, target)
        assert isinstance(call, Call)
        return DEVPI.steps[0].read(self.door.send(call)).yes


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    with devpi() as made:
        yield made


@pytest.fixture
def world(index: Index) -> World:
    return World(index)


@needs("python:devpi_server")
@proves("devpi", "identify", "scope", by="offline")
def test_a_real_token_says_whose_it_is_and_what_it_may_do(world: World) -> None:
    (found,) = identify(world.index.leaked)
    facts = dict(found.facts)
    assert (found.provider, found.shape, found.checked) == ("devpi", "devpi-token", True)
    assert found.public_id == public_id(world.index.leaked)
    assert found.public_id.startswith("alice/")
    assert facts["user"] == "alice"
    assert (facts["permissions"], facts["indexes"]) == ("pkg_read,upload", "alice/dev")
    assert facts["expires"] == f"{datetime.fromtimestamp(world.index.expires, UTC):%Y-%m-%dT%H:%M:%SZ}"


@needs("python:devpi_server")
@proves("devpi", "verify", "revoke", "confirm", "survivors", by="real server: devpi-server")
def test_a_token_lives_is_revoked_by_its_owner_and_is_proved_dead(world: World) -> None:
    look_alike = control_of(DEVPI, world.target)
    assert look_alike is not None
    before, control = world.standing(world.target), world.standing(look_alike)
    assert (before.state, control.state) == (State.ALIVE, State.DEAD)
    world.values["env:PASSWORD"] = "visibly-wrong"
    assert world.revoke(world.target) is not True
    assert world.standing(world.target).state is State.ALIVE
    world.values["env:PASSWORD"] = PASSWORD
    assert world.revoke(world.target) is True
    after = world.standing(world.target)
    assert proof_of_death(before, control, [after]).verdict == "dead"
    assert world.revoke(world.target) is True, "it was not there any more"
    (others,) = DEVPI.survivors
    assert others.ask is not None
    question = others.ask(world.setting, world.target)
    assert question is not None
    reading = read_others(world.door.send(question))
    assert reading.state is State.UNKNOWN
    assert public_id(world.index.other).partition("/")[2] in reading.why
    assert world.standing(Target(SecretRef("env:OTHER"), "devpi-token")).state is State.ALIVE


@needs("python:devpi_server")
@proves("devpi", "replace", by="real server: devpi-server")
def test_a_fresh_token_is_narrow_expires_and_is_hidden(world: World) -> None:
    assert DEVPI.replacement is not None
    need = Need("ci", ("upload", "index:alice/dev"), timedelta(days=7))
    call = ask_fresh(world.setting, world.target, need)
    assert isinstance(call, Call)
    reply, fresh = world.door.mint(call, DEVPI.replacement.secret_of)
    assert fresh is not None
    assert DEVPI.replacement.read(reply).yes is True
    assert fresh.text() not in reply.body
    facts = dict(identify(fresh.text())[0].facts)
    assert (facts["permissions"], facts["indexes"]) == ("upload", "alice/dev")
    expires = datetime.fromisoformat(facts["expires"])
    assert timedelta(days=7) <= expires - datetime.now(UTC) <= timedelta(days=8)
    world.values["env:FRESH"] = fresh.text()
    again = Target(SecretRef("env:FRESH"), "devpi-token", public_id(fresh.text()))
    assert world.standing(again).state is State.ALIVE
    assert DEVPI.replacement.ask_undo is not None
    undo = DEVPI.replacement.ask_undo(world.setting, again.public_id)
    assert isinstance(undo, Call)
    world.door.send(undo)
    assert world.standing(again).state is State.DEAD
    other = Target(SecretRef("env:OTHER"), "devpi-token", public_id(world.index.other))
    assert world.standing(other).state is State.ALIVE
