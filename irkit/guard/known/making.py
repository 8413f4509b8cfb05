"""Known credentials as commands make them: values by reference, resolved here and nowhere kept."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from irkit.errors import BadInput, StepFailed
from irkit.guard.known.book import Book, Entry, alone, load, save
from irkit.guard.known.digests import Key
from irkit.guard.known.windows import Windows
from irkit.model import Secret, SecretRef
from irkit.stores import resolve


def make_key(file: Path) -> str:
    """Write a fresh key, readable by its owner alone; its name. BadInput when the file is there."""
    secret = Secret(secrets.token_hex(32))
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput("there is a file already", on=file, do="keep that key, or name another file") from None
    except OSError as error:
        raise StepFailed(
            "the key could not be written", on=file, why=str(error.strerror), do="check the folder"
        ) from None
    with os.fdopen(handle, "wb") as out:
        out.write(secret.reveal() + b"\n")
    return Key(secret).name


def add(ref: str, file: Path, key_ref: str, name: str) -> Entry:
    """One more credential in the file. BadInput for a weak one, or another key than the file's."""
    where = SecretRef.parse(ref)
    key = _key(key_ref)
    secret = resolve(where)
    with alone(file):
        book = load(file) if file.exists() else Book(key.name)
        book = book.with_secret(name or str(where), secret, key, datetime.now(UTC).date())
        save(file, book)
    return book.entries[-1]


def remove(name: str, file: Path) -> None:
    """One less. BadInput when there is none of this name."""
    with alone(file):
        save(file, load(file).without(name))


def windows_of(file: Path, key_ref: str) -> Windows:
    """What finds the credentials of a file. BadInput when it has none, or another key made it."""
    book = load(file)
    windows = Windows(book, _key(key_ref))
    if not windows:
        raise BadInput(
            "this file knows no credential", on=file, do="irkit guard known add REF --into FILE --known-key REF"
        )
    return windows


def _key(ref: str) -> Key:
    return Key(resolve(SecretRef.parse(ref)))
