"""What a scanner says it found: an alert, where, since when it is known, and the value only as a Secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irkit.model import Instant, Secret, State, iso
from irkit.needles import MIN_BYTES
from irkit.sources.alerts.keys import only_a_head


@dataclass(frozen=True)
class Where:
    """A place as the scanner names it: `line` is 1-based, `url` without user name and password, `blob` git's id of the content.

    "" and None where it says nothing.
    """

    path: str = ""
    line: int | None = None
    commit: str = ""
    url: str = ""
    blob: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.path and self.line else self.path or self.url
        return f"{place} @ {self.commit[:12]}" if self.commit else place


@dataclass(frozen=True)
class Alert:
    """One finding of one tool.

    `secret` is None when the report hides it, and `hidden` says why; `sha1` is the hash some reports keep in its
    place, `same` a name that the findings of one hidden credential share.
    `instant` is the alert's own time on Clock.ALERT, None when the report gives none. `validity` is what the tool
    says of it: alive, dead or unknown. `provider` is a guess, "" when there is none.
    """

    tool: str
    rule: str
    where: Where
    secret: Secret | None
    provider: str = ""
    instant: Instant | None = None
    validity: State = State.UNKNOWN
    hidden: str = ""
    sha1: str = ""
    same: str = ""

    def document(self) -> dict[str, Any]:
        """Everything but the value, in plain JSON types."""
        return {
            "tool": self.tool,
            "rule": self.rule,
            "provider": self.provider,
            "path": self.where.path,
            "line": self.where.line,
            "commit": self.where.commit,
            "url": self.where.url,
            "at": iso(self.instant.at) if self.instant else None,
            "validity": self.validity.value,
        }


@dataclass(frozen=True)
class Document:
    """A report as read: `rows` are its JSON values (an array's elements, an object, or one a line); `text` when it is no JSON."""

    path: Path
    rows: tuple[Any, ...] = ()
    text: str = ""

    @property
    def objects(self) -> tuple[dict[str, Any], ...]:
        return tuple(row for row in self.rows if isinstance(row, dict))


@dataclass(frozen=True)
class Scanner:
    """One format. `source` is where it is documented; `tested` is "real run: ...", "documented sample: ..." or "unverified".

    `holds_values` is False for a format that never holds a value.
    """

    name: str
    title: str
    source: str
    tested: str
    fits: Callable[[Document], bool]
    read: Callable[[Document], Iterable[Alert]]
    holds_values: bool = True


_MASKED = re.compile(r"\*{3,}|\u2022{3,}|X{12,}|^\W*REDACT|\[REDACTED", re.IGNORECASE)


def revealed(value: object) -> tuple[Secret | None, str]:
    """The value, or None and the reason why this is none: absent, masked, cut short, or only the head of a private key."""
    if not isinstance(value, str) or not value.strip():
        return None, "the report does not hold the value"
    if _MASKED.search(value) or value.endswith(("...", "\u2026")):
        return None, "the report hides the value"
    if only_a_head(value):
        return None, "the report holds only the first line of the private key"
    if len(value.encode("utf-8", "replace")) < MIN_BYTES:
        return None, f"what the report holds is shorter than {MIN_BYTES} bytes, too short to search for"
    return Secret(value.encode("utf-8", "surrogatepass")), ""
