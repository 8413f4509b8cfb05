"""How a case ends: which facts speak for it, what is still open, and when a person may say so. Pure.

A false alarm is nothing that leaked, or nothing that could be used: it takes two facts about each credential, one of which says that it
never worked or that nobody could read it. That it is dead today is not enough: what was revoked in time was an incident all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from irkit.model import Kind, Record, State

As = Literal["false alarm", "contained"]
ENDS: tuple[As, ...] = ("false alarm", "contained")

REFUSED = "refused by its issuer"
UNUSED = "never used"
FAKE = "visibly fake"
SEARCHED = "searched for everywhere named"
CONTAINED = "contained"
NOTHING_WAITS = "nothing waits"

SAID = {
    "never issued": "its issuer says that it was never given out or never valid",
    "dead before": "it was dead before anybody could have read it",
    "only in private": "it stood only where those may read it who may have it",
}
"""Facts that a person brings, with evidence; irkit cannot establish them itself."""

_DECISIVE = frozenset({FAKE, *SAID})
_AGAINST = frozenset({REFUSED, UNUSED, CONTAINED, NOTHING_WAITS})
_NO_SUPPORT = frozenset({SEARCHED})
_LEAST = 2


@dataclass(frozen=True)
class Fact:
    """One fact about a credential ("" is the case): True, False, or None for: nobody knows. `by` is "irkit", or whoever says it."""

    credential: str
    name: str
    answer: bool | None
    why: str
    by: str = "irkit"


def objections(kind: As, facts: Sequence[Fact], despite: str = "") -> tuple[str, ...]:
    """Why a case cannot end so, in sentences; none when a person may say it does. `despite` is why what is open does not matter."""
    against = [f"{one.credential or 'the case'}: not {one.name}: {one.why}" for one in facts if _speaks_against(one)]
    few = list(_too_few(facts)) if kind == "false alarm" else []
    open_ = (
        []
        if despite.strip()
        else [f"{one.credential or 'the case'}: whether {one.name} is not known: {one.why}" for one in unknown(facts)]
    )
    return (*against, *few, *open_)


def unknown(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """What was asked and not answered. That a value does not look fake, and what nobody said, are no questions."""
    return tuple(one for one in facts if one.answer is None)


def _speaks_against(one: Fact) -> bool:
    return one.answer is False and one.name in _AGAINST


def _too_few(facts: Sequence[Fact]) -> Iterator[str]:
    names = dict.fromkeys(one.credential for one in facts if one.credential)
    if not names:
        yield "nothing is known of any credential"
    for name in names:
        holds = {one.name for one in facts if one.credential == name and one.answer and one.name not in _NO_SUPPORT}
        if not holds & _DECISIVE:
            yield f"{name}: no fact says that it never worked or that nobody could read it ({', '.join(sorted(_DECISIVE))})"
        if len(holds) < _LEAST:
            yield f"{name}: {len(holds)} of at least {_LEAST} facts speak for it"


def closed(records: Sequence[Record]) -> Record | None:
    """The record that closed the case, unless something came after it that opens it again: a sign of life, a plan, a use."""
    last: Record | None = None
    for record in records:
        if record.kind is Kind.CLOSED:
            last = record
        elif last is not None and _opens_again(record):
            last = None
    return last


def _opens_again(record: Record) -> bool:
    if record.kind in (Kind.PLAN, Kind.INTENT):
        return True
    if record.kind is Kind.STANDING:
        standing = record.body.get("standing")
        lives = isinstance(standing, Mapping) and standing.get("state") == State.ALIVE.value
        return lives and record.body.get("moment") not in ("control", "living")
    summary = record.body.get("summary") if record.kind is Kind.USAGE_READ else None
    return isinstance(summary, Mapping) and bool(summary.get("events"))
