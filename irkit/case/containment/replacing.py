"""What case.toml says of replacements, as actions of a plan: the fresh credential, and what failed ones left over."""

from __future__ import annotations

from irkit import revoke
from irkit.case.containment import distribution, probing
from irkit.case.desk import Desk
from irkit.case.ledger import Ledger
from irkit.case.settings import ReplacementSettings
from irkit.errors import BadInput, IrkitError
from irkit.model import ApiToken, Kind, SecretRef
from irkit.plan import Action, Ended, HumanTask, Replace
from irkit.providers.interface import Provider, Target
from irkit.show.times import stamp


def fresh_credential(
    case: Desk, token: ApiToken, provider: Provider | None, ledger: Ledger
) -> tuple[Action | None, tuple[str, ...]]:
    """The action that makes a fresh credential and puts it where case.toml says; None, with the reason, when there can be none.

    One that was begun stays the same action whatever the places answer now: it must not be made twice.
    """
    wanted = _wanted(case, token)
    if wanted is None:
        return None, ()
    attempt = ledger.next_attempt(token.name, replacing=True)
    if begun := _begun(ledger, token.name, attempt):
        return begun, ()
    ways = provider.replacement if provider else None
    if ways is None:
        return None, (f"A fresh credential in place of {token.name} is made by hand: no API is known to make one",)
    name = f"{wanted.name or case.incident.case_id}-{attempt}"
    ref = SecretRef(f"minted:{name}")
    try:
        setting, target, need = probing.learned_setting(case, token), revoke.target_of(token), wanted.need(name)
        make = ways.ask(setting, target, need)
        if isinstance(make, HumanTask):
            return Action("replace", token.name, f"{make.title}: {token.name}", make, False, gate=case.rotates), ()
        in_place = case.rotates and bool(ways.in_place and ways.in_place(setting, target, need))
        do = None if in_place else Replace(name, make, distribution.puts(case, wanted.into, ref), wanted.name)
    except IrkitError as error:
        return None, (f"A fresh credential in place of {token.name} is made by hand: {error}",)
    if do is None:
        raise BadInput(
            "the fresh one cannot stand beside the old one", on=token.name,
            why=f"at {provider.title if provider else 'its provider'} it would end it, or end with it",
            do="let it be made on an account of its own: leave out `name` under [[replacements]], or make it by hand",
        )  # fmt: skip
    what = f"Make {do.name_there} in place of {token.name} and put it into {', '.join(wanted.into)}"
    return Action("replace", token.name, what, do, False, attempt), ()


def remains(case: Desk, token: ApiToken) -> tuple[Action, ...]:
    """What removes the fresh credentials that were made and did not arrive everywhere: their value is lost, and they live."""
    actions = []
    for left in distribution.left_over(case.journal.records(Kind.REPLACED, Kind.OUTCOME)):
        if left.credential != token.name:
            continue
        do = _used_by_somebody(case, token, left) or distribution.ask_undo(case, token, left)
        holding = f"; {', '.join(left.holding)} hold it" if left.holding else ""
        holding += f"; {', '.join(left.maybe)} may hold it" if left.maybe else ""
        if do is None:
            steps = (f"It was made and is of no use{holding}",)
            do = HumanTask(f"Remove {left.public_id or left.name} at its provider", "the provider's console", steps)
        if left.by_time:
            holding += "; it was found by the time at which it was made: see first that nobody else made it"
        mine = f"Remove the fresh credential {left.public_id or left.name}, whose value is lost{holding}"
        what = do.title if isinstance(do, HumanTask) and left.by_time else mine
        actions.append(Action(revoke.UNDO, token.name, what, do, True))
    return tuple(actions)


def _used_by_somebody(case: Desk, token: ApiToken, left: distribution.LeftOver) -> HumanTask | None:
    """Whose value is lost nobody can use: what was found by its time alone and was used since is somebody else's."""
    provider = probing.provider_of(token)
    ways = provider.last_use if provider else None
    if ways is None or not left.by_time:
        return None
    try:
        call = ways.ask(probing.learned_setting(case, token), Target(None, token.shape, left.public_id))
        used = ways.read(case.door.send(call)) if call else None
    except IrkitError:
        return None
    if used is None or used.at is None:
        return None
    steps = (
        f"It was used on {stamp(used.at)} ({used.what}), and nobody has the value of the one that irkit made",
        "So it is somebody else's, unless that use was a try to find out: ask who made it, and leave it to them",
    )
    return HumanTask(f"See whose {left.public_id} is before anybody removes it", "the provider's console", steps)


def put_back(case: Desk, token: ApiToken) -> Action | None:
    """A person puts the old one back where one stands that is to be removed, so that its consumers are not refused; None: nowhere."""
    left = distribution.left_over(case.journal.records(Kind.REPLACED, Kind.OUTCOME))
    mine = [one for one in left if one.credential == token.name]
    places = tuple(dict.fromkeys(place for one in mine for place in (*one.holding, *one.maybe)))
    ledger = case.ledger
    removed = all(
        (outcome := ledger.outcomes.get(one.id)) and outcome.ended is Ended.DONE for one in remains(case, token)
    )
    if not places or removed:
        return None
    steps = ("The old one still works", "See that its consumers read it there again before the other one is removed")
    task = HumanTask(
        "Put the old one back where the fresh one stands, or may, whose removal follows", ", ".join(places), steps
    )
    return Action("put-back", token.name, f"{task.title}: {', '.join(places)}", task, False, gate=True)


def _wanted(case: Desk, token: ApiToken) -> ReplacementSettings | None:
    for one in case.settings.replacements:
        if one.credential in (token.name, str(token.ref)) or (not one.credential and len(case.credentials) == 1):
            return one
    return None


def _begun(ledger: Ledger, target: str, attempt: int) -> Action | None:
    """The replacement of this attempt, when it was announced."""
    for plan in reversed(ledger.plans.values()):
        for action in plan.actions:
            mine = action.target == target and isinstance(action.do, Replace) and action.attempt == attempt
            if mine and action.id in ledger.intents:
                return action
    return None
