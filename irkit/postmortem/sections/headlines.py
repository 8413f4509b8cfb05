"""The few figures that matter most, for the head of the page. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from irkit.model import Kind, OpenPgpKey, State
from irkit.postmortem.sections.front import counted
from irkit.postmortem.story import Story
from irkit.show import Level
from irkit.show.times import duration


@dataclass(frozen=True)
class Headline:
    """One of the few figures at the top: a label, a short value, a level that is also said in words, and one line of detail."""

    label: str
    value: str
    level: Level
    detail: str = ""


def headlines(story: Story, now: datetime) -> tuple[Headline, ...]:
    found = [_dead(story), _longest(story, now), _used_times(story)]
    if judged := story.judged():
        signed = {str(record.body.get("path")) for record in story.of(Kind.RESIGNED)}
        held = {str(record.body.get("path")) for record in story.of(Kind.QUARANTINED)}
        gone = {str(record.body.get("path")) for record in story.of(Kind.WITHDRAWN)}
        settled = len(judged.keys() & (signed | held | gone))
        level: Level = "ok" if settled == len(judged) else "warn"
        found.append(Headline("Re-signed", f"{len(signed)} of {len(judged)}", level, f"{len(held)} quarantined"))
    return tuple(found)


def _dead(story: Story) -> Headline:
    fates = [story.fate(credential) for credential in story.credentials]
    dead, alive = sum(fate.proved for fate in fates), sum(fate.state is State.ALIVE for fate in fates)
    revoked = sum(story.key_revoked(credential.name) is not None for credential in story.credentials)
    value = f"{dead} of {len(fates)}" if fates else "unknown"
    if alive:
        return Headline("Proved dead", value, "bad", f"{alive} still working")
    if fates and dead == len(fates):
        return Headline("Proved dead", value, "ok", "alive before, dead after")
    unknown = len(fates) - dead - revoked
    keys = f"{counted(revoked, 'key')} revoked instead" if revoked else ""
    said = [keys, f"{unknown} unknown" if unknown else ""]
    return Headline("Proved dead", value, "info" if fates and not unknown else "warn", ", ".join(filter(None, said)))


def _longest(story: Story, now: datetime) -> Headline:
    spans = [story.windows[name].longest(now) for name in (c.name for c in story.credentials) if name in story.windows]
    missing = len(spans) < len(story.credentials) or not spans or None in spans
    still = any(not window.is_closed for window in story.windows.values())
    known = [span for span in spans if span is not None]
    if missing:
        return Headline("Exposed, at most", "unknown", "warn", "a bound is missing")
    return Headline(
        "Exposed, at most", duration(max(known)), "warn" if still else "info", "still open" if still else "closed"
    )


def _used_times(story: Story) -> Headline:
    logged = [one for one in story.credentials if not isinstance(one, OpenPgpKey) or one.name in story.usages]
    usages = [story.usages.get(credential.name) for credential in logged]
    counts = [usage.events for usage in usages if usage is not None and usage.events is not None]
    if not counts:
        return Headline("Uses in the logs read", "unknown", "warn", "no log read" if not any(usages) else "not counted")
    unread = len(usages) - len(counts)
    gaps = sum(len(usage.skipped) for usage in usages if usage)
    said = [
        f"{counted(unread, 'credential')} without logs" if unread else "",
        f"{counted(gaps, 'input')} not read" if gaps else "",
    ]
    return Headline(
        "Uses in the logs read", str(sum(counts)), "warn" if gaps or unread else "info", ", ".join(filter(None, said))
    )
