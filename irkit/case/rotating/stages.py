"""Where a rotation stands: made, switched, deactivated, observed, gone, written; each yes, no or unknown with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from irkit import revoke
from irkit.case.desk import Desk
from irkit.case.rotating.gates import answer
from irkit.case.rotating.moments import can_go_back, off_at, opened_at, placed_at, rotation, taken_back
from irkit.case.stages import written
from irkit.model import Kind, Record
from irkit.plan import Action, Plan
from irkit.show import Cell, Level, Stage
from irkit.show.strip import Answer
from irkit.show.times import stamp

Stands = tuple[Answer, str]
_LEVELS: dict[Answer, Level] = {"yes": "ok", "no": "info", "unknown": "warn", "apart": "info"}


def stages(case: Desk, now: datetime) -> tuple[Stage, ...]:
    """As of `now` (UTC). Of several credentials the one that stands worst decides."""
    records, names = case.journal.records(), [one.name for one in case.credentials]
    plan = rotation(case.ledger)

    def worst(label: str, of: Callable[[str], Stands]) -> Stage:
        stand = [(name, *of(name)) for name in names]
        order: tuple[Answer, ...] = ("no", "unknown", "yes", "apart")
        name, said, why = min(stand, key=lambda one: order.index(one[1]))
        whose = f"{name}: " if len(names) > 1 else ""
        return Stage(label, said, f"{whose}{why}", _LEVELS[said])

    return (
        worst("Made", lambda name: _made(case, name)),
        worst("Switched", lambda name: _gate(case, plan, name, revoke.SEEN, now)),
        worst("Deactivated", lambda name: _off(case, plan, name)),
        worst("Observed", lambda name: _gate(case, plan, name, revoke.QUIET, now)),
        worst("Old one gone", lambda name: _gone(records, name)),
        written(records, "there is no report yet: notebook 5"),
    )


def rows(case: Desk) -> list[tuple[Cell, ...]]:
    """Credential, fresh one, in its places since, switched since, deactivated since, verdict."""
    ledger, plan = case.ledger, rotation(case.ledger)
    made = {one.body["credential"]: one.body for one in case.journal.records(Kind.REPLACED)}
    verdicts = {one.body["credential"]: str(one.body["verdict"]) for one in case.journal.records(Kind.VERDICT)}
    found: list[tuple[Cell, ...]] = []
    for one in case.credentials:
        fresh = made.get(one.name)
        found.append(
            (
                one.name,
                str(fresh["public_id"] or fresh["name"]) if fresh else None,
                placed_at(ledger, one.name),
                opened_at(ledger, plan, one.name, revoke.SEEN) if plan else None,
                off_at(ledger, plan, one.name) if plan else None,
                verdicts.get(one.name),
            )
        )
    return found


COLUMNS = ("Credential", "Fresh one", "In its places since", "Switched since", "Deactivated since", "Verdict")


def _made(case: Desk, name: str) -> Stands:
    placed = placed_at(case.ledger, name)
    if placed:
        return "yes", f"in its places since {stamp(placed)}"
    left = [one for one in case.journal.records(Kind.REPLACED) if one.body["credential"] == name]
    return ("unknown", "made, and not everywhere where it should be") if left else ("no", "no fresh one has been made")


def _gate(case: Desk, plan: Plan | None, name: str, verb: str, now: datetime) -> Stands:
    gate = _of(plan, name, verb)
    if plan is None or not gate:
        return "no", "nothing is planned yet: notebook 5"
    opened = opened_at(case.ledger, plan, name, verb)
    if opened:
        return "yes", case.ledger.outcomes[gate[0].id].why
    found = answer(case, plan, gate[0], now)
    return ("no" if found.yes is False else "unknown"), found.why


def _off(case: Desk, plan: Plan | None, name: str) -> Stands:
    if plan is None:
        return "no", "nothing is planned yet: notebook 5"
    if not can_go_back(plan, name):
        return "apart", "its provider has no step that can be undone"
    off = off_at(case.ledger, plan, name)
    back = taken_back(case.ledger, name)
    again = f"; let in again {back} times before" if back else ""
    return ("yes", f"since {stamp(off)}{again}") if off else ("no", f"it is let in{again}")


def _gone(records: Sequence[Record], name: str) -> Stands:
    told = [one.body for one in records if one.kind is Kind.VERDICT and one.body["credential"] == name]
    if not told:
        return "no", "it has not been deleted and proved dead"
    said: Answer = {"dead": "yes", "not dead": "no"}.get(str(told[-1]["verdict"]), "unknown")  # type: ignore[assignment]
    return said, str(told[-1]["why"])


def _of(plan: Plan | None, name: str, verb: str) -> list[Action]:
    return [one for one in (plan.actions if plan else ()) if one.target == name and one.verb == verb]
