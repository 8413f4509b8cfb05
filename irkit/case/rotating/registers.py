"""What a provider's own register says against opening a gate that the logs would open."""

from __future__ import annotations

from datetime import datetime, timedelta

from irkit import revoke
from irkit.case.containment import probing
from irkit.case.containment.settling import still_holds
from irkit.case.desk import Desk
from irkit.case.rotating.moments import OUT, placed_at
from irkit.case.rotating.watching import observed
from irkit.errors import IrkitError
from irkit.model import ApiToken, Kind, parse_instant
from irkit.plan import Action, Ended, Plan, Watch, document
from irkit.revoke import Answer, Word
from irkit.show.times import stamp

_AGAIN = (
    "somebody let the old one in again at its provider, so somebody needs it: ask who, and switch them over; then another attempt "
    "begins with irkit plan CASE --reactivate"
)
_CLOSE = timedelta(minutes=1)  # between a use as the provider tells it and as its log does


def against(case: Desk, plan: Plan, gate: Action, word: Word | None) -> Answer | None:
    """That somebody uses the old one whom no log shows, or let it in again; None where nothing is said against it."""
    token = next((one for one in case.credentials if isinstance(one, ApiToken) and one.name == gate.target), None)
    if token is None or not isinstance(gate.do, Watch):
        return None
    if gate.do.shows == "quiet":
        return _let_in_again(case, plan, gate, token)
    return _used_unseen(case, token, word)


def _let_in_again(case: Desk, plan: Plan, gate: Action, token: ApiToken) -> Answer | None:
    for action in plan.actions:
        if action.target != gate.target or action.verb not in OUT or action.irreversible:
            continue
        outcome = case.ledger.outcomes.get(action.id)
        holds = still_holds(case, token, action) if outcome and outcome.ended is Ended.DONE else None
        if holds and holds.yes is False:
            return Answer(False, f"{_AGAIN}: {holds.why}")
        if holds and holds.yes is None:
            return Answer(None, f"whether it is still out of use is not known: {holds.why}")
    return None


def _used_unseen(case: Desk, token: ApiToken, word: Word | None) -> Answer | None:
    """Its provider may know of a later use than the logs that were read, and than irkit's own probes."""
    provider, placed = probing.provider_of(token), placed_at(case.ledger, token.name)
    ways = provider.last_use if provider else None
    if provider is None or ways is None or placed is None:
        return None
    try:
        call = ways.ask(probing.learned_setting(case, token), revoke.target_of(token))
        reply = case.door.send(call) if call else None
    except IrkitError:
        return None  # one witness more: without it the logs decide, as where a provider tells nothing
    used = ways.read(reply) if reply else None
    if call is None or used is None or used.at is None or used.at < placed:
        return None
    if any(used.at <= at + _CLOSE for at in _known(case, token)):
        return None
    case.keep({"reply": document(reply)}, "when its provider saw it used last", f"{provider.title}, {call.summary()}")
    why = f"{provider.title} says that it was last used on {stamp(used.at)} ({used.what}), and the logs do not show that use"
    if word and word.at >= used.at:
        return Answer(True, f"on the word of {word.who}: {word.text} ({why})", spoken=True)
    return Answer(None, why)


def _known(case: Desk, token: ApiToken) -> list[datetime]:
    seen = observed(case, token.name)
    probes = [one.body for one in case.journal.records(Kind.STANDING) if one.body["credential"] == token.name]
    return [
        *(one.tried for one in (seen.users if seen else ()) if one.tried),
        *(parse_instant(one["standing"]["at"]["at"]) for one in probes if one["moment"] not in ("living", "control")),
    ]
