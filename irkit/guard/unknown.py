"""Secrets that nobody told us of, in what is about to leave: found by Kingfisher, known by a fingerprint, never by value.

What a person has looked at and found harmless stands in `guard-allow.txt`, one fingerprint a line, with the reason behind a `#`. A
fingerprint is scrypt of the value (RFC 7914) under a salt of irkit's own: the file may be committed, and each guess at a weak value costs
as much as the fingerprint did.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irkit.errors import BadInput
from irkit.sources.private import private_folder
from irkit.sources.scanner import scan

if TYPE_CHECKING:
    from irkit.redact import Redactor
    from irkit.sources.alerts import Alert

ALLOW_FILE = "guard-allow.txt"
_SALT = b"irkit guard-allow.txt"
_LINE = re.compile(r"(scrypt:[0-9a-f]{32})\s*(?:#(.*))?")
_HIDDEN = b"[redacted "


@dataclass(frozen=True)
class Unknown:
    """One finding: `file` as it can be shown, `line` 1-based or None, the scanner's rule, the value's fingerprint."""

    file: str
    line: int | None
    rule: str
    fingerprint: str
    allowed: bool

    def document(self) -> dict[str, Any]:
        place = {"file": self.file, "line": self.line, "rule": self.rule}
        return place | {"fingerprint": self.fingerprint, "allowed": self.allowed}

    def __str__(self) -> str:
        at = f", line {self.line}" if self.line else ""
        return f"{self.file}{at} ({self.rule}, {self.fingerprint})"


def fingerprint(value: bytes) -> str:
    """`scrypt:` and 32 hexadecimal digits; the same for the same value everywhere."""
    return _fingerprint(hashlib.sha256(value).digest())


@lru_cache(maxsize=4096)
def _fingerprint(digest: bytes) -> str:
    return f"scrypt:{hashlib.scrypt(digest, salt=_SALT, n=2**13, r=8, p=1, dklen=16).hex()}"


def allowed_in(*folders: Path) -> frozenset[str]:
    """The fingerprints of every `guard-allow.txt` in these folders. BadInput naming the line that is none, without repeating it."""
    found: set[str] = set()
    for file in dict.fromkeys(folder / ALLOW_FILE for folder in folders):
        try:
            text = file.read_text("utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError):
            raise BadInput("the list of allowed findings cannot be read", on=file, do="mend or remove it") from None
        found |= {one for one, _ in allowed_lines(str(file), text)}
    return frozenset(found)


def allowed_lines(source: str, text: str) -> Iterator[tuple[str, str]]:
    """(fingerprint, reason) of each line of a `guard-allow.txt`."""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            raise BadInput(
                "this line allows nothing",
                on=f"{source}, line {number}, not shown",
                why="it is no fingerprint, and a value must not stand here",
                do="write the fingerprint that irkit guard names, then # and the reason",
            )
        yield match[1], (match[2] or "").strip()


def unknown_secrets(path: Path, redactor: Redactor, allowed: frozenset[str]) -> tuple[Unknown, ...]:
    """Every secret a rule of Kingfisher knows at or below `path`, but those of the case, which the gate itself names.

    NotAvailable when Kingfisher is not here, StepFailed when it fails.
    """
    folder, only = (path, ".") if path.is_dir() else (path.parent, f"./{path.name}")
    with private_folder() as aside:
        alerts = scan(folder, aside, only=only)
    return judged(alerts, folder, redactor, allowed)


def judged(alerts: Sequence[Alert], folder: Path, redactor: Redactor, allowed: frozenset[str]) -> tuple[Unknown, ...]:
    """Findings with their fingerprints; what the redactor has put in the place of a secret is none."""
    found: dict[Unknown, None] = {}
    for alert in alerts:
        if alert.secret is None:
            continue  # shorter than anything an issuer hands out
        value = alert.secret.reveal()
        if value.startswith(_HIDDEN) or redactor.finds(value):
            continue
        name = fingerprint(value)
        file = redactor.text(str(folder / alert.where.path))
        found[Unknown(file, alert.where.line, alert.rule, name, name in allowed)] = None
    return tuple(found)
