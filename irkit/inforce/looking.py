"""Each check that an action item names, looked at now and judged. Reads only; whoever wants the answers kept says so (`recording`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from irkit.case.desk import Desk
from irkit.case.postmortem.people import read_people
from irkit.errors import IrkitError
from irkit.inforce.door import Look
from irkit.inforce.folders import readiness, rotation
from irkit.inforce.policies import narrower
from irkit.inforce.rehearsals import rehearsals
from irkit.inforce.report import InForce
from irkit.inforce.repositories import covered, installed
from irkit.inforce.secrets import home, known
from irkit.postmortem.actions import ActionItem, checks_named, with_answers
from irkit.postmortem.checks.answers import WORDS, Checked
from irkit.postmortem.checks.judging import judge
from irkit.postmortem.checks.named import Check
from irkit.postmortem.document import action_items
from irkit.postmortem.telling import tell
from irkit.show.hiding import through

DOORS: Mapping[str, Callable[[Desk, Any], Look]] = {
    "readiness": readiness,
    "rotation": rotation,
    "guard-installed": installed,
    "guard-coverage": covered,
    "known-credential": known,
    "clean-home": home,
    "narrower": narrower,
    "rehearsal": rehearsals,
}
"""How each check is looked at, by its name."""


def look(case: Desk, now: datetime | None = None) -> InForce:
    """Every action item of the case with fresh answers, as of `now` (UTC). One that is rejected is not looked at.

    BadInput for a `front.toml` that cannot be read, WouldLeak for a secret in it. In a folder of a team's readiness there are no items.
    """
    at = now or datetime.now(UTC)
    if case.incident.purpose == "readiness":
        return InForce(case.incident.case_id, at, ())
    front = read_people(case).front
    named = checks_named(front)
    items = action_items(tell(case.journal.records(), case.evidence.document), front)
    return InForce(case.incident.case_id, at, tuple(_item(case, one, named.get(one.id, ()), at) for one in items))


def _item(case: Desk, item: ActionItem, named: tuple[Check, ...], at: datetime) -> ActionItem:
    if item.status == "rejected":
        return replace(item, checks=(), in_force="rejected: not checked")
    return with_answers(item, tuple(through(checked(case, item.id, one, at), case.redactor.text) for one in named))


def checked(case: Desk, item: str, check: Check, at: datetime) -> Checked:
    """One check. What cannot be looked at is unknown, with the reason and what to do; never not in force."""
    parameters = check.parameters()
    try:
        seen = DOORS[check.check](case, check)
    except IrkitError as error:
        what = f"{error.what} ({error.on})" if error.on else error.what
        why = f"it could not be looked at: {': '.join(filter(None, (what, error.why)))}"
        return Checked(item, check.check, parameters, "unknown", why, error.do, (), at)
    except OSError as error:
        why = f"it could not be looked at: {error.strerror or type(error).__name__}"
        return Checked(item, check.check, parameters, "unknown", why, "make it readable, and look again", (), at)
    answer = judge(check, seen.seen, at)
    return Checked(item, check.check, parameters, WORDS[answer.yes], answer.why, answer.do, seen.looked, at)
