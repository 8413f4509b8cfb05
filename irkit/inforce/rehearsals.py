"""What earlier rehearsals came to, as `irkit drill` kept them on this machine."""

from __future__ import annotations

from contextlib import suppress

from irkit.case.desk import Desk
from irkit.drill import kept
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
        with suppress(BadInput):
            found.append(
                Rehearsal(
                    parse_instant(one.began),
                    one.scenario,
                    one.difficulty,
                    one.by,
                    one.seconds.contained,
                    acted=one.clock_moved or one.seconds.first_action is not None,
                    timed=not one.clock_moved,
                )
            )
    unread += len(results) - len(found)
    told = f"{len(found)} results" + (f", {unread} lines that are none" if unread else "")
    there = file.exists()
    return Look(HistorySeen(there, tuple(found), unread), (Looked(str(file), told if there else "not there"),))
