"""The gates between the stages of a rotation: what the journal and the logs that were read say of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from irkit import revoke
from irkit.case.desk import Desk
from irkit.case.records import end
from irkit.case.rotating import registers
from irkit.case.rotating.moments import can_go_back, off_at, opened_at, passed, placed_at
from irkit.case.rotating.watching import observed
from irkit.errors import Waiting
from irkit.model import Kind
from irkit.plan import Action, Ended, Plan, Watch
from irkit.revoke import Answer, Word
from irkit.show.times import stamp


def answer(case: Desk, plan: Plan, gate: Action, now: datetime) -> Answer:
    """Whether a gate may open, as of `now` (UTC)."""
    ledger, name = case.ledger, gate.target
    placed = placed_at(ledger, name)
    if placed is None or not isinstance(gate.do, Watch):
        return Answer(None, "the fresh one is not in its places yet")
    seen, word = observed(case, name), _word(case, gate)
    if gate.do.shows == "switched":
        newer = any(one.at >= placed for one in case.journal.records(Kind.OBSERVED) if one.body["credential"] == name)
        found = revoke.switched(seen if newer else None, placed, word)
        # Where nothing puts it out of use, the hours of observing go by first.
        return (
            revoke.as_of(found, seen.read_at if seen else None, now, gate.do.hours)
            if can_go_back(plan, name)
            else found
        )
    off = off_at(ledger, plan, name)
    since = off if can_go_back(plan, name) else opened_at(ledger, plan, name, revoke.SEEN)
    if since is None:
        return Answer(None, "the stage before it is not over")
    found = revoke.quiet(seen, since, gate.do.hours, now, word, lives=off is None)
    return revoke.as_of(found, seen.read_at if seen else None, now, gate.do.hours)


def open_gate(case: Desk, plan: Plan, gate: Action) -> bool:
    """Ask a gate, and journal its answer where it is a new one. True when what it holds up may begin, or has begun.

    A gate that was open is asked again as long as nothing behind it has begun: a late use shuts it.
    """
    ledger = case.ledger
    if passed(ledger, plan, gate):
        return True
    found = answer(case, plan, gate, datetime.now(UTC))
    if found.yes:
        found = registers.against(case, plan, gate, _word(case, gate)) or found
    ended = Ended.DONE if found.yes else Ended.WAITING
    last = ledger.outcomes.get(gate.id)
    if last is None or last.ended is not ended or (ended is Ended.WAITING and last.why != found.why):
        end(case, plan, gate, ended, found.why)
    return found.yes is True


def wait_for_gates(case: Desk, plan: Plan, gates: Sequence[Action]) -> None:
    """Waiting, with what holds up the first of them, when there are any."""
    if not gates:
        return
    gate = gates[0]
    found = answer(case, plan, gate, datetime.now(UTC))
    if found.yes:  # the logs show it, and its provider's register does not
        found = Answer(None, case.ledger.outcomes[gate.id].why)
    more = f" (and {len(gates) - 1} more)" if len(gates) > 1 else ""
    raise Waiting(
        "a stage of the rotation does not hold yet", on=f"{gate.what}{more}", why=found.why, do=_advice(found, gate)
    )


_STRANGER = "where nobody knows that consumer, it is a leak: open a case without --rotation, and let nothing wait"


def _advice(found: Answer, gate: Action) -> str:
    if found.again:
        return f"run it again from {stamp(found.again)} on, with logs until then"
    if found.late:
        return f"switch it over; to let it in again until then: irkit plan CASE --reactivate, and approve that; {_STRANGER}"
    if found.yes is False:
        return f"mend that, and run it again with logs that show it; {_STRANGER}"
    return f"run it again with logs that show it, or answer for it: irkit done CASE {gate.id} --text 'how it is known'"


def _word(case: Desk, gate: Action) -> Word | None:
    said = [one for one in case.journal.records(Kind.HUMAN_DONE) if one.body["action"] == gate.id]
    if not said:
        return None
    body, about = said[-1].body, said[-1].body.get("about")
    return Word(str(body["who"]), str(body["text"]), said[-1].at, None if about is None else tuple(map(str, about)))
