"""How long everything took, each figure with the two moments it lies between. Pure.

"Time to contain" means something else in every handbook, so both ends are always named. A missing end makes the
figure None, shown as "unknown"; an end before its beginning is a warning and the figure is kept as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from irkit.model import Credential, Kind, OpenPgpKey, State, Window
from irkit.plan import Ended
from irkit.postmortem.story import Story, short
from irkit.postmortem.timeline import instant_of
from irkit.show import Cell, Table
from irkit.show.times import duration


@dataclass(frozen=True)
class Moment:
    """One end of a metric: what it is called, and when; None when nobody knows."""

    name: str
    at: datetime | None


@dataclass(frozen=True)
class Metric:
    """A figure of one credential ("" for the whole case): the time between two moments, or a count with none."""

    name: str
    credential: str
    value: timedelta | int | None
    start: Moment | None = None
    end: Moment | None = None
    note: str = ""

    @property
    def shown(self) -> str | int | None:
        return duration(self.value) if isinstance(self.value, timedelta) else self.value


def metrics(story: Story, now: datetime) -> tuple[Metric, ...]:
    """All metrics, per credential and in the same order for each; times are UTC."""
    return tuple(metric for credential in story.credentials for metric in _of(story, credential, now))


def as_tables(found: tuple[Metric, ...]) -> tuple[Table, ...]:
    """One table per credential: Metric, Value, From, From at, To, To at, Note."""
    columns = ("Metric", "Value", "From", "From, at", "To", "To, at", "Note")
    tables = []
    for name in dict.fromkeys(metric.credential for metric in found):
        own = [metric for metric in found if metric.credential == name]
        rows = [(each.name, each.shown, *_ends(each.start), *_ends(each.end), each.note) for each in own]
        tables.append(Table.of(columns, rows, f"Metrics of {short(name)}, both ends named"))
    return tuple(tables)


def _ends(moment: Moment | None) -> tuple[Cell, Cell]:
    return (moment.name, moment.at) if moment else ("", "")


def _of(story: Story, credential: Credential, now: datetime) -> Iterator[Metric]:
    name, window = credential.name, story.windows.get(credential.name)
    aware = Moment(
        "the team learned of it", story.incident.aware.at if story.incident and story.incident.aware else None
    )
    at_latest, at_earliest = _opened(window)
    contained, revoked = contained_at(story, credential), revoked_at(story, credential)
    signed = story.of(Kind.RESIGNED)

    yield _at_least(_between("Time to detect, at least", name, at_latest, aware))
    yield _between("Time to detect, at most", name, at_earliest, aware)
    yield _between("Time to contain", name, aware, contained)
    yield _between("Time to revoke", name, aware, revoked)
    if isinstance(credential, OpenPgpKey):
        last = Moment("the last artifact was re-signed", signed[-1].at if signed else None)
        yield _between("Time to re-sign", name, revoked, last, _count_note(story))
    yield from _exposure(name, window, at_earliest, at_latest, now)
    yield _first_use(story, name, at_latest)
    yield from _uses(story, name)


def _opened(window: Window | None) -> tuple[Moment, Moment]:
    opened = window.opened if window else None
    latest = opened.latest.at if opened and opened.latest else None
    earliest = opened.earliest.at if opened and opened.earliest else None
    return Moment("exposed by this time at the latest", latest), Moment("not exposed before", earliest)


def contained_at(story: Story, credential: Credential) -> Moment:
    """The first time it was seen dead, if it has not been seen alive since; for a key, when it was revoked."""
    name = credential.name
    if revoked := story.key_revoked(name):
        return Moment("its revocation was made", revoked.at)
    first = None
    for standing in story.stood(name, "after", "settling"):
        if standing.state is State.ALIVE:
            first = None
        elif standing.state is State.DEAD and first is None:
            first = standing.at.at
    return Moment("first seen dead and not alive since", first)


def revoked_at(story: Story, credential: Credential) -> Moment:
    if revoked := story.key_revoked(credential.name):
        return Moment("its revocation was made", revoked.at)
    fate = story.fate(credential)
    return Moment("proved dead", fate.at if fate.proved else None)


def _exposure(name: str, window: Window | None, earliest: Moment, latest: Moment, now: datetime) -> Iterator[Metric]:
    closed = window.closed if window else None
    first = Moment("still exposed", closed.earliest.at if closed and closed.earliest else None)
    yield Metric("Exposure, at least", name, window.shortest() if window else None, latest, first)
    if closed and closed.latest:
        last, note = Moment("of no use from here on", closed.latest.at), ""
    else:
        last, note = Moment("this report", now), "still open as far as anybody knows"
    yield Metric("Exposure, at most", name, window.longest(now) if window else None, earliest, last, note)


def _first_use(story: Story, name: str, exposed: Moment) -> Metric:
    usage = story.usages.get(name)
    used = Moment("first use in the logs read", instant_of(usage.by_key.get("first")) if usage else None)
    if exposed.at and used.at and used.at < exposed.at:
        note = "it was in use before it was exposed: which use was the first misuse, a person must say"
        return Metric("Time to first misuse", name, None, exposed, used, note)
    note = "" if usage else "no log has been read"
    return _between("Time to first use after exposure", name, exposed, used, note)


def _uses(story: Story, name: str) -> Iterator[Metric]:
    usage = story.usages.get(name)
    events = usage.events if usage else None
    yield Metric("Uses by the credential itself", name, events, note="" if usage else "no log has been read")
    clean = usage is not None and events == 0 and not usage.skipped
    unread = "no log has been read" if usage is None else "which uses were not ours, a person must say"
    note = "no use at all in the logs read" if clean else unread
    yield Metric("Unauthorised uses", name, 0 if clean else None, note=note)


def _between(name: str, credential: str, start: Moment, end: Moment, note: str = "") -> Metric:
    value = end.at - start.at if start.at and end.at else None
    return Metric(name, credential, value, start, end, note)


def _at_least(metric: Metric) -> Metric:
    """Whoever learns of a leak learns of it no sooner than it began: a lower bound below zero is zero."""
    if isinstance(metric.value, timedelta) and metric.value < timedelta(0):
        return replace(
            metric, value=timedelta(0), note="the latest bound of its beginning is after the team learned of it"
        )
    return metric


def _count_note(story: Story) -> str:
    signed = {record.body.get("path") for record in story.of(Kind.RESIGNED)}
    judged = story.judged()
    return f"{len(signed)} of {len(judged)} artifacts" if judged else ""


def order_warnings(story: Story) -> tuple[str, ...]:
    """Moments in an order they cannot have, in words. Clocks differ and people misremember: it warns and changes nothing."""
    found: list[str] = []
    aware = story.incident.aware if story.incident else None
    for name, window in story.windows.items():
        if aware and window.opened.earliest and aware.at < window.opened.earliest.at:
            found.append(f"{name}: the team learned of the leak before the earliest time it can have begun")
        if window.opened.earliest and window.closed.latest and window.closed.latest.at < window.opened.earliest.at:
            found.append(f"{name}: its exposure ends before it begins")
    for before, after in zip(story.records, story.records[1:], strict=False):
        if after.at < before.at:
            found.append(f"the responder's clock went back between journal records {before.seq} and {after.seq}")
    approved = {approval.plan: record.seq for record, approval in reversed(story.approvals)}
    for done in story.outcomes:
        if done.outcome.ended is Ended.DONE and approved.get(done.plan, 0) > done.record.seq:
            found.append(f"{done.what}: carried out before any approval of its plan was written")
    negative = (
        (metric for metric in metrics(story, story.records[-1].at) if isinstance(metric.value, timedelta))
        if story.records
        else ()
    )
    found += [
        f"{metric.credential}: {metric.name.lower()} is negative" for metric in negative
        if isinstance(metric.value, timedelta) and metric.value < timedelta(0)
    ]  # fmt: skip
    return tuple(dict.fromkeys(found))
