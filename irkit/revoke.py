"""Chapter 2, pure: from a credential to a plan of its containment, and from replies to the verdict on its death.

Accepted is not dead. Dead means: alive before, dead after, and a look-alike that was never issued answers the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from irkit.model import ApiToken, SecretRef, Standing, State
from irkit.plan import Action, Do, Ended, HumanTask, Plan
from irkit.providers import UNKNOWN
from irkit.providers.interface import Offspring, Provider, Reading, Setting, Target

Said = Standing | Reading
"""Whether it lives and why it was read so; when it was asked does not matter to the rules here."""


@dataclass(frozen=True)
class Verdict:
    """ "inconclusive" is no softer "dead": it keeps the case open, and `why` says what would settle it."""

    verdict: Literal["dead", "not dead", "inconclusive"]
    why: str


def target_of(credential: ApiToken) -> Target:
    return Target(None if credential.ref.is_public else credential.ref, credential.shape, credential.public_id)


def control_of(provider: Provider, target: Target) -> Target | None:
    """The never-issued look-alike to probe beside the target; None when none can be made."""
    shape = provider.shape_named(target.shape)
    if shape is None or shape.look_alike is None:
        return None
    return Target(SecretRef(f"control:{provider.name}/{shape.name}"), shape.name, beside=target.public_id)


# The plan


def plan_revocation(
    case_id: str,
    author: str,
    credential: ApiToken,
    provider: Provider | None,
    setting: Setting,
    *,
    approvals_required: int = 1,
    usage_findings: Sequence[str] | None = None,
    attempt: int = 1,
    begotten: Sequence[Offspring] = (),
) -> Plan:
    """The containment of one token, and of what it begot. The same facts give the same plan.

    `provider` None: nobody knows who issued it, and a person finds out. `usage_findings` are sentences about use by
    strangers; None when no log was read, () when logs were read and nothing stood out. `attempt` grows when a failed
    action is to be tried again. `begotten` is what it brought into being and is not known to be dead: it comes last, what a
    call can end before what a person must. BadInput when the setting lacks something that the provider needs.
    """
    issuer = provider or UNKNOWN
    actions = _by_steps(credential, issuer, setting, attempt) or (
        _by_hand(credential, setting, issuer.by_hand, attempt),
    )
    more = _of_offspring(credential, issuer, setting, begotten, attempt)
    actions = (*actions, *more)
    reasons = (
        _order(credential, usage_findings),
        *((f"{credential.name} left things behind that may live on: {len(more)} further actions",) if more else ()),
        f"{issuer.title}: {_undo(actions)}; how this was tested: {issuer.tested}",
        *(f"What survives at {issuer.title}: {what}" for what in issuer.survives),
    )
    return Plan(case_id, "revoke", author, actions, reasons, approvals_required)


def _by_steps(credential: ApiToken, provider: Provider, setting: Setting, attempt: int) -> tuple[Action, ...]:
    actions: list[Action] = []
    for step in provider.steps:
        do = step.ask(setting, target_of(credential))
        if isinstance(do, HumanTask):
            action = _by_hand(credential, setting, do, attempt)
        else:
            what = f"{step.what}: {credential.name}"
            action = Action(step.verb, credential.name, what, do, step.irreversible, attempt)
        if all(action.do != known.do for known in actions):
            actions.append(action)
    return tuple(actions)


CONTAIN = "contain"
"""The verb of an action on something that a credential begot."""


def _of_offspring(
    credential: ApiToken, provider: Provider, setting: Setting, begotten: Sequence[Offspring], attempt: int
) -> tuple[Action, ...]:
    actions = []
    for child in begotten:
        do: Do = provider.offshoots.ask(setting, child) if provider.offshoots else _unknown_offspring(child, provider)
        ids = ", ".join(child.ids[:2]) + (f" and {len(child.ids) - 2} more" if len(child.ids) > 2 else "")
        title = do.title if isinstance(do, HumanTask) else f"Deactivate the {child.kind} {ids}"
        what = f"{title}, made with {credential.name}"
        # What a person did for one attempt stays done in the next.
        by_person = isinstance(do, HumanTask)
        actions.append(Action(CONTAIN, credential.name, what, do, by_person, 1 if by_person else attempt))
    distinct = {action.id: action for action in actions}
    return tuple(sorted(distinct.values(), key=lambda action: isinstance(action.do, HumanTask)))


def _unknown_offspring(child: Offspring, provider: Provider) -> HumanTask:
    steps = tuple(one for one in (child.made, "Remove it, or say who needs it") if one)
    return HumanTask(f"Look at the {child.kind} {', '.join(child.ids)}", provider.by_hand.page, steps)


def _by_hand(credential: ApiToken, setting: Setting, task: HumanTask, attempt: int) -> Action:
    page = setting.base if setting.base and not task.page.startswith("https://") else task.page
    what = f"{task.title}: {credential.name}"
    return Action("by-hand", credential.name, what, replace(task, page=page), True, attempt)


def _order(credential: ApiToken, findings: Sequence[str] | None) -> str:
    """Contain first unless logs were read and show nobody but the owner: the choice is stated for whoever approves."""
    name = credential.name
    if findings is None:
        return f"Contain {name} first, replace after: no log of its use was read, so use by strangers must be assumed"
    if findings:
        return f"Contain {name} first, replace after: {findings[0]}" + (
            f" (and {len(findings) - 1} more findings)" if len(findings) > 1 else ""
        )
    return (
        f"{name} may be replaced first and contained after: the logs that were read show no use by strangers; "
        "whoever approves accepts that it stays exposed until then"
    )


def _undo(actions: Sequence[Action]) -> str:
    final = [action.verb for action in actions if action.irreversible]
    return f"cannot be undone: {', '.join(final)}" if final else "every step can be undone"


def after_unknown(standing: Said, *, was_dead_already: bool = False) -> tuple[Ended, str]:
    """Settle an action that was announced and has no outcome, by asking whether the credential lives.

    `was_dead_already`: an earlier action had killed it, so its death says nothing of this one.
    """
    if standing.state is State.UNKNOWN:
        return Ended.UNKNOWN, f"what it did cannot be told: {standing.why}"
    if standing.state is State.ALIVE:
        return Ended.FAILED, f"it had no effect: {standing.why}"
    if was_dead_already:
        return Ended.UNKNOWN, "the credential was dead before this step: look for it in the provider's own list"
    return Ended.DONE, f"asked again, the credential is dead: {standing.why}"


# The proof


def proof_of_death(
    before: Said | None,
    control: Said | None,
    after: Sequence[Said],
    *,
    living: Said | None = None,
) -> Verdict:
    """The verdict on one credential, from what was asked before, of the look-alike, and after (in order of time).

    `living` is the answer for another credential of the same kind that is known to work: it stands in where the
    leaked one was never seen alive.
    """
    if not after:
        return Verdict("inconclusive", "it was not asked about since: run the confirmation")
    if control is not None and control.state is State.ALIVE:
        return Verdict(
            "inconclusive",
            f"the probe proves nothing: a look-alike that was never issued is called alive too ({control.why})",
        )
    last = after[-1]
    if last.state is State.ALIVE:
        return Verdict("not dead", f"it still works: {last.why}")
    if last.state is State.UNKNOWN:
        return Verdict("inconclusive", f"the last answer cannot be read: {last.why}")
    if _wavers(after):
        return Verdict(
            "inconclusive", "it answered dead, then alive, then dead: ask again until two answers in a row agree"
        )
    if control is None:
        return Verdict("inconclusive", "it is refused, but no look-alike was asked for comparison")
    if control.state is State.UNKNOWN:
        return Verdict("inconclusive", f"it is refused, but the look-alike's answer cannot be read: {control.why}")
    return _seen_alive(before, living, last)


def _wavers(after: Sequence[Said]) -> bool:
    """Servers that disagree: dead, then alive. One more dead answer is not enough then; two in a row are."""
    alive = [index for index, said in enumerate(after) if said.state is State.ALIVE]
    if not alive or all(said.state is not State.DEAD for said in after[: alive[-1]]):
        return False
    return not (len(after) - alive[-1] > 2 and after[-2].state is State.DEAD)


def _seen_alive(before: Said | None, living: Said | None, last: Said) -> Verdict:
    if before is not None and before.state is State.ALIVE:
        return Verdict("dead", f"alive before ({before.why}), dead after ({last.why}), as a look-alike never issued")
    if living is not None and living.state is State.ALIVE:
        return Verdict(
            "dead", f"dead after ({last.why}), as a look-alike never issued, while another of its kind is let in"
        )
    if before is None:
        return Verdict(
            "inconclusive", "it was never asked about while it should have lived: the probe may refuse everything"
        )
    if before.state is State.UNKNOWN:
        return Verdict(
            "dead", f"dead after ({last.why}), as a look-alike never issued; before, it could not be told: {before.why}"
        )
    return Verdict(
        "inconclusive",
        f"it was refused before anything was done ({before.why}): either it was dead already or the probe refuses "
        "everything; a living credential of the same kind would tell",
    )
