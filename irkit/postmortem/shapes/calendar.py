"""The clocks of the law as a calendar to subscribe to: one event at each due time that is known. Pure.

iCalendar, RFC 5545 (https://www.rfc-editor.org/rfc/rfc5545). Times are UTC. An event's UID is the same in every draft, so that a calendar
moves it when a clock starts elsewhere; its SEQUENCE never falls, since a journal only grows. Nothing that people wrote stands in it but the
case's id.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from irkit.errors import NotAvailable
from irkit.extras import how_to_get
from irkit.model import iso
from irkit.postmortem.document import Postmortem
from irkit.postmortem.standards.clocks import Due
from irkit.show.plain import visible

NAMESPACE = uuid.UUID("afe436d4-e850-424b-ab87-e89002098b7d")
"""Of all ids that irkit derives by UUIDv5 (RFC 9562) from a case and what stands in it."""

_WARNINGS = (timedelta(hours=24), timedelta(hours=4), timedelta(hours=1))
_ADVICE = "Whether this duty applies is for counsel to decide. This is not legal advice."


def to_calendar(postmortem: Postmortem) -> str:
    """Every duty with a due time that is neither done nor said not to apply. NotAvailable without icalendar."""
    ical = _library()
    calendar = ical.Calendar()
    calendar.add("prodid", "-//irkit//notification clocks//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for one in postmortem.due:
        if is_running(one):
            calendar.add_component(_event(ical, postmortem, one))
    made: str = calendar.to_ical().decode()
    return made


def is_running(one: Due) -> bool:
    return one.at is not None and one.done is None and not one.decided.lower().startswith("does not apply")


def left_out(postmortem: Postmortem) -> tuple[str, ...]:
    """The duties that stand in no calendar because their due time cannot be computed, a sentence each."""
    return tuple(
        f"{one.regime}, {one.step}: {one.note}" for one in postmortem.due if one.at is None and one.done is None
    )


def _event(ical: Any, postmortem: Postmortem, one: Due) -> Any:
    assert one.at is not None
    said = f"{one.regime}: {one.step} (case {visible(postmortem.case_id)})"
    said = f"Rehearsal, nothing is due: {said}" if postmortem.rehearsal else said
    event = ical.Event()
    event.add("uid", f"{derived(postmortem, 'due', one.regime, one.applies, one.step)}@irkit")
    event.add("dtstamp", postmortem.generated.replace(microsecond=0))
    event.add("sequence", len(postmortem.events))
    event.add("dtstart", one.at.replace(microsecond=0))
    event.add("summary", said)
    counted = f"It counts from {one.clock}, {iso(one.starts)}." if one.starts else f"It counts from {one.clock}."
    event.add("description", f"Applies if: {one.applies}. {counted} Text: {one.source}. {_ADVICE}")
    event.add("transp", "TRANSPARENT")
    event.add("categories", [one.regime])
    for before in _WARNINGS:
        if one.starts is None or one.at - before > one.starts:
            event.add_component(_alarm(ical, said, before))
    return event


def _alarm(ical: Any, said: str, before: timedelta) -> Any:
    alarm = ical.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", said)
    alarm.add("trigger", -before)
    return alarm


def derived(postmortem: Postmortem, *names: str) -> uuid.UUID:
    """An id that is the same in every draft of this case and in no other case."""
    return uuid.uuid5(
        NAMESPACE, "\n".join((postmortem.case_id, postmortem.origin, *names)).encode("utf-8", "replace").decode()
    )


def _library() -> Any:
    try:
        import icalendar
    except ImportError:
        raise NotAvailable("a calendar needs icalendar", do=f"get it with: {how_to_get('report')}") from None
    return icalendar
