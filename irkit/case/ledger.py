"""What became of each action, read from the journal. Pure over records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from irkit.model import Kind, Record, Standing
from irkit.plan import Ended, Outcome, Plan, read


@dataclass(frozen=True)
class Ledger:
    """Intents, outcomes and hand work by action id; standings by credential name and moment. Later records win."""

    intents: frozenset[str]
    outcomes: dict[str, Outcome]
    targets: dict[str, str]
    hand_done: frozenset[str]
    standings: dict[tuple[str, str], tuple[Standing, ...]]
    plans: dict[str, Plan]
    ended_at: dict[str, int]
    last_verdict: dict[str, tuple[int, str]]

    @classmethod
    def of(cls, records: Sequence[Record]) -> Ledger:
        intents: set[str] = set()
        outcomes: dict[str, Outcome] = {}
        targets: dict[str, str] = {}
        by_hand: set[str] = set()
        standings: dict[tuple[str, str], tuple[Standing, ...]] = {}
        plans: dict[str, Plan] = {}
        ended_at: dict[str, int] = {}
        last_verdict: dict[str, tuple[int, str]] = {}
        for record in records:
            body = record.body
            if record.kind is Kind.INTENT:
                intents.add(body["action"])
                targets[body["action"]] = body["target"]
            elif record.kind is Kind.OUTCOME:
                outcome = read(Outcome, body["outcome"])
                outcomes[outcome.action] = outcome
                targets[outcome.action] = body["target"]
                ended_at[outcome.action] = record.seq
            elif record.kind is Kind.VERDICT:
                last_verdict[body["credential"]] = (record.seq, body["verdict"])
            elif record.kind is Kind.HUMAN_DONE:
                by_hand.add(body["action"])
            elif record.kind is Kind.STANDING:
                key = (body["credential"], body["moment"])
                standings[key] = (*standings.get(key, ()), read(Standing, body["standing"]))
            elif record.kind is Kind.PLAN:
                plans.pop(body["digest"], None)  # a plan made again moves to the end: it is the latest
                plans[body["digest"]] = read(Plan, body["plan"])
        return cls(frozenset(intents), outcomes, targets, frozenset(by_hand), standings, plans, ended_at, last_verdict)

    def settled(self, action: str) -> Outcome | None:
        """The outcome that ends the action: done or failed. An unknown or waiting one does not."""
        outcome = self.outcomes.get(action)
        return outcome if outcome and outcome.ended in (Ended.DONE, Ended.FAILED) else None

    def begun(self, action: str) -> bool:
        """True when it was announced and its end is not established: it must be settled, never repeated."""
        return action in self.intents and self.settled(action) is None

    def next_attempt(self, target: str) -> int:
        """The number of the attempt to plan now: one more than any that failed, or was accepted and found without effect."""
        judged, verdict = self.last_verdict.get(target, (0, ""))
        spent = 0
        for plan in self.plans.values():
            for action in plan.actions:
                outcome = self.settled(action.id)
                if action.target != target or outcome is None:
                    continue
                in_vain = verdict == "not dead" and judged > self.ended_at[action.id]
                if outcome.ended is Ended.FAILED or in_vain:
                    spent = max(spent, action.attempt)
        return spent + 1

    def sampled(self, credential: str, moment: str) -> tuple[Standing, ...]:
        return self.standings.get((credential, moment), ())

    def latest(self, chapter: str) -> Plan | None:
        return next((plan for plan in reversed(self.plans.values()) if plan.chapter == chapter), None)
