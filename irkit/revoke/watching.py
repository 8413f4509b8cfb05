"""What logs have to show before a rotation goes on: consumers use the fresh credential, and nobody the old one. Pure.

Three answers: yes opens the gate; no names who is still to be switched over; unknown keeps it shut, unless a person answers for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from irkit.model.seen import Observed, Seen
from irkit.show.times import stamp


@dataclass(frozen=True)
class Answer:
    """Whether the gate may open. `late`: who uses the old one although it was put out of use. `again`: when to look anew.

    `spoken`: it is a person's word. `about`: the consumers of which it is not known.
    """

    yes: bool | None
    why: str
    late: tuple[str, ...] = ()
    again: datetime | None = None
    spoken: bool = False
    about: tuple[str, ...] = ()


_FRESH_H = 24.0
"""For how many hours at least a reading of the logs counts."""


@dataclass(frozen=True)
class Word:
    """That a person said so, and when. It answers what logs do not, and never what they deny; of consumers, for those that were known then
    (`about`; None: nobody wrote down which)."""

    who: str
    text: str
    at: datetime
    about: tuple[str, ...] | None = None


def switched(seen: Observed | None, placed: datetime, word: Word | None = None) -> Answer:
    """Whether each consumer of the old one has gone over to the fresh one since `placed`, when that was where they read it."""
    said = word if word and word.at >= placed else None
    if seen is None:
        return _spoken(Answer(None, "no log has been read since the fresh one was put in its places"), said)
    if failing := _failing(seen, placed):
        return Answer(False, f"refused with the fresh one: {failing}")
    using = [one for one in seen.users if one.tried and one.tried >= placed and not one.went_over]
    if using:
        return Answer(False, f"the old one is still used: {_listed(using)}")
    if seen.begins and seen.begins >= placed:
        why = f"the logs begin at {stamp(seen.begins)}, when the fresh one was in place: who used the old one before is not known"
        return _spoken(Answer(None, why), said)
    missing = [one for one in seen.users if one.tried and not (one.fresh and one.fresh >= placed)]
    if missing:
        why = f"not seen since the fresh one is in place: {_listed(missing)}"
        return _spoken(Answer(None, why, about=tuple(one.name for one in missing)), said)
    over = [one for one in seen.users if one.fresh and one.fresh >= placed]
    if not over:
        return _spoken(Answer(None, "nobody was seen using the fresh one"), said)
    if not any(one.tried for one in seen.users):
        why = "the logs show nobody using the old one, so they do not tell who its consumers are"
        return _spoken(Answer(None, why), said)
    if in_turn := [one for one in over if one.in_turn]:
        why = f"both used in turn, as by several programs that look like one, and the fresh one alone not as long: {_listed(in_turn)}"
        return _spoken(Answer(None, why, about=tuple(one.name for one in in_turn)), said)
    if gaps := _gaps(seen):
        return _spoken(Answer(None, gaps), said)
    both = [one.name for one in over if one.tried and one.tried >= placed]
    told = (
        f"each of them last; {_some(both)} used the old one after it was in place, and several of one kind at one address look "
        "like one"
        if both
        else f"none the old one since: {_listed(over)}"
    )
    since = f" (by logs from {stamp(seen.begins)} on)" if seen.begins else ""
    return Answer(True, f"{_count(len(over))} seen using the fresh one{since}, and {told}")


def quiet(
    seen: Observed | None,
    since: datetime,
    hours: float,
    now: datetime,
    word: Word | None = None,
    *,
    lives: bool = False,
) -> Answer:
    """Whether for so many hours since it was put out of use nobody used the old one, and no consumer failed.

    Whoever tried it and has gone over since starts the hours anew. `lives`: nothing can put it out of use for a while, so it is
    watched while it still works.
    """
    users = seen.users if seen else ()
    late = [one for one in users if one.tried and one.tried >= since]
    stuck = [one for one in late if not one.went_over]
    state = "the old one is still used" if lives else "the old one was used after it was deactivated"
    if stuck:
        return Answer(False, f"{state}: {_listed(stuck)}", tuple(one.name for one in stuck))
    if seen and (failing := _failing(seen, since)):
        return Answer(False, f"a consumer fails: {failing}")
    begun = max([since, *(one.tried for one in late if one.tried)])
    due = _full_second(begun + timedelta(hours=hours))
    if now < due:
        anew = " (the hours began anew with a late use)" if begun > since else ""
        return Answer(None, f"it is observed until {stamp(due)}{anew}", again=due)
    said = word if word and word.at >= due else None
    if seen is None or seen.reaches is None:
        return _spoken(Answer(None, "no log has been read since"), said)
    if seen.reaches < due:
        return _spoken(Answer(None, f"the logs that were read end at {stamp(seen.reaches)}, before {stamp(due)}"), said)
    if gaps := _gaps(seen):
        return _spoken(Answer(None, gaps), said)
    if not any(one.tried for one in users):
        why = "the logs never showed the old one, so they would not show a late use of it"
        return _spoken(Answer(None, why), said)
    silent = [one for one in users if one.fresh is None or one.fresh < begun]
    if silent:
        return _spoken(
            Answer(
                None,
                f"at work before, and not seen since {stamp(begun)}: {_some([one.name for one in silent])}",
                about=tuple(one.name for one in silent),
            ),
            said,
        )
    if early := seen.ends_early(due):
        told = _some([f"{', '.join(one.logs)}, which shows {one.name}, at {stamp(until)}" for one, until in early])
        why = f"not all logs reach {stamp(due)}: {told}"
        return _spoken(Answer(None, why, about=tuple(one.name for one, _ in early)), said)
    rests = seen.stated if _rests(seen, due) else None
    stated = f" (that the logs are whole until {stamp(rests)} is a person's word)" if rests else ""
    return Answer(
        True,
        f"no use of the old one from {stamp(begun)} to {stamp(due)}{stated}; {_count(len(users))} at work meanwhile",
    )


def as_of(answer: Answer, read_at: datetime | None, now: datetime, hours: float) -> Answer:
    """The answer, where the logs were read lately: what was seen once says nothing of the days since."""
    limit = timedelta(hours=max(hours, _FRESH_H))
    if not answer.yes or answer.spoken or read_at is None or now - read_at <= limit:
        return answer
    return Answer(None, f"the logs were last read on {stamp(read_at)}: {answer.why}, as of then")


def _gaps(seen: Observed) -> str:
    """What keeps the logs from saying all, in words."""
    return seen.clock or (f"{seen.unread} things of the logs could not be read" if seen.unread else "")


def _rests(seen: Observed, due: datetime) -> bool:
    """Whether that logs reach so far is known from a person alone."""
    ends = [one.ends for one in seen.logs]
    return seen.stated is not None and (not ends or max(ends) < due or bool(replace(seen, stated=None).ends_early(due)))


def _full_second(at: datetime) -> datetime:
    """The next one: what is told to the second must hold by then."""
    return at.replace(microsecond=0) + timedelta(seconds=1 if at.microsecond else 0)


def _spoken(answer: Answer, word: Word | None) -> Answer:
    """What nobody knows, when a person answers for it."""
    if word and word.about is not None and (others := [one for one in answer.about if one not in word.about]):
        why = f"{answer.why}; the word of {word.who} was given before {_some(others)} was known"
        return Answer(None, why, about=answer.about)
    return Answer(True, f"on the word of {word.who}: {word.text} ({answer.why})", spoken=True) if word else answer


def _failing(seen: Observed, since: datetime) -> str:
    """Refusals since then after which the consumer was not let in again."""
    found = [
        f"{one.name}, {failed.action} ({failed.error})"
        for one in seen.users
        for failed in one.failed
        if failed.last >= since
    ]
    return _some(found)


def _listed(users: Sequence[Seen]) -> str:
    return _some(
        [f"{one.name}{f', last {stamp(one.tried)}' if one.tried and not one.went_over else ''}" for one in users]
    )


def _some(names: Sequence[str]) -> str:
    return "; ".join(names[:3]) + (f"; and {len(names) - 3} more" if len(names) > 3 else "")


def _count(number: int) -> str:
    return f"{number} consumer{'' if number == 1 else 's'}"
