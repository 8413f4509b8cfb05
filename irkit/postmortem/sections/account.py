"""What happened: the credentials, how long they were exposed and why we believe so, and who used them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from irkit.model import Bound, Credential, Kind, OpenPgpKey, Window
from irkit.postmortem.sections.credential_record import record
from irkit.postmortem.story import Story, Usage, sequence, short
from irkit.postmortem.story import rows as rows_of
from irkit.postmortem.timeline import instant_of
from irkit.postmortem.writing.people import NOBODY, CredentialWords, Front
from irkit.show import Block, Cell, Facts, Figure, Notice, Prose, Table
from irkit.show.times import duration

_ROWS = 40
"""Rows of a table in the report; the whole is in the case's evidence, whose digest the table names."""


def credentials(story: Story, front: Front = NOBODY.front) -> tuple[Block, ...]:
    """Of each credential what it is, and its record as far as the journal and people know it."""
    return tuple(
        block
        for credential in story.credentials
        for block in (
            *_credential(story, credential),
            record(story, credential, front.credentials.get(credential.name, CredentialWords())),
        )
    )


def _credential(story: Story, credential: Credential) -> Iterator[Block]:
    fate = story.fate(credential)
    rows: list[tuple[str, Cell]] = [
        ("Kind", "OpenPGP key" if isinstance(credential, OpenPgpKey) else "API token"),
        ("Provider", credential.provider),
        ("Case fingerprint", str(credential.fingerprint) if credential.fingerprint else None),
        ("Held as", f"a reference ({credential.ref.scheme}:), never the value"),
    ]
    if isinstance(credential, OpenPgpKey):
        rows += [
            ("OpenPGP fingerprint", credential.openpgp),
            ("User ids", ", ".join(credential.user_ids) or None),
            ("Primary's secret part leaked", credential.primary_leaked),
        ]
    else:
        rows += [
            ("Shape", credential.shape),
            *([("Public id", credential.public_id)] if credential.public_id else []),
            *credential.facts,
        ]
    rows += [("Standing", fate.state.value), ("Why we say so", fate.why), ("As of", fate.at)]
    yield Facts(tuple(rows), short(credential.name))
    if isinstance(credential, OpenPgpKey) and credential.keys:
        keys = [
            (
                key.fingerprint,
                "primary" if key.primary else "subkey",
                key.algorithm,
                key.created,
                ", ".join(key.usage) if key.usage else None,
                key.secret,
            )
            for key in credential.keys
        ]
        columns = ("Fingerprint", "Packet", "Algorithm", "Created", "May", "Secret part")
        yield Table.of(columns, keys, "Key packets in what leaked")


def exposure(story: Story, figures: Mapping[str, Figure], now: datetime) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for credential in story.credentials:
        window = story.windows.get(credential.name)
        if window is None:
            blocks.append(
                Notice("warn", f"{short(credential.name)}: since when it was exposed has not been worked out yet.")
            )
            continue
        figure = figures.get(f"window:{credential.name}")
        blocks += ([figure] if figure else []) + list(_window(credential.name, window, now))
    return (*blocks, *_occurrences(story))


def _window(name: str, window: Window, now: datetime) -> Iterator[Block]:
    rows = [
        *_bound("Opened", window.opened, ("not before", "not after")),
        *_bound("Closed", window.closed, ("not before", "not after")),
    ]
    columns = ("End", "Bound", "Time (UTC)", "Clock", "Source", "Trust")
    yield Table(columns, tuple(rows), f"Exposure of {short(name)}")
    longest, shortest = window.longest(now), window.shortest()
    upper = duration(longest) if longest is not None else None
    state = "closed" if window.is_closed else "still open as far as anybody knows"
    lower = duration(shortest) if shortest is not None else None
    yield Facts((("Exposed at least", lower), ("Exposed at most", upper), ("Window", state)))
    reasons = [("Opened", why) for why in window.opened.why] + [("Closed", why) for why in window.closed.why]
    reasons += [("Would narrow it", hint) for hint in window.narrow]
    if reasons:
        yield Table.of(("About", "Reason"), reasons, "Why these bounds, and what would narrow them")


def _bound(end: str, bound: Bound, names: tuple[str, str]) -> Iterator[tuple[Cell, ...]]:
    for name, instant in zip(names, (bound.earliest, bound.latest), strict=True):
        if instant is None:
            yield (end, name, None, "", "nothing bounds this side", "")
        else:
            yield (end, name, instant.at, instant.clock.value, instant.source, instant.trust.value)


