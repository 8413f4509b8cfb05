"""How far the replacement of each credential came, read from the journal into one value. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from irkit.errors import IrkitError
from irkit.model import Credential, Kind, Record
from irkit.model.seen import Observed, Seen, together
from irkit.plan import Action, Ended, HumanTask, Outcome, Plan, Watch, read
from irkit.postmortem.story import Fate, Story, mapping, rows, sequence

_TAKES_BACK = "reactivate"
_NO_END = frozenset({"replace", "switch", "undo", "put-back", _TAKES_BACK})
"""Verbs that put nothing out of use."""


@dataclass(frozen=True)
class Gate:
    """One stage that waits for evidence: since when it is open (UTC; None: shut, or never asked), why, and on whose word it rests."""

    opened: datetime | None
    why: str
    word: str = ""
    hours: float = 0.0


@dataclass(frozen=True)
class OnPaper:
    """A consumer that files show and no log. `word` is who said that it takes the fresh one; "" when nobody has."""

    name: str
    word: str = ""


@dataclass(frozen=True)
class Turn:
    """One credential's replacement. Times are UTC and None as long as the journal knows none.

    `off`: the old one is out of use in a way that can be undone, by a step its provider has (`can_go_back`). `ended`: its last step is
    done. `back` counts how often it was let in again. `observed` is None when no log was read, or none of what was kept can be.
    """

    credential: Credential
    fate: Fate
    planned: datetime | None
    made: datetime | None
    fresh: str | None
    places: tuple[str, ...]
    placed: datetime | None
    switched: Gate
    can_go_back: bool
    off: datetime | None
    quiet: Gate
    ended: datetime | None
    back: int
    observed: Observed | None
    unread: tuple[str, ...]
    on_paper: tuple[OnPaper, ...]

    @property
    def over(self) -> datetime | None:
        """When the old one stopped being of use: put out of use, else its last step."""
        return self.off or self.ended

    @property
    def watched_from(self) -> datetime | None:
        """When the hours without a use began: it was put out of use, else all were seen switched; later with a late use."""
        since = self.off or self.switched.opened
        late = [one.tried for one in self.late if one.tried]
        return max([since, *late]) if since else None

    @property
    def late(self) -> tuple[Seen, ...]:
        """Consumers that tried the old one when it was out of use, or when all were said to have gone over."""
        since = self.off or self.switched.opened
        return tuple(
            one for one in (self.observed.users if self.observed else ()) if since and one.tried and one.tried >= since
        )

    def went_over(self, one: Seen) -> bool | None:
        """Whether a consumer was seen to use the fresh one since it is in its places, and the old one not after that. None: not seen, or
        both in turn."""
        if self.placed is None or one.in_turn:
            return None
        if one.tried and one.tried >= self.placed and not one.went_over:
            return False
        return True if one.fresh and one.fresh >= self.placed else None


def turns(story: Story) -> tuple[Turn, ...]:
    """One for each credential of the case, in its order."""
    return tuple(_turn(story, one) for one in story.credentials)


def rotating(story: Story) -> tuple[Record, Plan] | None:
    """The latest plan that rotates; one that only lets an old one in again is none."""
    found = [pair for pair in story.plans if any(isinstance(one.do, Watch) for one in pair[1].actions)]
    return found[-1] if found else None


def _turn(story: Story, credential: Credential) -> Turn:
    name, latest = credential.name, rotating(story)
    outcomes = {done.outcome.action: done.outcome for done in story.outcomes}
    actions = [one for one in (latest[1].actions if latest else ()) if one.target == name]
    ends = [one for one in actions if not isinstance(one.do, Watch) and one.verb not in _NO_END]
    undoable, final = [one for one in ends if not one.irreversible], [one for one in ends if one.irreversible]
    made = [one for one in story.of(Kind.REPLACED) if one.body.get("credential") == name]
    last = made[-1].body if made else {}
    observed, unread = _observed(story, name)
    first = [record.at for record, plan in story.plans if any(one.target == name for one in plan.actions)]
    return Turn(
        credential,
        story.fate(credential),
        first[0] if first else None,
        next((one.at for one in made if one.body.get("action") == last.get("action")), None),
        str(last.get("public_id") or last.get("name") or "") or None,
        tuple(
            f"{one.get('store')}{'' if one.get('read_back', True) else ' (not read back)'}"
            for one in rows(last.get("puts"))
            if one.get("ended") == Ended.DONE.value
        ),
        _placed(story, name, outcomes),
        _gate(story, actions, "switched", outcomes),
        bool(undoable),
        _off(story, name, undoable, outcomes),
        _gate(story, actions, "quiet", outcomes),
        _last_done(final, outcomes) if all(_done(one, outcomes) for one in final) else None,
        _back(story, name, outcomes),
        observed,
        unread,
        tuple(_on_paper(story, actions)),
    )


def _done(action: Action, outcomes: Mapping[str, Outcome]) -> datetime | None:
    found = outcomes.get(action.id)
    return found.at.at if found and found.ended is Ended.DONE else None


def _last_done(actions: list[Action], outcomes: Mapping[str, Outcome]) -> datetime | None:
    return max((at for one in actions if (at := _done(one, outcomes))), default=None)


def _off(story: Story, name: str, undoable: list[Action], outcomes: Mapping[str, Outcome]) -> datetime | None:
    """Since when it is out of use; None when it was let in again since."""
    off, back = _last_done(undoable, outcomes), _last_done(list(_of(story, name, _TAKES_BACK)), outcomes)
    return off if off and (back is None or back < off) else None


def _of(story: Story, name: str, verb: str) -> Iterator[Action]:
    """The actions of all plans: one that is tried again is another one."""
    for _, plan in story.plans:
        yield from (one for one in plan.actions if one.target == name and one.verb == verb)


def _placed(story: Story, name: str, outcomes: Mapping[str, Outcome]) -> datetime | None:
    return _last_done(list(_of(story, name, "replace")), outcomes)


def _back(story: Story, name: str, outcomes: Mapping[str, Outcome]) -> int:
    return len({one.id for one in _of(story, name, _TAKES_BACK) if _done(one, outcomes)})


def _gate(
    story: Story, actions: list[Action], shows: Literal["switched", "quiet"], outcomes: Mapping[str, Outcome]
) -> Gate:
    for one in actions:
        if isinstance(one.do, Watch) and one.do.shows == shows:
            found = outcomes.get(one.id)
            why = found.why if found else "it was not asked yet"
            word = _word(story, one.id) if why.startswith("on the word of ") else ""
            return Gate(_done(one, outcomes), why, word, one.do.hours)
    return Gate(None, "nothing is planned yet")


def _word(story: Story, action: str) -> str:
    said = [str(one.body.get("who")) for one in story.of(Kind.HUMAN_DONE) if one.body.get("action") == action]
    return said[-1] if said else ""


def _on_paper(story: Story, actions: list[Action]) -> Iterator[OnPaper]:
    for one in actions:
        if one.verb == "switch" and isinstance(one.do, HumanTask):
            word = _word(story, one.id)
            yield from (OnPaper(step, word) for step in one.do.steps)


# The logs that were read


def _observed(story: Story, name: str) -> tuple[Observed | None, tuple[str, ...]]:
    """All readings as one, and what in them could not be read, in words."""
    readings: list[Observed] = []
    unread: dict[str, None] = {}
    for record in story.of(Kind.OBSERVED):
        if record.body.get("credential") != name:
            continue
        document = story.observed.get(str(record.body.get("evidence")), {})
        try:
            users = [read(Seen, dict(mapping(one))) for one in document["users"]]
            readings.append(Observed.of(record.body, users, record.at))
        except (IrkitError, KeyError, TypeError, ValueError):
            unread[f"the reading of journal record {record.seq}"] = None
        unread |= dict.fromkeys(map(str, sequence(document.get("unread"))))
    return together(readings), tuple(unread)
