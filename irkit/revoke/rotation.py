"""The plan of a rotation: nothing leaked, so nothing is hurried. Each stage waits for the evidence of the one before. Pure.

Made and put where its consumers read it; they are seen using it; the old one is put out of use where that can be undone; it is
observed; it is deleted.
"""

from __future__ import annotations

from collections.abc import Sequence

from irkit.errors import BadInput
from irkit.model import ApiToken
from irkit.plan import Action, HumanTask, Plan, Watch
from irkit.providers.interface import Provider, Setting, Step
from irkit.revoke.planning import Approving, target_of

SEEN = "seen"
"""The verb of the gate that opens when the consumers are seen using the fresh one."""

QUIET = "quiet"
"""The verb of the gate that opens when nobody used the old one for as long as was asked."""

REACTIVATE = "reactivate"
"""The verb of the action that takes a deactivation back."""

_ONE = Approving()
_MOST_H = 24.0 * 366


def plan_rotation(
    case_id: str,
    author: str,
    credential: ApiToken,
    provider: Provider,
    setting: Setting,
    *,
    observe_h: float,
    fresh: Action | None = None,
    why_not: Sequence[str] = (),
    consumers: Sequence[str] = (),
    approving: Approving = _ONE,
    attempt: int = 1,
) -> Plan:
    """The rotation of one token. The same facts give the same plan.

    `fresh` makes the fresh credential and puts it away; None: a person does, for the reasons in `why_not`. `consumers` are those that
    files show and no log. `attempt` grows when something failed or was taken back. BadInput for hours that are none.
    """
    if not 0 <= observe_h <= _MOST_H:
        raise BadInput("this is no time to observe", on=f"{observe_h:g} hours", do="give hours, from 0 to a year's")
    name = credential.name
    steps = _steps(credential, provider, setting, attempt)
    reversible = [one for one in steps if not one.irreversible]
    final = [one for one in steps if one.irreversible]
    seen = Watch("switched")
    quiet = Watch("quiet", observe_h)
    actions = (
        fresh or _by_person(credential, provider, setting),
        *_switch(credential, consumers),
        Action(
            SEEN,
            name,
            f"See every consumer use the fresh one, and none the old one: {name}",
            seen,
            False,
            attempt,
            True,
        ),
        *reversible,
        Action(
            QUIET,
            name,
            f"Observe for {observe_h:g} hours that nobody uses the old one: {name}",
            quiet,
            False,
            attempt,
            True,
        ),
        *final,
    )
    reasons = (
        f"Nothing leaked: {name} is replaced in quiet, and no stage begins before the one before it is seen to hold",
        *why_not,
        _way_back(provider, reversible, final),
        *_hours(observe_h, approving),
        f"{provider.title}: how this was tested: {provider.tested}",
    )
    return Plan(
        case_id, "revoke", author, actions, reasons, approving.required, approving.valid_h, approving.author_key
    )


def plan_reactivation(
    case_id: str,
    author: str,
    credential: ApiToken,
    provider: Provider,
    setting: Setting,
    *,
    approving: Approving = _ONE,
    attempt: int = 1,
    why: str = "",
) -> Plan:
    """Takes the deactivation back, for consumers that still need the old one. BadInput where no call does that."""
    undone = [one for one in provider.steps if one.undo]
    if not undone:
        raise BadInput(
            "this deactivation is not taken back by a call", on=provider.title,
            why="it is undone there, by a person" if ways_back(provider) else "nothing there can be undone",
            do="take it back at the provider, or make a fresh one by hand",
        )  # fmt: skip
    actions = []
    for step in undone:
        do = step.undo(setting, target_of(credential)) if step.undo else None
        if do is not None:
            what = f"Take back: {step.what[0].lower()}{step.what[1:]}: {credential.name}"
            actions.append(Action(REACTIVATE, credential.name, what, do, False, attempt))
    reasons = (f"{credential.name} is let in again until its consumers are switched over{f': {why}' if why else ''}",)
    return Plan(
        case_id, "revoke", author, tuple(actions), reasons, approving.required, approving.valid_h, approving.author_key
    )


def is_reactivation(plan: Plan) -> bool:
    """Whether a plan only lets old ones in again, so that nothing is to be proved dead after it."""
    return bool(plan.actions) and all(one.verb == REACTIVATE for one in plan.actions)


def ways_back(provider: Provider) -> tuple[Step, ...]:
    """The steps that put a credential out of use in a way that can be undone; those with `undo` irkit takes back by itself."""
    return tuple(one for one in provider.steps if not one.irreversible)


def _steps(credential: ApiToken, provider: Provider, setting: Setting, attempt: int) -> tuple[Action, ...]:
    """What ends it, in the provider's order; by a person where there is no call."""
    actions: list[Action] = []
    for step in provider.steps:
        do = step.ask(setting, target_of(credential))
        if isinstance(do, HumanTask):
            what = f"{do.title}: {credential.name}"
            action = Action("by-hand", credential.name, what, do, step.irreversible, attempt, gate=True)
        else:
            what = f"{step.what.replace('leaked', 'old')}: {credential.name}"
            action = Action(step.verb, credential.name, what, do, step.irreversible, attempt)
        if all(action.do != known.do for known in actions):
            actions.append(action)
    if not actions:
        task = provider.by_hand
        actions.append(
            Action("by-hand", credential.name, f"{task.title}: {credential.name}", task, True, attempt, True)
        )
    return tuple(actions)


def _by_person(credential: ApiToken, provider: Provider, setting: Setting) -> Action:
    page = provider.by_hand.page
    task = HumanTask(
        "Make a fresh credential and put it where its consumers read it",
        setting.base if setting.base and not page.startswith("https://") else page,
        (
            "Give it the least it needs and a date on which it ends",
            "Put it into the secret store alone: no file, no chat, no shell history",
            "Give its public id when the logs are read (fresh), so that its uses are found",
        ),
    )
    return Action("replace", credential.name, f"{task.title}: {credential.name}", task, False, gate=True)


def _switch(credential: ApiToken, consumers: Sequence[str]) -> tuple[Action, ...]:
    """No log ties a file to a use: who is known from files alone is a person's to see."""
    if not consumers:
        return ()
    title = f"See that {len(consumers)} consumers, which only files show, take the fresh credential"
    task = HumanTask(title, "each consumer's own deployment", tuple(consumers))
    return (Action("switch", credential.name, f"{title}: {credential.name}", task, False, gate=True),)


def _way_back(provider: Provider, reversible: Sequence[Action], final: Sequence[Action]) -> str:
    if reversible and final:
        return f"{provider.title} can deactivate before it deletes: until then there is a way back"
    if reversible:
        return f"{provider.title} keeps what is deleted for a while: there is a way back"
    return f"{provider.title} has no step that can be undone: the old one is observed while it works, then it is gone"


def _hours(observe_h: float, approving: Approving) -> tuple[str, ...]:
    if approving.valid_h > observe_h:
        return ()
    return (
        f"An approval counts for {approving.valid_h:g} hours, which is not more than the {observe_h:g} of observing: it has to be approved "
        "again before the deletion",
    )
