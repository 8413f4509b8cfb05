"""Carries out an approved plan: checks who approved it, lets its chapter do the work, and says what is still open."""

from __future__ import annotations

from collections.abc import Sequence

from irkit.case.approvals import begun_at, check
from irkit.case.desk import Desk
from irkit.case.ledger import has_something_to_send
from irkit.case.plans import plan_view
from irkit.errors import OutcomeUnknown, StepFailed, Waiting
from irkit.plan import Action, Ended, Plan, Watch
from irkit.show import View


def carry_out(case: Desk, plan: Plan, workers: int = 0, *, wait: bool = True) -> View:
    """Do what an approved plan says. Waiting for approvals, for a person's task, or for a provider's limit.

    `workers` 0: eight when there are many credentials, one otherwise. OutcomeUnknown and StepFailed name the first action that
    ended so; all others were still done. BadInput when the plan does not fit the case. Without `wait` tasks that hold up nothing are
    left to people, and the status goes on naming them.
    """
    with case.exclusively():
        people, records = case.approvers, case.journal.records()
        # What was begun in time is brought to its end, even when its approvals have expired: nothing more is sent then.
        at = None if has_something_to_send(plan, case.ledger) else begun_at(plan, records)
        if not _is_over(case, plan):
            check(plan, records, people, at).require(plan, people, records)
        if plan.chapter == "revoke":
            from irkit.case.containment import carrying, proof

            carrying.run(case, plan, workers)
            waiting = _by(case, plan, Ended.WAITING)
            open_ends = [*_by(case, plan, Ended.UNKNOWN), *_by(case, plan, Ended.REFUSED)]
            # One that is held up keeps no other from its proof.
            stopped = waiting or open_ends or _by(case, plan, Ended.FAILED)
            found = proof.prove(case, carrying.settled_targets(case, plan)) if stopped else []
            proof.leave_open(case, open_ends)
            _raise_for(case, plan)
            proof.raise_for_the_living(found)
        else:
            from irkit.case.resigning import carrying as resigning

            resigning.run(case, plan)
            waiting = _by(case, plan, Ended.WAITING)
            _raise_for(case, plan)
    wait_for_people([action for action in waiting if (wait or action.gate) and not isinstance(action.do, Watch)])
    if gates := [action for action in waiting if isinstance(action.do, Watch)]:
        from irkit.case.rotating.gates import wait_for_gates

        wait_for_gates(case, plan, gates)
    return plan_view(case, plan)


def _is_over(case: Desk, plan: Plan) -> bool:
    """Whether all of it was done by earlier plans: then nothing happens that anybody would have to approve."""
    return plan.chapter == "revoke" and all(
        not isinstance(one.do, Watch) and (ended := case.ledger.settled(one.id)) and ended.ended is Ended.DONE
        for one in plan.actions
    )


def wait_for_people(tasks: Sequence[Action]) -> None:
    """Waiting, with the first of them, when there are any."""
    if tasks:
        raise Waiting(
            "a person must do this by hand", on=tasks[0].do.summary() + _more(tasks),
            do=f"when it is done: irkit done CASE {tasks[0].id} --text 'what was done'",
        )  # fmt: skip


def _by(case: Desk, plan: Plan, ended: Ended) -> list[Action]:
    outcomes = case.ledger.outcomes
    return [one for one in plan.actions if (outcome := outcomes.get(one.id)) and outcome.ended is ended]


def _more(found: Sequence[Action]) -> str:
    return f" (and {len(found) - 1} more)" if len(found) > 1 else ""


def _raise_for(case: Desk, plan: Plan) -> None:
    """The worst first: what is not known, what failed, what was refused."""

    def why(action: Action) -> str:
        outcome = case.ledger.outcomes.get(action.id)
        return outcome.why if outcome else ""

    if unknown := _by(case, plan, Ended.UNKNOWN):
        raise OutcomeUnknown(
            "it is not known what became of an action", on=unknown[0].what + _more(unknown), why=why(unknown[0]),
            do="run it again to ask again",
        )  # fmt: skip
    if failed := _by(case, plan, Ended.FAILED):
        raise StepFailed(
            "an action failed", on=failed[0].what + _more(failed), why=why(failed[0]),
            do="make a new plan: it will be another attempt",
        )  # fmt: skip
    if refused := _by(case, plan, Ended.REFUSED):
        half = "nothing of it was done" if plan.chapter == "revoke" else "nothing was left half done"
        raise StepFailed(
            f"an action was refused, and {half}", on=refused[0].what + _more(refused), why=why(refused[0]),
            do="mend that (the responder's credential and rights, the address, the limit) and run it again: the plan stays",
        )  # fmt: skip
