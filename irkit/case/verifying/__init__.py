"""Whether the record of a case can be trusted: the chain, the evidence, the clock, the seals; and whether it is private."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
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


def open_to_others(folder: Path) -> str:
    """A sentence about what in a case others than its owner may use; "" when there is nothing. Links are not followed."""
    found = [Path(folder)] if _is_open(folder) else []
    for here, folders, files in os.walk(folder):
        found += [Path(here, name) for name in (*folders, *files) if _is_open(Path(here, name))]
    if not found:
        return ""
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f"Other users of this machine may use {found[0]}{more}: irkit makes all of a case its owner's alone. chmod -R go= {folder}"


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & 0o077)
