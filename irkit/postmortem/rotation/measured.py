"""How long each stretch of a rotation took, both ends named, and what its consumers met. Pure.

A missing end makes a figure None, shown as "unknown"; so does a log that nobody read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from irkit.postmortem.metrics import Metric, Moment
from irkit.postmortem.rotation.turn import Gate, Turn
from irkit.postmortem.writing.people import Front

OVERLAP, SWITCHED, OBSERVED, REFUSED = (
    "Both worked", "Until every consumer was seen on the fresh one", "Observed without a use of the old one",
    "Calls refused with the fresh one",
)  # fmt: skip
_NO_LOG = "no log was read"


def measured(turns: tuple[Turn, ...], front: Front) -> tuple[Metric, ...]:
    """The same figures for each credential, in the same order; times are UTC."""
    return tuple(metric for turn in turns for metric in _of(turn, front))


def _of(turn: Turn, front: Front) -> Iterator[Metric]:
    name = turn.credential.name
    made = Moment("the fresh one was made", turn.made)
    placed = Moment("the fresh one was in all its places", turn.placed)
    over = Moment(
        "the old one was put out of use" if turn.off or turn.can_go_back else "the old one was deleted", turn.over
    )
    switched = Moment("every consumer was seen using it", turn.switched.opened)
    watched = Moment(
        "the old one was put out of use" if turn.off else "every consumer was seen switched", turn.watched_from
    )
    if turn.late:
        watched = Moment("the last late use of the old one", turn.watched_from)
    dead = Moment("the old one was proved dead", turn.fate.at if turn.fate.proved else None)

    yield _between(
        "Age of the old one when it was put out of use",
        name,
        _born(front, name),
        over,
        "front.toml says when it was made",
    )
    yield _between("From made to all its places", name, made, placed)
    yield _between(OVERLAP, name, made, over, _again(turn))
    yield _between(
        SWITCHED, name, placed, switched, _rests(turn.switched, "as the logs that were read by then show it")
    )
    yield _between(OBSERVED, name, watched, _watched_until(turn), _asked(turn.quiet))
    yield _between("The whole rotation", name, Moment("it was planned", turn.planned), dead)
    yield from _counts(turn)


def _counts(turn: Turn) -> Iterator[Metric]:
    name, seen = turn.credential.name, turn.observed
    if seen is None:
        yield from (
            Metric(what, name, None, note=_NO_LOG)
            for what in ("Consumers seen switched", REFUSED, "Late users of the old one")
        )
        return
    gaps = seen.clock or (f"{seen.unread} things of the logs could not be read" if seen.unread else "")
    over = sum(turn.went_over(one) is True for one in seen.users)
    yield Metric(
        "Consumers seen switched", name, over, note=f"of {len(seen.users)} that logs show; {gaps}".removesuffix("; ")
    )
    refused = sum(len(one.failed) for one in seen.users)
    known = refused or not gaps
    yield Metric(
        REFUSED,
        name,
        refused if known else None,
        note=gaps or "kinds of calls that the old one was let in for, as the logs show",
    )
    since = turn.off or turn.switched.opened
    late = len(turn.late) if since and (turn.late or not gaps) else None
    why = gaps or (
        "programs that tried it afterwards" if since else "it was never put out of use, and not all were seen switched"
    )
    yield Metric("Late users of the old one", name, late, note=why)


def _between(name: str, credential: str, start: Moment, end: Moment, note: str = "") -> Metric:
    value = end.at - start.at if start.at and end.at else None
    return Metric(name, credential, value, start, end, note)


def _watched_until(turn: Turn) -> Moment:
    """As far as the logs go that showed it; on a person's word, when irkit took it."""
    opened, reaches = turn.quiet.opened, turn.observed.reaches if turn.observed else None
    if opened is None or turn.quiet.word or reaches is None:
        return Moment("the hours were over", opened)
    return Moment("until here the logs were read", min(opened, reaches))


def _born(front: Front, name: str) -> Moment:
    """When it was made, as people say; a day counts from its midnight, UTC."""
    words = front.credentials.get(name)
    created = words.created if words else ""
    day = isinstance(created, date) and not isinstance(created, datetime)
    return Moment(
        "it was made, as people say",
        datetime.combine(created, time(), UTC) if day and isinstance(created, date) else None,
    )


def _again(turn: Turn) -> str:
    return f"the old one was let in again {turn.back} times in between" if turn.back else ""


def _rests(gate: Gate, otherwise: str) -> str:
    if gate.opened is None:
        return gate.why
    return f"on the word of {gate.word}" if gate.word else otherwise


def _asked(gate: Gate) -> str:
    hours = f"{gate.hours:g} hours were asked for"
    return f"{hours}; {_rests(gate, '')}".removesuffix("; ")
