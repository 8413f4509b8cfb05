"""The proof of death of each token, and what outlives it. Accepted is not dead, and dead is not yet contained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from irkit import revoke
from irkit.case.containment import probing
from irkit.case.containment.offspring import offspring
from irkit.case.desk import Desk
from irkit.errors import IrkitError, OutcomeUnknown, StepFailed
from irkit.model import ApiToken, Kind, State
from irkit.plan import Ended, canonical, document
from irkit.providers.interface import Reading, Setting, Survivors
from irkit.show import Table, View

_MANY = 4
_COLUMNS = ("Credential", "Provider", "Before", "Never-issued control", "After", "Verdict", "Contained", "Why")
T = TypeVar("T")


@dataclass(frozen=True)
class Proved:
    """What was established about one token: its verdict, each kind of survivor, and whether it is contained."""

    token: ApiToken
    verdict: revoke.Verdict
    survivors: tuple[revoke.Outliving, ...]
    containment: revoke.Containment


def confirm(case: Desk) -> View:
    """The verdict on each token. StepFailed when one is not dead or something outlives it, OutcomeUnknown when a probe cannot tell."""
    tokens = [credential for credential in case.credentials if isinstance(credential, ApiToken)]
    found = _each(case, tokens)
    raise_for_the_living(found)
    _raise_for_the_unclear(found)
    survivors = [(one.token.name, each.what, _lives(each), each.said.why) for one in found for each in one.survivors]
    proof = "Alive before, dead after, and a look-alike that never lived answers the same"
    outlives = "What survives a revocation, as far as it can be asked about"
    return View(
        "Proof of death",
        (
            Table.of(_COLUMNS, [_row(case, one) for one in found], proof),
            Table.of(("Credential", "What may outlive it", "Lives", "Why"), survivors, outlives),
        ),
    )


def prove(case: Desk, tokens: Sequence[ApiToken]) -> list[Proved]:
    """The same for those of some tokens that can be asked about, journalled; the caller looks at what it says."""
    return _each(case, [token for token in tokens if probing.has_probe(token)])


def _each(case: Desk, tokens: Sequence[ApiToken]) -> list[Proved]:
    found = []
    for number, proved in enumerate(_map(lambda token: _prove(case, token), tokens, case.at_once), start=1):
        found.append(proved)
        case.progress("proving death", number, len(tokens))
    return found


def _map(function: Callable[[ApiToken], T], tokens: Sequence[ApiToken], workers: int) -> Iterable[T]:
    if len(tokens) < _MANY or workers <= 1:
        yield from map(function, tokens)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="irkit-proof") as pool:
        yield from pool.map(function, tokens)


def _prove(case: Desk, token: ApiToken) -> Proved:
    probing.sample_until_dead(case, token, "after")
    asked = case.ledger.sampled(token.name, "control")
    if not asked or asked[-1].state is State.UNKNOWN:
        probing.sample(case, token, "control")  # a look-alike that never lived can be asked about at any time
    ledger = case.ledger
    before, control, living = (ledger.sampled(token.name, moment) for moment in ("before", "control", "living"))
    verdict = revoke.proof_of_death(
        before[-1] if before else None,
        control[-1] if control else None,
        ledger.sampled(token.name, "after"),
        living=living[-1] if living else None,
    )
    case.write(Kind.VERDICT, {"credential": token.name, "verdict": verdict.verdict, "why": verdict.why})
    survivors = tuple(_survivors(case, token)) if verdict.verdict == "dead" else ()
    containment = revoke.containment(verdict, survivors, _left_behind(case, token))
    body = {"credential": token.name, "contained": containment.yes, "why": list(containment.why)}
    case.write(Kind.CONTAINED, body)
    return Proved(token, verdict, survivors, containment)


def _survivors(case: Desk, token: ApiToken) -> Iterable[revoke.Outliving]:
    """Each kind of survivor, asked about where that is possible; where it is not, or only a person can say whose a thing is, their word."""
    provider = probing.provider_of(token)
    for survivor in provider.survivors if provider else ():
        reading, evidence = _ask(case, token, survivor)
        listed, word = reading.state, reading.state is not State.DEAD and _looked_at(case, token, survivor)
        if word:
            still = f"; still listed: {reading.why}" if listed is State.ALIVE else ""
            reading = Reading(State.DEAD, f"a person looked and says that nothing of a stranger's lives{still}")
        body = {"credential": token.name, "what": survivor.what, "state": reading.state.value, "why": reading.why}
        case.write(Kind.SURVIVED, body | {"listed": listed.value, "word": word, "evidence": evidence})
        yield revoke.Outliving(survivor.what, reading, word)


def _ask(case: Desk, token: ApiToken, survivor: Survivors) -> tuple[Reading, str]:
    try:
        setting = _knowing(case, token, probing.learned_setting(case, token))
        call = survivor.ask(setting, revoke.target_of(token)) if survivor.ask else None
        if call is None or survivor.read is None:
            return Reading(State.UNKNOWN, "nobody can be asked"), ""
        reply = case.door.send(call)
    except IrkitError as error:
        return Reading(State.UNKNOWN, f"it could not be asked: {error}"), ""
    evidence = case.keep({"reply": document(reply)}, f"what survives: {survivor.what}", call.summary())
    return survivor.read(reply), evidence


def _knowing(case: Desk, token: ApiToken, setting: Setting) -> Setting:
    """With the fresh credentials that this case made, which do not count among what outlives the old one."""
    made = [
        one.body["public_id"] for one in case.journal.records(Kind.REPLACED) if one.body["credential"] == token.name
    ]
    known = ",".join(dict.fromkeys(one for one in (setting.options.get("known_keys", ""), *made) if one))
    return replace(setting, options={**setting.options, "known_keys": known}) if made else setting


def _looked_at(case: Desk, token: ApiToken, survivor: Survivors) -> bool:
    """Whether a person said that the task about this kind of survivor is done."""
    ledger = case.ledger
    return any(
        action.target == token.name and action.id in ledger.hand_done and survivor.what in revoke.closed_by(action)
        for plan in ledger.plans.values()
        for action in plan.actions
    )


def _left_behind(case: Desk, token: ApiToken) -> list[str]:
    """What the credential begot and nobody has ended, in words: by the latest plan, or found since and in no plan."""
    ledger = case.ledger
    plan = ledger.latest("revoke")
    planned = [
        action
        for action in (plan.actions if plan else ())
        if action.target == token.name and action.verb == revoke.CONTAIN
    ]
    open_ = [
        action.what
        for action in planned
        if not ((ended := ledger.outcomes.get(action.id)) and ended.ended is Ended.DONE)
    ]
    told = "\n".join(canonical(action).decode() for action in planned)
    return open_ + [
        f"the {child.kind} {child.ids[0]}, which is in no plan yet"
        for child in offspring(case, token.name)
        if child.ids[0] not in told
    ]


def _lives(one: revoke.Outliving) -> str:
    words = {State.ALIVE: "YES", State.DEAD: "none", State.UNKNOWN: "unknown"}
    return "none, on a person's word" if one.word else words[one.said.state]


def _row(case: Desk, one: Proved) -> tuple[str | bool | None, ...]:
    ledger, token = case.ledger, one.token
    states = [
        samples[-1].state.value if (samples := ledger.sampled(token.name, moment)) else None
        for moment in ("before", "control", "after")
    ]
    return (token.name, token.provider, *states, one.verdict.verdict, one.containment.yes, one.verdict.why)


def raise_for_the_living(found: Sequence[Proved]) -> None:
    """StepFailed when a credential is not dead, or something outlives it."""
    if bad := [one.token.name for one in found if one.verdict.verdict == "not dead"]:
        raise StepFailed(
            "a credential is NOT DEAD", on=_some(bad), why="it still works after the revocation was accepted",
            do="treat it as live: make a new plan, call the provider",
        )  # fmt: skip
    alive = [
        f"{one.token.name}: {each.what} ({each.said.why})"
        for one in found
        for each in one.survivors
        if each.said.state is State.ALIVE
    ]
    if alive:
        raise StepFailed(
            "it is dead, and something OUTLIVES it",
            on=_some(alive),
            do="end it, by a new plan or by hand; then confirm again",
        )


def _raise_for_the_unclear(found: Sequence[Proved]) -> None:
    unclear = [
        f"{one.token.name}: {one.verdict.why}"
        for one in found
        if one.verdict.verdict != "dead" and probing.has_probe(one.token)
    ]
    if unclear:
        raise OutcomeUnknown(
            "it could not be proved dead", on=_some(unclear, "; "),
            do="run this again, from another network if need be; if it was dead before, name a living one of its kind "
            "in case.toml (living, under the provider)",
        )  # fmt: skip


def _some(names: Sequence[str], between: str = ", ") -> str:
    shown = between.join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
