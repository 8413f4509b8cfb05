"""A private key that lets into a host over SSH: refused there, taken out of its authorized_keys, replaced by another.

Formats: OpenSSH's PROTOCOL.key, and PEM (RFC 7468). https://man.openbsd.org/sshd_config.5#RevokedKeys and
https://man.openbsd.org/sshd.8#AUTHORIZED_KEYS_FILE_FORMAT . `base` is HOST:PORT. Options: `user` (whom the key lets in as),
`responder_user`, `host_key`, `revoked_keys` and `authorized_keys` (paths on the host), `end_sessions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from irkit.errors import BadInput, NotAvailable
from irkit.model import State
from irkit.needles.ssh_public import ssh_fingerprint, ssh_public, under_passphrase
from irkit.plan import HumanTask, Identity, Json, NativeCall
from irkit.providers.interface import (
    Accepted,
    Made,
    Need,
    Provider,
    Reading,
    Replacement,
    Reply,
    Setting,
    Shape,
    Step,
    Survivors,
    Target,
)
from irkit.providers.replies import accepted_by, message_of


def public_id(value: str) -> str:
    """The key's fingerprint, `SHA256:...`; "" where the format hides it."""
    blob = ssh_public(value.encode())
    return ssh_fingerprint(blob) if blob else ""


def describe(value: str) -> tuple[tuple[str, str], ...]:
    blob = ssh_public(value.encode())
    kind = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii", "replace")
    said = (("type", kind), ("fingerprint", ssh_fingerprint(blob))) if blob else ()
    return (*said, ("under a passphrase", "yes" if under_passphrase(value.encode()) else "no"))


def _look_alike(openssh: bool) -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    key = ed25519.Ed25519PrivateKey.generate() if openssh else ec.generate_private_key(ec.SECP256R1())
    form = serialization.PrivateFormat.OpenSSH if openssh else serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


OPENSSH = Shape(
    "openssh",
    r"\s*-----BEGIN OPENSSH PRIVATE KEY-----\s[A-Za-z0-9+/=\s]+-----END OPENSSH PRIVATE KEY-----\s*",
    "https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key",
    lambda value: bool(ssh_public(value.encode())),
    lambda: _look_alike(True),
)
PEM = Shape(
    "pem",
    r"\s*-----BEGIN ((?:RSA |EC |DSA |ENCRYPTED )?PRIVATE KEY)-----\s[A-Za-z0-9+/=\s:,-]+-----END \1-----\s*",
    "RFC 7468",
    None,
    lambda: _look_alike(False),
    opaque=True,  # a web server's key, an App's key and an SSH key look the same
)


def ask_standing(setting: Setting, target: Target) -> NativeCall:
    """Authentication with the key and nothing else: no command is run, no session opened. BadInput without a host or a user."""
    if target.secret is None:
        raise NotAvailable("a host cannot be asked about a key without it", do="give a reference to the private key")
    user = setting.options.get("user", "")
    if not setting.base or not user:
        raise BadInput(
            "it is not known where this key lets in, or as whom",
            do="write base (HOST:PORT) and options.user under [providers.ssh_key] in case.toml",
        )
    identity: Identity = "control" if target.secret.scheme == "control" else "leaked"
    return NativeCall("ssh", setting.base, "standing", identity, user, target.secret, _host_key(setting))


def _host_key(setting: Setting) -> dict[str, Json]:
    return {"host_key": setting.options["host_key"]} if setting.options.get("host_key") else {}


