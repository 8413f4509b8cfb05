"""Carrying out an approved plan: each action once, announced before and journalled after, many targets at once.

What belongs to one credential is done in the plan's order by one worker; different credentials do not wait for each other. What was
announced and has no outcome is settled by asking, never by repeating. A refusal that is known to have done nothing (a limit, the
responder's own credential) leaves the plan as it is: run it again and it is begun again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from irkit import revoke
from irkit.case.containment import distribution, probing, together
from irkit.case.containment.settling import reader, settle
from irkit.case.desk import Desk
from irkit.case.records import announce, end
from irkit.errors import BadInput, IrkitError
from irkit.model import ApiToken, State
from irkit.plan import Action, Ask, Ended, GpgCommand, HumanTask, Plan, Replace, Watch, document

_MANY = 4
_TRIES = 5  # how often a request is sent that a limit refuses, waiting as long as the provider says in between


def run(case: Desk, plan: Plan, workers: int = 0) -> None:
    """Bring every action of a containment plan as far as it goes; what became of each stands in the journal."""
    work = _Work(case, plan)
    staged = any(
        isinstance(action.do, Watch) for action in plan.actions
    )  # a gate stands before what would be sent as one
    for batch in [] if staged else list(together.batches(case, plan)):
        work.batch(batch, workers or case.at_once)
    for phase in phases(plan):
        work.run(phase, workers or (case.at_once if len(phase) >= _MANY else 1))


def phases(plan: Plan) -> list[list[list[Action]]]:
    """The plan as lines of work, in two turns: first each credential's own actions, then what they left behind.

    A line is done in order; the lines of one turn do not depend on each other.
    """
    own: dict[str, list[Action]] = {}
    left: list[list[Action]] = []
    for action in plan.actions:
        if action.verb == revoke.CONTAIN:
            left.append([action])
        else:
            own.setdefault(action.target, []).append(action)
    return [list(own.values()), sorted(left, key=lambda line: isinstance(line[0].do, HumanTask))]


@dataclass
class _Work:
    """One run over a plan. `stopped` are the targets that get no further action in this run."""

    case: Desk
    plan: Plan
    done: int = 0
    stopped: set[str] = field(default_factory=set)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def run(self, lines: Sequence[Sequence[Action]], workers: int) -> None:
        if workers <= 1 or len(lines) <= 1:
            for line in lines:
                self._line(line)
            return
        with ThreadPoolExecutor(min(workers, len(lines)), thread_name_prefix="irkit-carry-out") as pool:
            futures = [pool.submit(self._line, line) for line in lines]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                for future in futures:
                    future.cancel()  # what has begun ends well; nothing new begins
                raise

    def batch(self, actions: Sequence[Action], workers: int) -> None:
        """One request for all of them: each announced before, each ended by what came back, or by asking."""
        case, plan = self.case, self.plan
        tokens = [token_of(case, action.target) for action in actions]
        with ThreadPoolExecutor(workers, thread_name_prefix="irkit-carry-out") as pool:
            list(pool.map(self._sample_before, tokens))
        call, provider, read = together.as_one(actions), probing.provider_of(tokens[0]), reader(tokens[0], actions[0])
        if provider is None or read is None:
            return
        what = f"one request for {len(actions)} credentials"
        for attempt in range(1, _TRIES + 1):
            if case.pace.wait(call):
                return  # one by one, then: each says what is in its way
            for action in actions:
                announce(case, plan, action)
            try:
                reply = case.door.send(call)
            except IrkitError as error:  # by the door's promise nothing was sent; the one at fault is found one by one
                self._end_all(actions, Ended.REFUSED, f"nothing was sent: {error}")
                return
            evidence = case.keep({"reply": document(reply)}, f"reply to {what}", f"{provider.title}, {call.url}")
            limited, accepted = case.pace.told(call, reply), read(reply)
            if accepted.yes is None:
                self._settle_all(actions, tokens, accepted.why, workers)
                return
            self._end_all(
                actions, Ended.DONE if accepted.yes else Ended.REFUSED, f"{accepted.why}, in {what}", evidence
            )
            if accepted.yes or not limited or attempt == _TRIES:
                break
        if not accepted.yes and (limited or reply.status in (401, 403) or not reply.sent):
            self.stopped.update(action.target for action in actions)  # one by one it would be the same

    def _settle_all(self, actions: Sequence[Action], tokens: Sequence[ApiToken], why: str, workers: int) -> None:
        def one(action: Action, token: ApiToken) -> bool:
            return settle(self.case, self.plan, action, token, why)

        with ThreadPoolExecutor(workers, thread_name_prefix="irkit-carry-out") as pool:
            list(pool.map(one, actions, tokens))

    def _end_all(self, actions: Sequence[Action], ended: Ended, why: str, evidence: str = "") -> None:
        for action in actions:
            end(self.case, self.plan, action, ended, why, evidence)

    def _line(self, line: Iterable[Action]) -> None:
        for action in line:
            held_up = action.target in self.stopped and action.verb != revoke.CONTAIN
            over = not isinstance(action.do, Watch) and self.case.ledger.settled(action.id)
            if not held_up and not over and not self._do(action):
                self.stopped.add(action.target)
            with self._counting:
                self.done += 1
                self.case.progress(f"carrying out {self.plan.name}", self.done, len(self.plan.actions))

    def _do(self, action: Action) -> bool:
        """Bring one action to an outcome. False when later actions on its target must not be begun."""
        case, plan, do = self.case, self.plan, action.do
        if isinstance(do, GpgCommand):
            raise BadInput("a containment plan holds no OpenPGP step", on=action.what, do="make the plan again")
        if isinstance(do, Watch):
            from irkit.case.rotating.gates import open_gate

            return open_gate(case, plan, action)
        token = token_of(case, action.target)
        if isinstance(do, HumanTask):
            self._sample_before(token)
            done = action.id in case.ledger.hand_done
            why = "a person said so" if done else "a person must do it"
            ended = case.ledger.outcomes.get(action.id)
            if done or ended is None:
                end(case, plan, action, Ended.DONE if done else Ended.WAITING, why)
            return done or not action.gate
        if isinstance(do, Replace):
            return self._replace(action, do, token)
        if case.ledger.begun(action.id):
            return settle(case, plan, action, token)
        self._sample_before(token)
        return self._send(action, do, token)

    def _replace(self, action: Action, do: Replace, token: ApiToken) -> bool:
        def announced() -> None:
            announce(self.case, self.plan, action)

        def ended(how: Ended, why: str, evidence: str) -> None:
            end(self.case, self.plan, action, how, why, evidence)

        if self.case.ledger.begun(action.id):
            return distribution.settle_replacement(self.case, action, do, token, ended).ended is Ended.DONE
        try:
            return distribution.replace(self.case, action, do, token, announced, ended).ended is Ended.DONE
        except IrkitError as error:  # raised before anything is announced
            ended(Ended.REFUSED, f"nothing was made: {error}", "")
            return False

    def _sample_before(self, token: ApiToken) -> None:
        """The live sample and the control, once for each credential, before anything is done to it by whomever.

        Each is looked for by itself: a run may have been stopped between any two of them. As long as nothing was done, an answer that
        could not be read is asked for again: without a live sample there is no proof.
        """
        ledger = self.case.ledger
        before = ledger.sampled(token.name, "before")
        if not before or (before[-1].state is State.UNKNOWN and not ledger.touched(token.name)):
            before = (probing.sample(self.case, token, "before"),)
        if not ledger.sampled(token.name, "control"):
            probing.sample(self.case, token, "control")
        if before[-1].state is not State.ALIVE and not ledger.sampled(token.name, "living"):
            probing.sample_living(self.case, token)

    def _send(self, action: Action, call: Ask, token: ApiToken) -> bool:
        case, plan = self.case, self.plan
        provider, read = probing.provider_of(token), reader(token, action)
        if provider is None or read is None:
            raise BadInput(
                "this plan asks for a step its provider does not know", on=action.what, do="make the plan again"
            )
        for attempt in range(1, _TRIES + 1):
            if late := case.pace.wait(call):
                end(case, plan, action, Ended.REFUSED, late)
                return False
            announce(case, plan, action)
            try:
                reply = case.door.send(call)
            except IrkitError as error:  # by the door's promise nothing was sent
                end(case, plan, action, Ended.REFUSED, f"nothing was sent: {error}")
                return False
            source = f"{provider.title}, {call.summary()}"
            evidence = case.keep({"reply": document(reply)}, f"reply to: {action.what}", source)
            limited = case.pace.told(call, reply)
            accepted = read(reply)
            if accepted.yes:
                end(case, plan, action, Ended.DONE, accepted.why, evidence)
                return True
            if accepted.yes is None or (reply.status == 401 and call.identity == "leaked"):
                return settle(case, plan, action, token, accepted.why)
            if limited and attempt < _TRIES:
                end(case, plan, action, Ended.REFUSED, f"{accepted.why}; {limited}", evidence)
                continue
            passing = limited or not reply.sent or reply.status in (401, 403)
            end(case, plan, action, Ended.REFUSED if passing else Ended.FAILED, accepted.why, evidence)
            return False
        return False


def token_of(case: Desk, name: str) -> ApiToken:
    """The credential an action is about. BadInput when the case does not hold it."""
    for credential in case.credentials:
        if isinstance(credential, ApiToken) and credential.name == name:
            return credential
    raise BadInput("the plan names a credential that this case does not hold", on=name, do="make the plan again")


def settled_targets(case: Desk, plan: Plan) -> list[ApiToken]:
    """The credentials whose own calls are all settled, so that their proof of death need not wait for a person; not those that
    were proved dead since."""
    ledger = case.ledger
    ends: dict[str, list[int | None]] = {}
    for action in plan.actions:
        if action.verb in revoke.KILLS:
            settled = ledger.settled(action.id) is not None and not isinstance(action.do, HumanTask)
            ends.setdefault(action.target, []).append(ledger.ended_at[action.id] if settled else None)
    found = []
    for token in case.credentials:
        ended = ends.get(token.name, [None])
        judged, verdict = ledger.last_verdict.get(token.name, (0, ""))
        last = max((one for one in ended if one is not None), default=0)
        if isinstance(token, ApiToken) and None not in ended and not (verdict == "dead" and judged > last):
            found.append(token)
    return found
