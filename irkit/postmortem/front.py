"""What a reader sees first: what this document is, the summary in sentences, and the figures that matter most. Pure.

Every sentence is generated from facts and says "not known" where there is none; a person may add, never irkit invent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from irkit.model import Credential, Kind, OpenPgpKey, State, Window
from irkit.postmortem.story import Story, short
from irkit.providers import PROVIDERS
from irkit.show import Cell, Facts, Level
from irkit.show.times import duration, stamp

TO_DECIDE = "to be decided"
FRONT_NOTES = ("title", "status", "severity", "tlp", "owner", "roles", "legal hold", "review meeting")
"""Notes under these names fill the front matter; the last one wins."""


@dataclass(frozen=True)
class Headline:
    """One of the few figures at the top: a label, a short value, a level that is also said in words, and one line of detail."""

    label: str
    value: str
    level: Level
    detail: str = ""


def front_notes(story: Story) -> Mapping[str, str]:
    notes = (
        (str(record.body.get("section", "")).lower(), str(record.body.get("text", "")))
        for record in story.of(Kind.NOTE)
    )
    return {section: text for section, text in notes if section in FRONT_NOTES}


def front_matter(story: Story, now: datetime) -> Facts:
    notes, incident = front_notes(story), story.incident
    head = story.records[-1].digest if story.records else None
    rows: list[tuple[str, Cell]] = [
        ("Case", incident.case_id if incident else None),
        ("Status", notes.get("status", "draft")),
        ("Severity", notes.get("severity", TO_DECIDE)),
        ("Sharing", notes.get("tlp", "TLP:AMBER until decided")),
        ("Owner", notes.get("owner", TO_DECIDE)),
        ("Roles", notes.get("roles", TO_DECIDE)),
        ("Legal hold", notes.get("legal hold", TO_DECIDE)),
        ("Review meeting", notes.get("review meeting", TO_DECIDE)),
        ("Case opened", incident.opened.at if incident else None),
        ("Team aware", incident.aware.at if incident and incident.aware else None),
        ("Written", now),
        ("Journal", f"{len(story.records)} records"),
        ("Journal head", head),
    ]
    return Facts(tuple(rows))


def described(credential: Credential) -> str:
    """A credential in a sentence: what it is and its fingerprint, never its value."""
    if isinstance(credential, OpenPgpKey):
        return f"the OpenPGP key {short(credential.openpgp)}"
    known = PROVIDERS.get(credential.provider)
    issuer = known.title if known else "API"
    return f"the {issuer} token {short(credential.name)}"


def counted(number: int, noun: str) -> str:
    """`1 input`, `2 inputs`, `3 addresses`."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number} {noun}{ending}"


def summary(story: Story, now: datetime) -> tuple[str, ...]:
    """One paragraph on the case, then one per credential: exposed for how long, used by whom, dead or not."""
    if not story.credentials:
        return ("Nothing is known yet: the journal holds no incident that can be read.",)
    incident = story.incident
    aware = (
        f"learned of the leak on {stamp(incident.aware.at)}"
        if incident and incident.aware
        else "has not said when it learned of the leak"
    )
    listed = " and ".join(described(credential) for credential in story.credentials)
    opening = f"This case is about {listed}. The team {aware}."
    return (opening, *(_of(story, credential, now) for credential in story.credentials))


def _of(story: Story, credential: Credential, now: datetime) -> str:
    name = described(credential)
    parts = [
        f"{name[0].upper()}{name[1:]} {exposed(story.windows.get(credential.name), now)}",
        used(story, credential),
        ended(story, credential),
    ]
    if isinstance(credential, OpenPgpKey):
        parts.append(resigned(story))
    return " ".join(parts)


def exposed(window: Window | None, now: datetime) -> str:
    if window is None:
        return "may have been exposed; since when has not been worked out yet."
    longest, shortest = window.longest(now), window.shortest()
    if longest is None:
        length = "since a moment that nothing bounds, so for how long is not known"
    elif shortest is None:
        length = f"for at most {duration(longest)}; no lower bound can be proved"
    else:
        length = f"for at least {duration(shortest)} and at most {duration(longest)}"
    still = "" if window.is_closed else ", and as far as anybody knows it still is"
    return f"was exposed {length}{still}."


def used(story: Story, credential: Credential) -> str:
    usage = story.usages.get(credential.name)
    if usage is None and isinstance(credential, OpenPgpKey):
        return "Signing leaves no log, so who used it cannot be told from logs."
    if usage is None:
        return "No log has been read, so who used it is not known."
    gaps = f" {counted(len(usage.skipped), 'input')} could not be read, so more is possible." if usage.skipped else ""
    events = usage.events
    if events is None:
        return f"The logs were read, but how often it was used is not known.{gaps}"
    if events == 0:
        return f"The logs read show no use of it.{gaps}"
    addresses = usage.by_key.get("addresses")
    origin = f" from {counted(len(addresses), 'address')}" if isinstance(addresses, Mapping) and addresses else ""
    begot = f", and {counted(len(usage.derived), 'credential')} derived from it" if usage.derived else ""
    times = "once" if events == 1 else f"{events} times"
    return f"The logs read show it used {times}{origin}{begot}.{gaps}"


def ended(story: Story, credential: Credential) -> str:
    fate, accepted = story.fate(credential), story.revocation_accepted(credential.name)
    if fate.proved and fate.at:
        return f"It was proved dead on {stamp(fate.at)}."
    if fate.state is State.ALIVE:
        sent = (
            f"although its revocation was accepted on {stamp(accepted.outcome.at.at)}"
            if accepted
            else "and has not been revoked"
        )
        return f"IT STILL WORKS, {sent}: treat it as live."
    if revoked := story.key_revoked(credential.name):
        reason = revoked.body.get("reason") or "a reason that was not kept"
        return f"It was revoked on {stamp(revoked.at)} ({reason}); that everybody who relies on it has the revocation is not proved."
    sent = "its revocation was accepted, but " if accepted else ""
    why = fate.why.rstrip(".")
    return f"Whether it still works is not known: {sent}{why}."


def resigned(story: Story) -> str:
    judged = story.judged()
    if not judged:
        return "What it signed has not been judged yet."
    signed = {str(record.body.get("path")) for record in story.of(Kind.RESIGNED)}
    held = {str(record.body.get("path")) for record in story.of(Kind.QUARANTINED)}
    gone = {str(record.body.get("path")) for record in story.of(Kind.WITHDRAWN)}
    left = len(judged.keys() - signed - held - gone)
    rest = f" {left} were left as they are, for a person to decide." if left else ""
    withdrawn = f", {len(gone)} withdrawn" if gone else ""
    return f"Of {len(judged)} artifacts, {len(signed)} were re-signed and {len(held)} quarantined{withdrawn}.{rest}"


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
    said = [f"{revoked} key revoked" if revoked else "", f"{unknown} unknown" if unknown else ""]
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
