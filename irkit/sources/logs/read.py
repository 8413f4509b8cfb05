"""Reads logs for the uses of one credential, and of every credential it begot.

Each pass over the files seeks the identifiers found in the pass before: first those given, then the sessions and keys
that their events created, and so on until a pass finds no new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from irkit.errors import BadInput
from irkit.model import MatchKind, Skipped, UsageEvent
from irkit.sources.files import shown, walk
from irkit.sources.hunt import Progress
from irkit.sources.logs.documents import Record, Unread, records
from irkit.sources.logs.formats import JSON_FORMATS
from irkit.sources.logs.interface import CREDENTIALS, Wanted, digest

_NOT_KNOWN = f"JSON of a format not known here (known: {', '.join(one.name for one in JSON_FORMATS)})"


@dataclass(frozen=True)
class _Key:
    match: MatchKind
    parent: str = ""


@dataclass
class LogReading:
    """The events of a credential as they are read, once. `skipped` is complete when the iteration has ended.

    Uses come in the order of the passes; events that only mention the credential come last, as MENTION_ONLY. An event
    delivered twice comes twice, with the same `event_id`. Files are read anew in each pass.
    """

    paths: tuple[Path, ...]
    wanted: Wanted
    progress: Progress | None = None
    raw: bool = False
    skipped: list[Skipped] = field(default_factory=list)
    _known: dict[str, _Key] = field(default_factory=dict)
    _taken: set[tuple[int, tuple[int, int]]] = field(default_factory=set)
    _mentions: dict[tuple[int, tuple[int, int]], UsageEvent] = field(default_factory=dict)

    def __iter__(self) -> Iterator[UsageEvent]:
        unread, files = Unread(), self._files()
        sought = {key: _Key(match) for key, match in self.wanted.keys}
        while sought:
            self._known |= sought
            found: dict[str, _Key] = {}
            for number, path in enumerate(files):
                if self.progress:
                    self.progress(f"logs for {self.wanted.credential}", number, len(files))
                yield from self._uses(number, path, sought, found, unread)
            sought = {key: how for key, how in found.items() if key not in self._known}
        yield from self._mentions.values()
        self.skipped += unread.skipped()

    def _files(self) -> list[Path]:
        files: dict[Path, None] = {}
        for path in self.paths:
            for one in walk(path):
                if isinstance(one, Skipped):
                    self.skipped.append(one)
                else:
                    files[one] = None
        return list(files)

    def _uses(
        self, number: int, path: Path, sought: Mapping[str, _Key], found: dict[str, _Key], unread: Unread
    ) -> Iterator[UsageEvent]:
        for record in records(path, _probe(sought), unread):
            place = (number, record.number)
            known_format = next((one for one in JSON_FORMATS if one.recognise(record.event)), None)
            if known_format is None:
                unread.add(record.where, _NOT_KNOWN)
                continue
            event = _identified(known_format.read(record.event, record.where), record)
            if self.raw:
                event = replace(event, raw=record.event)
            key = self._known.get(event.key)
            if key is None:
                named = next((one for one, _ in self.wanted.keys if _mentions(record.event, one)), "")
                if named:
                    self._mentions.setdefault(place, replace(event, parent=named))
            elif place not in self._taken:
                self._taken.add(place)
                self._mentions.pop(place, None)
                found |= _credentials(event)
                yield replace(event, match=key.match, parent=key.parent)


def events(paths: Sequence[Path], wanted: Wanted, progress: Progress | None = None, *, raw: bool = False) -> LogReading:
    """The uses of a credential in log files and folders of any depth: iterate it, then look at its `skipped`.

    `raw` keeps with each event what the log said, for rules that ask for fields of their own. BadInput when a path is not there.
    """
    for path in paths:
        if not path.exists():
            raise BadInput("there are no logs at this path", on=shown(path), do="check the path and give it again")
    return LogReading(tuple(paths), wanted, progress, raw)


def _probe(sought: Mapping[str, _Key]) -> re.Pattern[bytes]:
    """Bytes that must stand wherever one of the keys does, however its `+`, `/` and `=` may be escaped there."""
    runs = {max(re.findall(r"[A-Za-z0-9]+", key) or [key], key=len) for key in sought}
    return re.compile(b"|".join(re.escape(run.encode()) for run in sorted(runs, key=len, reverse=True)))


def _credentials(event: UsageEvent) -> dict[str, _Key]:
    """The begotten credentials whose own uses are to be looked for."""
    pairs = (one.partition(":")[::2] for one in event.begot)
    return {name: _Key(CREDENTIALS[kind], event.key) for kind, name in pairs if kind in CREDENTIALS}


def _identified(event: UsageEvent, record: Record) -> UsageEvent:
    """An event without an id is known by its content, so that a second copy of it is still the same event."""
    if event.event_id:
        return event
    return replace(event, event_id=digest(record.event))


def _mentions(value: Any, key: str) -> bool:
    if isinstance(value, str):
        return key in value
    if isinstance(value, dict):
        return any(_mentions(name, key) or _mentions(item, key) for name, item in value.items())
    return isinstance(value, list) and any(_mentions(item, key) for item in value)
