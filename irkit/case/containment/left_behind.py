"""What a credential begot and nobody has ended, in words; and whether a later reading of the logs finds more than the proof knew."""

from __future__ import annotations

from irkit import revoke
from irkit.case.containment.offspring import acts, named_in, offspring, used_since
from irkit.case.desk import Desk
from irkit.case.exposure.kept_usage import begotten, uses
from irkit.model import ApiToken, Kind
from irkit.plan import Action, Ended
from irkit.show.times import stamp


def left_behind(case: Desk, token: ApiToken) -> list[str]:
    """By the latest plan, or found since and in no plan, or used with success after it was ended."""
    ledger = case.ledger
    plan = ledger.latest("revoke")
    planned = [one for one in (plan.actions if plan else ()) if one.target == token.name and one.verb == revoke.CONTAIN]

    def is_done(action: Action) -> bool:
        outcome = ledger.outcomes.get(action.id)
        return bool(outcome and outcome.ended is Ended.DONE)

    open_ = [one.what for one in planned if not is_done(one)]
    unplanned = [
        f"the {child.kind} {child.ids[0]}, which is in no plan yet"
        for child in offspring(case, token.name)
        if not any(named_in(one, child.kind, child.ids[0]) for one in planned)
    ]
    return [*open_, *unplanned, *_in_vain(case, token)]


def _in_vain(case: Desk, token: ApiToken) -> list[str]:
    done = acts(case, token.name)
    return [
        f"the {node.kind} {node.id}, which was used with success at {stamp(node.ok_last)}, after it had been ended"
        for node in begotten(case, token.name) or ()
        if node.ok_last and used_since(done, node)
    ]


def look_again(case: Desk, token: ApiToken) -> tuple[str, ...]:
    """After logs were read: what they show to live of a token that had been judged contained, journalled, so that it no longer counts
    as contained, nor as unknown. () when they show nothing of the kind, or it was known not to be contained."""
    judged = [one for one in case.journal.records(Kind.CONTAINED) if one.body["credential"] == token.name]
    if case.rotates or not judged or judged[-1].body["contained"] is False:
        return ()
    found = (*_used_when_dead(case, token), *(f"not yet ended: {what}" for what in left_behind(case, token)))
    if found:
        case.write(Kind.CONTAINED, {"credential": token.name, "contained": False, "why": list(found)})
    return found


def _used_when_dead(case: Desk, token: ApiToken) -> list[str]:
    """The verdict is older than a use that succeeded: then it lives again, or the logs are of another clock."""
    dead = [one for one in case.journal.records(Kind.VERDICT) if one.body["credential"] == token.name]
    if not dead or dead[-1].body["verdict"] != "dead":
        return []
    late = [
        one.at
        for one in uses(case, token.name)
        if one.match.is_use and one.outcome == "ok" and one.at and one.at > dead[-1].at
    ]
    return [f"it was used with success at {stamp(max(late))}, after it had been proved dead"] if late else []
