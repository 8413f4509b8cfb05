"""The proof of death of each token, and what outlives it. Accepted is not dead, and dead is not yet contained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from irkit import revoke
from irkit.case import probing
from irkit.case.desk import Desk
from irkit.errors import IrkitError, OutcomeUnknown, StepFailed
from irkit.model import ApiToken, Kind, State
from irkit.plan import Ended, HumanTask, document
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
    survivors: tuple[tuple[str, Reading], ...]
    containment: revoke.Containment


def confirm(case: Desk) -> View:
    """The verdict on each token. StepFailed when one is not dead or something outlives it, OutcomeUnknown when a probe cannot tell."""
    tokens = [credential for credential in case.credentials if isinstance(credential, ApiToken)]
    found = _each(case, tokens)
    raise_for_the_living(found)
    _raise_for_the_unclear(found)
    survivors = [(one.token.name, what, said.state.value, said.why) for one in found for what, said in one.survivors]
    proof = "Alive before, dead after, and a look-alike that never lived answers the same"
    outlives = "What survives a revocation, as far as it can be asked about"
    return View(
        "Proof of death",
        (
            Table.of(_COLUMNS, [_row(case, one) for one in found], proof),
            Table.of(("Credential", "What may outlive it", "Alive", "Why"), survivors, outlives),
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
    if asked and asked[-1].state is State.UNKNOWN:
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


def _survivors(case: Desk, token: ApiToken) -> Iterable[tuple[str, Reading]]:
    """Each kind of survivor, asked about where that is possible; what a person said about it where it is not."""
    provider = probing.provider_of(token)
    for survivor in provider.survivors if provider else ():
        reading, evidence = _ask(case, token, survivor)
        listed, said = reading.state, _said_by_a_person(case, token, survivor)
        if said and reading.state is State.ALIVE:  # looked at, and left by whoever may say whose it is
            reading = Reading(said.state, f"{said.why}; still listed: {reading.why}")
        body = {"credential": token.name, "what": survivor.what, "state": reading.state.value, "why": reading.why}
        case.write(Kind.SURVIVED, body | {"listed": listed.value, "evidence": evidence})
        yield survivor.what, reading


def _ask(case: Desk, token: ApiToken, survivor: Survivors) -> tuple[Reading, str]:
    said = _said_by_a_person(case, token, survivor)
    try:
        setting = _knowing(case, token, probing.learned_setting(case, token))
        call = survivor.ask(setting, revoke.target_of(token)) if survivor.ask else None
        if call is None or survivor.read is None:
            return said or Reading(State.UNKNOWN, "nobody can be asked"), ""
        reply = case.door.send(call)
    except IrkitError as error:
        return said or Reading(State.UNKNOWN, f"it could not be asked: {error}"), ""
    evidence = case.keep({"reply": document(reply)}, f"what survives: {survivor.what}", call.summary())
    return survivor.read(reply), evidence


def _knowing(case: Desk, token: ApiToken, setting: Setting) -> Setting:
    """With the fresh credentials that this case made, which do not count among what outlives the old one."""
    made = [
        one.body["public_id"] for one in case.journal.records(Kind.REPLACED) if one.body["credential"] == token.name
    ]
    known = ",".join(dict.fromkeys(one for one in (setting.options.get("known_keys", ""), *made) if one))
    return replace(setting, options={**setting.options, "known_keys": known}) if made else setting


def _said_by_a_person(case: Desk, token: ApiToken, survivor: Survivors) -> Reading | None:
    for plan in case.ledger.plans.values():
        for action in plan.actions:
            mine = action.verb == revoke.CLOSE and action.target == token.name and survivor.what in action.what
            if mine and isinstance(action.do, HumanTask) and action.id in case.ledger.hand_done:
                return Reading(State.DEAD, "a person said that it was looked at and ended")
    return None


def _left_behind(case: Desk, token: ApiToken) -> list[str]:
    """What the credential begot and the latest plan has not ended, in words."""
    plan = case.ledger.latest("revoke")
    if plan is None:
        return []
    ledger = case.ledger
    return [
        action.what
        for action in plan.actions
        if action.target == token.name
        and action.verb == revoke.CONTAIN
        and not ((ended := ledger.outcomes.get(action.id)) and ended.ended is Ended.DONE)
    ]


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
        f"{one.token.name}: {what} ({said.why})"
        for one in found
        for what, said in one.survivors
        if said.state is State.ALIVE
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
