"""Reads logs for the uses of one credential, and of every credential it begot.

Each pass over the files seeks the identifiers found in the pass before: first those given, then the sessions and keys
that their events created, and so on until a pass finds no new one. A use may stand in an earlier file than the event that
begot the session, so each is sought in all files; but what is found on the way is sought from there on at once, so that a later
pass goes over the files in front of that alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from irkit.errors import BadInput
from irkit.model import MatchKind, Skipped, UsageEvent
from irkit.sources.logs.cloudtrail import CloudTrail
from irkit.sources.logs.digests import Digest, missing, plain_name
from irkit.sources.logs.interface import CREDENTIALS, Wanted, Where
from irkit.sources.logs.listing import Batch, batches, regions_of
from irkit.sources.logs.portion import Answer, Hit, Place, Portion, Question, hits, read
from irkit.sources.logs.unread import Unread
from irkit.sources.names import shown

if TYPE_CHECKING:
    from irkit.sources.hunt import Progress

_WORTH_FORKING, _WORTH_SPAWNING = 8 << 20, 128 << 20
"""Bytes on disk from which several processes are faster than one, by what it takes to start them."""

CLOUDTRAIL = CloudTrail.name

_AHEAD = 32
"""Portions that may be under way at once, and so how late what one of them found is sought in those behind it."""


@dataclass(frozen=True)
class _Key:
    match: MatchKind
    parent: str = ""


@dataclass
class LogReading:
    """The events of a credential as they are read, once. `skipped` and `texts` are complete when the iteration has ended.

    Uses come in the order of the passes and in these of the files, however many workers there are; events that only
    mention the credential come last, as MENTION_ONLY; a second line of an event that is a use (one `event_id`) is none.
    An event delivered twice comes twice, with the same `event_id`. `texts`
    counts the texts that were logs of a known format, or held no event; `formats` are the names of those formats. `regions` are those of
    AWS whose CloudTrail was read, as the names of its files and the events found tell.
    """

    paths: tuple[Path, ...]
    wanted: Wanted
    progress: Progress | None = None
    workers: int = 1
    scheduler: str = ""
    raw: bool = False
    skipped: list[Skipped] = field(default_factory=list)
    texts: int = 0
    regions: set[str] = field(default_factory=set)
    formats: set[str] = field(default_factory=set)
    _known: dict[str, _Key] = field(default_factory=dict)
    _taken: set[Place] = field(default_factory=set)
    _used: set[tuple[str, str]] = field(default_factory=set)
    _mentions: dict[Place, UsageEvent] = field(default_factory=dict)
    _unread: Unread = field(default_factory=Unread)
    _digests: list[Digest] = field(default_factory=list)
    _packed: set[str] = field(default_factory=set)

    def __iter__(self) -> Iterator[UsageEvent]:
        all_batches = batches(self.paths, self.skipped)
        self.regions.update(regions_of(all_batches))
        self._known = {key: _Key(match) for key, match in self.wanted.keys}
        asked = [0] * len(all_batches)  # how many of the known have been sought in each
        passed = 0
        while turns := [number for number, count in enumerate(asked) if count < len(self._known)]:
            answered: list[int] = []  # how many were known after each
            portions = self._portions(all_batches, turns, asked, answered)
            for hit in self._hits([all_batches[turn] for turn in turns], portions, answered, passed):
                if event := self._event(hit):
                    for key, how in _credentials(event).items():
                        self._known.setdefault(
                            key, how
                        )  # behind those that were known: their number says what was asked
                    yield event
            passed += 1
        yield from (one for one in self._mentions.values() if (one.source, one.event_id) not in self._used)
        self.skipped += self._unread.skipped()
        if self._digests:
            here = {plain_name(name) for batch in all_batches for name in batch.files()}
            self.skipped += missing(self._digests, here | self._packed)

    def _portions(
        self, all_batches: Sequence[Batch], turns: Sequence[int], asked: list[int], answered: Sequence[int]
    ) -> Iterator[Portion]:
        """What is known `_AHEAD` answers before is asked: never more, so that the order does not depend on who is quick."""
        base = str(Path.cwd()) if self.scheduler else ""
        wanted, raw = tuple(key for key, _ in self.wanted.keys), getattr(self.wanted, "raw", ())
        limit = len(self._known)
        for number, turn in enumerate(turns):
            limit = answered[number - _AHEAD] if number >= _AHEAD else limit
            known = tuple(self._known)[:limit]
            first = not asked[turn]
            sought, asked[turn] = known[asked[turn] :], limit
            question = Question(sought, frozenset(known), wanted, raw=raw if first else (), first=first, keep=self.raw)
            yield Portion(all_batches[turn], question, base)

    def _hits(
        self, turns: Sequence[Batch], portions: Iterator[Portion], answered: list[int], passed: int
    ) -> Iterator[Hit]:
        total = sum(batch.size for batch in turns)
        what = f"bytes of logs for {self.wanted.credential}" + (f", pass {passed + 1}" if passed else "")
        reached = _Reached(what, total, self.progress)
        workers = min(self.workers or workers_for(total), len(turns))
        if workers <= 1 and not self.scheduler:
            for portion in portions:
                answer = Answer()
                yield from hits(portion, answer, reached.add)
                self._merge(answer, first=not passed)
                answered.append(len(self._known))
        else:
            from irkit.sources.pool import in_order

            answers = in_order(read, portions, workers, self.scheduler, _died, _AHEAD)
            for batch, answer in zip(turns, answers, strict=True):
                yield from answer.hits
                self._merge(answer, first=not passed)
                answered.append(len(self._known))
                reached.add(batch.size)
        reached.end()

    def _merge(self, answer: Answer, *, first: bool) -> None:
        self._unread.merge(answer.unread)
        self.texts += answer.texts if first else 0
        self._digests += answer.digests
        self._packed |= answer.packed
        self.formats |= answer.formats

    def _event(self, hit: Hit) -> UsageEvent | None:
        """A use, once; a mention is kept until it is known that it is none."""
        if hit.event.source == CLOUDTRAIL and hit.event.region:
            self.regions.add(hit.event.region)
        if not hit.key:
            self._mentions.setdefault(hit.place, replace(hit.event, parent=hit.named))
            return None
        if hit.place in self._taken:
            return None
        self._taken.add(hit.place)
        self._mentions.pop(hit.place, None)
        self._used.add((hit.event.source, hit.event.event_id))
        key = self._known[hit.key]
        return replace(hit.event, match=key.match, parent=key.parent)


@dataclass
class _Reached:
    """How far a pass has come, in bytes on disk."""

    what: str
    total: int
    tell: Progress | None
    done: int = 0

    def add(self, size: int) -> None:
        self.done = min(self.done + size, self.total)
        if self.tell and self.done < self.total:
            self.tell(self.what, self.done, self.total)

    def end(self) -> None:
        if self.tell:
            self.tell(self.what, self.total, self.total)


def events(
    paths: Sequence[Path],
    wanted: Wanted,
    progress: Progress | None = None,
    *,
    workers: int = 1,
    scheduler: str = "",
    raw: bool = False,
) -> LogReading:
    """The uses of a credential in log files and folders of any depth: iterate it, then look at its `skipped`.

    With `workers` 0 there are as many as this machine has cores, if there is enough to read. `scheduler` is the address of a
    Dask cluster whose workers see the same files. `raw` keeps with each event what the log said, for rules that ask for fields of
    their own. BadInput when a path is not there.
    """
    for path in paths:
        if not path.exists():
            raise BadInput("there are no logs at this path", on=shown(path), do="check the path and give it again")
    return LogReading(tuple(paths), wanted, progress, workers, scheduler, raw)


def workers_for(size: int) -> int:
    if size < _WORTH_FORKING:
        return 1
    from irkit.sources.pool import can_fork, cores

    return cores() if size >= (_WORTH_FORKING if can_fork() else _WORTH_SPAWNING) else 1


def _died(portion: Portion) -> Answer:
    unread = Unread()
    for path in portion.batch.files():
        unread.add(
            Where(shown(path)), "the process that read it died each time; is there enough memory? It was not read"
        )
    return Answer(unread=unread)


def _credentials(event: UsageEvent) -> dict[str, _Key]:
    """The begotten credentials whose own uses are to be looked for."""
    pairs = (one.partition(":")[::2] for one in event.begot)
    return {name: _Key(CREDENTIALS[kind], event.key) for kind, name in pairs if kind in CREDENTIALS}
