"""SSH through the system's own client, with one key, one host and one fixed command.

The private key goes through a pipe into an agent of its own that lives as long as the call: it is never written, nor an argument. Neither
the user's agent and keys nor any configuration is read; of ~/.ssh only known_hosts, unless the case says the host's key. What the host
is given to run is one of `ssh_scripts`; public keys go to their standard input, paths are arguments.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shlex
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from irkit.errors import BadInput, NotAvailable
from irkit.model import iso
from irkit.needles.ssh_public import ssh_fingerprint, ssh_public, under_passphrase
from irkit.network.address import Place, place
from irkit.network.hand import Hand
from irkit.network.native.answers import answered, nothing, parameter, refused, unknown
from irkit.network.native.ssh_scripts import APPEND, END, READ, REMOVE, SESSIONS
from irkit.plan import NativeCall
from irkit.providers.interface import Reply

PORT = 22
Params = Mapping[str, Any]
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_PATH = re.compile(r"/[A-Za-z0-9_./-]{1,200}")


class _CannotBeUsed(Exception):
    """The key: why, in words."""


def send(call: NativeCall, hand: Hand, timeout_s: float) -> Reply:
    operate = _OPERATIONS.get(call.operation)
    if operate is None and call.operation != "standing":
        raise unknown(call)
    where, user = place(call.address, PORT), hand.text(call.user)
    user = user or where.user
    if call.secret is None or not _USER.fullmatch(user):
        raise BadInput("SSH needs a key and a user's name", on=call.address, do="see docs/providers/ssh_key.md")
    params = hand.tree(call.params)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="irk-") as folder,
            _agent(Path(folder), hand.text(call.secret)) as agent,
        ):
            client = _Client(where, user, Path(folder), agent, str(params.get("host_key", "")), hand, timeout_s)
            return operate(client, params) if operate else client.standing()
    except FileNotFoundError as error:
        missing = error.filename
    except _CannotBeUsed as error:
        return nothing(hand, error, sent=False)
    raise NotAvailable("the SSH client is not installed", on=missing, do="apt-get install openssh-client")


@dataclass(frozen=True)
class _Agent:
    socket: str
    fingerprint: str
    public: str  # the line of the one key in it


@contextmanager
def _agent(folder: Path, key: str) -> Iterator[_Agent]:
    path = folder / "agent"
    agent = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(path)], env=_environment(""), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 10
        while not _answers(path):
            if agent.poll() is not None or time.monotonic() > deadline:
                raise _CannotBeUsed("no agent could be started for the key")
            time.sleep(0.005)
        text = "\n".join(line.strip() for line in key.strip().splitlines()) + "\n"
        added = _run(["ssh-add", "-q", "-"], str(path), text)
        if added.returncode:
            raise _CannotBeUsed(
                "the key is under a passphrase"
                if under_passphrase(text.encode())
                else "this is no private key that SSH can use"
            )
        public = _run(["ssh-add", "-L"], str(path), "").stdout.decode(errors="replace").strip()
        blob = base64.b64decode(public.split()[1])
        yield _Agent(str(path), ssh_fingerprint(blob), " ".join(public.split()[:2]))
    finally:
        agent.terminate()
        agent.wait()


def _answers(path: Path) -> bool:
    """Its socket is there before it listens."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as one:
        one.connect(str(path))
        return True
    return False


def _environment(agent: str) -> dict[str, str]:
    """Nothing is asked of anybody: a passphrase that is wanted is refused."""
    return {
        "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "SSH_AUTH_SOCK": agent,
        "SSH_ASKPASS": "/bin/false", "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": "",
    }  # fmt: skip


def _run(command: list[str], agent: str, given: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command,
        input=given.encode(),
        env=_environment(agent),
        capture_output=True,
        timeout=20,
        start_new_session=True,
        check=False,
    )


