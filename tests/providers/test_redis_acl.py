"""Redis: an ACL user's whole death at a real server, what survives it, and the user that takes its place."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from irkit.errors import BadInput
from irkit.model import SecretRef, State
from irkit.network.address import Place
from irkit.plan import HumanTask, NativeCall, document, read
from irkit.providers import identify
from irkit.providers.interface import Need, Reply, Setting, Target
from irkit.providers.postgresql import login
from irkit.providers.redis_acl import REDIS_ACL, read_done, read_sessions, read_standing
from irkit.revoke import proof_of_death
from tests.needs import needs
from tests.providers.proofs import proves
from tests.providers.worlds import World
from tests.servers.programs import free_port
from tests.servers.redis import ADMIN, Cache, place_for_redis, redis_server

LEAKED = "visibly-fake:/@password"
TARGET = Target(SecretRef("env:LEAKED"), "password")

READINGS = {
    "let in": (Reply(200, {}, '{"let_in": true, "user": "ci"}'), State.ALIVE, "as ci"),
    "let in, and may not say who it is": (Reply(200, {}, '{"let_in": true, "user": null}'), State.ALIVE, "let it in"),
    "refused": (Reply(401, {}, '{"message": "invalid username-password pair"}'), State.DEAD, "invalid"),
    "no password is asked for": (
        Reply(503, {}, '{"message": "called without any password"}'),
        State.UNKNOWN,
        "without",
    ),
    "an empty answer": (Reply(200, {}, "{}"), State.UNKNOWN, "no message"),
    "no answer": (Reply(None, sent=True, failure="timeout"), State.UNKNOWN, "may have arrived"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


URIS = {
    "with a user": ("redis://ci:visibly-fake@cache.example.org:6380/2", "ci@cache.example.org:6380"),
    "without a user": ("redis://:visibly-fake@cache", "default@cache:6379"),
    "encrypted": ("rediss://ci:visibly-fake@[2001:db8::1]/0", "ci@[2001:db8::1]:6379"),
}


@proves("redis_acl", "identify", by="offline")
@pytest.mark.parametrize("case", URIS)
def test_a_uri_says_whose_it_is_and_where(case: str) -> None:
    value, public = URIS[case]
    [found] = identify(value)
    assert (found.provider, found.shape, found.public_id) == ("redis_acl", "uri", public)
    assert dict(found.facts)["encrypted"] == ("yes" if value.startswith("rediss") else "no")


@pytest.mark.parametrize("value", ["redis://cache:6379", "redis://ci@cache:6379", "rediss://a:b@c d"])
def test_what_is_no_uri_with_a_password_is_not_passed_off_as_one(value: str) -> None:
    assert [one for one in identify(value) if one.provider == "redis_acl"] == []


def test_the_responders_password_never_goes_where_only_a_leaked_uri_points() -> None:
    target = Target(SecretRef("env:LEAKED"), "uri", "ci@cache.evil.example:6379")
    setting = Setting(responder=SecretRef("env:ADMIN"))
    assert all(isinstance(step.ask(setting, target), HumanTask) for step in REDIS_ACL.steps)
    told = Setting("cache.example.org:6379", SecretRef("env:ADMIN"))
    for step in REDIS_ACL.steps:
        call = step.ask(told, target)
        assert isinstance(call, NativeCall)
        assert (call.address, call.identity, call.secret) == ("cache.example.org:6379", "responder", told.responder)
        assert read(NativeCall, document(call)) == call


def test_a_user_that_is_to_stay_loses_the_leaked_password_and_nothing_else() -> None:
    setting = Setting("cache:6379", SecretRef("env:ADMIN"), {"user": "ci", "keep_user": "yes"})
    first, last = (step.ask(setting, TARGET) for step in REDIS_ACL.steps)
    assert first == last
    assert isinstance(first, NativeCall)
    assert first.operation == "remove-password"


@needs("python:redis")
def test_off_this_machine_the_connection_is_encrypted_and_the_certificate_verified() -> None:
    from redis.connection import SSLConnection

    from irkit.network.native.redis import connecting

    far = connecting(Place("192.0.2.1", 6379, "", "", False), "", 5)
    assert isinstance(far, SSLConnection)
    assert far.check_hostname is True
    assert not isinstance(connecting(Place("127.0.0.1", 6379, "", "", True), "", 5), SSLConnection)


@needs("python:redis")
@pytest.mark.parametrize("address", ["169.254.169.254:6379", "[fe80::1]:6379"])
def test_a_metadata_address_is_never_called(address: str) -> None:
    world = World(REDIS_ACL, Setting(address, options={"user": "ci"}), TARGET, {"env:LEAKED": LEAKED})
    with pytest.raises(BadInput, match="this address is refused"):
        world.standing()


# --- at a real server --------------------------------------------------------------------------------------------------


@pytest.fixture
def cache() -> Iterator[Cache]:
    with place_for_redis() as place, redis_server(place):
        yield place


def client(cache: Cache, user: str, password: str) -> object:
    import redis

    return redis.Redis(port=cache.port, username=user, password=password, decode_responses=True)


def world_at(cache: Cache) -> World:
    setting = Setting(cache.at, SecretRef("env:ADMIN"), {"user": "ci", "responder_user": "admin"})
    admin = client(cache, "admin", ADMIN)
    admin.execute_command(
        "ACL", "SETUSER", "ci", "on", f">{LEAKED}", "~app:*", "+get", "+set", "+ping", "(+get ~more:*)"
    )  # type: ignore[attr-defined]
    admin.execute_command("ACL", "SAVE")  # type: ignore[attr-defined]
    return World(REDIS_ACL, setting, TARGET, {"env:LEAKED": LEAKED, "env:ADMIN": ADMIN})


@pytest.fixture
def world(cache: Cache) -> World:
    return world_at(cache)


@needs("redis-server", "python:redis")
@proves("redis_acl", "verify", "revoke", "confirm", "survivors", by="real server: Redis")
def test_a_user_is_proved_dead_and_the_connection_that_outlived_it_is_found_and_ended(
    world: World, cache: Cache
) -> None:
    import redis

    session = client(cache, "ci", LEAKED)
    assert session.ping()  # type: ignore[attr-defined]
    assert world.surviving().state is State.ALIVE
    assert world.dies_by(0) == "dead"
    assert world.settled(1).yes is False
    assert world.step(1).yes is True
    assert world.settled(1).yes is True
    assert session.ping()  # type: ignore[attr-defined]
    found = world.surviving()
    assert (found.state, "1 connections" in found.why, "refused" in found.why) == (State.ALIVE, True, True)
    assert world.close().yes is True
    assert world.surviving().state is State.DEAD
    with pytest.raises(redis.RedisError):
        session.ping()  # type: ignore[attr-defined]
    assert world.standing().state is State.DEAD


@needs("redis-server", "python:redis")
def test_what_was_done_is_kept_over_a_restart_or_said_not_to_be() -> None:
    with place_for_redis() as place:
        with redis_server(place):
            world = world_at(place)
            before, control = world.standing(), world.control()
            done = world.step(1)
            assert (done.yes, "kept by ACL SAVE" in done.why) == (True, True)
        with redis_server(place):
            assert proof_of_death(before, control, [world.standing()]).verdict == "dead"
    with place_for_redis() as place:
        with redis_server(place, "--user", "ci", "on", f">{LEAKED}", "+ping", acl_file=False):
            setting = Setting(place.at, SecretRef("env:ADMIN"), {"user": "ci", "responder_user": "admin"})
            world = World(REDIS_ACL, setting, TARGET, {"env:LEAKED": LEAKED, "env:ADMIN": ADMIN})
            before, control = world.standing(), world.control()
            done = world.step(1)
            assert (done.yes, "next start undoes it" in done.why) == (True, True)
            assert world.standing().state is State.DEAD
        with redis_server(place, "--user", "ci", "on", f">{LEAKED}", "+ping", acl_file=False):
            assert proof_of_death(before, control, [world.standing()]).verdict == "not dead"


@needs("redis-server", "python:redis")
def test_a_user_who_needs_no_password_makes_the_probe_prove_nothing(world: World, cache: Cache) -> None:
    client(cache, "admin", ADMIN).execute_command("ACL", "SETUSER", "ci", "nopass")  # type: ignore[attr-defined]
    before, control = world.standing(), world.control()
    assert (before.state, control.state) == (State.ALIVE, State.ALIVE)
    assert proof_of_death(before, control, [before]).verdict == "inconclusive"
    assert world.step(1).yes is True  # takes that as well
    assert world.standing().state is State.DEAD


@needs("redis-server", "python:redis")
def test_a_full_server_and_a_silent_port_say_nothing_of_the_password(world: World, cache: Cache) -> None:
    admin = client(cache, "admin", ADMIN)
    admin.execute_command("CONFIG", "SET", "maxclients", "1")  # type: ignore[attr-defined]
    assert world.standing().state is State.UNKNOWN
    admin.execute_command("CONFIG", "SET", "maxclients", "100")  # type: ignore[attr-defined]
    assert world.standing().state is State.ALIVE
    nobody = World(REDIS_ACL, Setting(f"127.0.0.1:{free_port()}", None, {"user": "ci"}), TARGET, world.values)
    assert nobody.standing().why == "no answer (refused); nothing was sent"
    wrong = World(REDIS_ACL, Setting(cache.tls, None, {"user": "ci"}), TARGET, world.values)  # a port that speaks TLS
    assert wrong.standing().state is State.UNKNOWN


@needs("redis-server", "python:redis")
def test_the_certificate_is_verified(world: World, cache: Cache) -> None:
    from tests.servers.certificates import authority

    encrypted = World(
        REDIS_ACL, Setting(cache.tls, None, {"user": "ci", "ca_file": cache.ca_file}), TARGET, world.values
    )
    assert encrypted.standing().state is State.ALIVE
    other = cache.place / "other"
    other.mkdir()
    stranger = encrypted.with_options(ca_file=str(authority(other)[0])).standing()
    assert (stranger.state, "tls" in stranger.why) == (State.UNKNOWN, True)


@needs("redis-server", "python:redis")
def test_a_refused_responder_and_one_who_may_not_change_nothing(world: World, cache: Cache) -> None:
    client(cache, "admin", ADMIN).execute_command("ACL", "SETUSER", "small", "on", f">{ADMIN}", "+ping")  # type: ignore[attr-defined]
    small = world.with_options(responder_user="small")
    assert (small.reply_to(1).status, small.step(1).yes) == (403, False)
    assert small.surviving().state is State.UNKNOWN
    world.values["env:ADMIN"] = "visibly-wrong-password"
    reply = world.reply_to(1)
    assert (reply.status, read_done(reply).yes) == (401, False)
    assert read_sessions(reply).state is State.UNKNOWN
    assert world.standing().state is State.ALIVE


@needs("redis-server", "python:redis")
@proves("redis_acl", "replace", by="real server: Redis")
def test_a_fresh_user_may_what_the_leaked_one_may_and_its_password_is_only_in_this_process(
    world: World, cache: Cache
) -> None:
    made, secret, reply = world.replaced(Need("ci-2"))
    assert made.yes is True
    assert secret is not None
    users = (cache.place / "users.acl").read_text()
    assert "user ci-2 on" in users
    assert secret.text() not in reply.body + users
    assert world.dies_by(0, 1) == "dead"
    session = client(cache, "ci-2", secret.text())
    assert session.set("app:x", "1")  # type: ignore[attr-defined]
    assert session.get("more:x") is None  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="no permissions"):
        session.get("other:x")  # type: ignore[attr-defined]
    again, lost, _ = world.replaced(Need("ci-2"))
    assert (again.yes, lost) == (False, None)
    assert REDIS_ACL.replacement is not None
    replacement = REDIS_ACL.replacement
    assert replacement.ask_named is not None
    assert replacement.read_named is not None
    assert replacement.ask_undo is not None
    asked = replacement.ask_named(world.setting, Need("ci-2"))
    assert replacement.read_named(world.door.send(asked), Need("ci-2")).yes is True
    undo = replacement.ask_undo(world.setting, "ci-2")
    assert isinstance(undo, NativeCall)
    assert world.door.send(undo).status == 200
    assert replacement.read_named(world.door.send(asked), Need("ci-2")).yes is False


@needs("redis-server", "python:redis")
def test_rules_of_the_least_use_are_taken_and_others_refused_before_anything_is_made(
    world: World, cache: Cache
) -> None:
    made, secret, _ = world.replaced(Need("reader", ("+get", "~app:*")))
    assert made.yes is True
    assert secret is not None
    with pytest.raises(Exception, match="no permissions"):
        client(cache, "reader", secret.text()).set("app:x", "1")  # type: ignore[attr-defined]
    with pytest.raises(BadInput, match="no rule"):
        world.replaced(Need("open", ("nopass",)))


@needs("redis-server", "python:redis")
def test_a_second_password_of_the_same_user_outlives_the_leaked_one(cache: Cache, world: World) -> None:
    uri = f"redis://ci:{quote(LEAKED, safe='')}@{cache.at}"
    assert REDIS_ACL.public_id is not None
    setting = Setting(cache.at, SecretRef("env:ADMIN"), {"responder_user": "admin", "keep_user": "yes"})
    by_uri = World(
        REDIS_ACL,
        setting,
        Target(SecretRef("env:URI"), "uri", REDIS_ACL.public_id(uri)),
        {**world.values, "env:URI": uri},
    )
    made, secret, _ = by_uri.replaced(Need("ci"))
    assert made.yes is True
    assert secret is not None
    found = login(secret.text(), 6379)
    assert found is not None
    assert (found.user, found.at) == ("ci", cache.at)
    assert by_uri.standing().state is State.ALIVE
    assert by_uri.dies_by(1) == "dead"
    by_uri.values["env:NEW"] = secret.text()
    assert by_uri.standing(Target(SecretRef("env:NEW"), "uri", REDIS_ACL.public_id(secret.text()))).state is State.ALIVE
