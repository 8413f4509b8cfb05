"""Carrying out a re-signing plan, in its order. Its actions look first and do only what is missing: to begin one again settles it."""

from __future__ import annotations

from irkit.case.desk import Desk
from irkit.case.records import announce, end
from irkit.case.resigning.signing import can_be_many, sign_all, together
from irkit.errors import BadInput, IrkitError
from irkit.model import Kind
from irkit.plan import Action, Ended, GpgCommand, HumanTask, Plan
from irkit.release.operations import Hands, carry_out


def run(case: Desk, plan: Plan) -> None:
    """Bring every action as far as it goes. After a failure nothing later of the same target is begun."""
    stopped: set[str] = set()
    ledger, done = case.ledger, 0
    for actions in together(plan.actions):
        left = [one for one in actions if one.target not in stopped and not ledger.settled(one.id)]
        done += len(actions) - len(left)
        steps = sign_all(case, plan, left) if can_be_many(actions[0]) else (_do(case, plan, one) for one in left)
        for action, well in zip(left, steps, strict=True):
            if not well:
                stopped.add(action.target)
            done += 1
            case.progress(f"carrying out {plan.name}", done, len(plan.actions))


def _do(case: Desk, plan: Plan, action: Action) -> bool:
    do = action.do
    if isinstance(do, GpgCommand):
        return do_gpg(case, plan, action, do)
    if isinstance(do, HumanTask):
        done = action.id in case.ledger.hand_done
        if done or case.ledger.outcomes.get(action.id) is None:
            why = "a person said so" if done else "a person must do it"
            end(case, plan, action, Ended.DONE if done else Ended.WAITING, why)
        return done or not action.gate
    raise BadInput("a re-signing plan holds no such step", on=action.what, do="make the plan again")


def do_gpg(case: Desk, plan: Plan, action: Action, command: GpgCommand) -> bool:
    """gpg actions look first and do only what is missing, so beginning again is how they are settled."""
    announce(case, plan, action)
    try:
        done = carry_out(command, Hands(case.resolve, case.door))
    except IrkitError as error:
        end(case, plan, action, Ended.FAILED, str(error))
        return False
    evidence = case.evidence.put(done.certificate.encode()) if done.certificate else ""
    for record in openpgp_records(command, dict(done.facts), evidence):
        case.write(*record)
    end(case, plan, action, Ended.DONE, done.what, evidence)
    return True


def openpgp_records(command: GpgCommand, facts: dict[str, str], evidence: str) -> list[tuple[Kind, dict[str, object]]]:
    """What the journal keeps of a gpg action, by operation."""
    kinds = {
        "generate-key": Kind.KEY_GENERATED,
        "revoke-key": Kind.KEY_REVOKED,
        "sign-detached": Kind.RESIGNED,
        "quarantine": Kind.QUARANTINED,
    }
    kind = kinds.get(command.operation)
    if facts.pop("revocation_certificate", ""):
        # Whoever holds it can revoke the fresh key: it stays with the key, the record says where.
        facts["revocation_certificate"] = f"{command.home}/openpgp-revocs.d/{facts['primary']}.rev"
    return [(kind, {**facts, "evidence": evidence})] if kind else []
