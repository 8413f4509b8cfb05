"""What all log formats do alike: fields at their paths, times that say how far they go, addresses that are none. Pure.

Nothing here raises, whatever a field holds, and nothing is guessed: a time without a zone is no time.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from irkit.model import MatchKind, UsageEvent
from irkit.model.evidence import FLAG_KEY_HIDDEN, FLAG_NO_ADDRESS, FLAG_NO_ZONE, FLAG_REPEATED
from irkit.sources.logs.interface import Event, Where, text, time

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HIDDEN = re.compile(r"(?i)\s*|-|null|none|redacted|hidden.*|\*+|0{8}-0{4}-0{4}-0{4}-0{12}")
_READING = ("get", "head", "options", "list", "read", "watch", "help")
_LONGEST = 2048
"""Characters of a key; what is longer is not an identifier but a value that strayed."""


def row(
    source: str,
    where: Where,
    *,
    said: Any,
    action: str,
    key: str = "",
    address: str = "",
    flags: Iterable[str] = (),
    also: Iterable[str] = (),
    begot: Iterable[str] = (),
    repeated: int = 1,
    **more: Any,
) -> UsageEvent:
    """A row of the table. `said` is the time as the log has it; `key` may be hidden or empty, and then is flagged by `key_of`."""
    at, of_time = when(said)
    plain, of_address = address_of(address)
    marks = (*flags, *of_time, *of_address, *((FLAG_REPEATED,) if repeated != 1 else ()))
    return UsageEvent(
        source=source,
        at=at,
        key=key,
        match=MatchKind.MENTION_ONLY,
        action=action,
        address=plain,
        also=distinct(also, key),
        begot=tuple(dict.fromkeys(begot)),
        repeated=repeated,
        flags=tuple(dict.fromkeys(marks)),
        file=where.file,
        line=where.line,
        time_text="" if said is None else str(said)[:80],
        **{"event_id": "", **more},
    )


def made(kind: str, name: str) -> tuple[str, ...]:
    """What one event brought into being, or took out of it; () when the log does not say what."""
    return (f"{kind}:{name}",) if kind and name else ()


def distinct(names: Iterable[str], key: str = "") -> tuple[str, ...]:
    """Further names, without those that are empty, hidden, or the key itself."""
    return tuple(dict.fromkeys(name for name in names if key_of(name)[0] and name != key))


def key_of(value: str, has_place: bool = False) -> tuple[str, tuple[str, ...]]:
    """The key that acted, "" for one that is hidden or empty; flagged when the log has a place for it."""
    if _HIDDEN.fullmatch(value) or len(value) > _LONGEST:
        return "", (FLAG_KEY_HIDDEN,) if has_place else ()
    return value, ()


def when(said: Any) -> tuple[datetime | None, tuple[str, ...]]:
    """The instant in UTC, or None with the reason as a flag."""
    at = time(said)
    if at is None and isinstance(said, str):
        try:
            without_zone = datetime.fromisoformat(said.strip()).tzinfo is None
        except ValueError:
            without_zone = False
        return None, (FLAG_NO_ZONE,) if without_zone else ()
    return at, ()


def address_of(said: str) -> tuple[str, tuple[str, ...]]:
    """An address without its port; or what stands in its place ("AWS Internal", "private", a host name), flagged."""
    plain = said.strip()
    bare = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+", plain)
    candidate = (bare[1] or bare[2]) if bare else plain
    try:
        ipaddress.ip_address(candidate.partition("%")[0])
    except ValueError:
        return ("", ()) if plain in ("", "-") else (plain, (FLAG_NO_ADDRESS,))
    return candidate, ()


def first(event: Any, *paths: tuple[str, ...] | str) -> str:
    """The first text that is not empty, at paths of keys."""
    found = (text(event, *((path,) if isinstance(path, str) else path)) for path in paths)
    return next((one for one in found if one), "")


def inner(event: Any, *path: str) -> Mapping[str, Any]:
    """The object at a path, also where it was written as a string of JSON; empty when there is none."""
    for name in path:
        event = event.get(name) if isinstance(event, Mapping) else None
    return event if isinstance(event, Mapping) else _parsed(event)


def _parsed(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            return {}
        return parsed if isinstance(parsed, Mapping) else {}
    return {}


def items(event: Any, *path: str) -> list[Any]:
    """The elements of the list at a path, also where it was written as a string of JSON; [] when there is none."""
    for name in path:
        event = event.get(name) if isinstance(event, Mapping) else None
    if isinstance(event, str) and event.lstrip()[:1] == "[":
        try:
            event = json.loads(event)
        except (ValueError, RecursionError):
            return []
    return list(event) if isinstance(event, list) else []


def of_status(status: str) -> tuple[str, str]:
    """Outcome and error of an HTTP status; ("unknown", "") when it is none."""
    if not re.fullmatch(r"[1-5]\d\d", status):
        return "unknown", ""
    if status in ("401", "403", "407"):
        return "denied", status
    return ("failed", status) if status >= "400" else ("ok", "")


def writes_by_verb(verb: str) -> bool | None:
    """Whether a method or verb changes something; None when there is none."""
    return verb.lower() not in _READING if verb else None


def seconds_later(at: datetime | None, seconds: Any) -> datetime | None:
    """An end, from a beginning and a number of seconds ("3600", "3600s", 3600); None when either is missing or there is no limit."""
    number = re.fullmatch(r"(\d{1,10})(?:\.\d+)?s?", str(seconds))
    if at is None or number is None or int(number[1]) == 0:
        return None
    try:
        return datetime.fromtimestamp(at.timestamp() + int(number[1]), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def whole(value: Any, least: int = 1) -> int:
    """A count, at least `least`, however it was written."""
    try:
        return max(least, int(str(value)[:12]))
    except ValueError:
        return least


__all__ = [
    "MONTHS",
    "Event",
    "address_of",
    "distinct",
    "first",
    "inner",
    "items",
    "key_of",
    "made",
    "of_status",
    "row",
    "seconds_later",
    "when",
    "whole",
    "writes_by_verb",
]
