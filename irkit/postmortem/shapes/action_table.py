"""The action items as CSV, for whatever the team keeps its tickets in. Pure.

Columns: id (the same in every draft), text, kind ("contain", "recover", "prevent", "detect", "process"), because, priority, owner, due
(a day, ISO 8601), ticket, status, proof, in_force ("in force", "not in force", "unknown", "not checked yet", "by hand: not checked"),
checked_at (ISO 8601, UTC), checks (each that people named, with its answer, when it was looked at, and why). An empty cell: nobody has
said so yet. UTF-8, lines end in CR LF (RFC 4180).
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date

from irkit.postmortem.actions import ActionItem
from irkit.postmortem.document import Postmortem
from irkit.show.spreadsheet import to_csv

COLUMNS = tuple(field.name for field in fields(ActionItem))


def to_action_table(postmortem: Postmortem) -> str:
    """One row an item, in the order of the document. No cell acts in a spreadsheet."""
    return to_csv(COLUMNS, [[_cell(getattr(item, name)) for name in COLUMNS] for item in postmortem.actions])


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    return value.isoformat() if isinstance(value, date) else value
