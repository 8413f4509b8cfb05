"""What a log format is: how its events are recognised, and how one becomes a row.

A new format is a file of some sixty lines, a line in `formats` and a table of cases in `tests/sources/logs/`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import unquote

from irkit.errors import BadInput
from irkit.model import MatchKind, UsageEvent, parse_instant

Event = Mapping[str, Any]
"""One event of a log, as JSON gave it."""

SESSION, ACCESS_KEY = "session", "access-key"
CREDENTIALS = {SESSION: MatchKind.DERIVED, ACCESS_KEY: MatchKind.CREATED}
"""Kinds of begotten things whose own uses are looked for as well, and how those uses are tied to the credential."""


@dataclass(frozen=True)
class Where:
    """A file, and a 1-based line of it where the log is one event a line."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class LogFormat(Protocol):
    """A log format. `read` gives a row whose `match` is still MENTION_ONLY: whether `key` is sought, the reader decides.

    `begot` holds `KIND:ID` for everything that the event, having succeeded, brought into being: `session:` and
    `access-key:` are credentials whose uses are then looked for too; other kinds are only listed.
    """

    name: str

    def recognise(self, event: Event) -> bool: ...

    def read(self, event: Event, where: Where) -> UsageEvent: ...


class TextFormat(LogFormat, Protocol):
    """A log of lines of text: `event` makes fields of one line, for `recognise` and `read`; None when it is none."""

    def event(self, line: str) -> Event | None: ...


@dataclass(frozen=True)
class Wanted:
    """A credential by its name in the report, and the identifiers under which logs know it, with how each one matches."""

    credential: str
    keys: tuple[tuple[str, MatchKind], ...]

    @classmethod
    def of(cls, credential: str, keys: Iterable[str]) -> Wanted:
        """From bare identifiers: a SHA-256 (base64, URL-escaped base64, or hex) matches as a hash, anything else as an id."""
        found: dict[str, MatchKind] = {}
        for key in keys:
            plain = hash_of(key)
            found[plain or key] = MatchKind.HASH if plain else MatchKind.EXACT_ID
        if not found:
            raise BadInput(
                "logs do not know this credential by any name",
                on=credential,
                do="give its public identifier, for example id:AKIA...",
            )
        return cls(credential, tuple(found.items()))


def hash_of(text: str) -> str:
    """The standard base64 of the SHA-256 that `text` writes in base64, URL-escaped base64 or hex; "" when it is none."""
    plain = unquote(text)
    if re.fullmatch(r"[0-9a-fA-F]{64}", plain):
        return base64.b64encode(bytes.fromhex(plain)).decode()
    try:
        raw = base64.b64decode(plain.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return base64.b64encode(raw).decode() if len(raw) == 32 else ""


def text(event: Any, *path: str) -> str:
    """The string at a path of keys, or "" when there is none."""
    for name in path:
        event = event.get(name) if isinstance(event, Mapping) else None
    return event if isinstance(event, str) else str(event) if isinstance(event, int | float) else ""


def digest(event: Event) -> str:
    """A name for an event that has none, from its content."""
    return "sha256:" + hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()


def time(value: Any) -> datetime | None:
    """UTC from ISO 8601 or from epoch milliseconds (or seconds); None when it is neither."""
    try:
        if isinstance(value, str) and not value.isdigit():
            return parse_instant(value)
        number = float(value)
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (BadInput, TypeError, ValueError, OverflowError, OSError):
        return None
