"""Logs of every format: each event, whatever it holds, is recognised and read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

from irkit.sources.logs import inflate
from irkit.sources.logs.content import Content
from irkit.sources.logs.documents import records
from irkit.sources.logs.formats import JSON_FORMATS
from irkit.sources.logs.seek import Seeker
from irkit.sources.logs.unread import Unread
from tests.fuzz.target import Target, nested
from tests.sources.logs import samples

_ANYTHING = Seeker(["e", "0", " "])


def _records(data: bytes) -> None:
    for text in (data, inflate.whole(data)):
        if text is None:
            continue
        unread = Unread()
        for record in records(Content("fuzzed", iter((bytes(text),))), _ANYTHING, unread):
            form = record.form or next((each for each in JSON_FORMATS if each.recognise(record.event)), None)
            if form:
                form.read(record.event, record.where)


def _members(data: bytes) -> None:
    for _ in inflate.members(lambda: (data,)):
        pass


def seeds() -> Iterator[bytes]:
    for name, value in vars(samples).items():
        if name.isupper() and not name.startswith("_"):
            text = value if isinstance(value, str) else json.dumps(value)
            yield text.encode()
    for deep in nested():
        yield deep
        yield json.dumps(samples.CLOUDTRAIL | {"requestParameters": "?"}).encode().replace(b'"?"', deep)
        yield json.dumps(samples.GITHUB | {"data": deep.decode()}).encode()
    yield gzip.compress(json.dumps(samples.CLOUDTRAIL).encode())


TARGET = Target(readers=(_members,), never_refuse=(_records,), refusals=(inflate.Damaged,), seeds=seeds)
