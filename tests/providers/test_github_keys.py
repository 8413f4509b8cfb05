"""Keys registered at GitHub: the register is asked, read as a table, and a key's whole death at a server with a memory."""

from __future__ import annotations

import json

import pytest

from irkit.errors import BadInput
from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Call, HumanTask
from irkit.providers import identify
from irkit.providers.github_keys import GITHUB_KEYS, ask_delete, ask_standing, owner_of, read_standing
from irkit.providers.github_survivors import SURVIVORS
from irkit.providers.interface import Reading, Reply, Setting, Target
from irkit.redact import Redactor
from irkit.revoke import control_of, proof_of_death
from irkit.stores import resolve
from tests.needs import needs
from tests.providers.contracts import operation, statuses
from tests.providers.proofs import proves
from tests.servers.github import Register
from tests.servers.loopback import Server, serving

RESPONDER = SecretRef("env:RESPONDER")
IDS = {
    "deploy-key": "repos/acme/app/keys/90000001",
    "ssh-key": "users/octocat/keys/90000002",
    "gpg-key": "users/octocat/gpg_keys/90000003",
}
SERVER_IDS = {"server-token": "admin/tokens/90000004", "server-key": "admin/keys/90000005"}


def target(shape: str) -> Target:
    return Target(None, shape, IDS[shape])


@pytest.mark.parametrize("shape", IDS)
@proves("github-keys", "identify", by="offline")
def test_a_key_is_known_by_its_path(shape: str) -> None:
    found = identify(IDS[shape])
    assert [(one.provider, one.shape, one.public_id) for one in found] == [("github-keys", shape, IDS[shape])]
    assert dict(found[0].facts)["id at GitHub"] == IDS[shape].rpartition("/")[2]
    assert owner_of(IDS[shape]) == ("acme/app" if shape == "deploy-key" else "octocat")


@pytest.mark.parametrize(
    "text",
    [
        "repos/acme/keys/1",
        "repos/acme/app/keys/0",
        "users/octo/cat/keys/1",
        "users/-a/keys/1",
        "acme/app#12345",
        "repos/acme/../keys/1",
    ],
)
def test_a_near_miss_is_no_key(text: str) -> None:
    assert identify(text) == ()


@pytest.mark.parametrize("shape", IDS)
@pytest.mark.parametrize("document", ["github:api.github.com", "github:ghec", "github:ghes-3.19"])
@needs("npm:@octokit/openapi")
@proves("github-keys", "verify", "revoke", "confirm", by="contract: @octokit/openapi")
def test_the_calls_are_described(shape: str, document: str) -> None:
    base = "https://github.example.test/api/v3"
    setting = Setting(base, RESPONDER)
    asked, deleted = ask_standing(setting, target(shape)), ask_delete(setting, target(shape))
    statuses(operation(asked, document, base), 200)
    assert isinstance(deleted, Call)
    assert (deleted.method, deleted.identity, deleted.mutates) == ("DELETE", "responder", True)
    statuses(operation(deleted, document, base), 204)
    assert GITHUB_KEYS.look_up is not None
    owner = GITHUB_KEYS.look_up.ask(setting, target(shape))
    assert isinstance(owner, Call)
    statuses(operation(owner, document, base), 200)


@pytest.mark.parametrize("shape", SERVER_IDS)
@needs("npm:@octokit/openapi")
@proves("github-keys", "verify", "revoke", by="contract: @octokit/openapi")
def test_what_an_enterprise_servers_administrator_sees_is_described(shape: str) -> None:
    base, of = "https://github.example.test/api/v3", Target(None, shape, SERVER_IDS[shape])
    assert [(one.shape, one.public_id) for one in identify(of.public_id)] == [(shape, of.public_id)]
    setting = Setting(base, RESPONDER)
    statuses(operation(ask_standing(setting, of), "github:ghes-3.19", base), 200)
    deleted = ask_delete(setting, of)
    assert isinstance(deleted, Call)
    statuses(operation(deleted, "github:ghes-3.19", base), 204)
    assert isinstance(ask_delete(Setting("", RESPONDER), of), HumanTask)
    with pytest.raises(BadInput, match="administrators only"):
        ask_standing(Setting(base), of)


@pytest.mark.parametrize("shape", SERVER_IDS)
def test_a_servers_token_is_deleted_and_its_absence_proved(shape: str) -> None:
    path, _, number = SERVER_IDS[shape].rpartition("/")
    of = Target(None, shape, SERVER_IDS[shape])
    with serving(Register({path: [{"id": int(number)}]})) as server:
        setting = Setting(server.url, RESPONDER)
        door = Door(lambda ref: Secret("visibly-fake-owner") if ref == RESPONDER else resolve(ref), Redactor(), 5)
        control = control_of(GITHUB_KEYS, of)
        assert control is not None
        said = [read_standing(door.send(ask_standing(setting, one))) for one in (of, control)]
        deleted = ask_delete(setting, of)
        assert isinstance(deleted, Call)
        door.send(deleted)
        after = read_standing(door.send(ask_standing(setting, of)))
    assert proof_of_death(said[0], said[1], [after]).verdict == "dead"


def listed(*numbers: int, status: int = 200, link: str = "", about: str = IDS["ssh-key"]) -> Reply:
    body = json.dumps([{"id": number, "created_at": "2026-01-01T00:00:00Z"} for number in numbers])
    return Reply(status, {"link": link} if link else {}, body, about=about)