@dataclass(frozen=True)
class _Client:
    """The system's client towards one host, as one user, with the one key of its agent."""

    where: Place
    user: str
    folder: Path
    agent: _Agent
    host_key: str
    hand: Hand
    timeout_s: float

    def _command(self) -> list[str]:
        public = self.folder / "key.pub"
        public.write_text(self.agent.public + "\n")
        settings = {
            "IdentitiesOnly": "yes", "IdentityAgent": self.agent.socket, "IdentityFile": str(public), "AddKeysToAgent": "no",
            "BatchMode": "yes", "PreferredAuthentications": "publickey", "StrictHostKeyChecking": "yes", "UpdateHostKeys": "no",
            "VerifyHostKeyDNS": "no", "ConnectTimeout": str(max(1, int(self.timeout_s))), "ConnectionAttempts": "1",
            "ControlMaster": "no", "ControlPath": "none", "ClearAllForwardings": "yes", "ForwardAgent": "no", "ForwardX11": "no",
            "ProxyCommand": "none", "PermitLocalCommand": "no", "CanonicalizeHostname": "no", "EscapeChar": "none",
            "LogLevel": "DEBUG1",
        }  # fmt: skip
        if self.host_key:
            known = self.folder / "known_hosts"
            host = self.where.host if self.where.port == PORT else f"[{self.where.host}]:{self.where.port}"
            known.write_text("".join(f"{host} {line.strip()}\n" for line in self.host_key.splitlines() if line.strip()))
            settings |= {"UserKnownHostsFile": str(known), "GlobalKnownHostsFile": "none"}
        said = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
        return ["ssh", "-F", "none", "-T", "-E", str(self._log), *said, "-p", str(self.where.port), "-l", self.user]

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _said(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def standing(self) -> Reply:
        """Signs in and hangs up. No session is opened, so that a command bound to the key is not run."""
        with subprocess.Popen(
            [*self._command(), "-N", "--", self.where.host], env=_environment(self.agent.socket), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        ) as client:  # fmt: skip
            deadline = time.monotonic() + self.timeout_s
            try:
                while client.poll() is None and time.monotonic() < deadline and not _AUTHENTICATED.search(self._said()):
                    time.sleep(0.01)
            finally:
                client.kill()
        log = self._said()
        if found := _AUTHENTICATED.search(log) or _PARTLY.search(log):
            partial = bool(_PARTLY.search(log)) and found.re is _PARTLY
            document = {"user": self.user, "fingerprint": self.agent.fingerprint, "partial": partial}
            return answered(self.hand, 200, document)
        return self._not_let_in(log)

    def run(self, script: str, given: str, *arguments: str) -> subprocess.CompletedProcess[bytes] | Reply:
        """A script on the host: what it printed and its exit code, or the reply that says why it did not run."""
        command = f'sh -c {shlex.quote(script)} irkit "$PPID" {" ".join(map(shlex.quote, arguments))}'
        self._log.unlink(missing_ok=True)
        try:
            done = subprocess.run(
                [*self._command(), "--", self.where.host, command], input=given.encode(), env=_environment(self.agent.socket),
                capture_output=True, timeout=self.timeout_s, start_new_session=True, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return nothing(self.hand, "timeout", sent=bool(_AUTHENTICATED.search(self._said())))
        log = self._said()
        if not _AUTHENTICATED.search(log):
            return self._not_let_in(log)
        if done.returncode == 255 or done.returncode < 0:
            return nothing(self.hand, "connection lost", sent=True)
        if done.returncode:
            why = (done.stdout + done.stderr).decode(errors="replace") or f"exit code {done.returncode}"
            return refused(self.hand, _STATUS.get(done.returncode, 503), why)
        return done

    def _not_let_in(self, log: str) -> Reply:
        last = next((line for line in reversed(log.splitlines()) if line and not line.startswith("debug1:")), "")
        if "Permission denied (" in log:
            offered = f"{self.agent.fingerprint} " in "".join(_OFFERED.findall(log))
            accepted = "Server accepts key:" in log
            # Refused is a key that the client has offered and the server would not have. All else is somebody else's fault.
            return refused(self.hand, 401 if offered and not accepted else 503, last)
        words = next((words for pattern, words in _UNSENT if pattern.search(log)), "")
        return nothing(self.hand, words or last or "timeout while connecting", sent=False)


_AUTHENTICATED = re.compile(r'^(?:debug1: )?Authenticated to .* using "publickey"', re.MULTILINE)
_PARTLY = re.compile(r'Authenticated using "publickey" with partial success')
_OFFERED = re.compile(r"^debug1: (?:Offering|Will attempt)[^\n]*$(?=\n)", re.MULTILINE)
_UNSENT = (
    (
        re.compile(r"Host key verification failed|host key is known|IDENTIFICATION HAS CHANGED"),
        "the host's key is not known, or another",
    ),
    (re.compile(r"Connection refused"), "refused"),
    (re.compile(r"Could not resolve"), "no such host"),
    (re.compile(r"timed out|Connection timeout"), "timeout while connecting"),
)
_STATUS = {3: 404, 4: 409, 5: 403}


def _path(params: Params) -> str:
    path = parameter(params, "path")
    if not _PATH.fullmatch(path) or ".." in path:
        raise BadInput("this is no path of a file on the host", on=path[:60], do="write it from / on, in plain letters")
    return path


def _line(params: Params) -> str:
    """The public line of the key that is given: a private key, whose public half is all that goes on from here."""
    blob = ssh_public(parameter(params, "key").encode())
    if not blob:
        raise BadInput(
            "the public half of this key cannot be told", do="give the key without its passphrase, or its fingerprint"
        )
    kind = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii", "replace")
    return f"{kind} {base64.b64encode(blob).decode()}"


def _revoke_key(client: _Client, params: Params) -> Reply:
    done = client.run(APPEND, _line(params), _path(params), "", "")
    return done if isinstance(done, Reply) else answered(client.hand, 200, {"path": params["path"]})


def _listed(text: bytes) -> Iterator[tuple[str, str, str]]:
    """Of each line of an authorized_keys: fingerprint, base64 of the key, comment."""
    for line in text.decode(errors="replace").splitlines():
        found = re.search(r"(?:^|\s)(?:ssh|ecdsa|sk)-[\w@.-]+ (AAAA[A-Za-z0-9+/]+={0,2})(?: (.*))?$", line.strip())
        if found and not line.lstrip().startswith("#"):
            with contextlib.suppress(ValueError):
                yield ssh_fingerprint(base64.b64decode(found[1])), found[1], (found[2] or "").strip()


def _keys(client: _Client, params: Params) -> Reply:
    done = client.run(READ, "", _path(params))
    if isinstance(done, Reply):
        return done
    keys = [{"fingerprint": one, "comment": comment} for one, _, comment in _listed(done.stdout)]
    return answered(client.hand, 200, {"keys": keys, "about": params.get("about", "")})


def _unauthorize(client: _Client, params: Params) -> Reply:
    """By fingerprint or by the key itself. The file is read first, and changed only when it has the key."""
    key, path = parameter(params, "key"), _path(params)
    fingerprint = key if key.startswith("SHA256:") else ssh_fingerprint(base64.b64decode(_line(params).split()[1]))
    done = client.run(READ, "", path)
    if isinstance(done, Reply):
        return done
    found = next((blob for one, blob, _ in _listed(done.stdout) if one == fingerprint), "")
    if not found:
        return refused(client.hand, 404, f"no such key in {path}")
    done = client.run(REMOVE, found, path)
    return done if isinstance(done, Reply) else answered(client.hand, 200, {"path": path, "fingerprint": fingerprint})


def _sessions(client: _Client, params: Params) -> Reply:
    done = client.run(SESSIONS, "", _user(params))
    if isinstance(done, Reply):
        return done
    pairs = [line.split() for line in done.stdout.decode(errors="replace").splitlines()]
    if ["sees", "0"] not in pairs:
        return refused(client.hand, 503, "the host does not show its processes")
    pairs.remove(["sees", "0"])
    pids = {pair[0] for pair in pairs}
    return answered(client.hand, 200, {"sessions": sum(1 for pair in pairs if pair[1] not in pids)})


def _user(params: Params) -> str:
    user = parameter(params, "user")
    if not _USER.fullmatch(user):
        raise BadInput("this is no user's name", on=user[:40], do="correct options.user")
    return user


def _end_sessions(client: _Client, params: Params) -> Reply:
    done = client.run(END, "", _user(params))
    return done if isinstance(done, Reply) else answered(client.hand, 200, {"ended": len(done.stdout.split())})


def _authorize(client: _Client, params: Params) -> Reply:
    """A key pair made here; its public half goes to the host, its private half to whoever minted it."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    name, options = parameter(params, "name"), ",".join(str(one) for one in params.get("options", ()))
    if re.search(r"[\r\n\0]", name + options):
        raise BadInput("a name or an option of a key goes on one line", on=name[:40])
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    ).decode()
    client.hand.hide(private, "the fresh credential")
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    lives = params.get("lives_s")
    until = datetime.now(UTC) + timedelta(seconds=int(lives)) if lives else None
    done = client.run(APPEND, f"{public} {name}", _path(params), str(int(until.timestamp())) if until else "", options)
    if isinstance(done, Reply):
        return done
    fingerprint = ssh_fingerprint(base64.b64decode(public.split()[1]))
    said = {"fingerprint": fingerprint, "expires": iso(until) if until else "", "private_key": private}
    return answered(client.hand, 200, said)


_OPERATIONS: Mapping[str, Callable[[_Client, Params], Reply]] = {
    "revoke-key": _revoke_key,
    "unauthorize": _unauthorize,
    "keys": _keys,
    "sessions": _sessions,
    "end-sessions": _end_sessions,
    "authorize": _authorize,
}
