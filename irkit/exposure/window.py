"""The exposure window: since when, until when, how sure, and what would make it surer. Pure.

The rules in words, with situations worked out, are docs/window.md. In code they come to this: an instant bounds something only by what
its clock shows (`_OUT` opens, an issue or an arrival comes before, signs of life and death close) and only when nobody who wrote the
object could choose it; whether a use is misuse is judged elsewhere and passed as FIRST_USE; evidence that contradicts other
evidence bounds nothing and is named in `why`; a side without evidence is None, and `narrow` says what would bound it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from irkit.model import Bound, Clock, CommitMark, Instant, Occurrence, Standing, State, Trust, Window, iso
from irkit.show.times import duration

_OUT = (Clock.PUSH, Clock.PUBLIC, Clock.ALERT, Clock.FIRST_USE, Clock.AWARE, Clock.RIGHT_ENDED)
_NOT_BEFORE = {
    Clock.ARRIVED: "the host's record of every push shows it coming in then; a copy that was out elsewhere before would not show there",
}
_NOT_USED = "it can be chosen by whoever wrote it, so it moves no bound"

_NARROW_PUSH = (
    "give the time of the push from the code host's own record (irkit capture; GitHub: /activity of the repository)"
)
_NARROW_PUBLIC = "give the time the repository, package or page became public, from the host's audit log"
_NARROW_ISSUED = "give the time the credential was issued, from the provider's console or audit log"
_NARROW_USE = "read the provider's logs for the first use that was not yours (irkit usage)"
_NARROW_ALIVE = "probe whether it still works, and read the provider's logs up to now for its last use"
_NARROW_DEAD = "revoke it and have its death confirmed by the provider; until then the window is open"


def window(
    occurrences: Iterable[Occurrence],
    *,
    instants: Sequence[Instant] = (),
    standings: Sequence[Standing] = (),
    issued: Instant | None = None,
    first_use: Instant | None = None,
    proved_dead: bool = True,
) -> Window:
    """The window by the rules above. All instants are UTC and may come in any order; nothing in them can make it fail.

    `instants` by clock: ARRIVED is where a complete record shows it coming in; PUSH, PUBLIC, ALERT, FIRST_USE, AWARE,
    RIGHT_ENDED open; USE (a use that succeeded), STILL_ALIVE and CONFIRMED_DEAD close; ISSUED is another way to give `issued`; others
    are told. `standings` are the answers of probes; that it was refused closes only where its death is `proved_dead`: a probe may refuse
    everything. `first_use` is the first use judged not to be the owner's.
    """
    evidence = [*instants, *([issued] if issued else []), *([first_use] if first_use else [])]
    issues = [one for one in evidence if one is issued or one.clock in (Clock.ISSUED, Clock.ARRIVED)]
    signs = [one for one in evidence if one is first_use or (one.clock in _OUT and one not in issues)]
    places = tuple(occurrences)
    opened = _opening(issues, signs, places)
    closed = _closing(evidence, standings, places, proved_dead)
    opened, closed = _reconciled(opened, closed)
    return Window(opened, closed, _narrowing(opened, closed, evidence))


def _opening(issues: Sequence[Instant], signs: Sequence[Instant], occurrences: Sequence[Occurrence]) -> Bound:
    why: list[str] = []
    kept_issues, kept_signs = [], []
    for one in issues:
        if one.trust in (Trust.INDEPENDENT, Trust.OURS):
            kept_issues.append(one)
        else:
            why.append(f"issued {_told(one)} is {one.trust.value}: {_NOT_USED if one.forgeable else 'shown, not used'}")
    for one in signs:
        if one.forgeable:
            why.append(f"{one.clock.value} {_told(one)}: {_NOT_USED}")
        else:
            kept_signs.append(one)
    latest = min(kept_signs, key=_at, default=None)
    arrivals = [one for one in kept_issues if one.clock is Clock.ARRIVED]
    refuted = [one for one in arrivals if latest and latest.at < one.at]
    why += [
        f"the record of pushes shows it coming in {_told(one)}, but it was out before: that is no bound"
        for one in refuted
    ]
    issued = min((one for one in kept_issues if one not in arrivals), key=_at, default=None)
    # Of several arrivals the first counts: it was out from then on, wherever it came to later.
    earliest = min((one for one in arrivals if one not in refuted), key=_at, default=issued)
    if earliest and latest and latest.at < earliest.at:
        why.append(
            f"{latest.clock.value} {_told(latest)} lies before {earliest.clock.value} {_told(earliest)}: one of them is wrong, "
            "so neither bounds the opening"
        )
        after = [one for one in kept_signs if one.at >= earliest.at]
        earliest, latest = None, min(after, key=_at, default=None)
    if earliest:
        why.append(f"not before {_told(earliest)}: {_NOT_BEFORE.get(earliest.clock, 'it did not exist')}")
    if latest:
        why.append(f"not after {_told(latest)}: {_opens(latest)}")
    public = min((one for one in kept_signs if one.clock is Clock.PUBLIC), key=_at, default=None)
    if public and latest and public.at > latest.at:
        why.append(f"from {_told(public)} on anybody could read it there")
    return Bound(earliest, latest, (*why, *_git_candidates(occurrences)))


def _closing(
    evidence: Sequence[Instant], standings: Sequence[Standing], occurrences: Sequence[Occurrence], proved_dead: bool
) -> Bound:
    why: list[str] = []
    alive = [one.at for one in standings if one.state is State.ALIVE]
    alive += [one for one in evidence if one.clock in (Clock.STILL_ALIVE, Clock.USE, Clock.FIRST_USE)]
    refused = [one.at for one in standings if one.state is State.DEAD]
    if refused and not proved_dead:
        first = min(refused, key=_at)
        why.append(
            f"refused {_told(first)}, and not proved dead: a probe may refuse everything, so that closes nothing"
        )
    dead = refused if proved_dead else []
    dead += [one for one in evidence if one.clock is Clock.CONFIRMED_DEAD]
    for one in (*alive, *dead):
        if one.forgeable:
            why.append(f"{one.clock.value} {_told(one)}: {_NOT_USED}")
    last_alive = max((one for one in alive if not one.forgeable), key=_at, default=None)
    believed = []
    for one in sorted((one for one in dead if not one.forgeable), key=_at):
        if last_alive and one.at < last_alive.at:
            why.append(
                f"said dead {_told(one)}, and alive after that {_told(last_alive)}: that reply does not close the window"
            )
        else:
            believed.append(one)
    first_dead = believed[0] if believed else None
    if last_alive:
        why.append(f"not before {_told(last_alive)}: it still worked")
    if first_dead:
        why.append(f"not after {_told(first_dead)}: confirmed dead")
    for one in sorted((one for one in evidence if one.clock is Clock.REVOKE_SENT), key=_at):
        why.append(f"revocation sent {_told(one)}: a request, not its effect; it does not close the window")
    unclear = [one for one in standings if one.state is State.UNKNOWN]
    why += [f"asked {_told(one.at)} and not answered: {one.why}" for one in unclear]
    return Bound(last_alive, first_dead, (*why, *_removals(occurrences)))


def _reconciled(opened: Bound, closed: Bound) -> tuple[Bound, Bound]:
    """The two ends side by side: what is odd is told, what is impossible bounds neither."""
    dead = closed.latest
    if dead and opened.earliest and opened.earliest.at > dead.at:
        note = (
            f"it was issued {_told(opened.earliest)} after it was dead {_told(dead)}: one is wrong, so neither is used"
        )
        return Bound(None, opened.latest, (*opened.why, note)), Bound(closed.earliest, None, (*closed.why, note))
    if dead and opened.latest and opened.latest.at > dead.at:
        note = f"it was dead before the first sign that it was out, {_told(opened.latest)}"
        return opened, Bound(closed.earliest, dead, (*closed.why, note))
    return opened, closed


def _git_candidates(occurrences: Sequence[Occurrence]) -> tuple[str, ...]:
    """The first commit that git shows, said with what its dates are worth."""
    added = [(mark, one) for one in occurrences if one.git for mark in one.git.added]
    if not added:
        return ()
    mark, one = min(added, key=lambda pair: min(pair[0].author_time, pair[0].commit_time))
    return (
        f"git says it was first committed {_dates(mark)} in {_place(one)} (commit {mark.commit[:12]}): {_NOT_USED}",
    )


def _removals(occurrences: Sequence[Occurrence]) -> tuple[str, ...]:
    removed = [(mark, one) for one in occurrences if one.git for mark in one.git.removed]
    if not removed:
        return ()
    mark, one = max(removed, key=lambda pair: pair[0].commit_time)
    return (
        f"git says it was last removed {_dates(mark)} from {_place(one)} (commit {mark.commit[:12]}): "
        "history, clones and caches still hold it, so that closes nothing",
    )


def _narrowing(opened: Bound, closed: Bound, evidence: Sequence[Instant]) -> tuple[str, ...]:
    """What would bring the bounds closer together: only what is missing is asked for."""
    told = {one.clock for one in evidence if not one.forgeable}
    asks: list[str] = []
    if opened.earliest is None:
        asks.append(_NARROW_ISSUED)
    exactly_open = opened.earliest and opened.latest and opened.latest.at - opened.earliest.at <= timedelta(seconds=1)
    if not exactly_open:
        asks += [text for clock, text in _MISSING if clock not in told]
    if closed.latest is None:
        asks.append(_NARROW_DEAD)
    if closed.earliest is None:
        asks.append(_NARROW_ALIVE)
    elif closed.latest and closed.latest.at - closed.earliest.at > timedelta(minutes=5):
        gap = duration(closed.latest.at - closed.earliest.at)
        asks.append(
            f"between its last sign of life and its death lie {gap}: read the provider's logs for uses in between"
        )
    return tuple(asks)


_MISSING = ((Clock.PUSH, _NARROW_PUSH), (Clock.PUBLIC, _NARROW_PUBLIC), (Clock.FIRST_USE, _NARROW_USE))


def _opens(one: Instant) -> str:
    return {
        Clock.PUSH: "it was pushed",
        Clock.PUBLIC: "it was public",
        Clock.ALERT: "somebody else had found it",
        Clock.FIRST_USE: "somebody else used it",
        Clock.AWARE: "the team knew of the leak",
        Clock.RIGHT_ENDED: "whoever held it had no right to it any more",
    }.get(one.clock, f"{one.clock.value} shows that it was out")


def _told(one: Instant) -> str:
    return f"{iso(one.at)} ({one.source})"


def _dates(mark: CommitMark) -> str:
    if mark.author_time == mark.commit_time:
        return iso(mark.commit_time)
    return f"{iso(mark.author_time)} by its author, {iso(mark.commit_time)} by its committer"


def _place(one: Occurrence) -> str:
    return one.path or "a message or a blob without a path"


def _at(one: Instant) -> float:
    return one.at.timestamp()
