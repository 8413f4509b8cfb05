"""Three editions of one postmortem: full; executive, on one page of paper; customer. Pure, and each by rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from irkit.postmortem.compose import Section
from irkit.postmortem.document import Audience, Postmortem, Withheld
from irkit.postmortem.editions.customer import customer
from irkit.postmortem.sections.notifications import left
from irkit.postmortem.story import short
from irkit.show import Block, Cell, Facts, Notice, Passage, Prose, Table, Written

AUDIENCES: tuple[Audience, ...] = ("full", "executive", "customer")

_MOST = 4
_ROWS = 3
_LONG = 90
_LONGEST_SUMMARY = 320
_FRONT = ("Severity", "Owner", "Review due")
_METRICS = ("Time to detect, at most", "Time to contain", "Time to revoke", "Exposure, at most")
_ROOM = "it is in the full edition; this one is a page"


def for_audience(made: Postmortem, audience: Audience) -> Postmortem:
    """The edition for an audience, of the full one."""
    match audience:
        case "full":
            return made
        case "executive":
            return executive(made)
        case "customer":
            return customer(made)


def executive(made: Postmortem) -> Postmortem:
    """What must be decided, what is due, what it cost in time: no more than fits on a printed page of A4."""
    sections = (
        Section("summary", "Executive summary", tuple(_summary(made))),
        Section("front", "About this document", tuple(_front(made))),
        Section("decide", "What needs a decision", tuple(_decide(made))),
        Section("next", "What is due next", tuple(_due(made))),
        Section("numbers", "In numbers", (_numbers(made),)),
        Section("actions", "Action items", tuple(_actions(made))),
    )
    shown = {section.key for section in sections}
    withheld = tuple(Withheld(one.title, "the whole section", _ROOM) for one in made.sections if one.key not in shown)
    return replace(made, sections=sections, audience="executive", withheld=withheld)


def _summary(made: Postmortem) -> Iterator[Block]:
    """What people wrote first, then as much of the generated sentences as there is room for."""
    blocks = made.section("summary").blocks
    said = [
        words
        for block in blocks
        if isinstance(block, Written)
        for passage in block.passages
        if (words := _words(passage))
    ]
    told = [paragraph for block in blocks if isinstance(block, Prose) for paragraph in block.paragraphs]
    if said:
        yield Prose(tuple(_cut(words, _LONGEST_SUMMARY) for words in said[:2]))
    yield Prose(tuple(_cut(paragraph, _LONGEST_SUMMARY) for paragraph in told[: _MOST - min(len(said), 2)]))


def _words(passage: Passage) -> str:
    return " ".join(filter(None, (passage.text, *map(_words, passage.parts))))


def _front(made: Postmortem) -> Iterator[Block]:
    facts = [row for block in made.section("front").blocks if isinstance(block, Facts) for row in block.rows]
    yield Facts(tuple((label, _short(value, 90)) for label, value in facts if label in _FRONT))


def _decide(made: Postmortem) -> Iterator[Block]:
    tables = [block for block in made.section("open").blocks if isinstance(block, Table)]
    rows = [row for table in tables if table.columns == ("What", "About", "Why") for row in table.rows]
    if not rows:
        yield Notice("ok", "Nothing is open that the journal knows of.")
        return
    urgent = sorted(rows, key=lambda row: _URGENT.index(str(row[0])) if str(row[0]) in _URGENT else len(_URGENT))
    yield _table(("What", "About", "Why"), urgent, "Open questions and open work")


_URGENT = ("still works", "outcome unknown", "by hand", "unknown")


def _due(made: Postmortem) -> Iterator[Block]:
    running = sorted(
        (one for one in made.due if one.at and not one.done and not one.decided.startswith("does not apply")), key=_at
    )
    late = [one for one in running if one.at and one.at < made.generated]
    ahead = [one for one in running if one not in late]
    if not running:
        yield Notice(
            "info", "No clock of the law runs that irkit could count; whether one does is for counsel to decide."
        )
        return
    rows = list(dict.fromkeys((f"{one.regime}: {one.step}", one.at, left(one, made.generated)) for one in ahead))
    told = f"{len(late)} duties are past their time, if they apply. " if late else ""
    yield Notice(
        "warn" if late else "info", f"{told}Not legal advice: whether a duty applies is for counsel to decide."
    )
    yield _table(("If it applies", "Due (UTC)", "Left"), rows, "Clocks that run out next")


def _at(one: object) -> datetime:
    at = getattr(one, "at", None)
    assert isinstance(at, datetime)
    return at


def _numbers(made: Postmortem) -> Table:
    names = dict.fromkeys(one.credential for one in made.metrics if one.credential)
    found = {(one.credential, one.name): one.shown for one in made.metrics}
    rows = [(short(name), *(found.get((name, metric)) for metric in _METRICS)) for name in names]
    return _table(("Credential", *_METRICS), rows, "Both ends of each are named in the full edition")


def _actions(made: Postmortem) -> Iterator[Block]:
    left_open = [(number, one) for number, one in enumerate(made.actions, 1) if one.is_open]
    rows = [
        (
            f"A{number}",
            one.text,
            one.owner or "to be decided",
            one.due.isoformat() if one.due else "to be decided",
            f"{one.status}, and {one.in_force}" if one.status == "done" else one.status,
        )
        for number, one in left_open
    ]
    yield _table(("No.", "Action", "Owner", "Due", "Status"), rows, "Action items that are open")


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], caption: str, most: int = _ROWS) -> Table:
    kept = tuple(tuple(_short(value, _LONG) for value in row) for row in rows[:most])
    more = len(rows) - len(kept)
    return Table(tuple(columns), kept, caption, f"{more} more in the full edition" if more > 0 else "")


def _short(value: Cell, longest: int) -> Cell:
    return _cut(value, longest) if isinstance(value, str) else value


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
