"""What waits for whom, by name. Rules over the journal's records; whose approvals hold has been checked before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from irkit.case.approvals import Approver, may_not_approve, may_not_vouch
from irkit.case.ledger import Ledger
from irkit.model import Kind, Record
from irkit.plan import Action, Approval, Ended, HumanTask, Plan, Watch
from irkit.show import Table

_SHOWN = 20
NOTEBOOK = {"revoke": "notebook 2", "resign": "notebook 3"}


@dataclass(frozen=True)
class Waits:
    """One thing that goes on only when somebody acts. `action` is the hand task's, where it is one."""

    what: str
    whom: str
    how: str
    action: str = ""


def unsettled_plans(ledger: Ledger) -> tuple[Plan, ...]:
    """The latest plan of each chapter, unless all of it has ended."""
    latest = (ledger.latest(chapter) for chapter in ("revoke", "resign"))
    return tuple(plan for plan in latest if plan and not all(ledger.settled(action.id) for action in plan.actions))


def waits(
    records: Sequence[Record],
    ledger: Ledger,
    people: Mapping[str, Approver],
    approved: Sequence[tuple[Plan, Sequence[Approval]]],
    responder: str,
) -> tuple[Waits, ...]:
    """`approved`: the plans that are not settled, with the approvals that count now."""
    found: list[Waits] = []
    for plan, approvals in approved:
        missing = plan.approvals_required - len(approvals)
        if missing > 0:
            found.append(_approval(plan, approvals, missing, people, records))
        elif not any(action.id in ledger.outcomes or action.id in ledger.intents for action in plan.actions):
            how = f"{_notebook(plan)}, or irkit carry-out CASE {plan.name}"
            found.append(Waits(f"Plan {plan.name} is approved and not carried out", responder, how))
        found += [_by_hand(action, responder) for action in hand_tasks(plan, ledger)]
        found += _gates(plan, ledger, responder)
    return (*found, *_steps(records, ledger, responder), *_statement(records, people))


def _notebook(plan: Plan) -> str:
    staged = any(isinstance(one.do, Watch) for one in plan.actions)
    return "notebook 5" if staged else NOTEBOOK[plan.chapter]


def _gates(plan: Plan, ledger: Ledger, responder: str) -> Iterator[Waits]:
    """Gates of a rotation that logs have to open."""
    for action in plan.actions:
        outcome = ledger.outcomes.get(action.id)
        if isinstance(action.do, Watch) and outcome and outcome.ended is Ended.WAITING:
            yield Waits(f"{action.what}: {outcome.why}", responder, "notebook 5 again, with logs that show it")


def _steps(records: Sequence[Record], ledger: Ledger, responder: str) -> Iterator[Waits]:
    """Steps of playbooks that people do, begun and not said to be done. Of one step the last start counts."""
    started = {(one.body["playbook"], one.body["step"]): one.body for one in records if one.kind is Kind.STEP_STARTED}
    for body in started.values():
        action = str(body.get("by_hand", ""))
        if action and action not in ledger.hand_done:
            what = (
                f"By people, step {body['step']} of {body['playbook']}: {' '.join(str(body.get('text', '')).split())}"
            )
            yield Waits(what, responder, f"irkit done CASE {action} --text ..., then run the playbook again", action)


def table(waiting: Sequence[Waits]) -> Table:
    """Columns: what, for whom, and what they do. Of many, the first ones."""
    rows = [(one.what, one.whom, one.how) for one in waiting]
    kept = rows[:_SHOWN]
    more = f"{len(rows) - len(kept)} more: by_hand() in notebooks 2 and 3" if len(rows) > len(kept) else ""
    return Table(("What waits", "For whom", "How"), tuple(kept), "What waits for whom", more)


def may_sign(plan: Plan, people: Mapping[str, Approver], records: Sequence[Record]) -> tuple[Approver, ...]:
    """The people of the case whose signature would count for this plan."""
    return tuple(one for one in people.values() if not may_not_approve(plan, one, records))


def hand_tasks(plan: Plan, ledger: Ledger) -> tuple[Action, ...]:
    """What of a plan waits for a person's hands now."""
    return tuple(
        action
        for action in plan.actions
        if isinstance(action.do, HumanTask)
        and (outcome := ledger.outcomes.get(action.id))
        and outcome.ended is Ended.WAITING
        and action.id not in ledger.hand_done
    )


def _approval(
    plan: Plan, approvals: Sequence[Approval], missing: int, people: Mapping[str, Approver], records: Sequence[Record]
) -> Waits:
    signed = {one.approver for one in approvals}
    able = [one.who for one in may_sign(plan, people, records) if one.fingerprint not in signed]
    whom = " or ".join(able) if missing == 1 else ", ".join(able)
    if len(able) < missing:
        whom = f"{whom}{' and ' if whom else ''}somebody whom this case does not know yet: irkit add-approver CASE FILE.asc"
    what = f"Plan {plan.name} waits for {missing} more approval{'s' if missing > 1 else ''}"
    form = f"the form in {NOTEBOOK[plan.chapter]}"
    return Waits(what, whom, f"{form}, or irkit approve CASE {plan.name} --key FINGERPRINT")


def _by_hand(action: Action, responder: str) -> Waits:
    return Waits(f"By hand: {action.what}", responder, f"irkit done CASE {action.id} --text ...", action.id)


def _statement(records: Sequence[Record], people: Mapping[str, Approver]) -> Iterator[Waits]:
    stated = next((one for one in reversed(records) if one.kind is Kind.STATED), None)
    if stated is None:
        return
    voices = {
        one.body["fingerprint"]
        for one in records
        if one.kind is Kind.VOUCHED and one.body["statement"] == stated.body["evidence"]
    }
    missing = int(stated.body["required"]) - len(voices)
    able = [one.who for one in people.values() if not may_not_vouch(one, records) and one.fingerprint not in voices]
    if missing > 0:
        what = f"The transition statement waits for {missing} more {'people' if missing > 1 else 'person'}"
        how = f"the form in {NOTEBOOK['resign']}, or irkit vouch CASE --key FINGERPRINT"
        yield Waits(what, ", ".join(able) or "nobody whom this case knows", how)
