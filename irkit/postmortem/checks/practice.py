"""The rules on what is done again and again: readiness is run, credentials are rotated, people rehearse. Pure; times are UTC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from irkit.model import Fact, State
from irkit.postmortem.checks.answers import Answer
from irkit.postmortem.checks.named import ReadinessRun, Rehearsed, Rotated
from irkit.show.times import duration, stamp

_CLOCKS_DIFFER = timedelta(days=1)
_NAMED = 3


def listed(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True)
class Judged:
    """The answer of one rule about one credential in a run. `accepted`: people live with it, "" when they do not."""

    key: str
    rule: str
    answer: Fact
    accepted: str = ""


@dataclass(frozen=True)
class RunSeen:
    """The latest run in a team's folder: `at` is when its inventory was taken, None where there is no run.

    `policy_sha256` is of the file that it was judged by, `wanted_sha256` of the one that the check names, "" where it names none.
    `unasked` lists did not come, or not whole; `missing` were held in a run before, and no list since could show that they are gone.
    """

    at: datetime | None
    policy_sha256: str = ""
    wanted_sha256: str = ""
    held: tuple[str, ...] = ()
    findings: tuple[Judged, ...] = ()
    unasked: int = 0
    missing: tuple[str, ...] = ()


def readiness(check: ReadinessRun, seen: RunSeen, now: datetime) -> Answer:
    if seen.at is None:
        return Answer(
            False, "readiness was never judged in this folder", "irkit run readiness TEAM -p policy=policy.yaml"
        )
    if old := _too_old(
        "the last inventory was taken",
        seen.at,
        check.within_days,
        now,
        "irkit run readiness TEAM -p policy=policy.yaml",
    ):
        return old
    taken = f"the last inventory was taken {_ago(seen.at, now)}"
    if seen.wanted_sha256 and seen.policy_sha256 != seen.wanted_sha256:
        return Answer(
            False, f"{taken}, and judged by another text than the policy's", "run readiness again with that policy"
        )
    if not seen.held and not check.rules:
        return Answer(
            None,
            f"{taken} and holds nothing: there was nothing to judge",
            "irkit readiness show TEAM names what was asked",
        )
    return _rules(check, seen, taken) if check.rules else Answer(True, taken)


def _rules(check: ReadinessRun, seen: RunSeen, taken: str) -> Answer:
    about = [one for one in seen.findings if one.rule in check.rules and fnmatchcase(one.key, check.match)]
    found = [f"{one.rule} of {one.key}" for one in about if one.answer == "yes" and not one.accepted]
    if found:
        return Answer(
            False,
            f"{taken}: {listed(found)}",
            "mend that, or accept it in the policy until a day; then run readiness again",
        )
    asked = {one.rule for one in seen.findings}
    if seen.held and (left := [rule for rule in check.rules if rule not in asked]):
        return Answer(None, f"the policy does not ask {listed(left)}", "add it to the policy and run readiness again")
    if not any(fnmatchcase(key, check.match) for key in seen.held):
        return Answer(
            None,
            f"{taken} and lists no credential that fits {check.match}",
            "compare match with irkit readiness show TEAM",
        )
    open_ = [f"{one.rule} of {one.key}" for one in about if one.answer == "unknown"]
    if open_:
        return Answer(
            None, f"{taken}, and it is not known: {listed(open_)}", "irkit readiness show TEAM says why each is unknown"
        )
    if seen.unasked:
        return Answer(None, f"{taken}, and {seen.unasked} lists did not come, or not whole: what they hold is unknown",
                      "irkit readiness show TEAM names them")  # fmt: skip
    if lost := [key for key in seen.missing if fnmatchcase(key, check.match)]:
        return Answer(None, f"{taken}, and no list of it could tell whether these are still there: {listed(lost)}",
                      "have their issuer asked again; irkit readiness show TEAM names it")  # fmt: skip
    return Answer(True, f"{taken}, and has no finding of {listed(check.rules)}")


@dataclass(frozen=True)
class OldOne:
    """A credential of a case as its journal has it. `proved` is when it was proved dead; `fresh` when a fresh one stood in all places."""

    name: str
    state: State
    why: str
    proved: datetime | None = None
    fresh: datetime | None = None


@dataclass(frozen=True)
class RotationSeen:
    """The credentials of a case. `rotates`: nothing leaked there, and a fresh one has to be in place."""

    rotates: bool
    old: tuple[OldOne, ...] = ()


def rotation(check: Rotated, seen: RotationSeen, now: datetime) -> Answer:
    about = [one for one in seen.old if check.credential in ("", one.name)]
    if not about:
        return Answer(None, f"the case has no credential called {check.credential}; it has {listed([one.name for one in seen.old])}",
                      "correct the name")  # fmt: skip
    answers = [_old(one, seen.rotates, check.within_days, now) for one in about]
    return next((one for no in (False, None) for one in answers if one.yes is no), answers[0])


def _old(one: OldOne, rotates: bool, within: float | None, now: datetime) -> Answer:
    if one.state is State.ALIVE:
        return Answer(False, f"{one.name} was seen alive: {one.why}", "end it, and have its death proved")
    if one.proved is None:
        return Answer(
            None,
            f"that {one.name} is dead is not proved: {one.why}",
            "bring the case to its end: irkit show CASE says what it waits for",
        )
    if rotates and one.fresh is None:
        return Answer(
            False, f"{one.name} is dead, and no fresh one was put in its place by this case", "irkit run rotate CASE"
        )
    dead = f"{one.name} was proved dead at {stamp(one.proved)}"
    if within is not None and (
        old := _too_old(f"{one.name} was proved dead", one.proved, within, now, "rotate what took its place")
    ):
        return old
    return Answer(True, dead + (f", and the fresh one is in its places since {stamp(one.fresh)}" if one.fresh else ""))


@dataclass(frozen=True)
class Rehearsal:
    """One result. `contained` is seconds from the beginning, None where not everything was contained; `acted`: something was revoked in
    it; `timed` False: the clock was set meanwhile, so that its times are unknown."""

    began: datetime
    scenario: str
    difficulty: str
    by: str
    contained: float | None
    acted: bool = True
    timed: bool = True


@dataclass(frozen=True)
class HistorySeen:
    """What a file of results holds; `there` False: there is no such file. `unread` of its lines are no results; `torn`: the last is one."""

    there: bool
    results: tuple[Rehearsal, ...] = ()
    unread: int = 0
    torn: bool = False


def rehearsal(check: Rehearsed, seen: HistorySeen, now: datetime) -> Answer:
    do = "irkit drill --human"
    if not seen.there:
        return Answer(
            None,
            "there is no history of rehearsals: nobody rehearsed here, or it is kept elsewhere",
            f"{do}, or name its file as history",
        )
    alike = [one for one in seen.results if _alike(check, one)]
    if not alike:
        if seen.unread:
            return Answer(
                None, f"no rehearsal of this kind is kept, and {seen.unread} lines could not be read", "mend the file"
            )
        return Answer(False, "no rehearsal of this kind is kept", do)
    last = max(alike, key=lambda one: one.began)
    if old := _too_old("the last rehearsal was", last.began, check.within_days, now, do):
        return old
    told = f"the last rehearsal was {_ago(last.began, now)}"
    if not last.acted:
        return Answer(False, f"{told}, and nothing was revoked in it", do)
    if seen.torn:
        return Answer(None, f"{told}, and the line that was written after it cannot be read", "mend the file")
    if check.contained_within_min is None:
        return Answer(True, told)
    if not last.timed:
        return Answer(None, f"{told}, and the clock was set while it ran: how long it took is unknown", do)
    if last.contained is None:
        return Answer(False, f"{told}, and not everything was contained", do)
    took = f"{told} and contained after {duration(timedelta(seconds=last.contained))}"
    if last.contained > check.contained_within_min * 60:
        return Answer(False, f"{took}; {check.contained_within_min:g} min are allowed", do)
    return Answer(True, took)


def _alike(check: Rehearsed, one: Rehearsal) -> bool:
    wanted: Iterable[tuple[str, str]] = ((check.scenario, one.scenario), (check.difficulty, one.difficulty))
    return one.by == check.by and all(asked in ("", has) for asked, has in wanted)


def _too_old(what: str, at: datetime, days: float, now: datetime, do: str) -> Answer | None:
    """Why a time does not count: too long ago, or still to come, which no clock can be right about."""
    if at > now + _CLOCKS_DIFFER:
        return Answer(
            None,
            f"{what} at {stamp(at)}, which is still to come: a clock is wrong",
            "compare the clocks of the machines",
        )
    if now - at > timedelta(days=days):
        return Answer(False, f"{what} {_ago(at, now)}; {days:g} days are allowed", do)
    return None


def _ago(at: datetime, now: datetime) -> str:
    return f"{duration(max(now - at, timedelta(0)))} ago ({stamp(at)})"
