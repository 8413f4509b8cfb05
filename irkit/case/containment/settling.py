"""What an announced action did is found out by asking. It is never sent again."""

from __future__ import annotations

from collections.abc import Callable

from irkit import revoke
from irkit.case.containment import probing
from irkit.case.desk import Desk
from irkit.case.records import end
from irkit.errors import IrkitError
from irkit.model import ApiToken, State
from irkit.plan import Action, Ask, AwsCall, Call, Ended, HumanTask, NativeCall, Plan, document
from irkit.providers.interface import Accepted, Provider, Reply, Survivors, Target
from irkit.providers.replies import accepted_by

STOPPED = "irkit was stopped after announcing it"


def reader(token: ApiToken, action: Action) -> Callable[[Reply], Accepted] | None:
    """How the reply to an action is read: as a step of the provider's, an act on a survivor or on what the credential begot."""
    provider = probing.provider_of(token)
    if provider is None:
        return None
    if action.verb == revoke.CONTAIN:
        return provider.offshoots.read if provider.offshoots else None
    if action.verb == revoke.CLOSE:
        survivor = survivor_of(provider, action)
        return survivor.read_closed if survivor else None
    if action.verb == revoke.UNDO:
        if isinstance(action.do, Call):
            return accepted_by(provider.title, gone=(404,))
        return provider.steps[-1].read if provider.steps else None
    if action.verb == revoke.REACTIVATE:
        return next((step.read for step in provider.steps if step.undo), None)
    step = next((step for step in provider.steps if step.verb == action.verb), None)
    return step.read if step else None


def survivor_of(provider: Provider, action: Action) -> Survivors | None:
    """The kind of survivor that a "close" action ends: the action says it in words."""
    return next((one for one in provider.survivors if one.what in revoke.closed_by(action)), None)


def settle(case: Desk, plan: Plan, action: Action, token: ApiToken, why: str = STOPPED) -> bool:
    """Ask what became of it, and journal that as its outcome. True when it is done."""
    provider = probing.provider_of(token)
    step = next((step for step in provider.steps if step.verb == action.verb), None) if provider else None
    if action.verb == revoke.CONTAIN:
        ended, said, evidence = _of_offshoot(case, token, provider, action)
    elif action.verb == revoke.CLOSE:
        ended, said, evidence = _of_survivor(case, token, provider, action)
    elif action.verb == revoke.REACTIVATE:
        ended, said, evidence = _of_undone(case, token, provider)
    elif action.verb == revoke.UNDO:
        ended, said, evidence = _of_a_fresh_one(case, token, provider, action)
    elif step and step.ask_settled and step.read_settled:
        call = step.ask_settled(probing.learned_setting(case, token), revoke.target_of(token))
        ended, said, evidence = _asked(case, call, step.read_settled)
    else:
        standing = probing.sample_until_dead(case, token, "settling")
        ended, said = revoke.after_unknown(standing)
        evidence = standing.evidence
    end(case, plan, action, ended, f"{why}; {said}", evidence)
    return ended is Ended.DONE


def still_holds(case: Desk, token: ApiToken, action: Action) -> Accepted | None:
    """Whether a step that was taken takes effect now, by its provider's register; None where there is nobody to ask."""
    provider = probing.provider_of(token)
    step = next((step for step in provider.steps if step.verb == action.verb), None) if provider else None
    if step is None or step.ask_settled is None or step.read_settled is None or isinstance(action.do, HumanTask):
        return None
    call = step.ask_settled(probing.learned_setting(case, token), revoke.target_of(token))
    ended, why, _ = _asked(case, call, step.read_settled)
    return Accepted({Ended.DONE: True, Ended.FAILED: False}.get(ended), why)


def _of_offshoot(case: Desk, token: ApiToken, provider: Provider | None, action: Action) -> tuple[Ended, str, str]:
    """The credential's own death says nothing of what it begot: the provider's register is asked, or nobody."""
    ways = provider.offshoots if provider else None
    if ways and ways.ask_settled and ways.read_settled and isinstance(action.do, Call | AwsCall | NativeCall):
        return _asked(case, ways.ask_settled(probing.learned_setting(case, token), action.do), ways.read_settled)
    return Ended.UNKNOWN, "there is nobody to ask whether it took effect", ""


def _of_undone(case: Desk, token: ApiToken, provider: Provider | None) -> tuple[Ended, str, str]:
    """A step was taken back when it no longer takes effect."""
    step = next((step for step in provider.steps if step.undo), None) if provider else None
    if step is None or step.ask_settled is None or step.read_settled is None:
        return Ended.UNKNOWN, "there is nobody to ask whether it took effect", ""
    read = step.read_settled

    def no_longer(reply: Reply) -> Accepted:
        accepted = read(reply)
        return Accepted(None if accepted.yes is None else not accepted.yes, accepted.why)

    return _asked(case, step.ask_settled(probing.learned_setting(case, token), revoke.target_of(token)), no_longer)


def _of_a_fresh_one(case: Desk, token: ApiToken, provider: Provider | None, action: Action) -> tuple[Ended, str, str]:
    """Whether a fresh one was removed is in AWS's list of keys, as it is for the old one; elsewhere nobody can be asked."""
    step = provider.steps[-1] if provider and provider.steps else None
    if step is None or step.ask_settled is None or step.read_settled is None or not isinstance(action.do, AwsCall):
        return Ended.UNKNOWN, "there is nobody to ask whether it took effect", ""
    target = Target(None, token.shape, str(action.do.params.get("AccessKeyId", "")))
    return _asked(case, step.ask_settled(probing.learned_setting(case, token), target), step.read_settled)


def _of_survivor(case: Desk, token: ApiToken, provider: Provider | None, action: Action) -> tuple[Ended, str, str]:
    survivor = survivor_of(provider, action) if provider else None
    call = (
        survivor.ask(probing.learned_setting(case, token), revoke.target_of(token))
        if survivor and survivor.ask
        else None
    )
    if survivor is None or survivor.read is None or call is None:
        return Ended.UNKNOWN, "there is nobody to ask whether it took effect", ""
    read = survivor.read

    def none_lives(reply: Reply) -> Accepted:
        reading = read(reply)
        return Accepted({State.DEAD: True, State.ALIVE: False}.get(reading.state), reading.why)

    return _asked(case, call, none_lives)


def _asked(case: Desk, call: Ask, read: Callable[[Reply], Accepted]) -> tuple[Ended, str, str]:
    """For a step whose effect the credential's standing cannot show: the provider's own register can."""
    try:
        reply = case.door.send(call)
    except IrkitError as error:
        return Ended.UNKNOWN, f"it could not be asked: {error}", ""
    evidence = case.keep({"reply": document(reply)}, "reply when settling an action", call.summary())
    accepted = read(reply)
    ended = {True: Ended.DONE, False: Ended.FAILED, None: Ended.UNKNOWN}[accepted.yes]
    return ended, accepted.why, evidence
