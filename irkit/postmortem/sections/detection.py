"""How it was noticed, and what did not notice it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from irkit.model import ApiToken, Kind
from irkit.postmortem.metrics import Metric
from irkit.postmortem.story import Story, short
from irkit.postmortem.writing.asked import to_write
from irkit.postmortem.writing.people import Front, day
from irkit.show import Block, Cell, Facts, Table

_OPENED = "said when the case was opened"
"""What `Case.create` gives as the source of a time that was said to it: no word on how it was noticed."""


def detection(story: Story, front: Front, measured: Sequence[Metric]) -> tuple[Block, ...]:
    """The gaps are people's (front.toml) and, by rule, what the journal shows to have been blind."""
    gaps = [*_told(front), *_shown(story)]
    columns = ("Gap", "Cause", "Fix", "Owner", "Date", "By")
    return (
        Facts(tuple(_facts(story, measured)), "How it was noticed"),
        Table.of(columns, gaps, "What did not detect it"),
    )


def _facts(story: Story, measured: Sequence[Metric]) -> Iterator[tuple[str, Cell]]:
    alerts = story.of(Kind.ALERTED)
    tools = dict.fromkeys(
        str(alert.get("tool"))
        for one in alerts
        if isinstance(alert := one.body.get("alert"), dict) and alert.get("tool")
    )
    aware = story.aware
    how = f"an alert of {', '.join(tools)}" if tools else aware.source if aware and aware.source != _OPENED else ""
    yield ("Noticed by", how or to_write("incident lead", "by what, or by whom in which role"))
    yield ("The team learned of it", aware.at if aware else None)
    opened = story.incident.opened.at if story.incident else None
    yield ("The case was opened", opened)
    for one in measured:
        if one.name.startswith("Time to detect"):
            yield (f"{one.name}: {short(one.credential)}", one.shown)


def _told(front: Front) -> Iterator[tuple[Cell, ...]]:
    for one in front.gaps:
        owed = (one.cause, one.fix, one.owner, day(one.date))
        asked = ("what kept it from noticing", "what will close it", "who closes it", "by when")
        filled = (said or to_write("incident lead", ask) for said, ask in zip(owed, asked, strict=True))
        yield (one.gap, *filled, "people")


def _shown(story: Story) -> Iterator[tuple[Cell, ...]]:
    owed = tuple(to_write("incident lead", ask) for ask in ("what will close it", "who closes it", "by when"))
    if not story.of(Kind.ALERTED):
        yield ("no scanner's alert opened the case", "the journal holds none", *owed, "rule")
    for credential in story.credentials:
        usage = story.usages.get(credential.name)
        if usage is None and isinstance(credential, ApiToken):
            yield (f"uses of {short(credential.name)} were not watched", "no log of it has been read", *owed, "rule")
        elif usage and usage.skipped:
            yield (
                f"parts of the logs of {short(credential.name)}",
                f"{len(usage.skipped)} inputs could not be read",
                *owed,
                "rule",
            )
