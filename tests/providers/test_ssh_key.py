"""SSH keys: a key's whole death at a real sshd, the session that outlives it, and the key that takes its place."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.model import SecretRef, State
from irkit.network import Door
from irkit.plan import HumanTask, NativeCall, document, read
from irkit.providers import PROVIDERS, identify
from irkit.providers.interface import Need, Reply, Setting, Target
from irkit.providers.ssh_key import PEM, SSH_KEY, read_removed, read_sessions, read_standing
from irkit.redact import Redactor
from irkit.revoke import proof_of_death
from tests.needs import needs
from tests.providers.proofs import proves
from tests.providers.worlds import World
from tests.servers.programs import ROOT, free_port, until
from tests.servers.sshd import RESPONDER, USER, Host, key_pair, session, ssh_server

TARGET = Target(SecretRef("env:LEAKED"), "openssh")

READINGS = {
    "let in": (Reply(200, {}, '{"user": "app", "partial": false}'), State.ALIVE, "as app"),
    "let in, and more is asked for": (Reply(200, {}, '{"user": "app", "partial": true}'), State.ALIVE, "beside it"),
    "refused": (Reply(401, {}, '{"message": "Permission denied (publickey)."}'), State.DEAD, "Permission denied"),
    "refused, and never offered": (Reply(503, {}, '{"message": "Permission denied"}'), State.UNKNOWN, "Permission"),
    "another host key": (
        Reply(None, sent=False, failure="the host's key is not known"),
        State.UNKNOWN,
        "nothing was sent",
    ),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


def fingerprint(path: Path) -> str:
    said = subprocess.run(["ssh-keygen", "-lf", str(path)], capture_output=True, text=True, check=True)
    return said.stdout.split()[1]


@needs("sshd")
@proves("ssh_key", "identify", by="offline")
@pytest.mark.parametrize("more", [(), ("-N", "visibly-fake-passphrase"), ("-t", "rsa", "-b", "2048"), ("-t", "ecdsa")])
def test_a_key_is_recognised_and_named_as_ssh_keygen_names_it(tmp_path: Path, more: tuple[str, ...]) -> None:
    path = key_pair(tmp_path / "key", *more)
    [found] = identify(path.read_text())
    assert (found.provider, found.shape, found.public_id, found.checked) == (
        "ssh_key",
        "openssh",
        fingerprint(path),
        True,
    )
    assert dict(found.facts)["under a passphrase"] == ("yes" if "-N" in more else "no")
    assert dict(found.facts)["type"] == path.with_suffix(".pub").read_text().split()[0]


@needs("sshd")
def test_a_pem_key_may_be_anybodys_and_is_one_of_ssh_only_when_somebody_says_so(tmp_path: Path) -> None:
    path = key_pair(tmp_path / "key", "-t", "rsa", "-b", "2048", "-m", "PEM")
    value = path.read_text()
    assert [one for one in identify(value) if one.provider == "ssh_key"] == []
    assert PEM.matches(value)
    assert SSH_KEY.public_id is not None
    assert SSH_KEY.public_id(value) == fingerprint(path)
    assert PEM.look_alike is not None
    assert PEM.matches(PEM.look_alike())
    assert PROVIDERS["ssh_key"].shape_of(value) == PEM


def test_what_the_case_does_not_say_is_a_persons_task_and_a_step_is_not_taken_twice() -> None:
    responder = SecretRef("env:ADMIN")
    assert all(isinstance(step.ask(Setting("h:22", responder), TARGET), HumanTask) for step in SSH_KEY.steps)
    one = Setting("h:22", responder, {"authorized_keys": "/home/app/.ssh/authorized_keys"})
    first, last = (step.ask(one, TARGET) for step in SSH_KEY.steps)
    assert first == last
    assert isinstance(first, NativeCall)
    assert read(NativeCall, document(first)) == first
    both = Setting("h:22", responder, {**one.options, "revoked_keys": "/etc/ssh/revoked_keys"})
    assert [step.ask(both, TARGET).operation for step in SSH_KEY.steps] == ["revoke-key", "unauthorize"]  # type: ignore[union-attr]
    assert isinstance(SSH_KEY.survivors[0].close(one, TARGET), HumanTask)


# --- at a real host ----------------------------------------------------------------------------------------------------


def world_at(host: Host) -> World:
    options = {
        "user": USER, "responder_user": RESPONDER, "host_key": host.host_key, "revoked_keys": str(host.revoked),
        "authorized_keys": str(host.authorized), "end_sessions": "yes",
    }  # fmt: skip
    setting = Setting(host.at, SecretRef("env:ADMIN"), options)
    values = {"env:LEAKED": host.leaked.read_text().strip(), "env:ADMIN": host.responder.read_text()}
    assert SSH_KEY.public_id is not None
    target = Target(SecretRef("env:LEAKED"), "openssh", SSH_KEY.public_id(values["env:LEAKED"]))
    return World(SSH_KEY, setting, target, values)


@pytest.fixture
def host() -> Iterator[Host]:
    with ssh_server() as one:
        yield one


@needs("sshd")
@proves("ssh_key", "verify", "revoke", "confirm", "survivors", by="real server: OpenSSH")
def test_a_key_is_proved_dead_and_the_session_that_outlived_it_is_found_and_ended(host: Host) -> None:
    world = world_at(host)
    assert world.surviving().state is State.DEAD
    with session(host) as open_one:
        assert world.dies_by(0) == "dead"
        assert "revoked by file" in host.logged()
        assert world.step(0).yes is True  # once more
        assert host.revoked.read_text() == " ".join(host.leaked.with_suffix(".pub").read_text().split()[:2]) + "\n"
        found = world.surviving()
        assert (found.state, "1 SSH sessions" in found.why) == (State.ALIVE, True)
        assert open_one.poll() is None
        assert world.close().yes is True
        assert open_one.wait(20) == 255
        until(lambda: world.surviving().state is State.DEAD, "the end of the session")
    assert world.settled(1).yes is False
    assert world.step(1).yes is True
    assert world.settled(1).yes is True
    assert host.authorized.read_text() == "# who may\n" + host.responder.with_suffix(".pub").read_text()
    again = world.step(1)
    assert (again.yes, "no longer" in again.why) == (True, True)


@needs("sshd")
def test_a_host_that_does_not_show_its_processes_is_not_taken_for_one_without_sessions(tmp_path: Path) -> None:
    shadow = tmp_path / "ps"
    shadow.write_text(
        "#!/bin/sh\necho '    7     1 sshd: somebody'\n"
    )  # as with hidepid: others' processes are not shown
    shadow.chmod(0o755)
    with ssh_server(f"SetEnv PATH={tmp_path}:/usr/bin:/bin") as host:
        world = world_at(host)
        found = world.surviving()
        assert (found.state, "does not show" in found.why) == (State.UNKNOWN, True)
        assert world.close().yes is None


@needs("sshd")
def test_taken_from_authorized_keys_alone_it_is_dead_too_also_by_its_fingerprint(host: Host) -> None:
    world = world_at(host)
    mode = host.authorized.stat().st_mode
    by_name = World(SSH_KEY, world.setting, Target(None, "openssh", world.target.public_id), world.values)
    before, control = world.standing(), world.control()
    assert by_name.step(1).yes is True
    assert proof_of_death(before, control, [world.standing()]).verdict == "dead"
    assert host.authorized.stat().st_mode == mode
    assert not list(host.place.glob("*.irkit.*"))


@needs("sshd")
def test_a_host_that_looks_at_no_list_accepts_the_step_and_the_key_is_not_called_dead() -> None:
    with ssh_server(revokes=False) as host:
        world = world_at(host)
        before, control = world.standing(), world.control()
        assert world.step(0).yes is True
        assert proof_of_death(before, control, [world.standing()]).verdict == "not dead"


@needs("sshd")
def test_a_command_bound_to_the_key_is_not_run_by_the_probe(host: Host) -> None:
    public = host.leaked.with_suffix(".pub").read_text()
    ran = host.place / "ran"
    host.place.chmod(0o777)
    host.authorized.write_text(f'command="touch {ran}" {public}')
    world = world_at(host)
    assert world.standing().state is State.ALIVE
    assert not ran.exists()


@needs("sshd")
def test_a_key_that_is_one_of_two_proofs_lives() -> None:
    with ssh_server("AuthenticationMethods publickey,password", "PasswordAuthentication yes") as host:
        reading = world_at(host).standing()
        assert (reading.state, "something else is asked for" in reading.why) == (State.ALIVE, True)


UNTOLD = {
    "a host key that is not the host's": "the host's key is not known",
    "nobody listens": "refused",
    "a kind of key the server does not take": "",
}


@needs("sshd")
@pytest.mark.parametrize("case", UNTOLD)
def test_what_is_not_about_the_key_says_nothing_of_it(case: str, tmp_path: Path) -> None:
    with ssh_server() as host:
        world = world_at(host)
        if case == "nobody listens":
            world.setting = Setting(f"127.0.0.1:{free_port()}", None, world.setting.options)
        elif case.startswith("a host key"):
            world = world.with_options(host_key=key_pair(tmp_path / "other").with_suffix(".pub").read_text())
        else:
            world.values["env:LEAKED"] = "visibly fake, and no key"
        reading = world.standing()
        assert reading.state is State.UNKNOWN
        assert UNTOLD[case] in reading.why
        assert "nothing was sent" in reading.why


@needs("sshd")
def test_a_host_that_is_not_known_is_not_given_the_key_to_try(host: Host) -> None:
    world = world_at(host)
    del world.setting.options["host_key"]  # type: ignore[attr-defined]
    reading = world.standing()
    assert (reading.state, "host's key is not known" in reading.why) == (State.UNKNOWN, True)


@needs("sshd")
def test_a_key_under_a_passphrase_cannot_be_asked_about(host: Host, tmp_path: Path) -> None:
    world = world_at(host)
    world.values["env:LEAKED"] = key_pair(tmp_path / "held", "-N", "visibly-fake-passphrase").read_text()
    assert world.standing().why == "no answer (the key is under a passphrase); nothing was sent"


@needs("sshd")
def test_the_private_key_is_in_no_argument_and_no_file(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_at(host)
    body = "".join(world.values["env:LEAKED"].splitlines()[1:-1])
    seen: list[bytes] = []
    real = subprocess.Popen.__init__

    def watched(self: object, args: list[str], **more: object) -> None:
        seen.append(" ".join(args).encode())
        folder = next((Path(one).parent for one in args if one.endswith("/log")), None)
        seen.extend(path.read_bytes() for path in (folder.iterdir() if folder else ()) if path.is_file())
        assert more.get("env", {}).get("SSH_AUTH_SOCK") != "/visibly/fake/agent"  # type: ignore[attr-defined]
        real(self, args, **more)  # type: ignore[call-overload]

    monkeypatch.setenv("SSH_AUTH_SOCK", "/visibly/fake/agent")
    monkeypatch.setattr(subprocess.Popen, "__init__", watched)
    assert world.step(0).yes is True
    assert world.standing().state is State.DEAD
    assert len(seen) > 4
    assert all(body[40:80].encode() not in one for one in seen)


@needs("sshd")
def test_a_refused_responder_and_files_that_are_not_there_or_binary_change_nothing(host: Host, tmp_path: Path) -> None:
    world = world_at(host)
    missing = world.with_options(revoked_keys=str(host.place / "none"))
    assert (missing.reply_to(0).status, missing.step(0).yes) == (404, False)
    stranger = key_pair(tmp_path / "stranger")
    subprocess.run(["ssh-keygen", "-q", "-k", "-f", str(host.revoked), f"{stranger}.pub"], check=True)
    binary = world.reply_to(0)
    assert (binary.status, "ssh-keygen -k -u" in binary.body) == (409, True)
    with pytest.raises(BadInput, match="no path"):
        world.with_options(revoked_keys="/etc/$(reboot)").reply_to(0)
    host.revoked.write_text("")
    world.values["env:ADMIN"] = stranger.read_text()
    reply = world.reply_to(0)
    assert (reply.status, read_removed(reply).yes) == (401, False)
    assert read_sessions(reply).state is State.UNKNOWN
    assert world.standing().state is State.ALIVE


@needs("sshd")
@pytest.mark.skipif(not ROOT, reason="needs root: there is nobody else to sign in as")
def test_a_responder_who_may_not_write_is_told_so(host: Host) -> None:
    world = world_at(host).with_options(responder_user=USER)
    assert world.reply_to(0).status in (403, 503)  # 503 where the user has no shell
    assert host.revoked.read_text() == ""


@needs("sshd")
@proves("ssh_key", "replace", by="real server: OpenSSH")
def test_a_fresh_key_lets_in_with_the_options_it_needs_and_expires(host: Host) -> None:
    world = world_at(host)
    need = Need("irkit-fresh", ("restrict",), timedelta(days=30))
    made, secret, reply = world.replaced(need)
    assert made.yes is True
    assert secret is not None
    assert made.expires
    assert secret.text() not in reply.body
    assert "PRIVATE KEY" not in reply.body
    line = host.authorized.read_text().splitlines()[-1]
    assert line.startswith('expiry-time="20')
    assert ",restrict ssh-ed25519 " in line
    world.values["env:NEW"] = secret.text()
    fresh = Target(SecretRef("env:NEW"), "openssh", made.public_id)
    assert world.standing(fresh).state is State.ALIVE
    assert world.dies_by(0, 1) == "dead"
    assert world.standing(fresh).state is State.ALIVE
    assert SSH_KEY.replacement is not None
    replacement = SSH_KEY.replacement
    assert replacement.ask_named is not None
    assert replacement.read_named is not None
    assert replacement.ask_undo is not None
    asked = replacement.ask_named(world.setting, need)
    assert replacement.read_named(world.door.send(asked), need).public_id == made.public_id
    undo = replacement.ask_undo(world.setting, made.public_id)
    assert isinstance(undo, NativeCall)
    assert world.door.send(undo).status == 200
    assert world.standing(fresh).state is State.DEAD


@needs("sshd")
def test_a_fresh_key_whose_time_is_over_is_refused(host: Host) -> None:
    world = world_at(host)
    made, secret, _ = world.replaced(Need("irkit-old", lives=timedelta(days=-2)))
    assert made.yes is True
    assert secret is not None
    world.values["env:NEW"] = secret.text()
    assert world.standing(Target(SecretRef("env:NEW"), "openssh")).state is State.DEAD


@needs("sshd")
def test_a_change_that_got_no_answer_in_time_is_unknown() -> None:
    with ssh_server("ForceCommand sleep 30") as host:
        world = world_at(host)
        call = SSH_KEY.steps[0].ask(world.setting, world.target)
        assert isinstance(call, NativeCall)
        reply = Door(world.resolve, Redactor(), 3).send(call)
        assert (reply.status, reply.failure, reply.sent) == (None, "timeout", True)
        assert read_removed(reply).yes is None
