"""Reading values out of reports that may hold anything: a field that is not there, or not of its type, is no error."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from irkit.errors import BadInput
from irkit.model import Clock, Instant, Trust, parse_instant


def dig(value: Any, *path: str | int) -> Any:
    """What stands at the path of keys and indexes; None when there is no such place."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and len(value) > step:
            value = value[step]
        else:
            return None
    return value


def items(value: Any, *path: str | int) -> list[Any]:
    """The list at the path; an empty one when there is none."""
    found = dig(value, *path)
    return found if isinstance(found, list) else []


def string(value: Any, *path: str | int) -> str:
    found = dig(value, *path)
    return found if isinstance(found, str) else ""


def number(value: Any, *path: str | int) -> int | None:
    """A whole number above zero: lines are counted from 1, and some tools write 0 for "none"."""
    found = dig(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def relative(path: str) -> str:
    return path.removeprefix("file://").removeprefix("./")


def address(text: str) -> str:
    """A URL without user name and password, which are often a credential themselves."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if parts.netloc else text


def moment(text: str, source: str, trust: Trust) -> Instant | None:
    """The alert's own time; None when the report gives none, or one without a zone, which is no evidence."""
    try:
        return Instant(parse_instant(text), Clock.ALERT, source, trust)
    except BadInput:
        return None
