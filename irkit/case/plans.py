"""Plans of both chapters: how one is kept, found, shown and signed, and what people say they did of it by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from irkit.case.approvals import check, may_not_approve
from irkit.case.desk import Desk
from irkit.case.ledger import Ledger
from irkit.errors import BadInput
from irkit.model import Kind, SecretRef
from irkit.openpgp import approvals as signatures
from irkit.plan import Action, Approval, Ended, HumanTask, Plan, Replace, Watch, document
from irkit.show import Block, Cell, Facts, Notice, Table, View


def author_key(case: Desk) -> str:
    """The OpenPGP key of whoever makes the plans, as the case names it; "" when it does not."""
    return case.settings.responder_key.upper().replace(" ", "")


def keep_plan(case: Desk, plan: Plan) -> View:
    """Journal a plan, once for as long as it is the latest of its chapter."""
    latest = case.ledger.latest(plan.chapter)
    if latest is None or latest.digest != plan.digest:
        case.write(Kind.PLAN, {"name": plan.name, "digest": plan.digest, "plan": document(plan)})
    return plan_view(case, plan)


def find_plan(case: Desk, name: str) -> Plan:
    ledger = case.ledger
    by_name = {plan.name: plan for plan in ledger.plans.values()} | dict(ledger.plans)
    latest = ledger.latest(name)
    found = by_name.get(name) or latest
    if found is None:
        known = ", ".join(plan.name for plan in ledger.plans.values()) or "none yet"
        raise BadInput("there is no such plan in this case", on=name, why=f"plans: {known}", do="make one: irkit plan")
    return found


def plan_view(case: Desk, plan: Plan) -> View:
    records = case.journal.records()
    ledger, checked = case.ledger, check(plan, records, case.approvers)
    rows = list(_rows(plan, ledger, " as the old one" if case.rotates else " as leaked"))
    facts = Facts(
        (
            ("Plan", plan.name),
            ("Digest", plan.digest),
            ("Approvals", f"{len(checked.valid)} of {plan.approvals_required}"),
            *(("Why" if index == 1 else f"Why ({index})", reason) for index, reason in enumerate(plan.reasons, 1)),
        )
    )
    table = Table.of(("#", "What", "Exactly", "Undo", "State", "Action"), rows, "Actions, in order")
    voices = [(approval.who, approval.approver, approval.signed_at) for approval in checked.valid]
    blocks: list[Block] = [facts, table, Table.of(("Approved by", "Key", "At (UTC)"), voices, "Approvals that count")]
    blocks += [Notice("warn", f"Not counted: {approval.who}: {why}") for approval, why in checked.refused]
    return View(f"Plan {plan.name}", tuple(blocks))


_MANY, _SHOWN = 50, 10
"""Of more actions of one kind than this, so many are shown."""


def _rows(plan: Plan, ledger: Ledger, old: str) -> Iterator[tuple[Cell, ...]]:
    """One row an action; of a kind that comes many times the first, and any that did not end well. `old`: as whom its calls are made."""
    counts, seen = Counter(action.verb for action in plan.actions), Counter[str]()
    for number, action in enumerate(plan.actions, start=1):
        seen[action.verb] += 1
        state = _state(ledger, action)
        if counts[action.verb] <= _MANY or seen[action.verb] <= _SHOWN or state not in ("not begun", Ended.DONE.value):
            undo = "cannot be undone" if action.irreversible else "can be undone"
            yield number, action.what, action.do.summary().replace(" as leaked", old), undo, state, action.id
        if counts[action.verb] > _MANY and seen[action.verb] == counts[action.verb]:
            left = counts[action.verb] - _SHOWN
            told = Counter(_state(ledger, one) for one in plan.actions if one.verb == action.verb)
            states = ", ".join(f"{count} {name}" for name, count in sorted(told.items()))
            yield (
                "...",
                f"{left} more: {action.verb}",
                "each is in the plan: irkit plan CASE --chapter resign --save FILE",
                "",
                states,
                "",
            )


def _state(ledger: Ledger, action: Action) -> str:
    outcome = ledger.outcomes.get(action.id)
    if outcome:
        return outcome.ended.value
    return "begun, not settled" if ledger.begun(action.id) else "not begun"


def approve(case: Desk, plan: Plan, key: str, home: Path, passphrase: SecretRef | None) -> View:
    people = case.approvers
    fingerprint = key.upper().replace(" ", "")
    person = people.get(fingerprint)
    if person is None:
        known = (
            ", ".join(f"{one.who} {one.fingerprint}" for one in people.values() if not one.automation) or "nobody yet"
        )
        raise BadInput("this key may not approve in this case", on=fingerprint[:40], why=f"approvers: {known}")
    if why := may_not_approve(plan, person, case.journal.records()):
        raise BadInput("this approval would not count", on=person.who, why=why, do="have another person approve")
    secret = case.resolve(passphrase) if passphrase else None
    at = datetime.now(UTC)
    statement = signatures.statement(plan.name, plan.digest, case.incident.case_id, person.who, at)
    signature = signatures.sign(home, fingerprint, statement, secret)
    signatures.verify(statement, signature, {fingerprint: person.certificate})
    approval = Approval(plan.digest, fingerprint, person.who, at, statement, signature)
    case.write(Kind.APPROVAL, document(approval))
    return plan_view(case, plan)


def _left_open(ledger: Ledger, action: Action) -> bool:
    """Whether it is the making of a fresh one of which nobody can be asked whether it came about: a person can look."""
    outcome = ledger.outcomes.get(action.id)
    return isinstance(action.do, Replace) and outcome is not None and outcome.ended is Ended.UNKNOWN


def hand_done(case: Desk, action_id: str, text: str) -> View:
    ledger = case.ledger
    for plan in ledger.plans.values():
        for action in plan.actions:
            if action.id == action_id and (isinstance(action.do, HumanTask | Watch) or _left_open(ledger, action)):
                body: dict[str, object] = {
                    "plan": plan.digest,
                    "action": action_id,
                    "who": case.responder,
                    "text": text,
                }
                if isinstance(action.do, Watch):
                    from irkit.case.rotating.gates import answer

                    body |= {"about": list(answer(case, plan, action, datetime.now(UTC)).about)}
                case.write(Kind.HUMAN_DONE, body)
                return plan_view(case, plan)
    for record in case.journal.records(Kind.STEP_STARTED):
        if action_id and record.body.get("by_hand") == action_id:
            of = f"playbook {record.body['playbook']}"
            case.write(Kind.HUMAN_DONE, {"plan": of, "action": action_id, "who": case.responder, "text": text})
            facts = (("Step", record.body["step"]), ("Of", of), ("Done", text), ("Says", case.responder))
            return View("Done by hand", (Facts(facts), Notice("info", "Run the playbook again to go on.")))
    raise BadInput("no hand task of this case has that id", on=action_id, do="see them with: irkit show CASE")
