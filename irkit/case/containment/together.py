"""Calls of many actions that may be sent as one: where a provider takes a list, and counts requests by the hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from irkit import revoke
from irkit.case.containment import probing
from irkit.case.desk import Desk
from irkit.model import ApiToken
from irkit.plan import Action, Call, Plan, canonical
from irkit.providers.interface import Step


def batches(case: Desk, plan: Plan) -> Iterator[tuple[Action, ...]]:
    """Actions, two or more, that are next for their credentials, have not been begun, and differ only in whose credential they list."""
    tokens = {token.name: token for token in case.credentials if isinstance(token, ApiToken)}
    alike: dict[bytes, list[Action]] = {}
    most: dict[bytes, int] = {}
    for action in _next(case, plan):
        step = _step(tokens.get(action.target), action)
        if (
            step
            and isinstance(action.do, Call)
            and isinstance(action.do.body, dict)
            and set(action.do.body) == {step.listed}
        ):
            key = canonical(replace(action.do, body=None))
            alike.setdefault(key, []).append(action)
            most[key] = step.most
    for key, actions in alike.items():
        for start in range(0, len(actions), most[key]):
            batch = tuple(actions[start : start + most[key]])
            if len(batch) > 1:
                yield batch


def _next(case: Desk, plan: Plan) -> Iterator[Action]:
    """The first action of each credential that is not settled, when nobody has begun it."""
    seen: set[str] = set()
    for action in plan.actions:
        if action.verb == revoke.CONTAIN or action.target in seen or case.ledger.settled(action.id):
            continue
        seen.add(action.target)
        if not case.ledger.begun(action.id):
            yield action


def _step(token: ApiToken | None, action: Action) -> Step | None:
    provider = probing.provider_of(token) if token else None
    return (
        next((step for step in provider.steps if step.verb == action.verb and step.listed), None) if provider else None
    )


def as_one(actions: Sequence[Action]) -> Call:
    """Their calls as one, in order."""
    calls = [action.do for action in actions if isinstance(action.do, Call)]
    bodies = [call.body for call in calls if isinstance(call.body, dict)]
    (field,) = bodies[0]
    listed = [body[field] for body in bodies]
    return replace(calls[0], body={field: tuple(one for part in listed if isinstance(part, tuple) for one in part)})
