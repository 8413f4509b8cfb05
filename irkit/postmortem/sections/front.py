"""What a reader sees first: what this document is, the summary in sentences, and the figures that matter most. Pure.

Every sentence is generated from facts and says "not known" where there is none; a person may add, never irkit invent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from irkit.model import Credential, Kind, OpenPgpKey, State, Window
from irkit.postmortem.standards.clocks import business_days_after
from irkit.postmortem.story import Story, short
from irkit.postmortem.writing.asked import to_write
from irkit.postmortem.writing.people import Front, day
from irkit.providers import PROVIDERS
from irkit.show import Block, Cell, Facts
from irkit.show.times import duration, stamp

TO_DECIDE = "to be decided"
_NOUNS: Mapping[str, str] = MappingProxyType({"aws": "key"})
"""What an issuer calls its own, where that is not a token."""
FRONT_NOTES = ("title", "status", "severity", "criteria", "tlp", "owner", "roles", "legal hold", "review meeting")
"""Notes under these names fill the front matter; the last one wins."""


def said(story: Story, front: Front) -> Mapping[str, str]:
    """The front matter by name: `front.toml` first, then the last note of that name, then a default or ""."""
    notes = {
        str(record.body.get("section", "")).lower(): str(record.body.get("text", "")) for record in story.of(Kind.NOTE)
    }
    filed = {name: getattr(front, name.replace(" ", "_")) for name in FRONT_NOTES if name != "roles"}
    filed["roles"] = ", ".join(
        f"{name.replace('_', ' ')}: {who}" for name, who in front.roles.model_dump().items() if who
    )
    words = {name: day(filed[name]) or notes.get(name, "") for name in FRONT_NOTES}
    defaults = {"status": "draft", "severity": TO_DECIDE, "tlp": "TLP:AMBER until decided"}
    return words | {name: words[name] or default for name, default in defaults.items()}


def front_matter(story: Story, front: Front, now: datetime) -> tuple[Block, ...]:
    """What this document is, whose it is, and by when it is to be reviewed."""
    words, incident = said(story, front), story.incident
    head = story.records[-1].digest if story.records else None
    rows: list[tuple[str, Cell]] = [
        ("Case", incident.case_id if incident else None),
        ("Status", words["status"]),
        ("Severity", words["severity"]),
        ("Criteria", words["criteria"] or to_write("incident lead", "why this severity")),
        ("Sharing", words["tlp"]),
        ("Owner", words["owner"] or to_write("incident lead", "who answers for this document")),
        ("Roles", words["roles"] or to_write("incident lead", "who holds which role")),
        (
            "Legal hold",
            words["legal hold"] or to_write("counsel", "whether there is one, and whether this is privileged"),
        ),
        ("Review meeting", words["review meeting"] or to_write("incident lead", "when it is")),
        ("Review due", review_due(story, words["severity"])),
        ("Case opened", incident.opened.at if incident else None),
        ("Team aware", story.aware.at if story.aware else None),
        ("Written", now),
        ("Journal", f"{len(story.records)} records"),
        ("Journal head", head),
    ]
    return (Facts(tuple(rows)),)


def review_due(story: Story, severity: str) -> str | None:
    """5 business days after the case was opened for severities 1 and 2, 15 for the others; None when the severity names no number."""
    number = re.search(r"[1-5]", severity)
    if number is None or story.incident is None:
        return None
    days = 5 if int(number[0]) <= 2 else 15
    last = business_days_after(story.incident.opened.at.date(), days)
    return f"{last}, {days} business days after the case was opened (weekends left out, holidays not known)"


def described(credential: Credential) -> str:
    """A credential in a sentence: what it is and its fingerprint, never its value."""
    if isinstance(credential, OpenPgpKey):
        return f"the OpenPGP key {short(credential.openpgp)}"
    known = PROVIDERS.get(credential.provider)
    issuer = known.title if known else "API"
    return f"the {issuer} {_NOUNS.get(credential.provider, 'token')} {short(credential.name)}"


def counted(number: int, noun: str) -> str:
    """`1 input`, `2 inputs`, `3 addresses`."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number} {noun}{ending}"


def summary(story: Story, now: datetime) -> tuple[str, ...]:
    """One paragraph on the case, then one per credential: exposed for how long, used by whom, dead or not."""
    if not story.credentials:
        return ("Nothing is known yet: the journal holds no incident that can be read.",)
    aware = (
        f"learned of the leak on {stamp(story.aware.at)}" if story.aware else "has not said when it learned of the leak"
    )
    *others, last = (described(credential) for credential in story.credentials)
    listed = f"{', '.join(others)} and {last}" if others else last
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
        latest = window.opened.latest
        since = f"since {stamp(latest.at)} at the latest" if latest else "since a moment that is not known"
        length = f"{since} (nothing says how early it may have begun, so for how long is not known)"
    elif shortest is None:
        length = f"for at most {duration(longest)}; no lower bound can be proved"
    else:
        length = f"for at least {duration(shortest)} and at most {duration(longest)}"
    ended = window.closed.latest
    over = f", and no longer from {stamp(ended.at)} on" if ended and longest is None else ""
    still = over if window.is_closed else ", and as far as anybody knows it still is"
    return f"was exposed {length}{still}."


def used(story: Story, credential: Credential) -> str:
    usage = story.usages.get(credential.name)
    if usage is None and isinstance(credential, OpenPgpKey):
        return "Signing leaves no log, so who used it cannot be told from logs."
    if usage is None:
        return "No log of its use has been read, so who used it is not known."
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
    if said := story.unrevokable(credential.name):
        return (
            f"IT STILL COUNTS, and cannot be revoked ({str(said.body.get('why')).rstrip('.')}): whoever holds it accepts what it signs, "
            "until it is taken out there."
        )
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
