"""Whether the record of a case can be trusted: the chain, the evidence, the clock, the seals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from irkit.case.verifying.chain import clock_notice
from irkit.model import Record

if TYPE_CHECKING:
    from irkit.case.journal import Journal


def notes(journal: Journal, records: Sequence[Record]) -> Iterator[str]:
    """What a reader should know of a record that is whole: a clock that went back, a database that no longer refuses changes."""
    if said := clock_notice(records):
        yield said
    if journal.unguarded():
        yield "The database does not refuse changes any more: its triggers were taken away. What is there is whole."
