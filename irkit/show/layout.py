"""What the three renderings have in common, so that they say the same in the same words. Pure."""

from __future__ import annotations

from typing import Final

from irkit.show.blocks import Table, Timeline

WORDS: Final = {"ok": "OK", "info": "Note", "warn": "Warning", "bad": "Critical"}
"""The level of a notice in a word: a colour alone says nothing to many readers, and to none on paper."""

NO_ROWS: Final = "none"


def timeline_table(timeline: Timeline) -> Table:
    """A timeline as a table: columns Time (UTC), Event, Source, Trust."""
    rows = tuple((entry.at, entry.what, entry.source, entry.trust) for entry in timeline.entries)
    return Table(("Time (UTC)", "Event", "Source", "Trust"), rows, timeline.caption)


def numeric(table: Table) -> tuple[bool, ...]:
    """Which columns hold numbers only (and unknowns): they are set flush right."""
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.columns)
    return tuple(
        any(value is not None for value in column)
        and all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in column)
        for column in columns
    )
