"""Reads one event or line with the format that claims it, for the tests of formats."""

from __future__ import annotations

from irkit.model import UsageEvent
from irkit.sources.logs.formats import JSON_FORMATS, TEXT_FORMATS
from irkit.sources.logs.interface import Event, Where

WHERE = Where("log", 3)


def claimed(event: Event) -> list[str]:
    return [one.name for one in (*JSON_FORMATS, *TEXT_FORMATS) if one.recognise(event)]


def read(event: Event) -> UsageEvent:
    [one] = [one for one in (*JSON_FORMATS, *TEXT_FORMATS) if one.recognise(event)]
    return one.read(event, WHERE)


def read_line(line: str) -> UsageEvent:
    [event] = [event for one in TEXT_FORMATS if (event := one.event(line)) is not None]
    return read(event)
