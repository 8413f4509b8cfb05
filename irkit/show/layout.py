"""What the three renderings have in common, so that they say the same in the same words. Pure."""

from __future__ import annotations

from typing import Final

from irkit.show.blocks import Strip, Table, Timeline
from irkit.show.strip import MARKS
from irkit.show.strip import WORDS as ANSWERS

WORDS: Final = {"ok": "OK", "info": "Note", "warn": "Warning", "bad": "Critical"}
"""The level of a notice in a word: a colour alone says nothing to many readers, and to none on paper."""

NO_ROWS: Final = "none"


def timeline_table(timeline: Timeline) -> Table:
    """A timeline as a table: columns Time (UTC), Event, Source, Trust, and its tags."""
    columns = ("Time (UTC)", "Event", "Source", "Trust", *([timeline.tags] if timeline.tags else ()))
    rows = ((entry.at, entry.what, entry.source, entry.trust, entry.tag) for entry in timeline.entries)
    return Table(columns, tuple(row[: len(columns)] for row in rows), timeline.caption)


def strip_table(strip: Strip) -> Table:
    """A strip as a table: a column each for the stage, its answer in mark and word, and why."""
    rows = tuple((one.label, f"{MARKS[one.answer]} {ANSWERS[one.answer]}", one.detail) for one in strip.stages)
    return Table(("Stage", "Stands", "Why"), rows, strip.caption)


def numeric(table: Table) -> tuple[bool, ...]:
    """Which columns hold numbers only (and unknowns): they are set flush right."""
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.columns)
    return tuple(
        any(value is not None for value in column)
        and all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in column)
        for column in columns
    )
