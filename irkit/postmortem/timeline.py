"""What happened, in order, each event with who could have chosen its time. Pure.

Observed is what somebody or something recorded as it happened; inferred is what follows from other evidence, such
as the bounds of the exposure window. Times are UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from irkit.errors import BadInput
from irkit.model import ApiToken, Bound, Kind, Record, State, Trust, parse_instant
from irkit.model.uploads import published
from irkit.plan import HumanTask
from irkit.postmortem.standards.csf import OF_KIND
from irkit.postmortem.standards.duties import MILESTONES
from irkit.postmortem.story import Stood, Story, rows, short
from irkit.show import Entry, Timeline


@dataclass(frozen=True)
class Event:
    """One line of the timeline; `at` is None when its time is not known, and `evidence` a digest or "".

    `kind` is that of the record it comes from, and `csf` the category of CSF 2.0 that follows from it (`irkit.postmortem.standards.csf`).
    """

    at: datetime | None
    what: str
    source: str
    trust: Trust
    observed: bool = True
    evidence: str = ""
    kind: Kind | None = None
    csf: str = ""

    def entry(self) -> Entry:
        trust = f"{self.trust.value}, {'observed' if self.observed else 'inferred'}"
        return Entry(self.at, self.what, self.source, trust, self.csf)


def timeline(story: Story) -> tuple[Event, ...]:
    """Events in order of time, those of the same time in the order they were written, those without a time last."""
    parts = (
        (Kind.WINDOW, _bounds(story)), (Kind.LOCATED, _commits(story)), (Kind.USAGE_READ, _uses(story)), (Kind.UPLOADS, _uploads(story)),
        (None, _response(story)),
    )  # fmt: skip
    events = [replace(event, kind=event.kind or kind) for kind, told in parts for event in told]
    distinct = dict.fromkeys(replace(event, csf=OF_KIND[event.kind] if event.kind else "") for event in events)
    return tuple(sorted(distinct, key=lambda event: (event.at is None, event.at or datetime.min.replace(tzinfo=UTC))))


def as_block(events: tuple[Event, ...], tags: str = "CSF 2.0") -> Timeline:
    return Timeline(tuple(event.entry() for event in events), "All events, UTC", tags)


_ENDS = {
    ("opened", "earliest"): "not exposed before this, as far as the evidence goes",
    ("opened", "latest"): "exposed by this time at the latest",
    ("closed", "earliest"): "still exposed at this time",
    ("closed", "latest"): "no longer of use to anybody from here on",
}


def _bounds(story: Story) -> Iterator[Event]:
    for name, window in story.windows.items():
        for end in ("opened", "closed"):
            bound: Bound = getattr(window, end)
            for side in ("earliest", "latest"):
                instant = getattr(bound, side)
                if instant is not None:
                    source = f"{instant.clock.value}: {instant.source}"
                    yield Event(instant.at, f"{short(name)}: {_ENDS[end, side]}", source, instant.trust, observed=False)


def _commits(story: Story) -> Iterator[Event]:
    """Of each repository and path the first commit that added it and the last that removed it, by commit time."""
    for record, located in story.located:
        evidence = str(record.body.get("evidence", ""))
        marks: dict[tuple[str, str, str], list[tuple[datetime, str]]] = {}
        for occurrence in rows(located.get("occurrences")):
            for verb in ("added", "removed"):
                for mark in rows(occurrence.get(verb)):
                    key = (verb, str(occurrence.get("repository", "")), str(occurrence.get("path", "")))
                    if at := instant_of(mark.get("commit_time")):
                        marks.setdefault(key, []).append((at, str(mark.get("commit", ""))))
        for (verb, repository, path), found in marks.items():
            at, commit = min(found) if verb == "added" else max(found)
            what = f"commit {commit[:12]} {verb} the credential {'to' if verb == 'added' else 'from'} {path}"
            yield Event(at, what, f"git, {repository}", Trust.SETTABLE, evidence=evidence)


def _uses(story: Story) -> Iterator[Event]:
    for name, usage in story.usages.items():
        for label, summary in [
            (short(name), usage.by_key),
            *((f"{each.get('key')} (derived)", each) for each in usage.derived),
        ]:
            for which in ("first", "last"):
                if at := instant_of(summary.get(which)):
                    yield Event(
                        at,
                        f"{label}: {which} use in the logs read",
                        "provider's log",
                        Trust.INDEPENDENT,
                        True,
                        usage.evidence,
                    )


def _uploads(story: Story) -> Iterator[Event]:
    """What was published while a token was exposed, or may have been."""
    windows = [story.windows.get(one.name) for one in story.credentials if isinstance(one, ApiToken)]
    for one in published(story.packages):
        inside = [one.exposed(window) for window in windows]
        if one.upload.at and any(answer is not False for answer in inside):
            known = "while it was exposed" if True in inside else "when it may have been exposed"
            yield Event(
                one.upload.at.at, f"{one.upload.name} was published {known}", "package registry", one.upload.at.trust
            )


def _response(story: Story) -> Iterator[Event]:
    if story.incident and story.incident.aware:
        aware = story.incident.aware
        yield Event(aware.at, "the team learned of the leak", aware.source, aware.trust, kind=Kind.MILESTONE)
    for record, name, instant in story.stated:
        what = f"{MILESTONES.get(name, name)} ({name}), as {record.actor} stated"
        yield Event(instant.at, what, f"journal {record.seq}: {instant.source}", instant.trust, kind=Kind.MILESTONE)
    for stood in _turns([stood for _, stood in story.standings]):
        standing = stood.standing
        beside = {"control": "never-issued look-alike of ", "living": "living credential of the kind of "}
        what = f"{beside.get(stood.moment, '')}{short(stood.credential)}: {standing.state.value} ({stood.moment}): {standing.why}"
        yield Event(
            standing.at.at, what, standing.at.source, standing.at.trust, evidence=standing.evidence, kind=Kind.STANDING
        )
    by_hand = by_hand_of(story)
    many, again = _many(story), _answered_alike(story)
    for record in story.readable:
        if record.seq in again:
            continue
        if record.kind in (Kind.INTENT, Kind.OUTCOME) and str(_action(record)).rpartition("-")[0] in many:
            continue
        if told := _told(record, by_hand):
            yield Event(
                record.at,
                told,
                f"journal {record.seq}, {record.actor}",
                Trust.OURS,
                True,
                str(record.body.get("digest", "")),
                record.kind,
            )
    yield from _heaped(story)


_MANY = 20


def _action(record: Record) -> str:
    outcome = record.body.get("outcome") or {}
    return str(record.body.get("action") or outcome.get("action") or "")


def _many(story: Story) -> frozenset[str]:
    """Kinds of actions that come so often that only their artifacts are told, first and last."""
    counts = Counter(_action(record).rpartition("-")[0] for record in story.of(Kind.INTENT))
    return frozenset(kind for kind, count in counts.items() if count > _MANY)


def _answered_alike(story: Story) -> frozenset[int]:
    """Of the checks of an action item, which may be made every week, the records whose answer is that of the one before."""
    last: dict[tuple[str, str], str] = {}
    again = set()
    for record in story.of(Kind.CHECKED):
        about, answer = (str(record.body["item"]), str(record.body.get("check"))), str(record.body["answer"])
        if last.get(about) == answer:
            again.add(record.seq)
        last[about] = answer
    return frozenset(again)


def _turns(samples: Sequence[Stood]) -> Iterator[Stood]:
    """Waiting for a revocation to spread takes many samples: of each unbroken run of one answer, the first and the last."""
    runs: dict[tuple[str, str], list[list[Stood]]] = {}
    for stood in samples:
        own = runs.setdefault((stood.credential, stood.moment), [])
        if own and own[-1][-1].standing.state is stood.standing.state:
            own[-1].append(stood)
        else:
            own.append([stood])
    for run in (run for own in runs.values() for run in own):
        yield run[0]
        if len(run) > 1:
            yield run[-1]


def by_hand_of(story: Story) -> Mapping[str, str]:
    """What people were to do by hand, in words, by the id under which they say that it was done: of plans and of playbooks."""
    tasks = {
        action.id: action.what for _, plan in story.plans for action in plan.actions if isinstance(action.do, HumanTask)
    }
    steps = {
        str(record.body["by_hand"]): f"step {record.body['step']} of playbook {record.body['playbook']}"
        for record in story.of(Kind.STEP_STARTED)
        if record.body.get("by_hand")
    }
    return tasks | steps


def _told(record: Record, by_hand: Mapping[str, str]) -> str:
    """One record in words; "" for those that are told elsewhere or are no event."""
    body = record.body
    outcome = body.get("outcome") or {}
    match record.kind:
        case Kind.CASE_OPENED:
            return "the case was opened"
        case Kind.ALERTED | Kind.LOCATED | Kind.COMPANIONS | Kind.CONSUMERS | Kind.OBSERVED:
            return _found(record.kind, body)
        case Kind.PLAN:
            return f"plan {body.get('name')} was made"
        case Kind.APPROVAL:
            return f"{body.get('who')} approved the plan {str(body.get('plan'))[:19]}"
        case Kind.INTENT:
            return f"about to: {body.get('what')}"
        case Kind.OUTCOME:
            return f"{body.get('what')}: {outcome.get('ended')} ({outcome.get('why')})"
        case Kind.VERDICT:
            return f"{short(str(body.get('credential')))}: verdict {body.get('verdict')}: {body.get('why')}"
        case Kind.KEY_GENERATED | Kind.KEY_REVOKED | Kind.UNREVOKABLE | Kind.REPLACED | Kind.SURVIVED | Kind.CONTAINED:
            return _made(record.kind, body)
        case Kind.HUMAN_DONE:
            action = str(body.get("action"))
            return f"{body.get('who')} did by hand: {by_hand.get(action, action)}"
        case Kind.EXPORTED:
            return f"a report was written: {body.get('path')}"
        case Kind.PUBLISHED | Kind.STATED | Kind.VOUCHED | Kind.SEALED | Kind.SIGNED | Kind.CLOSED | Kind.LEFT:
            return _made_public(record.kind, body)
    return _practised(record.kind, body)


def _practised(kind: Kind, body: Mapping[str, Any]) -> str:
    if kind is Kind.REHEARSED:
        return f"the rehearsal {'began' if body.get('moment') == 'begun' else 'ended'}: {body.get('scenario')}"
    if kind is Kind.CHECKED:
        named = body.get("check")
        by = f" by {named['check']}" if isinstance(named, Mapping) and "check" in named else ""
        return f"action item {body.get('item')} was checked{by}: {body.get('answer')} ({body.get('why')})"
    return ""


def _ended(kind: Kind, body: Mapping[str, Any]) -> str:
    if kind is Kind.CLOSED:
        return f"{body.get('who')} closed the case as {body.get('as')}: {body.get('why')}"
    return f"{body.get('by')} noted that {body.get('who')} left and may act no more: {body.get('why')}"


def _made_public(kind: Kind, body: Mapping[str, Any]) -> str:
    if kind in (Kind.CLOSED, Kind.LEFT):
        return _ended(kind, body)
    if kind is Kind.PUBLISHED:
        return f"published at {body.get('place')}: old key {body.get('old')}, new key {body.get('new')}"
    if kind is Kind.SIGNED:
        return f"{body.get('who')} signed {body.get('path')}"
    if kind is Kind.SEALED:
        return f"{body.get('who')} sealed the record: {body.get('path')}"
    return f"the transition statement was signed by {'the new key' if kind is Kind.STATED else body.get('who')}"


def _outlives(kind: Kind, body: Mapping[str, Any]) -> str:
    """What lives on, and that all is contained; that one kind of survivor does not live is told by the latter."""
    name = short(str(body.get("credential")))
    if kind is Kind.CONTAINED:
        return f"{name}: contained, nothing alive is known" if body.get("contained") is True else ""
    return f"{name}: {body.get('what')} live on: {body.get('why')}" if body.get("state") == State.ALIVE.value else ""


def _made(kind: Kind, body: Mapping[str, Any]) -> str:
    """What lives on; a new key; or how far a replacement came: each of its records tells the one thing that is new in it."""
    if kind in (Kind.SURVIVED, Kind.CONTAINED):
        return _outlives(kind, body)
    if kind is Kind.KEY_REVOKED:
        return f"key {short(str(body.get('key')))} was revoked, reason {body.get('reason')}"
    if kind is Kind.UNREVOKABLE:
        return f"key {short(str(body.get('key')))} was said to be one that cannot be revoked: {body.get('why')}"
    if kind is Kind.KEY_GENERATED:
        return f"new key {short(str(body.get('primary')))} was made"
    named, puts = body.get("public_id") or body.get("name"), body.get("puts") or ()
    if not puts:
        return f"{named} was made in place of {short(str(body.get('credential')))}"
    return f"{named} into {puts[-1].get('store')}: {puts[-1].get('ended')}"


def _found(kind: Kind, body: Mapping[str, Any]) -> str:
    if kind is Kind.ALERTED:
        alert = body.get("alert") or {}
        return f"{short(str(body.get('credential')))} was taken over from an alert of {alert.get('tool')}: {alert.get('rule')}"
    if kind is Kind.COMPANIONS:
        proposed = len(body.get("proposed") or ())
        return f"what held it was scanned for other secrets: {proposed} proposed, in {_counted(body.get('scanned'))} places"
    if kind is Kind.CONSUMERS:
        return f"consumers of {short(str(body.get('credential')))} were sought: {_counted(body.get('consumers'))} found"
    if kind is Kind.OBSERVED:
        told = "whole until {}, on a person's word" if body.get("stated") else "their last event is of {}"
        until = told.format(body["reaches"]) if body.get("reaches") else "until when they are whole is not known"
        seen = f"{_counted(body.get('users'))} consumer{'' if body.get('users') == 1 else 's'} seen"
        return f"logs were read for {short(str(body.get('credential')))}: {seen}, {until}"
    return (
        f"occurrences were sought: {_counted(body.get('occurrences'))} found, {_counted(body.get('live'))} of them live"
    )


def _counted(value: Any) -> str:
    return str(value) if isinstance(value, int) else "unknown how many"


def _heaped(story: Story) -> Iterator[Event]:
    """Re-signing and quarantine touch many artifacts: one event for the first and the last of each."""
    for kind, done in ((Kind.RESIGNED, "re-signed"), (Kind.QUARANTINED, "quarantined"), (Kind.WITHDRAWN, "withdrawn")):
        records = story.of(kind)
        if not records:
            continue
        first, last = records[0], records[-1]
        source = f"journal {first.seq} to {last.seq}"
        if len(records) == 1:
            yield Event(
                first.at, f"artifact {done}: {first.body.get('path')}", f"journal {first.seq}", Trust.OURS, kind=kind
            )
            continue
        yield Event(first.at, f"first artifact {done}: {first.body.get('path')}", source, Trust.OURS, kind=kind)
        yield Event(
            last.at, f"last of {len(records)} artifacts {done}: {last.body.get('path')}", source, Trust.OURS, kind=kind
        )


def instant_of(text: Any) -> datetime | None:
    """A time of a document in UTC; None when it is missing or is no time with a zone."""
    try:
        return parse_instant(str(text)) if text else None
    except BadInput:
        return None
