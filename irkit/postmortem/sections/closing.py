"""How the case ended; and where it was a false alarm, a short note that says what was checked and what was not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from irkit.model import Kind, Record
from irkit.postmortem import closing
from irkit.postmortem.sections.headlines import Headline
from irkit.postmortem.story import Story, rows, sequence, short, shortened
from irkit.show import Block, Cell, Notice, Prose, Table

FALSE_ALARM = "false alarm"


def ended(story: Story) -> Record | None:
    """The record that closed the case, as long as it stands."""
    return closing.closed(story.readable)


def was_false_alarm(story: Story) -> bool:
    record = ended(story)
    return record is not None and record.body.get("as") == FALSE_ALARM


def headlines(story: Story) -> tuple[Headline, ...]:
    record = ended(story)
    if record is None:
        return ()
    open_ = sum(1 for one in rows(record.body.get("facts")) if one.get("answer") is None)
    return (
        Headline("Outcome", str(record.body["as"]), "ok", f"decided by {record.body['who']}"),
        Headline("Revoked", "nothing", "info", "no plan was made"),
        Headline("Not known", str(open_), "warn" if open_ else "ok", "questions without an answer"),
    )


def decision(story: Story) -> tuple[Block, ...]:
    """Who closed the case as what, and why; nothing when it is open."""
    record = ended(story)
    if record is None:
        return ()
    body = record.body
    blocks: list[Block] = [
        Prose((f"{body['who']} closed the case on {record.at:%Y-%m-%d %H:%MZ} as {body['as']}: {body['why']}",))
    ]
    if body.get("despite"):
        blocks.append(Notice("warn", f"It was closed although not all is known: {body['despite']}"))
    kept = [(shortened(str(one)),) for one in sequence(body.get("evidence"))]
    if kept:
        blocks.append(Table.of(("Evidence",), kept, "What the decision rests on besides"))
    return tuple(blocks)


def checked(story: Story) -> tuple[Block, ...]:
    """What was established, and by whom."""
    found = [_row(one) for one in _facts(story) if one.get("answer") is not None]
    return (Table.of(("Of", "What", "Holds", "Why", "Says"), found, "What was checked"),)


def not_checked(story: Story) -> tuple[Block, ...]:
    """What was asked and not answered, and what nobody asked."""
    found = [_row(one) for one in _facts(story) if one.get("answer") is None]
    brought = {one.get("fact") for one in _facts(story)}
    blocks: list[Block] = []
    if found:
        blocks.append(Table.of(("Of", "What", "Holds", "Why", "Says"), found, "Asked, and not known"))
    unsaid = [(name, text) for name, text in closing.SAID.items() if name not in brought]
    if unsaid:
        blocks.append(Table.of(("Fact", "What it would say"), unsaid, "Nobody brought this"))
    looked = list(_looked(story))
    blocks.append(
        Table.of(("Where", "What could not be read"), looked, "Where was looked")
        if looked
        else Notice("warn", "Nobody searched.")
    )
    return tuple(blocks)


def _looked(story: Story) -> Iterator[tuple[Cell, ...]]:
    for record in story.of(Kind.LOCATED)[-1:]:
        for path in sequence(record.body.get("paths")):
            yield str(path), record.body.get("skipped") or "nothing was skipped"


def _facts(story: Story) -> tuple[Mapping[str, Any], ...]:
    record = ended(story)
    return rows(record.body.get("facts")) if record else ()


def _row(one: Mapping[str, Any]) -> tuple[Cell, ...]:
    of = str(one.get("credential") or "")
    return (
        short(of) if of else "the case",
        str(one.get("fact")),
        one.get("answer"),
        str(one.get("why")),
        str(one.get("by")),
    )
