"""Rows as CSV (RFC 4180) in which no cell acts: neither in a terminal nor, by a quote before it, in a spreadsheet. Pure.

What begins a formula, also behind spaces and in full width: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from irkit.show.plain import visible

_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # the last four are full-width
_BREAKS_CELLS = tuple("\t\r\n")


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A line of column names, then one a row; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_inert(value) for value in row] for row in rows)
    return out.getvalue()


def _inert(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if value[:1] in _BREAKS_CELLS or text.strip()[:1] in _FORMULA else text
