"""The chain of the journal: how each record is bound to the one before, and which link is the first that does not hold. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from irkit.errors import BadInput
from irkit.model import Kind, Record, iso, parse_instant

GENESIS = "0" * 64
Row = tuple[int, str, str, str, str, str, str]
"""seq, at, kind, actor, body, previous, digest: as they stand in the database."""


@dataclass(frozen=True)
class Fault:
    """The first record that is not as it was written."""

    record: int
    kind: str
    what: str

    def __str__(self) -> str:
        return f"record {self.record}{f' ({self.kind})' if self.kind else ''} {self.what}"


def chained(previous: str, seq: int, at: str, kind: str, actor: str, body: str) -> str:
    """SHA-256 of the six values joined by line feeds, in hexadecimal."""
    lines = "\n".join((previous, str(seq), at, kind, actor, body))
    return hashlib.sha256(lines.encode()).hexdigest()


def first_fault(rows: Sequence[Row]) -> Fault | None:
    """The first broken link; None when each record follows the one before, from the first on."""
    previous = GENESIS
    for index, row in enumerate(rows):
        expected, seq = index + 1, row[0]
        if seq != expected:
            return Fault(expected, "", "is missing") if seq > expected else Fault(seq, "", "stands before the first")
        if not all(isinstance(value, str) for value in row[1:]):
            return Fault(seq, "", "is not of the form that records have")
        if row[5] != previous or _digest(row) != row[6]:
            after = rows[index + 1][5] if index + 1 < len(rows) else ""
            return Fault(seq, _known(row[2]), _what(row, previous, after, len(rows)))
        previous = row[6]
    return None


def _digest(row: Row, previous: str = "", seq: int = 0) -> str:
    return chained(previous or row[5], seq or row[0], *row[1:5])


def _what(row: Row, previous: str, after: str, count: int) -> str:
    """What was done to a record whose link does not hold, as far as the digests around it tell."""
    if row[5] != previous:
        if _digest(row, previous) == row[6]:
            return "was changed after it was written: its link to the record before"
        if _digest(row) == row[6]:
            return "does not follow the record before it"
        place = next((seq for seq in range(1, count + 2) if _digest(row, seq=seq) == row[6]), 0)
        if place:
            return f"stands where another belongs: it was written as record {place}"
        return "does not follow the record before it, and was changed after it was written"
    if after and after == _digest(row):
        return "was changed after it was written: its digest"
    return f"was changed after it was written: {_which(row)}"


def _which(row: Row) -> str:
    """Which of its values no journal ever wrote; any of them when all look right."""
    try:
        parse_instant(row[1])
    except BadInput:
        return "its time is none"
    if row[2] not in set(Kind):
        return "its kind is none"
    try:
        plain = json.loads(row[4])
    except ValueError:
        return "its body is not JSON"
    if json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False) != row[4]:
        return "its body was written by something else"
    return "its time, kind, actor or body"


def _known(kind: str) -> str:
    return kind if kind in set(Kind) else "of an unknown kind"


def clock_went_back(records: Sequence[Record]) -> Iterator[tuple[Record, timedelta]]:
    """Records dated before the one they follow, with by how much. The order is that of the chain; both times stay as they were written."""
    for before, record in pairwise(records):
        if record.at < before.at:
            yield record, before.at - record.at


def clock_notice(records: Sequence[Record]) -> str:
    """A sentence about it; "" when the clock never went back. It says nothing against the record."""
    found = list(clock_went_back(records))
    if not found:
        return ""
    record, back = found[0]
    more = f", and {len(found) - 1} more after it" if len(found) > 1 else ""
    return (
        f"The clock went back {back.total_seconds():.3f} s before record {record.seq} ({record.kind}), dated {iso(record.at)}{more}: "
        "it was set, or two machines' clocks differ. The order is that of the numbers."
    )
