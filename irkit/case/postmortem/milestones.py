"""Milestones at the desk: when something was so, as people state it, and the clocks that count from it."""

from __future__ import annotations

from datetime import UTC, datetime

from irkit.case.desk import Desk
from irkit.errors import BadInput
from irkit.model import Kind, iso
from irkit.postmortem.sections.notifications import notifications
from irkit.postmortem.standards.clocks import due
from irkit.postmortem.standards.duties import MILESTONES
from irkit.postmortem.telling import tell
from irkit.show import Table, View


def milestone(case: Desk, name: str, at: datetime, why: str = "") -> View:
    """Journal when something was so, as a person states it, and show what follows for the clocks. BadInput for another name."""
    name = name.strip().lower().replace("-", "_")
    if name not in MILESTONES:
        raise BadInput("there is no such milestone", on=name[:40], do=f"name one of {', '.join(MILESTONES)}")
    if at.tzinfo is None:
        raise BadInput("a time without a zone is not evidence", on=name, do="give it with Z or an offset")
    case.write(Kind.MILESTONE, {"name": name, "at": iso(at), "why": why})
    return clocks_view(case)


def clocks_view(case: Desk) -> View:
    """Every milestone that was stated, and every duty that counts from one, with what is left of it now."""
    story, now = tell(case.journal.records(Kind.CASE_OPENED, Kind.MILESTONE), case.evidence.document), datetime.now(UTC)
    rows = [(name, MILESTONES.get(name, name), one.at, one.source) for name, one in story.milestones.items()]
    dues = due({name: one.at for name, one in story.milestones.items()})
    stated = Table.of(("Milestone", "It means", "At (UTC)", "Said"), rows, "Milestones, as stated last")
    return View("Milestones and clocks", (stated, *notifications([one for one in dues if one.starts], now)))
