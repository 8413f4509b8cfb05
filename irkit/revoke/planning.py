"""The plan of a containment: what kills the credential, what would outlive it, what replaces it, what it left behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from irkit.model import ApiToken, SecretRef
from irkit.plan import Action, Do, HumanTask, Plan
from irkit.providers import UNKNOWN
from irkit.providers.interface import Offspring, Provider, Setting, Target
from irkit.revoke.order import NOTHING_KNOWN, Facts, order

CONTAIN = "contain"
"""The verb of an action on something that a credential begot."""

CLOSE = "close"
"""The verb of an action on what would outlive a credential: its sessions, tokens made with it, open connections."""

OBSERVE = "observe"
"""The verb of the task between what can be undone and what cannot: to watch whether anybody breaks."""

UNDO = "undo"
"""The verb of an action that removes a fresh credential whose value was lost."""

KILLS = frozenset({"deactivate", "delete", "revoke", "by-hand"})
"""The verbs of the actions that kill a credential itself."""


def target_of(credential: ApiToken) -> Target:
    return Target(None if credential.ref.is_public else credential.ref, credential.shape, credential.public_id)


def control_of(provider: Provider, target: Target) -> Target | None:
    """The never-issued look-alike to probe beside the target; None when none can be made."""
    shape = provider.shape_named(target.shape)
    if shape is None or shape.look_alike is None:
        return None
    return Target(SecretRef(f"control:{provider.name}/{shape.name}"), shape.name, beside=target.public_id)


@dataclass(frozen=True)
class Approving:
    """The policy a plan is approved by: how many people, for how many hours their approval counts, and who makes the plan."""

    required: int = 1
    valid_h: float = 24.0
    author_key: str = ""


def plan_revocation(
    case_id: str,
    author: str,
    credential: ApiToken,
    provider: Provider | None,
    setting: Setting,
    *,
    approving: Approving = Approving(),
    facts: Facts = NOTHING_KNOWN,
    attempt: int = 1,
    replacement: Action | None = None,
) -> Plan:
    """The containment of one token, of what would outlive it, and of what it begot. The same facts give the same plan.

    `provider` None: nobody knows who issued it, and a person finds out. `attempt` grows when a failed action is to be tried again.
    `replacement` makes a fresh credential and puts it where its consumers read it; None when the case names no place.
    BadInput when the setting lacks something that the provider needs.
    """
    issuer = provider or UNKNOWN
    first, why = order(credential.name, facts)
    kill = _by_steps(credential, issuer, setting, attempt, watched=first == "replace first") or (
        _by_hand(credential, setting, issuer.by_hand, attempt),
    )
    kill = (*kill, *_closes(credential, issuer, setting, facts, attempt))
    fresh = _fresh(credential, issuer, setting, facts, replacement, gate=first == "replace first")
    more = _of_offspring(credential, issuer, setting, facts.begotten)
    actions = (*fresh, *kill, *more) if first == "replace first" else (*kill, *fresh, *more)
    reasons = (
        why,
        *((f"{credential.name} left things behind that may live on: {len(more)} further actions",) if more else ()),
        *_better(credential, issuer),
        *_newcomers(facts.newcomers),
        f"{issuer.title}: {_undo(actions)}; how this was tested: {issuer.tested}",
        *(f"What survives at {issuer.title}: {what}" for what in issuer.survives),
    )  # fmt: skip
    return Plan(
        case_id, "revoke", author, actions, reasons, approving.required, approving.valid_h, approving.author_key
    )


def _fresh(
    credential: ApiToken, provider: Provider, setting: Setting, facts: Facts, replacement: Action | None, *, gate: bool
) -> tuple[Action, ...]:
    """The fresh credential, and the switch of those who use the old one. Nothing when nobody needs one."""
    consumers = facts.consumers or ()
    if replacement is None and not consumers:
        return ()
    actions = []
    if replacement:  # one that a call makes stops what follows by failing; its id must not depend on the order
        actions.append(replace(replacement, gate=gate) if isinstance(replacement.do, HumanTask) else replacement)
    if replacement is None:
        task = HumanTask(
            "Make a fresh credential and put it where its consumers read it",
            provider.by_hand.page if not setting.base or provider.by_hand.page.startswith("https://") else setting.base,
            (
                *_better(credential, provider),
                "Give it the least it needs and a date on which it ends",
                "Put it into the secret store alone: no file, no chat, no shell history",
            ),
        )  # fmt: skip
        actions.append(Action("replace", credential.name, f"{task.title}: {credential.name}", task, False, gate=gate))
    if consumers:
        task = HumanTask(
            f"Switch {len(consumers)} consumers to the fresh credential, and see each of them work",
            "each consumer's own deployment",
            tuple(consumers),
        )
        actions.append(Action("switch", credential.name, f"{task.title}: {credential.name}", task, False, gate=gate))
    return tuple(actions)


def _newcomers(found: Sequence[str]) -> tuple[str, ...]:
    if not found:
        return ()
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    who = f"{', '.join(found[:3])}{more}"
    return (
        f"Used only since it was exposed, so taken for the intruder and no consumer: {who}; one that is yours breaks",
    )


def _better(credential: ApiToken, provider: Provider) -> tuple[str, ...]:
    better = provider.replacement.better if provider.replacement else ""
    return (f"Better than another secret like {credential.name}: {better}",) if better else ()


def _closes(
    credential: ApiToken, provider: Provider, setting: Setting, facts: Facts, attempt: int
) -> tuple[Action, ...]:
    """What would outlive the credential is ended: by calls whether or not any is known; by a person where it is known to live,
    or nobody can be asked or answers. Everything a person has to look at is one task."""
    target = target_of(credential)
    actions, by_person = [], list[tuple[str, HumanTask]]()
    for survivor in provider.survivors:
        do = survivor.close(setting, target)
        if do is None or isinstance(do, HumanTask):
            asked = survivor.ask is not None and survivor.ask(setting, target) is not None
            if not asked or survivor.what in facts.outliving:
                by_person.append((survivor.what, do or _looked_for(survivor.what, provider)))
        else:
            what = f"End {survivor.what}: {credential.name}"
            actions.append(Action(CLOSE, credential.name, what, do, False, attempt))
    if by_person:
        names = "; ".join(what for what, _ in by_person)
        steps = (f"{task.title}, at {task.page}: {'; '.join(task.steps)}" for _, task in by_person)
        task = HumanTask(f"Look for what outlives it: {names}", by_person[0][1].page, tuple(steps))
        actions.append(Action(CLOSE, credential.name, f"End {names}: {credential.name}", task))
    return tuple(actions)


def _looked_for(what: str, provider: Provider) -> HumanTask:
    """Where no call ends them: whether one of them is a stranger's, only a person can judge."""
    steps = ("Compare with what your team has made", "End what nobody of yours knows")
    return HumanTask(f"Look at the {what}", provider.by_hand.page, steps)


