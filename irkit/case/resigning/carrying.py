"""Carrying out a re-signing plan, in its order. Its actions look first and do only what is missing: to begin one again settles it."""

from __future__ import annotations

import os

from irkit.case.desk import Desk
from irkit.case.records import announce, end, ending
from irkit.case.resigning import bundle
from irkit.case.resigning.recording import Recorder
from irkit.case.resigning.signing import can_be_many, sign_all, together
from irkit.errors import BadInput, IrkitError, OutcomeUnknown
from irkit.openpgp.content import NotJudged
from irkit.plan import Action, Ended, GpgCommand, HumanTask, Plan
from irkit.release.operations import Done, Hands, carry_out

_BY_OTHERS = frozenset(
    {"revoke-key", "revoke-subkey", "generate-key", "add-subkey", "ci-bundle", "sign-apt", "index-rpm"}
)
"""What gpg and the tools of package repositories write: they do not wait for the disk."""
_ALL_REST_ON = ("revoke-key", "revoke-subkey", "generate-key", "add-subkey")


def run(case: Desk, plan: Plan) -> None:
    """Bring every action as far as it goes. After a failure nothing later of the same target is begun; without the keys, nothing at all."""
    stopped: set[str] = set()
    recorder, ledger, done = Recorder(case), case.ledger, 0
    for actions in together(plan.actions):
        left = [one for one in actions if one.target not in stopped and not ledger.settled(one.id)]
        done += len(actions) - len(left)
        many = can_be_many(actions[0])
        steps = sign_all(case, plan, left, recorder) if many else (_do(case, plan, one, recorder) for one in left)
        for action, well in zip(left, steps, strict=True):
            if not well and action.verb in _ALL_REST_ON:
                return
            if not well:
                stopped.add(action.target)
            done += 1
            case.progress(f"carrying out {plan.name}", done, len(plan.actions))
    case.write_many(recorder.unvouched())


def _do(case: Desk, plan: Plan, action: Action, recorder: Recorder) -> bool:
    do = action.do
    if isinstance(do, GpgCommand):
        return do_gpg(case, plan, action, do, recorder)
    if isinstance(do, HumanTask):
        done = action.id in case.ledger.hand_done
        if done or case.ledger.outcomes.get(action.id) is None:
            why = "a person said so" if done else "a person must do it"
            end(case, plan, action, Ended.DONE if done else Ended.WAITING, why)
        return done or not action.gate
    raise BadInput("a re-signing plan holds no such step", on=action.what, do="make the plan again")


def do_gpg(case: Desk, plan: Plan, action: Action, command: GpgCommand, recorder: Recorder) -> bool:
    """gpg actions look first and do only what is missing, so beginning again is how they are settled.

    What came of one and its end are journalled together: were a kill to come between, both would be told again.
    """
    announce(case, plan, action)
    try:
        done = _carry(case, command)
    except IrkitError as error:
        end(case, plan, action, _ended(error), str(error))
        return False
    if command.operation in _BY_OTHERS:
        os.sync()  # a record of a fresh key must not outlive the key in a power cut
    evidence = case.evidence.put(done.certificate.encode()) if done.certificate else ""
    entries = recorder.records(action, command, dict(done.facts), evidence)
    case.write_many([*entries, ending(case, plan, action, Ended.DONE, done.what, evidence)])
    return True


def _ended(error: IrkitError) -> Ended:
    """Only an artifact that is another one ends it for this plan: a full disk, a lock or an agent can be mended, and then it goes on."""
    if isinstance(error, OutcomeUnknown):
        return Ended.UNKNOWN
    return Ended.FAILED if isinstance(error, NotJudged) else Ended.REFUSED


def _carry(case: Desk, command: GpgCommand) -> Done:
    if command.operation == "ci-bundle" and command.argument("store"):
        return bundle.carry_out(case, command)  # a store is reached through the desk
    return carry_out(command, Hands(case.resolve, case.door))
