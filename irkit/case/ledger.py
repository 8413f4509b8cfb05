"""What became of each action, read from the journal. Pure over records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from irkit.model import Kind, Record, Standing
from irkit.plan import Ended, HumanTask, Outcome, Plan, Replace, Watch, read
from irkit.revoke import CONTAIN


@dataclass
class Ledger:
    """Intents, outcomes and hand work by action id; standings by credential name and moment. Later records win.

    `take` folds one record in, so that a ledger can be kept up with a growing journal.
    """

    intents: set[str] = field(default_factory=set)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    hand_done: set[str] = field(default_factory=set)
    standings: dict[tuple[str, str], tuple[Standing, ...]] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    ended_at: dict[str, int] = field(default_factory=dict)
    last_verdict: dict[str, tuple[int, str]] = field(default_factory=dict)
    taken: int = 0

    @classmethod
    def of(cls, records: Sequence[Record]) -> Ledger:
        ledger = cls()
        for record in records:
            ledger.take(record)
        return ledger

    def take(self, record: Record) -> None:
        self.taken = record.seq
        body = record.body
        if record.kind is Kind.INTENT:
            self.intents.add(body["action"])
            self.targets[body["action"]] = body["target"]
        elif record.kind is Kind.OUTCOME:
            outcome = read(Outcome, body["outcome"])
            if outcome.ended is Ended.REFUSED:
                self.intents.discard(outcome.action)  # it is known to have done nothing: it may be begun again
            self.outcomes[outcome.action] = outcome
            self.targets[outcome.action] = body["target"]
            self.ended_at[outcome.action] = record.seq
        elif record.kind is Kind.VERDICT:
            self.last_verdict[body["credential"]] = (record.seq, body["verdict"])
        elif record.kind is Kind.HUMAN_DONE:
            self.hand_done.add(body["action"])
        elif record.kind is Kind.STANDING:
            key = (body["credential"], body["moment"])
            self.standings[key] = (*self.standings.get(key, ()), read(Standing, body["standing"]))
        elif record.kind is Kind.PLAN:
            self.plans.pop(body["digest"], None)  # a plan made again moves to the end: it is the latest
            self.plans[body["digest"]] = read(Plan, body["plan"])

    def settled(self, action: str) -> Outcome | None:
        """The outcome that ends the action: done or failed. An unknown or waiting one does not."""
        outcome = self.outcomes.get(action)
        return outcome if outcome and outcome.ended in (Ended.DONE, Ended.FAILED) else None

    def begun(self, action: str) -> bool:
        """True when it was announced and its end is not established: it must be settled, never repeated."""
        return action in self.intents and self.settled(action) is None

    def touched(self, target: str) -> bool:
        """Whether anything was done to it, or may have been: what was refused, and what waits for a person, has done nothing."""
        idle = (Ended.REFUSED, Ended.WAITING)
        return any(
            whose == target
            and (action in self.intents or ((outcome := self.outcomes.get(action)) and outcome.ended not in idle))
            for action, whose in self.targets.items()
        )

    def next_attempt(self, target: str, *, replacing: bool = False) -> int:
        """The number of the attempt to plan now: one more than any that failed, or was accepted and found without effect.

        A replacement is counted by itself: it is not made again because a revocation failed. So is each thing that the credential
        begot (`containment.offspring`).
        """
        judged, verdict = self.last_verdict.get(target, (0, ""))
        spent = 0
        for plan in self.plans.values():
            for action in plan.actions:
                outcome = self.settled(action.id)
                if (
                    action.target != target
                    or action.verb == CONTAIN
                    or outcome is None
                    or replacing is not isinstance(action.do, Replace)
                ):
                    continue
                in_vain = not replacing and verdict == "not dead" and judged > self.ended_at[action.id]
                if outcome.ended is Ended.FAILED or in_vain:
                    spent = max(spent, action.attempt)
        return spent + 1

    def sampled(self, credential: str, moment: str) -> tuple[Standing, ...]:
        return self.standings.get((credential, moment), ())

    def latest(self, chapter: str) -> Plan | None:
        return next((plan for plan in reversed(self.plans.values()) if plan.chapter == chapter), None)


def has_something_to_send(plan: Plan, ledger: Ledger) -> bool:
    """Whether carrying it out would still begin something of irkit's own: until then its approvals must hold."""
    return any(
        not isinstance(action.do, HumanTask | Watch) and not ledger.settled(action.id) and not ledger.begun(action.id)
        for action in plan.actions
    )