def closed_by(action: Action) -> tuple[str, ...]:
    """The kinds of survivors that an action ends, as it says in words; () for any other action."""
    if action.verb != CLOSE:
        return ()
    return tuple(action.what.removeprefix("End ").rpartition(f": {action.target}")[0].split("; "))


def _by_steps(
    credential: ApiToken, provider: Provider, setting: Setting, attempt: int, *, watched: bool
) -> tuple[Action, ...]:
    """`watched`: between a step that can be undone and one that cannot, a person watches for consumers that break."""
    actions: list[Action] = []
    for step in provider.steps:
        if watched and step.irreversible and actions and not actions[-1].irreversible:
            actions.append(_watch(credential))
        do = step.ask(setting, target_of(credential))
        if isinstance(do, HumanTask):
            action = _by_hand(credential, setting, do, attempt)
        else:
            what = f"{step.what}: {credential.name}"
            action = Action(step.verb, credential.name, what, do, step.irreversible, attempt)
        if all(action.do != known.do for known in actions):
            actions.append(action)
    return tuple(actions)


def _watch(credential: ApiToken) -> Action:
    task = HumanTask(
        "Watch for half an hour who still tries the deactivated credential",
        "your logs (irkit usage), and the consumers' own alarms",
        (
            "Refused calls by a consumer of yours: switch it over; reactivate the credential only if it must not wait",
            "Refused calls by anybody else: evidence; read the logs into the case before going on",
        ),
    )
    return Action(OBSERVE, credential.name, f"{task.title}: {credential.name}", task, False, gate=True)


def _of_offspring(
    credential: ApiToken, provider: Provider, setting: Setting, begotten: Sequence[Offspring]
) -> tuple[Action, ...]:
    actions = []
    for child in begotten:
        do: Do = provider.offshoots.ask(setting, child) if provider.offshoots else _unknown_offspring(child, provider)
        ids = ", ".join(child.ids[:2]) + (f" and {len(child.ids) - 2} more" if len(child.ids) > 2 else "")
        title = (
            do.title
            if isinstance(do, HumanTask)
            else f"{'End' if child.kind == 'session' else 'Deactivate'} the {child.kind} {ids}"
        )
        what = f"{title}, made with {credential.name}"
        by_person = isinstance(do, HumanTask)
        actions.append(Action(CONTAIN, credential.name, what, do, by_person, child.attempt))
    distinct = {action.id: action for action in actions}
    return tuple(sorted(distinct.values(), key=lambda action: isinstance(action.do, HumanTask)))


def _unknown_offspring(child: Offspring, provider: Provider) -> HumanTask:
    steps = tuple(one for one in (child.made, "Remove it, or say who needs it") if one)
    return HumanTask(f"Look at the {child.kind} {', '.join(child.ids)}", provider.by_hand.page, steps)


def _by_hand(credential: ApiToken, setting: Setting, task: HumanTask, attempt: int) -> Action:
    page = setting.base if setting.base and not task.page.startswith("https://") else task.page
    what = f"{task.title}: {credential.name}"
    return Action("by-hand", credential.name, what, replace(task, page=page), True, attempt)


def _undo(actions: Sequence[Action]) -> str:
    final = [action.verb for action in actions if action.irreversible]
    return f"cannot be undone: {', '.join(final)}" if final else "every step can be undone"
