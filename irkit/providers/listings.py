"""Lists of things that outlive a credential, as code hosts give them: which were added since the exposure began."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from irkit.model import State
from irkit.providers.interface import Reading, Reply


def added_since(who: str, what: str, goes_on: Callable[[Reply], bool]) -> Callable[[Reply], Reading]:
    """A reader of a list whose entries have `id` and `created_at`; `Reply.about` is since when (ISO 8601), "" for ever.

    One that was added since is alive. One without a date counts, and a list that goes on is not the whole.
    """

    def read(reply: Reply) -> Reading:
        if reply.status is None:
            return Reading(State.UNKNOWN, reply.nothing_came)
        document = reply.json()
        if reply.status != 200 or not isinstance(document, list):
            return Reading(State.UNKNOWN, f"{who} answered {reply.status} when asked for the {what}")
        since = _time(reply.about)
        added = [one for one in document if isinstance(one, dict) and _counts(str(one.get("created_at", "")), since)]
        when = f" since {reply.about}" if since else ""
        if added:
            named = ", ".join(f"#{one.get('id')} of {one.get('created_at') or 'no date'}" for one in added[:3])
            more = f" and {len(added) - 3} more" if len(added) > 3 else ""
            return Reading(State.ALIVE, f"{len(added)} {what}{when}: {named}{more}")
        if goes_on(reply):
            return Reading(State.UNKNOWN, f"the list of {what} goes on beyond its first hundred")
        return Reading(State.DEAD, f"no {what}{when}")

    return read


def _counts(created: str, since: datetime | None) -> bool:
    made = _time(created)
    return since is None or made is None or made >= since


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
