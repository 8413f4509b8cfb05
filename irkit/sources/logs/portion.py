"""One portion of the work: the events of a batch of files that were made with a credential or name it.

Pure but for reading the files, and made of plain values, so that it can be done in any process of any machine that sees
the same files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from irkit.model import UsageEvent
from irkit.sources.logs.content import contents
from irkit.sources.logs.digests import Digest, digest_of, plain_name
from irkit.sources.logs.documents import records
from irkit.sources.logs.formats import JSON_FORMATS
from irkit.sources.logs.interface import Where, digest
from irkit.sources.logs.listing import Batch
from irkit.sources.logs.seek import Seeker
from irkit.sources.logs.unread import Unread
from irkit.sources.logs.values import Record
from irkit.sources.names import shown

NOT_KNOWN = f"JSON of a format not known here (known: {', '.join(one.name for one in JSON_FORMATS)})"

_DELIVERED = "_CloudTrail_"

Place = tuple[int, int, int, int]
"""Names an event in every pass: number of the file, of the text in it, line, and event within that."""


@dataclass(frozen=True)
class Question:
    """What is asked of every file: the bytes of `sought` first, then whether one of `known` acted, or one of `wanted` is named.

    `raw` are further bytes that let a line through, for formats that hash what they find: they are the secret. `first` says
    that it is the first pass, in which every text is judged; `keep` that events keep what the log said.
    """

    sought: tuple[str, ...]
    known: frozenset[str]
    wanted: tuple[str, ...]
    raw: tuple[bytes, ...] = field(default=(), repr=False)
    first: bool = True
    keep: bool = False


@dataclass(frozen=True)
class Portion:
    """A batch of files, and what is asked of them. `base` is the folder that relative paths start from."""

    batch: Batch
    question: Question
    base: str = ""


@dataclass(frozen=True)
class Hit:
    """An event made with the credential `key`; or, when that is empty, one that only names `named`."""

    place: Place
    event: UsageEvent
    key: str
    named: str = ""


@dataclass
class Answer:
    """What one portion gave. `texts` counts those that were logs, empty ones too, `formats` names theirs; `alike` has how
    documents of a known format began; `digests` are the digest files of CloudTrail among them, `packed` the
    names of log files of CloudTrail that stand within another file."""

    hits: list[Hit] = field(default_factory=list)
    unread: Unread = field(default_factory=Unread)
    texts: int = 0
    formats: set[str] = field(default_factory=set)
    alike: set[bytes] = field(default_factory=set)
    digests: tuple[Digest, ...] = ()
    packed: set[str] = field(default_factory=set)


def read(portion: Portion) -> Answer:
    """The answer to one portion, whole."""
    answer = Answer()
    answer.hits = list(hits(portion, answer))
    return answer


def hits(portion: Portion, answer: Answer, progress: Callable[[int], None] | None = None) -> Iterator[Hit]:
    """The same one by one; the rest of `answer` is complete at the end. `progress` is told the bytes read since."""
    question = portion.question
    seeker = Seeker(question.sought, question.raw)
    for number, path in enumerate(portion.batch.files(), portion.batch.first):
        yield from _of_file(number, path, portion, seeker, answer, progress)


def _of_file(
    number: int,
    path: str,
    portion: Portion,
    seeker: Seeker,
    answer: Answer,
    progress: Callable[[int], None] | None,
) -> Iterator[Hit]:
    question, unread = portion.question, answer.unread

    def told(name: str, why: str) -> None:
        unread.add(Where(name), why)

    name = shown(path)
    if portion.base:
        path = os.path.join(portion.base, path)  # noqa: PTH118
    for text, content in enumerate(contents(path, name, told, progress)):
        known, complaints = False, len(unread.places)
        if "!" in content.name and _DELIVERED in content.name:
            answer.packed.add(plain_name(content.name.rpartition("!")[2]))
        for record in records(content, seeker, unread, judge=question.first, alike=answer.alike):
            form = record.form or next((one for one in JSON_FORMATS if one.recognise(record.event)), None)
            if form is None and (digest_file := digest_of(record.event)):
                answer.digests += (digest_file,) if question.first else ()
                known = True
                continue
            if form is None:
                unread.add(record.where, NOT_KNOWN)
                continue
            known = True
            answer.formats.add(form.name)
            if record.beginning:
                answer.alike.add(record.beginning)
            if not record.held:
                continue
            event = _identified(form.read(record.event, record.where), record)
            if question.keep:
                event = replace(event, raw=record.event)
            if hit := _hit((number, text, *record.number), event, record.event, question):
                yield hit
        answer.texts += known or len(unread.places) == complaints


def _hit(place: Place, event: UsageEvent, said: Mapping[str, Any], question: Question) -> Hit | None:
    acted = (event.key, *event.also)
    key = next((one for one in acted if one in question.known), "")
    if key:
        others = tuple(one for one in acted if one and one != key)
        return Hit(place, event if key == event.key else replace(event, key=key, also=others), key)
    named = next((one for one in question.wanted if _mentions(said, one)), "")
    return Hit(place, event, "", named) if named else None


def _identified(event: UsageEvent, record: Record) -> UsageEvent:
    """An event without an id is known by its content, so that a second copy of it is still the same event."""
    return event if event.event_id else replace(event, event_id=digest(record.event))


def _mentions(value: Any, key: str) -> bool:
    if isinstance(value, str):
        return key in value
    if isinstance(value, dict):
        return any(_mentions(name, key) or _mentions(item, key) for name, item in value.items())
    return isinstance(value, list) and any(_mentions(item, key) for item in value)