def read_standing(reply: Reply) -> Reading:
    """401: the key was offered and refused. Everything in front of that (host key, a closed connection) is unknown."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document = reply.json()
    if reply.status == 200 and isinstance(document, dict) and document.get("user"):
        more = ", and something else is asked for beside it" if document.get("partial") else ""
        return Reading(State.ALIVE, f"the host let it in as {document['user']}{more}")
    state = State.DEAD if reply.status == 401 else State.UNKNOWN
    return Reading(state, f"the host answered: {message_of(document)}")


BY_HAND = HumanTask(
    "Have every host refuse the key, as root there",
    "the hosts that the key lets into",
    (
        "Append its public key to the file that RevokedKeys names in sshd_config, or name one there",
        "Remove it from the authorized_keys of every user, and from what installs them",
        "End the sessions that are open: ps -eo pid,args | grep 'sshd: USER', then kill",
        "To have it done by irkit: base, responder, options.user and options.revoked_keys or authorized_keys in case.toml",
    ),
)


def _as_responder(setting: Setting, operation: str, mutates: bool = True, **params: Json) -> NativeCall | None:
    if not setting.base or setting.responder is None:
        return None
    user = setting.options.get("responder_user", "root")
    return NativeCall(
        "ssh", setting.base, operation, "responder", user, setting.responder, {**params, **_host_key(setting)},
        mutates=mutates,
    )  # fmt: skip


def _refuse(setting: Setting, target: Target) -> NativeCall | None:
    """Its public key, which is derived from the private one while the call is sent, joins those that the host refuses."""
    path = setting.options.get("revoked_keys")
    if not path or target.secret is None:
        return None
    return _as_responder(setting, "revoke-key", path=path, key=target.secret)


def _remove(setting: Setting, target: Target) -> NativeCall | None:
    path = setting.options.get("authorized_keys")
    if not path or not (target.public_id or target.secret):
        return None
    which: Json = target.public_id or target.secret
    return _as_responder(setting, "unauthorize", path=path, key=which)


def _ask_deactivate(setting: Setting, target: Target) -> NativeCall | HumanTask:
    return _refuse(setting, target) or _remove(setting, target) or BY_HAND


def _ask_delete(setting: Setting, target: Target) -> NativeCall | HumanTask:
    return _remove(setting, target) or _ask_deactivate(setting, target)  # the same call stands in the plan once


read_done = accepted_by("the host", done=(200,))


def read_removed(reply: Reply) -> Accepted:
    if reply.status == 404 and "no such key" in message_of(reply.json()):
        return Accepted(True, "the file no longer has it")
    return read_done(reply)


def _settle(setting: Setting, target: Target) -> NativeCall:
    path = setting.options.get("authorized_keys", "")
    call = _as_responder(setting, "keys", mutates=False, path=path, about=target.public_id)
    assert call is not None  # the step itself was asked
    return call


def _keys(reply: Reply) -> Iterator[tuple[str, str]]:
    """Fingerprint and comment of each key in a list of them."""
    document = reply.json()
    if reply.status == 200 and isinstance(document, dict):
        yield from ((str(one["fingerprint"]), str(one["comment"])) for one in document.get("keys", ()))


def read_settled(reply: Reply) -> Accepted:
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict) or not document.get("about"):
        return Accepted(None, reply.nothing_came or message_of(document))
    there = any(fingerprint == document["about"] for fingerprint, _ in _keys(reply))
    return Accepted(not there, f"the file {'still has' if there else 'no longer has'} the key")


def _ask_sessions(setting: Setting, _target: Target) -> NativeCall | None:
    user = setting.options.get("user", "")
    return _as_responder(setting, "sessions", mutates=False, user=user) if user else None


def read_sessions(reply: Reply) -> Reading:
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict) or not isinstance(document.get("sessions"), int):
        return Reading(State.UNKNOWN, reply.nothing_came or f"the host answered: {message_of(document)}")
    if not document["sessions"]:
        return Reading(State.DEAD, "no SSH session of the user is open")
    return Reading(State.ALIVE, f"{document['sessions']} SSH sessions of the user are open, by whichever key")


def _close(setting: Setting, _target: Target) -> NativeCall | HumanTask:
    """It ends every session of the user, also those of others who sign in as it: only where the case says so."""
    user = setting.options.get("user", "")
    call = _as_responder(setting, "end-sessions", user=user) if user else None
    if call is None or setting.options.get("end_sessions") != "yes":
        return END_BY_HAND
    return call


END_BY_HAND = HumanTask(
    "End the SSH sessions that the key has opened, as root on the host",
    "the hosts that the key lets into",
    (
        "Find them: sshd's log names the key of each (Accepted publickey ... SHA256:...), with its process",
        "End them with kill, or all of the user's with loginctl terminate-user USER",
        "Look for what they left running: ps -u USER, crontab -l -u USER, systemctl --user, at",
        'To have irkit end all of the user\'s sessions: options.end_sessions = "yes"',
    ),
)


def _ask_fresh(setting: Setting, _target: Target, need: Need) -> NativeCall | HumanTask:
    """`scopes` are options of authorized_keys (`restrict`, `from="..."`, `command="..."`)."""
    path = setting.options.get("authorized_keys")
    lives = int(need.lives.total_seconds()) if need.lives else None
    call = path and _as_responder(setting, "authorize", path=path, name=need.name, options=need.scopes, lives_s=lives)
    return call or HumanTask(
        "Make another key pair where it will be used, and install its public key",
        "the hosts that the key lets into",
        ("ssh-keygen -t ed25519", 'Install it with options: restrict,expiry-time="20260401",from="10.0.0.0/8"'),
    )


def secret_of(document: Any) -> str | None:
    return document.get("private_key") or None


def read_fresh(reply: Reply) -> Made:
    done, document = read_done(reply), reply.json()
    if done.yes is not True or not isinstance(document, dict):
        return Made(done.yes, done.why)
    fingerprint = str(document.get("fingerprint", ""))
    return Made(True, f"key {fingerprint}", fingerprint, str(document.get("expires", "")))


def _listed(setting: Setting) -> NativeCall:
    call = _as_responder(setting, "keys", mutates=False, path=setting.options.get("authorized_keys", ""))
    if call is None:
        raise BadInput("it is not known where the key would be", do="write base and responder in case.toml")
    return call


def _read_named(reply: Reply, need: Need) -> Made:
    if reply.status != 200:
        return Made(None, reply.nothing_came or message_of(reply.json()))
    found = next((fingerprint for fingerprint, comment in _keys(reply) if comment == need.name), "")
    return Made(bool(found), f"key {found}" if found else "no key of that name", found)


def _ask_undo(setting: Setting, fingerprint: str) -> NativeCall | HumanTask:
    return _remove(setting, Target(None, OPENSSH.name, fingerprint)) or BY_HAND


_BY = "real server: OpenSSH"
SSH_KEY = Provider(
    name="ssh_key",
    title="SSH key",
    docs="docs/providers/ssh_key.md",
    shapes=(OPENSSH, PEM),
    by_hand=BY_HAND,
    tested="real server: OpenSSH 9.2 (RevokedKeys, authorized_keys, open sessions, a new key with an expiry)",
    ask_standing=ask_standing,
    read_standing=read_standing,
    steps=(
        Step("deactivate", "Have the host refuse the key", _ask_deactivate, read_removed, False),
        Step(
            "delete",
            "Remove the key from the user's authorized_keys",
            _ask_delete,
            read_removed,
            False,
            _settle,
            read_settled,
        ),
    ),
    survives=(
        "sessions that are open, and tunnels through them: sshd asks about a key when a connection begins, and never again",
        "what was left running or installed: processes, cron and at jobs, units, further keys in any authorized_keys",
        "every other host and user that trusts the key, agents that hold it, and certificates signed with it",
        "a configuration management that installs the key again",
    ),
    propagation=timedelta(seconds=5),
    describe=describe,
    public_id=public_id,
    survivors=(Survivors("open SSH sessions of the user", _close, read_done, _ask_sessions, read_sessions),),
    replacement=Replacement(
        _ask_fresh,
        secret_of,
        read_fresh,
        "short-lived certificates of an SSH authority (TrustedUserCAKeys), or keys in hardware (ed25519-sk)",
        lambda setting, _need: _listed(setting),
        _read_named,
        _ask_undo,
    ),
    proved=dict.fromkeys(("verify", "revoke", "confirm", "survivors", "replace"), _BY) | {"identify": "offline"},
)