READINGS = {
    "listed": (listed(90000002), State.ALIVE, "added 2026-01-01"),
    "not listed": (listed(90000001), State.DEAD, "no longer"),
    "an empty list": (listed(), State.DEAD, "no longer"),
    "a list that goes on": (listed(1, link='<x>; rel="next"'), State.UNKNOWN, "first hundred"),
    "listed in one that goes on": (listed(90000002, link='<x>; rel="next"'), State.ALIVE, "lists it"),
    "no id to look for": (listed(1, about=""), State.UNKNOWN, ""),
    "not for the responder": (Reply(404, {}, '{"message": "Not Found"}', about="a/1"), State.UNKNOWN, "404"),
    "a wrong responder": (Reply(401, {}, '{"message": "Bad credentials"}', about="a/1"), State.UNKNOWN, "401"),
    "a limit": (Reply(403, {}, '{"message": "rate limit"}', about="a/1"), State.UNKNOWN, "403"),
    "a page": (Reply(200, {}, "<html>", about="a/1"), State.UNKNOWN, "could not be read"),
    "no list": (Reply(200, {}, "{}", about="a/1"), State.UNKNOWN, "could not be read"),
    "nothing came": (Reply(None, sent=False, failure="refused"), State.UNKNOWN, "nothing was sent"),
}


@pytest.mark.parametrize("case", READINGS)
def test_the_register_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


class World:
    """A register on this machine, and the steps a case would take: look up, ask, delete, ask again."""

    def __init__(self, server: Server, shape: str) -> None:
        setting = Setting(server.url, RESPONDER)
        self.target = target(shape)
        self.door = Door(lambda ref: Secret("visibly-fake-owner") if ref == RESPONDER else resolve(ref), Redactor(), 5)
        assert GITHUB_KEYS.look_up is not None
        call = GITHUB_KEYS.look_up.ask(setting, self.target)
        assert call is not None
        self.setting = GITHUB_KEYS.look_up.learned(setting, self.door.send(call))

    def standing(self, of: Target | None) -> Reading:
        assert of is not None
        return read_standing(self.door.send(ask_standing(self.setting, of)))


@pytest.mark.parametrize("shape", IDS)
def test_a_key_is_deleted_and_its_absence_proved(shape: str) -> None:
    path, _, number = IDS[shape].rpartition("/")
    with serving(Register({path: [{"id": int(number)}, {"id": 5}]})) as server:
        world = World(server, shape)
        before, control = world.standing(world.target), world.standing(control_of(GITHUB_KEYS, world.target))
        deleted = ask_delete(world.setting, world.target)
        assert isinstance(deleted, Call)
        accepted = GITHUB_KEYS.steps[0].read(world.door.send(deleted))
        after = world.standing(world.target)
    assert accepted.yes is True
    assert proof_of_death(before, control, [after]).verdict == "dead"
    assert sum(asked.method == "DELETE" for asked in server.asked) == 1


def test_without_a_responder_a_person_deletes_it() -> None:
    task = ask_delete(Setting(), target("deploy-key"))
    assert isinstance(task, HumanTask)
    assert task.page == "https://github.com/acme/app/settings/keys"
    assert isinstance(ask_delete(Setting("", RESPONDER), Target(None, "unknown", "5")), HumanTask)
    with pytest.raises(BadInput, match="administrators only"):
        ask_standing(Setting(), target("deploy-key"))
    with pytest.raises(BadInput, match="whose key"):
        ask_standing(Setting("", RESPONDER), Target(None, "unknown", "5"))
    assert ask_standing(Setting(), target("ssh-key")).identity == "nobody"


ADDED = [{"id": 1, "created_at": "2025-12-31T00:00:00Z"}, {"id": 2, "created_at": "2026-02-01T00:00:00Z"}]
SURVIVE = {
    "one was added since": (Reply(200, {}, json.dumps(ADDED), about="2026-01-01T00:00:00Z"), State.ALIVE, "#2"),
    "none was added since": (Reply(200, {}, json.dumps(ADDED), about="2026-03-01"), State.DEAD, "since 2026-03-01"),
    "without a time all count": (Reply(200, {}, json.dumps(ADDED)), State.ALIVE, "2 "),
    "one without a date": (Reply(200, {}, '[{"id": 9}]', about="2026-03-01"), State.ALIVE, "#9"),
    "more than a page": (Reply(200, {"link": 'rel="next"'}, "[]"), State.UNKNOWN, "goes on"),
    "not ours to see": (Reply(404, {}, '{"message": "Not Found"}'), State.UNKNOWN, "404"),
    "nothing came": (Reply(None, failure="timeout"), State.UNKNOWN, "may have arrived"),
}


@pytest.mark.parametrize("case", SURVIVE)
def test_what_survives_is_read(case: str) -> None:
    reply, state, why = SURVIVE[case]
    assert SURVIVORS[0].read is not None
    reading = SURVIVORS[0].read(reply)
    assert reading.state is state
    assert why in reading.why


def test_a_key_that_was_added_with_the_token_is_found_at_the_server() -> None:
    keys = [{"id": 2, "created_at": "2026-02-01T00:00:00Z"}]
    with serving(Register({"repos/acme/app/hooks": keys})) as server:
        setting = Setting(server.url, RESPONDER, {"repository": "acme/app", "since": "2026-01-01T00:00:00Z"})
        door = Door(lambda _ref: Secret("visibly-fake-owner"), Redactor(), 5)
        said = {}
        for one in SURVIVORS:
            assert one.ask is not None
            assert one.read is not None
            if (call := one.ask(setting, Target(None, "ghp"))) is not None:
                said[one.what] = one.read(door.send(call)).state
            assert isinstance(one.close(setting, Target(None, "ghp")), HumanTask)
    assert said == {"deploy keys": State.DEAD, "webhooks": State.ALIVE}
