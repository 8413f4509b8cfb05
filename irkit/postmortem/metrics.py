"""How long everything took, each figure with the two moments it lies between. Pure.

"Time to contain" means something else in every handbook, so both ends are always named. A missing end makes the
figure None, shown as "unknown"; an end before its beginning is a warning and the figure is kept as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from irkit.model import Credential, Kind, OpenPgpKey, State, Window
from irkit.plan import Ended
from irkit.postmortem.actions import ActionItem
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
        of = f"Metrics of {short(name)}, both ends named" if name else "Metrics of the whole case"
        tables.append(Table.of(columns, rows, of))
    return tuple(tables)


def _ends(moment: Moment | None) -> tuple[Cell, Cell]:
    return (moment.name, moment.at) if moment else ("", "")


def _of(story: Story, credential: Credential, now: datetime) -> Iterator[Metric]:
    name, window = credential.name, story.windows.get(credential.name)
    aware = Moment("the team learned of it", story.aware.at if story.aware else None)
    at_latest, at_earliest = _opened(window)
    contained, revoked = contained_at(story, credential), revoked_at(story, credential)

    yield _at_least(_between("Time to detect, at least", name, at_latest, aware))
    yield _between("Time to detect, at most", name, at_earliest, aware)
    yield _between("Time to acknowledge", name, aware, _taken_up(story))
    yield _between("Time to contain", name, aware, contained)
    yield _between("Time to revoke", name, aware, revoked)
    if isinstance(credential, OpenPgpKey):
        yield _between("Time to re-sign", name, revoked, *_last_signed(story))
    recovered = story.milestones.get("recovered_at")
    note = "" if recovered else "people state it: irkit milestone CASE recovered-at INSTANT"
    works = Moment("whatever relied on it worked again", recovered.at if recovered else None)
    yield _between("Time to recover", name, contained, works, note)
    yield from _exposure(name, window, at_earliest, at_latest, now)
    yield _first_use(story, name, at_latest)
    yield from _uses(story, name)


def overdue(items: Sequence[ActionItem], now: datetime) -> Metric:
    """Action items that are past their day and still open; None where no item has a day."""
    dated = [item for item in items if item.due is not None]
    late = [item for item in dated if item.due and item.due < now.date() and item.is_open]
    undated = len(items) - len(dated)
    note = f"{undated} of {len(items)} have no day" if undated else ""
    return Metric("Action items overdue", "", len(late) if dated or not items else None, note=note)


def _opened(window: Window | None) -> tuple[Moment, Moment]:
    opened = window.opened if window else None
    latest = opened.latest.at if opened and opened.latest else None
    earliest = opened.earliest.at if opened and opened.earliest else None
    return Moment("exposed by this time at the latest", latest), Moment("not exposed before", earliest)


def _taken_up(story: Story) -> Moment:
    """As people stated; where nobody did, the case is open since somebody took it up, at the latest."""
    stated = story.milestones.get("acknowledged_at")
    if stated is None and story.incident:
        return Moment("the case was opened", story.incident.opened.at)
    return Moment("somebody took it up", stated.at if stated else None)


def contained_at(story: Story, credential: Credential) -> Moment:
    """The first time it was seen dead, if its death is proved and it has not been seen alive since; of a key, when its revocation was read
    back from where it is published: one that lies at home alone keeps nobody from trusting the key."""
    name = credential.name
    if isinstance(credential, OpenPgpKey):
        return Moment("its revocation was read back from where it is published", _read_back(story))
    if not story.fate(credential).proved:  # a probe may refuse everything
        return Moment("first seen dead and not alive since", None)
    first = None
    for standing in story.stood(name, "after", "settling"):
        if standing.state is State.ALIVE:
            first = None
        elif standing.state is State.DEAD and first is None:
            first = standing.at.at
    return Moment("first seen dead and not alive since", first)


def _read_back(story: Story) -> datetime | None:
    """Since when a place has shown the revocation, and shows it still."""
    since: dict[str, datetime] = {}
    for record in story.of(Kind.PUBLISHED):
        place, old = str(record.body.get("place")), record.body.get("old")
        if old == "revoked":
            since.setdefault(place, record.at)
        elif old == "good":
            since.pop(place, None)
    return min(since.values(), default=None)


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
    note = "" if usage else "no log of its use has been read"
    return _between("Time to first use after exposure", name, exposed, used, note)


def _uses(story: Story, name: str) -> Iterator[Metric]:
    usage = story.usages.get(name)
    events = usage.events if usage else None
    yield Metric("Uses by the credential itself", name, events, note="" if usage else "no log of its use has been read")
    clean = usage is not None and events == 0 and not usage.skipped and not usage.elsewhere
    unread = "no log of its use has been read" if usage is None else "which uses were not ours, a person must say"
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


_SIGNS = ("sign-", "index-rpm", "attest-commits")


def _last_signed(story: Story) -> tuple[Moment, str]:
    """When the last artifact was re-signed, and how many were; None as long as a step of the plan that signs is not done."""
    signed = story.of(Kind.RESIGNED)
    plan = next((plan for _, plan in reversed(story.plans) if plan.chapter == "resign"), None)
    done = {one.outcome.action for one in story.outcomes if one.outcome.ended is Ended.DONE}
    steps = [action for action in plan.actions if action.verb.startswith(_SIGNS)] if plan else []
    left = sum(action.id not in done for action in steps)
    note = "; ".join(filter(None, (_count_note(story), f"{left} of {len(steps)} steps are not done" if left else "")))
    return Moment("the last artifact was re-signed", signed[-1].at if signed and not left else None), note


def _count_note(story: Story) -> str:
    signed = {record.body.get("path") for record in story.of(Kind.RESIGNED)}
    judged = story.judged()
    return f"{len(signed)} of {len(judged)} artifacts" if judged else ""


def order_warnings(story: Story) -> tuple[str, ...]:
    """Moments in an order they cannot have, in words. Clocks differ and people misremember: it warns and changes nothing."""
    found: list[str] = []
    aware = story.aware
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