def _occurrences(story: Story) -> Iterator[Block]:
    if not story.located:
        yield Notice("warn", "Nobody has searched for where the credential stands.")
        return
    rows: list[tuple[Cell, ...]] = []
    for _, located in story.located:
        for found in rows_of(located.get("occurrences")):
            place = f"{found.get('repository')}: {found.get('path')}" if found.get("repository") else found.get("path")
            added = [at for mark in rows_of(found.get("added")) if (at := instant_of(mark.get("commit_time")))]
            rows.append(
                (
                    found.get("place"),
                    place,
                    found.get("line") or "binary",
                    found.get("form"),
                    found.get("live"),
                    min(added, default=""),
                )
            )
    columns = ("Place", "Path", "Line", "Form", "Live", "First commit (settable)")
    rows.sort(key=lambda row: row[4] is not True)
    yield Table.of(columns, rows, "Where it stands, live places first", most=_ROWS)


_COUNTED = ("addresses", "agents", "regions", "actions", "errors")
_MOST = 10


def usage(story: Story) -> tuple[Block, ...]:
    """Uses by the key, by what was derived from it, and mere mentions are three things and stay apart."""
    blocks: list[Block] = []
    for credential in story.credentials:
        found = story.usages.get(credential.name)
        if found is None:
            key = isinstance(credential, OpenPgpKey)
            why = (
                "signing leaves no log, so who used it cannot be told"
                if key
                else "no log of its use has been read, so who used it is unknown"
            )
            blocks.append(Notice("info" if key else "warn", f"{short(credential.name)}: {why}."))
        else:
            blocks += _usage(found)
    return tuple(blocks)


def _usage(usage: Usage) -> Iterator[Block]:
    yield _table_of_use(usage)
    counted = [row for name in _COUNTED for row in _counts(name, usage.by_key.get(name))]
    if counted:
        yield Table.of(("Counted", "Value", "Events"), counted, "Uses by the key itself, counted")
    findings = [(_finding(each),) for each in sequence(usage.document.get("findings"))]
    if findings:
        yield Table.of(
            ("What stands out",), findings, "Findings of the rules; each is a question, not a verdict", most=_ROWS
        )
    created = [(_finding(each),) for each in sequence(usage.document.get("created"))]
    if created:
        yield Table.of(("Made with it",), created, "What was made with it and may outlive it", most=_ROWS)


def _table_of_use(usage: Usage) -> Table:
    rows: list[tuple[Cell, ...]] = [_use("the key itself", usage.by_key)]
    rows += [_use(f"derived: {each.get('key')} (from {each.get('parent')})", each) for each in usage.derived]
    mentions = usage.document.get("mentions")
    rows.append(("mentions only, not uses", mentions if isinstance(mentions, int) else None, "", "", "", ""))
    columns = ("By", "Events", "First", "Last", "Writes", "Duplicates")
    return Table(columns, tuple(rows), f"Use of {usage.credential} in the logs read")


def _use(by: str, summary: Mapping[str, Any]) -> tuple[Cell, ...]:
    times = (instant_of(summary.get("first")), instant_of(summary.get("last")))
    if summary.get("events") == 0:
        return (by, 0, "never", "never", 0, summary.get("duplicates"))
    return (by, summary.get("events"), *times, summary.get("writes"), summary.get("duplicates"))


def _counts(name: str, counts: Any) -> list[tuple[Cell, ...]]:
    """The most frequent values of one field, and how many more there are."""
    if not isinstance(counts, Mapping):
        return []
    ordered = sorted(counts.items(), key=lambda item: (-_count(item[1]), str(item[0])))
    rows: list[tuple[Cell, ...]] = [(name, str(value), events) for value, events in ordered[:_MOST]]
    left = ordered[_MOST:]
    return rows + ([(name, f"{len(left)} more", sum(_count(events) for _, events in left))] if left else [])


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _finding(plain: Any) -> str:
    """A finding in one line, whatever its fields are: the words first, then the rest by name."""
    if not isinstance(plain, Mapping):
        return str(plain)
    words = [str(plain[name]) for name in ("level", "what", "title", "text", "why") if plain.get(name)]
    rest = [
        f"{name} {value}"
        for name, value in plain.items()
        if value and name not in ("level", "what", "title", "text", "why", "rows", "evidence", "uses")
    ]
    return ": ".join(words) + (f" ({', '.join(rest)})" if rest else "")


def notes(story: Story, section: str) -> tuple[Block, ...]:
    """What people wrote for a section, each with its writer and time."""
    found = [record for record in story.of(Kind.NOTE) if str(record.body.get("section", "")).lower() == section]
    return tuple(
        Prose((f"{record.body.get('text')} — {record.actor}, {record.at:%Y-%m-%d %H:%MZ}",)) for record in found
    )
