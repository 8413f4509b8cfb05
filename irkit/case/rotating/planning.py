"""The plan of a rotation at the desk. One that was begun stays as it is, and its approvals with it, until something of it fails."""

from __future__ import annotations

from dataclasses import replace

from irkit import revoke
from irkit.case.containment import probing, replacing
from irkit.case.containment.consumers import known_consumers
from irkit.case.desk import Desk
from irkit.case.ledger import Ledger
from irkit.case.plans import keep_plan
from irkit.case.rotating.moments import begun, off_at, rotation, taken_back
from irkit.errors import BadInput
from irkit.exposure.consumers import USAGE
from irkit.model import ApiToken, Sure
from irkit.plan import Action, Plan, Replace, Watch
from irkit.providers import UNKNOWN
from irkit.show import View

OBSERVE_H = 24.0
"""For how many hours the old credential is observed where nobody says otherwise."""


def plan(case: Desk, approving: revoke.Approving, observe_h: float | None = None) -> View:
    """Plan the rotation of every token; the same facts give the same plan. `observe_h` None: as in the plan before, else a day.

    BadInput where the fresh credential could not stand beside the old one.
    """
    ledger, last = case.ledger, rotation(case.ledger)
    hours = observe_h if observe_h is not None else _hours(last)
    if last and begun(ledger, last) and _still(case, ledger, last, approving, hours):
        return keep_plan(case, last)
    parts = [_one(case, token, ledger, approving, hours) for token in _tokens(case)]
    return keep_plan(case, _joined(case, parts, approving))


def reactivate(case: Desk, approving: revoke.Approving) -> View:
    """Plan to let old ones in again that this case deactivated. BadInput when none is."""
    ledger, last = case.ledger, rotation(case.ledger)
    parts = []
    for token in _tokens(case):
        off = off_at(ledger, last, token.name) if last else None
        attempt = _attempt(ledger, token.name)
        same = last and any(
            one.target == token.name and one.attempt == attempt for one in last.actions if isinstance(one.do, Watch)
        )
        if off is None or not same:
            continue
        provider = probing.provider_of(token) or UNKNOWN
        setting = probing.learned_setting(case, token)
        parts.append(
            revoke.plan_reactivation(
                case.incident.case_id, case.responder, token, provider, setting, approving=approving, attempt=attempt
            )
        )
    if not parts:
        raise BadInput(
            "there is nothing to let in again", why="this case has deactivated no credential that is out of use now"
        )
    return keep_plan(case, _joined(case, parts, approving))


def _tokens(case: Desk) -> list[ApiToken]:
    return [one for one in case.credentials if isinstance(one, ApiToken)]


def _joined(case: Desk, parts: list[Plan], approving: revoke.Approving) -> Plan:
    return Plan(
        case.incident.case_id,
        "revoke",
        case.incident.responder,
        tuple(action for part in parts for action in part.actions),
        tuple(dict.fromkeys(reason for part in parts for reason in part.reasons)),
        approving.required,
        approving.valid_h,
        approving.author_key,
    )


def _one(case: Desk, token: ApiToken, ledger: Ledger, approving: revoke.Approving, observe_h: float) -> Plan:
    provider = probing.provider_of(token)
    setting = probing.learned_setting(case, token)
    fresh, why_not = replacing.fresh_credential(case, token, provider, ledger)
    made = revoke.plan_rotation(
        case.incident.case_id,
        case.responder,
        token,
        provider or UNKNOWN,
        setting,
        observe_h=observe_h,
        fresh=fresh,
        why_not=why_not,
        consumers=_on_paper(case, token.name),
        approving=approving,
        attempt=_attempt(ledger, token.name),
    )
    ways = provider.replacement if provider else None
    left, held = replacing.remains(case, token), replacing.put_back(case, token)
    return replace(made, actions=_with_remains(made.actions, left, held, ways.room if ways else 0))


def _with_remains(
    actions: tuple[Action, ...], left: tuple[Action, ...], held: Action | None, room: int
) -> tuple[Action, ...]:
    """What is of no use goes first; where consumers read it, not before they have another one.

    An AWS user has room for two keys: there a person puts the old one back before.
    """
    if held is None:
        return (*left, *actions)
    if room:
        return (held, *left, *actions)
    seen = next(number for number, one in enumerate(actions, 1) if one.verb == revoke.SEEN)
    return (*actions[:seen], *left, *actions[seen:])


def _attempt(ledger: Ledger, credential: str) -> int:
    return ledger.next_attempt(credential) + taken_back(ledger, credential)


def _hours(last: Plan | None) -> float:
    watched = [
        one.do.hours for one in (last.actions if last else ()) if isinstance(one.do, Watch) and one.do.shows == "quiet"
    ]
    return watched[0] if watched else OBSERVE_H


def _still(case: Desk, ledger: Ledger, last: Plan, approving: revoke.Approving, hours: float) -> bool:
    """Whether a plan that was begun is the one to go on with: asked for in the same way, and nothing of it has to be tried anew."""
    asked = (last.approvals_required, last.approvals_valid_h, last.author_key, _hours(last))
    if asked != (approving.required, approving.valid_h, approving.author_key, hours):
        return False
    return all(_same_attempt(ledger, action) for action in last.actions) and {one.target for one in last.actions} == {
        one.name for one in _tokens(case)
    }


def _same_attempt(ledger: Ledger, action: Action) -> bool:
    if isinstance(action.do, Watch):
        return action.attempt == _attempt(ledger, action.target)
    if isinstance(action.do, Replace):
        settled = ledger.settled(action.id)
        return settled is None or settled.ended.value == "done"
    return True


def _on_paper(case: Desk, credential: str) -> tuple[str, ...]:
    """Consumers that files show and no log, in words, as `irkit consumers` last found them."""
    sure = (Sure.HOLDS, Sure.NAMED, Sure.PASSED_ON)
    found = known_consumers(case, credential) or ()
    return tuple(
        dict.fromkeys(f"{one.what} at {one.where}" for one in found if one.sure in sure and one.platform != USAGE)
    )
