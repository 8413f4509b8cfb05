"""The file of known credentials: names and digests, made to be committed. Its form is TOML:

    version = 1
    key = "4b1d..."                       # names the team's key; another one is refused
    [[secret]]
    name = "deploy token"
    added = 2026-03-01
    parts = ["raw 40 <32 digits>", ...]   # form, length in bytes, keyed BLAKE2b

What it tells whoever has it without the key: how many credentials there are, their names, and how long each is. docs/guard.md says what
it tells whoever has the key as well.
"""

from __future__ import annotations

import fcntl
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from irkit.errors import BadInput, StepFailed
from irkit.guard.known.digests import LONGEST, SHORTEST, Key, Part, parts, same
from irkit.model import Secret

_PART = re.compile(r"([A-Za-z0-9-]{2,20}) (\d{1,5}) ([0-9a-f]{32})")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,80}")
_HEAD = """# irkit guard known: keyed digests of this team's credentials. No value can be read out of it; docs/guard.md says what it tells.
# Add with: irkit guard known add REF --into FILE --known-key REF
"""


@dataclass(frozen=True)
class Entry:
    """One credential: the name the team gave it, the day it was added, its parts."""

    name: str
    added: date
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Book:
    """The entries of a file, and the name of the key that made them."""

    key: str
    entries: tuple[Entry, ...] = ()

    def of(self, digest: bytes) -> str:
        """The name of the credential that has this digest."""
        return next(one.name for one in self.entries for part in one.parts if part.digest == digest)

    @property
    def lengths(self) -> Mapping[int, frozenset[bytes]]:
        """The digests sought, by the length of what they are of."""
        found: dict[int, set[bytes]] = {}
        for entry in self.entries:
            for part in entry.parts:
                found.setdefault(part.length, set()).add(part.digest)
        return {length: frozenset(digests) for length, digests in found.items()}

    def with_secret(self, name: str, secret: Secret, key: Key, today: date) -> Book:
        """One more. BadInput for a weak value, a name that is taken, a key that is not this file's."""
        self.check(key)
        if not _NAME.fullmatch(name):
            raise BadInput("this is no name for a credential", do="use up to 80 printable characters")
        made = parts(secret.reveal(), key)
        for one in self.entries:
            if {part.digest for part in one.parts} & {part.digest for part in made}:
                raise BadInput("this credential is known already", on=one.name, do="nothing is to be done")
            if one.name == name:
                raise BadInput("another credential has this name", on=name, do="give it another with --name")
        return Book(self.key, (*self.entries, Entry(name, today, made)))

    def without(self, name: str) -> Book:
        """One less. BadInput when there is none of this name."""
        left = tuple(one for one in self.entries if one.name != name)
        if len(left) == len(self.entries):
            raise BadInput("no known credential has this name", on=name, do="irkit guard known list FILE names them")
        return Book(self.key, left)

    def check(self, key: Key) -> None:
        """BadInput when another key made this file: it would find nothing, and say that there is nothing."""
        if not same(key.name, self.key):
            raise BadInput(
                "this is not the key that the known credentials were added with",
                on=f"key {key.name}, and the file names {self.key}",
                do="give the reference to that key",
            )

    def text(self) -> str:
        import tomli_w

        document = {
            "version": 1,
            "key": self.key,
            "secret": [
                {"name": one.name, "added": one.added, "parts": [str(part) for part in one.parts]}
                for one in self.entries
            ],
        }
        return _HEAD + tomli_w.dumps(document)


def load(file: Path) -> Book:
    """The file. BadInput naming the entry that is wrong, without repeating it."""
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(
            "the known credentials cannot be read", on=file, why=str(error.strerror), do="check the path"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise BadInput("the known credentials cannot be read", on=file, why="it is not TOML", do="mend it") from None
    if document.get("version") != 1 or not isinstance(document.get("key"), str):
        raise BadInput(
            "this is no file of known credentials",
            on=file,
            why="no version 1 or no key",
            do="check the path, or update irkit",
        )
    rows = document.get("secret", [])
    entries = tuple(
        _entry(file, number, row) for number, row in enumerate(rows if isinstance(rows, list) else [None], 1)
    )
    return Book(document["key"], entries)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """One process at a time changes a file: of two that add, none is lost. Where the system cannot lock a folder, nobody waits."""
    try:
        handle = os.open(file.parent, os.O_RDONLY)
    except OSError:
        yield  # whoever writes there says why not
        return
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def save(file: Path, book: Book) -> None:
    """Whole or not at all."""
    fresh = file.with_name(f".{file.name}.new")
    try:
        fresh.write_text(book.text(), "utf-8")
        fresh.replace(file)
    except OSError as error:
        raise StepFailed(
            "the known credentials could not be written", on=file, why=str(error.strerror), do="check the folder"
        ) from None


def _entry(file: Path, number: int, row: Any) -> Entry:
    if isinstance(row, dict) and row.keys() == {"name", "added", "parts"}:
        name, added, listed = row["name"], row["added"], row["parts"]
        found = (
            [_PART.fullmatch(one) if isinstance(one, str) else None for one in listed]
            if isinstance(listed, list)
            else []
        )
        sound = [one for one in found if one and SHORTEST <= int(one[2]) <= 3 * LONGEST]
        if (
            isinstance(name, str)
            and _NAME.fullmatch(name)
            and type(added) is date
            and found
            and len(sound) == len(found)
        ):
            return Entry(name, added, tuple(Part(one[1], int(one[2]), bytes.fromhex(one[3])) for one in sound))
    raise BadInput(
        "an entry of the known credentials is wrong",
        on=f"{file}, secret {number}, not shown",
        why="it must have a name, a date added, and parts of form, length and digest",
        do="remove it, and add the credential again",
    )
