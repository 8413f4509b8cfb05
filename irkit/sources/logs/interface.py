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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import unquote

from irkit.errors import BadInput
from irkit.model import MatchKind, UsageEvent, parse_instant

_SCALES = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))

Event = Mapping[str, Any]
"""One event of a log, as JSON gave it."""

SESSION, ACCESS_KEY, TOKEN = "session", "access-key", "token"
SERVICE_ACCOUNT_KEY, APP_CREDENTIAL = "service-account-key", "app-credential"
CREDENTIALS = {
    SESSION: MatchKind.DERIVED,
    ACCESS_KEY: MatchKind.CREATED,
    TOKEN: MatchKind.CREATED,
    SERVICE_ACCOUNT_KEY: MatchKind.CREATED,
    APP_CREDENTIAL: MatchKind.CREATED,
}
"""Kinds of begotten things whose own uses are looked for as well, and how those uses are tied to the credential."""


@dataclass(frozen=True)
class Where:
    """A file, and a 1-based line of it where the log is one event a line."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class LogFormat(Protocol):
    """A log format. `read` gives a row whose `match` is still MENTION_ONLY: whether `key` or one of `also` is sought, the
    reader decides.

    `begot` holds `KIND:ID` for everything that the event, having succeeded, brought into being: the kinds in `CREDENTIALS`
    are credentials whose uses are then looked for too, ID being what their events have as `key` or in `also`; other kinds are
    only listed. Where one event takes several lines (a request and its response), the line that knows the outcome has the
    `key`; the others have none, and the same `event_id`, so that they count neither as uses nor as mentions of their own.
    No recogniser claims what another one claims, whatever the order.
    """

    name: str

    def recognise(self, event: Event) -> bool: ...

    def read(self, event: Event, where: Where) -> UsageEvent: ...


class TextFormat(LogFormat, Protocol):
    """A log of lines of text: `event` makes fields of one line, for `recognise` and `read`; None when it is none."""

    def event(self, line: str) -> Event | None: ...


@dataclass(frozen=True)
class Wanted:
    """A credential by its name in the report, and the identifiers under which logs know it, with how each one matches.

    `raw` are bytes that stand in a line which knows it by a hash that the format computes itself (a token in a URL): the
    byte test must let such lines through. They are the secret, and are never shown.
    """

    credential: str
    keys: tuple[tuple[str, MatchKind], ...]
    raw: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, credential: str, keys: Iterable[str]) -> Wanted:
        """From bare identifiers, in the form in which logs have them; how each matches follows from its form (`kind_of`)."""
        found = dict(kind_of(key) for key in keys)
        if not found:
            raise BadInput(
                "logs do not know this credential by any name",
                on=credential,
                do="give its public identifier, for example id:AKIA...",
            )
        return cls(credential, tuple(found.items()))


def kind_of(key: str) -> tuple[str, MatchKind]:
    """A bare identifier as readers give it, and how it matches.

    A SHA-256 in any writing is a hash, in base64; `hmac-sha256:` is Vault's HMAC; `SHA256:`, MD5 in colons and
    `X509SHA256=` are fingerprints of public keys and certificates; anything else is an id.
    """
    if plain := hash_of(key):
        return plain, MatchKind.HASH
    if key.startswith("hmac-sha256:"):
        return key, MatchKind.HMAC
    if key.startswith("SHA256:"):
        return key.rstrip("="), MatchKind.FINGERPRINT
    if re.fullmatch(r"(?i)(MD5:)?([0-9a-f]{2}:){15}[0-9a-f]{2}", key):
        return key[-47:].lower(), MatchKind.FINGERPRINT
    return key, MatchKind.FINGERPRINT if key.startswith("X509SHA256=") else MatchKind.EXACT_ID


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
    """UTC from ISO 8601 with its zone, or from an epoch in seconds, milli-, micro- or nanoseconds; None when it is neither."""
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, str) and not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
            return parse_instant(re.sub(r" UTC$", "Z", value))
        number = float(value)
        scale = next((scale for least, scale in _SCALES if number > least), 1)
        return datetime.fromtimestamp(number / scale, UTC)
    except (BadInput, TypeError, ValueError, OverflowError, OSError):
        return None
