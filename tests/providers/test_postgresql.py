"""PostgreSQL: a role's whole death at a real server, what survives it, and the role that takes its place."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from irkit.errors import BadInput
from irkit.model import SecretRef, State
from irkit.network import Door
from irkit.network.address import Place
from irkit.plan import HumanTask, NativeCall, document, read
from irkit.providers import identify
from irkit.providers.interface import Need, Reply, Setting, Target
from irkit.providers.postgresql import POSTGRESQL, login, read_done, read_sessions, read_settled, read_standing
from irkit.redact import Redactor
from irkit.revoke import proof_of_death
from tests.needs import needs
from tests.providers.proofs import proves
from tests.providers.worlds import World
from tests.servers.postgresql import ADMIN, Database, database_server
from tests.servers.programs import free_port, until

LEAKED = 'visibly fake:/@" pa$$word'
TARGET = Target(SecretRef("env:LEAKED"), "password")

READINGS = {
    "let in": (Reply(200, {}, '{"user": "app", "rights": ["superuser"]}'), State.ALIVE, "as app; superuser"),
    "the database is not there": (Reply(403, {}, '{"message": "FATAL"}'), State.ALIVE, "denies only"),
    "refused": (Reply(401, {}, '{"message": "password authentication failed"}'), State.DEAD, "authentication failed"),
    "too many": (Reply(503, {}, '{"message": "too many clients already"}'), State.UNKNOWN, "too many"),
    "no answer": (Reply(None, sent=False, failure="refused"), State.UNKNOWN, "nothing was sent"),
    "let in as nobody": (Reply(200, {}, "{}"), State.UNKNOWN, "no message"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


URIS = {
    "plain": ("postgresql://app:visibly-fake@db.example.org/shop", "app@db.example.org:5432/shop"),
    "short scheme and port": ("postgres://app:visibly-fake@db.example.org:6432", "app@db.example.org:6432"),
    "a driver's": ("postgresql+psycopg://app:visibly-fake@db/shop?sslmode=require", "app@db:5432/shop"),
    "an address": ("postgresql://app:visibly-fake@[2001:db8::1]:5433/shop", "app@[2001:db8::1]:5433/shop"),
    "percent-encoded": ("postgresql://a%40b:visibly%2Ffake@db/shop", "a%40b@db:5432/shop"),
}


@proves("postgresql", "identify", by="offline")
@pytest.mark.parametrize("case", URIS)
def test_a_uri_says_whose_it_is_and_where(case: str) -> None:
    value, public = URIS[case]
    [found] = identify(value)
    assert (found.provider, found.shape, found.public_id) == ("postgresql", "uri", public)
    assert dict(found.facts)["role"] == login(value, 5432).user  # type: ignore[union-attr]
    assert POSTGRESQL.secret_parts is not None
    assert all(part in ("visibly-fake", "visibly/fake") for part in POSTGRESQL.secret_parts(value))


@pytest.mark.parametrize(
    "value", ["postgresql://app@db/shop", "postgresql://db/shop", "mysql://app:visibly-fake@db/shop", "see postgres://a:b@c now",
              "postgresql://app:visibly-fake@one,two/shop"],
)  # fmt: skip
def test_what_is_no_uri_with_a_password_is_not_passed_off_as_one(value: str) -> None:
    assert [one for one in identify(value) if one.provider == "postgresql"] == []


def test_the_responders_password_never_goes_where_only_a_leaked_uri_points() -> None:
    target = Target(SecretRef("env:LEAKED"), "uri", "app@db.evil.example:5432/shop")
    setting = Setting(responder=SecretRef("env:ADMIN"))
    assert all(isinstance(step.ask(setting, target), HumanTask) for step in POSTGRESQL.steps)
    told = Setting("db.example.org:5432/shop", SecretRef("env:ADMIN"))
    for step in POSTGRESQL.steps:
        call = step.ask(told, target)
        assert isinstance(call, NativeCall)
        assert (call.address, call.identity, call.secret) == ("db.example.org:5432/shop", "responder", told.responder)
        assert read(NativeCall, document(call)) == call
    probe = POSTGRESQL.ask_standing(setting, target) if POSTGRESQL.ask_standing else None
    assert isinstance(probe, NativeCall)
    assert (probe.address, probe.user, probe.identity) == ("db.evil.example:5432/shop", "app", "leaked")


def test_without_a_role_or_an_address_nothing_is_asked() -> None:
    assert POSTGRESQL.ask_standing is not None
    with pytest.raises(BadInput, match=r"Write base .* and options\.user"):
        POSTGRESQL.ask_standing(Setting(), TARGET)


@needs("python:psycopg")
def test_off_this_machine_the_certificate_is_verified_and_no_file_of_the_users_is_read() -> None:
    from irkit.network.native.postgresql import connecting

    told = connecting(Place("192.0.2.1", 5432, "", "shop", False), "app", "visibly-fake", "", 5)
    assert (told["sslmode"], told["sslrootcert"], told["passfile"], told["gssencmode"]) == (
        "verify-full", "system", "/dev/null", "disable",
    )  # fmt: skip
    assert connecting(Place("127.0.0.1", 5432, "", "", True), "app", "visibly-fake", "", 5)["sslmode"] == "prefer"


@pytest.mark.parametrize("address", ["169.254.169.254:5432/x", "[fe80::1]:5432", "0.0.0.0:5432"])
@needs("python:psycopg")
def test_a_metadata_address_is_never_called(address: str) -> None:
    world = World(POSTGRESQL, Setting(address, options={"user": "app"}), TARGET, {"env:LEAKED": LEAKED})
    with pytest.raises(BadInput, match="this address is refused"):
        world.standing()


# --- at a real server --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    hba = "host all trusted 127.0.0.1/32 trust\nhost all unlisted 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 scram-sha-256\n"
    with database_server(hba) as one:
        yield one


_COUNT = iter(range(1000))


class Roles(World):
    """A role of its own for each test: `app`."""

    role = ""

    def admin(self, statement: str) -> list[tuple[object, ...]]:
        import psycopg

        with psycopg.connect(**self.signing("postgres", ADMIN), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def signing(self, user: str, password: str) -> dict[str, object]:
        host, _, rest = self.setting.base.partition(":")
        return {"host": host, "port": int(rest.split("/")[0]), "user": user, "password": password, "dbname": "postgres"}


@pytest.fixture
def world(server: Database) -> Roles:
    role = f"app {next(_COUNT)}\"'; DROP TABLE x; --"  # a name that only proper quoting survives
    setting = Setting(server.at, SecretRef("env:ADMIN"), {"user": role, "responder_user": "postgres"})
    made = Roles(POSTGRESQL, setting, TARGET, {"env:LEAKED": LEAKED, "env:ADMIN": ADMIN})
    made.role = role
    quoted = role.replace('"', '""')
    made.admin(f"CREATE ROLE \"{quoted}\" LOGIN PASSWORD '{LEAKED}'")
    return made


@needs("postgres", "python:psycopg")
@proves("postgresql", "verify", "revoke", "confirm", "survivors", by="real server: PostgreSQL")
def test_a_role_is_proved_dead_and_the_session_that_outlived_it_is_found_and_ended(world: Roles) -> None:
    import psycopg

    with psycopg.connect(**world.signing(world.role, LEAKED)) as session:  # type: ignore[arg-type]
        assert world.surviving().state is State.ALIVE
        assert world.dies_by(0) == "dead"
        found = world.surviving()
        assert (found.state, "1 sessions" in found.why) == (State.ALIVE, True)
        assert session.execute("SELECT 1").fetchone() == (1,)
        assert world.close().yes is True
        assert world.surviving().state is State.DEAD
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    assert world.settled(1).yes is False
    assert world.step(1).yes is True
    assert world.settled(1).yes is True
    assert world.standing().state is State.DEAD


@needs("postgres", "python:psycopg")
def test_a_password_taken_alone_is_death_too_and_both_steps_are_idempotent(world: Roles) -> None:
    assert world.dies_by(1, 1, 0, 0) == "dead"
    assert world.settled(1).yes is True


@needs("postgres", "python:psycopg")
def test_an_accepted_step_that_a_fault_undoes_is_not_called_death(world: Roles) -> None:
    before, control = world.standing(), world.control()
    assert world.step(0).yes is True
    quoted = world.role.replace('"', '""')
    world.admin(f'ALTER ROLE "{quoted}" LOGIN')  # a configuration tool puts it back
    assert proof_of_death(before, control, [world.standing()]).verdict == "not dead"


@needs("postgres", "python:psycopg")
def test_where_everybody_is_trusted_the_probe_proves_nothing(world: Roles) -> None:
    world.admin("CREATE ROLE trusted LOGIN")
    trusting = world.with_options(user="trusted")
    before, control = trusting.standing(), trusting.control()
    assert (before.state, control.state) == (State.ALIVE, State.ALIVE)
    assert proof_of_death(before, control, [before]).verdict == "inconclusive"


@needs("postgres", "python:psycopg")
def test_a_full_server_a_rule_and_a_silent_one_say_nothing_of_the_password(world: Roles, server: Database) -> None:
    import psycopg

    unlisted = world.with_options(user="unlisted").standing()
    assert (unlisted.state, "pg_hba.conf" in unlisted.why) == (State.UNKNOWN, True)
    held = [psycopg.connect(**world.signing("postgres", ADMIN)) for _ in range(10)]  # type: ignore[arg-type]
    try:
        for _ in range(3):
            try:
                held.append(psycopg.connect(**world.signing("postgres", ADMIN)))  # type: ignore[arg-type]
            except psycopg.OperationalError:
                break
        full = world.standing()
    finally:
        for one in held:
            one.close()
    assert full.state is State.UNKNOWN, full
    nobody = World(POSTGRESQL, Setting(f"127.0.0.1:{free_port()}", None, {"user": "app"}), TARGET, world.values)
    assert nobody.standing().why == "no answer (refused); nothing was sent"


@needs("postgres", "python:psycopg")
def test_a_database_that_is_not_there_is_named_only_to_whom_was_let_in(world: Roles, server: Database) -> None:
    elsewhere = World(
        POSTGRESQL, Setting(f"127.0.0.1:{server.port}/none", None, dict(world.setting.options)), TARGET, world.values
    )
    assert elsewhere.standing().state is State.ALIVE
    assert elsewhere.control().state is State.DEAD


@needs("postgres", "python:psycopg")
def test_the_certificate_is_verified_when_its_authority_is_named(world: Roles, server: Database) -> None:
    from tests.servers.certificates import authority

    assert world.with_options(ca_file=server.ca_file).standing().state is State.ALIVE
    other = server.log.parent / "other"
    other.mkdir()
    stranger = world.with_options(ca_file=str(authority(other)[0])).standing()
    assert (stranger.state, "tls" in stranger.why) == (State.UNKNOWN, True)


@needs("postgres", "python:psycopg")
def test_a_refused_responder_changes_nothing_and_is_not_taken_for_the_leaked_one(world: Roles) -> None:
    world.values["env:ADMIN"] = "visibly-wrong-password"
    reply = world.reply_to(0)
    assert (reply.status, read_done(reply).yes) == (401, False)
    assert read_sessions(reply).state is State.UNKNOWN
    assert world.standing().state is State.ALIVE
    assert "visibly-wrong-password" not in reply.body


@needs("postgres", "python:psycopg")
def test_a_responder_who_may_not_is_told_so(world: Roles) -> None:
    import psycopg

    world.admin("DROP ROLE IF EXISTS small")
    world.admin(f"CREATE ROLE small LOGIN PASSWORD '{ADMIN}'")
    small = world.with_options(responder_user="small")
    reply = small.reply_to(0)
    assert (reply.status, read_done(reply).yes) == (403, False)
    assert world.standing().state is State.ALIVE
    assert small.surviving().state is State.DEAD
    with psycopg.connect(**world.signing(world.role, LEAKED)):  # type: ignore[arg-type]
        assert small.surviving().state is State.ALIVE  # whoever may connect sees who else is
        ended = small.door.send(POSTGRESQL.survivors[0].close(small.setting, TARGET))  # type: ignore[arg-type]
        assert (ended.status, read_done(ended).yes) == (403, False)
        assert small.surviving().state is State.ALIVE
    assert read_settled(Reply(200, {}, '{"has_password": null}')).yes is None


@needs("postgres", "python:psycopg")
@proves("postgresql", "replace", "scope", by="real server: PostgreSQL")
def test_a_fresh_role_may_what_the_leaked_one_may_expires_and_its_password_is_in_no_log(
    world: Roles, server: Database
) -> None:
    need = Need(f"fresh {next(_COUNT)}", lives=timedelta(days=30))
    made, secret, reply = world.replaced(need)
    assert made.yes is True
    assert secret is not None
    assert secret.text() not in reply.body + server.logged()
    assert "SCRAM-SHA-256$" in server.logged()
    fresh = World(POSTGRESQL, world.setting, TARGET, {"env:LEAKED": secret.text()}).with_options(user=need.name)
    standing = fresh.standing()
    assert standing.state is State.ALIVE
    assert f"member of {world.role}" in standing.why
    assert f"valid until {made.expires[:10]}" in standing.why
    assert world.dies_by(0, 1) == "dead"  # the leaked role goes, and the fresh one keeps what it inherits from it
    assert fresh.standing().state is State.ALIVE
    assert POSTGRESQL.replacement is not None
    replacement = POSTGRESQL.replacement
    assert replacement.ask_named is not None
    assert replacement.read_named is not None
    assert replacement.ask_undo is not None
    asked = replacement.ask_named(world.setting, need)
    assert replacement.read_named(world.door.send(asked), need).public_id == need.name
    undo = replacement.ask_undo(world.setting, need.name)
    assert isinstance(undo, NativeCall)
    assert world.door.send(undo).status == 200
    assert replacement.read_named(world.door.send(asked), need).yes is False
    assert fresh.standing().state is State.DEAD


@needs("postgres", "python:psycopg")
def test_a_uri_that_leaked_is_replaced_by_a_uri_and_a_name_that_is_taken_by_nothing(world: Roles) -> None:
    uri = f"postgresql://{quote(world.role, safe='')}:{quote(LEAKED, safe='')}@{world.setting.base}"
    assert POSTGRESQL.public_id is not None
    leaked = Target(SecretRef("env:URI"), "uri", POSTGRESQL.public_id(uri))
    setting = Setting(world.setting.base, SecretRef("env:ADMIN"), {"responder_user": "postgres"})
    by_uri = World(POSTGRESQL, setting, leaked, {**world.values, "env:URI": uri})
    assert by_uri.standing().state is State.ALIVE
    name = f"fresh {next(_COUNT)}"
    made, secret, _ = by_uri.replaced(Need(name))
    assert made.yes is True
    assert secret is not None
    found = login(secret.text(), 5432)
    assert found is not None
    assert (found.user, found.at) == (name, world.setting.base)
    by_uri.values["env:NEW"] = secret.text()
    assert POSTGRESQL.public_id is not None
    assert (
        by_uri.standing(Target(SecretRef("env:NEW"), "uri", POSTGRESQL.public_id(secret.text()))).state is State.ALIVE
    )
    again, lost, _ = by_uri.replaced(Need(name))
    assert (again.yes, lost) == (False, None)
    same, fresh, _ = by_uri.replaced(
        Need(world.role)
    )  # the same role with another password: the leaked one is dead by it
    assert same.yes is True
    assert fresh is not None
    assert by_uri.standing().state is State.DEAD


@needs("python:psycopg")
def test_a_server_that_says_nothing_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        setting = Setting(f"127.0.0.1:{silent.getsockname()[1]}", None, {"user": "app"})
        world = World(POSTGRESQL, setting, TARGET, {"env:LEAKED": LEAKED})
        assert POSTGRESQL.ask_standing is not None
        reply = Door(world.resolve, Redactor(), 2).send(POSTGRESQL.ask_standing(setting, TARGET))
        assert (reply.status, reply.failure) == (None, "timeout while connecting")


@needs("postgres", "python:psycopg")
def test_a_change_that_got_no_answer_in_time_is_unknown_and_is_settled_by_asking(world: Roles) -> None:
    import psycopg

    quoted = world.role.replace('"', '""')
    with psycopg.connect(**world.signing("postgres", ADMIN)) as holding:  # type: ignore[arg-type]
        holding.execute(f'ALTER ROLE "{quoted}" CONNECTION LIMIT 5')  # type: ignore[call-overload]
        call = POSTGRESQL.steps[0].ask(world.setting, TARGET)
        assert isinstance(call, NativeCall)
        reply = Door(world.resolve, Redactor(), 1).send(call)
        assert (reply.status, reply.failure, reply.sent) == (None, "timeout", True)
        assert read_done(reply).yes is None
        until(lambda: world.standing().state is State.ALIVE, "an answer")
        holding.rollback()
