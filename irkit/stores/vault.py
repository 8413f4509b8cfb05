"""A place of its own for a value that came in with a report: outside every case, behind a reference.

Files go below `$XDG_STATE_HOME/irkit/vault` (https://specifications.freedesktop.org/basedir-spec/latest/), folders 0700, files 0600;
with `keyring:SERVICE` the desktop or system keyring keeps it instead.
"""

from __future__ import annotations

import os
from pathlib import Path

from irkit.errors import BadInput, NotAvailable
from irkit.model import Secret, SecretRef
from irkit.stores.references import resolve

_MANY = 10_000


def vault_folder() -> Path:
    """Where values are kept in files, unless a keyring is named."""
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state.startswith("/") else Path.home() / ".local" / "state") / "irkit" / "vault"


def keep(secret: Secret, case_id: str, store: str = "") -> SecretRef:
    """Put a value away and return its reference. `store` is "" or `keyring:SERVICE`.

    BadInput for another store or where no file can be made, NotAvailable when this machine has no keyring.
    """
    if not store:
        return _in_file(secret, vault_folder() / case_id)
    scheme, _, service = store.partition(":")
    if scheme != "keyring" or not service or "/" in service:
        raise BadInput(
            "this is no store for a value", on=store[:40], do="use keyring:SERVICE, or leave --store out for a file"
        )
    return _in_keyring(secret, service, case_id)


def forget(ref: SecretRef) -> None:
    """Take a value out again that was put away for a case that did not come about."""
    if ref.scheme == "file" and Path(ref.rest).is_relative_to(vault_folder()):
        Path(ref.rest).unlink(missing_ok=True)
    elif ref.scheme == "keyring":
        import keyring

        keyring.delete_password(*ref.rest.split("/", 1))


def _in_file(secret: Secret, folder: Path) -> SecretRef:
    try:
        for made in (folder.parent.parent, folder.parent, folder):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        path, handle = _new(folder)
        with os.fdopen(handle, "wb") as file:
            file.write(_lasting(secret.reveal()))
    except OSError as error:
        raise BadInput(
            "the value cannot be put away",
            on=folder,
            why=error.strerror or type(error).__name__,
            do="set XDG_STATE_HOME to a folder of yours, or use --store keyring:SERVICE",
        ) from None
    return SecretRef(f"file:{path}")


def _lasting(value: bytes) -> bytes:
    """As it must stand in a file for `resolve` to give it back: of a text, that drops the last line end."""
    try:
        value.decode()
    except UnicodeDecodeError:
        return value
    return value + b"\n" if value.endswith((b"\n", b"\r")) else value


def _new(folder: Path) -> tuple[Path, int]:
    for number in range(1, _MANY):
        path = folder / str(number)
        try:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            continue
    raise FileExistsError(0, "it is full", str(folder))


def _in_keyring(secret: Secret, service: str, case_id: str) -> SecretRef:
    import keyring
    import keyring.errors

    failure = ""
    try:
        taken = (f"{case_id}-{number}" for number in range(1, _MANY))
        user = next(name for name in taken if keyring.get_password(service, name) is None)
        keyring.set_password(service, user, secret.text())
    except keyring.errors.KeyringError as error:
        failure = type(error).__name__
    if failure:
        raise NotAvailable(
            "no keyring answers on this machine", on=f"keyring:{service}", why=failure, do="unlock it, or omit --store"
        )
    ref = SecretRef(f"keyring:{service}/{user}")
    if resolve(ref) != secret:
        raise NotAvailable("the keyring did not keep the value as it is", on=ref, do="leave --store out")
    return ref
