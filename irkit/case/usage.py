"""Reading logs for one credential, and showing what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from irkit.case.credentials import document_of
from irkit.case.log_keys import wanted
from irkit.errors import BadInput
from irkit.exposure import UsageReport, summarise
from irkit.model import Credential, Resolver, Skipped, UsageEvent, Window
from irkit.show import Block, Facts, Notice, Table, View
from irkit.sources import Progress
from irkit.sources.logs import events as read_events


def read_usage(
    credential: Credential,
    resolve: Resolver,
    paths: Sequence[Path],
    *,
    window: Window | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Progress | None = None,
    workers: int = 0,
    scheduler: str = "",
) -> tuple[UsageReport | None, tuple[UsageEvent, ...]]:
    """The report and the events behind it; None when logs do not know the credential by any name.

    With `workers` 0 there are as many as is worth it. BadInput for a missing path, and when not one of the files was a log that
    could be read.
    """
    sought = wanted(credential, resolve)
    if sought is None:
        return None, ()
    reading = read_events(paths, sought, progress, workers=workers, scheduler=scheduler)
    seen: list[UsageEvent] = []

    def kept() -> Iterator[UsageEvent]:
        for event in reading:
            if event.match.is_use:
                seen.append(event)
            yield event

    report = summarise(
        kept(), credential=document_of(credential), window=window, since=since, until=until, skipped=reading.skipped
    )
    if not reading.texts:
        raise _nothing_read(paths, reading.skipped)
    return report, tuple(seen)


def _nothing_read(paths: Sequence[Path], skipped: Sequence[Skipped]) -> BadInput:
    where = ", ".join(map(str, paths))
    if not skipped:
        return BadInput(
            "there is no log here", on=where, why="no file at all", do="give the folder that holds the logs"
        )
    more = f"; and {len(skipped) - 1} more" if len(skipped) > 1 else ""
    return BadInput(
        "none of this could be read as a log", on=where, why=f"{skipped[0].what}: {skipped[0].why}{more}",
        do="give the logs as the provider exports them",
    )  # fmt: skip


def usage_view(name: str, report: UsageReport) -> View:
    """By the credential itself, by what it begot, what only mentions it, and what stands out: each by itself."""
    own = report.by_key
    facts = Facts(
        (
            ("Credential", name),
            ("Uses by itself", own.events),
            ("Delivered again", own.duplicates),
            ("First use (UTC)", own.first),
            ("Last use (UTC)", own.last),
            ("Not read-only", own.writes),
            ("Refused or failed", sum(own.errors.values())),
            ("Events that only mention it", report.mentions),
            *((f"In the window: {answer}", count) for answer, count in report.within.items()),
        )
    )
    addresses = [(address, count) for address, count in own.addresses.items()]
    actions = [(action, count) for action, count in own.actions.items()]
    blocks: list[Block] = [
        facts,
        Table.of(("Address", "Events"), addresses, "From where", 20),
        Table.of(("Action", "Events"), actions, "To do what", 20),
    ]
    if report.derived:
        rows = [(one.key, one.parent, one.uses.events, one.uses.first, one.uses.last) for one in report.derived]
        blocks.append(
            Table.of(("Session", "Made with", "Events", "First (UTC)", "Last (UTC)"), rows, "Sessions it begot")
        )
    if report.created:
        made = [(one.kind, one.id, one.by, one.at, one.uses.events if one.uses else None) for one in report.created]
        blocks.append(Table.of(("Kind", "Id", "Made with", "At (UTC)", "Events"), made, "What it created"))
    if report.findings:
        found = [
            (one.title, one.severity, one.confidence, one.attack, len(one.evidence), one.benign)
            for one in report.findings
        ]
        columns = ("Finding", "Severity", "Confidence", "ATT&CK", "Events", "Rule out first")
        blocks.append(Table.of(columns, found, "What stands out"))
    blocks += [Notice("warn", f"not read: {item.what}: {item.why}") for item in report.skipped[:20]]
    return View(f"Who used {name}", tuple(blocks))
