"""Which use was not the owner's? Judged by the past alone, and only where there is a past to judge by. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from irkit.model import UsageEvent, Window


def first_by_stranger(events: Iterable[UsageEvent], window: Window) -> UsageEvent | None:
    """The earliest use since the window opened from an address that was never used before it opened.

    None when nothing bounds the opening, when there is no use before it to compare with, or when every address is known:
    without a past nobody can be told to be a stranger.
    """
    opened = window.opened.earliest or window.opened.latest
    if opened is None:
        return None
    dated = sorted(
        (event for event in events if event.at and event.address),
        key=lambda event: event.at.timestamp() if event.at else 0.0,
    )
    known = {event.address for event in dated if event.at and event.at < opened.at}
    if not known:
        return None
    return next((event for event in dated if event.at and event.at >= opened.at and event.address not in known), None)
