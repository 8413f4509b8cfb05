"""When each stage of a rotation was reached, from the journal. Pure over the ledger."""

from __future__ import annotations

from datetime import datetime

from irkit import revoke
from irkit.case.ledger import Ledger
from irkit.plan import Action, Ended, HumanTask, Plan, Watch

OUT = frozenset({"deactivate", "by-hand", "revoke", "delete"})
"""Verbs that put the old one out of use; those of them that can be undone come first."""


def placed_at(ledger: Ledger, credential: str) -> datetime | None:
    """Since when the fresh credential is where its consumers read it; None as long as it is not."""
    done = [
        outcome.at.at
        for plan in ledger.plans.values()
        for action in plan.actions
        if action.target == credential and action.verb == "replace"
        if (outcome := ledger.outcomes.get(action.id)) and outcome.ended is Ended.DONE
    ]
    return max(done, default=None)


def off_at(ledger: Ledger, plan: Plan, credential: str) -> datetime | None:
    """Since when the old one is out of use in a way that can be undone, by this plan; None where it is not, or was let in again since."""
    done = [
        outcome.at.at
        for action in plan.actions
        if action.target == credential and action.verb in OUT and not action.irreversible
        if (outcome := ledger.outcomes.get(action.id)) and outcome.ended is Ended.DONE
    ]
    back = max((at for at in _taken_back_at(ledger, credential).values()), default=None)
    off = max(done, default=None)
    return off if off and (back is None or back < off) else None


def can_go_back(plan: Plan, credential: str) -> bool:
    """Whether this plan puts the old one out of use in a way that can be undone."""
    return any(one.target == credential and one.verb in OUT and not one.irreversible for one in plan.actions)


def opened_at(ledger: Ledger, plan: Plan, credential: str, verb: str) -> datetime | None:
    """When a gate of this plan opened; None as long as it is shut."""
    for action in plan.actions:
        if action.target == credential and action.verb == verb and (outcome := ledger.outcomes.get(action.id)):
            return outcome.at.at if outcome.ended is Ended.DONE else None
    return None


def taken_back(ledger: Ledger, credential: str) -> int:
    """How often the old one was let in again."""
    return len(_taken_back_at(ledger, credential))


def _taken_back_at(ledger: Ledger, credential: str) -> dict[str, datetime]:
    return {
        action.id: outcome.at.at
        for plan in ledger.plans.values()
        for action in plan.actions
        if action.target == credential and action.verb == revoke.REACTIVATE
        if (outcome := ledger.outcomes.get(action.id)) and outcome.ended is Ended.DONE
    }


def rotation(ledger: Ledger) -> Plan | None:
    """The latest plan that rotates; one that only lets an old one in again is none."""
    plans = (plan for plan in reversed(ledger.plans.values()) if plan.chapter == "revoke")
    return next((plan for plan in plans if any(isinstance(action.do, Watch) for action in plan.actions)), None)


def begun(ledger: Ledger, plan: Plan) -> bool:
    """Whether anything of it was announced or ended."""
    return any(action.id in ledger.intents or action.id in ledger.outcomes for action in plan.actions)


def passed(ledger: Ledger, plan: Plan, gate: Action) -> bool:
    """Whether what a gate holds up has begun: then it is not asked any more."""
    position = plan.actions.index(gate)
    later = [one for one in plan.actions[position + 1 :] if one.target == gate.target and not isinstance(one.do, Watch)]
    return any(ledger.settled(one.id) or (not isinstance(one.do, HumanTask) and ledger.begun(one.id)) for one in later)
