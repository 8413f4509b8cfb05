"""The proof of death of each token, and what outlives it. Accepted is not dead, and dead is not yet contained."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from irkit import revoke
from irkit.case.containment import probing
from irkit.case.containment.left_behind import left_behind
from irkit.case.desk import Desk
from irkit.errors import IrkitError, OutcomeUnknown, StepFailed, Waiting
from irkit.model import ApiToken, Kind, Standing, State, iso
from irkit.plan import Action, Ended, Watch, document
from irkit.providers.interface import Reading, Setting, Survivors
from irkit.show import Notice, Table, View
from irkit.show.times import stamp

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
    if case.rotates and (under_way := [one.name for one in tokens if not _was_ended(case, one)]):
        raise Waiting(
            "the rotation has not come to its end, so the old one is meant to live", on=_some(under_way),
            why="a proof of death is of what was deleted", do="go on with it: irkit run rotate CASE -p logs=...",
        )  # fmt: skip
    found = _each(case, tokens)
    raise_for_the_living(found)
    _raise_for_the_unclear(found)
    survivors = [(one.token.name, each.what, _lives(each), each.said.why) for one in found for each in one.survivors]
    proof = "Alive before, dead after, and a look-alike that never lived answers the same"
    outlives = "What survives a revocation, as far as it can be asked about"
    return View(
        "Proof of death",
        (
            *_unsure(found),
            Table.of(_COLUMNS, [_row(case, one) for one in found], proof),
            Table.of(("Credential", "What may outlive it", "Lives", "Why"), survivors, outlives),
        ),
    )


def _was_ended(case: Desk, token: ApiToken) -> bool:
    """Whether all that ends it was done, or tried."""
    ledger = case.ledger
    plan = next(
        (one for one in reversed(ledger.plans.values()) if any(isinstance(each.do, Watch) for each in one.actions)),
        None,
    )
    ends = [one for one in (plan.actions if plan else ()) if one.target == token.name and one.verb in revoke.KILLS]
    return bool(ends) and all(ledger.settled(one.id) for one in ends)


def prove(case: Desk, tokens: Sequence[ApiToken]) -> list[Proved]:
    """The same for those of some tokens that can be asked about, journalled; the caller looks at what it says."""
    return _each(case, [token for token in tokens if probing.has_probe(token)])


def leave_open(case: Desk, actions: Iterable[Action]) -> None:
    """Of each credential whose end was refused, or is not known: that nothing is proved of it, and why. Journalled."""
    told: set[str] = set()
    for action in actions:
        if action.verb in revoke.KILLS and action.target not in told:
            told.add(action.target)
            outcome = case.ledger.outcomes[action.id]
            refused = "nothing was done to it: " if outcome.ended is Ended.REFUSED else ""
            why = f"{refused}{outcome.why}"
            case.write(Kind.VERDICT, {"credential": action.target, "verdict": "inconclusive", "why": why})
            case.write(Kind.CONTAINED, {"credential": action.target, "contained": None, "why": [why]})


def _each(case: Desk, tokens: Sequence[ApiToken]) -> list[Proved]:
    found = []
    beside = _Living(case)
    for number, proved in enumerate(_map(lambda token: _prove(case, token, beside), tokens, case.at_once), start=1):
        found.append(proved)
        case.progress("proving death", number, len(tokens))
    return found


def _map(function: Callable[[ApiToken], T], tokens: Sequence[ApiToken], workers: int) -> Iterable[T]:
    if len(tokens) < _MANY or workers <= 1:
        yield from map(function, tokens)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="irkit-proof") as pool:
        yield from pool.map(function, tokens)


class _Living:
    """A credential of the same kind that should work, asked once for all tokens that stand beside it."""

    def __init__(self, case: Desk) -> None:
        self._case = case
        self._asked: dict[tuple[str, str], Standing | None] = {}
        self._one_by_one = threading.Lock()

    def beside(self, token: ApiToken) -> Standing | None:
        with self._one_by_one:
            kind = (token.provider, token.shape)
            if kind not in self._asked:
                self._asked[kind] = probing.sample_living(self._case, token)
            return self._asked[kind]


def _prove(case: Desk, token: ApiToken, beside: _Living) -> Proved:
    last = probing.sample_until_dead(case, token, "after")
    living_now = beside.beside(token) if last.state is State.DEAD else None
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
        living_now=living_now,
    )
    case.write(Kind.VERDICT, {"credential": token.name, "verdict": verdict.verdict, "why": verdict.why})
    outliving = (
        verdict.verdict == "dead" and not case.rotates
    )  # what its own holders made with it is theirs, and goes on
    survivors = tuple(_survivors(case, token)) if outliving else ()
    not_known = _not_known(case, token) if outliving else ()
    late = _read_before_it_died(case, token) if outliving else None
    as_of = (
        f"by logs that were read {stamp(late[0])}, before it died: read those up to {stamp(late[1])} too"
        if late
        else ""
    )
    containment = revoke.containment(verdict, survivors, left_behind(case, token), not_known, as_of)
    body = {"credential": token.name, "contained": containment.yes, "why": list(containment.why)}
    if late:
        body["logs_read_at"] = iso(late[0])
    case.write(Kind.CONTAINED, body)
    return Proved(token, verdict, survivors, containment)


def _not_known(case: Desk, token: ApiToken) -> tuple[str, ...]:
    """Why it cannot be told what it begot, where it is one that begets: only logs tell that."""
    provider = probing.provider_of(token)
    if provider is None or provider.offshoots is None:
        return ()
    read = [one.body for one in case.journal.records(Kind.USAGE_READ) if one.body["credential"] == token.name]
    if not read:
        return ("what it begot: no log was read for it",)
    unread = int(read[-1].get("skipped", 0))
    return (f"what it begot: {unread} of the logs' inputs could not be read",) if unread else ()


def _read_before_it_died(case: Desk, token: ApiToken) -> tuple[datetime, datetime] | None:
    """When its logs were read and when it died, where they tell what it begot and it died later: what it made between is in none."""
    provider = probing.provider_of(token)
    read = [one.at for one in case.journal.records(Kind.USAGE_READ) if one.body["credential"] == token.name]
    died = next((one.at.at for one in case.ledger.sampled(token.name, "after") if one.state is State.DEAD), None)
    if provider is None or provider.offshoots is None or not read or died is None or read[-1] >= died:
        return None
    return read[-1], died


def _survivors(case: Desk, token: ApiToken) -> Iterable[revoke.Outliving]:
    """Each kind of survivor, asked about where that is possible; where it is not, or only a person can say whose a thing is, their word."""
    provider = probing.provider_of(token)
    for survivor in provider.survivors if provider else ():
        reading, evidence, passing = _ask(case, token, survivor)
        listed, word = reading.state, reading.state is not State.DEAD and _looked_at(case, token, survivor)
        if word:
            still = f"; still listed: {reading.why}" if listed is State.ALIVE else ""
            reading = Reading(State.DEAD, f"a person looked and says that nothing of a stranger's lives{still}")
        body = {"credential": token.name, "what": survivor.what, "state": reading.state.value, "why": reading.why}
        case.write(Kind.SURVIVED, body | {"listed": listed.value, "word": word, "evidence": evidence})
        yield revoke.Outliving(survivor.what, reading, word, passing)


def _ask(case: Desk, token: ApiToken, survivor: Survivors) -> tuple[Reading, str, bool]:
    """The answer, its evidence, and whether it is one that asking again may change."""
    try:
        setting = _knowing(case, token, probing.learned_setting(case, token))
        call = survivor.ask(setting, revoke.target_of(token)) if survivor.ask else None
        if call is None or survivor.read is None:
            return Reading(State.UNKNOWN, "nobody can be asked"), "", False
        reply = probing.patiently(case, call)
    except IrkitError as error:
        return Reading(State.UNKNOWN, f"it could not be asked: {error}"), "", True
    evidence = case.keep({"reply": document(reply)}, f"what survives: {survivor.what}", call.summary())
    return survivor.read(reply), evidence, reply.status is None or reply.status == 429 or reply.status >= 500


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
    unasked = [
        f"{one.token.name}: {each.what} ({each.said.why})"
        for one in found
        for each in one.survivors
        if each.passing and each.said.state is State.UNKNOWN
    ]
    if unasked:
        raise OutcomeUnknown(
            "it is dead, and whether something outlives it is NOT KNOWN", on=_some(unasked, "; "),
            do="run this again; where nobody answers, a new plan holds a task for a person, whose word counts then",
        )  # fmt: skip


def _unsure(found: Sequence[Proved]) -> list[Notice]:
    """What is dead and not known to be contained, said before anything else."""
    return [
        Notice(
            "warn",
            f"{one.token.name}: dead; whether it is contained is NOT KNOWN. {'; '.join(one.containment.why[1:])}.",
        )
        for one in found
        if one.verdict.verdict == "dead" and one.containment.yes is None
    ]


def _some(names: Sequence[str], between: str = ", ") -> str:
    shown = between.join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
