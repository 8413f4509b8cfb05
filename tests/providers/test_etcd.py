"""etcd: a user's whole death at a real member, with both kinds of token, and the watch that goes on all the same."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator

import pytest

from irkit.errors import BadInput
from irkit.model import SecretRef, State
from irkit.plan import Call, HumanTask, document, read
from irkit.providers.etcd import ETCD, read_done, read_standing, read_watches
from irkit.providers.interface import Need, Reply, Setting, Target
from irkit.revoke import proof_of_death
from tests.needs import needs
from tests.providers.proofs import proves
from tests.providers.worlds import World
from tests.servers.etcd import ROOT_PASSWORD, Member, etcd_member, place_for_etcd
from tests.servers.loopback import Answer, serving
from tests.servers.programs import until

LEAKED = "visibly-fake-password"
TARGET = Target(SecretRef("env:LEAKED"), "password")
FAILED = '{"error": "etcdserver: authentication failed, invalid user ID or password", "code": 3}'

READINGS = {
    "let in": (Reply(200, {}, '{"header": {}, "roles": ["app"]}'), State.ALIVE, "roles: app"),
    "refused": (Reply(400, {}, FAILED), State.DEAD, "authentication failed"),
    "authentication is off": (
        Reply(412, {}, '{"error": "etcdserver: authentication is not enabled"}'),
        State.UNKNOWN,
        "not enabled",
    ),
    "a refused token": (Reply(401, {}, '{"error": "etcdserver: invalid auth token"}'), State.UNKNOWN, "invalid auth"),
    "another 400": (Reply(400, {}, '{"error": "etcdserver: user name is empty"}'), State.UNKNOWN, "empty"),
    "no leader": (Reply(503, {}, '{"error": "etcdserver: no leader"}'), State.UNKNOWN, "no leader"),
    "HTML": (Reply(400, {}, "<html>"), State.UNKNOWN, "400"),
    "an empty answer": (Reply(200, {}, "{}"), State.UNKNOWN, "200"),
    "no answer": (Reply(None, sent=True, failure="timeout"), State.UNKNOWN, "may have arrived"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


METRICS = {
    "none": ("etcd_debugging_mvcc_watch_stream_total 0\n", State.DEAD),
    "some": ("etcd_debugging_mvcc_watch_stream_total 2\n", State.UNKNOWN),
    "none here, and there are other members": (
        'etcd_debugging_mvcc_watch_stream_total 0\netcd_network_peer_sent_bytes_total{To="a"} 1\n',
        State.UNKNOWN,
    ),
    "no metrics": ("404", State.UNKNOWN),
}


@pytest.mark.parametrize("case", METRICS)
def test_the_number_of_watches_is_read(case: str) -> None:
    body, state = METRICS[case]
    assert read_watches(Reply(200, {}, body)).state is state


def test_without_an_address_or_a_user_nothing_is_asked_and_a_person_acts() -> None:
    assert ETCD.ask_standing is not None
    with pytest.raises(BadInput, match="whose password"):
        ETCD.ask_standing(Setting("https://etcd.example.org:2379"), TARGET)
    assert all(isinstance(step.ask(Setting(), TARGET), HumanTask) for step in ETCD.steps)


def test_the_user_is_deleted_only_when_that_was_said() -> None:
    setting = Setting("https://etcd.example.org:2379", SecretRef("env:ROOT"), {"user": "ci"})
    first, last = (step.ask(setting, TARGET) for step in ETCD.steps)
    assert first == last
    assert isinstance(first, Call)
    assert read(Call, document(first)) == first
    told = Setting(setting.base, setting.responder, {"user": "ci", "delete_user": "yes"})
    call = ETCD.steps[1].ask(told, TARGET)
    assert isinstance(call, Call)
    assert call.url.endswith("/v3/auth/user/delete")


def test_a_responder_whose_sign_in_is_refused_is_no_answer_about_the_leaked_one() -> None:
    with serving(lambda _: Answer(400, FAILED.encode())) as server:
        setting = Setting(server.url, SecretRef("env:ROOT"), {"user": "ci"})
        world = World(ETCD, setting, TARGET, {"env:LEAKED": LEAKED, "env:ROOT": "visibly-wrong-password"})
        reply = world.reply_to(0)
        assert (reply.status, reply.sent) == (None, False)
        assert "the sign-in in front of it failed: 400" in reply.failure
        assert read_done(reply).yes is False
        assert [asked.path for asked in server.asked] == ["/v3/auth/authenticate"]
        assert world.standing().state is State.DEAD  # the leaked one's own refusal is its answer


def test_the_token_of_a_sign_in_is_sent_and_stands_in_no_reply() -> None:
    token = "visibly-fake-token.7"

    def rule(asked: object) -> Answer:
        path, headers = asked.path, asked.headers  # type: ignore[attr-defined]
        if path.endswith("authenticate"):
            return Answer(200, f'{{"header": {{}}, "token": "{token}"}}'.encode())
        assert headers["authorization"] == token
        return Answer(200, f'{{"header": {{}}, "roles": ["{token}"]}}'.encode())

    with serving(rule) as server:
        setting = Setting(server.url, None, {"user": "ci"})
        world = World(ETCD, setting, TARGET, {"env:LEAKED": LEAKED})
        assert ETCD.ask_standing is not None
        reply = world.door.send(ETCD.ask_standing(setting, TARGET))
        assert (reply.status, token in reply.body) == (200, False)


# --- at a real member --------------------------------------------------------------------------------------------------


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def world_at(member: Member) -> World:
    member.as_root("auth/user/add", {"name": "ci", "password": LEAKED})
    member.as_root("auth/role/add", {"name": "app"})
    member.as_root(
        "auth/role/grant",
        {"name": "app", "perm": {"permType": "READWRITE", "key": b64("app"), "range_end": b64("apq")}},
    )
    member.as_root("auth/user/grant", {"user": "ci", "role": "app"})
    setting = Setting(member.base, SecretRef("env:ROOT"), {"user": "ci"})
    return World(ETCD, setting, TARGET, {"env:LEAKED": LEAKED, "env:ROOT": ROOT_PASSWORD})


@pytest.fixture
def place() -> Iterator[Member]:
    with place_for_etcd() as one:
        yield one


class Watch:
    """A watch that the user opened, and what it was told."""

    def __init__(self, member: Member, token: str) -> None:
        import requests

        self.told: list[bytes] = []
        self._reply = requests.post(
            f"{member.base}/v3/watch", json={"create_request": {"key": b64("app/x")}}, headers={"Authorization": token},
            stream=True, timeout=60,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()
        until(lambda: len(self.told) == 1, "the watch")

    def _read(self) -> None:
        try:
            self.told += self._reply.iter_lines()  # one at a time, as they come
        except Exception:  # the member was stopped: that is what the test is about
            return


@needs("etcd")
@pytest.mark.parametrize("tokens", ["simple", "jwt"])
@proves("etcd", "verify", "scope", "revoke", "confirm", "survivors", by="real server: etcd")
def test_a_user_is_proved_dead_its_tokens_with_it_and_its_watch_is_not(place: Member, tokens: str) -> None:
    with etcd_member(place, tokens) as member:
        world = world_at(member)
        assert "roles: app" in world.standing().why
        assert world.surviving().state is State.DEAD
        token = member.token("ci", LEAKED)
        put = {"key": b64("app/x"), "value": b64("y")}
        assert member.ask("kv/put", put, token)[0] == 200
        watch = Watch(member, token)
        found = world.surviving()
        assert (found.state, "1 streams" in found.why) == (State.UNKNOWN, True)
        assert world.dies_by(0) == "dead"
        status, refused = member.ask("kv/put", put, token)
        assert status in (400, 401), refused
        assert ("invalid auth token" if tokens == "simple" else "revision of auth store is old") in refused["error"]
        member.as_root("kv/put", put)
        until(lambda: len(watch.told) == 2, "news of the key to the watch of a user whose password is gone")
        gone = world.with_options(delete_user="yes")
        assert gone.settled(1).yes is False
        assert gone.step(1).yes is True
        assert gone.settled(1).yes is True
        assert gone.step(1).yes is True  # once more: it is not there
        member.as_root("kv/put", put)
        until(lambda: len(watch.told) == 3, "news of the key to the watch of a user who was deleted")
        assert isinstance(world.survivor.close(world.setting, TARGET), HumanTask)
        assert world.surviving().state is State.UNKNOWN
    with etcd_member(place, tokens, fresh=False):
        assert world.surviving().state is State.DEAD
        assert world.standing().state is State.DEAD


@needs("etcd")
def test_an_accepted_change_that_a_fault_undoes_is_not_called_death(place: Member) -> None:
    with etcd_member(place) as member:
        world = world_at(member)
        before, control = world.standing(), world.control()
        assert world.step(0).yes is True
        member.as_root("auth/user/changepw", {"name": "ci", "password": LEAKED})
        assert proof_of_death(before, control, [world.standing()]).verdict == "not dead"
        member.as_root("auth/disable", {})
        assert world.standing().state is State.UNKNOWN


@needs("etcd")
@proves("etcd", "replace", by="real server: etcd")
def test_a_fresh_password_lets_in_and_the_leaked_one_is_dead_by_it(place: Member) -> None:
    with etcd_member(place) as member:
        world = world_at(member)
        before, control = world.standing(), world.control()
        made, secret, reply = world.replaced(Need("ci"))
        assert made.yes is True
        assert secret is not None
        assert secret.text() not in reply.body
        assert member.token("ci", secret.text())
        assert proof_of_death(before, control, [world.standing()]).verdict == "dead"
        assert ETCD.replacement is not None
        assert isinstance(ETCD.replacement.ask(world.setting, TARGET, Need("another")), HumanTask)
        world.values["env:ROOT"] = "visibly-wrong-password"
        refused, nothing, _ = world.replaced(Need("ci"))
        assert (refused.yes, nothing) == (False, None)
