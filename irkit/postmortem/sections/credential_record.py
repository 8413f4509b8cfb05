"""The record of one credential: what it may do, whose it is, its dates, where it was and is kept. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from irkit.model import Clock, Credential, Kind, OpenPgpKey
from irkit.postmortem.story import Story, rows, sequence, short
from irkit.postmortem.writing.asked import to_write
from irkit.postmortem.writing.people import CredentialWords, day
from irkit.show import Cell, Facts
from irkit.show.times import stamp

_NOTHING = "nothing"
"""What `irkit.exposure.usage.blast` says reach was judged by, when no policy and no scopes were given."""


def record(story: Story, credential: Credential, said: CredentialWords) -> Facts:
    """People's word first, else the journal's, else who is asked: NIST SP 800-63B-4, events in the life of an authenticator
    (https://pages.nist.gov/800-63-4/sp800-63b/events)."""
    rows: tuple[tuple[str, Cell, str], ...] = (
        ("Owner", said.owner, "the service, and who answers for it"),
        ("What it may do", said.scope or _scope(story, credential), "its scopes, roles or policy"),
        ("Created", day(said.created) or _created(story, credential), "when it was made"),
        ("Last rotated", day(said.last_rotated) or _rotated(story, credential), "when it was last replaced"),
        ("Expires", day(said.expires) or _expires(credential), "when it ends by itself, or that it does not"),
        ("Stored before", said.stored_before or _before(story, credential), "where it was kept"),
        ("Stored after", said.stored_after or _after(story, credential), "where the fresh one is kept"),
    )
    shown = tuple((label, value or to_write("owner of the service", ask)) for label, value, ask in rows)
    return Facts(shown, f"Record of {short(credential.name)}")


def _scope(story: Story, credential: Credential) -> str:
    told = [f"{label} {value}" for label, value in getattr(credential, "facts", ()) if "scope" in label.lower()]
    usage = story.usages.get(credential.name)
    blast = usage.document.get("blast") if usage else None
    if isinstance(blast, dict) and blast.get("given") not in (None, _NOTHING):
        told.append(f"by {blast.get('given')}")
    if isinstance(credential, OpenPgpKey):
        told += sorted({use for key in credential.keys for use in key.usage or ()})
    return ", ".join(told)


def _created(story: Story, credential: Credential) -> str:
    if isinstance(credential, OpenPgpKey):
        dates = [key.created for key in credential.keys if key.primary and key.created]
        return f"{dates[0]}, as the key says of itself" if dates else ""
    window = story.windows.get(credential.name)
    bounds = (window.opened.earliest, window.opened.latest) if window else ()
    issued = [one for one in bounds if one is not None and one.clock is Clock.ISSUED]
    return f"{stamp(issued[0].at)}: {issued[0].source}" if issued else ""


def _rotated(story: Story, credential: Credential) -> str:
    made = [one for one in story.of(Kind.REPLACED) if one.body.get("credential") == credential.name]
    return f"in this case: the fresh one was made on {stamp(made[0].at)}" if made else ""


def _expires(credential: Credential) -> str:
    told = [f"{value}" for label, value in getattr(credential, "facts", ()) if "expire" in label.lower()]
    return ", ".join(told)


def _before(story: Story, credential: Credential) -> str:
    """The kinds of places where it stands live, and what takes it, as last sought."""
    parts = list(_places(story, credential))
    sought = [one for one in story.of(Kind.CONSUMERS) if one.body.get("credential") == credential.name]
    if sought and isinstance(count := sought[-1].body.get("consumers"), int):
        parts.append(f"{count} consumers were found to take it")
    return "; ".join(parts)


def _places(story: Story, credential: Credential) -> Iterator[str]:
    alone = len(story.credentials) == 1
    live: Counter[str] = Counter()
    for _, located in story.located[-1:]:
        for one in rows(located.get("occurrences")):
            if one.get("live") is True and (alone or one.get("credential") in (None, credential.name)):
                live[str(one.get("place"))] += 1
    if live:
        yield "found live in " + ", ".join(f"{count} {place}" for place, count in sorted(live.items()))


def _after(story: Story, credential: Credential) -> str:
    last = {str(one.body.get("action")): one for one in story.of(Kind.REPLACED)}
    stores = [
        str(put.get("store"))
        for one in last.values()
        if one.body.get("credential") == credential.name
        for put in sequence(one.body.get("puts"))
        if isinstance(put, dict) and put.get("ended") == "done"
    ]
    return ", ".join(dict.fromkeys(stores))
