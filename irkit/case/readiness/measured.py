"""Times that were measured: in the folders of incidents and rehearsals, from the first plan to the proof that a credential was dead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from irkit.case.desk import Desk
from irkit.errors import IrkitError
from irkit.model import Kind, Unasked
from irkit.readiness.estimate import By, Measured


def measured(folders: Sequence[Path]) -> tuple[list[Measured], list[Unasked]]:
    """Of each credential that was contained there. A folder that is no case, or holds no such time, is a row that says so."""
    found: list[Measured] = []
    unasked: list[Unasked] = []
    for folder in folders:
        try:
            told = list(_of(Desk(folder)))
        except IrkitError as error:
            unasked.append(Unasked("measured times", str(folder), "; ".join(filter(None, (error.what, error.why)))))
            continue
        found += told
        if not told:
            unasked.append(Unasked("measured times", str(folder), "no credential was proved dead there"))
    return found, unasked


def _of(case: Desk) -> Iterator[Measured]:
    planned = [one.at for one in case.journal.records(Kind.PLAN)]
    if not planned:
        return
    rehearsed = [one.body for one in case.journal.records(Kind.REHEARSED) if one.body.get("moment") == "begun"]
    by: By = "incident" if not rehearsed else "people" if rehearsed[-1].get("by") == "people" else "unattended"
    for credential in case.credentials:
        dead = [
            one.at
            for one in case.journal.records(Kind.CONTAINED)
            if one.body["credential"] == credential.name and one.body["contained"] is True and one.at >= planned[0]
        ]
        if dead:
            seconds = (dead[0] - planned[0]).total_seconds()
            yield Measured(credential.provider, seconds, case.incident.case_id, dead[0], by)
