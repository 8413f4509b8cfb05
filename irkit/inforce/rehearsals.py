"""What earlier rehearsals came to, as `irkit drill` kept them on this machine."""

from __future__ import annotations

from contextlib import suppress
from math import inf
from pathlib import Path

from pydantic import ValidationError

from irkit.case.desk import Desk
from irkit.drill import kept
from irkit.drill.practice import Result
from irkit.errors import BadInput
from irkit.inforce.door import Look, place
from irkit.model import parse_instant
from irkit.postmortem.checks.answers import Looked
from irkit.postmortem.checks.named import Rehearsed
from irkit.postmortem.checks.practice import HistorySeen, Rehearsal


def rehearsals(case: Desk, check: Rehearsed) -> Look:
    """StepFailed where the file cannot be read."""
    file = place(case, check.history) if check.history else kept.place()
    results, unread = kept.kept(file)
    found = []
    for one in results:
        took = one.seconds.contained
        if took is not None and not 0 <= took < inf:  # no clock says so
            continue
        with suppress(BadInput):
            found.append(
                Rehearsal(
                    parse_instant(one.began),
                    one.scenario,
                    one.difficulty,
                    one.by,
                    took,
                    acted=one.clock_moved or (one.seconds.first_action, took) != (None, None),
                    timed=not one.clock_moved,
                )
            )
    unread += len(results) - len(found)
    told = f"{len(found)} results" + (f", {unread} lines that are none" if unread else "")
    there = file.exists()
    seen = HistorySeen(there, tuple(found), unread, there and _torn(file))
    return Look(seen, (Looked(str(file), told if there else "not there"),))


def _torn(file: Path) -> bool:
    """Whether the line that was written last is no result: the latest rehearsal may be that one."""
    lines = [line for line in file.read_bytes().splitlines() if line.strip()]
    try:
        last = Result.model_validate_json(lines[-1]) if lines else None
    except ValidationError:
        return True
    return last is not None and last.seconds.contained is not None and not 0 <= last.seconds.contained < inf
