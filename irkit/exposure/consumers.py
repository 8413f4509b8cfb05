"""Consumers as logs show them, and whether a consumer uses the replacement. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from irkit.model import Consumer, Sure, UsageEvent, Window
from irkit.show.times import stamp

USAGE = "usage"
"""The platform of a consumer that a log shows: `what` is the program as it calls itself, `where` the address."""

NEW_SINCE = "not seen before it was exposed: may be the intruder, and then is no consumer"
"""The remark on a program that turned up in the window."""

UNNAMED = "a program that does not say its name"


def seen_in_use(events: Iterable[UsageEvent], window: Window | None) -> tuple[Consumer, ...]:
    """One consumer for each program and address that used the credential itself, the most frequent first.

    Those first seen since the window opened may be the intruder: the note says so, and it is for a person to tell.
    """
    groups: dict[tuple[str, str], list[UsageEvent]] = {}
    for event in events:
        if event.match.is_use:
            groups.setdefault((event.agent or UNNAMED, event.address), []).append(event)
    opened = (window.opened.earliest or window.opened.latest) if window else None
    ordered = sorted(groups.items(), key=lambda one: (-_count(one[1]), one[0]))
    return tuple(_consumer(agent, address, own, opened.at if opened else None) for (agent, address), own in ordered)


def _consumer(agent: str, address: str, events: Sequence[UsageEvent], opened: datetime | None) -> Consumer:
    times = sorted(event.at for event in events if event.at)
    principals = ", ".join(dict.fromkeys(event.principal for event in events if event.principal))
    last = f", last {stamp(times[-1])}" if times else ""
    if opened is None or not times:
        note = "nothing tells here whether this is ours or the intruder"
    elif times[0] < opened:
        note = "used it before it was exposed: ours, as far as that shows"
    else:
        note = NEW_SINCE
    sources = ", ".join(dict.fromkeys(event.source for event in events))
    return Consumer(
        what=agent,
        platform=USAGE,
        where=address or "no address in the log",
        how=f"{_count(events)} uses in {sources} logs{last}",
        name="",
        sure=Sure.USED,
        owner=principals,
        owner_by="the principal in the log" if principals else "",
        note=note,
    )


def _count(events: Sequence[UsageEvent]) -> int:
    return sum(event.repeated for event in events)


def switched(
    consumer: Consumer,
    old: Iterable[UsageEvent],
    new: Iterable[UsageEvent],
    replaced_at: datetime | None,
) -> Consumer:
    """The consumer with whether it uses the replacement.

    "yes": after the replacement the same program used the new credential from the same address, and did not use the old one
    later. "no": it used the old one after the replacement, and not the new one since. "unknown" otherwise: always for what only
    files show, since no log names a file. A use that was refused counts for the old one (it still tries), not for the new one.
    """
    if replaced_at is None:
        return replace(consumer, switched="unknown", switched_why="no replacement is known")
    if consumer.platform != USAGE:
        why = "no log ties its uses to this file: run it, and see that it works"
        return replace(consumer, switched="unknown", switched_why=why)
    last_new = _last((event for event in new if event.outcome == "ok"), consumer, replaced_at)
    last_old = _last(old, consumer, replaced_at)
    if last_new and (last_old is None or last_new >= last_old):
        return replace(consumer, switched="yes", switched_why=f"used the new one at {stamp(last_new)}")
    if last_old:
        return replace(consumer, switched="no", switched_why=f"still used the old one at {stamp(last_old)}")
    return replace(consumer, switched="unknown", switched_why="not seen since the replacement")


def _last(events: Iterable[UsageEvent], consumer: Consumer, since: datetime) -> datetime | None:
    times = [
        event.at
        for event in events
        if event.at and event.at >= since and event.match.is_use
        and (event.address or "no address in the log") == consumer.where
        and program(event.agent or UNNAMED) == program(consumer.what)
    ]  # fmt: skip
    return max(times, default=None)


def program(agent: str) -> str:
    """The program without its version, which changes with an upgrade."""
    return re.split(r"[/\s]", agent, maxsplit=1)[0] if agent != UNNAMED else agent
