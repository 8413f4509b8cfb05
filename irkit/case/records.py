"""The two records around every action: announced before, ended after."""

from __future__ import annotations

from irkit.case.desk import Desk
from irkit.model import Clock, Kind
from irkit.plan import Action, Ended, Outcome, Plan, document

Entry = tuple[Kind, dict[str, object]]


def announcement(plan: Plan, action: Action) -> Entry:
    return Kind.INTENT, {"plan": plan.digest, "action": action.id, "what": action.what, "target": action.target}


def ending(case: Desk, plan: Plan, action: Action, ended: Ended, why: str, evidence: str = "") -> Entry:
    outcome = Outcome(action.id, ended, why, case.now(Clock.REVOKE_SENT, "the responder's clock"), evidence)
    body = {"plan": plan.digest, "target": action.target, "what": action.what, "outcome": document(outcome)}
    return Kind.OUTCOME, body


def announce(case: Desk, plan: Plan, action: Action) -> None:
    case.write(*announcement(plan, action))


def end(case: Desk, plan: Plan, action: Action, ended: Ended, why: str, evidence: str = "") -> None:
    case.write(*ending(case, plan, action, ended, why, evidence))
