"""The two records around every action: announced before, ended after."""

from __future__ import annotations

from irkit.case.desk import Desk
from irkit.model import Clock, Kind
from irkit.plan import Action, Ended, Outcome, Plan, document


def announce(case: Desk, plan: Plan, action: Action) -> None:
    body = {"plan": plan.digest, "action": action.id, "what": action.what, "target": action.target}
    case.write(Kind.INTENT, body)


def end(case: Desk, plan: Plan, action: Action, ended: Ended, why: str, evidence: str = "") -> None:
    outcome = Outcome(action.id, ended, why, case.now(Clock.REVOKE_SENT, "the responder's clock"), evidence)
    body = {"plan": plan.digest, "target": action.target, "what": action.what, "outcome": document(outcome)}
    case.write(Kind.OUTCOME, body)
