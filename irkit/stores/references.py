"""From a reference to its value: environment, file, descriptor, prompt, keyring, and the never-issued look-alike.

What can be read only once (a descriptor, a pipe, a person's answer) is kept in this process, as a Secret, and nowhere else.
"""

from __future__ import annotations

import getpass
import os
import stat
import sys
from pathlib import Path

from irkit.errors import BadInput, NotAvailable, Waiting
from irkit.model import Secret, SecretRef
from irkit.providers import provider_named

_LARGEST = 16 * 1024 * 1024  # bytes; a secret keyring is large, a disk image is a mistake
_once: dict[str, Secret] = {}


def resolve(ref: SecretRef) -> Secret:
    """The value behind a reference.

    BadInput when it points at nothing or has no secret behind it, Waiting when a person would have to be asked and
    nobody is there, NotAvailable when this machine has no keyring. None of them repeats a value.
    """
    if ref.is_public:
        raise BadInput(
            "this is a public identifier, and there is no secret behind it", on=ref, do="give a reference to the value"
        )
    read = {
        "env": _env,
        "file": _file,
        "fd": _descriptor,
        "prompt": _prompt,
        "keyring": _keyring,
        "control": _control,
        "minted": _minted,
    }[ref.scheme]
    secret = _once[str(ref)] if str(ref) in _once else read(ref)
    if not secret:
        raise BadInput(
            "this reference points at nothing: the value is empty", on=ref, do="fill it, or correct the reference"
        )
    return secret


def open_to_others(ref: SecretRef) -> str:
    """A sentence when the file behind the reference can be read by other users of this machine, else ""."""
    if ref.scheme != "file":
        return ""
    try:
        mode = Path(ref.rest).expanduser().stat().st_mode
    except OSError:
        return ""
    if not stat.S_ISREG(mode) or not mode & (stat.S_IRGRP | stat.S_IROTH):
        return ""
    return f"{ref} can be read by other users of this machine: chmod 600 it"


def _env(ref: SecretRef) -> Secret:
    value = os.environb.get(os.fsencode(ref.rest))
    if value is None:
        raise BadInput(
            "this reference points at nothing: the variable is not set",
            on=ref,
            do=f"export {ref.rest} in the shell that starts irkit, or correct the name",
        )
    return Secret(value)


def _file(ref: SecretRef) -> Secret:
    path = Path(ref.rest).expanduser()
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise BadInput("this reference points at a directory", on=ref, do="name the file in it")
        with path.open("rb") as file:
            secret = _read(file.fileno(), ref)
    except OSError as error:
        raise BadInput(
            "this reference points at nothing that can be read", on=ref, why=_reason(error), do="correct the path"
        ) from None
    if not stat.S_ISREG(mode):
        _once[str(ref)] = secret  # a pipe gives its content once
    return secret


def _descriptor(ref: SecretRef) -> Secret:
    number = int(ref.rest)
    try:
        secret = _read(number, ref)
    except (OSError, OverflowError):
        raise BadInput(
            "this reference points at nothing: the descriptor is not open for reading",
            on=ref,
            do=f"pass it when starting irkit, for example {number}<FILE",
        ) from None
    _once[str(ref)] = secret
    return secret


def _read(descriptor: int, ref: SecretRef) -> Secret:
    parts, size = [], 0
    while part := os.read(descriptor, 65_536):
        parts.append(part)
        size += len(part)
        if size > _LARGEST:
            raise BadInput(
                "this is too large to be a credential", on=ref, why="over 16 MiB", do="correct the reference"
            )
    return Secret(_without_final_line_end(b"".join(parts)))


def _without_final_line_end(data: bytes) -> bytes:
    """Editors end a text with a line end; in a binary key the same byte is part of the key."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data
    return data.removesuffix(b"\n").removesuffix(b"\r")


def _prompt(ref: SecretRef) -> Secret:
    if not _somebody_is_there():
        raise _nobody(ref)
    try:
        secret = Secret(getpass.getpass(f"{ref.rest}: "))
    except (NotImplementedError, EOFError, OSError):  # the first is a kernel without a front end
        nobody = _nobody(ref)
    else:
        _once[str(ref)] = secret
        return secret
    raise nobody


def _somebody_is_there() -> bool:
    """In a kernel the front end asks; elsewhere there must be a terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and hasattr(shell, "kernel"):
        return bool(getattr(shell.kernel, "_allow_stdin", False))
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _nobody(ref: SecretRef) -> Waiting:
    return Waiting(
        "a person would have to type this credential, and nobody can be asked here",
        on=ref,
        do="use env:NAME, file:PATH or keyring:SERVICE/USER instead",
    )


def _keyring(ref: SecretRef) -> Secret:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise NotAvailable(
            "the keyring library is missing", on=ref, do="pip install keyring, or use file:PATH"
        ) from None
    service, user = ref.rest.split("/", 1)
    value, failure = None, ""
    try:
        value = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        failure = type(error).__name__
    if failure:
        raise NotAvailable(
            "no keyring answers on this machine", on=ref, why=failure, do="unlock it, or use env:NAME or file:PATH"
        )
    if value is None:
        raise BadInput(
            "this reference points at nothing: the keyring has no such entry",
            on=ref,
            do=f"store it with: keyring set {service} {user}",
        )
    return Secret(value)


def _control(ref: SecretRef) -> Secret:
    """A value its provider never issued, the same for as long as this process lives."""
    name, _, shape_name = ref.rest.partition("/")
    shape = provider_named(name).shape_named(shape_name)
    if shape is None or shape.look_alike is None:
        raise NotAvailable("no look-alike can be made of this kind of credential", on=ref)
    secret = Secret(shape.look_alike())
    _once[str(ref)] = secret
    return secret


def hold(name: str, secret: Secret) -> SecretRef:
    """Keep a fresh credential in this process, behind `minted:NAME`, until it is let go of."""
    ref = SecretRef(f"minted:{name}")
    _once[str(ref)] = secret
    return ref


def let_go(ref: SecretRef) -> None:
    _once.pop(str(ref), None)


def _minted(ref: SecretRef) -> Secret:
    raise BadInput(
        "the fresh credential is gone: it was in the process that made it, and nowhere else",
        on=ref,
        do="make a new plan: what was made is removed, and another one made",
    )


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
